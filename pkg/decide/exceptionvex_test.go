package decide

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// own and vendor are evidence of VEX documents.
func own(text string) fettle.Evidence {
	return fettle.Evidence{Signal: fettle.VEX, Status: fettle.Known, Text: text, Source: "Team", AsOf: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC),
		Where: &fettle.Location{Path: ".vex/a.json", Line: 9}, Why: "template() is not called"}
}

func vendor(text string) fettle.Evidence {
	e := own(text)
	e.Where, e.Source = nil, "Acme (acme.json:4)"
	return e
}

var (
	inKEV     = fettle.Evidence{Signal: fettle.KEV, Status: fettle.Known, Source: "kev"}
	notInKEV  = fettle.Evidence{Signal: fettle.KEV, Status: fettle.Absent, Source: "kev"}
	callsIt   = fettle.Evidence{Signal: fettle.Reach, Status: fettle.Known, Text: "called", Where: &fettle.Location{Path: "main.go", Line: 3}}
	importsIt = fettle.Evidence{Signal: fettle.Reach, Status: fettle.Known, Text: "referenced"}
)

func TestVEXDocumentsDecide(t *testing.T) {
	const notCalled = "not_affected vulnerable_code_not_in_execute_path"
	partial := own("fixed")
	partial.Status, partial.Why = fettle.Unknown, "it says nothing of lodash 4.17.11"
	tests := []struct {
		name     string
		evidence []fettle.Evidence
		want     fettle.Action
		rule     string
		why      string
	}{
		{"own not_affected", []fettle.Evidence{own(notCalled)}, fettle.Ignore, ".vex/a.json:9 (Team)", "not_affected, vulnerable_code_not_in_execute_path, stated on 2026-03-01: template() is not called"},
		{"own fixed", []fettle.Evidence{own("fixed")}, fettle.Ignore, ".vex/a.json:9 (Team)", "fixed, stated on 2026-03-01"},
		{"a vendor's not_affected", []fettle.Evidence{vendor(notCalled)}, fettle.Ignore, "VEX of Acme (acme.json:4)", "not_affected, vulnerable"},
		{"affected raises nothing", []fettle.Evidence{own("affected")}, fettle.Inform, "built-in", ".vex/a.json:9 (Team) says affected"},
		{"under_investigation informs, and keeps the gate closed", []fettle.Evidence{vendor("under_investigation")}, fettle.Inform, "built-in", "VEX of Acme (acme.json:4) says under_investigation"},
		{"own affected beats a vendor's fixed", []fettle.Evidence{own("affected"), vendor("fixed")}, fettle.Inform, "built-in", "(Team) says affected"},
		{"own fixed beats a vendor's affected", []fettle.Evidence{own("fixed"), vendor("affected")}, fettle.Ignore, ".vex/a.json:9 (Team)", "fixed"},
		{"vendors that contradict each other", []fettle.Evidence{vendor("affected"), vendor("fixed")}, fettle.Inform, "built-in", "contradict each other, so none is followed"},
		{"vendors that agree", []fettle.Evidence{vendor("fixed"), vendor(notCalled)}, fettle.Ignore, "VEX of Acme", "fixed"},
		{"one that is about some copies only", []fettle.Evidence{partial}, fettle.Inform, "built-in", "the VEX statement of Team is not followed: it says nothing of lodash 4.17.11"},
		{"a vendor's not_affected where it is exploited and called", []fettle.Evidence{vendor(notCalled), inKEV, callsIt}, fettle.Inform, "built-in",
			"it is not followed, because the vulnerability is exploited and the vulnerable code is called at main.go:3"},
		{"a vendor's not_affected where it is exploited", []fettle.Evidence{vendor(notCalled), inKEV, importsIt}, fettle.Ignore, "VEX of Acme", "not_affected"},
		{"a vendor's not_affected where it is called", []fettle.Evidence{vendor(notCalled), notInKEV, callsIt}, fettle.Ignore, "VEX of Acme", "not_affected"},
		{"own not_affected where it is exploited and called", []fettle.Evidence{own(notCalled), inKEV, callsIt}, fettle.Ignore, ".vex/a.json:9", "not_affected"},
		{"an unknown word", []fettle.Evidence{own("safe")}, fettle.Inform, "built-in", "says safe"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := kase(fettle.Act)
			c.Evidence = test.evidence
			got := Policy{}.Decide(c, nil)
			if got.Action != test.want || !strings.HasPrefix(got.Rule, test.rule) || !strings.Contains(strings.Join(got.Why, "\n"), test.why) {
				t.Errorf("got %s by %q: %v", got.Action, got.Rule, got.Why)
			}
			if got.Fails != (test.want == fettle.Inform) {
				t.Errorf("fails %t", got.Fails)
			}
			if (got.Statement != nil) != (test.want == fettle.Ignore) {
				t.Errorf("statement %v", got.Statement)
			}
		})
	}
}

func TestAnExceptionBeatsADocumentAndTellsTheContradiction(t *testing.T) {
	x := Exception{Finding: "CVE-2020-1234", Status: Affected, Reason: "accepted", Expires: Date{today.AddDate(0, 0, 9)}, line: 3}
	c := kase(fettle.Act)
	c.Evidence = []fettle.Evidence{own("fixed"), vendor("affected")}
	got := Policy{Exceptions: []Exception{x}, Today: today}.Decide(c, nil)
	want := fettle.Decision{Action: fettle.Inform, Rule: "fettle.yaml:3 exceptions[0]", Statement: &fettle.Statement{Status: "affected", Reason: "accepted"},
		Why: []string{"affected until 2026-08-25: accepted", ".vex/a.json:9 (Team) contradicts the exception: fixed, stated on 2026-03-01: template() is not called"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	x.Status = Fixed
	got = Policy{Exceptions: []Exception{x}, Today: today}.Decide(c, nil)
	if got.Action != fettle.Ignore || !strings.Contains(strings.Join(got.Why, "\n"), "VEX of Acme (acme.json:4) contradicts the exception: affected") || len(got.Why) != 2 {
		t.Errorf("got %+v", got)
	}
	x.Expires = Date{today.AddDate(0, 0, -9)}
	got = Policy{Exceptions: []Exception{x}, Today: today}.Decide(c, nil)
	if got.Rule != ".vex/a.json:9 (Team)" || len(got.Why) != 2 {
		t.Errorf("with an expired exception: got %+v, want the document", got)
	}
}
