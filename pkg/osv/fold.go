package osv

import (
	"cmp"
	"errors"
	"slices"
	"strings"
)

// Advisory is one vulnerability: all records that speak of it under one name or another.
type Advisory struct {
	ID      string   // the CVE where there is one, else the GHSA id, else the smallest
	Aliases []string // all other ids, sorted
	Records []Record // sorted by id, then source
}

// Fold groups records that name the same vulnerability and leaves out those withdrawn. Records belong together where one
// names the other or both share an alias, directly or by way of aliases, which returns all other names of an id and may
// be nil.
func Fold(records []Record, aliases func(id string) []string) []Advisory {
	names := newUnion()
	told := map[string]bool{} // ids whose aliases are known already, as an answer names all of a group
	var kept []Record
	for _, r := range records {
		if !r.Withdrawn.IsZero() {
			continue
		}
		kept = append(kept, r)
		names.add(r.ID)
		for _, alias := range r.Aliases {
			names.join(r.ID, alias)
		}
		if r.rest != nil && r.rest.folded {
			for _, other := range r.rest.others {
				names.join(r.ID, other)
				told[other] = true
			}
			for _, alias := range r.Aliases {
				told[alias] = true
			}
			told[r.ID] = true
		}
	}
	if aliases != nil {
		for _, id := range slices.Clone(names.ids) {
			if told[id] {
				continue
			}
			for _, alias := range aliases(id) {
				names.join(id, alias)
				told[alias] = true
			}
		}
	}
	byRoot := map[int]*Advisory{}
	for _, r := range kept {
		root := names.find(r.ID)
		if byRoot[root] == nil {
			byRoot[root] = &Advisory{}
		}
		byRoot[root].Records = append(byRoot[root].Records, r)
	}
	for _, id := range names.ids {
		a := byRoot[names.find(id)]
		a.Aliases = append(a.Aliases, id)
	}
	var all []Advisory
	for _, a := range byRoot {
		a.name()
		all = append(all, *a)
	}
	slices.SortFunc(all, func(a, b Advisory) int { return strings.Compare(a.ID, b.ID) })
	return all
}

// name picks the ID out of the aliases and sorts the rest. Ids that the records give themselves go before those that
// only the alias table knows.
func (a *Advisory) name() {
	slices.SortStableFunc(a.Records, func(x, y Record) int {
		return cmp.Or(strings.Compare(x.ID, y.ID), strings.Compare(x.Source, y.Source), y.Modified.Compare(x.Modified))
	})
	own := map[string]bool{}
	for _, r := range a.Records {
		own[r.ID] = true
		for _, alias := range r.Aliases {
			own[alias] = true
		}
	}
	a.ID = slices.MinFunc(a.Aliases, func(x, y string) int {
		return cmp.Or(kindOfID(x)-kindOfID(y), rank(own[x])-rank(own[y]), strings.Compare(x, y))
	})
	slices.Sort(a.Aliases)
	a.Aliases = slices.DeleteFunc(a.Aliases, func(id string) bool { return id == a.ID })
}

func kindOfID(id string) int {
	switch {
	case strings.HasPrefix(id, "CVE-"):
		return 0
	case strings.HasPrefix(id, "GHSA-"):
		return 1
	}
	return 2
}

func rank(first bool) int {
	if first {
		return 0
	}
	return 1
}

// Affected returns the entries about the package that should be believed. Where a record lost the upper bound of a range
// and another record of the same vulnerability covers the package without such a loss, only the latter counts.
func (a Advisory) Affected(ecosystem, name string) []AffectedPackage {
	var whole, lossy []AffectedPackage
	for _, r := range a.Records {
		entries := r.Entries(ecosystem, name)
		if slices.ContainsFunc(entries, AffectedPackage.lossy) {
			lossy = append(lossy, entries...)
		} else if slices.ContainsFunc(entries, AffectedPackage.decides) {
			whole = append(whole, entries...)
		} else {
			lossy = append(lossy, entries...)
		}
	}
	if len(whole) > 0 {
		return whole
	}
	return lossy
}

// Affects reports whether any record of the advisory affects the version. A yes outweighs entries that cannot be
// decided; without one, the first of these is the error.
func (a Advisory) Affects(ecosystem, name, version string) (bool, error) {
	return anyAffects(a.Affected(ecosystem, name), ecosystem, version)
}

// Entries returns what r says of one package.
func (r Record) Entries(ecosystem, name string) []AffectedPackage {
	var entries []AffectedPackage
	for _, a := range r.Affected {
		if a.Names(ecosystem, name) {
			entries = append(entries, a)
		}
	}
	return entries
}

// Affects reports whether r affects a version of a package.
func (r Record) Affects(ecosystem, name, version string) (bool, error) {
	return anyAffects(r.Entries(ecosystem, name), ecosystem, version)
}

func anyAffects(entries []AffectedPackage, ecosystem, version string) (bool, error) {
	var failed error
	decided := slices.ContainsFunc(entries, AffectedPackage.decides)
	for _, a := range entries {
		in, err := a.Affects(ecosystem, version)
		if in {
			return true, nil
		}
		if errors.Is(err, ErrUndecided) && decided {
			continue // commits of a package whose versions another entry gives
		}
		if err != nil && failed == nil {
			failed = err
		}
	}
	return false, failed
}

// decides reports whether a says anything of versions.
func (a AffectedPackage) decides() bool {
	return len(a.Versions) > 0 || slices.ContainsFunc(a.Ranges, func(r Range) bool { return r.Type != Git })
}

func (a AffectedPackage) lossy() bool { return slices.ContainsFunc(a.Ranges, Range.UpperBoundUnknown) }
