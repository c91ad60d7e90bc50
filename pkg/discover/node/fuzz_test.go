package node

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fettle-dev/fettle/pkg/discover/projecttest"

	"github.com/fettle-dev/fettle/pkg/discover/project"
)

func seeds(f *testing.F) {
	for _, text := range []string{shopLock1, shopLock2, shopLock3, shopManifest, "", "{", "[]", "null", "\xef\xbb\xbf{}",
		`{"lockfileVersion": 1, "dependencies": {"a": {"version": "npm:b"}, "../x": {"version": "1.0.0"}}}`,
		`{"lockfileVersion": 3, "packages": {"../../etc": {}, "node_modules/a": {"link": true, "resolved": "."}, "node_modules": {}, "a//b": {}, "\\": {}}}`,
		`{"lockfileVersion": 2e0, "packages": {"": null, "": {"dependencies": {"a": {}}}}}`,
	} {
		f.Add([]byte(text))
	}
}

func FuzzParseNPMLock(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		lock, err := parseNPMLock(data)
		if err != nil {
			if le, ok := err.(*project.Fault); !ok || le.Line < 1 || le.Msg == "" {
				t.Errorf("error %v is no project.Fault with a line", err)
			}
			return
		}
		if !json.Valid([]byte(strings.TrimPrefix(string(data), "\xef\xbb\xbf"))) {
			t.Error("read what is not JSON")
		}
		lines := strings.Count(string(data), "\n") + 1
		for i, e := range lock.entries {
			if at, ok := lock.byKey[e.key]; !ok || at != i {
				t.Errorf("entry %d, %q, is at %d of the index", i, e.key, at)
			}
			if e.line < 1 || e.endLine < e.line || e.endLine > lines {
				t.Errorf("entry %q is on lines %d to %d of %d", e.key, e.line, e.endLine, lines)
			}
		}
		g := newNPMGraph(lock, nil)
		scopes, depths := g.reach()
		for i := range lock.entries {
			if (scopes[i] == "") != (depths[i] == 0) && !g.isRoot[i] {
				t.Errorf("entry %q: scope %q, depth %d", lock.entries[i].key, scopes[i], depths[i])
			}
		}
	})
}

func FuzzParseNPMManifest(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := parseNPMManifest(data)
		if err != nil {
			if le, ok := err.(*project.Fault); !ok || le.Line < 1 || le.Msg == "" {
				t.Errorf("error %v is no project.Fault with a line", err)
			}
			return
		}
		lines := strings.Count(string(data), "\n") + 1
		for _, n := range m.needs {
			if line := m.lines[n.section+"\x00"+n.name]; line < 1 || line > lines {
				t.Errorf("%s is declared on line %d of %d", n.name, line, lines)
			}
		}
		m.drift(npmEntry{})
	})
}

// What the scanner reads must be what encoding/json reads, where the keys of an object differ.
func TestScannerReadsWhatEncodingJSONReads(t *testing.T) {
	for _, file := range append(projecttest.Shared(t, 3, "package-lock.json"), "../../../testdata/shop/package-lock.json") {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var want struct {
			Packages map[string]struct{ Version string }
		}
		if err := json.Unmarshal(data, &want); err != nil {
			t.Fatal(err)
		}
		lock, err := parseNPMLock(data)
		if err != nil {
			t.Fatal(err)
		}
		for key, e := range want.Packages {
			if i, ok := lock.byKey[key]; !ok || lock.entries[i].version != e.Version {
				t.Errorf("%s: %q", filepath.Base(filepath.Dir(file)), key)
			}
		}
	}
}
