package python

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fettle-dev/fettle/pkg/discover"
	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/osv"
	"github.com/fettle-dev/fettle/pkg/propose"
)

// advisories says from where to where packages are affected: lines such as "A-1 lib 0 2.0".
type advisories string

func (a advisories) Find(_, name string) (list []osv.Record, err error) {
	for line := range strings.Lines(string(a)) {
		f := strings.Fields(line)
		if len(f) < 3 || f[1] != name {
			continue
		}
		events := []osv.Event{{Introduced: f[2]}}
		if len(f) > 3 {
			events = append(events, osv.Event{Fixed: f[3]})
		}
		list = append(list, osv.Record{ID: f[0], Affected: []osv.AffectedPackage{{Package: osv.Package{Ecosystem: "PyPI", Name: name},
			Ranges: []osv.Range{{Type: osv.Ecosystem, Events: events}}}}})
	}
	return list, nil
}

func (advisories) Records(string) int      { return 1000 }
func (advisories) Aliases(string) []string { return nil }

// told is what the planner proposes for the tree, in one line for each fix and for each finding that stays.
func (w *world) told(t *testing.T, advised advisories, lockfile string) []string {
	t.Helper()
	deps := discover.Dependencies{Database: advised}
	found, err := deps.Discover(t.Context(), fettle.Repo{Dir: w.root})
	if err != nil {
		t.Fatal(err)
	}
	var inventory fettle.Inventory
	for _, p := range found.Inventory.Projects {
		if p.Lockfile == lockfile {
			inventory.Projects = append(inventory.Projects, p)
		}
	}
	var cases []fettle.Case
	for _, f := range found.Findings {
		cases = append(cases, fettle.Case{Finding: f})
	}
	none := 0
	planner := &propose.Planner{Managers: Managers(w.Tools), Discover: deps, Database: advised, Temp: t.TempDir(), Config: propose.Config{Alternatives: &none}}
	got, err := planner.Propose(t.Context(), fettle.Repo{Dir: w.root}, inventory, cases)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, f := range got.Fixes {
		var moves []string
		for _, m := range f.Moves {
			moves = append(moves, fmt.Sprintf("%s %s>%s", m.Name, m.From, m.To))
		}
		lines = append(lines, fmt.Sprintf("%s major=%v: %s", f.Kind, f.Major, strings.Join(moves, ", ")))
	}
	for _, c := range cases {
		if why, ok := got.Unfixed[c.Finding.ID]; ok {
			lines = append(lines, "unfixed "+c.Finding.Rule+": "+why)
		}
	}
	return lines
}

func TestThePlannerFixesListsOfPins(t *testing.T) {
	tests := []struct {
		name    string
		files   map[string]string
		advised advisories
		want    []string
	}{
		{"a direct pin", map[string]string{"requirements.txt": "lib==1.0\nbase==1.0\n"}, "A-1 lib 0 1.0.1", []string{"direct major=false: lib 1.0>1.0.1"}},
		{"only a new major clears it, and what it needs goes along", map[string]string{"requirements.txt": "lib==1.0\nbase==1.0\n"}, "A-1 lib 0 2.0",
			[]string{"direct major=true: base 1.0>2.0, lib 1.0>2.0"}},
		{"the smallest version would bring another finding in", map[string]string{"requirements.txt": "base==1.0\n"}, "A-1 base 0 1.5\nA-2 base 1.5 1.6",
			[]string{"direct major=true: base 1.0>2.0"}},
		{"nothing fixes it", map[string]string{"requirements.txt": "lib==1.0\n"}, "A-1 lib 0",
			[]string{"unfixed A-1: the registry serves no version of lib after 1.0 that clears a finding and brings none"}},
	}
	x := shop(t)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, x.world(t, test.files).told(t, test.advised, "requirements.txt")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestThePlannerFixesUVLockfiles(t *testing.T) {
	tests := []struct {
		name     string
		manifest string
		advised  advisories
		want     []string
	}{
		{"within the ranges", uvProject, "A-1 lib 0 1.0.1", []string{"lockfile major=false: lib 1.0>1.0.1"}},
		{"a holder moves as little as may be", strings.Replace(uvProject, "    \"lib<2\",\n", "", 1), "A-1 lib 0 2.0",
			[]string{"lockfile major=false: base 1.0>2.0, fresh >0.2, kit 1.0>1.1, lib 1.0>2.0"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w, _ := uvWorld(t, test.manifest)
			if diff := cmp.Diff(test.want, w.told(t, test.advised, "uv.lock")); diff != "" {
				t.Error(diff)
			}
		})
	}
}
