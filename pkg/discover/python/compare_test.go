package python

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/fettle-dev/fettle/pkg/discover/projecttest"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// archiveTree returns the files of a txtar archive of testdata.
func archiveTree(t testing.TB, name string) tree {
	t.Helper()
	a, err := txtar.ParseFile(filepath.Join("testdata", name+".txtar"))
	if err != nil {
		t.Fatal(err)
	}
	files := tree{}
	for _, f := range a.Files {
		files[f.Name] = string(f.Data)
	}
	return files
}

// edges are who needs what, with . for the project, sorted.
func edges(p fettle.Project) []string {
	var list []string
	byKey := map[string]fettle.Package{}
	for _, n := range p.Nodes {
		byKey[n.Key] = n.Package
	}
	for _, n := range p.Nodes {
		for _, h := range n.Holders {
			holder := h.Holder
			if pkg, ok := byKey[holder]; ok {
				holder = pkg.String()
			} else if holder == "" {
				holder = "."
			}
			list = append(list, holder+" "+n.Package.String())
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// want.txt holds what each tool says of the lockfile that it wrote: who needs what, with . for the project, by uv tree
// --universal, poetry show --tree, pdm list --tree, pipenv graph, or the metadata of pip install --dry-run --report. The last
// three speak of the machine that they ran on, and pdm and pipenv do not show what an extra brings in. Lines that begin with
// production are what it installs without development groups and extras: uv export --no-dev, poetry show --only main, pdm
// export --prod, and the section default of Pipfile.lock.
func TestEdgesAndScopesAreThoseOfTheTool(t *testing.T) {
	for _, tt := range []struct {
		name       string
		more, less []string // than the tool says
	}{
		{"uv", nil, nil},
		{"poetry", nil, nil},
		{"pip", nil, nil},
		{"pipenv", []string{"requests@2.34.2 pysocks@1.7.1"}, nil},
		{"pdm", []string{"requests@2.34.2 pysocks@1.7.1", "exceptiongroup@1.3.1 typing-extensions@4.16.0", "pytest@9.2.0 colorama@0.4.6",
			"pytest@9.2.0 exceptiongroup@1.3.1", "pytest@9.2.0 tomli@2.5.0"}, []string{". pysocks@1.7.1"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			files := archiveTree(t, tt.name)
			want := append(strings.Split(strings.TrimSpace(files["want.txt"]), "\n"), tt.more...)
			want = slices.DeleteFunc(want, func(line string) bool { return slices.Contains(tt.less, line) })
			slices.Sort(want)
			scopes := strings.Contains(files["want.txt"], "\nproduction ")
			r := read(t, files)
			var got []string
			for _, p := range r.Projects {
				for _, e := range edges(p) {
					if tt.name == "pip" {
						e = p.Lockfile + " " + e
					}
					got = append(got, e)
				}
				for _, n := range p.Nodes {
					if scopes && n.Scope == fettle.Production {
						got = append(got, "production "+n.Package.String())
					}
				}
			}
			slices.Sort(got)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
			if len(r.Gaps) > 0 {
				t.Error(projecttest.Gaps(r.Gaps))
			}
		})
	}
}
