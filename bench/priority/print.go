package main

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"time"
)

func (r *replay) print(out io.Writer) {
	r.printData(out)
	r.printApps(out)
	r.printMain(out, "## Rules", nil)
	r.ask(rule{riskRule, r.above(risk, rated)})
	r.ask(rule{riskRule1, r.above(risk1, rated)})
	r.printMain(out, "## Rules, findings with a CVSS vector or a rating alone", rated)
	r.printDays(out)
	r.printExploited(out)
	r.printGoals(out)
	r.printCauses(out)
}

// table prints a Markdown table. Cells may hold no pipe.
func table(out io.Writer, header string, rows [][]string) {
	cols := strings.Split(header, ";")
	fmt.Fprintf(out, "| %s |\n|%s\n", strings.Join(cols, " | "), strings.Repeat(" --- |", len(cols)))
	for _, row := range rows {
		fmt.Fprintf(out, "| %s |\n", strings.Join(row, " | "))
	}
	fmt.Fprintln(out)
}

func percent(v float64) string {
	if math.IsNaN(v) {
		return "-"
	}
	return fmt.Sprintf("%.1f%%", 100*v)
}

func number(v float64) string {
	if math.IsNaN(v) {
		return "-"
	}
	return fmt.Sprintf("%.1f", v)
}

// ranged writes a value with its interval.
func ranged(of func(tally) float64, all tally, draws []tally, write func(float64) string) string {
	low, high, ok := interval(draws, of)
	if v := of(all); math.IsNaN(v) || !ok {
		return "-"
	}
	return fmt.Sprintf("%s (%s to %s)", write(of(all)), write(low), write(high))
}

func (r *replay) printData(out io.Writer) {
	var dates []string
	for _, d := range r.days {
		dates = append(dates, fmt.Sprintf("%s (%d CVEs, median %.5f, 97.5th percentile %.4f)", d.date.Format(time.DateOnly), d.epss.Edition().Count, d.epss.Median(), d.p975))
	}
	fmt.Fprintf(out, "## Data\n\n- advisories: %d records, %d unreadable\n- KEV: %d entries, up to %s\n- EPSS: %s\n- CVSS: %d CVEs beside what advisories say\n",
		r.advisories.Count(), r.bad, r.kev.Edition().Count, r.kev.AsOf().Format(time.DateOnly), strings.Join(dates, "; "), r.cvss.Edition().Count)
	fmt.Fprintf(out, "- weeks: %d, from %s to %s\n\n", len(r.weeks), r.weeks[0].date.Format(time.DateOnly), r.weeks[len(r.weeks)-1].date.Format(time.DateOnly))
}

func (r *replay) printApps(out io.Writer) {
	fmt.Fprint(out, "## Applications\n\n")
	last := r.weeks[len(r.weeks)-1]
	surfaced := r.count(balanced, []week{last}, nil)
	var rows [][]string
	var total [8]int
	datings := map[dating]int{}
	for i, a := range r.apps {
		var n [8]int
		n[0], n[1], n[2] = a.packages, len(a.findings), int(surfaced[i].surfaced)
		for _, f := range a.findings {
			datings[f.dating]++
			switch f.basis {
			case byVector:
				n[3]++
			case byRating:
				n[4]++
			case byNone:
				n[5]++
			}
			if f.dating != dated {
				n[6]++
			}
			if !f.exploited.IsZero() {
				n[7]++
			}
		}
		row := []string{a.name}
		for j := range n {
			total[j] += n[j]
			row = append(row, fmt.Sprint(n[j]))
		}
		rows = append(rows, append(row, fmt.Sprint(a.gaps), r.context(a)))
	}
	row := []string{"all"}
	for _, n := range total {
		row = append(row, fmt.Sprint(n))
	}
	rows = append(rows, append(row, "", ""))
	table(out, "application;packages;findings;surfaced in the last week;with vector;rating alone;neither;no day of publication;in KEV at the end;gaps;exposure inferred", rows)
	fmt.Fprintf(out, "Days of publication: %d given, %d by the number of the Go record, %d by the year of the CVE, %d unknown and counted from the first week on.\n\n",
		datings[dated], datings[numbered], datings[yeared], datings[undated])
}

// context names what exposures are inferred of a's findings.
func (r *replay) context(a *app) string {
	count := map[string]int{}
	for _, f := range a.findings {
		text := "nothing"
		for _, e := range f.inferred {
			if e.Signal == "exposure" {
				text = e.Text
			}
		}
		count[text]++
	}
	var texts []string
	for _, text := range []string{"open", "controlled", "small", "nothing"} {
		if count[text] > 0 {
			texts = append(texts, text)
		}
	}
	return strings.Join(texts, ", ")
}

// printMain prints the tables of all weeks; part picks the findings, nil is all.
func (r *replay) printMain(out io.Writer, title string, part func(*finding) bool) {
	fmt.Fprintf(out, "%s\n\n", title)
	samples := r.samples()
	var effort, spent [][]string
	base := pooled(r.count(cvss7, r.weeks, part))
	all := pooled(r.count(everyone, r.weeks, part))
	weeks := float64(len(r.weeks))
	for _, rule := range r.rules {
		if r.isSupposed(rule.name) || part != nil && strings.HasSuffix(rule.name, leftOut) {
			continue
		}
		tallies := r.count(rule.name, r.weeks, part)
		t, d := pooled(tallies), resampled(tallies, samples)
		effort = append(effort, []string{rule.name, ranged(tally.effort, t, d, percent), ranged(tally.meanEffort, t, d, percent),
			ranged(tally.knownCovered, t, d, percent), fmt.Sprintf("%.0f of %.0f", t.laterSurfaced, t.later), ranged(tally.efficiency, t, d, percent),
			ranged(tally.median, t, d, number), ranged(tally.ninetieth, t, d, number)})
		fewer := func(t tally) float64 { return t.saved }
		for i := range d { // against CVSS >= 7 in the same draw
			d[i].saved = math.NaN()
		}
		for i, c := range resampled(r.count(cvss7, r.weeks, part), samples) {
			d[i].saved = 1 - d[i].harmless()/c.harmless()
		}
		t.saved = 1 - t.harmless()/base.harmless()
		spent = append(spent, []string{rule.name, percent(t.recall()), number(t.harmless() / weeks), ranged(fewer, t, d, percent),
			number(t.actions / weeks), number(quantile(t.actions50, 0.5)), number(quantile(t.actions50, 0.9)), whole(t.perFinding() / weeks), percent(1 - t.perFinding()/base.perFinding()),
			whole(t.perAction() / weeks), percent(1 - t.perAction()/base.perAction())})
	}
	fmt.Fprintf(out, "%.0f findings by week, of these %.0f in KEV by then and %.0f later.\n\n", all.findings, all.known, all.later)
	fmt.Fprintf(out, "The mean, the median and p90 are over application-weeks of at least %d findings, of which there are %d.\n\n", few, len(all.per50))
	table(out, "rule;effort;effort, mean by application and week;KEV known covered;KEV later;efficiency;surfaced per 50, median;p90", effort)
	fmt.Fprint(out, "Findings and minutes of an average week, all applications:\n\n")
	table(out, "rule;recall;not exploited, surfaced;fewer than CVSS >= 7;actions;actions per 50 findings, median;p90;minutes by finding;less than CVSS >= 7;minutes by action;less than CVSS >= 7", spent)
}

func (r *replay) isSupposed(name string) bool {
	return slices.ContainsFunc(supposed(), func(s rule) bool { return s.name == name })
}

func whole(v float64) string { return fmt.Sprintf("%.0f", v) }

func (r *replay) printDays(out io.Writer) {
	fmt.Fprint(out, "## On the days of EPSS\n\n")
	var rows [][]string
	for i, d := range r.days {
		w := []week{{d.date, i}}
		row := []string{d.date.Format(time.DateOnly)}
		for j, rule := range []string{balanced, declared, cvss7, "EPSS >= 0.1"} {
			t := pooled(r.count(rule, w, nil))
			if j == 0 {
				row = append(row, fmt.Sprint(t.findings), fmt.Sprint(t.known), fmt.Sprint(t.later))
			}
			row = append(row, fmt.Sprintf("%s, %.0f of %.0f, %.0f of %.0f", percent(t.effort()), t.knownSurfaced, t.known, t.laterSurfaced, t.later))
		}
		rows = append(rows, row)
	}
	fmt.Fprint(out, "Effort, KEV known and surfaced, KEV later and surfaced:\n\n")
	table(out, "day;findings;KEV known;KEV later;balanced;declared;CVSS >= 7;EPSS >= 0.1", rows)
}

// printExploited lists each vulnerability that KEV has, and in which share of the weeks before its day it was surfaced.
func (r *replay) printExploited(out io.Writer) {
	type entry struct {
		cve, name        string
		added, published time.Time
		apps             []string
		scopes           []string
		before           int
		rules            map[string]int
		basis            basis
	}
	rules := []string{balanced, declared, cvss7, cvss9, "EPSS >= 0.1", riskRule}
	entries := map[string]*entry{}
	for _, a := range r.apps {
		for _, f := range a.findings {
			if f.exploited.IsZero() {
				continue
			}
			cve := strings.Join(f.cves, " ")
			e := entries[cve]
			if e == nil {
				e = &entry{cve: cve, name: f.Package.Name, added: f.exploited, published: f.published, rules: map[string]int{}, basis: f.basis}
				entries[cve] = e
			}
			if !slices.Contains(e.apps, a.name) {
				e.apps = append(e.apps, a.name)
			}
			for _, w := range r.weeks {
				if f.known(w.date) && !f.listed(w.date) {
					e.before++
					for _, rule := range rules {
						if r.said[rule][f][w.at(f)] {
							e.rules[rule]++
						}
					}
				}
			}
		}
	}
	var rows [][]string
	keys := make([]string, 0, len(entries))
	for cve := range entries {
		keys = append(keys, cve)
	}
	slices.Sort(keys)
	for _, cve := range keys {
		e := entries[cve]
		row := []string{e.cve, e.name, e.published.Format(time.DateOnly), e.added.Format(time.DateOnly), fmt.Sprint(len(e.apps)), fmt.Sprint(e.before)}
		for _, rule := range rules {
			row = append(row, fmt.Sprint(e.rules[rule]))
		}
		rows = append(rows, row)
	}
	fmt.Fprint(out, "## What KEV has\n\n")
	table(out, "CVE;package;published;in KEV;applications;finding-weeks before;balanced;declared;CVSS >= 7;CVSS >= 9;EPSS >= 0.1;EPSS x CVSS", rows)
}
