package bundler

import (
	"os"
	"strings"
	"testing"

	"github.com/google/osv-scalibr/extractor/filesystem"
	"github.com/google/osv-scalibr/extractor/filesystem/language/ruby/gemfilelock"

	"github.com/fettle-dev/fettle/pkg/discover/projecttest"
)

func TestNothingIsMissingThatScalibrReads(t *testing.T) {
	data, err := os.ReadFile("testdata/shop/Gemfile.lock")
	if err != nil {
		t.Fatal(err)
	}
	extractor, err := gemfilelock.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	found, err := extractor.Extract(t.Context(), &filesystem.ScanInput{Path: "Gemfile.lock", Reader: strings.NewReader(string(data))})
	if err != nil {
		t.Fatal(err)
	}
	ours := map[string]bool{
		"forked@0.9.0":               true, // a commit, which here has no version but a reason
		"own@0.1.0":                  true, // a folder of the tree
		"native@1.15.0-x86_64-linux": true, // a platform that scalibr takes for a part of the version
	}
	for _, n := range projecttest.Read(t, Reader{}, "testdata/shop").Projects[0].Nodes {
		ours[n.Name+"@"+n.Version] = true
	}
	if len(found.Packages) != 15 {
		t.Errorf("scalibr reads %d gems, want 15", len(found.Packages))
	}
	for _, p := range found.Packages {
		if !ours[p.Name+"@"+p.Version] {
			t.Errorf("%s@%s is missing", p.Name, p.Version)
		}
	}
}
