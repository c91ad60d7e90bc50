package validate

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/validate/suite"
)

// checkNames are the checks of every verdict, in order. Where a proof of vulnerability is declared, its check follows.
var checkNames = []string{"applies", "resolves", "rescan", "scripts", "build", "test"}

// maxExcerpt bounds the output that a check keeps.
const maxExcerpt = 4 << 10

func skipped(why string) fettle.Verdict {
	return fettle.Verdict{Status: fettle.Skipped, Checks: []fettle.Check{}, Reason: why}
}

// notReached completes checks with those that an earlier failure kept from running.
func notReached(checks []fettle.Check) []fettle.Check {
	var all []fettle.Check
	for _, name := range checkNames {
		i := slices.IndexFunc(checks, func(c fettle.Check) bool { return c.Name == name })
		if i >= 0 {
			all = append(all, checks[i])
		} else {
			all = append(all, fettle.Check{Name: name, Status: fettle.Skipped, Detail: "not reached"})
		}
	}
	for _, c := range checks {
		if !slices.Contains(checkNames, c.Name) {
			all = append(all, c)
		}
	}
	return all
}

// settle sets status and reason by the first check that failed.
func settle(verdict fettle.Verdict) fettle.Verdict {
	verdict.Checks = notReached(verdict.Checks)
	verdict.Status, verdict.Reason = fettle.Passed, ""
	for _, c := range verdict.Checks {
		if c.Status == fettle.Failed {
			verdict.Status, verdict.Reason = fettle.Failed, c.Name+": "+c.Detail
			break
		}
	}
	return verdict
}

// promise checks what needs no run: that the findings are gone, that none is new, and that the lockfile holds nothing
// which the fixes do not explain.
func (v *search) promise(ctx context.Context, made []applied) (fettle.Verdict, error) {
	verdict := fettle.Verdict{Checks: []fettle.Check{{Name: "applies", Status: fettle.Passed}}}
	after, err := v.scan(ctx, made[len(made)-1].after)
	if err != nil {
		return verdict, err
	}
	check := fettle.Check{Name: "rescan", Status: fettle.Passed}
	var why []string
	for _, a := range made {
		for _, id := range a.fix.Resolves {
			if f, there := after.findings[id]; there {
				why = append(why, fmt.Sprintf("%s of %s is still there", f.Rule, f.Package))
			} else {
				verdict.Resolved = append(verdict.Resolved, id)
			}
		}
	}
	slices.Sort(verdict.Resolved)
	verdict.Resolved = slices.Compact(verdict.Resolved)
	for _, id := range slices.Sorted(maps.Keys(after.findings)) {
		if _, before := v.base.scan.findings[id]; !before {
			f := after.findings[id]
			verdict.Introduced = append(verdict.Introduced, id)
			why = append(why, fmt.Sprintf("%s of %s is new", f.Rule, f.Package))
		}
	}
	for _, key := range slices.Sorted(maps.Keys(after.gaps)) {
		g := after.gaps[key]
		if _, before := v.base.scan.gaps[key]; !before && after.untold(g.Subject) > v.base.scan.untold(g.Subject) {
			why = append(why, fmt.Sprintf("%s can no longer be scanned: %s", g.Subject, g.Reason))
		}
	}
	at := made[len(made)-1].after
	for _, odd := range []string{strange(v.base.scan.packages, after.packages, made), unexplained(v.snap.tree(), at, made, v.set.Config.Sources)} {
		if odd != "" {
			why = append(why, odd)
		}
	}
	check.Detail = fmt.Sprintf("%d findings are gone, none is new", len(verdict.Resolved))
	if len(why) > 0 {
		check.Status, check.Detail = fettle.Failed, oneLine(strings.Join(why, "; "))
	}
	verdict.Checks = append(verdict.Checks, check)
	return settle(verdict), nil
}

// verdict adds what a run showed, compared with the baseline.
func (v *search) verdict(verdict fettle.Verdict, run *treeRun, fixes []fettle.Fix) fettle.Verdict {
	verdict.Checks = slices.DeleteFunc(slices.Clone(verdict.Checks), func(c fettle.Check) bool { return c.Detail == "not reached" })
	shown := append(v.checks(run, func(pr projectRun) *projectBaseline { return v.base.of(pr.plan.Dir) }), v.proofChecks(run, fixes)...)
	for i, c := range shown {
		if run.cached && c.Command != "" && c.Detail != "not reached" {
			shown[i].Detail = strings.TrimPrefix(c.Detail+"; from an earlier run of the same tree", "; ")
		}
	}
	verdict.Checks = append(verdict.Checks, shown...)
	return settle(verdict)
}

// before is the verdict on the baseline itself, where nothing is compared.
func (v *search) before(fixes []fettle.Fix) fettle.Verdict {
	verdict := fettle.Verdict{Checks: []fettle.Check{
		{Name: "applies", Status: fettle.Skipped, Detail: "no fix"},
		{Name: "rescan", Status: fettle.Passed, Detail: fmt.Sprintf("%d findings", len(v.base.scan.findings))},
	}}
	last := &treeRun{}
	var flaky []string
	for _, p := range v.plans {
		b := v.base.of(p.Dir)
		last.projects = append(last.projects, b.runs[len(b.runs)-1])
		flaky = append(flaky, v.named(p.Dir, b.flaky)...)
	}
	verdict.Checks = append(verdict.Checks, v.checks(last, func(projectRun) *projectBaseline { return nil })...)
	verdict.Checks = append(verdict.Checks, v.proofsBefore(fixes)...)
	for i := range verdict.Checks {
		if verdict.Checks[i].Name == "test" {
			verdict.Checks[i].Flaky = flaky
		}
	}
	return settle(verdict)
}

// checks turns a run into checks; where of returns nil nothing is compared.
func (v *search) checks(run *treeRun, of func(projectRun) *projectBaseline) []fettle.Check {
	var all []fettle.Check
	add := func(c fettle.Check) {
		i := slices.IndexFunc(all, func(old fettle.Check) bool { return old.Name == c.Name })
		if i < 0 {
			all = append(all, c)
		} else {
			all[i] = join(all[i], c)
		}
	}
	for _, pr := range run.projects {
		base := of(pr)
		install := commandCheck("resolves", pr.install, nil, "no install command")
		add(v.in(pr, install))
		if install.Status == fettle.Failed {
			continue
		}
		scripts := v.in(pr, scriptsCheck(pr, base))
		add(scripts)
		if scripts.Status == fettle.Failed && base != nil {
			continue
		}
		build := v.in(pr, commandCheck("build", pr.build, base, "there is no build script"))
		if base != nil && build.Status != fettle.Failed {
			if names := base.tampered(pr); len(names) > 0 {
				build.Status = fettle.Failed
				build.Detail = "install scripts or the build change " + few(names) + ", which they did not before"
			}
		}
		add(build)
		if build.Status == fettle.Failed && base != nil {
			continue
		}
		add(v.in(pr, v.testCheck(pr, base)))
	}
	return all
}

// in names the project in a check's detail where there are several.
func (v *search) in(pr projectRun, c fettle.Check) fettle.Check {
	if len(v.plans) > 1 {
		c.Detail = strings.TrimSuffix(suite.Place(pr.plan.Dir)+": "+c.Detail, ": ")
	}
	return c
}

// named tells tests of several projects apart.
func (v *search) named(dir string, names []string) []string {
	if len(v.plans) < 2 {
		return names
	}
	var all []string
	for _, name := range names {
		all = append(all, suite.Place(dir)+" › "+name)
	}
	return all
}

// join makes one check of the same check on two projects. What failed in one counts; what could not be told in one is
// not told by the other.
func join(a, b fettle.Check) fettle.Check {
	worst := a
	if b.Status == fettle.Failed && a.Status != fettle.Failed {
		worst = b
	}
	switch {
	case a.Status == fettle.Failed || b.Status == fettle.Failed:
		worst.Status = fettle.Failed
	case a.Status == fettle.Skipped && b.Status == fettle.Skipped, untold(a), untold(b):
		worst.Status = fettle.Skipped
	default:
		worst.Status = fettle.Passed
	}
	if a.Status != fettle.Failed || b.Status == fettle.Failed {
		worst.Detail = strings.Trim(a.Detail+"; "+b.Detail, "; ")
		if worst.Status == fettle.Failed && a.Status != fettle.Failed {
			worst.Detail = b.Detail
		}
	}
	if worst.Command == "" {
		worst.Command = a.Command + b.Command
	}
	worst.Duration = a.Duration + b.Duration
	worst.Broken = append(slices.Clone(a.Broken), b.Broken...)
	worst.Flaky = append(slices.Clone(a.Flaky), b.Flaky...)
	worst.Vanished = append(slices.Clone(a.Vanished), b.Vanished...)
	worst.Fixed = append(slices.Clone(a.Fixed), b.Fixed...)
	worst.Ran = a.Ran + b.Ran
	return worst
}

// untold reports whether a check ran and could not tell.
func untold(c fettle.Check) bool { return c.Status == fettle.Skipped && c.Command != "" }

// commandCheck is the check of one command, not held against a fix where it fails before too.
func commandCheck(name string, ph phase, base *projectBaseline, none string) fettle.Check {
	c := fettle.Check{Name: name, Status: fettle.Passed, Command: ph.command, Duration: ph.duration}
	switch {
	case ph.none():
		c.Status, c.Detail = fettle.Skipped, none
	case !ph.ok && base != nil && base.fails(ph.command):
		c.Status, c.Detail = fettle.Skipped, ph.command+" fails without a fix too: "+ph.why
	case !ph.ok:
		c.Status, c.Detail, c.Output = fettle.Failed, ph.command+": "+ph.why, excerpt(ph.output, nil)
	}
	return c
}

func scriptsCheck(pr projectRun, base *projectBaseline) fettle.Check {
	c := fettle.Check{Name: "scripts", Status: fettle.Skipped, Detail: "there are no install scripts"}
	for _, ph := range pr.scripts {
		c = join(c, commandCheck("scripts", ph, base, ""))
	}
	if c.Command != "" {
		c.Detail = strings.Trim(strings.ReplaceAll(c.Detail, "there are no install scripts", ""), "; ")
	}
	return c
}

// testCheck compares the test runs of pr with the baseline.
func (v *search) testCheck(pr projectRun, base *projectBaseline) fettle.Check {
	c := fettle.Check{Name: "test", Status: fettle.Passed}
	if len(pr.plan.Test) == 0 || len(pr.tests) == 0 {
		c.Status, c.Detail = fettle.Skipped, "there are no tests"
		return c
	}
	first := pr.tests[0]
	c.Command, c.Ran = first.command, len(first.results.Cases)
	if !first.results.Listed && first.results.Totals {
		c.Ran = max(c.Ran, first.results.Count(suite.Pass)+len(first.results.Failing()))
	}
	for _, tr := range pr.tests {
		c.Duration += tr.duration
	}
	c.Detail = first.summary()
	if base == nil {
		if !first.ok {
			c.Status, c.Output = fettle.Failed, excerpt(first.output, first.results.Failing())
			if first.results.Readable() {
				c.Detail += " (" + first.why + ")"
			}
		} else if c.Ran == 0 && first.results.Totals {
			c.Status, c.Detail = fettle.Skipped, "there are no tests"
		}
		return c
	}
	broken := base.broken(pr.tests)
	c.Flaky = v.named(pr.plan.Dir, slices.Concat(base.flaky, base.once(pr.tests)))
	c.Broken = v.named(pr.plan.Dir, broken)
	c.Vanished = v.named(pr.plan.Dir, base.gone(broken, pr.tests))
	c.Fixed = v.named(pr.plan.Dir, base.mended(pr.tests))
	switch {
	case !base.judges():
		c.Status = fettle.Skipped
		c.Detail = "the tests fail without a fix too and do not say which, so they cannot tell: " + base.lastTest().why
	case len(broken) > 0:
		c.Status, c.Output = fettle.Failed, excerpt(first.output, broken)
		c.Detail = fmt.Sprintf("%s passed before and %s now, %d times of %d",
			few(broken), map[bool]string{true: "does not", false: "do not"}[len(broken) == 1], len(pr.tests), len(pr.tests))
	case base.readable && base.passed == 0 && len(base.stable) == 0:
		c.Status = fettle.Skipped
		c.Detail = "no test passes without a fix, so they cannot tell"
	case len(first.results.Failing()) > 0:
		c.Detail += ", none of which the fix broke"
	}
	if n := len(c.Vanished); n > 0 {
		c.Detail += fmt.Sprintf("; %d did not run any more", n)
	}
	if n := len(c.Fixed); n > 0 {
		c.Detail += fmt.Sprintf("; %d that failed before pass", n)
	}
	if len(c.Flaky) > 0 {
		c.Detail += fmt.Sprintf("; %d flicker", len(c.Flaky))
	}
	return c
}

// lastTest returns a test run of the baseline that failed.
func (b *projectBaseline) lastTest() testRun {
	for _, pr := range b.runs {
		for _, tr := range pr.tests {
			if !tr.ok {
				return tr
			}
		}
	}
	return testRun{}
}

// excerpt returns the part of output that matters: around the first mention of one of names after the first half of the
// output where there is one, else its end.
func excerpt(output string, names []string) string {
	var lines []string
	for line := range strings.SplitSeq(output, "\n") {
		lines = append(lines, suite.Plain(line))
	}
	text := strings.TrimSpace(strings.Join(lines, "\n"))
	if len(text) <= maxExcerpt {
		return text
	}
	for _, name := range names {
		if at := strings.LastIndex(text, leaf(name)); at >= 0 {
			from := max(at-maxExcerpt/4, 0)
			return strings.ToValidUTF8(text[from:min(from+maxExcerpt, len(text))], "")
		}
	}
	return strings.ToValidUTF8(text[len(text)-maxExcerpt:], "")
}

// telling returns the line of a failed command's output that says why: npm's first errors, else the last line.
func telling(output string) string {
	var errs []string
	last := ""
	for line := range strings.SplitSeq(excerpt(output, nil), "\n") {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		last = line
		if rest, ok := strings.CutPrefix(line, "npm error "); ok && len(errs) < 3 {
			errs = append(errs, rest)
		}
	}
	if len(errs) > 0 {
		return oneLine(strings.Join(errs, "; "))
	}
	return oneLine(last)
}

// oneLine makes text from outside fit one line.
func oneLine(text string) string {
	text = strings.Join(strings.Fields(suite.Plain(strings.ReplaceAll(text, "\n", " "))), " ")
	if len(text) > 600 {
		text = strings.ToValidUTF8(text[:600], "") + "…"
	}
	return text
}
