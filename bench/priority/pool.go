package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/fettle-dev/fettle/pkg/correlate"
	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/osv"
)

// record is what all advisories say of one CVE.
type record struct {
	ids        []string
	ecosystem  string
	name       string
	published  time.Time
	severities []fettle.Severity
	cwes       []string
}

// note takes r in under each CVE that it names.
func (d *data) note(r osv.Record) {
	if !r.Withdrawn.IsZero() || len(r.Affected) == 0 || r.Malicious() {
		return
	}
	at := r.Affected[0].Package
	if strings.Contains(at.Ecosystem, ":") || at.Name == "" {
		return // a distribution's advisory is about a package that it built
	}
	for _, id := range append([]string{r.ID}, r.Aliases...) {
		if !cveID.MatchString(id) {
			continue
		}
		have := d.records[id]
		if have == nil {
			have = &record{ids: []string{id}, ecosystem: at.Ecosystem, name: at.Name}
			d.records[id] = have
		}
		if r.ID != id {
			have.ids = append(have.ids, r.ID)
		}
		if r.Published.Year() > 1 && (have.published.IsZero() || r.Published.Before(have.published)) {
			have.published = r.Published
		}
		severities := slices.Clone(r.Severity)
		for _, a := range r.Affected {
			severities = append(severities, a.Severity...)
		}
		if r.Database.Severity != "" {
			severities = append(severities, osv.Severity{Type: "RATING", Score: r.Database.Severity})
		}
		for _, s := range severities {
			have.severities = append(have.severities, fettle.Severity{Type: s.Type, Vector: s.Score, Source: "osv:" + r.ID})
		}
		have.cwes = append(have.cwes, r.Database.CWEs...)
	}
}

// advised makes one finding of each CVE that an advisory names, as if an application of unknown exposure had the package.
func (d *data) advised(ctx context.Context) (*app, error) {
	a := &app{name: "advisories", cluster: "advisories"}
	var scene fettle.Scene
	for _, cve := range slices.Sorted(maps.Keys(d.records)) {
		r := d.records[cve]
		scene.Findings = append(scene.Findings, fettle.Finding{ID: fettle.ID(cve), Kind: fettle.Dependency, Rule: cve, Aliases: r.ids[1:], Scope: fettle.Production,
			Package: fettle.Package{Ecosystem: r.ecosystem, Name: r.name}, Severity: r.severities, CWEs: r.cwes, Published: r.published})
	}
	cvss, err := correlate.CVSS{Feed: d.cvss}.Correlate(ctx, scene)
	if err != nil {
		return nil, err
	}
	controlled, err := correlate.Context{Declared: correlate.Declared{Setting: correlate.Setting{Exposure: correlate.Controlled}}}.Correlate(ctx, scene)
	if err != nil {
		return nil, err
	}
	for _, f := range scene.Findings {
		g := &finding{Finding: f, app: a, cves: []string{f.Rule}, common: cvss.Evidence[f.ID], controlled: controlled.Evidence[f.ID]}
		d.complete(g)
		a.findings = append(a.findings, g)
	}
	return a, nil
}

// printAdvised shows what the rules say of all advisories on the days of EPSS before which KEV still grew.
func (d *data) printAdvised(ctx context.Context, out io.Writer) error {
	a, err := d.advised(ctx)
	if err != nil {
		return err
	}
	early := *d
	early.days = slices.DeleteFunc(slices.Clone(d.days), func(day day) bool { return !day.date.Before(d.kev.AsOf()) })
	rules := slices.DeleteFunc(slices.Concat(compared(), supposed()), func(r rule) bool { return r.name == inferred || r.name == declared || r.name == supposedDeclared })
	var weeks []week
	for i, day := range early.days {
		weeks = append(weeks, week{day.date, i})
	}
	r, err := newReplay(ctx, &early, []*app{a}, rules, weeks)
	if err != nil {
		return err
	}
	fmt.Fprint(out, "## Every advisory as a finding\n\nEach CVE that an advisory of a language's packages names counts once. Effort, KEV known and surfaced, KEV later and surfaced with a 95% interval (Wilson):\n\n")
	header := "rule"
	for _, w := range weeks {
		t := pooled(r.count(everyone, []week{w}, nil))
		header += fmt.Sprintf(";%s: effort of %.0f;known;later", w.date.Format(time.DateOnly), t.findings)
	}
	var rows [][]string
	for _, rule := range r.rules {
		row := []string{rule.name}
		for _, w := range weeks {
			t := pooled(r.count(rule.name, []week{w}, nil))
			row = append(row, percent(t.effort()), fmt.Sprintf("%.0f of %.0f", t.knownSurfaced, t.known), share(int(t.laterSurfaced), int(t.later)))
		}
		rows = append(rows, row)
	}
	table(out, header, rows)
	return nil
}
