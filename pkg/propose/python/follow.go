package python

import (
	"context"
	"fmt"
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

// check judges a set by the metadata of each package, where pip cannot resolve it: every version that moves must suit
// whoever needs it. unknown are the packages that nothing is known of.
func (t *Tools) check(ctx context.Context, set map[string]string, upgrades []fettle.Upgrade) (unknown []string, err error) {
	var names []string
	for name := range set {
		names = append(names, name)
	}
	slices.Sort(names)
	if err := t.load(ctx, names...); err != nil {
		return nil, err
	}
	var clashes []string
	for _, name := range names {
		p := t.pages[name]
		if p.err != nil {
			unknown = append(unknown, name)
			continue
		}
		heads, err := t.metadata(ctx, p, []string{set[name]})
		if err != nil {
			return nil, err
		}
		text, ok := heads[set[name]]
		if !ok {
			unknown = append(unknown, name)
		}
		for _, need := range needsOf(text, nil) {
			at := slices.IndexFunc(upgrades, func(u fettle.Upgrade) bool { return python.Normalize(u.Package.Name) == need.Name })
			if at >= 0 && need.Marker == "" && !python.Admits(need.Spec, upgrades[at].To) {
				clashes = append(clashes, fmt.Sprintf("%s %s asks for %s %s", name, set[name], need.Name, need.Spec))
			}
		}
	}
	if len(clashes) > 0 {
		return nil, fmt.Errorf("the new versions do not suit what is pinned: %s: %w", strings.Join(clashes, "; "), fettle.ErrRefused)
	}
	return unknown, nil
}
