package discover

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

func seeds(f *testing.F) {
	for _, text := range []string{shopLock1, shopLock2, shopLock3, workspaceLock, shopManifest, "", "{", "[]", "null", "\xef\xbb\xbf{}", chain(30),
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
			if le, ok := err.(*lockError); !ok || le.line < 1 || le.msg == "" {
				t.Errorf("error %v is no lockError with a line", err)
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
			if le, ok := err.(*lockError); !ok || le.line < 1 || le.msg == "" {
				t.Errorf("error %v is no lockError with a line", err)
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

// FuzzDiscover puts hostile text in all files at once. A lockfile ends as a project or a gap, and in time.
func FuzzDiscover(f *testing.F) {
	f.Add([]byte(shopLock3), []byte(shopManifest), []byte(shopManifest))
	f.Add([]byte(shopLock1), []byte(shopManifest), []byte("{"))
	f.Add([]byte(workspaceLock), []byte(`{"workspaces": ["packages/*"]}`), []byte(`{"dependencies": {"qs": "6.10.0"}}`))
	f.Add([]byte(chain(100)), []byte("{}"), []byte("null"))
	f.Add([]byte(`{"lockfileVersion": 1, "dependencies": {"a": {"version": "npm:b"}}}`), []byte("[]"), []byte(""))
	db := advisories{}
	for i, name := range []string{"qs", "p5", "b", "@real/name"} {
		db.records = append(db.records, advisory(f, "CVE-2024-"+string(rune('1'+i)), name, "0", "7.0.0"))
	}
	f.Fuzz(func(t *testing.T, lock, manifest, member []byte) {
		dir := files{"package.json": string(manifest), "package-lock.json": string(lock), "packages/api/package.json": string(member)}.write(t)
		begin := time.Now()
		d, err := NPM{Database: db}.Discover(t.Context(), fettle.Repo{Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		if took := time.Since(begin); took > 5*time.Second {
			t.Errorf("took %s", took)
		}
		if len(d.Inventory.Projects) == 0 && len(d.Gaps) == 0 {
			t.Error("neither a project nor a gap")
		}
		for _, g := range d.Gaps {
			if g.Reason == "" || g.Subject == "" || strings.Contains(g.Reason, dir) {
				t.Errorf("gap %+v", g)
			}
		}
		for _, found := range d.Findings {
			for _, in := range found.Instances {
				if found.ID == "" || in.Version == "" || in.Location.Line < 1 || in.PathCount < len(in.Paths) {
					t.Errorf("finding %+v", found)
				}
			}
		}
	})
}

// What the scanner reads must be what encoding/json reads, where the keys of an object differ.
func TestScannerReadsWhatEncodingJSONReads(t *testing.T) {
	for _, file := range append(realLocks(t), "../../testdata/shop/package-lock.json") {
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
