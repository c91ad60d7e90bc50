package main

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/fettle-dev/fettle/pkg/score"
)

const (
	begin = "<!-- written by bench/confidence report -->"
	end   = "<!-- end of what bench/confidence report wrote -->"
)

// report writes the tables between two marks of the page, and the diagram beside it.
func report(upgrades []upgrade, page string) error {
	text, err := os.ReadFile(page)
	if err != nil {
		return err
	}
	filled, err := fill(string(text), tables(upgrades))
	if err != nil {
		return fmt.Errorf("%s: %w", page, err)
	}
	if err := os.WriteFile(page, []byte(filled), 0o644); err != nil {
		return err
	}
	picture := strings.TrimSuffix(page, filepath.Ext(page)) + ".svg"
	return os.WriteFile(picture, []byte(diagram(reliability(byGroup(upgrades, methods()[0])))), 0o644)
}

func fill(page, tables string) (string, error) {
	before, rest, ok := strings.Cut(page, begin+"\n")
	_, after, also := strings.Cut(rest, end)
	if !ok || !also {
		return "", fmt.Errorf("no lines %q and %q to write between", begin, end)
	}
	return before + begin + "\n" + tables + end + after, nil
}

func tables(upgrades []upgrade) string {
	var s strings.Builder
	corpusTable(&s, upgrades)
	boundTable(&s, upgrades)
	methodTable(&s, upgrades)
	reliabilityTable(&s, upgrades)
	heldTable(&s, upgrades)
	weightTable(&s, upgrades)
	return s.String()
}

func row(s *strings.Builder, cells ...any) {
	for _, c := range cells {
		fmt.Fprintf(s, "| %v ", c)
	}
	fmt.Fprintln(s, "|")
}

func head(s *strings.Builder, cells ...any) {
	row(s, cells...)
	fmt.Fprintln(s, "|"+strings.Repeat(" --- |", len(cells)))
}

func percent(n, of int) string {
	if of == 0 {
		return "–"
	}
	return fmt.Sprintf("%.1f%%", 100*float64(n)/float64(of))
}

// corpusTable says what there is, and what running half of a suite is worth.
func corpusTable(s *strings.Builder, upgrades []upgrade) {
	projects := map[string]bool{}
	dependencies := map[string]bool{}
	for _, u := range upgrades {
		projects[u.Ecosystem+u.Subject], dependencies[u.Ecosystem+u.Dependency] = true, true
	}
	fmt.Fprintf(s, "### The corpus\n\n%d upgrades of %d dependencies in %d projects.\n\n", len(upgrades), len(dependencies), len(projects))
	head(s, "Ecosystem", "Jump", "Upgrades", "Broken", "of them found by half A", "Passed half A", "of them broken in half B")
	for _, e := range []string{"go", "npm", "python", ""} {
		for _, j := range append(jumps, "") {
			n, broken, caught, passed, missed := 0, 0, 0, 0, 0
			for _, u := range upgrades {
				if e != "" && u.Ecosystem != e || j != "" && u.Jump != j {
					continue
				}
				n++
				switch {
				case !u.passed():
					broken, caught = broken+1, caught+1
				case u.broken():
					broken, passed, missed = broken+1, passed+1, missed+1
				default:
					passed++
				}
			}
			name, jump := e, j
			if e == "" {
				name = "all"
			}
			if j == "" {
				jump = "any"
			}
			if n > 0 {
				row(s, name, jump, n, fmt.Sprintf("%d (%s)", broken, percent(broken, n)), fmt.Sprintf("%d (%s)", caught, percent(caught, broken)), passed, fmt.Sprintf("%d (%s)", missed, percent(missed, passed)))
			}
		}
	}
	fmt.Fprintln(s)
}

// boundTable lists the bounds that values cannot exceed.
func boundTable(s *strings.Builder, upgrades []upgrade) {
	fmt.Fprintf(s, "### What the value cannot exceed\n\nUpgrades of one dependency in one project are one case.\n\n")
	head(s, "Tests", "Ecosystem", "Jump", "Pin forced", "Upgrades", "Cases", "Broken", "95% lower bound")
	for _, t := range fit(upgrades).Strata {
		tested, breaking, forced := "passed", "patch, minor", "no"
		if !t.Tested {
			tested = "not run"
		}
		if t.Breaking {
			breaking = "early, major"
		}
		if t.Override {
			forced = "yes"
		}
		row(s, tested, t.Ecosystem, breaking, forced, t.Upgrades, t.Cases, fmt.Sprintf("%.2f", t.Broken), fmt.Sprintf("%.3f", score.LowerBound(t.Cases-t.Broken, t.Cases, 0.95)))
	}
	fmt.Fprintln(s)
}

// methodTable holds the model against simpler ways, on upgrades that none of them had seen.
func methodTable(s *strings.Builder, upgrades []upgrade) {
	fmt.Fprintf(s, "### Held out\n\n")
	head(s, "Held out by", "Method", "n", "Broken", "Mean predicted", "Came", "Brier", "ECE", "Log loss", "AUC")
	line := func(by, name string, list []prediction) {
		broken, mean := 0, 0.0
		for _, p := range list {
			mean += p.p / float64(len(list))
			if !p.o.clean {
				broken++
			}
		}
		ranks := "–"
		if a := auc(list); !math.IsNaN(a) {
			ranks = fmt.Sprintf("%.2f", a)
		}
		row(s, by, name, len(list), broken, fmt.Sprintf("%.3f", mean), fmt.Sprintf("%.3f", 1-float64(broken)/float64(len(list))),
			fmt.Sprintf("%.4f", brier(list)), fmt.Sprintf("%.4f", calibration(list)), fmt.Sprintf("%.4f", loss(list)), ranks)
	}
	for _, m := range methods() {
		line("project and dependency", m.name, byGroup(upgrades, m))
	}
	for _, m := range methods() {
		if list, day := byTime(upgrades, m); len(list) > 0 {
			line("time, from "+day.Format(time.DateOnly), m.name, list)
		}
	}
	fmt.Fprintln(s)
}

func reliabilityTable(s *strings.Builder, upgrades []upgrade) {
	fmt.Fprintf(s, "### Reliability\n\nThe model, held out by project and dependency. [The diagram](confidence.svg) draws the same.\n\n")
	head(s, "Predicted", "Mean predicted", "n", "Broke nothing", "95% interval")
	for _, b := range reliability(byGroup(upgrades, methods()[0])) {
		row(s, fmt.Sprintf("%.3f to %.3f", b.low, b.high), fmt.Sprintf("%.3f", b.mean), b.n, fmt.Sprintf("%.3f", b.clean), fmt.Sprintf("%.3f to %.3f", b.from, b.to))
	}
	fmt.Fprintln(s)
}

// heldTable says whether a bound that was made without them holds for upgrades.
func heldTable(s *strings.Builder, upgrades []upgrade) {
	fmt.Fprintf(s, "### Whether the bound holds\n\nEach bound is made without the project and without the dependency.\n\n")
	head(s, "Ecosystem", "Jump", "n", "Bound known for", "Mean bound", "Broke nothing")
	for _, e := range []string{"Go", "npm", "PyPI"} {
		for _, breaking := range []bool{false, true} {
			n, known, clean, bound := 0, 0, 0.0, 0.0
			for _, p := range byGroup(upgrades, methods()[1]) {
				if p.o.features.Ecosystem != e || p.o.features.Jump.Breaking() != breaking {
					continue
				}
				n++
				if p.known {
					known++
					bound += p.bound
					clean += p.outcome()
				}
			}
			if n == 0 {
				continue
			}
			jump, mean, came := "patch, minor", "–", "–"
			if breaking {
				jump = "early, major"
			}
			if known > 0 {
				mean, came = fmt.Sprintf("%.3f", bound/float64(known)), fmt.Sprintf("%.3f", clean/float64(known))
			}
			row(s, e, jump, n, known, mean, came)
		}
	}
	fmt.Fprintln(s)
}

func weightTable(s *strings.Builder, upgrades []upgrade) {
	fmt.Fprintf(s, "### Weights\n\nLog odds that an upgrade breaks nothing, and what was believed of them before any label.\n\n")
	head(s, "Term", "Weight", "Believed before", "Sign")
	w, b := fit(upgrades).Weights, beliefs()
	for i, name := range score.Terms {
		sign := map[int]string{-1: "never above 0", 0: "either", 1: "never below 0"}[b[i].sign]
		row(s, "`"+name+"`", fmt.Sprintf("%.3f", w[i]), fmt.Sprintf("%.2f ± %.1f", b[i].mean, b[i].spread), sign)
	}
	fmt.Fprintln(s)
}
