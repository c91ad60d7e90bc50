package validate

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/validate/suite"
)

// errSpent says that the budget allows no further run.
var errSpent = errors.New("budget spent")

// search is one Validate: the accepted set grows by chunks that pass on top of it.
type search struct {
	set   *Set
	repo  fettle.Repo
	snap  *snapshot
	plans []suite.Plan
	base  *baseline

	findings map[fettle.ID]fettle.Finding // before any fix

	start time.Time
	runs  int
	trial fettle.Trial
	odds  *odds

	accepted []applied
	deferred []fettle.Fix // refused on some tree; tried again at the end
	rejected []applied    // failed on top of accepted, in the order found
	on       [][]applied  // what was accepted when each of rejected failed

	blamed map[string]bool // project and test: those that failed each time after a fix

	benchDir, benchKey string // where fixes are composed, and which tree is there
}

// find fills accepted. It starts with everything at once. Where that fails, the risky fixes wait until the others are
// settled.
func (v *search) find(ctx context.Context, fixes []fettle.Fix) error {
	err := v.cumulate(ctx, riskyLast(fixes))
	for err == nil && len(v.deferred) > 0 {
		f := v.deferred[0]
		v.deferred = v.deferred[1:]
		a, e := v.compose(ctx, v.tip(), f)
		if refusal, ok := v.refused(f, e); ok {
			if refusal.With = ids(v.accepted); refusal.Status == fettle.Skipped {
				v.gap("fix "+f.ID, refusal.Reason, nil)
			}
			v.trial.Verdicts[f.ID] = refusal
		} else if e != nil {
			err = e
		} else {
			_, err = v.advance(ctx, []applied{a})
		}
	}
	if errors.Is(err, errSpent) {
		left := 0
		for _, f := range fixes {
			if _, ok := v.trial.Verdicts[f.ID]; !ok && !slices.ContainsFunc(v.accepted, func(a applied) bool { return a.fix.ID == f.ID }) {
				v.trial.Verdicts[f.ID] = skipped("not reached: " + v.budget())
				left++
			}
		}
		if left > 0 {
			v.gap(fmt.Sprintf("%d of %d fixes", left, len(fixes)), "not tried: "+v.budget()+"; raise validate.budget in fettle.yaml", nil)
		}
		err = nil
	}
	v.log("%d of %d fixes pass together, found in %d runs", len(v.accepted), len(fixes), v.runs)
	return err
}

func (v *search) budget() string {
	b := v.set.Config.Budget
	return fmt.Sprintf("the budget of %d runs and %v is spent", b.runs(), b.time())
}

// cumulate accepts as many of fixes as pass together, in groups on top of what was accepted before. A group is as large
// as makes it likely to pass.
func (v *search) cumulate(ctx context.Context, fixes []fettle.Fix) error {
	size := len(fixes)
	if v.odds.many(fixes) {
		size = v.odds.group(fixes)
	}
	for len(fixes) > 0 {
		made, err := v.composeAll(ctx, fixes[:size])
		if err != nil {
			return err
		}
		left, err := v.advance(ctx, made)
		if err != nil {
			return err
		}
		for _, a := range made[:len(made)-len(left)] {
			v.odds.settle(a.fix, v.isAccepted(a))
		}
		if fixes = append(fixesOf(left), fixes[size:]...); len(fixes) > 0 {
			size = v.odds.group(fixes)
		}
	}
	return nil
}

// advance tries made on top of what is accepted. Where it fails, bisection finds the first of made with which it does: what
// comes before that is accepted, it is rejected, and what comes after it is left to be tried again.
func (v *search) advance(ctx context.Context, made []applied) (left []applied, err error) {
	if len(made) == 0 {
		return nil, nil
	}
	verdict, err := v.try(ctx, made)
	if err != nil || verdict.Status == fettle.Passed {
		return nil, err
	}
	good, bad := 0, len(made) // made[:good] passes, made[:bad] does not
	for bad-good > 1 {
		middle := good + v.odds.split(made[good:bad])
		half, err := v.try(ctx, made[good:middle])
		switch {
		case err != nil:
			return nil, err
		case half.Status == fettle.Passed:
			good = middle
		default:
			bad, verdict = middle, half
		}
	}
	verdict.With = ids(v.accepted)
	v.log("%s fails: %s", made[good].fix.Title, verdict.Reason)
	v.trial.Verdicts[made[good].fix.ID] = verdict
	v.rejected = append(v.rejected, made[good])
	v.on = append(v.on, slices.Clone(v.accepted))
	return made[bad:], nil
}

func (v *search) isAccepted(a applied) bool {
	return slices.ContainsFunc(v.accepted, func(b applied) bool { return b.fix.ID == a.fix.ID })
}

func (v *search) accept(made []applied) {
	v.accepted = append(v.accepted, made...)
	v.log("%d fixes pass together", len(v.accepted))
}

// tip returns the tree with all accepted fixes.
func (v *search) tip() tree {
	if n := len(v.accepted); n > 0 {
		return v.accepted[n-1].after
	}
	return v.snap.tree()
}

// composeAll applies fixes in order on top of accepted. Those refused are put off.
func (v *search) composeAll(ctx context.Context, fixes []fettle.Fix) (made []applied, err error) {
	t := v.tip()
	for _, f := range fixes {
		a, err := v.compose(ctx, t, f)
		if _, ok := v.refused(f, err); ok {
			v.deferred = append(v.deferred, f)
			continue
		}
		if err != nil {
			return nil, err
		}
		made = append(made, a)
		t = a.after
	}
	return made, nil
}

// try judges the tree with accepted and made, and accepts made where it passes.
func (v *search) try(ctx context.Context, made []applied) (fettle.Verdict, error) {
	v.log("trying %d fixes on top of %d: %s", len(made), len(v.accepted), few(titles(made)))
	verdict, err := v.judge(ctx, append(slices.Clone(v.accepted), made...))
	if err == nil && verdict.Status == fettle.Passed {
		v.accept(made)
	}
	return verdict, err
}

// judge re-scans, installs, builds and tests the tree of the last of made, which holds the others.
func (v *search) judge(ctx context.Context, made []applied) (fettle.Verdict, error) {
	verdict, err := v.promise(ctx, made)
	if err != nil || verdict.Status == fettle.Failed {
		return verdict, err
	}
	t := made[len(made)-1].after
	key := v.key(t)
	proofs := v.proofsOf(fixesOf(made))
	run := v.set.tested[key]
	if run == nil || !run.shows(proofs) {
		kept, plans := v.resultKey(ctx, t, v.base, proofs)
		if run = v.earlier(kept, plans, proofs); run != nil {
			v.trial.Cached++
			v.set.tested[key] = run
			return v.verdict(verdict, run, fixesOf(made)), nil
		}
		b := v.set.Config.Budget
		if v.runs >= b.runs() || v.set.Clock().Sub(v.start) >= b.time() {
			return verdict, errSpent
		}
		if run, err = v.execute(ctx, t, v.base, proofs); err != nil {
			return verdict, err
		}
		v.runs++
		v.set.tested[key] = run
		if kept != "" && lasting(run, v.base) {
			v.set.keep(entryOf(kept, v.set.Clock(), run, v.base))
		}
	}
	return v.verdict(verdict, run, fixesOf(made)), nil
}

// earlier returns what an earlier run of fettle kept under key, and nil where there is nothing of use.
func (v *search) earlier(key string, plans []suite.Plan, proofs map[string][]Proof) *treeRun {
	e := v.set.recall(key)
	if e == nil {
		return nil
	}
	run := e.run(plans)
	if run == nil || !run.shows(proofs) {
		v.log("a kept result is not used: it is of other projects or proofs")
		return nil
	}
	v.log("an earlier run of the same tree has the result")
	return run
}

// scan re-scans t.
func (v *search) scan(ctx context.Context, t tree) (scan, error) {
	key := t.key + "\x00" + v.repo.Path
	sc, ok := v.set.scanned[key]
	if ok {
		return sc, nil
	}
	err := v.withCopy(ctx, t, func(dir string) (err error) {
		sc, err = v.scanTree(ctx, dir)
		return err
	})
	if err == nil {
		v.set.scanned[key] = sc
	}
	return sc, err
}

// key names what a run of t shows: the tree and the projects looked at.
func (v *search) key(t tree) string {
	var dirs []string
	for _, p := range v.plans {
		dirs = append(dirs, p.Dir)
	}
	return t.key + "\x00" + strings.Join(dirs, "\x00")
}

func ids(made []applied) []string {
	var names []string
	for _, a := range made {
		names = append(names, a.fix.ID)
	}
	return names
}

func titles(made []applied) []string {
	var names []string
	for _, a := range made {
		names = append(names, a.fix.Title)
	}
	return names
}

func fixesOf(made []applied) []fettle.Fix {
	var fixes []fettle.Fix
	for _, a := range made {
		fixes = append(fixes, a.fix)
	}
	return fixes
}
