package python

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/reach/program"
)

func TestTestsByName(t *testing.T) {
	for file, want := range map[string]bool{"tests/a.py": true, "a/test_b.py": true, "a/b_test.py": true, "conftest.py": true, "a/tests.py": true, "docs/conf.py": true, "setup.py": true, "noxfile.py": true,
		"app.py": false, "a/latest.py": false, "contest.py": false, "conf.py": false, "attest/a.py": false, "docs/build.py": false} {
		if got := (Analyst{}).Tests(file); got != want {
			t.Errorf("%s: %t", file, got)
		}
	}
}

func TestFilesThatMayNamePackages(t *testing.T) {
	for file, want := range map[string]bool{"app.ini": true, "Procfile": true, "deploy/Dockerfile.web": true, "run.sh": true, "a.ipynb": true, "pyproject.toml": true, "setup.cfg": true, "config.json": true, "bin/x": true, ".env": true,
		"requirements-dev.txt": false, "poetry.lock": false, "Pipfile": false, "README.md": false, "tox.ini": false, ".github/workflows/a.yml": false, "tests/data.yaml": false, "data.json": false, "LICENSE": false} {
		if got := (Analyst{}).Mentions(file); got != want {
			t.Errorf("%s: %t", file, got)
		}
	}
}

// needs is a program of one file with a lockfile of these packages, of version 1.0, and where to look for what is installed.
func needs(t *testing.T, tree map[string]string, settings project.Settings, names ...string) (program.Program, []program.Target) {
	t.Helper()
	data := map[string][]byte{}
	for name, text := range tree {
		data[name] = []byte(text)
	}
	dir := t.TempDir()
	layOut(t, dir, data)
	var p program.Program
	p.Settings = settings
	var targets []program.Target
	for _, name := range names {
		n := fettle.Node{Package: fettle.Package{Ecosystem: "PyPI", Name: name, Version: "1.0"}, Key: name + "@1.0", Scope: fettle.Production, Direct: true, Holders: []fettle.Edge{{}}}
		p.Project.Nodes = append(p.Project.Nodes, n)
		targets = append(targets, program.Target{Node: n})
	}
	return fill(t, p, dir, data), targets
}

// installed is a tree with a distribution that imports another one.
func installed(version string) map[string]string {
	return map[string]string{"one/__init__.py": "import two\n", "two.py": "", "one-" + version + ".dist-info/RECORD": "one/__init__.py,,\n", "one-" + version + ".dist-info/METADATA": "Name: one\n",
		"two-1.0.dist-info/RECORD": "two.py,,\n", "two-1.0.dist-info/METADATA": "Name: two\n"}
}

func lay(t *testing.T, dir string, tree map[string]string) {
	t.Helper()
	data := map[string][]byte{}
	for name, text := range tree {
		data[name] = []byte(text)
	}
	layOut(t, dir, data)
}

func TestInstalledDistributionsAreFound(t *testing.T) {
	venv, home, other := t.TempDir(), t.TempDir(), t.TempDir()
	lay(t, filepath.Join(venv, "lib", "python3.12", "site-packages"), installed("1.0"))
	lay(t, filepath.Join(other, "lib", "python3.12", "site-packages"), installed("2.0"))
	for name, text := range installed("1.0") {
		lay(t, filepath.Join(home, ".cache", "uv", "archive-v0", name[:3]), map[string]string{name: text})
	}
	env := func(value string) project.Settings {
		return project.Settings{Getenv: func(name string) string {
			if name == "VIRTUAL_ENV" {
				return value
			}
			return ""
		}}
	}
	for _, tt := range []struct {
		name     string
		settings project.Settings
		want     string
	}{
		{"nowhere", project.Settings{}, "unknown: it is not installed here, and the name of its module is not known"},
		{"in VIRTUAL_ENV", env(venv), "referenced: the package is imported by way of one@1.0"},
		{"of another version", env(other), "unknown: one@1.0 may import it: it is not installed here"},
		{"in uv's cache", project.Settings{Home: home}, "referenced: the package is imported by way of one@1.0"},
		{"in a folder that is not there", env("/nonexistent"), "unknown: it is not installed here, and the name of its module is not known"},
		{"in a relative folder", env("venv"), "unknown: it is not installed here, and the name of its module is not known"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, targets := needs(t, map[string]string{"app.py": "import one\n"}, tt.settings, "one", "two")
			v, _, err := Analyst{}.Analyze(t.Context(), p, targets)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, verdict(v[1])+": "+v[1].Why); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestLinksOutOfTheTreeAreNotFollowed(t *testing.T) {
	outside := t.TempDir()
	lay(t, filepath.Join(outside, "lib", "python3.12", "site-packages"), installed("1.0"))
	p, targets := needs(t, map[string]string{"app.py": "import one\n", ".venv/pyvenv.cfg": ""}, project.Settings{}, "one", "two")
	if err := os.Symlink(filepath.Join(outside, "lib"), filepath.Join(p.Files.Dir(), ".venv", "lib")); err != nil {
		t.Skip(err)
	}
	v, _, err := Analyst{}.Analyze(t.Context(), p, targets)
	if err != nil || v[1].Known {
		t.Errorf("%v %v", v[1], err)
	}
}

func TestFilesThatAreNamedButMissingAreNoAllClear(t *testing.T) {
	tree := installed("1.0")
	delete(tree, "one/__init__.py")
	venv := t.TempDir()
	lay(t, filepath.Join(venv, "lib", "python3.12", "site-packages"), tree)
	p, targets := needs(t, map[string]string{"app.py": "import one\n"}, project.Settings{Getenv: func(string) string { return venv }}, "one", "two")
	v, _, err := Analyst{}.Analyze(t.Context(), p, targets)
	if err != nil || v[1].Known || !strings.Contains(v[1].Why, "could not be read") {
		t.Errorf("%v %v", v[1], err)
	}
}

func TestWhatCannotBeReadIsSaid(t *testing.T) {
	for _, tt := range []struct {
		name string
		tree map[string]string
		why  string
	}{
		{"a source", map[string]string{"app.py": strings.Repeat("#", 3<<20)}, "app.py could not be read"},
		{"a notebook", map[string]string{"a.ipynb": "{"}, "a.ipynb could not be read"},
		{"a large file of settings", map[string]string{"a.ini": strings.Repeat("#", 5<<20)}, "a.ini may name it, and was not read"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, targets := needs(t, tt.tree, project.Settings{}, "pyyaml")
			v, _, err := Analyst{}.Analyze(t.Context(), p, targets)
			if err != nil || v[0].Known || !strings.Contains(v[0].Why, tt.why) {
				t.Errorf("%v %v", v[0], err)
			}
		})
	}
}

func TestTableOfModulesIsWellFormed(t *testing.T) {
	last := ""
	for _, line := range lines(modulesText) {
		f := strings.Fields(line)
		if f[0] <= last || len(f) < 2 {
			t.Errorf("%q after %q: want sorted lines of a name and modules", line, last)
		}
		last = f[0]
		for _, m := range f[1:] {
			if !isDotted(m) && m != "$" {
				t.Errorf("%s: %q is no module", f[0], m)
			}
		}
	}
}
