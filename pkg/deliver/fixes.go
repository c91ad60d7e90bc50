package deliver

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// draft is a fix with all that the report says of it.
type draft struct {
	Fix        fettle.Fix
	Verdict    fettle.Verdict // zero where it was not tried
	Confidence *fettle.Confidence
	Decisions  []fettle.Decision // of the cases that it resolves, each once
	Shipped    bool              // part of the set that was tried as a whole and ships
}

// drafts returns the fixes of r: those that ship, those that passed, those that failed, the rest, each in the report's order.
func drafts(r fettle.Report) []draft {
	var all []draft
	for _, f := range r.Fixes {
		d := draft{Fix: f}
		if r.Trial != nil {
			d.Verdict = r.Trial.Verdicts[f.ID]
			d.Verdict.Reason = titled(r, d.Verdict.Reason)
			d.Shipped = slices.ContainsFunc(r.Trial.Shipped, func(s fettle.Step) bool { return s.Fix == f.ID })
		}
		for _, c := range r.Cases {
			for _, a := range c.Attempts {
				if a.Fix == f.ID && d.Confidence == nil {
					d.Confidence = &a.Confidence
				}
			}
			if !slices.Contains(f.Resolves, c.Finding.ID) || c.Decision.Fix != "" && c.Decision.Fix != f.ID {
				continue
			}
			if !slices.ContainsFunc(d.Decisions, func(other fettle.Decision) bool { return decisionText(other) == decisionText(c.Decision) }) {
				d.Decisions = append(d.Decisions, c.Decision)
			}
		}
		all = append(all, d)
	}
	slices.SortStableFunc(all, func(a, b draft) int { return cmp.Compare(a.place(), b.place()) })
	return all
}

func (d draft) place() int {
	word, _ := d.result()
	switch {
	case d.Shipped:
		return 0
	case word == string(fettle.Apply):
		return 1
	case d.Verdict.Status == fettle.Passed:
		return 2
	case d.Verdict.Status == fettle.Failed:
		return 3
	}
	return 4
}

// result is what came of a fix, in a word, and why it came to no more than that.
func (d draft) result() (word, why string) {
	chosen := fettle.Action("")
	for _, dec := range d.Decisions {
		if dec.Fix == d.Fix.ID && (chosen == "" || dec.Action == fettle.Apply) {
			chosen = dec.Action
		}
	}
	switch {
	case d.Verdict.Status != fettle.Passed:
		return statusWord(d.Verdict.Status), d.Verdict.Reason
	case d.Shipped, chosen == fettle.Apply:
		return string(fettle.Apply), d.Verdict.Reason
	case chosen == fettle.Suggest:
		return string(fettle.Suggest), d.held()
	case chosen == "":
		return string(fettle.Passed), "another fix was chosen for what it resolves"
	}
	return string(fettle.Passed), d.held()
}

// held says why policy did not apply d, of what it says about this fix and no other.
func (d draft) held() string {
	var all []string
	for _, dec := range d.Decisions {
		if dec.Fix != d.Fix.ID {
			continue
		}
		for _, why := range dec.Why {
			other := strings.HasPrefix(why, "the fix ") && !strings.HasPrefix(why, "the fix "+d.Fix.ID)
			if !other {
				all = append(all, strings.TrimPrefix(why, "the fix "+d.Fix.ID+" ("+d.Fix.Title+") "))
			}
		}
	}
	return strings.Join(unique(all), "; ")
}

// about says what a fix brings: "resolves 3, confidence 0.93, apply".
func (d draft) about() string {
	word, _ := d.result()
	resolves := "resolves "
	if d.Verdict.Status != fettle.Passed {
		resolves = "would resolve "
	}
	parts := []string{resolves + count(len(d.Fix.Resolves), "finding", "findings")}
	if d.Verdict.Status == fettle.Passed && d.Confidence != nil {
		parts = append(parts, "confidence "+confidenceText(*d.Confidence))
	}
	if d.Fix.Major {
		parts = append(parts, "major version")
	}
	if word == string(fettle.Apply) || word == string(fettle.Suggest) {
		parts = append(parts, word)
	}
	if n := len(d.Fix.Breaks); n > 0 {
		parts = append(parts, "may break "+count(n, "place", "places"))
	}
	if n := len(d.Fix.Introduces); n > 0 {
		parts = append(parts, "brings "+count(n, "new finding", "new findings"))
	}
	return strings.Join(parts, ", ")
}

// titled puts the title of a fix in the place of its id.
func titled(r fettle.Report, s string) string {
	for _, f := range r.Fixes {
		if len(f.ID) >= 8 {
			s = strings.ReplaceAll(s, f.ID, `"`+f.Title+`"`)
		}
	}
	return s
}

func twoDigits(v float64) string { return fmt.Sprintf("%.2f", v) }

// confidenceText gives the number that rules use, and how many labelled upgrades like this one it rests on: "0.93 (n=120)".
func confidenceText(c fettle.Confidence) string {
	switch {
	case c.Unknown:
		return fmt.Sprintf("unknown (n=%s)", thousands(c.Cases))
	case c.Cases > 0:
		return fmt.Sprintf("%s (n=%s)", twoDigits(c.Value), thousands(c.Cases))
	}
	return twoDigits(c.Value)
}

// checkText states one check: "test passed (412 tests)", "build skipped (no build script)".
func checkText(c fettle.Check) string {
	var more []string
	if c.Ran > 0 {
		more = append(more, count(c.Ran, "test", "tests"))
	}
	if n := len(c.Broken); n > 0 {
		more = append(more, thousands(n)+" newly broken")
	}
	if n := len(c.Vanished); n > 0 {
		more = append(more, thousands(n)+" of them gone")
	}
	if n := len(c.Flaky); n > 0 {
		more = append(more, thousands(n)+" flaky")
	}
	if n := len(c.Fixed); n > 0 {
		more = append(more, thousands(n)+" mended")
	}
	if c.Detail != "" {
		more = append(more, c.Detail)
	}
	s := c.Name + " " + string(c.Status)
	if len(more) > 0 {
		s += " (" + strings.Join(more, ", ") + ")"
	}
	return s
}

// checkTexts states all checks; neighbours that ended alike share a statement: "applies, install passed".
func checkTexts(checks []fettle.Check) []string {
	var all, names []string
	for i, c := range checks {
		names = append(names, c.Name)
		end := strings.TrimPrefix(checkText(c), c.Name)
		if i+1 < len(checks) && strings.TrimPrefix(checkText(checks[i+1]), checks[i+1].Name) == end {
			continue
		}
		all = append(all, strings.Join(names, ", ")+end)
		names = nil
	}
	return all
}

// contributions lists what a confidence is made of, in log odds, the weightiest first: "lockfile only (+1.2)".
func contributions(c fettle.Confidence) []string {
	reasons := slices.Clone(c.Reasons)
	slices.SortStableFunc(reasons, func(a, b fettle.Reason) int { return cmp.Compare(max(b.Points, -b.Points), max(a.Points, -a.Points)) })
	var all []string
	for _, r := range reasons {
		s := cmp.Or(r.Text, r.Factor)
		if r.Points != 0 {
			s += fmt.Sprintf(" (%+.1f)", r.Points)
		}
		all = append(all, s)
	}
	return all
}

// moveText states what happens to one package: "qs 6.7.0 → 6.9.7", "side-channel 1.0.4 added".
func moveText(m fettle.Move) string {
	switch {
	case m.From == "":
		return m.Name + " " + m.To + " added"
	case m.To == "":
		return m.Name + " " + m.From + " removed"
	}
	return m.Name + " " + m.From + " → " + m.To
}

// moves returns what moves, each once: copies of one package that move alike are one line.
func moves(f fettle.Fix) []string {
	var all []string
	for _, m := range f.Moves {
		all = append(all, moveText(m))
	}
	return unique(all)
}

// excerpt returns the last lines of a check's output, where failures are told, and how many lines were left off.
func excerpt(output string, lines, bytes int) (string, int) {
	all := strings.Split(strings.Trim(plainLines(output), "\n"), "\n")
	for i := range all {
		all[i] = clip(strings.TrimRight(all[i], " "), 240)
	}
	cut := max(0, len(all)-lines)
	for size := len(strings.Join(all[cut:], "\n")); size > bytes && cut < len(all)-1; cut++ {
		size -= len(all[cut]) + 1
	}
	return strings.Join(all[cut:], "\n"), cut
}
