package deliver

import (
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// action is what one person does in one step: the cases that one fix resolves, or, without a fix, those of one package of
// one project. The first case is the most urgent.
type action []fettle.Case

// actions groups cases, which come most urgent first; so do the actions.
func actions(r fettle.Report, cases []fettle.Case) []action {
	type key struct{ fix, project, name string }
	var all []action
	at := map[key]int{}
	for _, c := range cases {
		k := key{fix: remedyOf(r, c).Fix.ID}
		if k.fix == "" {
			k.project, k.name = c.Finding.Project, c.Finding.Package.Name
		}
		if _, ok := at[k]; !ok {
			at[k] = len(all)
			all = append(all, nil)
		}
		all[at[k]] = append(all[at[k]], c)
	}
	return all
}

// others names the findings of a beside the first: "CVE-2020-11022 (attend), GHSA-… of qs (attend)".
func (a action) others(limit int) string {
	var all []string
	for _, c := range a[1:] {
		s := plain(c.Finding.Rule)
		if c.Finding.Package.Name != a[0].Finding.Package.Name {
			s += " of " + plain(c.Finding.Package.Name)
		}
		all = append(all, s+" ("+outcomeWord(c)+")")
	}
	return strings.Join(few(all, limit), ", ")
}

// packages names what is installed, "lodash 4.17.4", at most limit packages of it.
func (a action) packages(limit int) string {
	var all []string
	for _, c := range a {
		all = append(all, plain(c.Finding.Package.Name)+" "+plain(c.Finding.Package.Version))
	}
	return strings.Join(few(unique(all), limit), ", ")
}

// rules counts and names the findings: "6 findings (CVE-…, CVE-…, CVE-… and 3 more)", or the one.
func (a action) rules(limit int) string {
	var all []string
	for _, c := range a {
		all = append(all, plain(c.Finding.Rule))
	}
	if len(a) == 1 {
		return all[0]
	}
	return count(len(a), "finding", "findings") + " (" + strings.Join(few(all, limit), ", ") + ")"
}

// remedy says what to do about a, in a few words.
func (a action) remedy(r fettle.Report) string {
	if remedyOf(r, a[0]).Fix.ID == "" {
		return without(r, a)
	}
	return remedyText(r, a[0])
}

// without says which version to go to where no fix was drafted for a.
func without(r fettle.Report, a action) string {
	fixed := strings.Join(clearing(a), ", ")
	switch {
	case fixed == "":
		return "none known"
	case r.Trial != nil || len(r.Fixes) > 0 || a[0].Unfixed != "":
		return fixed + " (none drafted)"
	}
	return fixed // a scan drafts nothing
}
