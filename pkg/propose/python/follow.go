package python

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/python"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// maxFollow bounds the packages that move for the sake of others.
const maxFollow = 100

// follow adds what must move along: a package that is pinned in a version which what moves does not admit goes to the
// smallest version that is admitted. notes say why each does.
func (t *Tools) follow(ctx context.Context, p fettle.Project, upgrades []fettle.Upgrade) (all []fettle.Upgrade, notes []string, err error) {
	all = slices.Clone(upgrades)
	for i := 0; i < len(all) && i < maxFollow; i++ {
		needs, known, err := t.needs(ctx, all[i].Package.Name, all[i].To)
		if err != nil {
			return nil, nil, err
		}
		if !known {
			notes = append(notes, fmt.Sprintf("the index does not say what %s %s needs", all[i].Package.Name, all[i].To))
		}
		for _, need := range needs {
			if need.Marker != "" { // for some machines only: pip decides
				continue
			}
			for _, node := range p.Nodes {
				if node.Name != need.Name || node.Version == "" || !comparable(node.Version) {
					continue
				}
				at := slices.IndexFunc(all, func(u fettle.Upgrade) bool { return u.Package == node.Package })
				if at >= 0 && python.Admits(need.Spec, all[at].To) || at < 0 && python.Admits(need.Spec, node.Version) {
					continue
				}
				to, ok, err := t.smallest(ctx, node, need.Spec)
				if err != nil {
					return nil, nil, err
				}
				if !ok || at >= 0 {
					return nil, nil, fmt.Errorf("%s %s asks for %s %s, which %s is not, and no version from there on is: %w",
						all[i].Package.Name, all[i].To, need.Name, need.Spec, node.Package, fettle.ErrRefused)
				}
				all = append(all, fettle.Upgrade{Package: node.Package, To: to, Kind: fettle.Direct, Keys: []string{node.Key}})
				notes = append(notes, fmt.Sprintf("%s moves to %s, since %s %s asks for %s", node.Package, to, all[i].Package.Name, all[i].To, need.Spec))
			}
		}
	}
	return all, notes, nil
}

// needs are what a version of a package asks for, without extras.
func (t *Tools) needs(ctx context.Context, name, version string) ([]python.Requirement, bool, error) {
	p, err := t.page(ctx, name)
	if err != nil {
		return nil, false, err
	}
	heads, err := t.metadata(ctx, p, []string{version})
	if err != nil {
		return nil, false, err
	}
	text, ok := heads[version]
	return needsOf(text, nil), ok, nil
}

// smallest is the lowest version from that of node on that spec admits and that may be taken.
func (t *Tools) smallest(ctx context.Context, node fettle.Node, spec string) (string, bool, error) {
	p, err := t.page(ctx, node.Name)
	if err != nil {
		return "", false, err
	}
	for _, version := range p.versions(node.Version) {
		if python.Admits(spec, version) && p.release(version, nil).Yanked == "" {
			return version, true, nil
		}
	}
	return "", false, nil
}

// clash is a pinned package that does not admit a version that another moves to.
type clash struct {
	holder, version string
	need            python.Requirement
}

// clashes finds out by the metadata of each package of a set who does not admit what moves. unknown are the packages that
// nothing is known of.
func (t *Tools) clashes(ctx context.Context, set map[string]string, upgrades []fettle.Upgrade) (list []clash, unknown []string, err error) {
	names := slices.Sorted(maps.Keys(set))
	if err := t.load(ctx, names...); err != nil {
		return nil, nil, err
	}
	if err := t.loadHeads(ctx, set); err != nil {
		return nil, nil, err
	}
	for _, name := range names {
		p := t.pages[name]
		if p.err != nil {
			unknown = append(unknown, name)
			continue
		}
		heads, err := t.metadata(ctx, p, []string{set[name]})
		if err != nil {
			return nil, nil, err
		}
		text, ok := heads[set[name]]
		if !ok {
			unknown = append(unknown, name)
		}
		for _, need := range needsOf(text, nil) {
			at := slices.IndexFunc(upgrades, func(u fettle.Upgrade) bool { return python.Normalize(u.Package.Name) == need.Name })
			if at >= 0 && need.Marker == "" && !python.Admits(need.Spec, upgrades[at].To) {
				list = append(list, clash{name, set[name], need})
			}
		}
	}
	return list, unknown, nil
}

// loadHeads takes in the metadata of all packages of a set at once.
func (t *Tools) loadHeads(ctx context.Context, set map[string]string) error {
	var urls []string
	for _, name := range slices.Sorted(maps.Keys(set)) {
		if f, ok := t.pages[name].wheel(set[name]); ok {
			if _, known := t.heads[f.url+".metadata"]; !known {
				urls = append(urls, f.url+".metadata")
			}
		}
	}
	if len(urls) == 0 {
		return nil
	}
	a, err := t.asked(ctx, question{Heads: urls, Advertised: true})
	if err != nil {
		return err
	}
	for _, u := range urls {
		t.heads[u] = a.Heads[u]
	}
	return nil
}

// check judges a set by metadata, where pip cannot resolve it.
func (t *Tools) check(ctx context.Context, set map[string]string, upgrades []fettle.Upgrade) (unknown []string, err error) {
	list, unknown, err := t.clashes(ctx, set, upgrades)
	if err != nil {
		return nil, err
	}
	var said []string
	for _, c := range list {
		said = append(said, fmt.Sprintf("%s %s asks for %s %s", c.holder, c.version, c.need.Name, c.need.Spec))
	}
	if len(said) > 0 {
		return nil, fmt.Errorf("the new versions do not suit what is pinned: %s: %w", strings.Join(said, "; "), fettle.ErrRefused)
	}
	return unknown, nil
}

// lift adds the smallest moves of pinned packages that do not admit what upgrades ask for, within their major version: a list
// of pins does not say who needs what, so the planner could not ask for them. ok is false where some holder does not let go.
func (t *Tools) lift(ctx context.Context, p fettle.Project, upgrades []fettle.Upgrade) (all []fettle.Upgrade, notes []string, ok bool, err error) {
	all = slices.Clone(upgrades)
	for range 4 {
		set := map[string]string{}
		for _, n := range p.Nodes {
			if comparable(n.Version) && nameForm.MatchString(n.Name) {
				set[n.Name] = n.Version
			}
		}
		for _, u := range all {
			set[python.Normalize(u.Package.Name)] = u.To
		}
		list, _, err := t.clashes(ctx, set, all)
		if err != nil {
			return nil, nil, false, err
		}
		if len(list) == 0 {
			return all, notes, len(all) > len(upgrades), nil
		}
		for _, c := range list {
			at := slices.IndexFunc(p.Nodes, func(n fettle.Node) bool { return n.Name == c.holder })
			if at < 0 || slices.ContainsFunc(all, func(u fettle.Upgrade) bool { return u.Package == p.Nodes[at].Package }) {
				return nil, nil, false, nil
			}
			to, found, err := t.letsGo(ctx, p.Nodes[at], c.need.Name, set[c.need.Name])
			if err != nil || !found {
				return nil, nil, false, err
			}
			all = append(all, fettle.Upgrade{Package: p.Nodes[at].Package, To: to, Kind: fettle.Direct, Keys: []string{p.Nodes[at].Key}})
			notes = append(notes, fmt.Sprintf("%s %s asks for %s %s, so it moves to %s", c.holder, c.version, c.need.Name, c.need.Spec, to))
		}
	}
	return nil, nil, false, nil
}

// letsGo is the smallest version of holder, of the same major version, that admits version of name.
func (t *Tools) letsGo(ctx context.Context, holder fettle.Node, name, version string) (string, bool, error) {
	p, err := t.page(ctx, holder.Name)
	if err != nil {
		return "", false, err
	}
	versions := p.versions(holder.Version)
	versions = slices.DeleteFunc(versions, func(v string) bool {
		return breaking(holder.Version, v) || order(v, holder.Version) == 0 || p.release(v, nil).Yanked != ""
	})
	heads, err := t.metadata(ctx, p, versions[:min(len(versions), maxHeads)])
	if err != nil {
		return "", false, err
	}
	for _, v := range versions {
		text, ok := heads[v]
		if !ok {
			continue
		}
		needs := needsOf(text, nil)
		if !slices.ContainsFunc(needs, func(n python.Requirement) bool {
			return n.Name == name && n.Marker == "" && !python.Admits(n.Spec, version)
		}) {
			return v, true, nil
		}
	}
	return "", false, nil
}
