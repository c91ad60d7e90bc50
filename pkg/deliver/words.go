package deliver

import (
	"cmp"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// evidenceText states one piece of evidence with its source and date: "EPSS 21.4% (epss v4, 2026-08-01)".
func evidenceText(e fettle.Evidence) string {
	from := e.Source
	if e.Where != nil && strings.Contains(e.Why, e.Where.String()) {
		// the text has it
	} else if e.Where != nil && e.Where.Path != e.Source {
		from = strings.TrimPrefix(from+", "+e.Where.String(), ", ")
	} else if e.Where != nil {
		from = e.Where.String()
	}
	if e.Declared {
		from = "declared, " + from
	}
	if d := date(e.AsOf); d != "" {
		from = strings.TrimPrefix(from+", "+d, ", ")
	}
	if from == "" {
		return signalText(e)
	}
	return signalText(e) + " (" + from + ")"
}

func signalText(e fettle.Evidence) string {
	name := map[fettle.Signal]string{fettle.CVSS: "CVSS", fettle.CWE: "CWE", fettle.EPSS: "EPSS", fettle.EPSSRank: "EPSS rank",
		fettle.KEV: "CISA KEV", fettle.Exploit: "Public exploit", fettle.Ransomware: "Ransomware use", fettle.FixedVersion: "Fixed version", fettle.VEX: "VEX",
		fettle.DataDate: "Data", fettle.Rating: "Rated", fettle.Reach: "Reachability", fettle.Exposure: "Exposure", fettle.Data: "Sensitive data",
		fettle.Criticality: "Criticality", fettle.Lifecycle: "Lifecycle", fettle.Environment: "Environment", fettle.Owner: "Owner", fettle.Regime: "Regime",
		fettle.Role: "Role", fettle.Shipped: "Deployed"}[e.Signal]
	name = cmp.Or(name, string(e.Signal))
	switch e.Status {
	case fettle.Absent:
		return name + ": " + cmp.Or(e.Text, "not listed")
	case fettle.Unknown:
		return strings.TrimSuffix(name+": unknown, "+e.Text, ", ")
	}
	switch e.Signal {
	case fettle.CVSS:
		if e.Text == "" {
			return "CVSS " + number(e.Value)
		}
		return "CVSS " + number(e.Value) + " " + e.Text
	case fettle.EPSS:
		return "EPSS " + percent(e.Value)
	case fettle.EPSSRank:
		return "EPSS above " + percent(e.Value) + " of all CVEs"
	case fettle.KEV:
		in := "CISA KEV"
		if name := e.Catalogue(); name != "" {
			in = name + " as exploited"
		}
		return strings.TrimSuffix("listed in "+in+", due "+e.Text, ", due ")
	case fettle.Exploit:
		if e.Text == "weaponized" {
			return "an exploit is part of an attack tool"
		}
		return "a public exploit is known"
	case fettle.Ransomware:
		return "known use in ransomware campaigns"
	case fettle.CWE:
		return e.Text
	case fettle.Reach:
		return strings.TrimSuffix("Reachability: "+strings.ReplaceAll(e.Text, "_", " ")+", "+e.Why, ", ")
	case fettle.FixedVersion:
		return "fixed in " + e.Text
	case fettle.VEX:
		return strings.TrimSuffix("VEX "+strings.Replace(e.Text, " ", ": ", 1)+", "+e.Why, ", ")
	}
	if e.Text == "" {
		return name + " " + number(e.Value)
	}
	return name + " " + e.Text
}

// decisionText says what happens to the case, by which rule and why: "suggest, by fettle.yaml:12 policy.act: the fix moves
// a major version".
func decisionText(d fettle.Decision) string {
	s := cmp.Or(string(d.Action), "inform")
	why := strings.Join(d.Why, "; ")
	if d.Fails && !strings.Contains(why, "fails the run") {
		s += ", fails the run"
	}
	if d.Rule != "" {
		s += ", by " + d.Rule
	}
	return strings.TrimSuffix(s+": "+why, ": ")
}

// reasonTexts returns the reasons in words, those that decided first: the one that names the outcome, then by what each
// added to the rank. Where every finding starts is left out.
func reasonTexts(p fettle.Priority) []string {
	return reasonsBy(p, func(r fettle.Reason) int { return b2i(r.Factor != "outcome") })
}

// top returns the n reasons to read first: what KEV, EPSS, CVSS and the call graph say of this very finding, then the path
// to the outcome, then the rest. CVSS vectors are left out.
func top(p fettle.Priority, n int) []string {
	all := reasonsBy(p, func(r fettle.Reason) int {
		switch r.Factor {
		case "exploitation", "ransomware", "epss", "severity", "reach":
			if r.Points != 0 {
				return 0
			}
			return 3 // unknown, or of no weight
		case "due":
			if p.Overdue() {
				return 0
			}
			return 3
		case "outcome":
			return 1
		}
		return 2
	})
	all = all[:min(n, len(all))]
	for i, text := range all {
		all[i] = vector.ReplaceAllString(text, "")
	}
	return all
}

// reasonsBy returns the reasons in words, by class, within a class the weightiest first.
func reasonsBy(p fettle.Priority, class func(fettle.Reason) int) []string {
	reasons := slices.DeleteFunc(slices.Clone(p.Reasons), func(r fettle.Reason) bool { return r.Factor == "base" })
	slices.SortStableFunc(reasons, func(a, b fettle.Reason) int {
		return cmp.Or(class(a)-class(b), cmp.Compare(max(b.Points, -b.Points), max(a.Points, -a.Points)))
	})
	var all []string
	for _, r := range reasons {
		text := strings.TrimPrefix(plain(cmp.Or(r.Text, r.Factor)), string(p.Outcome)+": ") // it stands beside the outcome
		all = append(all, clip(text, 240))
	}
	return all
}

// vector matches what the reader of a few lines does not need of a CVSS score.
var vector = regexp.MustCompile(` \((?:CVSS:[0-9.]+/)?A[VC]:[^)]*\)`)

// wouldText says what would change the outcome, the first two of it: "Act if it enters KEV".
func wouldText(p fettle.Priority) string {
	return strings.Join(p.Would[:min(2, len(p.Would))], "; ")
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// sourcesText lists the data behind the report: "osv npm 2026-08-01 (4,321), kev 2025-08-25 (1,404)".
func sourcesText(r fettle.Report) string {
	var all []string
	for _, s := range r.Sources {
		name := s.Name
		if d := date(s.AsOf); d != "" {
			name += " " + d
		} else {
			name += " undated"
		}
		all = append(all, fmt.Sprintf("%s (%s)", name, thousands(s.Count)))
	}
	if len(all) == 0 {
		return "no data source is recorded"
	}
	return strings.Join(all, ", ")
}

func date(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.DateOnly)
}

func number(v float64) string { return strconv.FormatFloat(math.Round(v*100)/100, 'f', -1, 64) }

// percent keeps one decimal, two below one percent, where EPSS values crowd.
func percent(v float64) string {
	v *= 100
	digits := 1
	if v < 1 {
		digits = 2
	}
	return strconv.FormatFloat(v, 'f', digits, 64) + "%"
}

func thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// count returns "1 fix", "2 fixes", "no fix" never: zero is a number.
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return thousands(n) + " " + many
}
