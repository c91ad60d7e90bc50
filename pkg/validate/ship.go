package validate

import (
	"context"
	"errors"
	"slices"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// ship writes the accepted set into the trial, tests what lies between its commits and looks for what made the rejected
// fixes fail.
func (v *search) ship(ctx context.Context) error {
	if len(v.accepted) == 0 {
		v.trial.Set = skipped("no fix passed")
	} else {
		set, err := v.judge(ctx, v.accepted)
		if err != nil {
			return err
		}
		v.trial.Set = set
		for _, a := range v.accepted {
			verdict := set
			verdict.With = slices.DeleteFunc(ids(v.accepted), func(id string) bool { return id == a.fix.ID })
			verdict.Resolved = slices.Sorted(slices.Values(a.fix.Resolves))
			if len(a.edits) == 0 {
				verdict.Reason = "the fixes before it make this change"
			}
			v.trial.Verdicts[a.fix.ID] = verdict
		}
		if err := v.steps(ctx); err != nil {
			return err
		}
	}
	for i, a := range v.rejected {
		err := v.explain(ctx, a, v.on[i])
		if errors.Is(err, errSpent) {
			break // the verdict stands without it
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// steps lists the commits of the set. With each_commit, the tree after each of them is tested too, unless no test and no
// build could tell anything there.
func (v *search) steps(ctx context.Context) error {
	for i, a := range v.accepted {
		if len(a.edits) == 0 {
			continue
		}
		step := fettle.Step{Fix: a.fix.ID, Edits: a.edits, Moves: a.moves, Tested: a.after.key == v.tip().key}
		if !step.Tested && v.set.Config.eachCommit() && v.base.tells() {
			v.log("the first %d of %d fixes", i+1, len(v.accepted))
			verdict, err := v.judge(ctx, v.accepted[:i+1])
			if err != nil && !errors.Is(err, errSpent) {
				return err
			}
			step.Tested = err == nil && verdict.Status == fettle.Passed
		}
		v.trial.Shipped = append(v.trial.Shipped, step)
	}
	return nil
}

// explain tries a rejected fix alone. Where it passes, one of the fixes below it in the tree does not go with it: that
// one is found by bisection and confirmed as a pair.
func (v *search) explain(ctx context.Context, a applied, below []applied) error {
	if len(below) == 0 {
		return nil
	}
	alone, _, err := v.onTop(ctx, nil, a.fix)
	if err != nil {
		return err
	}
	id := a.fix.ID
	if alone.Status == fettle.Failed {
		v.trial.Verdicts[id] = alone
		return nil
	}
	fits, clashes := 0, len(below) // a passes on the first fits of below, and not on the first clashes
	for clashes-fits > 1 {
		half := (fits + clashes) / 2
		verdict, ok, err := v.onTop(ctx, below[:half], a.fix)
		if err != nil {
			return err
		}
		if ok && verdict.Status == fettle.Passed {
			fits = half
		} else {
			clashes = half
		}
	}
	partner := below[clashes-1]
	why := "it passes alone and fails together with " + partner.fix.ID
	if clashes > 1 {
		if pair, ok, err := v.pair(ctx, partner.fix, a.fix); err != nil {
			return err
		} else if !ok || pair.Status == fettle.Passed {
			why += " on top of fixes before that"
		}
	}
	verdict := v.trial.Verdicts[id]
	verdict.Reason += "; " + why
	v.trial.Verdicts[id] = verdict
	return nil
}

// onTop judges f on top of below; not ok says that f cannot be applied there.
func (v *search) onTop(ctx context.Context, below []applied, f fettle.Fix) (fettle.Verdict, bool, error) {
	t := v.snap.tree()
	if n := len(below); n > 0 {
		t = below[n-1].after
	}
	a, err := v.compose(ctx, t, f)
	if refusal, ok := v.refused(f, err); ok {
		return refusal, false, nil
	}
	if err != nil {
		return fettle.Verdict{}, false, err
	}
	v.log("trying on top of %d: %s", len(below), f.Title)
	verdict, err := v.judge(ctx, append(slices.Clone(below), a))
	return verdict, true, err
}

// pair judges two fixes and nothing else.
func (v *search) pair(ctx context.Context, first, second fettle.Fix) (fettle.Verdict, bool, error) {
	a, err := v.compose(ctx, v.snap.tree(), first)
	if refusal, ok := v.refused(first, err); ok {
		return refusal, false, nil
	}
	if err != nil {
		return fettle.Verdict{}, false, err
	}
	return v.onTop(ctx, []applied{a}, second)
}
