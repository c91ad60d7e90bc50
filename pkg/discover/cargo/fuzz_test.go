package cargo

import (
	"strings"
	"testing"

	"github.com/fettle-dev/fettle/pkg/discover/projecttest"
)

func FuzzRead(f *testing.F) {
	locks := []string{"version = 4\n" + entry("a", "1.0.0", index, "b", "b 1.0.0", "a") + entry("b", "1.0.0", index, "a 1.0.0 ("+index+")") + entry("x", "0.1.0", "", "a"),
		"[root]\nname = \"x\"\nversion = \"1\"\ndependencies = [\"a 1.0.0 (" + index + ")\"]\n" + entry("a", "1.0.0", index) + "[metadata]\n\"checksum a 1.0.0 (" + index + ")\" = \"00\"\n",
		"", "\xef\xbb\xbfversion = 4\r\n[[package]]\r\nname = \"a\"\r\nversion = \"1\"\r\n", "[[package", "package = 1\nroot = []\n", "[[package]]\nname = \"../a\"\nversion = \"../../1\"\nreplace = \"../a ../../1\"\n",
		entry("a", "1", index) + "replace = \"a 1 (" + index + ")\"\n", strings.Repeat(entry("a", "1", ""), 3), "version = {a = " + strings.Repeat("[", 250)}
	manifests := []string{"[package]\nname = \"x\"\n[dependencies]\na = \"1\"\nb = { path = \"..\", package = \"c\", optional = true }\n[workspace]\nmembers = [\"*\", \"[\"]\nexclude = [\"..\", \"\"]\n[workspace.dependencies]\na = {}\n",
		"[features]\ndefault = [\"default\", \"a/b\", \"c?/d\", \"dep:e\"]\n[target.x.dev-dependencies]\na.workspace = true\n[target]\ny = 1\n[patch.a]\nb = 1\n[replace]\n\"a:1\" = \"\"\n[dependencies.q]\nversion = \"=1.0.0\"\n",
		"", "dependencies = 1\npackage = []\nworkspace = {}\n", "[dependencies]\na = \">=1, <2 || ^^ ~ 99999999999999999999.0\"\n"}
	for i, l := range locks {
		f.Add([]byte(l), []byte(manifests[i%len(manifests)]), []byte(manifests[(i+1)%len(manifests)]))
	}
	f.Fuzz(func(t *testing.T, lock, root, member []byte) {
		tree := files{"Cargo.lock": text(lock), "Cargo.toml": text(root), "m/Cargo.toml": text(member), "n/Cargo.toml": text(member)}
		r := projecttest.Read(t, Reader{}, tree.Write(t))
		lines := map[string]int{}
		for name, text := range tree {
			lines[name] = strings.Count(text, "\n") + 1
		}
		for _, p := range r.Projects {
			keys := map[string]bool{}
			for _, n := range p.Nodes {
				if keys[n.Key] || n.Key == "" || n.Version == "" && n.NoVersion == "" {
					t.Errorf("%+v", n)
				}
				keys[n.Key] = true
				if n.Location.Line < 1 || n.Location.Line > lines[n.Location.Path] {
					t.Errorf("%s is on line %d of %d", n.Key, n.Location.Line, lines[n.Location.Path])
				}
			}
		}
		for _, g := range r.Gaps {
			if g.Reason == "" || g.Location != nil && g.Location.Line > lines[g.Location.Path] {
				t.Errorf("%+v", g)
			}
		}
		if l, err := parseLock(lock); err == nil && len(l.packages) > 0 && len(r.Projects) == 0 {
			t.Error("packages, and no project")
		}
	})
}

// text keeps a file from being taken for a link.
func text(data []byte) string { return strings.TrimPrefix(string(data), "-> ") }
