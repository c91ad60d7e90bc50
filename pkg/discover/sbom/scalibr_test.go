package sbom

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	cpb "github.com/google/osv-scalibr/binary/proto/config_go_proto"
	"github.com/google/osv-scalibr/extractor/filesystem"
	"github.com/google/osv-scalibr/extractor/filesystem/sbom/cdx"
	cdxmeta "github.com/google/osv-scalibr/extractor/filesystem/sbom/cdx/metadata"
	"github.com/google/osv-scalibr/extractor/filesystem/sbom/spdx"
	spdxmeta "github.com/google/osv-scalibr/extractor/filesystem/sbom/spdx/metadata"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// scalibrPURLs are the package URLs that osv-scalibr's extractors see, and the names of what they see by CPE.
func scalibrPURLs(t *testing.T, file string, data []byte) (purls, names []string) {
	t.Helper()
	var e filesystem.Extractor
	var err error
	if strings.Contains(file, ".spdx") {
		e, err = spdx.New(&cpb.PluginConfig{})
	} else {
		e, err = cdx.New(&cpb.PluginConfig{})
	}
	if err != nil {
		t.Fatal(err)
	}
	inventory, err := e.Extract(t.Context(), &filesystem.ScanInput{Path: filepath.Base(file), Reader: bytes.NewReader(data)})
	if err != nil {
		t.Logf("osv-scalibr: %v", err)
	}
	for _, p := range inventory.Packages {
		switch m := p.Metadata.(type) {
		case *cdxmeta.Metadata:
			if m.PURL != nil {
				purls = append(purls, m.PURL.String())
				continue
			}
		case *spdxmeta.Metadata:
			if m.PURL != nil {
				purls = append(purls, m.PURL.String())
				continue
			}
		}
		names = append(names, p.Name)
	}
	return purls, names
}

// Two kinds of packages are osv-scalibr's alone: what a document is about, which it counts as a package of its own in
// SPDX, and names without package URL, which here have no version. RDF, which it reads too, is a gap here.
func TestFettleReadsAllThatScalibrReads(t *testing.T) {
	documents := map[string]string{"bom.json": shopJSON, "bom.xml": shopXML, "a.spdx.json": shopSPDX, "a.spdx": shopTags()}
	for file, data := range scalibrFiles(t) {
		documents[file] = data
	}
	for file, text := range documents {
		t.Run(filepath.Base(file), func(t *testing.T) {
			r := Parse(file, []byte(text))
			b, err := parse([]byte(text))
			if err != nil {
				if purls, _ := scalibrPURLs(t, file, []byte(text)); len(purls) > 0 && filepath.Ext(file) != ".rdf" {
					t.Errorf("%v, and osv-scalibr reads %v", err, purls)
				}
				return
			}
			mine := map[fettle.Package]bool{}
			unversioned := map[string]bool{}
			for _, n := range r.Projects[0].Nodes {
				mine[n.Package] = true
				if n.Version == "" {
					unversioned[n.Name] = true
					mine[n.Package] = true
				}
			}
			for _, c := range b.components {
				if c.described || len(b.roots) == 1 && c.ref == b.roots[0] {
					if p, err := fettle.ParsePURL(c.purl); err == nil {
						mine[p] = true
					}
				}
			}
			purls, _ := scalibrPURLs(t, file, []byte(text))
			for _, purl := range purls {
				p, err := fettle.ParsePURL(purl)
				if err != nil {
					continue // a type without advisories, which is a node without version here
				}
				if !mine[p] && !mine[fettle.Package{Ecosystem: p.Ecosystem, Name: p.Name}] && p.Version != "" {
					t.Errorf("osv-scalibr reads %s, fettle does not", purl)
				}
			}
			t.Logf("osv-scalibr %d, fettle %d", len(purls), len(r.Projects[0].Nodes))
		})
	}
}

// scalibrFiles are the documents that osv-scalibr tests itself with, where its module is on this machine.
func scalibrFiles(t *testing.T) map[string]string {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/google/osv-scalibr").Output()
	if err != nil {
		return nil
	}
	all := map[string]string{}
	for _, kind := range []string{"cdx", "spdx"} {
		files, _ := filepath.Glob(filepath.Join(strings.TrimSpace(string(out)), "extractor/filesystem/sbom", kind, "testdata", "*"))
		for _, file := range files {
			if data, err := os.ReadFile(file); err == nil && (Reader{}).Claims(filepath.Base(file)) {
				all[file] = string(data)
			}
		}
	}
	return all
}
