package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// layers are those of docs/architecture.md. A package imports only packages of the layers below its own, so no stage
// imports another and nothing in layer 0 imports its neighbour.
var layers = [][]string{
	{"pkg/fettle", "pkg/osv", "pkg/feed", "pkg/pack", "pkg/git", "pkg/syntax", "pkg/vex", "pkg/learn", "pkg/learn/alert", "pkg/llm", "pkg/sarif", "pkg/sandbox", "pkg/forge"},
	{"pkg/discover/project"},
	{"pkg/discover/document"},
	{"pkg/discover/node", "pkg/discover/maven", "pkg/discover/gradle", "pkg/discover/python", "pkg/discover/golang", "pkg/discover/cargo", "pkg/discover/nuget",
		"pkg/discover/bundler", "pkg/discover/composer", "pkg/discover/sbom", "pkg/discover/ospkg", "pkg/discover/borrowed", "pkg/discover/service"},
	{"pkg/reach/program", "pkg/reach/symbols"},
	{"pkg/reach/node", "pkg/reach/python", "pkg/reach/java", "pkg/reach/dotnet", "pkg/reach/golang"},
	{"pkg/propose/manager", "pkg/propose/surface", "pkg/validate/suite"},
	{"pkg/propose/npm"},
	{"pkg/propose/node", "pkg/propose/python", "pkg/propose/jvm", "pkg/propose/golang", "pkg/propose/cargo", "pkg/propose/nuget", "pkg/propose/bundler", "pkg/propose/composer"},
	{"pkg/discover", "pkg/reach", "pkg/correlate", "pkg/prioritize", "pkg/propose", "pkg/validate", "pkg/score", "pkg/decide", "pkg/deliver"},
	{"cmd/fettle"},
}

// testSupport is for _test files only.
var testSupport = []string{"pkg/propose/npmtest", "pkg/discover/projecttest", "pkg/forge/forgetest"}

const module = "github.com/fettle-dev/fettle/"

func layerOf(dir string) (int, bool) {
	at := slices.IndexFunc(layers, func(l []string) bool { return slices.Contains(l, dir) })
	return at, at >= 0
}

func TestImportsPointDown(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, top := range []string{"cmd", "pkg"} {
		err := filepath.WalkDir(filepath.Join(root, top), func(name string, e fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if e.IsDir() && e.Name() == "testdata" {
				return fs.SkipDir
			}
			if e.IsDir() || !strings.HasSuffix(name, ".go") {
				return nil
			}
			rel, err := filepath.Rel(root, name)
			if err != nil {
				return err
			}
			dir := path.Dir(filepath.ToSlash(rel))
			seen[dir] = true
			f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
			if err != nil {
				return err
			}
			for _, spec := range f.Imports {
				imported, err := strconv.Unquote(spec.Path.Value)
				if err != nil {
					return err
				}
				if target, ok := strings.CutPrefix(imported, module); ok {
					checkImport(t, filepath.ToSlash(rel), dir, target)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for dir := range seen {
		if _, ok := layerOf(dir); !ok && !slices.Contains(testSupport, dir) {
			t.Errorf("%s has no layer; give it one in %s", dir, "layers_test.go")
		}
	}
	if !seen["pkg/fettle"] || !seen["cmd/fettle"] {
		t.Errorf("the walk missed packages: %v", seen)
	}
}

// checkImport reports an import that does not point down. A test may use test support and, to try a stage on a real tree,
// other stages; never the command.
func checkImport(t *testing.T, file, dir, target string) {
	t.Helper()
	test := strings.HasSuffix(file, "_test.go")
	if slices.Contains(testSupport, target) {
		if !test {
			t.Errorf("%s imports %s, which is for tests only", file, target)
		}
		return
	}
	to, known := layerOf(target)
	if !known {
		t.Errorf("%s imports %s, which has no layer", file, target)
		return
	}
	from, ok := layerOf(dir)
	switch {
	case test && to < len(layers)-1:
	case slices.Contains(testSupport, dir) && to > 1:
		t.Errorf("%s imports %s; test support imports layer 0 and pkg/discover/project only", file, target)
	case ok && to >= from:
		t.Errorf("%s imports %s: layer %d may not import layer %d", file, target, from, to)
	}
}
