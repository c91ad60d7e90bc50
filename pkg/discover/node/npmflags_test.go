package node

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/discover/projecttest"
)

// Npm writes dev, optional, devOptional and peer where every way to a package is such. Our scope is computed from the
// edges alone, so the two are independent.
func TestScopesAgreeWithTheFlagsOfNPM(t *testing.T) {
	for _, file := range append(projecttest.Shared(t, 3, "package-lock.json"), "../../../testdata/shop/package-lock.json") {
		t.Run(filepath.Base(filepath.Dir(file)), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			lock, err := parseNPMLock(data)
			if err != nil {
				t.Fatal(err)
			}
			var needs []npmNeed
			beside, err := project.OpenFiles(filepath.Dir(file))
			if err != nil {
				t.Fatal(err)
			}
			defer beside.Close()
			if m, _ := readManifest(beside, "package.json"); m != nil {
				needs = m.needs
			} else if lock.legacy {
				t.Skip("version 1 without its package.json says nothing of the root")
			}
			g := newNPMGraph(lock, needs)
			scopes, _ := g.reach()
			differ := 0
			for i, e := range lock.entries {
				if g.isRoot[i] || e.isLink {
					continue
				}
				if want := flagScope(e); scopes[i] != want {
					if differ++; differ <= 10 {
						t.Errorf("%s %s@%s: we say %q, npm %q", e.key, e.name, e.version, scopes[i], want)
					}
				}
			}
			t.Logf("%d of %d entries differ", differ, len(lock.entries)-1)
		})
	}
}
