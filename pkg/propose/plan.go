package propose

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/osv"
	"github.com/fettle-dev/fettle/pkg/propose/manager"
)

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
		alternatives, why, err := d.alternatives(ctx, t, node, major)
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
func (d *draft) alternatives(ctx context.Context, t target, node fettle.Node, major bool) (ways []plan, reason string, err error) {
	all, young, err := d.goals(ctx, t, node.Package, true)
	if err != nil {
		return nil, "", err
	}
	if len(all) == 0 {
		return nil, cmp.Or(young, fmt.Sprintf("the registry serves no version of %s after %s that clears a finding and brings none", node.Name, node.Version)), nil
	}
	own := all
	if !major {
		if own, young, err = d.goals(ctx, t, node.Package, false); err != nil {
			return nil, "", err
		}
	}
	roots, held := d.edges(ctx, node)
	if d.traits.RootWins && len(roots) > 0 {
		held = nil
	}
	notes := func(left int) []string {
		if left == 0 {
			return nil
		}
		return []string{fmt.Sprintf("%d of the findings of %s stay: no version within reach clears them", left, node.Package)}
	}
	up := fettle.Upgrade{Package: node.Package, Kind: fettle.LockOnly, Keys: []string{node.Key}}
	direct := func(w goal) plan {
		up.To, up.Kind, up.Range = w.Version, fettle.Direct, d.manager.Repin(roots[0].Range, w.Version)
		return plan{fettle.Direct, []fettle.Upgrade{up}, notes(w.left)}
	}
	if d.traits.Locks {
		goals := all
		if d.traits.Declares && len(roots) > 0 {
			goals = own // no holder vouches for a version that the manifest itself names
		}
		if w, ok := d.smallest(goals, append(slices.Clone(roots), held...)); ok {
			if d.traits.Declares && len(roots) > 0 {
				return []plan{direct(w)}, "", nil
			}
			up.To = w.Version
			return []plan{{fettle.LockOnly, []fettle.Upgrade{up}, notes(w.left)}}, "", nil
		}
	}
	if w, ok := d.smallest(own, held); ok && len(roots) > 0 && d.manager.Served(roots[0].Range) {
		if within, ok := d.smallest(own, append(slices.Clone(roots), held...)); ok && d.traits.Locks {
			up.To = within.Version
			return []plan{{fettle.LockOnly, []fettle.Upgrade{up}, notes(within.left)}}, "", nil
		}
		return []plan{direct(w)}, "", nil
	}
	if d.traits.RootWins && d.traits.Pins && len(roots) == 0 && node.Pin != nil && len(own) > 0 { // the repository manages it already
		pinned := fettle.Upgrade{Package: node.Package, To: own[0].Version, Kind: fettle.Override, Keys: []string{node.Key}}
		ways = append(ways, plan{fettle.Override, []fettle.Upgrade{pinned}, notes(own[0].left)})
	}
	for i, goals := range [][]goal{all, own} {
		if len(held) == 0 {
			break
		}
		raised, stuck, err := d.raise(ctx, t, node, goals, maxRise)
		if err != nil {
			return nil, "", err
		}
		if len(stuck) == 0 && len(raised) > 0 {
			ways = append(ways, plan{fettle.Holder, raised, notes(least(goals))})
			continue
		}
		if i == 0 || len(stuck) == 0 || len(own) == 0 || !d.traits.Pins || slices.ContainsFunc(stuck, func(e fettle.Edge) bool { return !d.manager.Served(e.Range) }) {
			continue
		}
		pinned := fettle.Upgrade{Package: node.Package, To: own[0].Version, Kind: fettle.Override, Keys: []string{node.Key}}
		var names []string
		for _, e := range stuck {
			names = union(names, []string{manager.NameAt(d.project, e.Holder)})
		}
		if d.traits.Below {
			pinned.Holders = names
		}
		ways = append(ways, plan{fettle.Override, append(raised, pinned), append(notes(own[0].left),
			fmt.Sprintf("%s asks for %s %s; the override goes beyond what it was written for", strings.Join(names, ", "), node.Name, stuck[0].Range))})
	}
	switch {
	case len(ways) > 0:
		return ways, "", nil
	case len(own) == 0 || len(held) == 0:
		return nil, cmp.Or(young, fmt.Sprintf("%s is fixed in no version that keeps its major version", node.Package)), nil
	}
	return nil, fmt.Sprintf("no version of what holds %s lets go of it", node.Package), nil
}

// least returns how many advisories the smallest of goals leaves.
func least(goals []goal) int {
	if len(goals) == 0 {
		return 0
	}
	return goals[0].left
}

// edges returns who asks for node: the project itself, and other packages. What a lockfile does not say of the range, the
// holder's own release does.
func (d *draft) edges(ctx context.Context, node fettle.Node) (roots, held []fettle.Edge) {
	for _, e := range node.Holders {
		holder := manager.NodeOf(d.project, e.Holder)
		if holder == nil {
			roots = append(roots, e)
			continue
		}
		if e.Range == "" && d.traits.Locks {
			served, err := d.releases(ctx, holder.Package)
			at := slices.IndexFunc(served, func(r manager.Release) bool { return r.Version == holder.Version && r.NeedsKnown })
			if err == nil && at >= 0 {
				e.Range, _ = served[at].Need(node.Name)
			}
		}
		held = append(held, e)
	}
	return roots, held
}

// addUpgrade adds u to list; of two moves of the same package the further one stays.
func addUpgrade(list []fettle.Upgrade, u fettle.Upgrade) []fettle.Upgrade {
	for i, have := range list {
		if have.Package != u.Package || (have.Kind == fettle.Override) != (u.Kind == fettle.Override) {
			continue
		}
		u.Holders = union(have.Holders, u.Holders)
		if order, err := osv.CompareVersions(u.Package.Ecosystem, u.To, have.To); err == nil && order > 0 {
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
