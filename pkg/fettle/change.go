package fettle

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// PackageChange says how one package of one lockfile differs from the base.
type PackageChange struct {
	Lockfile  string   `json:"lockfile"`
	Ecosystem string   `json:"ecosystem"`
	Name      string   `json:"name"`
	From      []string `json:"from,omitempty"` // versions in the base, sorted as text; empty: the change adds the package
	To        []string `json:"to,omitempty"`   // versions now; empty: the change removes it
}

// Compare returns what changed from one inventory to another, by lockfile and name. A package that has the same versions
// in both is left out, in however many copies it is installed.
func Compare(before, after Inventory) []PackageChange {
	type place struct{ lockfile, ecosystem, name string }
	changes := map[place]*PackageChange{}
	each := func(inventory Inventory, add func(*PackageChange, string)) {
		for _, p := range inventory.Projects {
			for _, n := range p.Nodes {
				at := place{p.Lockfile, n.Ecosystem, n.Name}
				if changes[at] == nil {
					changes[at] = &PackageChange{Lockfile: p.Lockfile, Ecosystem: n.Ecosystem, Name: n.Name}
				}
				add(changes[at], n.Version)
			}
		}
	}
	each(before, func(c *PackageChange, version string) { c.From = append(c.From, version) })
	each(after, func(c *PackageChange, version string) { c.To = append(c.To, version) })
	var list []PackageChange
	for c := range maps.Values(changes) {
		slices.Sort(c.From)
		slices.Sort(c.To)
		c.From, c.To = slices.Compact(c.From), slices.Compact(c.To)
		if !slices.Equal(c.From, c.To) {
			list = append(list, *c)
		}
	}
	slices.SortFunc(list, func(a, b PackageChange) int {
		return cmp.Or(strings.Compare(a.Lockfile, b.Lockfile), strings.Compare(a.Name, b.Name), strings.Compare(a.Ecosystem, b.Ecosystem))
	})
	return list
}
