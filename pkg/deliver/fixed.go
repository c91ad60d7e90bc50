package deliver

import (
	"slices"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/osv"
)

// maxCandidates bounds the versions that are weighed against each other; an advisory may name any number.
const maxCandidates = 40

// fixedVersions returns what the advisory calls fixed, each once, in the order given.
func fixedVersions(c fettle.Case) []string {
	all := c.Finding.FixedVersions()
	if len(all) == 0 {
		for _, e := range c.Evidence {
			if e.Signal == fettle.FixedVersion && e.Status == fettle.Known {
				all = append(all, e.Text)
			}
		}
	}
	return unique(all)
}

// clearing returns, for each installed version of one package, the least version above it that none of the advisories of
// cases affects. Where there is no such version it returns what the advisories call fixed, three at most.
func clearing(cases []fettle.Case) []string {
	var candidates, from []string
	for _, c := range cases {
		candidates = append(candidates, fixedVersions(c)...)
		from = append(from, installed(c.Finding)...)
	}
	candidates, from = unique(candidates), unique(from)
	if len(candidates) <= 1 {
		return candidates
	}
	if len(candidates) > maxCandidates || len(from) > maxCandidates {
		return few(candidates, 3)
	}
	ecosystem := cases[0].Finding.Package.Ecosystem
	order := func(a, b string) int { return b2i(below(ecosystem, b, a)) - b2i(below(ecosystem, a, b)) }
	least := slices.Clone(candidates)
	slices.SortStableFunc(least, order)
	slices.SortStableFunc(from, order)
	var chosen []string
	for _, version := range from {
		i := slices.IndexFunc(least, func(to string) bool {
			return below(ecosystem, version, to) &&
				!slices.ContainsFunc(cases, func(c fettle.Case) bool { return affects(c.Finding, to) })
		})
		if i >= 0 {
			chosen = append(chosen, least[i])
		}
	}
	if len(chosen) == 0 {
		return few(candidates, 3)
	}
	return few(unique(chosen), 3)
}

// below reports whether a comes before b.
func below(ecosystem, a, b string) bool {
	return within(ecosystem, a, fettle.Affected{Introduced: "0", Fixed: b})
}

func affects(f fettle.Finding, version string) bool {
	return slices.ContainsFunc(f.Ranges, func(r fettle.Affected) bool { return within(f.Package.Ecosystem, version, r) })
}

// within reports whether version lies in r. What cannot be compared lies nowhere.
func within(ecosystem, version string, r fettle.Affected) bool {
	events := []osv.Event{{Introduced: r.Introduced}}
	if r.Introduced == "" {
		events[0].Introduced = "0"
	}
	if r.Fixed != "" {
		events = append(events, osv.Event{Fixed: r.Fixed})
	}
	if r.LastAffected != "" {
		events = append(events, osv.Event{LastAffected: r.LastAffected})
	}
	affected, err := osv.AffectedPackage{Ranges: []osv.Range{{Type: osv.Ecosystem, Events: events}}}.Affects(ecosystem, version)
	return err == nil && affected
}
