package propose

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/osv"
	"github.com/fettle-dev/fettle/pkg/propose/manager"
)

// goal is a version that a package may move to.
type goal struct {
	manager.Release
	left int      // advisories that still affect it
	step distance // from the installed version
}

// goals lists the versions after p's that clear as many of its findings that matter as can be cleared and bring none, in
// rising order; without major only those of the same major version. Where no finding of t matters, all do. why says what
// was passed over for its age.
func (d *draft) goals(ctx context.Context, t target, p fettle.Package, major bool) (goals []goal, why string, err error) {
	served, err := d.releases(ctx, p)
	if err != nil {
		return nil, "", err
	}
	now, err := d.planner.affecting(p)
	if err != nil {
		return nil, "", err
	}
	matter := mattering(t, now)
	least := len(matter)
	barred := ""
	for _, r := range served {
		if r.Yanked != "" && barred == "" && r.Version != p.Version {
			barred = fmt.Sprintf("%s %s is not to be taken: %s", p.Name, r.Version, r.Yanked)
		}
		if r.Version == p.Version || r.Yanked != "" || r.Security || !major && breaking(p.Version, r.Version) || d.passed[at(p, r.Version)] {
			continue
		}
		then, err := d.planner.affecting(at(p, r.Version))
		if err != nil {
			return nil, "", err
		}
		if slices.ContainsFunc(then, func(id string) bool { return !slices.Contains(now, id) }) {
			continue
		}
		left := len(both(matter, then))
		if left < least {
			goals, least = nil, left
		}
		if left == least && left < len(matter) {
			goals = append(goals, goal{r, len(then), distanceOf(p.Version, r.Version)})
		}
	}
	if len(goals) == 0 {
		return nil, barred, nil
	}
	goals, why = d.aged(goals, t)
	goals = preferred(goals, func(g goal) bool { return g.Deprecated == "" })
	base := d.toolchain(served, p)
	goals = preferred(goals, func(g goal) bool {
		return base == "" || (g.Toolchain != "" || !g.Published.IsZero()) && !higher(base, g.Toolchain)
	})
	return goals, why, nil
}

// mattering returns those of now that matter to t, or all where t's findings are of no concern now, or where t is what holds
// the package.
func mattering(t target, now []string) []string {
	if matter := both(t.rules, now); len(matter) > 0 {
		return matter
	}
	return now
}

func both(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(id string) bool { return !slices.Contains(b, id) })
}

// preferred returns the goals that are good, or all where none is.
func preferred(goals []goal, good func(goal) bool) []goal {
	if kept := slices.DeleteFunc(slices.Clone(goals), func(g goal) bool { return !good(g) }); len(kept) > 0 {
		return kept
	}
	return goals
}

// aged leaves out versions younger than the cool-down, unless a finding is exploited.
func (d *draft) aged(goals []goal, t target) (kept []goal, why string) {
	wait := d.planner.Config.cooldown()
	if t.exploited || wait == 0 || d.planner.Clock == nil {
		return goals, ""
	}
	now := d.planner.Clock()
	for _, g := range goals {
		if age := now.Sub(g.Published); !g.Published.IsZero() && age < wait {
			if why == "" {
				why = fmt.Sprintf("%s %s was published on %s, less than %d days ago; it is proposed when it is older, or set propose.cooldown_days in fettle.yaml",
					t.name, g.Version, g.Published.Format(time.DateOnly), int(wait.Hours()/24))
			}
			continue
		}
		kept = append(kept, g)
	}
	return kept, why
}

// smallest returns the first of goals that every edge admits; or, of those that go no further in the sense of semantic
// versions, the first that leaves fewer findings.
func (d *draft) smallest(goals []goal, edges []fettle.Edge) (best goal, ok bool) {
	for _, g := range goals {
		if slices.ContainsFunc(edges, func(e fettle.Edge) bool { return !d.manager.Admits(e.Range, g.Version) }) {
			continue
		}
		if !ok || g.left < best.left && g.step <= best.step {
			best, ok = g, true
		}
	}
	return best, ok
}

// releases asks the manager; where there is nobody to ask, the versions that advisories call fixed stand in.
func (d *draft) releases(ctx context.Context, p fettle.Package) ([]manager.Release, error) {
	list, err := d.manager.Releases(ctx, d.project, p)
	if !errors.Is(err, manager.ErrNoTool) {
		return list, err
	}
	fixed, err := d.planner.fixed(p)
	if len(fixed) > 0 {
		d.untold[p.Name] = true
	}
	return fixed, err
}

// affecting returns the ids of the advisories that affect p. One that cannot be compared counts as affecting.
func (p *Planner) affecting(pkg fettle.Package) ([]string, error) {
	advisories, err := p.advised(pkg)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, a := range advisories {
		if in, err := a.Affects(pkg.Ecosystem, pkg.Name, pkg.Version); in || err != nil {
			ids = append(ids, a.ID)
		}
	}
	return ids, nil
}

func (p *Planner) advised(pkg fettle.Package) ([]osv.Advisory, error) {
	key := at(pkg, "")
	if have, ok := p.advisories[key]; ok {
		return have, nil
	}
	records, err := p.Database.Find(pkg.Ecosystem, pkg.Name)
	if err != nil {
		return nil, err
	}
	p.advisories[key] = osv.Fold(records, p.Database.Aliases)
	return p.advisories[key], nil
}

// fixed returns the versions after pkg's that advisories call fixed, in rising order.
func (p *Planner) fixed(pkg fettle.Package) ([]manager.Release, error) {
	advisories, err := p.advised(pkg)
	if err != nil {
		return nil, err
	}
	var list []manager.Release
	for _, a := range advisories {
		for _, version := range fixedVersions(a.Affected(pkg.Ecosystem, pkg.Name)) {
			order, err := osv.CompareVersions(pkg.Ecosystem, version, pkg.Version)
			if err == nil && order > 0 && !slices.ContainsFunc(list, func(r manager.Release) bool { return r.Version == version }) {
				list = append(list, manager.Release{Version: version})
			}
		}
	}
	slices.SortFunc(list, func(a, b manager.Release) int {
		order, _ := osv.CompareVersions(pkg.Ecosystem, a.Version, b.Version) // both have been compared before
		return order
	})
	return list, nil
}

func fixedVersions(affected []osv.AffectedPackage) []string {
	var versions []string
	for _, entry := range affected {
		for _, r := range entry.Ranges {
			for _, e := range r.Events {
				if e.Fixed != "" && r.Type != osv.Git {
					versions = append(versions, e.Fixed)
				}
			}
		}
	}
	return versions
}

// at returns p at another version.
func at(p fettle.Package, version string) fettle.Package {
	p.Version = version
	return p
}
