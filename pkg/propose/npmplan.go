package propose

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/osv"
)

// maxRise is how many holders above a package may have to move for its sake.
const maxRise = 3

// plan is a way to move a target.
type plan struct {
	kind     fettle.FixKind
	upgrades []fettle.Upgrade
	notes    []string
}

// plans lists the ways to move t, the least intrusive first. With major, versions that may break their users are allowed.
// reason says why there is no plan, or which copies no plan reaches.
func (d *draft) plans(ctx context.Context, t target, major bool) (plans []plan, reason string, err error) {
	var ways [][]plan // for each copy
	longest := 0
	for _, node := range t.copies {
		alternatives, why, err := d.alternatives(ctx, node, major)
		if err != nil {
			return nil, "", err
		}
		if len(alternatives) == 0 {
			reason = why
			continue
		}
		ways = append(ways, alternatives)
		longest = max(longest, len(alternatives))
	}
	for i := range longest {
		var p plan
		for _, way := range ways {
			a := way[min(i, len(way)-1)]
			p.kind = bolder(p.kind, a.kind)
			p.notes = append(p.notes, a.notes...)
			for _, u := range a.upgrades {
				p.upgrades = addUpgrade(p.upgrades, u)
			}
		}
		plans = append(plans, p)
	}
	return plans, reason, nil
}

// alternatives lists the ways to move one installed copy, the least intrusive first. A new major version is taken where the
// ranges of the holders admit it, for they vouch for it; with major also where the project's own range or an override must
// say so.
func (d *draft) alternatives(ctx context.Context, node fettle.Node, major bool) (ways []plan, reason string, err error) {
	all, left, err := d.goals(ctx, node.Package, true)
	if err != nil {
		return nil, "", err
	}
	if len(all) == 0 {
		return nil, fmt.Sprintf("the registry serves no version of %s after %s that clears a finding and brings none", node.Name, node.Version), nil
	}
	own, ownLeft := all, left
	if !major {
		if own, ownLeft, err = d.goals(ctx, node.Package, false); err != nil {
			return nil, "", err
		}
	}
	roots, held := d.edges(node)
	notes := func(left int) []string {
		if left == 0 {
			return nil
		}
		return []string{fmt.Sprintf("%d of the findings of %s stay: no version within reach clears them", left, node.Package)}
	}
	up := fettle.Upgrade{Package: node.Package, Kind: fettle.LockOnly, Keys: []string{node.Key}}
	everyone := append(slices.Clone(roots), held...)
	if w, ok := smallest(all, everyone); ok {
		up.To = w.Version
		return []plan{{fettle.LockOnly, []fettle.Upgrade{up}, notes(left)}}, "", nil
	}
	if w, ok := smallest(own, held); ok && len(roots) > 0 && fromRegistry(roots[0].Range) {
		within, inside := smallest(own, everyone)
		direct := up
		direct.To, direct.Kind, direct.Range = w.Version, fettle.Direct, repin(roots[0].Range, w.Version)
		if inside {
			up.To = within.Version
			ways = append(ways, plan{fettle.LockOnly, []fettle.Upgrade{up}, notes(ownLeft)})
		} else {
			ways = append(ways, plan{fettle.Direct, []fettle.Upgrade{direct}, notes(ownLeft)})
		}
		return ways, "", nil
	}
	for i, goals := range [][]release{all, own} {
		if len(held) == 0 {
			break
		}
		raised, stuck, err := d.raise(ctx, node, goals, maxRise)
		if err != nil {
			return nil, "", err
		}
		if len(stuck) == 0 && len(raised) > 0 {
			ways = append(ways, plan{fettle.Holder, raised, notes([]int{left, ownLeft}[i])})
			continue
		}
		if i == 0 || len(stuck) == 0 || len(own) == 0 || slices.ContainsFunc(stuck, func(e fettle.Edge) bool { return !fromRegistry(e.Range) }) {
			continue
		}
		pinned := fettle.Upgrade{Package: node.Package, To: own[0].Version, Kind: fettle.Override, Keys: []string{node.Key}}
		for _, e := range stuck {
			pinned.Holders = union(pinned.Holders, []string{nameOfKey(e.Holder)})
		}
		ways = append(ways, plan{fettle.Override, append(raised, pinned), append(notes(ownLeft),
			fmt.Sprintf("%s asks for %s %s; the override goes beyond what it was written for", strings.Join(pinned.Holders, ", "), node.Name, stuck[0].Range))})
	}
	switch {
	case len(ways) > 0:
		return ways, "", nil
	case len(own) == 0 || len(held) == 0:
		return nil, fmt.Sprintf("%s is fixed in no version that keeps its major version", node.Package), nil
	}
	return nil, fmt.Sprintf("no version of what holds %s lets go of it", node.Package), nil
}

// goals lists the served versions after version that clear as many of its findings as can be cleared and bring none, in
// rising order; without major only those of the same major version. left is how many findings stay.
func (d *draft) goals(ctx context.Context, p fettle.Package, major bool) (goals []release, left int, err error) {
	name, version := p.Name, p.Version
	served, err := d.npm.client.releases(ctx, name, version)
	if err != nil {
		return nil, 0, err
	}
	now, err := d.npm.affecting(name, version)
	if err != nil {
		return nil, 0, err
	}
	left = len(now)
	for _, r := range served {
		if r.Version == version || !major && breaking(version, r.Version) {
			continue
		}
		then, err := d.npm.affecting(name, r.Version)
		if err != nil {
			return nil, 0, err
		}
		if slices.ContainsFunc(then, func(id string) bool { return !slices.Contains(now, id) }) {
			continue
		}
		if len(then) < left {
			goals, left = nil, len(then)
		}
		if len(then) == left && left < len(now) {
			goals = append(goals, r)
		}
	}
	if sound := slices.DeleteFunc(slices.Clone(goals), release.deprecated); len(sound) > 0 {
		goals = sound
	}
	return goals, left, nil
}

// affecting returns the ids of the advisories that affect a version. One that cannot be compared counts as affecting.
func (n *NPM) affecting(name, version string) ([]string, error) {
	advisories, ok := n.advisories[name]
	if !ok {
		records, err := n.Database.Find("npm", name)
		if err != nil {
			return nil, err
		}
		advisories = osv.Fold(records, n.Database.Aliases)
		n.advisories[name] = advisories
	}
	var ids []string
	for _, a := range advisories {
		if in, err := a.Affects("npm", name, version); in || err != nil {
			ids = append(ids, a.ID)
		}
	}
	return ids, nil
}

// edges returns who asks for node: the project itself, and other packages.
func (d *draft) edges(node fettle.Node) (roots, held []fettle.Edge) {
	for _, e := range node.Holders {
		if nodeOf(d.project, e.Holder) == nil {
			roots = append(roots, e)
		} else {
			held = append(held, e)
		}
	}
	return roots, held
}

// smallest returns the first of goals that every edge admits.
func smallest(goals []release, edges []fettle.Edge) (release, bool) {
	for _, r := range goals {
		if !slices.ContainsFunc(edges, func(e fettle.Edge) bool { return !admits(e.Range, r.Version) }) {
			return r, true
		}
	}
	return release{}, false
}

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
		if r.Version == holder.Version || breaking(holder.Version, r.Version) || r.deprecated() {
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

// addUpgrade adds u to list; of two moves of the same package the further one stays.
func addUpgrade(list []fettle.Upgrade, u fettle.Upgrade) []fettle.Upgrade {
	for i, have := range list {
		if have.Package != u.Package || (have.Kind == fettle.Override) != (u.Kind == fettle.Override) {
			continue
		}
		u.Holders = union(have.Holders, u.Holders)
		if order, err := osv.CompareVersions("npm", u.To, have.To); err == nil && order > 0 {
			u.Keys = union(have.Keys, u.Keys)
			list[i] = u
		} else {
			list[i].Keys, list[i].Holders = union(have.Keys, u.Keys), u.Holders
		}
		return list
	}
	return append(list, u)
}

func union(a, b []string) []string {
	all := append(slices.Clone(a), b...)
	slices.Sort(all)
	return slices.Compact(all)
}

// bolder returns the more intrusive of two levers.
func bolder(a, b fettle.FixKind) fettle.FixKind {
	order := []fettle.FixKind{"", fettle.LockOnly, fettle.Direct, fettle.Holder, fettle.Override}
	if slices.Index(order, a) > slices.Index(order, b) {
		return a
	}
	return b
}
