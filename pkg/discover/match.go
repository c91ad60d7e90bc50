package discover

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/osv"
)

// database answers which advisories speak of a package.
type database interface {
	Find(ecosystem, name string) ([]osv.Record, error)
	Aliases(id string) []string
}

// match returns one finding for each advisory and package of project, all affected copies in it. A version that an
// advisory cannot be compared with is a gap.
func match(db database, project fettle.Project) ([]fettle.Finding, []fettle.Gap, error) {
	byName := map[string][]fettle.Node{}
	var gaps []fettle.Gap
	for _, node := range project.Nodes {
		if node.Version == "" {
			gaps = append(gaps, gap(project.Lockfile, node.Location.Line,
				fmt.Sprintf("%.100s has no version here, as it comes from a folder, an address or a commit, so no advisory was compared with it", node.Name)))
			continue
		}
		byName[node.Name] = append(byName[node.Name], node)
	}
	var findings []fettle.Finding
	for _, name := range sortedKeys(byName) {
		nodes := byName[name]
		records, err := db.Find(nodes[0].Ecosystem, name)
		if err != nil {
			return nil, nil, fmt.Errorf("look up %s: %w", name, err)
		}
		for _, advisory := range osv.Fold(records, db.Aliases) {
			f, problems := finding(advisory, nodes, project)
			gaps = append(gaps, problems...)
			if len(f.Instances) > 0 {
				findings = append(findings, f)
			}
		}
	}
	addPaths(project, findings)
	return findings, gaps, nil
}

// finding has no instances where no node is affected.
func finding(a osv.Advisory, nodes []fettle.Node, project fettle.Project) (f fettle.Finding, gaps []fettle.Gap) {
	name := nodes[0].Name
	var lowest fettle.Node
	affected := map[string]bool{} // by version
	for _, node := range nodes {
		in, known := affected[node.Version]
		if !known {
			var err error
			if in, err = a.Affects(node.Ecosystem, name, node.Version); err != nil {
				gaps = append(gaps, gap(project.Lockfile, node.Location.Line, fmt.Sprintf("%.200s cannot be compared with %s: %v", node.Package, a.ID, err)))
			}
			affected[node.Version] = in
		}
		if !in {
			continue
		}
		if order, err := osv.CompareVersions(node.Ecosystem, node.Version, lowest.Version); lowest.Version == "" || err == nil && order < 0 {
			lowest = node
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
	f.ID = fettle.NewID("dependency", a.ID, lowest.Ecosystem, name, project.Lockfile)
	f.Kind, f.Rule, f.Aliases = fettle.Dependency, a.ID, a.Aliases
	f.Package, f.Project, f.Location = lowest.Package, project.Dir, f.Instances[0].Location
	describe(&f, a)
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
func addPaths(project fettle.Project, findings []fettle.Finding) {
	w := newPathWalk(project)
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
