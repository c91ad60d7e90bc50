package decide

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

const (
	soon = 14  // days before its expiry that an exception is told of
	old  = 365 // days after which a VEX statement of the repository's own should be looked at again
)

// Review says what to put right in the exceptions, and in the repository's own VEX statements that are about a finding of r:
// what has expired or soon will, what covers nothing, and what evidence contradicts. It is pure.
func (p Policy) Review(r fettle.Report) []fettle.Remark {
	everything := !p.Partial && !slices.ContainsFunc(r.Gaps, func(g fettle.Gap) bool { return g.Stage == "discover" })
	var remarks []fettle.Remark
	for _, x := range p.Exceptions {
		at := fettle.Location{Path: p.file(), Line: x.line}
		tell := func(format string, args ...any) {
			remarks = append(remarks, fettle.Remark{Text: fmt.Sprintf("the exception for %s ", x.name()) + fmt.Sprintf(format, args...), Location: &at})
		}
		covered := covering(r.Cases, x)
		if text := p.stale(x, r, len(covered) == 0 && everything); text != "" {
			tell("%s", text)
		}
		for _, text := range contradicted(covered, x.Justification) {
			tell("%s", text)
		}
	}
	return append(remarks, p.reviewVEX(r)...)
}

// name is what an exception is about, on one line.
func (x Exception) name() string {
	name := fmt.Sprintf("%.60s", x.Finding)
	if x.Package != "" {
		name += fmt.Sprintf(" in %.60s", x.Package)
	}
	return name
}

func covering(cases []fettle.Case, x Exception) []fettle.Case {
	var covered []fettle.Case
	for _, c := range cases {
		if x.covers(c.Finding) {
			covered = append(covered, c)
		}
	}
	return covered
}

// stale says why x serves no more, or soon will not; "" where it does.
func (p Policy) stale(x Exception, r fettle.Report, nothing bool) string {
	day := x.Expires.Format(time.DateOnly)
	switch {
	case p.Today.IsZero():
	case x.expired(p.Today) && nothing:
		return fmt.Sprintf("expired on %s and covers no finding; remove it", day)
	case x.expired(p.Today):
		return fmt.Sprintf("expired on %s and no longer applies; remove it, or look at it again and set a new day", day)
	}
	if nothing {
		return nowhere(x, r)
	}
	if left := int(x.Expires.Sub(p.Today.UTC().Truncate(24*time.Hour)).Hours() / 24); !p.Today.IsZero() && left <= soon {
		when := "in " + plural(left, "day")
		if left == 0 {
			when = "today"
		}
		return fmt.Sprintf("expires on %s, %s; look at it again", day, when)
	}
	return ""
}

// nowhere says what of x there is, where it covers nothing.
func nowhere(x Exception, r fettle.Report) string {
	if slices.ContainsFunc(r.Gone, x.covers) {
		return "only covers what the change removes; remove it with the change"
	}
	for _, c := range r.Cases {
		if f := c.Finding; x.names(f) {
			return fmt.Sprintf("covers no finding: found is %.200s at %.200s; correct its package or path, or remove it", f.Package, f.Location)
		}
	}
	return "covers no finding of this run; remove it, or correct the id"
}

// contradicted says what evidence stands against a justification, once for all findings that it is given for.
func contradicted(cases []fettle.Case, j Justification) []string {
	var text string
	more := 0
	for _, c := range cases {
		against := ""
		switch at, calls := called(c); {
		case j == ComponentNotPresent:
			against = fmt.Sprintf("%.200s is installed, at %.200s", c.Finding.Package, c.Finding.Location)
		case calls && (j == CodeNotInExecutePath || j == CodeNotPresent):
			against = at
		}
		switch {
		case against == "":
		case text == "":
			text = fmt.Sprintf("says %s, but %s", j, against)
		default:
			more++
		}
	}
	if text == "" {
		return nil
	}
	if more > 0 {
		text += fmt.Sprintf(" (and %s more like it)", plural(more, "finding"))
	}
	return []string{text + "; give a justification that holds, or remove it"}
}

// reviewVEX reviews each of the repository's own statements that is about a finding.
func (p Policy) reviewVEX(r fettle.Report) []fettle.Remark {
	type one struct {
		first statement
		cases []fettle.Case
	}
	found := map[fettle.Location]*one{}
	var order []fettle.Location
	for _, c := range r.Cases {
		for _, s := range statements(c) {
			if !s.own {
				continue
			}
			at := *s.evidence.Where
			if found[at] == nil {
				found[at] = &one{first: s}
				order = append(order, at)
			}
			found[at].cases = append(found[at].cases, c)
		}
	}
	slices.SortFunc(order, func(a, b fettle.Location) int {
		if d := strings.Compare(a.Path, b.Path); d != 0 {
			return d
		}
		return a.Line - b.Line
	})
	var remarks []fettle.Remark
	for _, at := range order {
		s, about := found[at].first, fmt.Sprintf("the VEX statement on %.60s ", found[at].cases[0].Finding.Rule)
		for _, text := range contradicted(found[at].cases, s.justification) {
			remarks = append(remarks, fettle.Remark{Text: about + text, Location: &at})
		}
		if age := int(p.Today.Sub(s.evidence.AsOf).Hours() / 24); s.silences() && !p.Today.IsZero() && !s.evidence.AsOf.IsZero() && age > old {
			remarks = append(remarks, fettle.Remark{Text: about + fmt.Sprintf("is of %s, %s ago; look at it again and set last_updated", s.evidence.AsOf.UTC().Format(time.DateOnly), plural(age, "day")), Location: &at})
		}
	}
	return remarks
}

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}
