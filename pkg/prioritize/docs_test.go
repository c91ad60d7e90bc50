package prioritize

import (
	"os"
	"strings"
	"testing"
)

// TestThePageShowsTheTable reads each cell of the page's table as a rule and compares it with the code on all facts.
func TestThePageShowsTheTable(t *testing.T) {
	page, err := os.ReadFile("../../docs/policy.md")
	if err != nil {
		t.Fatal(err)
	}
	cells := map[exploitation][]string{}
	for line := range strings.Lines(string(page)) {
		cols := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if x := exploitation(strings.TrimSpace(cols[0])); len(cols) == 4 && (x == active || x == likely || x == none) {
			cells[x] = cols[1:]
		}
	}
	if len(cells) != 3 {
		t.Fatalf("docs/policy.md shows %d rows of the table, want 3", len(cells))
	}
	conditions := map[string]func(facts) bool{
		"T or M":                     func(f facts) bool { return f.total || f.mission },
		"A and T":                    func(f facts) bool { return f.automatable && f.total },
		"A or T":                     func(f facts) bool { return f.automatable || f.total },
		"A and T and called":         func(f facts) bool { return f.automatable && f.total && f.reach == called },
		"A and T, or M and (A or T)": func(f facts) bool { return f.automatable && f.total || f.mission && (f.automatable || f.total) },
	}
	outcome := func(f facts, cell string) string {
		cell, last, ok := strings.Cut(strings.TrimSpace(cell), ", else ")
		if !ok {
			return cell
		}
		for part := range strings.SplitSeq(strings.ReplaceAll(cell, "T, Track* if", "T; Track* if"), "; ") {
			outcome, words, _ := strings.Cut(part, " if ")
			condition, ok := conditions[words]
			if !ok {
				t.Fatalf("nobody knows the condition %q", words)
			}
			if condition(f) {
				return outcome
			}
		}
		return last
	}
	column := map[exposure]int{open: 0, controlled: 1, small: 2}
	everyFacts(func(f facts) {
		want := outcome(f, cells[f.exploitation][column[f.exposure()]])
		if got := string(f.outcome()); got != want {
			t.Fatalf("%+v: got %s, the page says %s", f, got, want)
		}
	})
}
