package main

import (
	"fmt"
	"io"
)

// printGoals sets the goals against what fettle reaches: of all findings, and of those whose severity is known at all.
func (r *replay) printGoals(out io.Writer) {
	fmt.Fprint(out, "## Goals\n\n")
	type column struct{ t, base, known tally }
	of := func(rule string, part func(*finding) bool) column {
		return column{pooled(r.count(rule, r.weeks, part)), pooled(r.count(cvss7, r.weeks, part)), pooled(r.count(cvss7+leftOut, r.weeks, part))}
	}
	columns := []column{of(balanced, nil), of(declared, nil), of(balanced, rated), of(declared, rated)}
	goals := []struct {
		name  string
		value func(column) float64
		met   func(float64) bool
		write func(float64) string
	}{
		{"KEV findings surfaced: 100%", func(c column) float64 { return c.t.knownCovered() }, func(v float64) bool { return v == 1 }, percent},
		{"recall, KEV known and later, at least that of CVSS >= 7", func(c column) float64 { return c.t.recall() - c.base.recall() },
			func(v float64) bool { return v >= 0 }, points},
		{"not exploited and surfaced: at least 90% fewer than CVSS >= 7", func(c column) float64 { return 1 - c.t.harmless()/c.base.harmless() },
			func(v float64) bool { return v >= 0.9 }, percent},
		{"the same, against CVSS >= 7 with unknown left out", func(c column) float64 { return 1 - c.t.harmless()/c.known.harmless() },
			func(v float64) bool { return v >= 0.9 }, percent},
		{"minutes by finding: at least 80% less than CVSS >= 7", func(c column) float64 { return 1 - c.t.perFinding()/c.base.perFinding() },
			func(v float64) bool { return v >= 0.8 }, percent},
		{"minutes by action: at least 80% less than CVSS >= 7 by action", func(c column) float64 { return 1 - c.t.perAction()/c.base.perAction() },
			func(v float64) bool { return v >= 0.8 }, percent},
		{"minutes by action: at least 80% less than CVSS >= 7 by finding", func(c column) float64 { return 1 - c.t.perAction()/c.base.perFinding() },
			func(v float64) bool { return v >= 0.8 }, percent},
		{"surfaced per 50 findings, median: at most 3", func(c column) float64 { return c.t.median() }, func(v float64) bool { return v <= 3 }, number},
		{"surfaced per 50 findings, p90: at most 5", func(c column) float64 { return c.t.ninetieth() }, func(v float64) bool { return v <= 5 }, number},
		{"actions per 50 findings, median: at most 3", func(c column) float64 { return quantile(c.t.actions50, 0.5) }, func(v float64) bool { return v <= 3 }, number},
		{"actions per 50 findings, p90: at most 5", func(c column) float64 { return quantile(c.t.actions50, 0.9) }, func(v float64) bool { return v <= 5 }, number},
	}
	var rows [][]string
	for _, g := range goals {
		row := []string{g.name}
		for _, c := range columns {
			v := g.value(c)
			row = append(row, g.write(v)+", "+met(g.met(v)))
		}
		rows = append(rows, row)
	}
	table(out, "goal;no context;context declared;no context, vector or rating known;context declared, vector or rating known", rows)
}

func rated(f *finding) bool { return f.basis != byNone }

func points(v float64) string { return fmt.Sprintf("%+.1f points", 100*v) }

func met(b bool) string {
	if b {
		return "met"
	}
	return "not met"
}
