package validate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/fettle-dev/fettle/pkg/sandbox"
	"github.com/fettle-dev/fettle/pkg/validate/suite"
)

// reruns is how often a test that regressed is tried again before the fix is blamed for it.
const reruns = 3

// maxSupplies is how often a command may turn out to lack something more.
const maxSupplies = 8

// treeRun is what installing, building and testing one tree showed.
type treeRun struct {
	scan     scan
	projects []projectRun
	cached   bool // an earlier run of fettle made it
}

type projectRun struct {
	plan    suite.Plan
	install phase
	scripts []phase
	build   phase
	changed []string // watched files that scripts or the build changed, sorted
	tests   []testRun
	reached bool       // nothing kept its proofs from running
	proofs  []proofRun // of vulnerability
}

// phase is one or more commands and how they ended. Its zero value is a phase that has nothing to run.
type phase struct {
	command  string
	ok       bool
	why      string // where it is not ok: "exit status 1", "time limit of 10m0s"
	output   string
	cut      bool
	absent   bool // the program is not there
	duration time.Duration
}

func (p phase) none() bool { return p.command == "" }

type testRun struct {
	phase
	results suite.Results
}

// withCopy calls use with a fresh copy of t that is removed afterwards.
func (v *search) withCopy(ctx context.Context, t tree, use func(dir string) error) error {
	dir, err := os.MkdirTemp(v.set.Temp, "try-")
	if err != nil {
		return fmt.Errorf("make a work copy: %w", err)
	}
	err = t.copyTo(ctx, dir)
	if err == nil {
		err = use(dir)
	}
	return errors.Join(err, remove(dir))
}

// remove deletes a work copy, also directories that a test made unwritable.
func remove(dir string) error {
	if os.RemoveAll(dir) == nil {
		return nil
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return os.RemoveAll(dir)
	}
	defer root.Close()
	unlock(root, ".", 0)
	return os.RemoveAll(dir)
}

func unlock(root *os.Root, name string, depth int) {
	if depth > 1000 {
		return
	}
	info, err := root.Lstat(name)
	if err != nil || !info.IsDir() {
		return
	}
	_ = root.Chmod(name, 0o700) // what stays locked fails the removal, which is reported
	f, err := root.Open(name)
	if err != nil {
		return
	}
	entries, _ := f.ReadDir(-1)
	f.Close()
	for _, e := range entries {
		if e.IsDir() {
			unlock(root, path.Join(name, e.Name()), depth+1)
		}
	}
}

// execute installs, builds and tests t and runs proofs. With a baseline, it stops where t is worse than it and tries
// regressed tests again; without one, it runs everything it can once.
func (v *search) execute(ctx context.Context, t tree, base *baseline, proofs map[string][]Proof) (*treeRun, error) {
	run := &treeRun{}
	err := v.withCopy(ctx, t, func(dir string) error {
		for _, p := range v.plans {
			pr, err := v.executeProject(ctx, t, dir, p, base, proofs[p.Dir])
			if err != nil {
				return err
			}
			run.projects = append(run.projects, pr)
			if base != nil && base.of(p.Dir).worse(pr) {
				return nil
			}
		}
		return nil
	})
	return run, err
}

func (v *search) executeProject(ctx context.Context, t tree, dir string, p suite.Plan, base *baseline, proofs []Proof) (projectRun, error) {
	// A fix may add or remove install scripts, so the plan is read again; only these may differ.
	now, err := v.set.planOf(t, p.Dir)
	if err != nil {
		return projectRun{plan: p, install: phase{command: line(p.Install), why: err.Error()}}, nil
	}
	if loose := v.set.loose[p.Dir]; loose != nil {
		now.Install = []suite.Step{{Args: loose}}
	}
	pr := projectRun{plan: now}
	compare := base.of(p.Dir)
	attempt := func(steps []suite.Step, network bool, expected bool) (phase, error) {
		ph, err := v.supplied(ctx, dir, now, steps, network)
		if err == nil && !ph.ok && expected {
			ph, err = v.perform(ctx, dir, now, steps, network) // a network or a machine may fail once
		}
		return ph, err
	}
	passes := func(steps []suite.Step) bool { return compare != nil && !compare.fails(line(steps)) }
	if err := now.Prepare(dir); err != nil {
		pr.install = phase{command: line(now.Install), why: err.Error()}
		return pr, nil
	}
	if len(now.Install) > 0 {
		v.log("%s in %s", line(now.Install), suite.Place(p.Dir))
		if pr.install, err = attempt(now.Install, true, true); err == nil && base == nil && outOfStep(pr.install) {
			pr.install, err = v.loosen(ctx, dir, now, pr.install)
		}
		if err != nil || !pr.install.ok {
			return pr, err
		}
	}
	for i := range now.Scripts {
		script := now.Scripts[i : i+1]
		ph, err := attempt(script, false, passes(script))
		if err != nil {
			return pr, err
		}
		pr.scripts = append(pr.scripts, ph)
	}
	if compare != nil && compare.worseScripts(pr) {
		return pr, nil
	}
	if len(now.Build) > 0 {
		if pr.build, err = attempt(now.Build, false, passes(now.Build)); err != nil {
			return pr, err
		}
	}
	altered, err := t.altered(dir)
	if err != nil {
		return pr, err
	}
	for _, name := range altered {
		if watched(name) {
			pr.changed = append(pr.changed, name)
		}
	}
	if compare != nil && compare.worse(pr) {
		return pr, nil
	}
	restore := func() error { return t.restore(dir, altered) }
	if len(now.Test) > 0 {
		if err := v.test(ctx, &pr, compare, dir, restore); err != nil || compare != nil && compare.worse(pr) {
			return pr, err
		}
	}
	err = v.prove(ctx, &pr, compare, dir, proofs, restore)
	return pr, err
}

// outOfStep reports whether npm ci refused a lockfile that does not hold all that the manifest asks for.
func outOfStep(ph phase) bool {
	return !ph.ok && strings.HasPrefix(ph.command, "npm ci ") && strings.Contains(ph.output, "EUSAGE")
}

// loosen installs a project whose lockfile npm ci refuses before any fix, in the strictest way that works: without peer
// dependencies, as npm before version 7 had it, else with npm install. All later runs of the project install so too, and
// a gap tells it.
func (v *search) loosen(ctx context.Context, dir string, p suite.Plan, refused phase) (phase, error) {
	for _, args := range [][]string{
		{"npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--legacy-peer-deps"},
		{"npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-save"},
	} {
		v.log("%s in %s", strings.Join(args, " "), suite.Place(p.Dir))
		ph, err := v.perform(ctx, dir, p, []suite.Step{{Args: args}}, true)
		if err != nil {
			return ph, err
		}
		if ph.ok {
			v.set.loose[p.Dir] = args
			return ph, nil
		}
	}
	return refused, nil
}

// test runs the tests, and again where some regressed: the fix is blamed only for what fails each time. A test that was
// blamed before in this validation is asked once more only. In between, restore takes back what the tests did to the
// files of the repository.
func (v *search) test(ctx context.Context, pr *projectRun, compare *projectBaseline, dir string, restore func() error) error {
	for try := 0; ; try++ {
		if err := suite.Clean(pr.plan, dir); err != nil {
			return err
		}
		ph, err := v.supplied(ctx, dir, pr.plan, pr.plan.Test, false)
		if err != nil {
			return err
		}
		tr := testRun{phase: ph, results: suite.Read(pr.plan, dir, ph.output)}
		tr.output = suite.Legible(ph.output)
		if n := len(tr.results.Failing()); n > 0 && tr.ok {
			tr.ok, tr.why = false, fmt.Sprintf("%d tests fail, though the command passes", n)
		}
		pr.tests = append(pr.tests, tr)
		v.log("test in %s: %s", suite.Place(pr.plan.Dir), tr.summary())
		if compare == nil {
			return nil
		}
		broken := compare.broken(pr.tests)
		if len(broken) == 0 || try >= 1 && v.blamedAll(pr.plan.Dir, broken) {
			return nil
		}
		if try == reruns {
			v.blame(pr.plan.Dir, broken)
			return nil
		}
		v.log("again, because of %s", few(broken))
		if err := restore(); err != nil {
			v.log("what the tests left behind stays: %v", err)
		}
	}
}

func (v *search) blame(dir string, tests []string) {
	for _, name := range tests {
		v.blamed[dir+"\x00"+name] = true
	}
}

func (v *search) blamedAll(dir string, tests []string) bool {
	return !slices.ContainsFunc(tests, func(name string) bool { return !v.blamed[dir+"\x00"+name] })
}

// summary says in a line how a test run went.
func (t testRun) summary() string {
	switch r := t.results; {
	case r.Readable():
		text := fmt.Sprintf("%d passed", r.Count(suite.Pass))
		if n := len(r.Failing()); n > 0 {
			text += fmt.Sprintf(", %d failed", n)
		}
		return text
	case t.ok:
		return "exit status 0"
	}
	return t.why
}

// line shows steps as a shell would take them.
func line(steps []suite.Step) string {
	var all []string
	for _, s := range steps {
		all = append(all, strings.Join(s.Args, " "))
	}
	return strings.Join(all, " && ")
}

// supplied performs steps, fetching what they turn out to lack without network, and performs them again.
func (v *search) supplied(ctx context.Context, dir string, p suite.Plan, steps []suite.Step, network bool) (phase, error) {
	var before []suite.Step
	for try := 0; ; try++ {
		ph, err := v.perform(ctx, dir, p, steps, network)
		if err != nil || ph.ok || network || try == maxSupplies {
			return ph, err
		}
		lacking := p.Missing(ph.output)
		if len(lacking) == 0 || slices.EqualFunc(before, lacking, func(a, b suite.Step) bool { return slices.Equal(a.Args, b.Args) }) {
			return ph, nil
		}
		before = lacking
		v.log("fetching %d artifacts that %s lacks", len(lacking), ph.command)
		if got, err := v.perform(ctx, dir, p, lacking, true); err != nil || !got.ok {
			return ph, err
		}
	}
}

// perform runs steps one after the other, up to the first that fails and that the next ones need.
func (v *search) perform(ctx context.Context, dir string, p suite.Plan, steps []suite.Step, network bool) (phase, error) {
	all := phase{command: line(steps)}
	failed, why := false, ""
	for _, s := range steps {
		ph, err := v.command(ctx, dir, p, s, network)
		all.ok, all.why, all.output = ph.ok || s.May && !ph.absent, ph.why, all.output+ph.output
		all.cut, all.duration, all.absent = all.cut || ph.cut, all.duration+ph.duration, ph.absent
		if err != nil {
			return all, err
		}
		if !all.ok && !s.Alone {
			return all, nil
		}
		if !all.ok {
			failed, why = true, cmp.Or(why, ph.why)
		}
	}
	if failed {
		all.ok, all.why = false, why
	}
	return all, nil
}

func (v *search) command(ctx context.Context, dir string, p suite.Plan, s suite.Step, network bool) (phase, error) {
	ph := phase{command: strings.Join(s.Args, " ")}
	r, err := v.set.Runner.Run(ctx, dir, p.Command(dir, s, network))
	if errors.Is(err, sandbox.ErrNotFound) {
		ph.why, ph.absent = err.Error(), true
		return ph, nil
	}
	if err != nil {
		return ph, fmt.Errorf("%s in %s: %w", ph.command, suite.Place(p.Dir), err)
	}
	ph.ok, ph.output, ph.cut, ph.duration = r.Code == 0 && r.Ended == "", withoutRoot(r.Output, dir), r.Truncated, r.Duration
	switch {
	case r.Ended != "":
		ph.why = "ended by the " + r.Ended
	case !ph.ok:
		ph.why = fmt.Sprintf("exit status %d", r.Code)
	}
	return ph, nil
}

// withoutRoot cuts the path of the work copy, which differs from run to run and means nothing to a reader.
func withoutRoot(output, dir string) string {
	return strings.NewReplacer(dir+"/", "", dir, ".").Replace(output)
}

// few shortens a list of names for a line of text.
func few(names []string) string {
	if len(names) > 3 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:3], ", "), len(names)-3)
	}
	return strings.Join(names, ", ")
}
