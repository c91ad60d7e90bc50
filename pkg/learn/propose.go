package learn

import (
	"cmp"
	"path"
	"slices"
	"strings"
)

// Consistent is how many dismissals in a row, of different findings, make a proposal.
const Consistent = 8

// Group is what findings share: a weakness or a rule, in a package or in a directory.
type Group struct {
	Weakness string `json:"weakness,omitempty"`
	Rule     string `json:"rule,omitempty"`
	Package  string `json:"package,omitempty"`
	Path     string `json:"path,omitempty"` // a directory; "." is the top of the repository
}

// Proposal is a group of findings that the team dismissed again and again and never called relevant in between. It is for
// a person to accept: learning itself never lowers an outcome.
type Proposal struct {
	Group
	Reason Reason   `json:"reason"` // the one that was given most often
	Since  string   `json:"since"`  // the day of the first dismissal of the row
	Labels []string `json:"labels"` // the dismissals of the row, by ID
	Rules  []string `json:"rules"`  // that were dismissed, sorted
}

// Proposals returns the groups whose last judgements, eight or more, are all dismissals, the largest first. Where several
// groups are made of the same dismissals, the one that says most is returned. Findings that were known to be exploited are
// in no group.
func (m *Model) Proposals() []Proposal {
	if m == nil {
		return nil
	}
	rows := map[Group][]Label{}
	for _, l := range m.used {
		for _, g := range groupsOf(l) {
			switch {
			case l.Relevant:
				rows[g] = nil
			case !l.Exploited:
				rows[g] = append(rows[g], l)
			}
		}
	}
	var found []Group
	for g, row := range rows {
		if len(row) >= Consistent {
			found = append(found, g)
		}
	}
	slices.SortFunc(found, func(a, b Group) int {
		return cmp.Or(len(rows[b])-len(rows[a]), strings.Compare(b.Package, a.Package), strings.Compare(b.Rule, a.Rule),
			strings.Compare(a.Weakness, b.Weakness), strings.Compare(a.Path, b.Path))
	})
	var list []Proposal
	said := map[string]bool{}
	for _, g := range found {
		p := g.proposal(rows[g])
		if ids := strings.Join(p.Labels, "\x00"); !said[ids] {
			said[ids] = true
			list = append(list, p)
		}
	}
	return list
}

// groupsOf returns the groups that l is in.
func groupsOf(l Label) []Group {
	var list []Group
	add := func(g Group) {
		if g.Weakness != "" && g.Weakness != otherFamily || g.Rule != "" {
			list = append(list, g)
		}
	}
	if l.Package != "" {
		add(Group{Weakness: l.Features.Weakness, Package: l.Package})
		add(Group{Rule: l.Rule, Package: l.Package})
	}
	if l.Path != "" {
		dir := path.Dir(l.Path)
		add(Group{Weakness: l.Features.Weakness, Path: dir})
		add(Group{Rule: l.Rule, Path: dir})
	}
	return list
}

// proposal sums up a row of dismissals, which is in canonical order.
func (g Group) proposal(row []Label) Proposal {
	p := Proposal{Group: g, Since: row[0].Day}
	reasons := map[Reason]int{}
	for _, l := range row {
		p.Labels = append(p.Labels, l.ID)
		if l.Rule != "" {
			p.Rules = append(p.Rules, l.Rule)
		}
		reasons[l.Reason]++
	}
	slices.Sort(p.Rules)
	p.Rules = slices.Compact(p.Rules)
	p.Reason = NotUsed
	if reasons[Inaccurate] > reasons[NotUsed] {
		p.Reason = Inaccurate
	}
	return p
}

// String names g for people.
func (g Group) String() string {
	what := g.Rule
	if what == "" {
		what = g.Weakness + " weaknesses"
	}
	switch {
	case g.Package != "":
		return what + " of " + g.Package
	case g.Path == ".":
		return what + " at the top of the repository"
	}
	return what + " in " + g.Path
}

// Covers reports whether a finding with these is one of the group.
func (g Group) Covers(weakness, rule, pkg, file string) bool {
	return (g.Weakness == "" || g.Weakness == weakness) && (g.Rule == "" || strings.EqualFold(g.Rule, rule)) &&
		(g.Package == "" || g.Package == pkg) && (g.Path == "" || path.Dir(file) == g.Path)
}
