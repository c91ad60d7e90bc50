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
	start time.Time
	runs  int
	trial fettle.Trial

	accepted []applied
	deferred []fettle.Fix // refused on some tree; tried again at the end
	rejected []applied    // failed on top of accepted, in the order found
	on       [][]applied  // what was accepted when each of rejected failed

	blamed map[string]bool // project and test: those that failed each time after a fix

	benchDir, benchKey string // where fixes are composed, and which tree is there
}

// find fills accepted. It starts with everything at once. Where that fails, the risky fixes wait until the others are
// settled, and are tried one by one.
func (v *search) find(ctx context.Context, fixes []fettle.Fix) error {
	var safe, risky []fettle.Fix
	for _, f := range fixes {
		if isRisky(f) {
			risky = append(risky, f)
		} else {
			safe = append(safe, f)
		}
	}
	err := v.chunks(ctx, safe, risky)
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
			err = v.decide(ctx, []applied{a})
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
		return nil
	}
	return err
}

func (v *search) budget() string {
	b := v.set.Config.Budget
	return fmt.Sprintf("the budget of %d runs and %v is spent", b.runs(), b.time())
}

func (v *search) chunks(ctx context.Context, safe, risky []fettle.Fix) error {
	chunks := [][]fettle.Fix{safe}
	for _, f := range risky {
		chunks = append(chunks, []fettle.Fix{f})
	}
	if len(safe) == 0 {
		chunks = chunks[1:]
	}
	all := slices.Concat(chunks...)
	if len(all) == 0 {
		return nil
	}
	made, whole, err := v.composeAll(ctx, all)
	if err != nil {
		return err
	}
	if len(made) > 0 {
		if verdict, err := v.try(ctx, made); err != nil || verdict.Status == fettle.Passed {
			return err
		}
	}
	for i, chunk := range chunks {
		last := i == len(chunks)-1
		if err := v.solve(ctx, chunk, whole && last && len(v.accepted) == len(all)-len(chunk)); err != nil {
			return err
		}
	}
	return nil
}

// solve accepts as much of group as passes on top of accepted. bad says that all of group is known to fail there: where
// the left half of a failing group passes whole, the right half needs no run to be known bad.
func (v *search) solve(ctx context.Context, group []fettle.Fix, bad bool) error {
	made, whole, err := v.composeAll(ctx, group)
	if err != nil || len(made) == 0 {
		return err
	}
	if len(made) == 1 {
		return v.decide(ctx, made)
	}
	if !bad || !whole {
		if verdict, err := v.try(ctx, made); err != nil || verdict.Status == fettle.Passed {
			return err
		}
	}
	half := (len(made) + 1) / 2
	left, right := fixesOf(made[:half]), fixesOf(made[half:])
	before := len(v.accepted)
	if err := v.solve(ctx, left, false); err != nil {
		return err
	}
	return v.solve(ctx, right, len(v.accepted)-before == len(left))
}

// decide accepts or rejects a single fix.
func (v *search) decide(ctx context.Context, made []applied) error {
	verdict, err := v.try(ctx, made)
	if err != nil {
		return err
	}
	if verdict.Status == fettle.Passed {
		return nil
	}
	verdict.With = ids(v.accepted)
	v.log("%s fails: %s", made[0].fix.Title, verdict.Reason)
	v.trial.Verdicts[made[0].fix.ID] = verdict
	v.rejected = append(v.rejected, made[0])
	v.on = append(v.on, slices.Clone(v.accepted))
	return nil
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

// composeAll applies fixes in order on top of accepted. Those refused are put off; whole says that there was none.
func (v *search) composeAll(ctx context.Context, fixes []fettle.Fix) (made []applied, whole bool, err error) {
	t, whole := v.tip(), true
	for _, f := range fixes {
		a, err := v.compose(ctx, t, f)
		if _, ok := v.refused(f, err); ok {
			v.deferred = append(v.deferred, f)
			whole = false
			continue
		}
		if err != nil {
			return nil, false, err
		}
		made = append(made, a)
		t = a.after
	}
	return made, whole, nil
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
	run := v.set.tested[key]
	if run == nil {
		b := v.set.Config.Budget
		if v.runs >= b.runs() || v.set.Clock().Sub(v.start) >= b.time() {
			return verdict, errSpent
		}
		if run, err = v.execute(ctx, t, v.base); err != nil {
			return verdict, err
		}
		v.runs++
		v.set.tested[key] = run
	}
	return v.verdict(verdict, run), nil
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

// isRisky reports whether a fix is likelier to break something: a major jump, an override, a breaking step below 1.0.
func isRisky(f fettle.Fix) bool {
	return f.Major || f.Kind == fettle.Override || slices.ContainsFunc(f.Upgrades, func(u fettle.Upgrade) bool {
		return u.Kind == fettle.Override || strings.HasPrefix(u.Package.Version, "0.") && minor(u.Package.Version) != minor(u.To)
	})
}

// minor returns the part of a version before its second dot.
func minor(version string) string {
	parts := strings.SplitN(version, ".", 3)
	return strings.Join(parts[:min(len(parts), 2)], ".")
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
