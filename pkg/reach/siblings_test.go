package reach

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/syntax"
)

// Code in the folder of one project may be part of another one's program, and whether it is decides what is not imported.
func TestCodeOfOtherProjectsSpeaksAgainstNotImported(t *testing.T) {
	if !syntax.Available {
		t.Skip("built without parsers")
	}
	tests := []struct {
		name      string
		ecosystem string
		lists     string // folder:package of each project; the first is asked about
		files     string
		want      string // the verdict, or what is in the reason for none
	}{
		{"nobody imports it", "npm", ":lib web:other", "-- a.js --\n1\n-- web/a.js --\n1\n", "not_imported"},
		{"a folder below uses that of the root", "npm", ":lib web:other", "-- a.js --\n1\n-- web/a.js --\nrequire('lib')\n", "web/a.js:1 imports it"},
		{"a folder below has its own", "npm", ":lib web:lib", "-- a.js --\n1\n-- web/a.js --\nrequire('lib')\n", "not_imported"},
		{"a folder beside that does not list it", "PyPI", "docker:jinja2 app:other", "-- docker/a.py --\n1\n-- app/a.py --\nimport jinja2\n", "app/a.py:1 imports it"},
		{"a folder beside has its own", "PyPI", "docker:jinja2 app:jinja2", "-- docker/a.py --\n1\n-- app/a.py --\nimport jinja2\n", "not_imported"},
		{"a folder beside has its own and is imported", "PyPI", ":jinja2 mylib:jinja2", "-- a.py --\nimport mylib.b\n-- mylib/mylib/b.py --\nimport jinja2\n", "mylib/mylib/b.py:1 imports it"},
		{"imported by way of a third", "PyPI", "app:jinja2 one:other two:jinja2", "-- app/a.py --\nimport one\n-- one/one.py --\nfrom two import x\n-- two/two.py --\nimport jinja2\n", "two/two.py:1 imports it"},
		{"its own module of that name is meant", "PyPI", "app:jinja2 one:jinja2", "-- app/a.py --\nimport one\n-- app/one.py --\n1\n-- one/one.py --\nimport jinja2\n", "not_imported"},
		{"a folder of lists does not parse beside", "PyPI", "requirements:jinja2 :other", "-- a.py --\nx = 1\n-- b.py --\nimport (\n def (((\n", "b.py does not parse"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if e := judge(t, tt.ecosystem, tt.lists, tt.files, nil); len(e) != 1 || !strings.Contains(e[0].Text, tt.want) {
				t.Errorf("got %+v, want %s", e, tt.want)
			}
		})
	}
}

// judge returns what is said of the package of the first of lists, each a folder and a package, in a tree of files.
func judge(t *testing.T, ecosystem, lists, files string, ignores func(string) bool) []fettle.Evidence {
	t.Helper()
	dir := t.TempDir()
	for _, f := range txtar.Parse([]byte(files)).Files {
		p := filepath.Join(dir, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, f.Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	scene := fettle.Scene{Repo: fettle.Repo{Dir: dir}}
	for n, list := range strings.Fields(lists) {
		folder, name, _ := strings.Cut(list, ":")
		lock := fettle.Location{Path: filepath.ToSlash(filepath.Join(folder, "lock")), Line: 1}
		pkg := fettle.Package{Ecosystem: ecosystem, Name: name, Version: "1.0.0"}
		node := fettle.Node{Package: pkg, Key: "node_modules/" + name, Direct: true, Depth: 1, Location: lock}
		scene.Inventory.Projects = append(scene.Inventory.Projects, fettle.Project{Manager: "x", Dir: folder, Lockfile: lock.Path, Nodes: []fettle.Node{node}})
		if n == 0 {
			scene.Findings = []fettle.Finding{{ID: "f", Package: pkg, Project: folder, Instances: []fettle.Instance{{Key: node.Key, Location: lock}}}}
		}
	}
	got, err := Imports{Ignores: ignores}.Correlate(t.Context(), scene)
	if err != nil {
		t.Fatal(err)
	}
	return got.Evidence["f"]
}
