package node

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/fettle-dev/fettle/pkg/discover/document"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// Versions 5 and 6 of pnpm's lockfile say of each package whether only development needs it, and whether it may be
// missing; ours is computed from the edges alone, as it must be for version 9.
func TestScopesAgreeWithTheFlagsOfPNPM(t *testing.T) {
	for _, dir := range []string{"testdata/pnpm-7", "testdata/pnpm-8"} {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			data, err := os.ReadFile(dir + "/pnpm-lock.yaml")
			if err != nil {
				t.Fatal(err)
			}
			root, _, err := document.ParseYAML(data)
			if err != nil {
				t.Fatal(err)
			}
			for _, n := range discover(t, dir).Inventory.Projects[0].Nodes {
				p := root.Get("packages", n.Key)
				isDev, optional := p.Get("dev").True(), p.Get("optional").True()
				if isDev != (n.Scope == fettle.Development) && !optional || optional && n.Scope != fettle.Optional && n.Scope != fettle.Development {
					t.Errorf("%s: we say %s, pnpm dev %t, optional %t", n.Key, n.Scope, isDev, optional)
				}
			}
		})
	}
}
