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
	"github.com/fettle-dev/fettle/pkg/feed"
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
}

// first is the month from which on CISA labelled what is published; of older CVEs it labelled those that mattered.
var first = time.Date(2024, 2, 1, 0, 0, 0, 0, time.UTC)

func printLabelled(ctx context.Context, out io.Writer, dir string) error {
	all, err := readLabelled(ctx, filepath.Join(dir, labelFile))
	if err != nil {
		return err
	}
	fmt.Fprint(out, "## CVEs that CISA labelled\n\nEach CVE counts as one finding of an open system, seven days after its publication, with the EPSS of that day. KEV later is what was added up to the end of the data.\n\n")
	parts := []struct {
		name string
		in   func(labelledCVE) bool
	}{
		{"published from 2024-02 to 2024-06", func(c labelledCVE) bool { return !c.published.Before(first) }},
		{"of these, with a vector", func(c labelledCVE) bool { return !c.published.Before(first) && c.hasVector }},
		{"of these, of packages of a language", func(c labelledCVE) bool { return !c.published.Before(first) && c.ecosystem != "" }},
		{"all, older ones chosen by CISA among them", func(labelledCVE) bool { return true }},
	}
	header := "rule"
	var rows [][]string
	for _, name := range labelledRules {
		rows = append(rows, []string{name})
	}
	for _, part := range parts {
		n := 0
		for _, c := range all {
			if part.in(c) {
				n++
			}
		}
		header += fmt.Sprintf(";%s (%d): effort;KEV known;KEV later;efficiency", part.name, n)
		for i, name := range labelledRules {
			var surfaced, known, later, knownS, laterS int
			for _, c := range all {
				if !part.in(c) {
					continue
				}
				s := int(one(c.surfaced[name]))
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
			rows[i] = append(rows[i], percent(float64(surfaced)/float64(n)), fmt.Sprintf("%d of %d", knownS, known), share(laterS, later),
				percent(float64(knownS+laterS)/float64(surfaced)))
		}
	}
	table(out, header, rows)
	printAgreement(out, all)
	return printWider(out, dir)
}

var labelledRules = []string{balanced, "fettle balanced, controlled", "fettle ssvc-deployer", "fettle bod-26-04", cvss7, cvss9, "EPSS >= 0.1", "A and T, or EPSS >= 0.1"}

func readLabelled(ctx context.Context, file string) ([]labelledCVE, error) {
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
		if err := c.judge(ctx, row); err != nil {
			return err
		}
		all = append(all, c)
		return nil
	})
	return all, err
}

// judge asks every rule.
func (c *labelledCVE) judge(ctx context.Context, row map[string]string) error {
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
		c.surfaced[name] = prioritize.SSVC{Mode: mode}.Prioritize(f, with).Outcome.Surfaced()
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

func printAgreement(out io.Writer, all []labelledCVE) {
	var n, a, t int
	for _, c := range all {
		if c.hasVector {
			n++
			a += int(one(c.a == c.automatable))
			t += int(one(c.t == c.total))
		}
	}
	fmt.Fprintf(out, "Agreement with CISA's labels, this table: A %s, T %s of %d CVEs with a vector.\n\n", percent(float64(a)/float64(n)), percent(float64(t)/float64(n)), n)
	fmt.Fprint(out, "What a score says of A and T, by the vectors of these CVEs:\n\n")
	var rows [][]string
	for _, band := range []struct {
		name      string
		low, high float64
	}{{"low, 0.1 to 3.9", 0.1, 4}, {"medium, 4.0 to 6.9", 4, 7}, {"high, 7.0 to 8.9", 7, 9}, {"critical, 9.0 to 10", 9, 11}, {"any", 0.1, 11}} {
		row := []string{band.name}
		for _, ecosystem := range []string{"all", "a language's packages", "Go", "PyPI"} {
			var n, both, either int
			for _, c := range all {
				if !c.hasVector || c.score < band.low || c.score >= band.high ||
					ecosystem == "a language's packages" && c.ecosystem == "" || ecosystem != "all" && ecosystem != "a language's packages" && c.ecosystem != ecosystem {
					continue
				}
				n++
				both += int(one(c.a && c.t))
				either += int(one(c.a || c.t))
			}
			row = append(row, fmt.Sprint(n), percent(float64(both)/float64(n)), percent(float64(either)/float64(n)))
		}
		rows = append(rows, row)
	}
	table(out, "score;all CVEs;A and T;A or T;a language's packages;A and T;A or T;Go;A and T;A or T;PyPI;A and T;A or T", rows)
}

// printWider compares A and T with all labels there are, beyond those of the table.
func printWider(out io.Writer, dir string) error {
	section, err := compiled(filepath.Join(dir, "threat", "cvss.csv.gz"), func(w io.Writer, r io.Reader) error {
		_, err := feed.CompileCVSS(w, r, time.Time{})
		return err
	})
	if err != nil {
		return err
	}
	vectors, err := feed.OpenCVSS(section)
	if err != nil {
		return err
	}
	var n, a, t int
	err = eachRow(filepath.Join(dir, ssvcFile), func(row map[string]string, _ []string) error {
		for _, v := range vectors.Vectors(row["cve"]) {
			if !strings.HasPrefix(v.Vector, "CVSS:3") {
				continue
			}
			automatable, total := automatableAndTotal(v.Vector)
			n++
			a += int(one(automatable == (row["automatable"] == "yes")))
			t += int(one(total == (row["technical_impact"] == "total")))
			break
		}
		return nil
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "Agreement with all of CISA's labels up to 2024-10: A %s, T %s of %d CVEs with a vector of version 3.\n", percent(float64(a)/float64(n)), percent(float64(t)/float64(n)), n)
	return nil
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
