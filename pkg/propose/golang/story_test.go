package golang

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fettle-dev/fettle/pkg/discover"
	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/osv"
	"github.com/fettle-dev/fettle/pkg/propose"
	"github.com/fettle-dev/fettle/pkg/propose/manager"
)

// advisories are lines such as
//
//	A-1 lib.example/a 0 1.2.3
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
			Package: osv.Package{Ecosystem: "Go", Name: f[1]}, Ranges: []osv.Range{{Type: osv.SemVer, Events: events}}}}})
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
	cache := ""
	for _, kv := range w.Env {
		if v, ok := strings.CutPrefix(kv, "GOMODCACHE="); ok {
			cache = v
		}
	}
	scan := discover.Dependencies{Database: db, Settings: project.Settings{Getenv: func(name string) string {
		return map[string]string{"GOMODCACHE": cache}[name]
	}}}
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
	planner := &propose.Planner{Managers: []manager.Manager{w.Go}, Discover: scan, Database: db, Temp: w.t.TempDir()}
	p, err := planner.Propose(w.t.Context(), fettle.Repo{Dir: w.dir}, found.Inventory, cases)
	if err != nil {
		w.t.Fatal(err)
	}
	var out strings.Builder
	for _, f := range p.Fixes {
		fmt.Fprintf(&out, "%s: %s\n", f.Kind, f.Title)
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
	for _, g := range p.Gaps {
		left = append(left, "gap: "+g.Reason+"\n")
	}
	return out.String() + strings.Join(left, "")
}

func TestStoriesOfModules(t *testing.T) {
	for _, c := range []struct{ name, served, files, advised, want string }{
		{"the smallest version of a direct module", shop, shopFiles, "A-1 lib.example/a 0 1.1.0", `
direct: upgrade lib.example/a from 1.0.0 to 1.1.0
  lib.example/a 1.0.0>1.1.0
  lib.example/b 1.0.0>1.2.0
  clears A-1
`},
		{"an indirect one, without its holder", shop, shopFiles, "A-1 lib.example/b 0 1.1.0", `
lockfile: upgrade lib.example/b from 1.0.0 to 1.1.0
  lib.example/b 1.0.0>1.1.0
  clears A-1
`},
		{"past a version that would raise the go line", shop + "lib.example/other v1.1.0 go1.24\nlib.example/other v1.2.0 go1.17\n", shopFiles, "A-1 lib.example/other 0 1.1.0", `
direct: upgrade lib.example/other from 1.0.0 to 1.2.0
  lib.example/other 1.0.0>1.2.0
  clears A-1
`},
		{"as far as can be without raising the go line", shop + "lib.example/other v1.9.5 go1.24\n", shopFiles, "A-1 lib.example/other 0 1.9.0\nA-2 lib.example/other 0 1.9.5", `
direct: upgrade lib.example/other from 1.0.0 to 1.9.0
  lib.example/other 1.0.0>1.9.0
  clears A-1
no fix for A-2: no version of lib.example/other within reach clears it and brings no other finding
`},
		{"past a version that brings another finding in", shop + "lib.example/a v1.2.5 go1.17 lib.example/b@v1.2.0\n", shopFiles, "A-1 lib.example/a 0 1.2.0\nA-2 lib.example/c 0", `
direct: upgrade lib.example/a from 1.0.0 to 1.2.5
  lib.example/a 1.0.0>1.2.5
  lib.example/b 1.0.0>1.2.0
  clears A-1
`},
		{"past a version that is retracted", shop + "lib.example/b v1.3.0 retract=v1.1.0\n", shopFiles, "A-1 lib.example/b 0 1.1.0", `
lockfile: upgrade lib.example/b from 1.0.0 to 1.2.0
  lib.example/b 1.0.0>1.2.0
  clears A-1
`},
		{"nothing that is served", shop, shopFiles, "A-1 lib.example/other 0 2.0.0", `
no fix for A-1: the registry serves no version of lib.example/other after 1.0.0 that clears a finding and brings none
`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, c.served, c.files)
			w.tidy("")
			if diff := cmp.Diff(strings.TrimPrefix(c.want, "\n"), w.story(c.advised)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAStoryWithoutAGoCommandTellsOfStaleSums(t *testing.T) {
	w := newWorld(t, shop, shopFiles)
	w.tidy("")
	w.Go.Run = missing{}
	got := w.story("A-1 lib.example/a 0 1.1.0")
	if !strings.HasPrefix(got, "direct: upgrade lib.example/a from 1.0.0 to 1.1.0\n") || !strings.Contains(got, "gap: fixes change the manifest, the lockfile was not refreshed: there is no go command") {
		t.Error(got)
	}
}

func TestAStoryOfAWorkspace(t *testing.T) {
	w := newWorld(t, shop, workspaceFiles)
	w.tidy("app", "lib")
	want := "lockfile: upgrade lib.example/b from 1.0.0 to 1.1.0\n  lib.example/b 1.0.0>1.1.0\n  clears A-1\n"
	if diff := cmp.Diff(want, w.story("A-1 lib.example/b 0 1.1.0")); diff != "" {
		t.Error(diff)
	}
}
