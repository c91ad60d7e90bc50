package gradle

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/discover/projecttest"
)

// FuzzRead puts hostile text in a file of each kind. It ends as a project or a gap, and in time.
func FuzzRead(f *testing.F) {
	build, err := os.ReadFile("testdata/shop/build.gradle")
	if err != nil {
		f.Fatal(err)
	}
	for i, text := range []string{string(build), shopLock, catalogText, shopBuild, "\xef\xbb\xbf" + strings.ReplaceAll(shopLock, "\n", "\r\n"), shopLock[:100], catalogText[:200],
		"ext.a = \"$b$b\"\next.b = \"$c$c\"\next.c = \"$a$a\"\ndependencies { implementation \"x:$a:$b\" }", strings.Repeat("a { ", 500), strings.Repeat("a(", 500) + "'x'", strings.Repeat("}", 100),
		"apply from: '../../../etc/passwd'\napply from: 'build.gradle'\ndependencies {\nadd(x, y)\nimplementation\n'a:b:1'\n[1].each {\n api it }\n}", "<project><parent><groupId>a</groupId><artifactId>b</artifactId><version>1</version></parent></project>",
		"plugins { alias(libs.plugins.tool) version '1' apply false; kotlin() version }\nbuildscript { dependencies { classpath(libs.bundles.all) } }", "v=${v}\nw=$v",
	} {
		f.Add(byte(i), []byte(text))
	}
	names := []string{"build.gradle", "gradle.lockfile", "gradle/libs.versions.toml", "build.gradle.kts", "gradle.properties", "gradle/dependency-locks/x.lockfile", ".m2/repository/a/b/1/b-1.pom", "buildscript-gradle.lockfile"}
	f.Fuzz(func(t *testing.T, which byte, data []byte) {
		name := names[int(which)%len(names)]
		tree := files{"build.gradle": "dependencies {\nimplementation 'a:b:1'\nimplementation libs.bundles.all\nimplementation \"c:d:$v\"\n}", "gradle/libs.versions.toml": catalogText, name: string(data)}
		dir := tree.Write(t)
		begin := time.Now()
		r := projecttest.Read(t, Reader{Settings: project.Settings{Home: dir}}, dir)
		if took := time.Since(begin); took > 30*time.Second {
			t.Errorf("took %s", took)
		}
		if len(r.Projects) == 0 && len(r.Gaps) == 0 {
			t.Error("neither a project nor a gap")
		}
		projecttest.CheckGaps(t, r.Gaps, dir)
		for _, p := range r.Projects {
			for _, n := range p.Nodes {
				if n.Location.Line < 1 || n.Location.Path == "" || (n.Version == "") != (n.NoVersion != "") || n.Manifest != nil && n.Manifest.Path == "" {
					t.Errorf("node %+v", n)
				}
			}
		}
	})
}

func TestHostileScriptsEndInTime(t *testing.T) {
	double := "ext.a0 = 'x'\n"
	for i := range 60 {
		double += fmt.Sprintf("ext.a%d = \"$a%d$a%d$a%d\"\n", i+1, i, i, i)
	}
	for name, text := range map[string]string{
		"doubling variables": double + "dependencies {\n" + strings.Repeat("implementation \"a:b:$a60\"\n", 5000) + "}",
		"many blocks":        strings.Repeat("dependencies {\n", 199) + strings.Repeat("}\n", 199),
		"blocks too deep":    strings.Repeat("x {\n", 5000),
		"one long line":      "dependencies { implementation " + strings.Repeat("'a:b:1.0', ", 50_000) + "'c:d:1' }",
		"open quotes":        strings.Repeat("x \"${ \"\n", 5000),
		"open brackets":      strings.Repeat("x(\n", 50_000),
	} {
		t.Run(name, func(t *testing.T) {
			begin := time.Now()
			read(t, files{"build.gradle": text})
			if took := time.Since(begin); took > 30*time.Second {
				t.Errorf("took %s", took)
			}
		})
	}
}

func BenchmarkRead(b *testing.B) {
	for _, n := range []int{100, 1_000, 10_000} {
		var lock, build strings.Builder
		build.WriteString("dependencies {\n")
		for i := range n {
			fmt.Fprintf(&lock, "example.group:module%d:1.0.%d=compileClasspath,runtimeClasspath,testCompileClasspath,testRuntimeClasspath\n", i, i%9)
			fmt.Fprintf(&build, "    implementation 'example.group:module%d:1.0.%d'\n", i, i%9)
		}
		lock.WriteString("empty=\n")
		build.WriteString("}\n")
		for name, tree := range map[string]files{"lock": {"build.gradle": build.String(), "gradle.lockfile": lock.String()}, "script": {"build.gradle": build.String()}} {
			b.Run(fmt.Sprint(name, n), func(b *testing.B) {
				dir := tree.Write(b)
				for b.Loop() {
					if r := projecttest.Read(b, Reader{}, dir); len(r.Projects) != 1 || len(r.Projects[0].Nodes) != n {
						b.Fatal(r.Gaps)
					}
				}
			})
		}
	}
}
