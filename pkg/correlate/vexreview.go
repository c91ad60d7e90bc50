package correlate

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/vex"
)

// Review says what to put right in the repository's own documents: statements that cannot be used and, where the run looked at
// everything and could read it, those that are about no finding. Of a vendor's document it says how much cannot be used.
func (v VEX) Review(r fettle.Report, everything bool) []fettle.Remark {
	var remarks []fettle.Remark
	for _, d := range v.Documents {
		for _, n := range d.Notes {
			remarks = append(remarks, fettle.Remark{Text: clipped(n.Text, maxWhy), Location: &fettle.Location{Path: d.File, Line: n.Line}})
		}
	}
	everything = everything && !slices.ContainsFunc(r.Gaps, func(g fettle.Gap) bool { return g.Stage == "discover" })
	if everything && len(v.Documents) > 0 {
		remarks = append(remarks, v.stale(r)...)
	}
	slices.SortStableFunc(remarks, func(a, b fettle.Remark) int {
		return cmp.Or(strings.Compare(a.Location.Path, b.Location.Path), a.Location.Line-b.Location.Line)
	})
	for _, d := range v.Vendors {
		if n := len(d.Notes); n > 0 {
			remarks = append(remarks, fettle.Remark{Text: fmt.Sprintf("the VEX document %s has %d things that are not as they should be, such as at line %d: %s",
				clipped(d.File, 200), n, d.Notes[0].Line, clipped(d.Notes[0].Text, maxWhy))})
		}
	}
	return remarks
}

// stale tells each statement that is about no finding, and what of it there is.
func (v VEX) stale(r fettle.Report) []fettle.Remark {
	var inventory fettle.Inventory
	if r.Inventory != nil {
		inventory = *r.Inventory
	}
	subjects, set := v.subjects(inventory), vex.NewSet(v.Documents)
	used, going := map[fettle.Location]bool{}, map[fettle.Location]bool{}
	found := map[string][]fettle.Finding{} // by id of the vulnerability
	mark := func(f fettle.Finding, in map[fettle.Location]bool) {
		ids := append([]string{f.Rule}, f.Aliases...)
		if !set.Knows(ids) {
			return
		}
		for _, c := range subjects.of(f) {
			for _, s := range set.About(ids, c.subject) {
				in[fettle.Location{Path: s.File, Line: s.Line}] = true
			}
		}
	}
	for _, c := range r.Cases {
		mark(c.Finding, used)
		for _, id := range append([]string{c.Finding.Rule}, c.Finding.Aliases...) {
			found[strings.ToUpper(id)] = append(found[strings.ToUpper(id)], c.Finding)
		}
	}
	for _, f := range r.Gone {
		mark(f, going)
	}
	var remarks []fettle.Remark
	for _, d := range v.Documents {
		for _, s := range d.Statements {
			at := fettle.Location{Path: s.File, Line: s.Line}
			switch about := "the VEX statement on " + clipped(s.IDs[0], 100); {
			case used[at]:
			case going[at]:
				remarks = append(remarks, fettle.Remark{Text: about + " is only about what the change removes; remove it with the change", Location: &at})
			default:
				remarks = append(remarks, fettle.Remark{Text: about + " " + why(s, found), Location: &at})
			}
		}
	}
	return remarks
}

// why says how far s is from the findings of its vulnerability.
func why(s vex.Statement, found map[string][]fettle.Finding) string {
	for _, id := range s.IDs {
		near := found[strings.ToUpper(id)]
		if len(near) == 0 {
			continue
		}
		f := near[0]
		return fmt.Sprintf("does not cover the finding of it: its product is %s, and found is %s at %s; name that package, or name the application among the run's own products",
			product(s.Products[0]), clipped(f.Package.PURL(), 200), f.Location)
	}
	return "is about no finding of this run; remove it, or correct the vulnerability"
}

// product names p as its document does.
func product(p vex.Product) string {
	name := func(c vex.Component) string {
		return clipped(cmp.Or(c.ID, c.PURL, c.Name, "one without a package URL"), 200)
	}
	text := name(p.Component)
	if len(p.Subcomponents) > 0 {
		text += " with " + name(p.Subcomponents[0])
	}
	return text
}
