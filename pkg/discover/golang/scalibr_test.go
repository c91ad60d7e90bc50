package golang

import (
	"bytes"
	"go/version"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/osv-scalibr/extractor/filesystem"
	"github.com/google/osv-scalibr/extractor/filesystem/language/golang/gomod"
	scalibrfs "github.com/google/osv-scalibr/fs"
	"golang.org/x/mod/semver"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/discover/projecttest"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// scalibr is what osv-scalibr's extractor reads in dir/go.mod and the go.sum beside it.
func scalibr(t testing.TB, dir string) []fettle.Package {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	e, err := gomod.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	found, err := e.Extract(t.Context(), &filesystem.ScanInput{FS: scalibrfs.DirFS(dir), Path: "go.mod", Reader: bytes.NewReader(data)})
	if err != nil {
		t.Fatal(err)
	}
	var list []fettle.Package
	for _, p := range found.Packages {
		list = append(list, fettle.Package{Name: p.Name, Version: p.Version})
	}
	slices.SortFunc(list, func(a, b fettle.Package) int { return strings.Compare(a.String(), b.String()) })
	return list
}

// lost are the packages that only osv-scalibr reads, but for the standard library, which it spells as go.mod does.
func lost(t testing.TB, dir string, p fettle.Project) []string {
	t.Helper()
	have := map[string]bool{}
	for _, n := range p.Nodes {
		have[n.Name+"@"+n.Version] = true
	}
	var list []string
	for _, pkg := range scalibr(t, dir) {
		if pkg.Name == "stdlib" {
			if version.Compare("go"+pkg.Version, "go1.21") < 0 {
				continue // such a line bounds the language; fettle takes it for no version of Go
			}
			pkg.Version = stdlibVersion(pkg.Version)
		}
		if at := pkg.Name + "@" + pkg.Version; !have[at] {
			list = append(list, at)
		}
	}
	return list
}

func TestAtLeastWhatScalibrReads(t *testing.T) {
	for _, tt := range []struct {
		name string
		tree files
		lost []string // with its cause
	}{
		{"since Go 1.17", files{"go.mod": mod("x", "1.20", "ex.org/a v1.0.0", "ex.org/b v1.0.0 // indirect", "ex.org/c v1.0.0 // indirect") + "toolchain go1.20.3\n"}, nil},
		{"replaced", files{"go.mod": mod("x", "1.20", "ex.org/a v1.0.0", "ex.org/c v1.5.0") + "replace ex.org/a v1.0.0 => ex.org/f v1.0.0\nreplace ex.org/c => ex.org/b v1.0.0\n"}, nil},
		{"replaced by a folder", files{"go.mod": mod("x", "1.20", "ex.org/a v1.0.0") + "replace ex.org/a => ./a\n", "a/go.mod": ""},
			[]string{"./a@"}}, // a folder is no name: it is ex.org/a without a version
		{"passed by minimal version selection", files{"go.mod": mod("x", "1.16", "ex.org/d v1.0.0", "ex.org/c v1.0.0"), "go.sum": "ex.org/c v1.0.0 h1:x\nex.org/c v1.5.0 h1:x\nex.org/d v1.0.0 h1:x\nex.org/e v0.1.0 h1:x\n"},
			[]string{"ex.org/c@1.0.0"}}, // ex.org/d needs v1.5.0
		{"left in go.sum", files{"go.mod": mod("x", "1.16", "ex.org/c v1.0.0"), "go.sum": "ex.org/c v1.0.0 h1:x\nex.org/e v0.1.0 h1:x\n"},
			[]string{"ex.org/e@0.1.0"}}, // the module graph is known, and does not hold it
		{"no go line", files{"go.mod": mod("x", "", "ex.org/c v1.0.0"), "go.sum": "ex.org/c v1.0.0 h1:x\n"}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := tt.tree.Write(t)
			r := projecttest.Read(t, Reader{small.settings(t)}, dir)
			if diff := cmp.Diff(tt.lost, lost(t, dir, r.Projects[0])); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Without a module cache nothing that osv-scalibr reads in real modules is lost, but for versions that minimal version
// selection passes: go.mod or go.sum holds a higher one of the same module.
func TestAtLeastWhatScalibrReadsInRealModules(t *testing.T) {
	for _, file := range projecttest.Shared(t, 3, "go.mod") {
		t.Run(filepath.Base(filepath.Dir(file)), func(t *testing.T) {
			dir := filepath.Dir(file)
			p := projecttest.Read(t, Reader{project.Settings{}}, dir).Projects[0]
			for _, at := range lost(t, dir, p) {
				name, version, _ := strings.Cut(at, "@")
				if !slices.ContainsFunc(p.Nodes, func(n fettle.Node) bool { return n.Name == name && semver.Compare("v"+n.Version, "v"+version) > 0 }) {
					t.Errorf("only osv-scalibr reads %s", at)
				}
			}
		})
	}
}
