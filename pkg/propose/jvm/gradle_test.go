package jvm

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fettle-dev/fettle/pkg/discover/gradle"
	"github.com/fettle-dev/fettle/pkg/discover/projecttest"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

func TestGradleEditsAVersionWhereItStands(t *testing.T) {
	deps := func(list string) string { return "dependencies {\n  " + list + "\n}\n" }
	catalog := "[versions]\njson = \"1.0\"\n\n[libraries]\njson = { module = \"a.b:json\", version.ref = \"json\" }\nlog = \"a.b:log:1.0\"\n"
	for _, test := range []struct {
		name, pkg, to string
		tree          projecttest.Tree
		want          map[string]string
		stale         []string
		refused       string
	}{
		{name: "coordinates", pkg: "a.b:json", to: "1.1", tree: projecttest.Tree{"build.gradle": deps("implementation 'a.b:json:1.0' // 1.0")},
			want: map[string]string{"build.gradle": "-  implementation 'a.b:json:1.0' // 1.0\n+  implementation 'a.b:json:1.1' // 1.0\n"}},
		{name: "a map", pkg: "a.b:json", to: "1.1", tree: projecttest.Tree{"build.gradle": deps("api group: 'a.b', name: 'json', version: '1.0'")},
			want: map[string]string{"build.gradle": "-  api group: 'a.b', name: 'json', version: '1.0'\n+  api group: 'a.b', name: 'json', version: '1.1'\n"}},
		{name: "Kotlin", pkg: "a.b:json", to: "1.1", tree: projecttest.Tree{"build.gradle.kts": deps("implementation(\"a.b:json:1.0\")")},
			want: map[string]string{"build.gradle.kts": "-  implementation(\"a.b:json:1.0\")\n+  implementation(\"a.b:json:1.1\")\n"}},
		{name: "a variable", pkg: "a.b:json", to: "1.1", tree: projecttest.Tree{"build.gradle": "ext.jsonVersion = '1.0'\n" + deps("implementation \"a.b:json:$jsonVersion\"")},
			want: map[string]string{"build.gradle": "-ext.jsonVersion = '1.0'\n+ext.jsonVersion = '1.1'\n"}},
		{name: "gradle.properties", pkg: "a.b:json", to: "1.1", tree: projecttest.Tree{"gradle.properties": "jsonVersion=1.0\n", "build.gradle": deps("implementation \"a.b:json:$jsonVersion\"")},
			want: map[string]string{"gradle.properties": "-jsonVersion=1.0\n+jsonVersion=1.1\n"}},
		{name: "a catalog", pkg: "a.b:json", to: "1.1", tree: projecttest.Tree{"gradle/libs.versions.toml": catalog, "build.gradle": deps("implementation libs.json")},
			want: map[string]string{"gradle/libs.versions.toml": "-json = \"1.0\"\n+json = \"1.1\"\n"}},
		{name: "a library of a catalog", pkg: "a.b:log", to: "1.1", tree: projecttest.Tree{"gradle/libs.versions.toml": catalog, "build.gradle": deps("implementation libs.log")},
			want: map[string]string{"gradle/libs.versions.toml": "-log = \"a.b:log:1.0\"\n+log = \"a.b:log:1.1\"\n"}},
		{name: "strictly", pkg: "a.b:json", to: "1.1", tree: projecttest.Tree{"build.gradle": deps("implementation('a.b:json') {\n    version {\n      strictly '1.0'\n    }\n  }")},
			want: map[string]string{"build.gradle": "-      strictly '1.0'\n+      strictly '1.1'\n"}},
		{name: "a lockfile stays behind", pkg: "a.b:json", to: "1.1", tree: projecttest.Tree{"build.gradle": deps("implementation 'a.b:json:1.0'"), "gradle.lockfile": "a.b:json:1.0=runtimeClasspath\nempty=\n"},
			want: map[string]string{"build.gradle": "-  implementation 'a.b:json:1.0'\n+  implementation 'a.b:json:1.1'\n"}, stale: []string{"gradle.lockfile"}},
		{name: "a variable of two groups", pkg: "a.b:json", to: "1.1", tree: projecttest.Tree{"build.gradle": "ext.v = '1.0'\n" + deps("implementation \"a.b:json:$v\"\n  implementation \"z.y:other:$v\"")}, refused: "is that of z.y:other as well"},
		{name: "a variable of something else", pkg: "a.b:json", to: "1.1", tree: projecttest.Tree{"build.gradle": "ext.v = '1.0'\nversion = v\n" + deps("implementation \"a.b:json:$v\"")}, refused: "is used at build.gradle:2 too"},
		{name: "one has no such version", pkg: "a.b:json", to: "2.0", tree: projecttest.Tree{"build.gradle": "ext.v = '1.0'\n" + deps("implementation \"a.b:json:$v\"\n  implementation \"a.b:log:$v\"")}, refused: "a.b:log as well, which has no version 2.0"},
		{name: "what only the lockfile has", pkg: "a.b:json", to: "1.1", tree: projecttest.Tree{"build.gradle": deps("implementation 'a.b:web:1.0'"), "gradle.lockfile": "a.b:json:1.0=runtimeClasspath\na.b:web:1.0=runtimeClasspath\nempty=\n"}, refused: "add a constraint for \"a.b:json:1.1\" to the dependencies of build.gradle"},
		{name: "declared twice", pkg: "a.b:json", to: "1.1", tree: projecttest.Tree{"build.gradle": deps("implementation 'a.b:json:1.0', 'a.b:json:1.0'")}, refused: "stands there 2 times"},
	} {
		t.Run(test.name, func(t *testing.T) {
			g := &Gradle{Settings: stock(world).settings(t), Temp: t.TempDir()}
			r := projecttest.Read(t, gradle.Reader{}, test.tree.Write(t))
			p := r.Projects[0]
			u := up(test.pkg, test.to, fettle.Direct)
			u.Package.Version = "1.0"
			got, err := g.Derive(t.Context(), test.tree.Write(t), p, []fettle.Upgrade{u})
			if test.refused != "" {
				if !errors.Is(err, fettle.ErrRefused) || !strings.Contains(err.Error(), test.refused) {
					t.Fatalf("%v; want a refusal that says %q", err, test.refused)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, diff(t, test.tree, got.Texts)); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(test.stale, got.Stale); diff != "" || (got.Why != "") != (len(test.stale) > 0) {
				t.Error(diff, got.Why)
			}
		})
	}
}

func FuzzLinesOfGradle(f *testing.F) {
	for _, seed := range []string{"", "x", "implementation 'g:a:1'", "\xef\xbb\xbfa = \"1\"\r\n", "1 1", "a=1", "\n\n'1'", "g:a:1 g:a:1", "[1]", "((((1"} {
		f.Add(seed, 1)
	}
	f.Fuzz(func(t *testing.T, text string, line int) {
		got, _, err := setLine(text, line, "g:a", "1", "22")
		if err == nil && len(got) != len(text)+1 {
			t.Errorf("%q became %q", text, got)
		}
	})
}
