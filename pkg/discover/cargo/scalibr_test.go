package cargo

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/osv-scalibr/extractor/filesystem"
	"github.com/google/osv-scalibr/extractor/filesystem/language/rust/cargolock"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/fettle-dev/fettle/pkg/discover/projecttest"
)

func TestAtLeastWhatScalibrReads(t *testing.T) {
	archive, err := txtar.ParseFile(fixture)
	if err != nil {
		t.Fatal(err)
	}
	workspace := files{}
	for _, f := range archive.Files {
		workspace[f.Name] = string(f.Data)
	}
	for _, tt := range []struct {
		name string
		tree files
		lost []string // with its cause
	}{
		{"a workspace", workspace, []string{"app@0.3.0", "gen@0.1.0", "lib@0.1.0"}}, // its own packages
		{"sources", files{"Cargo.toml": "[package]\nname = \"x\"\n", "Cargo.lock": "version = 4\n" + entry("a", "1.0.0", "git+https://git.example/a#c0ffee") + entry("b", "1.0.0", "") + entry("x", "1.0.0", "", "b")},
			[]string{"x@1.0.0"}}, // its own package
		{"version 1", files{"Cargo.lock": "[root]\nname = \"x\"\nversion = \"1.0.0\"\n" + entry("a", "1.0.0", index)}, nil},
		{"replaced", files{"Cargo.toml": "", "Cargo.lock": entry("a", "1.0.1", "git+https://git.example/a") + entry("a", "1.0.0", index) + "replace = \"a 1.0.1 (git+https://git.example/a)\"\n"},
			[]string{"a@1.0.0"}}, // another stands in its place
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := tt.tree.Write(t)
			have := map[string]bool{}
			for _, n := range projecttest.Read(t, Reader{}, dir).Projects[0].Nodes {
				have[n.Package.String()] = true
			}
			data, err := os.ReadFile(filepath.Join(dir, "Cargo.lock"))
			if err != nil {
				t.Fatal(err)
			}
			e, err := cargolock.New(nil)
			if err != nil {
				t.Fatal(err)
			}
			found, err := e.Extract(t.Context(), &filesystem.ScanInput{Path: "Cargo.lock", Reader: bytes.NewReader(data)})
			if err != nil {
				t.Fatal(err)
			}
			var lost []string
			for _, p := range found.Packages {
				if at := p.Name + "@" + p.Version; !have[at] {
					lost = append(lost, at)
				}
			}
			slices.Sort(lost)
			if diff := cmp.Diff(tt.lost, lost); diff != "" {
				t.Error(diff)
			}
		})
	}
}
