package nuget

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fettle-dev/fettle/pkg/discover"
	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/osv"
	"github.com/fettle-dev/fettle/pkg/propose"
	"github.com/fettle-dev/fettle/pkg/propose/manager"
)

// advisories are lines such as
//
//	A-1 Alpha 0 1.2.3
type advisories map[string][]osv.Record

func parseAdvisories(text string) advisories {
	db := advisories{}
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		if len(f) == 0 {
			continue
		}
		events := []osv.Event{{Introduced: f[2]}}
		if len(f) > 3 {
			events = append(events, osv.Event{Fixed: f[3]})
		}
		db[f[1]] = append(db[f[1]], osv.Record{ID: f[0], Affected: []osv.AffectedPackage{{
			Package: osv.Package{Ecosystem: "NuGet", Name: f[1]}, Ranges: []osv.Range{{Type: osv.SemVer, Events: events}}}}})
	}
	return db
}

func (a advisories) Find(_, name string) ([]osv.Record, error) { return a[name], nil }
func (a advisories) Records(string) int                        { return 1000 }
func (a advisories) Aliases(string) []string                   { return nil }

// story scans, has fixes planned, and tells each in lines.
func (w *world) story(advised string) string {
	w.t.Helper()
	db := parseAdvisories(advised)
	scan := discover.Dependencies{Database: db}
	found, err := scan.Discover(w.t.Context(), fettle.Repo{Dir: w.dir})
	if err != nil {
		w.t.Fatal(err)
	}
	rules := map[fettle.ID]string{}
	var cases []fettle.Case
	for _, f := range found.Findings {
		cases = append(cases, fettle.Case{Finding: f})
		rules[f.ID] = f.Rule
	}
	planner := &propose.Planner{Managers: []manager.Manager{w.NuGet}, Discover: scan, Database: db, Temp: w.t.TempDir()}
	p, err := planner.Propose(w.t.Context(), fettle.Repo{Dir: w.dir}, found.Inventory, cases)
	if err != nil {
		w.t.Fatal(err)
	}
	var out strings.Builder
	for _, f := range p.Fixes {
		title := f.Title
		if f.Kind == fettle.Override {
			title = f.Upgrades[0].Package.Name + " " + f.Upgrades[0].To
		}
		fmt.Fprintf(&out, "%s: %s\n", f.Kind, title)
		for _, m := range f.Moves {
			fmt.Fprintf(&out, "  %s %s>%s\n", m.Name, m.From, m.To)
		}
		var cleared []string
		for _, id := range f.Resolves {
			cleared = append(cleared, rules[id])
		}
		slices.Sort(cleared)
		fmt.Fprintf(&out, "  clears %s\n", strings.Join(cleared, " "))
	}
	var left []string
	for id, why := range p.Unfixed {
		left = append(left, fmt.Sprintf("no fix for %s: %s\n", rules[id], why))
	}
	slices.Sort(left)
	return out.String() + strings.Join(left, "")
}

func TestStoriesOfProjectsWithoutAnSDK(t *testing.T) {
	for _, c := range []struct{ name, files, advised, want string }{
		{"a direct package", plainProject, "A-1 Big.Json 0 13.0.1\nA-2 Big.Json 0 12.0.2", `
direct: upgrade Big.Json from 12.0.1 to 12.0.2
  Big.Json 12.0.1>12.0.2
  clears A-2
direct: upgrade Big.Json from 12.0.1 to 13.0.1
  Big.Json 12.0.1>13.0.1
  clears A-1 A-2
`},
		{"a central version, its lockfile stale", central, "A-1 Alpha 0 1.1.0", `
direct: upgrade Alpha from 1.0.0 to 1.1.0
  clears A-1
`},
		{"a transitive package, pinned", central, "A-1 Beta 0 1.1.0", `
override: Beta 1.1.0
  clears A-1
`},
		{"a listed package", old, "A-1 Log 0 1.0.5", `
direct: upgrade Log from 1.0.0 to 1.0.5
  Log 1.0.0>1.0.5
  clears A-1
`},
		{"no fix", old, "A-1 Log 0", `
no fix for A-1: the registry serves no version of Log after 1.0.0 that clears a finding and brings none
`},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, c.files)
			if diff := cmp.Diff(strings.TrimPrefix(c.want, "\n"), w.story(c.advised)); diff != "" {
				t.Error(diff)
			}
		})
	}
}
