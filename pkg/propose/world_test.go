package propose_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fettle-dev/fettle/pkg/discover"
	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/osv"
	"github.com/fettle-dev/fettle/pkg/propose"
	"github.com/fettle-dev/fettle/pkg/propose/manager"
	"github.com/fettle-dev/fettle/pkg/propose/npm"
	"github.com/fettle-dev/fettle/pkg/propose/npmtest"
	"github.com/fettle-dev/fettle/pkg/sandbox"
)

func TestMain(m *testing.M) {
	sandbox.Main()
	os.Exit(m.Run())
}

// advisories is a database of lines such as
//
//	GHSA-1 lib 0 1.2.3
//
// that say from where to where a package is affected; a line without an end says that nothing fixes it.
type advisories map[string][]osv.Record

func parseAdvisories(text string) advisories {
	db := advisories{}
	for _, line := range strings.Split(text, "\n") {
		f := strings.Fields(line)
		if len(f) == 0 {
			continue
		}
		events := []osv.Event{{Introduced: f[2]}}
		if len(f) > 3 {
			events = append(events, osv.Event{Fixed: f[3]})
		}
		db[f[1]] = append(db[f[1]], osv.Record{ID: f[0], Affected: []osv.AffectedPackage{{
			Package: osv.Package{Ecosystem: "npm", Name: f[1]}, Ranges: []osv.Range{{Type: osv.SemVer, Events: events}}}}})
	}
	return db
}

func (a advisories) Find(_, name string) ([]osv.Record, error) { return a[name], nil }
func (a advisories) Records(string) int                        { return 1000 }
func (a advisories) Aliases(string) []string                   { return nil }

// world is a project, a registry that serves its packages, and advisories.
type world struct {
	*npmtest.Registry
	t        testing.TB
	dir      string
	discover discover.Dependencies
	npm      *npm.NPM
	planner  *propose.Planner
	runs     [][]string // commands that the sandbox ran
	box      *sandbox.Sandbox
	env      []string
}

// Run counts what runs.
func (w *world) Run(ctx context.Context, root string, c sandbox.Command) (sandbox.Result, error) {
	w.runs = append(w.runs, c.Args)
	return w.box.Run(ctx, root, c)
}

// needNPM skips a test where npm or a sandbox is missing, and returns the sandbox.
func needNPM(t testing.TB, cache string) *sandbox.Sandbox {
	t.Helper()
	if _, err := exec.LookPath("npm"); err != nil {
		t.Skipf("npm is missing: %v", err)
	}
	box, err := sandbox.New(sandbox.Options{Cache: cache, Env: os.LookupEnv})
	if err != nil {
		t.Fatal(err)
	}
	if box.Level() >= sandbox.None {
		t.Skip("no sandbox on this system")
	}
	return box
}

// newWorld starts a registry with the listed packages and writes the lockfile's project.
func newWorld(t testing.TB, served, advised string, lock npmtest.Lock) *world {
	t.Helper()
	w := &world{t: t, dir: t.TempDir()}
	home := t.TempDir()
	cache := filepath.Join(home, "npm-cache")
	if err := os.Mkdir(cache, 0o700); err != nil {
		t.Fatal(err)
	}
	w.box = needNPM(t, cache)
	w.Registry = npmtest.New(t, npmtest.Parse(served)...)
	w.discover = discover.Dependencies{Database: parseAdvisories(advised)}
	w.env = w.Env(home)
	w.npm = &npm.NPM{Run: w, Discover: w.discover, Temp: t.TempDir(), Env: w.env}
	w.planner = &propose.Planner{Managers: []manager.Manager{w.npm}, Discover: w.discover, Database: parseAdvisories(advised), Temp: t.TempDir()}
	if lock.Manifest != "" {
		w.write("package.json", lock.Manifest)
		w.write("package-lock.json", w.Lock(t, lock))
		for dir, text := range lock.Members {
			w.write(dir+"/package.json", text)
		}
	}
	return w
}

func (w *world) write(name, text string) {
	w.t.Helper()
	file := filepath.Join(w.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		w.t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) read(name string) string {
	w.t.Helper()
	data, err := os.ReadFile(filepath.Join(w.dir, filepath.FromSlash(name)))
	if err != nil {
		w.t.Fatal(err)
	}
	return string(data)
}

// scan returns the cases and the inventory of the project.
func (w *world) scan() ([]fettle.Case, fettle.Inventory) {
	w.t.Helper()
	found, err := w.discover.Discover(w.t.Context(), fettle.Repo{Dir: w.dir})
	if err != nil {
		w.t.Fatal(err)
	}
	var cases []fettle.Case
	for _, f := range found.Findings {
		cases = append(cases, fettle.Case{Finding: f})
	}
	return cases, found.Inventory
}

// propose drafts fixes for all that the scan finds.
func (w *world) propose() fettle.Proposal {
	w.t.Helper()
	cases, inventory := w.scan()
	p, err := w.planner.Propose(w.t.Context(), fettle.Repo{Dir: w.dir}, inventory, cases)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, c := range cases {
		resolved := slices.ContainsFunc(p.Fixes, func(f fettle.Fix) bool { return slices.Contains(f.Resolves, c.Finding.ID) })
		if why, ok := p.Unfixed[c.Finding.ID]; ok == resolved || !resolved && why == "" {
			w.t.Errorf("%s: resolved %v, and the reason for no fix is %q", c.Finding.Rule, resolved, why)
		}
	}
	return p
}

// story tells a proposal in lines: what each fix is, what it moves and what it clears, then what has no fix.
func (w *world) story(p fettle.Proposal) string {
	w.t.Helper()
	cases, _ := w.scan()
	rule := func(id fettle.ID) string {
		for _, c := range cases {
			if c.Finding.ID == id {
				return c.Finding.Rule
			}
		}
		return string(id)
	}
	var out strings.Builder
	for _, f := range p.Fixes {
		fmt.Fprintf(&out, "%s: %s", f.Kind, f.Title)
		if f.Major {
			out.WriteString(" (major)")
		}
		out.WriteString("\n")
		for _, m := range f.Moves {
			fmt.Fprintf(&out, "  %s %s>%s\n", m.Key, m.From, m.To)
		}
		var ids []string
		for _, id := range f.Resolves {
			ids = append(ids, rule(id))
		}
		slices.Sort(ids)
		fmt.Fprintf(&out, "  clears %s\n", strings.Join(ids, " "))
		for _, id := range f.Remains {
			fmt.Fprintf(&out, "  leaves %s\n", rule(id))
		}
	}
	var left []string
	for id, why := range p.Unfixed {
		left = append(left, fmt.Sprintf("no fix for %s: %s\n", rule(id), strings.ReplaceAll(why, w.URL, "REGISTRY")))
	}
	slices.Sort(left)
	return out.String() + strings.Join(left, "")
}

// apply makes the edits of fix in the project.
func (w *world) apply(fix fettle.Fix) {
	w.t.Helper()
	byFile := map[string][]fettle.Edit{}
	for _, e := range fix.Edits {
		byFile[e.Path] = append(byFile[e.Path], e)
	}
	for name, edits := range byFile {
		text, err := fettle.ApplyEdits(w.read(name), edits)
		if err != nil {
			w.t.Fatal(err)
		}
		w.write(name, text)
	}
}

// changed returns the lines that the fix takes out and puts in, in the order of the files.
func changed(fix fettle.Fix) string {
	var out strings.Builder
	for _, e := range fix.Edits {
		for _, part := range []struct{ mark, text string }{{"-", e.Old}, {"+", e.New}} {
			for _, line := range strings.Split(strings.TrimSuffix(part.text, "\n"), "\n") {
				if part.text != "" {
					fmt.Fprintf(&out, "%s%s\n", part.mark, strings.TrimSpace(line))
				}
			}
		}
	}
	return out.String()
}
