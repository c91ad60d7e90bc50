package propose

import (
	"context"
	"slices"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// maxRise is how many holders above a package may have to move for its sake.
const maxRise = 3

// raise finds the smallest moves of what holds node, so that one of goals is admitted, and node's own move after them.
// stuck are the holders that do not let go.
func (d *draft) raise(ctx context.Context, node fettle.Node, goals []release, depth int) (upgrades []fettle.Upgrade, stuck []fettle.Edge, err error) {
	roots, held := d.edges(node)
	if depth == 0 || len(goals) == 0 {
		return nil, held, nil
	}
	specs := slices.Clone(roots)
	for _, e := range held {
		if _, ok := smallest(goals, []fettle.Edge{e}); ok {
			specs = append(specs, e)
			continue
		}
		moved, spec, ok, err := d.lift(ctx, *nodeOf(d.project, e.Holder), node.Name, goals, depth)
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
	if w, ok := smallest(goals, specs); ok && len(specs) > 0 {
		own.To = w.Version
		upgrades = append(upgrades, own)
	} else if w, ok := smallest(sameMajor(goals, node.Version), specs[len(roots):]); ok && len(roots) > 0 && fromRegistry(roots[0].Range) {
		own.To, own.Kind, own.Range = w.Version, fettle.Direct, repin(roots[0].Range, w.Version)
		upgrades = append(upgrades, own)
	}
	return upgrades, stuck, nil
}

// sameMajor returns the goals that the project's own range may be moved to without its say.
func sameMajor(goals []release, version string) []release {
	return slices.DeleteFunc(slices.Clone(goals), func(r release) bool { return breaking(version, r.Version) })
}

// lift finds the smallest version of holder that admits one of goals, or needs the package no more, and what must move for
// holder to get there. spec is its new range for the package.
func (d *draft) lift(ctx context.Context, holder fettle.Node, name string, goals []release, depth int) (ups []fettle.Upgrade, spec string, ok bool, err error) {
	served, err := d.npm.client.releases(ctx, holder.Name, holder.Version)
	if err != nil {
		return nil, "", false, err
	}
	now, err := d.npm.affecting(holder.Name, holder.Version)
	if err != nil {
		return nil, "", false, err
	}
	var fitting []release
	for _, r := range served {
		to := fettle.Package{Ecosystem: holder.Ecosystem, Name: holder.Name, Version: r.Version}
		if r.Version == holder.Version || breaking(holder.Version, r.Version) || r.deprecated() || d.passed[to] {
			continue
		}
		if asks, needs := r.needs(name); needs {
			if _, fits := smallest(goals, []fettle.Edge{{Range: asks}}); !fits {
				continue
			}
		}
		then, err := d.npm.affecting(holder.Name, r.Version)
		if err != nil {
			return nil, "", false, err
		}
		if !slices.ContainsFunc(then, func(id string) bool { return !slices.Contains(now, id) }) {
			fitting = append(fitting, r)
		}
	}
	if len(fitting) == 0 {
		return nil, "", false, nil
	}
	roots, held := d.edges(holder)
	up := fettle.Upgrade{Package: holder.Package, Kind: fettle.LockOnly, Keys: []string{holder.Key}}
	if r, ok := smallest(fitting, append(slices.Clone(roots), held...)); ok {
		up.To = r.Version
		spec, _ = r.needs(name)
		return []fettle.Upgrade{up}, spec, true, nil
	}
	if r, ok := smallest(fitting, held); ok && len(roots) > 0 && fromRegistry(roots[0].Range) {
		up.To, up.Kind, up.Range = r.Version, fettle.Direct, repin(roots[0].Range, r.Version)
		spec, _ = r.needs(name)
		return []fettle.Upgrade{up}, spec, true, nil
	}
	ups, stuck, err := d.raise(ctx, holder, fitting, depth-1)
	if err != nil || len(stuck) > 0 || len(ups) == 0 {
		return nil, "", false, err
	}
	spec, _ = fitting[0].needs(name)
	return ups, spec, true, nil
}
