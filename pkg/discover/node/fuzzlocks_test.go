package node

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// fuzzLock reads a lockfile called name, whose text the fuzzer makes, beside a workspace with two manifests.
func fuzzLock(f *testing.F, name string, seeds ...string) {
	for _, pattern := range []string{"testdata/*/" + name} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range found {
			data, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			text := string(data)
			seeds = append(seeds, text[:min(len(text), 6000)], text[len(text)/2:min(len(text)/2+3000, len(text))], strings.ReplaceAll(text[:min(len(text), 3000)], "\n", "\r\n"))
		}
	}
	for _, s := range append(seeds, "", "\xef\xbb\xbf", "{", "a: [", "null", "- a", strings.Repeat("[", 300)) {
		f.Add([]byte(s))
	}
	dir := files{
		"package.json":              `{"name": "shop", "workspaces": ["packages/*"], "dependencies": {"a": "^1.0.0", "b": "npm:c@1"}, "devDependencies": {"d": "file:local"}, "resolutions": {"**/e": "1.0.0", "a/f": "2"}}`,
		"packages/api/package.json": `{"name": "a", "dependencies": {"b": "workspace:*"}, "peerDependencies": {"c": "*"}}`,
		"pnpm-workspace.yaml":       "packages: [packages/*]\noverrides: {a: 1.0.0}\ncatalog: {a: 1}\n",
	}.Write(f)
	tree, err := project.OpenFiles(dir)
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = tree.Close() })
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
		r, err := Reader{}.Read(t.Context(), tree, []string{"package.json", "packages/api/package.json", name})
		if err != nil {
			t.Fatal(err)
		}
		if len(r.Projects) == 0 && len(r.Gaps) == 0 {
			t.Error("neither a project nor a gap")
		}
		lines := strings.Count(strings.ReplaceAll(string(data), "\r", "\n"), "\n") + 1
		for _, p := range r.Projects {
			checkProject(t, p, lines)
		}
		for _, g := range r.Gaps {
			if g.Reason == "" || strings.Contains(g.Reason, dir) || len(g.Reason) > 2000 {
				t.Errorf("gap %+v", g)
			}
		}
	})
}

func checkProject(t *testing.T, p fettle.Project, lines int) {
	keys := map[string]bool{}
	for _, n := range p.Nodes {
		if keys[n.Key] {
			t.Errorf("key %q stands twice", n.Key)
		}
		keys[n.Key] = true
		if n.Version == "" && n.NoVersion == "" {
			t.Errorf("%q has no version and no reason", n.Key)
		}
		if n.Location.Line < 1 || n.Location.EndLine < n.Location.Line || n.Location.Line > lines {
			t.Errorf("%q is on lines %d to %d of %d", n.Key, n.Location.Line, n.Location.EndLine, lines)
		}
		if n.Direct && n.Depth != 1 {
			t.Errorf("%q is direct at depth %d", n.Key, n.Depth)
		}
	}
}

func FuzzPNPM(f *testing.F) {
	fuzzLock(f, "pnpm-lock.yaml",
		"lockfileVersion: '9.0'\nimporters:\n  .:\n    dependencies:\n      a: {specifier: ^1.0.0, version: 1.0.0}\npackages:\n  a@1.0.0: {resolution: {integrity: x}}\nsnapshots:\n  a@1.0.0: {dependencies: {a: 1.0.0}}\n  a@1.0.0: {}\n",
		"lockfileVersion: 5.4\ndependencies: {a: link:../../../etc}\npackages:\n  /a/1.0.0_b@1: {dev: true}\n  file:..: {resolution: {directory: ../.., type: directory}}\n  github.com/a/b/c: {name: a, version: 1.0.0, resolution: {tarball: x}}\n",
		"lockfileVersion: '6.0'\nimporters:\n  ../../x: {}\n  packages/api: {dependencies: {b: {specifier: 'workspace:*', version: 'link:../b'}}}\npackages:\n  /@a/b@1.0.0(c@1): {dependencies: {'@a/b': 1.0.0(c@1)}}\n",
		"---\nlockfileVersion: '9.0'\nimporters: {.: {configDependencies: {a: {specifier: 1, version: 1.0.0}}}}\n---\nlockfileVersion: '9.0'\n")
}

func FuzzYarnClassic(f *testing.F) {
	fuzzLock(f, "yarn.lock",
		"a@^1.0.0, \"b@npm:c@1\":\n  version \"1.0.0\"\n  dependencies:\n    a \"^1.0.0\"\n",
		"\"d@file:local\":\n  version \"0.0.0\"\n  dependencies:\n    d \"file:local\"\n",
		"<<<<<<< HEAD\na@1:\n=======\n", "a@1\n  version", "a@1:\n      x y\n", "\"\\ud800@\\\"1\":\n  version \"1\"\n", "a:\n", "@:\n  version 1\n")
}

func FuzzYarnBerry(f *testing.F) {
	fuzzLock(f, "yarn.lock",
		"__metadata:\n  version: 8\n\"a@npm:^1.0.0\":\n  version: 1.0.0\n  resolution: \"a@npm:1.0.0\"\n  peerDependencies: {b: '*'}\n  dependencies: {b: npm:1}\n",
		"__metadata:\n  version: 6\n\"a@workspace:..\":\n  resolution: \"a@workspace:../..\"\n\"a@patch:a@patch%3Aa@patch%253Aa#x\":\n  resolution: \"a@patch:a@patch%3Aa#x::version=1&locator=%zz\"\n  version: 1\n",
		"__metadata:\n  version: 8\n? \"long@npm:1\"\n: {version: 1, resolution: 'a@virtual:x#npm:1'}\n", "__metadata: 1\n", "\n__metadata:\n  version: 99\n")
}

func FuzzBun(f *testing.F) {
	fuzzLock(f, "bun.lock",
		`{"lockfileVersion": 1, "workspaces": {"": {"name": "shop", "dependencies": {"a": "1"}}, "packages/api": {"name": "a"}}, "packages": {"a": ["a@workspace:packages/api"], "a/b": ["b@1.0.0", "", {"dependencies": {"a": "*"}}, "sha"], }, }`,
		`{"lockfileVersion": 1, "packages": {"a": [], "b": [1], "c": ["c@git+ssh://x#y", {}], "d": ["d@file:../..", {"peerDependencies": {"d": 1}}], "//": ["@@"], "@a/b/@c/d": ["x@1"]}}`,
		`{"lockfileVersion": 1, "workspaces": {"../../..": {}, "": []}, "packages": []}`)
}
