package node

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/osv-scalibr/extractor/filesystem"
	"github.com/google/osv-scalibr/extractor/filesystem/language/javascript/bunlock"
	"github.com/google/osv-scalibr/extractor/filesystem/language/javascript/pnpmlock"
	"github.com/google/osv-scalibr/extractor/filesystem/language/javascript/yarnlock"

	"github.com/fettle-dev/fettle/pkg/discover/projecttest"
)

// scalibrOnly are packages that osv-scalibr reads and fettle does not, with their cause.
var scalibrOnly = map[string][]string{
	"testdata/pnpm-7/pnpm-lock.yaml":  {"local@0.1.0"},                 // a folder of the project, which is no package of a registry
	"testdata/pnpm-9/pnpm-lock.yaml":  {"local@file:local"},            // the same
	"testdata/pnpm-12/pnpm-lock.yaml": {"local@file:local"},            // the same
	"testdata/yarn-1/yarn.lock":       {"linked@0.0.0", "local@0.1.0"}, // the same
	"testdata/yarn-3/yarn.lock": {"@shop/api@0.0.0-use.local", "@shop/lib@0.0.0-use.local", // workspace members
		"linked@0.0.0-use.local", "local@0.1.0", "ported@0.0.0-use.local"},
	"testdata/yarn-4/yarn.lock": {"@shop/api@0.0.0-use.local", "@shop/lib@0.0.0-use.local",
		"linked@0.0.0-use.local", "local@0.1.0", "ported@0.0.0-use.local"},
	"testdata/bun/bun.lock": {"@shop/api@workspace:packages/api", "@shop/lib@workspace:packages/lib"}, // workspace members
}

func TestFettleReadsWhatScalibrReads(t *testing.T) {
	files, err := filepath.Glob("testdata/*/*lock*")
	if err != nil {
		t.Fatal(err)
	}
	if real, err := os.Stat("../../../../shared/data/apps"); err == nil && real.IsDir() {
		files = append(files, projecttest.Shared(t, 3, "yarn.lock")...)
	}
	for _, file := range files {
		t.Run(strings.ReplaceAll(file, "../", ""), func(t *testing.T) {
			e := extractorOf(t, file)
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			read, err := e.Extract(t.Context(), &filesystem.ScanInput{FS: noFiles{}, Path: filepath.Base(file), Reader: bytes.NewReader(data)})
			if err != nil {
				t.Fatal(err)
			}
			mine := map[string]bool{}
			for _, p := range discover(t, filepath.Dir(file)).Inventory.Projects {
				for _, n := range p.Nodes {
					mine[n.Package.String()] = true
				}
			}
			var lost []string
			for _, p := range read.Packages {
				if id := p.Name + "@" + p.Version; p.Version != "" && !mine[id] && !slices.Contains(lost, id) {
					lost = append(lost, id)
				}
			}
			slices.Sort(lost)
			if diff := cmp.Diff(scalibrOnly[file], lost); diff != "" {
				t.Error(diff)
			}
			t.Logf("%d packages of osv-scalibr, %d of fettle", len(read.Packages), len(mine))
		})
	}
}

func extractorOf(t *testing.T, file string) filesystem.Extractor {
	t.Helper()
	var e filesystem.Extractor
	var err error
	switch filepath.Base(file) {
	case "pnpm-lock.yaml":
		e, err = pnpmlock.New(nil)
	case "yarn.lock":
		e, err = yarnlock.New(nil)
	case "bun.lock":
		e, err = bunlock.New(nil)
	default:
		t.Fatalf("no extractor reads %s", file)
	}
	if err != nil {
		t.Fatal(err)
	}
	return e
}
