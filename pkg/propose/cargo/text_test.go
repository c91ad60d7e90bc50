package cargo

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

func TestARequirementIsEditedWhereItStands(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"a text", "[dependencies]\nweb = \"1.0\" # why\n", "[dependencies]\nweb = \"2.3\" # why\n"},
		{"an inline table", "[dependencies]\nweb = { version = '1.0.0', features = [\"x\"] }\n", "[dependencies]\nweb = { version = '2.3.4', features = [\"x\"] }\n"},
		{"a dotted key", "dependencies.web.version = \"^1\"\n", "dependencies.web.version = \"^2\"\n"},
		{"a table of its own", "[dependencies.web]\nversion = \"~1.0\"\noptional = true\n", "[dependencies.web]\nversion = \"~2.3\"\noptional = true\n"},
		{"another name", "[dependencies]\nother = { package = \"web\", version = \"=1.0.0\" }\nweb = { package = \"zed\", version = \"1\" }\n",
			"[dependencies]\nother = { package = \"web\", version = \"=2.3.4\" }\nweb = { package = \"zed\", version = \"1\" }\n"},
		{"of a platform", "[target.'cfg(unix)'.dependencies]\nweb = \"1.*\"\n", "[target.'cfg(unix)'.dependencies]\nweb = \"2.*\"\n"},
		{"of the workspace, and for tests", "[workspace.dependencies]\nweb = \">=1.0, <2\"\n\n[dev-dependencies]\nweb = \"1\"\n", "[workspace.dependencies]\nweb = \"2.3.4\"\n\n[dev-dependencies]\nweb = \"2\"\n"},
		{"a folder, another copy and what admits it stay", "[dependencies]\nweb = { path = \"../web\", version = \"1\" }\n[build-dependencies]\nweb = \"0.9\"\n[dev-dependencies]\nweb = \"*\"\n", ""},
		{"a mark and other line ends", "\ufeff[dependencies]\r\nweb = \"1.0\"\r\n", "\ufeff[dependencies]\r\nweb = \"2.3\"\r\n"},
		{"not a table of dependencies", "[features]\nweb = \"1\"\n[package.metadata.dependencies]\nweb = \"1\"\n", ""},
	} {
		got, _, err := (&Cargo{}).editManifest("Cargo.toml", c.text, upgrades("web@1.0.0>2.3.4")[0])
		if c.want == "" {
			c.want = c.text
		}
		if err != nil || got != c.want {
			t.Errorf("%s: %v %s", c.name, err, cmp.Diff(c.want, got))
		}
	}
}

func TestRequirementsKeepTheirStyle(t *testing.T) {
	for _, c := range []struct{ spec, version, want string }{
		{"1", "2.3.4", "2"}, {"1.2", "2.3.4", "2.3"}, {"1.2.3", "2.3.4", "2.3.4"}, {"^1.2", "2.3.4", "^2.3"}, {"~ 1.2.3", "2.3.4", "~ 2.3.4"}, {"=1.2", "2.3.4", "=2.3.4"},
		{">=1.2", "2.3.4", ">=2.3.4"}, {"1.*", "2.3.4", "2.*"}, {"1.2.*", "2.3.4", "2.3.*"}, {"*", "2.3.4", "2.3.4"}, {">=1, <2", "2.3.4", "2.3.4"}, {"1.2.3-rc.1", "2.3.4+build", "2.3.4"},
	} {
		got := (&Cargo{}).Repin(c.spec, c.version)
		if got != c.want || !(&Cargo{}).Admits(got, strings.Split(c.version, "+")[0]) {
			t.Errorf("%q for %s: %q, want %q", c.spec, c.version, got, c.want)
		}
	}
	for _, c := range []struct {
		spec, version string
		want          bool
	}{{"", "9.0.0", true}, {"1", "1.9.0", true}, {"0.3", "0.4.0", false}, {"0.3", "0.3.9", true}, {"=1.0.0", "1.0.1", false}, {"git https://x", "1.0.0", false}} {
		if got := (&Cargo{}).Admits(c.spec, c.version); got != c.want {
			t.Errorf("%q admits %s: %v", c.spec, c.version, got)
		}
	}
}

const threeLocked = `# head
version = 3

[[package]]
name = "a"
version = "1.0.0"
source = "registry+x"
dependencies = [
 "b",
]

[[package]]
name = "b"
version = "1.0.0"
source = "registry+x"

[[package]]
name = "own"
version = "0.1.0"
`

func TestALockfileIsMergedEntryByEntry(t *testing.T) {
	before := strings.Replace(threeLocked, "version = 3", "version = 4", 1)
	after := strings.Replace(before, "name = \"b\"\nversion = \"1.0.0\"", "name = \"b\"\nversion = \"1.1.0\"", 1)
	want := strings.Replace(threeLocked, "name = \"b\"\nversion = \"1.0.0\"", "name = \"b\"\nversion = \"1.1.0\"", 1)
	if got, whole := mergeLock(threeLocked, before, after); got != want || whole {
		t.Error(cmp.Diff(want, got))
	}
	if got, whole := mergeLock(threeLocked, before, before); got != threeLocked || whole {
		t.Error(cmp.Diff(threeLocked, got))
	}
	if got, whole := mergeLock(threeLocked, after, before); got != before || !whole {
		t.Errorf("out of step: %v %s", whole, got)
	}
	if err := foreign(threeLocked, strings.Replace(after, "registry+x", "registry+evil", 1)); err == nil {
		t.Error("a source that the lockfile does not have was taken")
	}
}

func FuzzTexts(f *testing.F) {
	for _, seed := range []string{"", threeLocked, app, "\ufeff[dependencies]\r\nweb = \"1\"\r\n", "[dependencies]\nweb = \"\"\"1\"\"\"\n", strings.Repeat("[", 2000), strings.Repeat("a.", 2000) + "b = 1", "[[package]]\n[[package]]\nname = \"\n",
		"[dependencies]\nweb.version = \"1\"\nweb.version = \"1\"\n", "a = {b = {c = {d = \"1\"}}}\n", "\x03\x02\x00\x00\x00e\x001.0.0\x00{\"name\":\"web\",\"vers\":\"1.0.0\",\"deps\":[{\"name\":\"x\",\"req\":\"1\"}]}\x00",
		"[source.crates-io]\nreplace-with=\"v\"\n[source.v]\ndirectory=\"../../x\"\n[registries.a]\nindex = \"x\"\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c := &Cargo{}
		u := fettle.Upgrade{Package: fettle.Package{Name: "web", Version: "1.0.0"}, To: "2.3.4"}
		if got, n, err := c.editManifest("Cargo.toml", text, u); err == nil {
			if n == 0 && got != text {
				t.Fatalf("%q became %q", text, got)
			}
			if again, more, err := c.editManifest("Cargo.toml", got, u); err != nil || more != 0 || again != got {
				t.Fatalf("%q became %q, and then %q: %v", text, got, again, err)
			}
		}
		if got, _ := mergeLock(text, text, text); strings.TrimSpace(strings.ReplaceAll(got, "\r", "")) == "" && strings.TrimSpace(text) != "" && !strings.Contains(text, "\r") {
			t.Fatalf("%q became %q", text, got)
		}
		_ = versionsOf(text, "web")
		_ = foreign(text, text)
		_ = parseIndex([]byte(text), "web")
		_ = vendored(text)
		if out := scrubbed(text, true); out != "" {
			if _, err := leaves([]byte(out)); err != nil {
				t.Fatalf("%q was scrubbed to %q: %v", text, out, err)
			}
		}
	})
}
