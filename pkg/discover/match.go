package discover

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/osv"
)

// database answers which advisories speak of a package.
type database interface {
	Find(ecosystem, name string) ([]osv.Record, error)
	Aliases(id string) []string
	Records(ecosystem string) int
}

// match returns one finding for each advisory and package of project, all affected copies in it. A version that an
// advisory cannot be compared with is a gap.
func match(db database, p fettle.Project) ([]fettle.Finding, []fettle.Gap, error) {
	byName := map[fettle.Package][]fettle.Node{} // without version
	var gaps []fettle.Gap
	unversioned := 0
	for _, node := range p.Nodes {
		if node.Version == "" {
			if unversioned++; unversioned <= project.MaxFaults {
				known, err := atLeast(db, node)
				if err != nil {
					return nil, nil, err
				}
				gaps = append(gaps, project.Gap(nodeFile(p, node), node.Location.Line, noVersion(node)+known))
			}
			continue
		}
		at := fettle.Package{Ecosystem: sought(node).Ecosystem, Name: sought(node).Name}
		byName[at] = append(byName[at], node)
	}
	if more := unversioned - project.MaxFaults; more > 0 {
		gaps = append(gaps, project.Gap(p.Lockfile, 0, fmt.Sprintf("and %d more packages without a version, which were not checked", more)))
	}
	var findings []fettle.Finding
	names := slices.SortedFunc(maps.Keys(byName), func(a, b fettle.Package) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.Ecosystem, b.Ecosystem))
	})
	for _, at := range names {
		nodes := byName[at]
		records, err := db.Find(at.Ecosystem, at.Name)
		if err != nil {
			return nil, nil, fmt.Errorf("look up %s: %w", at.Name, err)
		}
		for _, advisory := range osv.Fold(records, db.Aliases) {
			f, problems := finding(advisory, nodes, p)
			gaps = append(gaps, problems...)
			if len(f.Instances) == 0 {
				continue
			}
			if advisory, err = advisory.Describe(); err != nil {
				return nil, nil, fmt.Errorf("look up %s: %w", at.Name, err)
			}
			describe(&f, advisory)
			findings = append(findings, f)
		}
	}
	addPaths(p, findings)
	return findings, gaps, nil
}

func noVersion(n fettle.Node) string {
	why := cmp.Or(n.NoVersion, "it comes from a folder, an address or a commit")
	return fmt.Sprintf("%.100s has no version here (%.300s), so no advisory was compared with it", n.Name, why)
}

// atLeast says what is known of the lowest version that n may be. The installed one may be newer, so it is no finding.
func atLeast(db database, n fettle.Node) (string, error) {
	if n.AtLeast == "" {
		return "", nil
	}
	of := sought(n)
	records, err := db.Find(of.Ecosystem, of.Name)
	if err != nil {
		return "", fmt.Errorf("look up %s: %w", of.Name, err)
	}
	count := 0
	for _, advisory := range osv.Fold(records, db.Aliases) {
		if in, err := advisory.Affects(of.Ecosystem, of.Name, n.AtLeast); in && err == nil {
			count++
		}
	}
	switch count {
	case 0:
		return "", nil
	case 1:
		return fmt.Sprintf("; an advisory affects the lowest version that it may be, %.50s", n.AtLeast), nil
	}
	return fmt.Sprintf("; %d advisories affect the lowest version that it may be, %.50s", count, n.AtLeast), nil
}

// nodeFile is the file that holds n's entry.
func nodeFile(p fettle.Project, n fettle.Node) string { return cmp.Or(n.Location.Path, p.Lockfile) }

// sought is the package that advisories speak of.
func sought(n fettle.Node) fettle.Package {
	if n.Source != nil {
		return *n.Source
	}
	return n.Package
}

// finding is yet to be described, and has no instances where no node is affected.
func finding(a osv.Advisory, nodes []fettle.Node, p fettle.Project) (f fettle.Finding, gaps []fettle.Gap) {
	var lowest fettle.Package
	affected := map[string]bool{} // by version
	for _, node := range nodes {
		of := sought(node)
		in, known := affected[of.Version]
		if !known {
			var err error
			if in, err = a.Affects(of.Ecosystem, of.Name, of.Version); err != nil {
				gaps = append(gaps, project.Gap(nodeFile(p, node), node.Location.Line, fmt.Sprintf("%.200s cannot be compared with %s: %v", of, a.ID, err)))
			}
			affected[of.Version] = in
		}
		if !in {
			continue
		}
		if order, err := osv.CompareVersions(of.Ecosystem, of.Version, lowest.Version); lowest.Version == "" || err == nil && order < 0 {
			lowest = of
		}
		f.Instances = append(f.Instances, fettle.Instance{Version: node.Version, Key: node.Key, Direct: node.Direct,
			Scope: node.Scope, Depth: node.Depth, Location: node.Location})
		f.Direct = f.Direct || node.Direct
		if node.Scope.Wider(f.Scope) {
			f.Scope = node.Scope
		}
		if f.Manifest == nil {
			f.Manifest = node.Manifest
		}
	}
	if len(f.Instances) == 0 {
		return f, gaps
	}
	slices.SortStableFunc(f.Instances, func(a, b fettle.Instance) int { return a.Location.Line - b.Location.Line })
	f.ID = fettle.NewID("dependency", a.ID, lowest.Ecosystem, lowest.Name, p.Lockfile)
	f.Kind, f.Rule, f.Aliases = fettle.Dependency, a.ID, a.Aliases
	f.Package, f.Project, f.Location = lowest, p.Dir, f.Instances[0].Location
	return f, gaps
}

// describe carries over what the records say: the first of them that says a thing counts.
func describe(f *fettle.Finding, a osv.Advisory) {
	for _, r := range a.Records {
		if f.Title == "" {
			f.Title = strings.Join(strings.Fields(r.Summary), " ")
		}
		if f.Details == "" {
			f.Details = strings.TrimSpace(r.Details)
		}
		severities := slices.Clone(r.Severity)
		if r.Database.Severity != "" { // a word, where there is no vector
			severities = append(severities, osv.Severity{Type: "RATING", Score: r.Database.Severity})
		}
		for _, entry := range r.Entries(f.Package.Ecosystem, f.Package.Name) {
			severities = append(severities, entry.Severity...)
		}
		for _, s := range severities {
			given := fettle.Severity{Type: s.Type, Vector: s.Score, Source: "osv:" + r.ID}
			if !slices.ContainsFunc(f.Severity, func(have fettle.Severity) bool { return have.Type == s.Type && have.Vector == s.Score }) {
				f.Severity = append(f.Severity, given)
			}
		}
		for _, cwe := range r.Database.CWEs {
			if !slices.Contains(f.CWEs, cwe) {
				f.CWEs = append(f.CWEs, cwe)
			}
		}
		if !r.Published.IsZero() && (f.Published.IsZero() || r.Published.Before(f.Published)) {
			f.Published = r.Published
		}
		for _, entry := range r.Entries(f.Package.Ecosystem, f.Package.Name) {
			for _, s := range entry.Symbols() {
				addSymbols(f, fettle.Symbols{Path: s.Path, Names: s.Names})
			}
		}
		for _, ref := range r.References {
			if strings.HasPrefix(ref.URL, "https://") && !slices.Contains(f.Links, ref.URL) && len(f.Links) < 10 {
				f.Links = append(f.Links, ref.URL)
			}
		}
	}
	slices.Sort(f.CWEs)
	for _, entry := range a.Affected(f.Package.Ecosystem, f.Package.Name) {
		for _, r := range entry.Ranges {
			if r.Type == osv.Git {
				continue
			}
			for _, interval := range affected(r) {
				if !slices.Contains(f.Ranges, interval) { // two records often say the same
					f.Ranges = append(f.Ranges, interval)
				}
			}
		}
	}
	if f.Title == "" {
		f.Title = a.ID + " in " + f.Package.Name
	}
}

// addSymbols joins the names of one path. A record that names all of it outweighs those that name a part.
func addSymbols(f *fettle.Finding, s fettle.Symbols) {
	at := slices.IndexFunc(f.Symbols, func(have fettle.Symbols) bool { return have.Path == s.Path })
	switch {
	case at < 0:
		f.Symbols = append(f.Symbols, s)
	case len(s.Names) == 0:
		f.Symbols[at].Names = nil
	case len(f.Symbols[at].Names) > 0:
		names := append(f.Symbols[at].Names, s.Names...)
		slices.Sort(names)
		f.Symbols[at].Names = slices.Compact(names)
	}
}

// affected turns a range's events into intervals, each from an introduction to what ends it, in the order listed.
func affected(r osv.Range) []fettle.Affected {
	var list []fettle.Affected
	for _, e := range r.Events {
		if e.Introduced != "" {
			list = append(list, fettle.Affected{Introduced: e.Introduced})
			continue
		}
		if e.Fixed == "" && e.LastAffected == "" { // a limit
			continue
		}
		if len(list) == 0 || list[len(list)-1].Fixed != "" || list[len(list)-1].LastAffected != "" {
			list = append(list, fettle.Affected{})
		}
		last := &list[len(list)-1]
		last.Fixed, last.LastAffected = e.Fixed, e.LastAffected
	}
	return list
}

// addPaths fills in the ways from the root to each instance. Copies that share a key share the work.
func addPaths(p fettle.Project, findings []fettle.Finding) {
	w := newPathWalk(p)
	type answer struct {
		list  [][]string
		count int
	}
	known := map[string]answer{}
	for i := range findings {
		for j := range findings[i].Instances {
			in := &findings[i].Instances[j]
			a, ok := known[in.Key]
			if !ok {
				a.list, a.count = w.paths(in.Key)
				known[in.Key] = a
			}
			in.Paths, in.PathCount = a.list, a.count
		}
	}
}
