package composer

import (
	"os"
	"strings"
	"testing"

	"github.com/google/osv-scalibr/extractor/filesystem"
	"github.com/google/osv-scalibr/extractor/filesystem/language/php/composerlock"

	"github.com/fettle-dev/fettle/pkg/discover/projecttest"
)

func TestNothingIsMissingThatScalibrReads(t *testing.T) {
	data, err := os.ReadFile("testdata/shop/composer.lock")
	if err != nil {
		t.Fatal(err)
	}
	extractor, err := composerlock.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	found, err := extractor.Extract(t.Context(), &filesystem.ScanInput{Path: "composer.lock", Reader: strings.NewReader(string(data))})
	if err != nil {
		t.Fatal(err)
	}
	ours := map[string]bool{
		"acme/branch@dev-main": true, // a branch, which here has no version but a reason
		"shop/own@1.0.0":       true, // a folder of the tree, which is no package of a registry
	}
	for _, n := range projecttest.Read(t, Reader{}, "testdata/shop").Projects[0].Nodes {
		ours[n.Name+"@"+n.Version] = true
	}
	if len(found.Packages) != 9 {
		t.Errorf("scalibr reads %d packages, want 9", len(found.Packages))
	}
	for _, p := range found.Packages {
		if !ours[p.Name+"@"+p.Version] {
			t.Errorf("%s@%s is missing", p.Name, p.Version)
		}
	}
}
