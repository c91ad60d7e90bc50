package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/fettle-dev/fettle/pkg/correlate"
	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/prioritize"
)

const (
	labelFile = "threat/cve-labels-to-2024-06.csv.gz"
	ssvcFile  = "threat/ssvc.csv.gz"
)

// labelledCVE is one CVE that CISA labelled, seven days after its publication.
type labelledCVE struct {
	ecosystem        string
	published, kev   time.Time
	score            float64
	automatable      bool // as CISA says
	total            bool
	a, t             bool // as fettle reads the vector
	hasVector, known bool // in KEV on the seventh day
	prob             float64
	surfaced         map[string]bool // by rule
	order            float64         // of balanced: the outcome, then the rank
}

// first is the month from which on CISA labelled what is published; of older CVEs it labelled those that mattered.
var first = time.Date(2024, 2, 1, 0, 0, 0, 0, time.UTC)

func printLabelled(ctx context.Context, out io.Writer, dir string, median float64) error {
	all, err := readLabelled(ctx, median, filepath.Join(dir, labelFile))
	if err != nil {
		return err
	}
	fmt.Fprint(out, "## CVEs that CISA labelled\n\nEach CVE counts as one finding of an open system, seven days after its publication, with the EPSS of that day. KEV later is what was added up to the end of the data.\n\n")
	parts := []struct {
		name string
		in   func(labelledCVE) bool
	}{
		{"Published from 2024-02 to 2024-06", func(c labelledCVE) bool { return !c.published.Before(first) }},
		{"Of these, with a vector", func(c labelledCVE) bool { return !c.published.Before(first) && c.hasVector }},
		{"Of these, of packages of a language", func(c labelledCVE) bool { return !c.published.Before(first) && c.ecosystem != "" }},
		{"All, older ones that CISA chose among them", func(labelledCVE) bool { return true }},
	}
	for _, part := range parts {
		var in []labelledCVE
		for _, c := range all {
			if part.in(c) {
				in = append(in, c)
			}
		}
		fmt.Fprintf(out, "%s, %d CVEs:\n\n", part.name, len(in))
		var rows [][]string
		for _, name := range labelledRules {
			rows = append(rows, covered(in, name))
		}
		table(out, "rule;effort;KEV known, surfaced;KEV later, surfaced (95% by Wilson);efficiency", rows)
	}
	printOrder(out, all)
	printAgreement(out, all)
	return printWider(out, dir)
}

// covered is the row of one rule.
func covered(all []labelledCVE, rule string) []string {
	var surfaced, known, later, knownS, laterS int
	for _, c := range all {
		s := int(one(c.surfaced[rule]))
		surfaced += s
		switch {
		case c.known:
			known++
			knownS += s
		case !c.kev.IsZero():
			later++
			laterS += s
		}
	}
	return []string{rule, percent(float64(surfaced) / float64(len(all))), fmt.Sprintf("%d of %d", knownS, known), share(laterS, later),
		percent(float64(knownS+laterS) / float64(surfaced))}
}

var labelledRules = []string{balanced, "fettle balanced, controlled", "fettle ssvc-deployer", "fettle bod-26-04", cvss7, cvss9, "EPSS >= 0.1", "A and T, or EPSS >= 0.1"}

func readLabelled(ctx context.Context, median float64, file string) ([]labelledCVE, error) {
	var all []labelledCVE
	err := eachRow(file, func(row map[string]string, _ []string) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		c := labelledCVE{ecosystem: row["eco"], automatable: row["auto"] == "yes", total: row["ti"] == "total", surfaced: map[string]bool{}}
		var err error
		if row["published"] == "" {
			return nil // no seventh day
		}
		if c.published, err = time.Parse(time.DateOnly, row["published"]); err != nil {
			return fmt.Errorf("%s: %w", row["cve"], err)
		}
		if row["kev"] != "" {
			if c.kev, err = time.Parse(time.DateOnly, row["kev"]); err != nil {
				return fmt.Errorf("%s: %w", row["cve"], err)
			}
		}
		c.known = !c.kev.IsZero() && !c.kev.After(c.published.AddDate(0, 0, 7))
		if row["e7"] != "" {
			if c.prob, err = strconv.ParseFloat(row["e7"], 64); err != nil {
				return fmt.Errorf("%s: %w", row["cve"], err)
			}
		}
		if err := c.judge(ctx, row, median); err != nil {
			return err
		}
		all = append(all, c)
		return nil
	})
	return all, err
}

// judge asks every rule.
func (c *labelledCVE) judge(ctx context.Context, row map[string]string, median float64) error {
	f := fettle.Finding{ID: "x", Kind: fettle.Dependency, Rule: row["cve"], Scope: fettle.Production}
	for _, v := range []string{row["vector"], row["v4"]} {
		if v != "" {
			f.Severity = append(f.Severity, fettle.Severity{Type: "CVSS", Vector: v, Source: row["vsrc"]})
		}
	}
	scene := fettle.Scene{Findings: []fettle.Finding{f}}
	scored, err := correlate.CVSS{}.Correlate(ctx, scene)
	if err != nil {
		return err
	}
	evidence := scored.Evidence["x"]
	var b basis
	c.score, b = severity(evidence)
	c.hasVector = b == byVector
	if c.hasVector {
		c.a, c.t = automatableAndTotal(evidence[0].Text)
	}
	kev := fettle.Evidence{Signal: fettle.KEV, Status: fettle.Absent, Source: "kev"}
	if c.known {
		kev.Status = fettle.Known
	}
	epss := fettle.Evidence{Signal: fettle.EPSS, Status: fettle.Absent, Source: "epss"}
	if row["e7"] != "" {
		epss.Status, epss.Value = fettle.Known, c.prob
	}
	evidence = append(evidence, kev, epss)
	say := func(name string, mode prioritize.Mode, exposure string) {
		with := append(evidence[:len(evidence):len(evidence)], fettle.Evidence{Signal: fettle.Exposure, Status: fettle.Known, Text: exposure, Declared: true})
		p := prioritize.SSVC{Mode: mode, Median: median}.Prioritize(f, with)
		c.surfaced[name] = p.Outcome.Surfaced()
		if name == balanced {
			c.order = 1000*float64(p.Outcome.Urgency()) + p.Rank
		}
	}
	say(balanced, prioritize.Balanced, "open")
	say("fettle balanced, controlled", prioritize.Balanced, "controlled")
	say("fettle ssvc-deployer", prioritize.Deployer, "open")
	say("fettle bod-26-04", prioritize.BOD, "open")
	c.surfaced[cvss7], c.surfaced[cvss9] = c.score >= 7, c.score >= 9
	c.surfaced["EPSS >= 0.1"] = c.prob >= 0.1
	c.surfaced["A and T, or EPSS >= 0.1"] = c.hasVector && c.a && c.t || c.prob >= 0.1
	return nil
}

// automatableAndTotal reads a vector the way docs/policy.md says.
func automatableAndTotal(vector string) (a, t bool) {
	has := func(metrics string) bool {
		for m := range strings.FieldsSeq(metrics) {
			if !strings.Contains("/"+vector+"/", "/"+m+"/") {
				return false
			}
		}
		return true
	}
	if strings.HasPrefix(vector, "CVSS:4") {
		return has("AV:N AC:L AT:N PR:N UI:N"), has("VC:H VI:H")
	}
	return has("AV:N AC:L PR:N UI:N"), has("C:H I:H")
}

// share writes k of n with the 95% interval of Wilson.
func share(k, n int) string {
	if n == 0 {
		return "0 of 0"
	}
	const z = 1.959964
	p, m := float64(k)/float64(n), float64(n)
	middle, half := (p+z*z/(2*m))/(1+z*z/m), z/(1+z*z/m)*math.Sqrt(p*(1-p)/m+z*z/(4*m*m))
	return fmt.Sprintf("%d of %d (%s to %s)", k, n, percent(max(middle-half, 0)), percent(min(middle+half, 1)))
}
