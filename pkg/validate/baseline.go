package validate

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/validate/suite"
)

// baseline is how the tree stands before any fix: two runs of it, or three where the first two differ.
type baseline struct {
	scan     scan
	runs     int
	projects map[string]*projectBaseline
}

// shows reports whether each run of b holds the outcome of all proofs.
func (b *baseline) shows(proofs map[string][]Proof) bool {
	for _, p := range b.projects {
		for _, pr := range p.runs {
			if run := (treeRun{projects: []projectRun{pr}}); !run.shows(proofs) {
				return false
			}
		}
	}
	return true
}

// of returns the baseline of the project in dir, and nil where b is nil.
func (b *baseline) of(dir string) *projectBaseline {
	if b == nil {
		return nil
	}
	return b.projects[dir]
}

// tells reports whether a build or a test of some project can show what a fix breaks.
func (b *baseline) tells() bool {
	for _, p := range b.projects {
		if len(p.runs) == 0 {
			continue
		}
		if first := p.runs[0]; first.build.ok || len(first.tests) > 0 && (p.green || len(p.stable) > 0) {
			return true
		}
	}
	return false
}

// projectBaseline is what identical runs of one project have in common.
type projectBaseline struct {
	runs     []projectRun
	failing  map[string]bool // commands that failed in at least one run
	changed  map[string]bool // watched files that scripts change anyway
	green    bool            // the tests ended with status 0 in every run
	readable bool            // every run named its tests
	listed   bool
	stable   map[string]bool // tests that passed in every run
	known    map[string]bool // tests seen in any run
	failed   map[string]bool // tests that failed in every run
	flaky    []string        // tests whose outcome differs between the runs, sorted
	passed   int             // the fewest passes the runner's own summaries claim
}

func newBaseline(s scan, runs []*treeRun) *baseline {
	b := &baseline{scan: s, runs: len(runs), projects: map[string]*projectBaseline{}}
	byDir := map[string][]projectRun{}
	for _, run := range runs {
		for _, pr := range run.projects {
			byDir[pr.plan.Dir] = append(byDir[pr.plan.Dir], pr)
		}
	}
	for dir, prs := range byDir {
		b.projects[dir] = newProjectBaseline(prs)
	}
	return b
}

func newProjectBaseline(runs []projectRun) *projectBaseline {
	b := &projectBaseline{
		runs: runs, failing: map[string]bool{}, changed: map[string]bool{},
		green: true, readable: true, listed: true, stable: map[string]bool{}, known: map[string]bool{}, failed: map[string]bool{},
	}
	seen := map[string]map[suite.Outcome]int{}
	tested := 0
	for _, pr := range runs {
		for _, ph := range append(slices.Clone(pr.scripts), pr.install, pr.build) {
			if !ph.none() && !ph.ok {
				b.failing[ph.command] = true
			}
		}
		for _, name := range pr.changed {
			b.changed[name] = true
		}
		for _, tr := range pr.tests {
			b.green = b.green && tr.ok
			b.readable = b.readable && tr.results.Readable() && !tr.cut
			b.listed = b.listed && tr.results.Listed
			if n := tr.results.Count(suite.Pass); tested == 0 || n < b.passed {
				b.passed = n
			}
			tested++
			for name, o := range tr.results.Cases {
				if seen[name] == nil {
					seen[name] = map[suite.Outcome]int{}
				}
				seen[name][o]++
			}
		}
	}
	b.readable = b.readable && tested > 0
	for name, outcomes := range seen {
		b.known[name] = true
		if len(outcomes) > 1 || outcomes[only(outcomes)] < tested {
			b.flaky = append(b.flaky, name)
		} else if outcomes[suite.Pass] == tested {
			b.stable[name] = true
		} else if outcomes[suite.Fail] == tested {
			b.failed[name] = true
		}
	}
	slices.Sort(b.flaky)
	return b
}

func only(m map[suite.Outcome]int) suite.Outcome {
	for o := range m {
		return o
	}
	return suite.Pass
}

// same reports whether two runs of the same tree answered the same.
func same(a, b *treeRun) bool {
	return slices.EqualFunc(a.projects, b.projects, func(x, y projectRun) bool {
		return x.install.ok == y.install.ok && x.build.ok == y.build.ok && slices.Equal(x.changed, y.changed) &&
			slices.EqualFunc(x.scripts, y.scripts, func(p, q phase) bool { return p.ok == q.ok }) &&
			slices.EqualFunc(x.tests, y.tests, func(p, q testRun) bool {
				return p.ok == q.ok && p.cut == q.cut && maps.Equal(p.results.Cases, q.results.Cases) && p.results.Passed == q.results.Passed
			})
	})
}

// fails reports whether a command fails without any fix too.
func (b *projectBaseline) fails(command string) bool { return b.failing[command] }

// judges reports whether test results of b can be held against a fix at all.
func (b *projectBaseline) judges() bool { return b.readable || b.green }

// worseScripts reports whether an install script fails that did not before.
func (b *projectBaseline) worseScripts(pr projectRun) bool {
	return slices.ContainsFunc(pr.scripts, func(ph phase) bool { return !ph.ok && !b.fails(ph.command) })
}

// tampered returns the watched files that scripts changed in pr and not before.
func (b *projectBaseline) tampered(pr projectRun) []string {
	var names []string
	for _, name := range pr.changed {
		if !b.changed[name] {
			names = append(names, name)
		}
	}
	return names
}

// worse reports whether pr fails where the baseline does not.
func (b *projectBaseline) worse(pr projectRun) bool {
	return !pr.install.none() && !pr.install.ok || b.worseScripts(pr) || len(b.tampered(pr)) > 0 ||
		!pr.build.none() && !pr.build.ok && !b.fails(pr.build.command) || len(b.broken(pr.tests)) > 0
}

// broken returns what every one of the runs shows to be worse than the baseline, sorted.
func (b *projectBaseline) broken(runs []testRun) []string {
	if len(runs) == 0 {
		return nil
	}
	common := b.regressed(runs[0])
	for _, tr := range runs[1:] {
		now := map[string]bool{}
		for _, name := range b.regressed(tr) {
			now[name] = true
		}
		common = slices.DeleteFunc(common, func(name string) bool { return !now[name] })
	}
	return common
}

// gone returns those of broken that are tests which ran before and in none of the runs, sorted.
func (b *projectBaseline) gone(broken []string, runs []testRun) []string {
	var names []string
	for _, name := range broken {
		ran := slices.ContainsFunc(runs, func(tr testRun) bool { _, ok := tr.results.Cases[name]; return ok })
		if b.stable[name] && !ran {
			names = append(names, name)
		}
	}
	return names
}

// mended returns the tests that failed in every run of the baseline and pass in all of runs, sorted.
func (b *projectBaseline) mended(runs []testRun) []string {
	if !b.readable || len(runs) == 0 || slices.ContainsFunc(runs, func(tr testRun) bool { return tr.cut }) {
		return nil
	}
	var names []string
	for name := range b.failed {
		if !slices.ContainsFunc(runs, func(tr testRun) bool { o, ok := tr.results.Cases[name]; return !ok || o != suite.Pass }) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// once returns what regressed in some run but not in all, sorted.
func (b *projectBaseline) once(runs []testRun) []string {
	always := b.broken(runs)
	some := map[string]bool{}
	for _, tr := range runs {
		for _, name := range b.regressed(tr) {
			if !slices.Contains(always, name) {
				some[name] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(some))
}

// regressed returns the tests that passed in every run of the baseline and fail or are missing in tr, and those that
// fail and that the baseline never saw. Where no names can be compared it goes by counts and the exit status.
func (b *projectBaseline) regressed(tr testRun) []string {
	if !b.judges() {
		return nil
	}
	byStatus := func() []string {
		if b.green && !tr.ok {
			return []string{"the test command: " + tr.why}
		}
		return nil
	}
	if !b.readable || tr.cut {
		return byStatus()
	}
	var names, missing []string
	for name := range b.stable {
		if o, ok := tr.results.Cases[name]; !ok {
			missing = append(missing, name)
		} else if o != suite.Pass {
			names = append(names, name)
		}
	}
	slices.Sort(missing)
	names = append(names, b.vanished(missing, tr.results)...)
	for name, o := range tr.results.Cases {
		if o == suite.Fail && !b.known[name] {
			names = append(names, name)
		}
	}
	if !b.listed && len(names) == 0 && tr.results.Totals && tr.results.Count(suite.Pass) < b.passed {
		names = append(names, fmt.Sprintf("fewer tests pass than the %d before", b.passed))
	}
	if len(names) == 0 && len(tr.results.Failing()) == 0 {
		return byStatus()
	}
	slices.Sort(names)
	return names
}

// vanished returns the missing tests that no new passing test of the same last name accounts for: output of a program
// among the results may change the suite that a test seems to stand in.
func (b *projectBaseline) vanished(missing []string, r suite.Results) []string {
	if len(missing) == 0 {
		return nil
	}
	spare := map[string]int{}
	for name, o := range r.Cases {
		if o == suite.Pass && !b.known[name] {
			spare[leaf(name)]++
		}
	}
	var names []string
	for _, name := range missing {
		if spare[leaf(name)] > 0 {
			spare[leaf(name)]--
			continue
		}
		names = append(names, name)
	}
	return names
}

// leaf returns a test's own name, without suites and ordinal.
func leaf(name string) string {
	if i := strings.LastIndex(name, " › "); i >= 0 {
		name = name[i+len(" › "):]
	}
	if i := strings.LastIndex(name, " #"); i > 0 && strings.Trim(name[i+2:], "0123456789") == "" {
		name = name[:i]
	}
	return name
}
