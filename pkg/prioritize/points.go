package prioritize

import (
	"cmp"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// threat explains KEV and EPSS. Listed in KEV, EPSS adds nothing: it predicts what has already happened.
func (s SSVC) threat(f facts, k known) []fettle.Reason {
	var reasons []fettle.Reason
	add := func(factor string, points float64, format string, args ...any) {
		reasons = append(reasons, fettle.Reason{Factor: factor, Text: fmt.Sprintf(format, args...), Points: points})
	}
	switch {
	case f.exploitation == active:
		text := "exploited in the wild: listed in " + cmp.Or(k.kev.Catalogue(), "KEV") + on(k.kev)
		if k.kev.Text != "" {
			text += ", due " + k.kev.Text
		}
		add("exploitation", 60, "%s", text)
		if k.ransomware != nil && k.ransomware.Status == fettle.Known {
			add("ransomware", 5, "used in ransomware campaigns, says KEV%s", on(k.ransomware))
		}
	case k.kev != nil && k.kev.Status == fettle.Absent:
		add("exploitation", 0, "not listed in KEV%s", on(k.kev))
	default:
		add("exploitation", 0, "KEV does not tell%s", because(k.kev))
	}
	if k.exploit != nil && k.exploit.Status == fettle.Known {
		text := "a public exploit is known; that alone says little"
		if weaponized(k.exploit) {
			text = "an exploit is part of an attack tool"
		}
		add("exploit", 0, "%s, says %s%s", text, k.exploit.Source, on(k.exploit))
	}
	switch {
	case k.epss != nil && k.epss.Status == fettle.Known:
		text := "EPSS " + percent(k.epss.Value)
		if k.rank != nil {
			text += " (" + ordinal(k.rank.Value) + " percentile)"
		}
		text += on(k.epss)
		switch {
		case f.exploitation == active:
			add("epss", 0, "%s; exploitation is known already", text)
		case s.Median > 0 && s.Median < 1:
			add("epss", clip(13*(logit(k.epss.Value)-logit(s.Median)), -15, 45), "%s; the median of that day is %s", text, percent(s.Median))
		default:
			add("epss", 0, "%s; the median of that day is unknown", text)
		}
	case k.epss != nil && k.epss.Status == fettle.Absent:
		add("epss", 0, "EPSS has no score%s", on(k.epss))
	default:
		add("epss", 0, "EPSS does not tell%s", because(k.epss))
	}
	return reasons
}

// weakness explains CVSS, and what counts in its place where there is none.
func weakness(f facts, k known) []fettle.Reason {
	var reasons []fettle.Reason
	switch {
	case k.cvss != nil:
		reasons = append(reasons, fettle.Reason{
			Factor: "severity",
			Text:   fmt.Sprintf("CVSS %.1f (%s), %s%s", k.cvss.Value, k.cvss.Text, k.cvss.Source, on(k.cvss)),
			Points: 0.9 * (k.cvss.Value - 7),
		})
	case k.rating != nil && ceiling(k.rating.Text) < 9:
		counted := "cannot be both automatable and of total impact, counted as the latter"
		if !f.total {
			counted = "can be neither automatable nor of total impact"
		}
		reasons = append(reasons, fettle.Reason{
			Factor: "severity",
			Text:   fmt.Sprintf("no CVSS vector is known; rated %s, so it %s, %s%s", k.rating.Text, counted, k.rating.Source, on(k.rating)),
			Points: 0.9 * math.Min(0, ceiling(k.rating.Text)-7),
		})
	default:
		reasons = append(reasons, fettle.Reason{Factor: "severity", Text: "no CVSS vector is known: counted as automatable and of total impact"})
	}
	if f.automatable {
		reasons = append(reasons, fettle.Reason{Factor: "automatable", Text: "attacks can be automated: over the network, simple, no account, no user" + assumed(k), Points: 3})
	}
	if f.total {
		reasons = append(reasons, fettle.Reason{Factor: "impact", Text: "total impact: high on confidentiality and integrity" + assumed(k), Points: 23})
	}
	return reasons
}

func assumed(k known) string {
	if k.cvss == nil {
		return ", assumed for want of a vector"
	}
	return ""
}

// reachable explains the call graph. "No path" weighs less where the language's call graph is not sound.
func reachable(f facts, k known) []fettle.Reason {
	r := fettle.Reason{Factor: "reach"}
	switch f.reach {
	case called:
		r.Text, r.Points = "the vulnerable code is called", 10
	case referenced:
		r.Text, r.Points = "the package is imported", 5
	case noPath:
		r.Text, r.Points = "no call path leads to the vulnerable code, as far as this language's calls can be followed", -10
		if f.soundCalls {
			r.Text, r.Points = "no call path leads to the vulnerable code", -20
		}
	case notImported:
		r.Text, r.Points = "the package is not imported", -30
	default:
		r.Text = "whether the vulnerable code is reached is unknown"
		if k.reach != nil && k.reach.Why != "" {
			r.Text += ": " + k.reach.Why
		}
		return []fettle.Reason{r}
	}
	if why := k.reach.Why; strings.HasPrefix(why, r.Text) {
		r.Text = why
	} else if why != "" {
		r.Text += ": " + why
	}
	if k.reach.Where != nil && !strings.Contains(r.Text, k.reach.Where.String()) {
		r.Text += ", " + k.reach.Where.String()
	}
	r.Text += ", says " + k.reach.Source
	return []fettle.Reason{r}
}

// on names the date of the data, where there is one.
func on(e *fettle.Evidence) string {
	if e.AsOf.IsZero() {
		return ""
	}
	return " on " + e.AsOf.UTC().Format(time.DateOnly)
}

func because(e *fettle.Evidence) string {
	if e == nil || e.Text == "" {
		return ": it was not asked"
	}
	return ": " + e.Text
}

func percent(p float64) string {
	if p < 0.01 {
		return fmt.Sprintf("%.2f%%", 100*p)
	}
	return fmt.Sprintf("%.1f%%", 100*p)
}

// ordinal rounds down: the 97.9th percentile is not yet the 98th.
func ordinal(share float64) string {
	n := int(math.Floor(100*share + 1e-9))
	suffix := "th"
	if n/10 != 1 {
		switch n % 10 {
		case 1:
			suffix = "st"
		case 2:
			suffix = "nd"
		case 3:
			suffix = "rd"
		}
	}
	return fmt.Sprintf("%d%s", n, suffix)
}

func logit(p float64) float64 {
	p = clip(p, 1e-6, 1-1e-6)
	return math.Log(p / (1 - p))
}

func clip(v, low, high float64) float64 { return math.Max(low, math.Min(high, v)) }
