package propose

import (
	"context"
	"slices"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/propose/manager"
)

// maxRise is how many holders above a package may have to move for its sake.
const maxRise = 3

// raise finds the smallest moves of what holds node, so that one of goals is admitted, and node's own move after them.
// stuck are the holders that do not let go.
func (d *draft) raise(ctx context.Context, t target, node fettle.Node, goals []goal, depth int) (upgrades []fettle.Upgrade, stuck []fettle.Edge, err error) {
	roots, held := d.edges(ctx, node)
	if depth == 0 || len(goals) == 0 {
		return nil, held, nil
	}
	specs := slices.Clone(roots)
	for _, e := range held {
		if _, ok := d.smallest(goals, []fettle.Edge{e}); ok {
			specs = append(specs, e)
			continue
		}
		moved, spec, ok, err := d.lift(ctx, t, *manager.NodeOf(d.project, e.Holder), node.Name, goals, depth)
		if err != nil {
			return nil, nil, err
		}
		if !ok {
			stuck = append(stuck, e)
			continue
		}
		for _, u := range moved {
			upgrades = addUpgrade(upgrades, u)
		}
		if spec != "" {
			specs = append(specs, fettle.Edge{Holder: e.Holder, Range: spec})
		}
	}
	own := fettle.Upgrade{Package: node.Package, Kind: fettle.LockOnly, Keys: []string{node.Key}}
	if w, ok := d.smallest(goals, specs); ok && len(specs) > 0 {
		if own.To = w.Version; d.traits.Locks {
			upgrades = append(upgrades, own)
		} // else it follows its holder
	} else if w, ok := d.smallest(sameMajor(goals), specs[len(roots):]); ok && len(roots) > 0 && d.manager.Served(roots[0].Range) {
		own.To, own.Kind, own.Range = w.Version, fettle.Direct, d.manager.Repin(roots[0].Range, w.Version)
		upgrades = append(upgrades, own)
	}
	return upgrades, stuck, nil
}

// sameMajor returns the goals that the project's own range may be moved to without its say.
func sameMajor(goals []goal) []goal {
	return slices.DeleteFunc(slices.Clone(goals), func(g goal) bool { return g.step >= majorStep })
}

// lift finds the smallest version of holder that admits one of goals, or needs the package no more, and what must move for
// holder to get there. spec is its new range for the package.
func (d *draft) lift(ctx context.Context, t target, holder fettle.Node, name string, goals []goal, depth int) (ups []fettle.Upgrade, spec string, ok bool, err error) {
	served, err := d.releases(ctx, holder.Package)
	if err != nil {
		return nil, "", false, err
	}
	now, err := d.planner.affecting(holder.Package)
	if err != nil {
		return nil, "", false, err
	}
	var fitting []goal
	for _, r := range served {
		to := at(holder.Package, r.Version)
		if r.Version == holder.Version || breaking(holder.Version, r.Version) || r.Deprecated != "" || r.Yanked != "" || !r.NeedsKnown || d.passed[to] {
			continue
		}
		if asks, needs := r.Need(name); needs {
			if _, fits := d.smallest(goals, []fettle.Edge{{Range: asks}}); !fits {
				continue
			}
		}
		then, err := d.planner.affecting(to)
		if err != nil {
			return nil, "", false, err
		}
		if !slices.ContainsFunc(then, func(id string) bool { return !slices.Contains(now, id) }) {
			fitting = append(fitting, goal{r, len(then), distanceOf(holder.Version, r.Version)})
		}
	}
	fitting, _ = d.aged(fitting, t)
	if len(fitting) == 0 {
		return nil, "", false, nil
	}
	roots, held := d.edges(ctx, holder)
	up := fettle.Upgrade{Package: holder.Package, Kind: fettle.LockOnly, Keys: []string{holder.Key}}
	if d.traits.RootWins && len(roots) > 0 {
		held = nil
	}
	if r, ok := d.smallest(fitting, append(slices.Clone(roots), held...)); ok && d.traits.Locks {
		up.To = r.Version
		spec, _ = r.Need(name)
		return []fettle.Upgrade{up}, spec, true, nil
	}
	if r, ok := d.smallest(fitting, held); ok && len(roots) > 0 && d.manager.Served(roots[0].Range) {
		up.To, up.Kind, up.Range = r.Version, fettle.Direct, d.manager.Repin(roots[0].Range, r.Version)
		spec, _ = r.Need(name)
		return []fettle.Upgrade{up}, spec, true, nil
	}
	ups, stuck, err := d.raise(ctx, t, holder, fitting, depth-1)
	if err != nil || len(stuck) > 0 || len(ups) == 0 {
		return nil, "", false, err
	}
	spec, _ = fitting[0].Need(name)
	return ups, spec, true, nil
}
