package golang

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// entry is the part of a record of the Go vulnerability database that govulncheck reads (https://go.dev/security/vuln/database).
type entry struct {
	ID       string     `json:"id"`
	Modified time.Time  `json:"modified"`
	Details  string     `json:"details"`
	Affected []affected `json:"affected"`
}

type affected struct {
	Package  affectedModule `json:"package"`
	Ranges   []affectedAll  `json:"ranges"`
	Specific struct {
		Imports []affectedImport `json:"imports"`
	} `json:"ecosystem_specific"`
}

type affectedModule struct {
	Name      string `json:"name"`
	Ecosystem string `json:"ecosystem"`
}

type affectedAll struct {
	Type   string              `json:"type"`
	Events []map[string]string `json:"events"`
}

type affectedImport struct {
	Path    string   `json:"path"`
	Symbols []string `json:"symbols,omitempty"`
}

type indexed struct {
	Path  string        `json:"path"`
	Vulns []indexedVuln `json:"vulns"`
}

type indexedVuln struct {
	ID       string    `json:"id"`
	Modified time.Time `json:"modified"`
}

// entryPrefix begins the names of records; a target's ID ends them.
const entryPrefix = "GO-0000-"

// everyVersion is a range: that the version is affected has been found out before, with more sources than this one.
var everyVersion = []affectedAll{{Type: "SEMVER", Events: []map[string]string{{"introduced": "0"}}}}

// writeDatabase writes one record for each target whose symbols are known, in the layout of the Go vulnerability database,
// version 1. replaced has the original names of modules in whose place another one stands: govulncheck looks records up by the
// name of the fork, then wants them to speak of the original, of packages of the fork, and of symbols in packages of the original.
func writeDatabase(dir string, targets []target, replaced map[string][]string) error {
	modules := map[string]*indexed{}
	var vulns []indexedVuln
	write := func(name string, v any) error {
		data, err := json.Marshal(v)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(dir, filepath.FromSlash(name)), data, 0o644)
	}
	for _, sub := range []string{"index", "ID"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o755); err != nil {
			return fmt.Errorf("make the database of govulncheck: %w", err)
		}
	}
	for _, t := range targets {
		e := entryOf(t, replaced[t.Module])
		if e == nil {
			continue
		}
		if err := write("ID/"+e.ID+".json", e); err != nil {
			return fmt.Errorf("write the database of govulncheck: %w", err)
		}
		m := modules[t.Module]
		if m == nil {
			m = &indexed{Path: t.Module}
			modules[t.Module] = m
		}
		v := indexedVuln{ID: e.ID, Modified: e.Modified}
		m.Vulns, vulns = append(m.Vulns, v), append(vulns, v)
	}
	list := make([]*indexed, 0, len(modules))
	for _, m := range modules {
		list = append(list, m)
	}
	slices.SortFunc(list, func(a, b *indexed) int { return strings.Compare(a.Path, b.Path) })
	if vulns == nil {
		vulns = []indexedVuln{}
	}
	for _, part := range []struct {
		name string
		v    any
	}{
		{"index/db.json", map[string]time.Time{"modified": {}}},
		{"index/modules.json", list},
		{"index/vulns.json", vulns},
	} {
		if err := write(part.name, part.v); err != nil {
			return fmt.Errorf("write the database of govulncheck: %w", err)
		}
	}
	return nil
}

// entryOf is the record of t; nil where no advisory names a package.
func entryOf(t target, originals []string) *entry {
	if len(t.Symbols) == 0 {
		return nil
	}
	e := &entry{ID: entryPrefix + t.ID}
	for _, name := range append([]string{t.Module}, originals...) {
		a := affected{Package: affectedModule{Name: name, Ecosystem: "Go"}, Ranges: everyVersion}
		for _, s := range t.Symbols {
			a.Specific.Imports = append(a.Specific.Imports, affectedImport{Path: s.Path, Symbols: s.Names})
			if rest, ok := strings.CutPrefix(s.Path, t.Module); ok && name != t.Module {
				a.Specific.Imports = append(a.Specific.Imports, affectedImport{Path: name + rest, Symbols: s.Names})
			}
		}
		e.Affected = append(e.Affected, a)
	}
	return e
}

// WriteDatabase writes into dir, which must be there, what govulncheck is asked about findings of one project: a database that its -db takes.
// A record is called GO-0000- and the ID of the finding. It is for comparing verdicts with those of govulncheck alone.
func WriteDatabase(dir string, findings []fettle.Finding) error {
	return writeDatabase(dir, newJob(fettle.Project{}, findings, false).Targets, nil)
}
