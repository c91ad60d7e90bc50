package vex

import (
	"os"
	"strings"
	"testing"
)

// rows returns the cells of the table under a header of docs/vex.md, without back quotes.
func rows(t *testing.T, header string) [][2]string {
	t.Helper()
	page, err := os.ReadFile("../../docs/vex.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(page), "\n"+header+"\n")
	if !ok {
		t.Fatalf("docs/vex.md has no table %s", header)
	}
	var all [][2]string
	for _, line := range strings.Split(rest, "\n")[1:] {
		if !strings.HasPrefix(line, "|") {
			break
		}
		cells := strings.Split(strings.ReplaceAll(strings.Trim(line, "| "), "`", ""), " | ")
		all = append(all, [2]string{cells[0], cells[1]})
	}
	return all
}

func TestThePageShowsWhatCycloneDXMeans(t *testing.T) {
	states := rows(t, "| `analysis.state` | Status |")
	for _, row := range states {
		if got := stateStatus(row[0]); string(got) != row[1] {
			t.Errorf("state %s means %q, the page says %q", row[0], got, row[1])
		}
	}
	justifications := rows(t, "| `analysis.justification` | Justification |")
	for _, row := range justifications {
		got, words := cdxAnalysis{State: "not_affected", Justification: row[0], Detail: "detail"}.why()
		if row[1] == "kept in words" {
			if got != "" || words != row[0]+": detail" {
				t.Errorf("justification %s becomes %q and %q, the page keeps it in words", row[0], got, words)
			}
		} else if string(got) != row[1] || words != "detail" {
			t.Errorf("justification %s becomes %q and %q, the page says %q", row[0], got, words, row[1])
		}
	}
	if len(states) != 6 || len(justifications) != 9 {
		t.Errorf("the page has %d states of 6 and %d justifications of 9", len(states), len(justifications))
	}
}

func TestTheExampleOfThePageIsUsed(t *testing.T) {
	page, err := os.ReadFile("../../docs/vex.md")
	if err != nil {
		t.Fatal(err)
	}
	_, example, _ := strings.Cut(string(page), "```json\n")
	example, _, _ = strings.Cut(example, "```")
	if d := parse(t, "vex.json", example); len(d.Statements) != 1 || len(d.Notes) > 0 {
		t.Errorf("got %+v", d)
	}
}
