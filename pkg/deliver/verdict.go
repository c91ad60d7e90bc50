package deliver

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// outline is a report sorted into what people ask of it. Every case is in exactly one of Urgent, Later and Ignored.
type outline struct {
	Urgent  []fettle.Case // surfaced and not ignored: what needs action
	Later   []fettle.Case // Track* and Track
	Ignored []fettle.Case // a rule says so
}

func outlineOf(r fettle.Report) outline {
	var o outline
	for _, c := range r.Cases {
		switch {
		case c.Decision.Action == fettle.Ignore:
			o.Ignored = append(o.Ignored, c)
		case c.Priority.Outcome.Surfaced() || c.Priority.Outcome.Urgency() < 0: // an outcome we do not know is not a low one
			o.Urgent = append(o.Urgent, c)
		default:
			o.Later = append(o.Later, c)
		}
	}
	return o
}

// headline is the verdict in one sentence. Only a run that looked at packages, with data and without gaps, may sound
// like an all-clear.
func headline(r fettle.Report) string {
	o := outlineOf(r)
	looked := fmt.Sprintf("%s of %s", count(r.Packages, "package", "packages"), count(len(r.Lockfiles), "lockfile", "lockfiles"))
	switch {
	case len(r.Cases) > 0 && len(o.Urgent) > 0:
		verb := "need"
		if len(o.Urgent) == 1 {
			verb = "needs"
		}
		if len(r.Cases) == 1 {
			return "The one finding needs action"
		}
		return fmt.Sprintf("%s of %s %s action", thousands(len(o.Urgent)), count(len(r.Cases), "finding", "findings"), verb)
	case len(r.Cases) == 1:
		return "The one finding needs no action now"
	case len(r.Cases) > 0:
		return fmt.Sprintf("None of %s needs action now", count(len(r.Cases), "finding", "findings"))
	case r.LeftOut > 0:
		return fmt.Sprintf("None of %s is marked %s", count(r.LeftOut, "finding", "findings"), plain(r.Only))
	case len(r.Lockfiles) == 0:
		return "Nothing was checked: no lockfile was found"
	case r.Packages == 0:
		return fmt.Sprintf("Nothing was checked: no package in %s", count(len(r.Lockfiles), "lockfile", "lockfiles"))
	case len(r.Sources) == 0:
		return fmt.Sprintf("Nothing was checked: no advisory data for %s", looked)
	case len(r.Gaps) > 0:
		return fmt.Sprintf("No finding in %s, but not all could be checked", looked)
	}
	return fmt.Sprintf("No known vulnerability in %s", looked)
}

// outcomes counts cases by outcome, most urgent first: "1 Act, 2 Attend".
func outcomes(cases []fettle.Case) string {
	var parts []string
	for _, o := range []fettle.Outcome{fettle.Act, fettle.Attend, fettle.TrackStar, fettle.Track} {
		if n := countIf(cases, func(c fettle.Case) bool { return c.Priority.Outcome == o }); n > 0 {
			parts = append(parts, thousands(n)+" "+string(o))
		}
	}
	if n := countIf(cases, func(c fettle.Case) bool { return c.Priority.Outcome.Urgency() < 0 }); n > 0 {
		parts = append(parts, thousands(n)+" not ranked")
	}
	return strings.Join(parts, ", ")
}

// sentences follow the headline: what is urgent, what the fixes promise, how the change stands to its base, whether the
// run fails.
func sentences(r fettle.Report) []string {
	var all []string
	o := outlineOf(r)
	if r.Only != "" && len(r.Cases) > 0 {
		all = append(all, fmt.Sprintf("Only what is marked %s is shown; %s not.", plain(r.Only), count(r.LeftOut, "other finding is", "other findings are")))
	}
	if len(o.Urgent) > 0 {
		s := outcomes(o.Urgent)
		if n := len(actions(r, o.Urgent)); n < len(o.Urgent) {
			s += ", in " + count(n, "action", "actions")
		}
		if r.Trial != nil {
			fixed := countIf(o.Urgent, func(c fettle.Case) bool { return remedyOf(r, c).Status == fettle.Passed })
			switch {
			case fixed == 0:
				s += "; no fix passed its trial"
			case fixed == len(o.Urgent):
				s += "; a fix passed its trial for each"
			default:
				s += fmt.Sprintf("; a fix passed its trial for %s of them", thousands(fixed))
			}
		}
		all = append(all, s+".")
	}
	if late := countIf(r.Cases, func(c fettle.Case) bool { return c.Priority.Overdue() && c.Decision.Action != fettle.Ignore }); late > 0 {
		all = append(all, fmt.Sprintf("%s overdue.", count(late, "finding is", "findings are")))
	}
	if r.Base != "" || len(r.Gone) > 0 || slices.ContainsFunc(r.Cases, func(c fettle.Case) bool { return c.Change != "" }) {
		added := countIf(r.Cases, func(c fettle.Case) bool { return c.Change == fettle.Added })
		all = append(all, fmt.Sprintf("Against %s: %s added, %s there before, %s gone.", strings.TrimSpace("the base "+short(r.Base)),
			thousands(added), thousands(len(r.Cases)-added), thousands(len(r.Gone)))+packageChanges(r.Changes))
	}
	if r.Fails() {
		n := countIf(r.Cases, func(c fettle.Case) bool { return c.Decision.Fails })
		all = append(all, "Policy fails this run because of "+count(n, "finding", "findings")+".")
	}
	return all
}

// packageChanges counts what a change does to packages: " Packages: 2 added, 1 moved, 3 removed."
func packageChanges(changes []fettle.PackageChange) string {
	var added, moved, removed int
	for _, c := range changes {
		switch {
		case len(c.From) == 0:
			added++
		case len(c.To) == 0:
			removed++
		default:
			moved++
		}
	}
	if len(changes) == 0 {
		return ""
	}
	return fmt.Sprintf(" Packages: %s added, %s moved, %s removed.", thousands(added), thousands(moved), thousands(removed))
}

// packageChange states one change: "package-lock.json lodash 4.17.11 -> 4.17.21".
func packageChange(c fettle.PackageChange) string {
	from, to := strings.Join(c.From, ", "), strings.Join(c.To, ", ")
	switch {
	case len(c.From) == 0:
		return c.Name + " " + to + " is new"
	case len(c.To) == 0:
		return c.Name + " " + from + " is removed"
	}
	return c.Name + " " + from + " → " + to
}

func short(commit string) string {
	if len(commit) == 40 {
		return commit[:8]
	}
	return clip(plain(commit), 40)
}

func countIf(cases []fettle.Case, is func(fettle.Case) bool) int {
	n := 0
	for _, c := range cases {
		if is(c) {
			n++
		}
	}
	return n
}

// gapText states a gap: "apps/legacy/package-lock.json: not JSON at byte 312".
func gapText(g fettle.Gap) string {
	s := g.Subject
	if l := g.Location; l != nil && (s == "" || s == l.Path) {
		s = l.String()
	} else if l != nil && s != l.String() {
		s += " in " + l.String()
	}
	return strings.TrimPrefix(s+": "+g.Reason, ": ")
}
