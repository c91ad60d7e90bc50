package gradle

import (
	"strings"
	"testing"

	"github.com/google/osv-scalibr/extractor/filesystem"
	"github.com/google/osv-scalibr/extractor/filesystem/language/java/gradlelockfile"
	"github.com/google/osv-scalibr/extractor/filesystem/language/java/gradleversioncatalog"
)

func TestNothingIsMissingThatScalibrReads(t *testing.T) {
	lock, err := gradlelockfile.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	cat, err := gradleversioncatalog.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		file, text string
		extractor  filesystem.Extractor
		want       int
		only       map[string]bool // what only scalibr has
	}{
		{"gradle.lockfile", shopLock, lock, 8, nil},
		{"buildscript-gradle.lockfile", shopLock, lock, 8, nil},
		{"gradle/libs.versions.toml", strings.Replace(catalogText, "rich = { strictly = \"[1.0, 2.0[\", prefer = \"1.5\" }\n", "rich = \"1.5\"\n", 1), cat, 6, nil},
	} {
		t.Run(tt.file, func(t *testing.T) {
			found, err := tt.extractor.Extract(t.Context(), &filesystem.ScanInput{Path: tt.file, Reader: strings.NewReader(tt.text)})
			if err != nil {
				t.Fatal(err)
			}
			if len(found.Packages) != tt.want {
				t.Errorf("scalibr reads %d packages, want %d", len(found.Packages), tt.want)
			}
			ours := map[string]bool{}
			for _, p := range read(t, files{tt.file: tt.text}).Projects {
				for _, n := range p.Nodes {
					ours[n.Name+"@"+n.Version] = true
				}
			}
			for _, p := range found.Packages {
				if id := p.Name + "@" + p.Version; !ours[id] && !tt.only[id] {
					t.Errorf("%s is missing", id)
				}
			}
		})
	}
}

// scalibr cannot read a catalog whose versions are rich, and gives nothing of it.
func TestScalibrRefusesRichVersions(t *testing.T) {
	cat, err := gradleversioncatalog.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	found, err := cat.Extract(t.Context(), &filesystem.ScanInput{Path: "libs.versions.toml", Reader: strings.NewReader(catalogText)})
	if err == nil || len(found.Packages) > 0 {
		t.Errorf("scalibr reads %d packages and gives %v", len(found.Packages), err)
	}
}
