package deliver

import (
	"cmp"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/vex"
)

// statements says how the application stands to each finding. What is the same for several products is one statement.
func (o OpenVEX) statements(r fettle.Report) []vex.Statement {
	var b vexBuilder
	for _, c := range r.Cases {
		if c.Finding.Package.Name != "" {
			b.add(c.Finding, o.stated(r, c), o.product(c.Finding.Location.Path), versions(c.Finding))
		}
	}
	if !slices.ContainsFunc(r.Gaps, func(g fettle.Gap) bool { return g.Stage == "discover" }) {
		for _, f := range r.Gone {
			o.gone(&b, r, f)
		}
	}
	return b.merged()
}

// stated is what is said of one case. An exception or a VEX document speaks first. What is urgent is affected; of the rest
// nobody has said anything yet, which is no all-clear.
func (o OpenVEX) stated(r fettle.Report, c fettle.Case) vex.Statement {
	s := vex.Statement{IDs: append([]string{c.Finding.Rule}, c.Finding.Aliases...)}
	if given := c.Decision.Statement; given != nil && vex.Status(given.Status).Valid() {
		s.Status = vex.Status(given.Status)
		reason, rule := clip(plain(given.Reason), 1000), clip(plain(c.Decision.Rule), 300)
		s.Notes = strings.TrimPrefix(reason+" ("+rule+")", " ")
		switch s.Status {
		case vex.NotAffected:
			s.Impact, s.Notes = reason, rule
			if s.Justification = vex.Justification(given.Justification); !s.Justification.Valid() {
				s.Justification, s.Impact = "", cmp.Or(reason, rule, "No reason is given.")
			}
		case vex.Affected:
			s.Action = advice(r, c)
		}
		return s
	}
	if why, ok := notImported(c); ok && o.NotImported {
		s.Status, s.Justification = vex.NotAffected, vex.CodeNotInExecutePath
		s.Impact = cmp.Or(clip(plain(why), 1000), "No file of the application imports the package.")
		return s
	}
	s.Notes = cmp.Or(clip(plain(string(c.Priority.Outcome)), 20), "not ranked")
	if c.Priority.Outcome.Surfaced() {
		s.Status, s.Action = vex.Affected, advice(r, c)
		return s
	}
	s.Status = vex.UnderInvestigation
	return s
}

// advice is what to do about a case: the version to go to.
func advice(r fettle.Report, c fettle.Case) string {
	name := clip(plain(c.Finding.Package.Name), 200)
	if m := remedyOf(r, c); m.To != "" {
		return "Upgrade " + name + " to " + clip(plain(m.To), 100) + "."
	}
	if fixed := unique(c.Finding.FixedVersions()); len(fixed) > 0 {
		return "Upgrade " + name + " to a fixed version: " + clip(plain(strings.Join(fixed, ", ")), 300) + "."
	}
	return "No fixed version of " + name + " is known; remove it or keep what is vulnerable out of reach."
}

func notImported(c fettle.Case) (string, bool) {
	for _, e := range c.Evidence {
		if e.Signal == fettle.Reach && e.Status == fettle.Known && e.Text == "not_imported" {
			return e.Why, true
		}
	}
	return "", false
}

// gone states what the change does to a finding of the base: the versions that it moves to are fixed, and a package that it
// removes is not present in the application. A finding that went away in some other way is not spoken of.
func (o OpenVEX) gone(b *vexBuilder, r fettle.Report, f fettle.Finding) {
	at := slices.IndexFunc(r.Changes, func(c fettle.PackageChange) bool {
		return c.Lockfile == f.Location.Path && c.Ecosystem == f.Package.Ecosystem && c.Name == f.Package.Name
	})
	if at < 0 {
		return
	}
	s := vex.Statement{IDs: append([]string{f.Rule}, f.Aliases...)}
	if to := r.Changes[at].To; len(to) > 0 {
		s.Status = vex.Fixed
		b.add(f, s, o.product(f.Location.Path), to)
	} else if o.Product != "" {
		s.Status, s.Justification = vex.NotAffected, vex.ComponentNotPresent
		b.add(f, s, o.product(f.Location.Path), versions(f))
	}
}

// product names the application as far as one lockfile goes, which tells projects apart where one is the root of others; ""
// where packages speak for themselves.
func (o OpenVEX) product(lockfile string) string {
	if p, err := vex.ParsePURL(o.Product); err == nil && p.Subpath() == "" {
		return p.Below(lockfile).String()
	}
	return o.Product
}

func versions(f fettle.Finding) []string {
	var all []string
	for _, i := range f.Instances {
		all = append(all, i.Version)
	}
	if all = unique(all); len(all) == 0 {
		all = []string{f.Package.Version}
	}
	return all
}

// vexBuilder gathers what is said of each package in each product, once.
type vexBuilder struct {
	said []vexSaid
	at   map[[3]string]int
}

type vexSaid struct {
	statement     vex.Statement
	product, purl string
}

// add says s of versions of f's package. Where two findings are the same to a reader, such as those of two lockfiles where
// packages speak for themselves, what asks for more holds.
func (b *vexBuilder) add(f fettle.Finding, s vex.Statement, product string, versions []string) {
	if b.at == nil {
		b.at = map[[3]string]int{}
	}
	for i, id := range s.IDs {
		s.IDs[i] = clip(plain(id), 200)
	}
	s.IDs = unique(s.IDs)
	if len(s.IDs) == 0 {
		return
	}
	for _, version := range versions {
		p := f.Package
		p.Version = version
		key := [3]string{s.IDs[0], product, p.PURL()}
		i, ok := b.at[key]
		switch {
		case !ok:
			b.at[key] = len(b.said)
			b.said = append(b.said, vexSaid{s, product, p.PURL()})
		case s.Status.Heavier(b.said[i].statement.Status):
			b.said[i].statement = s
		}
	}
}

// merged returns the statements by vulnerability, product and status.
func (b *vexBuilder) merged() []vex.Statement {
	slices.SortFunc(b.said, func(x, y vexSaid) int {
		return cmp.Or(strings.Compare(x.statement.IDs[0], y.statement.IDs[0]), strings.Compare(x.product, y.product), strings.Compare(x.purl, y.purl))
	})
	var all []vex.Statement
	at := map[string]int{}
	for _, said := range b.said {
		s := said.statement
		key := strings.Join(append([]string{string(s.Status), string(s.Justification), s.Impact, s.Action, s.Notes}, s.IDs...), "\x00")
		i, ok := at[key]
		if !ok {
			i = len(all)
			at[key] = i
			all = append(all, s)
		}
		if said.product == "" {
			all[i].Products = append(all[i].Products, vex.Product{Component: vex.Component{ID: said.purl}})
			continue
		}
		products := all[i].Products
		if n := len(products); n == 0 || products[n-1].ID != said.product {
			products = append(products, vex.Product{Component: vex.Component{ID: said.product}})
		}
		last := &products[len(products)-1]
		last.Subcomponents = append(last.Subcomponents, vex.Component{ID: said.purl})
		all[i].Products = products
	}
	return all
}
