package decide

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// page returns docs/policy.md.
func page(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../docs/policy.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// table returns the cells of the table under a header, without back quotes and what follows a colon.
func table(t *testing.T, page, header string) [][]string {
	t.Helper()
	_, rest, ok := strings.Cut(page, "\n"+header+"\n")
	if !ok {
		t.Fatalf("docs/policy.md has no table %s", header)
	}
	var rows [][]string
	for _, line := range strings.Split(rest, "\n")[1:] {
		if !strings.HasPrefix(line, "|") {
			break
		}
		var row []string
		for _, cell := range strings.Split(strings.Trim(line, "|"), "|") {
			cell, _, _ = strings.Cut(strings.TrimSpace(cell), ":")
			row = append(row, strings.ReplaceAll(cell, "`", ""))
		}
		rows = append(rows, row)
	}
	return rows
}

func TestThePageShowsTheDefaults(t *testing.T) {
	var want [][]string
	for _, e := range []Environment{Development, Staging, Production} {
		rule, _ := Policy{Environment: e}.rule(fettle.Case{})
		want = append(want, []string{string(e), string(rule.Action), fmt.Sprint(*rule.MinConfidence), string(rule.Majors)})
	}
	got := table(t, page(t), "| Environment | `action` | `min_confidence` | `majors` |")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	var defaults []string
	for _, row := range table(t, page(t), "| Key | Values | Default |") {
		defaults = append(defaults, row[0]+" "+row[2])
	}
	var zero Rules
	wantDefaults := []string{
		fmt.Sprintf("fail_on %s", zero.failOn()), fmt.Sprintf("fail_on_new %t", zero.failOnNew()), fmt.Sprintf("accept_gaps %t", zero.AcceptGaps),
	}
	if diff := cmp.Diff(wantDefaults, defaults); diff != "" {
		t.Error(diff)
	}
}

func TestThePageShowsWhatExceptionsDo(t *testing.T) {
	var want [][]string
	for _, s := range []VEXStatus{NotAffected, Fixed, Affected, UnderInvestigation} {
		x := Exception{Finding: "CVE-2020-1234", Status: s, Reason: "r", Expires: Date{today}}
		d := Policy{Exceptions: []Exception{x}, Today: today}.Decide(kase(fettle.Act), nil)
		fails := "no"
		if d.Fails {
			fails = "yes"
		}
		want = append(want, []string{string(s), string(d.Action), fails})
	}
	if diff := cmp.Diff(want, table(t, page(t), "| Status | Action | Fails the run |")); diff != "" {
		t.Error(diff)
	}
}

func TestTheExamplesOfThePageLoad(t *testing.T) {
	loaded := 0
	for _, block := range strings.Split(page(t), "```yaml\n")[1:] {
		block, _, _ = strings.Cut(block, "```")
		if !strings.HasPrefix(block, "policy:") && !strings.HasPrefix(block, "exceptions:") {
			continue // of another package
		}
		if _, _, err := load(block); err != nil {
			t.Errorf("%v in:\n%s", err, block)
		}
		loaded++
	}
	if loaded != 2 {
		t.Errorf("loaded %d examples, want 2", loaded)
	}
}
