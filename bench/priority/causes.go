package main

import (
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// cause is why balanced without context surfaces a finding, the first that holds.
func (v view) cause() string {
	vector := ""
	for _, e := range v.common {
		if e.Signal == fettle.CVSS && e.Status == fettle.Known && vector == "" {
			vector = e.Text
		}
	}
	switch {
	case v.known:
		return "1 in KEV"
	case v.prob >= 0.1:
		return "2 EPSS 0.1 or more"
	case v.likely():
		return "3 EPSS below 0.1, in the top 2.5% of its day"
	case v.basis == byVector:
		return "4 A and T by the vector"
	case v.basis == byRating:
		return "5 A and T assumed: rated critical, no vector"
	}
	return "6 A and T assumed: neither vector nor rating"
}

func (v view) likely() bool {
	for _, e := range v.epss {
		if e.Signal == fettle.EPSSRank && e.Status == fettle.Known && e.Value >= 0.975 {
			return true
		}
	}
	return v.day.p975 > 0 && v.prob >= v.day.p975
}

func (r *replay) printCauses(out io.Writer) {
	fmt.Fprint(out, "## What surfaces\n\nFindings by week that balanced without context surfaces, by cause and ecosystem:\n\n")
	count, systems, later := map[string]map[string]int{}, map[string]int{}, map[string]int{}
	total := 0
	r.each(r.weeks, func(_ *app, w week, f *finding) {
		if !r.said[balanced][f][w.at(f)] {
			return
		}
		cause := r.views[f][w.at(f)].cause()
		if count[cause] == nil {
			count[cause] = map[string]int{}
		}
		count[cause][f.Package.Ecosystem]++
		systems[f.Package.Ecosystem]++
		total++
		if !f.exploited.IsZero() && !f.listed(w.date) {
			later[cause]++
		}
	})
	names := slices.Sorted(maps.Keys(systems))
	header := "cause"
	for _, name := range names {
		header += ";" + name
	}
	var rows [][]string
	for _, cause := range slices.Sorted(maps.Keys(count)) {
		row, sum := []string{cause[2:]}, 0
		for _, name := range names {
			row = append(row, fmt.Sprint(count[cause][name]))
			sum += count[cause][name]
		}
		rows = append(rows, append(row, fmt.Sprint(sum), percent(float64(sum)/float64(total)), fmt.Sprint(later[cause])))
	}
	table(out, header+";all;share;of these in KEV later", rows)

	fmt.Fprint(out, "Effort of balanced without context by what is known of the severity, and with all but one part of the data:\n\n")
	rows = nil
	for _, part := range []struct {
		name string
		of   func(*finding) bool
	}{
		{"all", nil},
		{"vector", func(f *finding) bool { return f.basis == byVector }},
		{"rating alone", func(f *finding) bool { return f.basis == byRating }},
		{"neither", func(f *finding) bool { return f.basis == byNone }},
		{"vector or rating", func(f *finding) bool { return f.basis != byNone }},
		{"npm", func(f *finding) bool { return f.Package.Ecosystem == "npm" }},
		{"Maven", func(f *finding) bool { return f.Package.Ecosystem == "Maven" }},
		{"PyPI", func(f *finding) bool { return f.Package.Ecosystem == "PyPI" }},
		{"Go", func(f *finding) bool { return f.Package.Ecosystem == "Go" }},
	} {
		row := []string{part.name}
		for i, rule := range []string{balanced, cvss7, cvss9, "EPSS >= 0.1"} {
			t := pooled(r.count(rule, r.weeks, part.of))
			if i == 0 {
				row = append(row, fmt.Sprint(t.findings), fmt.Sprint(t.known), fmt.Sprint(t.later))
			}
			row = append(row, percent(t.effort()), number(t.median()), number(t.ninetieth()))
		}
		rows = append(rows, row)
	}
	table(out, "findings with;by week;KEV known;KEV later;balanced: effort;median per 50;p90;CVSS >= 7: effort;median;p90;CVSS >= 9: effort;median;p90;EPSS >= 0.1: effort;median;p90", rows)

	fmt.Fprint(out, "Balanced without context, had it assumed less:\n\n")
	rows = nil
	base := pooled(r.count(cvss7, r.weeks, nil))
	for _, name := range append([]string{balanced}, namesOf(supposed())...) {
		t := pooled(r.count(name, r.weeks, nil))
		rows = append(rows, []string{name, percent(t.effort()), fmt.Sprintf("%.0f of %.0f", t.knownSurfaced, t.known), fmt.Sprintf("%.0f of %.0f", t.laterSurfaced, t.later),
			number(t.median()), number(t.ninetieth()), percent(1 - t.harmless()/base.harmless())})
	}
	table(out, "supposition;effort;KEV known;KEV later;median per 50;p90;not exploited, fewer than CVSS >= 7", rows)
}

func namesOf(rules []rule) []string {
	var names []string
	for _, r := range rules {
		names = append(names, r.name)
	}
	return names
}
