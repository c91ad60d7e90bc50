package jvm

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/discover/projecttest"
	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/propose/manager"
)

// world is what all stories draw from.
const world = `
a.b:web:1.0 : a.b:json:1.0, a.b:log:1.0
a.b:web:1.1 : a.b:json:1.1, a.b:log:1.0
a.b:json:1.0
a.b:json:1.1
a.b:json:2.0
a.b:log:1.0
a.b:log:1.1
a.b:core:1.0
a.b:core:1.1
a.b:bind:1.0 : a.b:core:1.0
a.b:bind:1.1 : a.b:core:1.1
a.b:bind:1.2 : a.b:core:1.2
z.y:other:1.0
z.y:other:1.1
p.q:boot:1.0 {<packaging>pom</packaging><properties><json.version>1.0</json.version></properties><dependencyManagement><dependencies><dependency><groupId>a.b</groupId><artifactId>json</artifactId><version>${json.version}</version></dependency><dependency><groupId>a.b</groupId><artifactId>log</artifactId><version>1.0</version><exclusions><exclusion><groupId>x</groupId><artifactId>y</artifactId></exclusion></exclusions></dependency><dependency><groupId>p.q</groupId><artifactId>start</artifactId><version>1.0</version></dependency></dependencies></dependencyManagement>}
p.q:boot:1.0.1 {<packaging>pom</packaging><properties><json.version>1.1</json.version></properties><dependencyManagement><dependencies><dependency><groupId>a.b</groupId><artifactId>json</artifactId><version>${json.version}</version></dependency><dependency><groupId>a.b</groupId><artifactId>log</artifactId><version>1.1</version></dependency><dependency><groupId>p.q</groupId><artifactId>start</artifactId><version>1.0.1</version></dependency></dependencies></dependencyManagement>}
p.q:start:1.0 : a.b:json:1.0, a.b:log:1.0
p.q:start:1.0.1 : a.b:json:1.1, a.b:log:1.1
`

func dep(name, version string) string {
	group, artifact, _ := strings.Cut(name, ":")
	text := "    <dependency>\n      <groupId>" + group + "</groupId>\n      <artifactId>" + artifact + "</artifactId>\n"
	if version != "" {
		text += "      <version>" + version + "</version>\n"
	}
	return text + "    </dependency>\n"
}

func pom(parts ...string) string {
	return "<project>\n  <modelVersion>4.0.0</modelVersion>\n  <groupId>own</groupId>\n  <artifactId>app</artifactId>\n  <version>1</version>\n" + strings.Join(parts, "") + "</project>\n"
}

func deps(list ...string) string {
	return "  <dependencies>\n" + strings.Join(list, "") + "  </dependencies>\n"
}

func managed(list ...string) string {
	return "  <dependencyManagement>\n    <dependencies>\n" + strings.Join(list, "") + "    </dependencies>\n  </dependencyManagement>\n"
}

func properties(list string) string {
	return "  <properties>\n    " + list + "\n  </properties>\n"
}

const boot = "  <parent>\n    <groupId>p.q</groupId>\n    <artifactId>boot</artifactId>\n    <version>1.0</version>\n    <relativePath/>\n  </parent>\n"

func bom(version string) string {
	return "    <dependency><groupId>p.q</groupId><artifactId>boot</artifactId><version>" + version + "</version><type>pom</type><scope>import</scope></dependency>\n"
}

func TestMavenEditsAVersionWhereItStands(t *testing.T) {
	entry := func(name, version, more string) string {
		group, artifact, _ := strings.Cut(name, ":")
		return "+      <dependency>\n+        <groupId>" + group + "</groupId>\n+        <artifactId>" + artifact + "</artifactId>\n+        <version>" + version + "</version>\n" + more + "+      </dependency>\n"
	}
	tests := []struct {
		name    string
		tree    projecttest.Tree
		file    string // "" is pom.xml
		up      fettle.Upgrade
		want    map[string]string
		refused string
	}{
		{name: "a literal", tree: projecttest.Tree{"pom.xml": pom(deps(dep("a.b:json", "1.0")))}, up: up("a.b:json", "1.1", fettle.Direct),
			want: map[string]string{"pom.xml": "-      <version>1.0</version>\n+      <version>1.1</version>\n"}},
		{name: "a property", tree: projecttest.Tree{"pom.xml": pom(properties("<json.version>1.0</json.version>"), deps(dep("a.b:json", "${json.version}")))}, up: up("a.b:json", "1.1", fettle.Direct),
			want: map[string]string{"pom.xml": "-    <json.version>1.0</json.version>\n+    <json.version>1.1</json.version>\n"}},
		{name: "a property of a property", tree: projecttest.Tree{"pom.xml": pom(properties("<v>1.0</v><json.version>${v}</json.version>"), deps(dep("a.b:json", "${json.version}")))}, up: up("a.b:json", "1.1", fettle.Direct),
			want: map[string]string{"pom.xml": "-    <v>1.0</v><json.version>${v}</json.version>\n+    <v>1.1</v><json.version>${v}</json.version>\n"}},
		{name: "a managed version", tree: projecttest.Tree{"pom.xml": pom(managed(dep("a.b:json", "1.0")), deps(dep("a.b:web", "1.0")))}, up: up("a.b:json", "1.1", fettle.Override),
			want: map[string]string{"pom.xml": "-      <version>1.0</version>\n+      <version>1.1</version>\n"}},
		{name: "nothing manages it, so an entry is made", tree: projecttest.Tree{"pom.xml": pom(managed(dep("a.b:log", "1.0")), deps(dep("a.b:web", "1.0")))}, up: up("a.b:json", "1.1", fettle.Override),
			want: map[string]string{"pom.xml": "+    <dependency>\n+      <groupId>a.b</groupId>\n+      <artifactId>json</artifactId>\n+      <version>1.1</version>\n+    </dependency>\n"}},
		{name: "nothing is managed at all", tree: projecttest.Tree{"pom.xml": pom(deps(dep("a.b:web", "1.0")))}, up: up("a.b:json", "1.1", fettle.Override),
			want: map[string]string{"pom.xml": "+  <dependencyManagement>\n+    <dependencies>\n" + entry("a.b:json", "1.1", "") + "+    </dependencies>\n+  </dependencyManagement>\n"}},
		{name: "a property that the parent honours", tree: projecttest.Tree{"pom.xml": pom(boot, deps(dep("p.q:start", "")))}, up: up("a.b:json", "2.0", fettle.Override),
			want: map[string]string{"pom.xml": "+  <properties>\n+    <json.version>2.0</json.version>\n+  </properties>\n"}},
		{name: "the parent's own package moves with the parent", tree: projecttest.Tree{"pom.xml": pom(boot, deps(dep("p.q:start", "")))}, up: up("p.q:start", "1.0.1", fettle.Direct),
			want: map[string]string{"pom.xml": "-    <version>1.0</version>\n+    <version>1.0.1</version>\n"}},
		{name: "a parent sets it without a property", tree: projecttest.Tree{"pom.xml": pom(boot, deps(dep("p.q:start", "")))}, up: up("a.b:log", "1.1", fettle.Override),
			want: map[string]string{"pom.xml": "+  <dependencyManagement>\n+    <dependencies>\n" + entry("a.b:log", "1.1", "+        <exclusions>\n+          <exclusion>\n+            <groupId>x</groupId>\n+            <artifactId>y</artifactId>\n+          </exclusion>\n+        </exclusions>\n") + "+    </dependencies>\n+  </dependencyManagement>\n"}},
		{name: "a version of its own where an import manages it", tree: projecttest.Tree{"pom.xml": pom(managed(bom("1.0")), deps(dep("a.b:json", "")))}, up: up("a.b:json", "2.0", fettle.Direct),
			want: map[string]string{"pom.xml": "+      <version>2.0</version>\n"}},
		{name: "the import of a package's own family moves", tree: projecttest.Tree{"pom.xml": pom(managed(bom("1.0")), deps(dep("p.q:start", "")))}, up: up("p.q:start", "1.0.1", fettle.Direct),
			want: map[string]string{"pom.xml": "-" + bom("1.0") + "+" + bom("1.0.1")}},
		{name: "what goes together moves together", tree: projecttest.Tree{"pom.xml": pom(deps(dep("a.b:bind", "1.0"), dep("a.b:core", "1.0")))}, up: up("a.b:bind", "1.1", fettle.Direct),
			want: map[string]string{"pom.xml": "-      <version>1.0</version>\n-    </dependency>\n-    <dependency>\n-      <groupId>a.b</groupId>\n-      <artifactId>core</artifactId>\n-      <version>1.0</version>\n" +
				"+      <version>1.1</version>\n+    </dependency>\n+    <dependency>\n+      <groupId>a.b</groupId>\n+      <artifactId>core</artifactId>\n+      <version>1.1</version>\n"}},
		{name: "a shared property moves all that it sets", tree: projecttest.Tree{"pom.xml": pom(properties("<v>1.0</v>"), deps(dep("a.b:json", "${v}"), dep("a.b:log", "${v}")))}, up: up("a.b:log", "1.1", fettle.Direct),
			want: map[string]string{"pom.xml": "-    <v>1.0</v>\n+    <v>1.1</v>\n"}},
		{name: "a shared property of which one has no such version", tree: projecttest.Tree{"pom.xml": pom(properties("<v>1.0</v>"), deps(dep("a.b:json", "${v}"), dep("a.b:log", "${v}")))}, up: up("a.b:json", "2.0", fettle.Direct),
			want: map[string]string{"pom.xml": "-      <version>${v}</version>\n+      <version>2.0</version>\n"}},
		{name: "a property of two groups", tree: projecttest.Tree{"pom.xml": pom(properties("<v>1.0</v>"), deps(dep("a.b:json", "${v}"), dep("z.y:other", "${v}")))}, up: up("a.b:json", "1.1", fettle.Direct),
			refused: "the property v (pom.xml:7) sets its version and that of z.y:other"},
		{name: "a property of something else", tree: projecttest.Tree{"pom.xml": pom(properties("<v>1.0</v>"), "  <name>${v}</name>\n", deps(dep("a.b:json", "${v}")))}, up: up("a.b:json", "1.1", fettle.Direct),
			refused: "sets its version and <name> at pom.xml:9"},
		{name: "the project's own version", tree: projecttest.Tree{"pom.xml": strings.Replace(pom(deps(dep("a.b:json", "${project.version}"))), "<version>1<", "<version>1.0<", 1)}, up: up("a.b:json", "1.1", fettle.Direct),
			refused: "the property project.version is the project's own"},
		{name: "a version put together", tree: projecttest.Tree{"pom.xml": pom(properties("<v>1</v>"), deps(dep("a.b:json", "${v}.0")))}, up: up("a.b:json", "1.1", fettle.Direct),
			refused: "it is put together of several texts"},
		{name: "in a parent of the tree", tree: projecttest.Tree{"pom.xml": pom(managed(dep("a.b:json", "1.0"))), "app/pom.xml": child(deps(dep("a.b:web", "1.0")))}, file: "app/pom.xml", up: up("a.b:json", "1.1", fettle.Override),
			want: map[string]string{"pom.xml": "-      <version>1.0</version>\n+      <version>1.1</version>\n"}},
		{name: "an entry where the tree manages its versions", tree: projecttest.Tree{"pom.xml": pom(managed(dep("a.b:log", "1.0"))), "app/pom.xml": child(deps(dep("a.b:web", "1.0")))}, file: "app/pom.xml", up: up("a.b:json", "1.1", fettle.Override),
			want: map[string]string{"pom.xml": "+    <dependency>\n+      <groupId>a.b</groupId>\n+      <artifactId>json</artifactId>\n+      <version>1.1</version>\n+    </dependency>\n"}},
		{name: "an entry that would take another module back", tree: projecttest.Tree{"pom.xml": pom(managed(dep("a.b:log", "1.0"))), "app/pom.xml": child(deps(dep("a.b:web", "1.0"))), "lib/pom.xml": child(deps(dep("a.b:web", "1.1")))}, file: "app/pom.xml", up: up("a.b:core", "1.1", fettle.Override),
			refused: "does not need it"},
		{name: "a version that is there already", tree: projecttest.Tree{"pom.xml": pom(deps(dep("a.b:json", "1.1")))}, up: up("a.b:json", "1.1", fettle.Direct), want: map[string]string{}},
		{name: "a version that is lower", tree: projecttest.Tree{"pom.xml": pom(deps(dep("a.b:json", "1.1")))}, up: up("a.b:json", "1.0", fettle.Direct), refused: "it is at 1.1 already"},
		{name: "a version that nobody serves", tree: projecttest.Tree{"pom.xml": pom(deps(dep("a.b:json", "1.1")))}, up: up("a.b:json", "9.0", fettle.Direct), refused: "no repository serves a.b:json 9.0"},
		{name: "what is no version", tree: projecttest.Tree{"pom.xml": pom(deps(dep("a.b:json", "1.1")))}, up: up("a.b:json", "1</version>", fettle.Direct), refused: "which is no version"},
	}
	settings := stock(world).settings(t)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			m := &Maven{Settings: settings, Temp: t.TempDir()}
			file := "pom.xml"
			if test.file != "" {
				file = test.file
			}
			p := fettle.Project{Manager: "maven", Lockfile: file}
			got, err := m.Derive(t.Context(), test.tree.Write(t), p, []fettle.Upgrade{test.up})
			if test.refused != "" {
				if !errors.Is(err, fettle.ErrRefused) || !strings.Contains(err.Error(), test.refused) || got.Texts != nil {
					t.Fatalf("%v, %v; want a refusal that says %q", got.Texts, err, test.refused)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, diff(t, test.tree, got.Texts)); diff != "" {
				t.Error(diff)
			}
			again, err := m.Derive(t.Context(), unpack(t, test.tree, got.Texts), p, []fettle.Upgrade{test.up})
			if err != nil || len(again.Texts) > 0 {
				t.Errorf("asked again it changes %v, %v", again.Texts, err)
			}
		})
	}
}

func child(parts ...string) string {
	return "<project>\n  <parent>\n    <groupId>own</groupId>\n    <artifactId>app</artifactId>\n    <version>1</version>\n  </parent>\n  <artifactId>module</artifactId>\n" + strings.Join(parts, "") + "</project>\n"
}

func TestMavenListsWhatIsServed(t *testing.T) {
	s := stock(`
g:a:1.0
g:a:1.1-rc1
g:a:1.1 : g:x:1.0, g:y:2.0 optional, g:z:1.0 test
g:a:1.2 {<url>https://project.example/a</url><properties><maven.compiler.release>17</maven.compiler.release></properties>}
g:a:1.3 {<distributionManagement><relocation><groupId>new.g</groupId></relocation></distributionManagement>}
g:a:1.4 : g:x:${nowhere}
g:a:20040101.120000
g:a:0.9
g:a:1.9
`)
	delete(s.files, "g/a/1.9/a-1.9.pom")
	s.dates["g/a/1.1/a-1.1.pom"] = "Wed, 21 Oct 2015 07:28:00 GMT"
	m := &Maven{Settings: s.settings(t)}
	got, err := m.Releases(t.Context(), fettle.Project{}, fettle.Package{Ecosystem: "Maven", Name: "g:a", Version: "1.0"})
	if err != nil {
		t.Fatal(err)
	}
	want := []manager.Release{
		{Version: "1.0", NeedsKnown: true},
		{Version: "1.1", NeedsKnown: true, Needs: []manager.Need{{Name: "g:x", Range: "1.0"}}, Published: time.Date(2015, 10, 21, 7, 28, 0, 0, time.UTC)},
		{Version: "1.2", NeedsKnown: true, Source: "https://project.example/a", Toolchain: "java 17"},
		{Version: "1.3", NeedsKnown: true, Deprecated: "moved to new.g:a:1.3"},
		{Version: "1.4", Needs: []manager.Need{{Name: "g:x", Range: "${nowhere}"}}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	asked := len(s.asked)
	if _, err := m.Releases(t.Context(), fettle.Project{}, fettle.Package{Ecosystem: "Maven", Name: "g:a", Version: "1.0"}); err != nil || len(s.asked) != asked {
		t.Errorf("%v, and %d more questions", err, len(s.asked)-asked)
	}
}

func TestASilenceOfARepositoryIsAnError(t *testing.T) {
	s := stock("g:a:1.0")
	for name, test := range map[string]struct {
		settings project.Settings
		want     error
	}{
		"no such package":    {s.settings(t), manager.ErrRegistry},
		"nobody to ask":      {project.Settings{Home: t.TempDir(), Client: http.DefaultClient}, manager.ErrNoTool},
		"offline":            {project.Settings{Home: t.TempDir(), Maven: []string{"http://127.0.0.1:1"}}, manager.ErrNoTool},
		"nobody is at home":  {project.Settings{Home: t.TempDir(), Client: http.DefaultClient, Maven: []string{"http://127.0.0.1:1"}}, manager.ErrRegistry},
		"it does not answer": {failing(t), manager.ErrRegistry},
	} {
		t.Run(name, func(t *testing.T) {
			m := &Maven{Settings: test.settings}
			got, err := m.Releases(t.Context(), fettle.Project{}, fettle.Package{Ecosystem: "Maven", Name: "g:b", Version: "1.0"})
			if !errors.Is(err, test.want) || got != nil {
				t.Errorf("%v, %v; want %v", got, err, test.want)
			}
		})
	}
}

func failing(t *testing.T) project.Settings {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", http.StatusInternalServerError) }))
	t.Cleanup(server.Close)
	return project.Settings{Home: t.TempDir(), Client: server.Client(), Maven: []string{server.URL}}
}

func TestMavenPinStyles(t *testing.T) {
	m := &Maven{}
	for _, test := range []struct{ spec, version, want string }{
		{"1.0", "1.1", "1.1"},
		{"[1.0]", "1.1", "[1.1]"},
		{"[1.0,2.0)", "1.1", "[1.1,2.0)"},
		{"[1.0, 2.0)", "1.1", "[1.1, 2.0)"},
		{"[1.0,)", "1.1", "[1.1,)"},
		{"[1.0,2.0)", "2.1", "2.1"},
		{"[1.0,2.0),[3.0,)", "3.1", "3.1"},
		{"", "1.1", "1.1"},
	} {
		if got := m.Repin(test.spec, test.version); got != test.want {
			t.Errorf("Repin(%q, %q) = %q, want %q", test.spec, test.version, got, test.want)
		}
	}
	for _, test := range []struct {
		spec, version string
		want          bool
	}{{"1.0", "1.0", true}, {"1.0", "1.0.0", true}, {"1.0", "1.1", false}, {"[1.0]", "1.0", true}, {"[1.0,2.0)", "1.5", false}, {"", "1.0", false}} {
		if got := m.Admits(test.spec, test.version); got != test.want {
			t.Errorf("Admits(%q, %q) = %v", test.spec, test.version, got)
		}
	}
}
