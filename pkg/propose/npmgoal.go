package propose

import (
	"context"
	"slices"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/osv"
)

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
		if r.Version == version || !major && breaking(version, r.Version) || d.passed[fettle.Package{Ecosystem: p.Ecosystem, Name: name, Version: r.Version}] {
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

// smallest returns the first of goals that every edge admits.
func smallest(goals []release, edges []fettle.Edge) (release, bool) {
	for _, r := range goals {
		if !slices.ContainsFunc(edges, func(e fettle.Edge) bool { return !admits(e.Range, r.Version) }) {
			return r, true
		}
	}
	return release{}, false
}
