package propose

import (
	"context"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// cost says what f moves and leaves.
func (d *draft) cost(f fettle.Fix) fettle.Cost {
	c := fettle.Cost{Moves: len(f.Moves), New: len(f.Introduces)}
	step := patchStep
	var names []string
	for _, u := range f.Upgrades {
		step = max(step, distanceOf(u.Package.Version, u.To))
	}
	c.Distance = step.String()
	for _, e := range f.Edits {
		names = append(names, e.Path)
		c.Lines += strings.Count(e.Old, "\n") + strings.Count(e.New, "\n")
	}
	slices.Sort(names)
	c.Files = len(slices.Compact(names))
	for _, finding := range d.before {
		moved := slices.ContainsFunc(f.Upgrades, func(u fettle.Upgrade) bool { return u.Package.Name == finding.Package.Name })
		if moved && !slices.Contains(f.Resolves, finding.ID) {
			c.Left++
		}
	}
	return c
}

// others derives other ways than f to clear what matters of t, so that a person may choose: bolder levers, and the newest
// version that the same lever reaches. The cheapest comes first.
func (d *draft) others(ctx context.Context, t target, f fettle.Fix, chosen plan, rest []plan) ([]fettle.Alternative, error) {
	most := d.planner.Config.alternatives()
	if len(t.rules) == 0 || most == 0 {
		return nil, nil
	}
	plans := slices.Clone(rest)
	if newest, ok, err := d.newest(ctx, t, chosen); err != nil {
		return nil, err
	} else if ok {
		plans = append(plans, newest)
	}
	var list []fettle.Alternative
	for _, p := range plans[:min(most, len(plans))] {
		other, why, err := d.try(ctx, p)
		if err != nil {
			return nil, err
		}
		if len(other.Moves) == 0 || slices.EqualFunc(other.Upgrades, f.Upgrades, func(a, b fettle.Upgrade) bool { return a.Package == b.Package && a.To == b.To }) {
			continue
		}
		if why == "" {
			why = dearer(f.Cost, other.Cost)
		}
		list = append(list, fettle.Alternative{Title: title(other), Kind: other.Kind, Upgrades: other.Upgrades, Cost: other.Cost, Why: why})
	}
	slices.SortStableFunc(list, func(a, b fettle.Alternative) int { return compareCosts(a.Cost, b.Cost) })
	return list, nil
}

// newest returns chosen with its own package at the newest version that keeps the major version.
func (d *draft) newest(ctx context.Context, t target, chosen plan) (plan, bool, error) {
	at := slices.IndexFunc(chosen.upgrades, func(u fettle.Upgrade) bool { return u.Package.Name == t.name })
	if at < 0 {
		return plan{}, false, nil
	}
	u := chosen.upgrades[at]
	goals, _, err := d.goals(ctx, t, u.Package, false)
	if err != nil || len(goals) == 0 || goals[len(goals)-1].Version == u.To {
		return plan{}, false, err
	}
	p := plan{kind: chosen.kind, upgrades: slices.Clone(chosen.upgrades)}
	u.To = goals[len(goals)-1].Version
	if u.Range != "" {
		u.Range = d.manager.Repin(u.Range, u.To)
	}
	p.upgrades[at] = u
	return p, true, nil
}

// compareCosts orders by what a reviewer weighs first: findings brought and left, then distance, packages moved and lines.
func compareCosts(a, b fettle.Cost) int {
	steps := []string{patchStep.String(), minorStep.String(), majorStep.String(), unknownStep.String()}
	for _, d := range []int{a.New - b.New, a.Left - b.Left, slices.Index(steps, a.Distance) - slices.Index(steps, b.Distance), a.Moves - b.Moves, a.Files - b.Files, a.Lines - b.Lines} {
		if d != 0 {
			return d
		}
	}
	return 0
}

// dearer says what other costs beyond chosen.
func dearer(chosen, other fettle.Cost) string {
	switch {
	case other.Left > chosen.Left:
		return "it leaves more findings"
	case other.Moves > chosen.Moves:
		return "it moves more packages"
	case other.Distance != chosen.Distance:
		return "its versions lie further apart"
	case other.Files > chosen.Files:
		return "it touches more files"
	}
	return "it goes further than needed"
}
