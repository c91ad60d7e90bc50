package nuget

import (
	"strings"
	"testing"
	"time"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/discover/projecttest"
)

// FuzzRead puts hostile text in a file of each kind. It ends as a project or a gap, and in time.
func FuzzRead(f *testing.F) {
	for i, text := range []string{appLock, appProject, appAssets, appDeps, libProject, `<packages><package id="A" version="1.0" /></packages>`, "\xef\xbb\xbf" + strings.ReplaceAll(appLock, "\n", "\r\n"), appLock[:200],
		`{"version": 1, "dependencies": {"n": {"A": {"type": "Direct", "resolved": "1", "dependencies": {"B": "1"}}, "B": {"resolved": "1", "type": "Transitive", "dependencies": {"A": "1"}}}}}`,
		strings.Repeat(`{"dependencies":`, 300), strings.Repeat("<Project>", 300), `<Project><Import Project="A.csproj" /><Import Project="../../../etc/passwd" /></Project>`,
		`<Project><PropertyGroup><A>aaaa</A><A>$(A)$(A)$(A)$(A)</A><A>$(A)$(A)$(A)$(A)</A><A>$(A)$(A)$(A)$(A)</A></PropertyGroup><ItemGroup><PackageReference Include="$(A)" Version="[$(A)" /></ItemGroup></Project>`,
		`<Project><PropertyGroup><TargetFrameworks>a;b;;net6.0</TargetFrameworks></PropertyGroup><Choose><When Condition="'$(X"><Choose/></When></Choose></Project>`,
	} {
		f.Add(byte(i), []byte(text))
	}
	names := []string{"packages.lock.json", "A.csproj", "obj/project.assets.json", "A.deps.json", "Directory.Packages.props", "packages.config", "dotnet-tools.json", "Directory.Build.props"}
	f.Fuzz(func(t *testing.T, which byte, data []byte) {
		name := names[int(which)%len(names)]
		tree := files{"A.csproj": appProject, name: string(data)}
		dir := tree.Write(t)
		begin := time.Now()
		r := projecttest.Read(t, Reader{Settings: project.Settings{Home: dir}}, dir)
		if took := time.Since(begin); took > 30*time.Second {
			t.Errorf("took %s", took)
		}
		if len(r.Projects) == 0 && len(r.Gaps) == 0 && name != "A.csproj" {
			t.Error("neither a project nor a gap")
		}
		projecttest.CheckGaps(t, r.Gaps, dir)
		for _, p := range r.Projects {
			for _, n := range p.Nodes {
				if n.Key == "" || n.Location.Line < 1 || (n.Version == "") != (n.NoVersion != "") {
					t.Errorf("node %+v", n)
				}
			}
		}
	})
}

func TestHostileProjectsEndInTime(t *testing.T) {
	double := "<A>" + strings.Repeat("a", 4000) + "</A>" + strings.Repeat("<A>$(A)$(A)</A>", 40)
	many := "<Project><PropertyGroup>" + strings.Repeat("<T>a;b;c;d;e;f;g;h</T>", 1) + "<TargetFrameworks>$(T);$(T);$(T)</TargetFrameworks><B>" + strings.Repeat("b;", 2000) + "</B></PropertyGroup><ItemGroup>" +
		strings.Repeat("<PackageReference Include=\"$(B)\" Version=\"1.0.0\" /><PackageReference Update=\"b\" Version=\"1.0.0\" />", 2000) + "</ItemGroup></Project>"
	for name, text := range map[string]string{
		"doubling properties":   "<Project><PropertyGroup>" + double + "</PropertyGroup><ItemGroup>" + strings.Repeat(`<PackageReference Include="x" Version="$(A)" />`, 20_000) + "</ItemGroup></Project>",
		"references by product": many,
		"nested choices":        "<Project>" + strings.Repeat("<Choose><When Condition=\"'$(OS)'==''\">", 90) + strings.Repeat("</When></Choose>", 90) + "</Project>",
		"deep conditions":       "<Project><ItemGroup Condition=\"" + strings.Repeat("(", 4000) + "\"/></Project>",
	} {
		t.Run(name, func(t *testing.T) {
			begin := time.Now()
			r := read(t, files{"A.csproj": text})
			if took := time.Since(begin); took > 30*time.Second {
				t.Errorf("took %s", took)
			}
			if name != "deep conditions" && name != "nested choices" && len(r.Gaps) == 0 {
				t.Error("no gap")
			}
		})
	}
}
