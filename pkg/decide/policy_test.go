package decide

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

var today = time.Date(2026, 8, 16, 13, 0, 0, 0, time.UTC)

func finding() fettle.Finding {
	return fettle.Finding{
		ID: "0123456789abcdef", Rule: "CVE-2020-1234", Aliases: []string{"GHSA-aaaa-bbbb-cccc"},
		Package: fettle.Package{Ecosystem: "npm", Name: "lodash", Version: "4.17.10"},
		Project: "services/a", Location: fettle.Location{Path: "services/a/package-lock.json", Line: 7},
	}
}

func fix(id string, moves int, major bool) fettle.Fix {
	return fettle.Fix{ID: id, Title: "lodash to 4.17.21", Moves: make([]fettle.Move, moves), Major: major, Resolves: []fettle.ID{finding().ID}}
}

func attempt(id string, confidence float64) fettle.Attempt {
	return fettle.Attempt{Fix: id, Verdict: fettle.Verdict{Status: fettle.Passed}, Confidence: fettle.Confidence{Value: confidence}}
}

func refused(id string, status fettle.CheckStatus, reason string) fettle.Attempt {
	return fettle.Attempt{Fix: id, Verdict: fettle.Verdict{Status: status, Reason: reason}}
}

func kase(outcome fettle.Outcome, attempts ...fettle.Attempt) fettle.Case {
	return fettle.Case{Finding: finding(), Priority: fettle.Priority{Outcome: outcome}, Attempts: attempts}
}

func TestActionByEnvironmentAndConfidence(t *testing.T) {
	tests := []struct {
		environment Environment
		confidence  float64
		major       bool
		want        fettle.Action
	}{
		{"", 0.6, false, fettle.Apply},
		{Development, 0.6, false, fettle.Apply},
		{Development, 0.599, false, fettle.Suggest},
		{Development, 0.99, true, fettle.Suggest},
		{Staging, 0.8, false, fettle.Apply},
		{Staging, 0.799, false, fettle.Suggest},
		{Staging, 0.99, true, fettle.Inform},
		{Production, 0.9, false, fettle.Suggest},
		{Production, 0.5, false, fettle.Suggest},
		{Production, 0.99, true, fettle.Inform},
		{"moon", 0.99, false, fettle.Suggest},
	}
	for _, test := range tests {
		p := Policy{Environment: test.environment}
		got := p.Decide(kase(fettle.Attend, attempt("x", test.confidence)), []fettle.Fix{fix("x", 1, test.major)})
		wantFix := "x"
		if test.want == fettle.Inform {
			wantFix = ""
		}
		if got.Action != test.want || got.Fix != wantFix {
			t.Errorf("%q, confidence %v, major %t: got %s %q, want %s: %v", test.environment, test.confidence, test.major, got.Action, got.Fix, test.want, got.Why)
		}
		if !strings.Contains(strings.Join(got.Why, "\n"), "the fix x (lodash to 4.17.21)") {
			t.Errorf("%v does not name the fix", got.Why)
		}
	}
}

func TestTheWholeOfOneDecision(t *testing.T) {
	rules, _, err := load("policy:\n  fail_on: attend\n  environments:\n    staging: {action: apply, min_confidence: 0.85}\n")
	if err != nil {
		t.Fatal(err)
	}
	p := Policy{Rules: rules, Environment: Staging, File: "fettle.yaml", Today: today}
	c := kase(fettle.Act, refused("y", fettle.Failed, "tests broke: 2"), attempt("x", 0.84999))
	c.Change = fettle.Added
	got := p.Decide(c, []fettle.Fix{fix("x", 1, false), fix("y", 1, false)})
	want := fettle.Decision{
		Action: fettle.Suggest, Fix: "x", Fails: true, Rule: "fettle.yaml:4 policy.environments.staging",
		Why: []string{
			"Act fails the run: fettle.yaml:2 policy.fail_on is attend",
			"the fix y (lodash to 4.17.21) failed: tests broke: 2",
			"the fix x (lodash to 4.17.21) passed with confidence 0.849, below min_confidence 0.85",
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestWhichAttemptIsChosen(t *testing.T) {
	fixes := []fettle.Fix{fix("a", 5, false), fix("b", 1, false), fix("c", 1, false), fix("major", 1, true)}
	tests := []struct {
		name     string
		attempts []fettle.Attempt
		want     string
		action   fettle.Action
	}{
		{"the highest confidence", []fettle.Attempt{attempt("b", 0.8), attempt("a", 0.9)}, "a", fettle.Apply},
		{"then the fewest moves", []fettle.Attempt{attempt("a", 0.9), attempt("b", 0.9)}, "b", fettle.Apply},
		{"then the first by ID", []fettle.Attempt{attempt("c", 0.9), attempt("b", 0.9), attempt("a", 0.8)}, "b", fettle.Apply},
		{"one that passed before one that did not", []fettle.Attempt{refused("b", fettle.Failed, "no"), attempt("a", 0.7)}, "a", fettle.Apply},
		{"one that may be applied before a surer major version", []fettle.Attempt{attempt("major", 0.7), attempt("a", 0.65)}, "a", fettle.Apply},
		{"one that was tried before one that was not", []fettle.Attempt{refused("b", fettle.Skipped, "no sandbox"), attempt("a", 0.1)}, "a", fettle.Suggest},
		{"an untried one is suggested at most", []fettle.Attempt{refused("b", fettle.Skipped, "no sandbox")}, "b", fettle.Suggest},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			named := fixes
			if len(test.attempts) < len(fixes) {
				named = nil
				for _, f := range fixes {
					for _, a := range test.attempts {
						if a.Fix == f.ID {
							named = append(named, f)
						}
					}
				}
			}
			got := Policy{}.Decide(kase(fettle.Track, test.attempts...), named)
			if got.Fix != test.want || got.Action != test.action {
				t.Errorf("got %s %s, want %s %s: %v", got.Action, got.Fix, test.action, test.want, got.Why)
			}
		})
	}
}

func TestCasesWithoutAFixThatPassed(t *testing.T) {
	tests := []struct {
		name  string
		c     fettle.Case
		fixes []fettle.Fix
		want  fettle.Action
		why   string
	}{
		{"no fix", kase(fettle.Track), nil, fettle.Inform, "no fix is proposed"},
		{"a fix for something else", kase(fettle.Track), []fettle.Fix{{ID: "z", Resolves: []fettle.ID{"other"}}}, fettle.Inform, "no fix is proposed"},
		{"a failed fix", kase(fettle.Track, refused("x", fettle.Failed, "build: exit status 2")), []fettle.Fix{fix("x", 1, false)}, fettle.Inform,
			"the fix x (lodash to 4.17.21) failed: build: exit status 2"},
		{"an attempt without its fix", kase(fettle.Track, attempt("x", 0.9)), nil, fettle.Inform, "the fix x is not among the proposed ones"},
		{"a fix that nobody tried", kase(fettle.Track), []fettle.Fix{fix("x", 1, false)}, fettle.Suggest, "the fix x (lodash to 4.17.21) was not tried"},
		{"a failed check gives the reason where the verdict has none", kase(fettle.Track, fettle.Attempt{Fix: "x", Verdict: fettle.Verdict{
			Status: fettle.Failed, Checks: []fettle.Check{{Name: "install", Status: fettle.Passed, Detail: "fine"}, {Name: "build", Status: fettle.Failed, Detail: "exit status 2"}},
		}}), []fettle.Fix{fix("x", 1, false)}, fettle.Inform, "failed: build: exit status 2"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := Policy{}.Decide(test.c, test.fixes)
			if got.Action != test.want || !strings.Contains(strings.Join(got.Why, "\n"), test.why) {
				t.Errorf("got %s %v, want %s that says %q", got.Action, got.Why, test.want, test.why)
			}
			if (got.Fix != "") != (test.want == fettle.Suggest) {
				t.Errorf("got the fix %q with %s", got.Fix, got.Action)
			}
		})
	}
}

func TestFailOn(t *testing.T) {
	outcomes := []fettle.Outcome{fettle.Track, fettle.TrackStar, fettle.Attend, fettle.Act}
	no := false
	tests := []struct {
		failOn    FailOn
		failOnNew *bool
		change    fettle.Change
		first     int // the first outcome that fails
	}{
		{"", nil, "", 3},
		{FailNever, nil, "", 4},
		{FailTrack, nil, "", 0},
		{FailTrackStar, nil, "", 1},
		{FailAttend, nil, "", 2},
		{FailAct, nil, "", 3},
		{FailAttend, nil, fettle.Added, 2},
		{FailAttend, nil, fettle.Existing, 4},
		{FailAttend, &no, fettle.Existing, 2},
	}
	for _, test := range tests {
		for i, o := range outcomes {
			c := kase(o)
			c.Change = test.change
			got := Policy{Rules: Rules{FailOn: test.failOn, FailOnNew: test.failOnNew}}.Decide(c, nil)
			if got.Fails != (i >= test.first) {
				t.Errorf("fail_on %q, change %q, %s: fails %t", test.failOn, test.change, o, got.Fails)
			}
		}
	}
}

func TestExceptions(t *testing.T) {
	expires := Date{time.Date(2026, 8, 16, 0, 0, 0, 0, time.UTC)}
	x := Exception{
		Finding: "CVE-2020-1234", Status: NotAffected, Justification: CodeNotInExecutePath, Reason: "we never call it", Expires: expires, line: 20,
	}
	with := func(change func(*Exception)) Exception {
		y := x
		change(&y)
		return y
	}
	const until = "not_affected, vulnerable_code_not_in_execute_path until 2026-08-16: we never call it"
	tests := []struct {
		name  string
		x     Exception
		today time.Time
		want  fettle.Action
		why   string
	}{
		{"covers on its last day", x, today, fettle.Ignore, until},
		{"covers by alias, whatever the case", with(func(x *Exception) { x.Finding = "ghsa-AAAA-bbbb-cccc" }), today, fettle.Ignore, until},
		{"covers by the finding's ID", with(func(x *Exception) { x.Finding = "0123456789abcdef" }), today, fettle.Ignore, until},
		{"of its package", with(func(x *Exception) { x.Package = "lodash" }), today, fettle.Ignore, until},
		{"of another package", with(func(x *Exception) { x.Package = "underscore" }), today, fettle.Inform, "no fix"},
		{"of its directory", with(func(x *Exception) { x.Path = "services/a/" }), today, fettle.Ignore, until},
		{"of a directory above", with(func(x *Exception) { x.Path = "services" }), today, fettle.Ignore, until},
		{"of its lockfile", with(func(x *Exception) { x.Path = "services/a/package-lock.json" }), today, fettle.Ignore, until},
		{"of the root", with(func(x *Exception) { x.Path = "." }), today, fettle.Ignore, until},
		{"of a directory with a longer name", with(func(x *Exception) { x.Path = "services/aa" }), today, fettle.Inform, "no fix"},
		{"of a directory with a shorter name", with(func(x *Exception) { x.Path = "serv" }), today, fettle.Inform, "no fix"},
		{"of a glob of directories", with(func(x *Exception) { x.Path = "services/*" }), today, fettle.Ignore, until},
		{"of a glob of lockfiles", with(func(x *Exception) { x.Path = "**/package-lock.json" }), today, fettle.Ignore, until},
		{"of a glob with alternatives", with(func(x *Exception) { x.Path = "{apps,services}/a" }), today, fettle.Ignore, until},
		{"of everything", with(func(x *Exception) { x.Path = "**" }), today, fettle.Ignore, until},
		{"of a glob of other directories", with(func(x *Exception) { x.Path = "apps/*" }), today, fettle.Inform, "no fix"},
		{"of a glob that ends before a slash", with(func(x *Exception) { x.Path = "serv*/b*" }), today, fettle.Inform, "no fix"},
		{"of another advisory", with(func(x *Exception) { x.Finding = "CVE-2020-12345" }), today, fettle.Inform, "no fix"},
		{"of no advisory", with(func(x *Exception) { x.Finding = "" }), today, fettle.Inform, "no fix"},
		{"fixed", with(func(x *Exception) { x.Status, x.Justification = Fixed, "" }), today, fettle.Ignore, "fixed until 2026-08-16: we never call it"},
		{"affected and accepted", with(func(x *Exception) { x.Status, x.Justification = Affected, "" }), today, fettle.Inform, "affected until"},
		{"under investigation", with(func(x *Exception) { x.Status, x.Justification = UnderInvestigation, "" }), today, fettle.Inform, "under_investigation until"},
		{"has expired the day after", x, today.AddDate(0, 0, 1), fettle.Inform, "the exception at fettle.yaml:20 exceptions[0] expired on 2026-08-16 and no longer applies"},
		{"does not apply without a clock", x, time.Time{}, fettle.Inform, "does not apply: the day is not known"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := Policy{Exceptions: []Exception{test.x}, Today: test.today}.Decide(kase(fettle.Act), nil)
			if got.Action != test.want || !strings.Contains(strings.Join(got.Why, "\n"), test.why) {
				t.Errorf("got %s %v, want %s that says %q", got.Action, got.Why, test.want, test.why)
			}
			applies := strings.Contains(strings.Join(got.Why, "\n"), "until 2026-08-16")
			if got.Fails == applies {
				t.Errorf("fails %t where the exception applies is %t", got.Fails, applies)
			}
			if want := "fettle.yaml:20 exceptions[0]"; applies && got.Rule != want {
				t.Errorf("rule %q, want %q", got.Rule, want)
			}
		})
	}
}

func TestAnExpiredExceptionGivesWayToALaterOne(t *testing.T) {
	x := Exception{Finding: "CVE-2020-1234", Status: Fixed, Reason: "patched", Expires: Date{today.AddDate(0, 0, -9)}, line: 3}
	y := x
	y.Expires, y.line = Date{today.AddDate(0, 0, 9)}, 9
	got := Policy{Exceptions: []Exception{x, y}, Today: today}.Decide(kase(fettle.Act), nil)
	if got.Rule != "fettle.yaml:9 exceptions[1]" || len(got.Why) != 2 || got.Fails {
		t.Errorf("got %+v, want the second exception, and a note on the first", got)
	}
}

func TestAccepts(t *testing.T) {
	gaps := []fettle.Gap{{Stage: "correlate", Subject: "kev"}}
	if p := (Policy{}); !p.Accepts(nil) || p.Accepts(gaps) {
		t.Error("the built-in policy accepts gaps, or refuses a run without any")
	}
	if p := (Policy{Rules: Rules{AcceptGaps: true}}); !p.Accepts(gaps) {
		t.Error("accept_gaps does not accept gaps")
	}
}

func TestMoreConfidenceIsNeverHandledLessBoldly(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for range 5000 {
		p := Policy{Environment: []Environment{Development, Staging, Production}[r.IntN(3)]}
		fixes := []fettle.Fix{fix("x", r.IntN(3), r.IntN(2) == 0), fix("y", r.IntN(3), r.IntN(2) == 0)}
		low, high, other := r.Float64(), r.Float64(), r.Float64()
		if low > high {
			low, high = high, low
		}
		a := p.Decide(kase(fettle.Act, attempt("x", low), attempt("y", other)), fixes)
		b := p.Decide(kase(fettle.Act, attempt("x", high), attempt("y", other)), fixes)
		if boldness(b.Action) < boldness(a.Action) {
			t.Fatalf("confidence %v: %s; %v: %s", low, a.Action, high, b.Action)
		}
		for _, d := range []fettle.Decision{a, b} {
			for _, f := range fixes {
				if d.Action == fettle.Apply && d.Fix == f.ID && f.Major {
					t.Fatalf("applied a major version: %+v", d)
				}
			}
		}
	}
}

func TestTheEnvironmentOfTheFindingsProgramPicksTheRule(t *testing.T) {
	for _, test := range []struct {
		policy Environment
		says   string
		want   string
	}{
		{"", "", "built-in default policy.environments.development"},
		{Staging, "", "built-in default policy.environments.staging"},
		{Development, "production", "built-in default policy.environments.production"},
		{Production, "staging", "built-in default policy.environments.staging"},
		{"", "live", "built-in default policy.environments.production"},
	} {
		c := fettle.Case{Priority: fettle.Priority{Outcome: fettle.Attend}}
		if test.says != "" {
			c.Evidence = []fettle.Evidence{{Signal: fettle.Environment, Status: fettle.Known, Text: test.says}}
		}
		if got := (Policy{Environment: test.policy}).Decide(c, nil).Rule; got != test.want {
			t.Errorf("%q, %q: got %s, want %s", test.policy, test.says, got, test.want)
		}
	}
}

func TestAnUnknownConfidenceIsNeverApplied(t *testing.T) {
	any := 0.0
	for _, value := range []float64{0, 0.99} { // whatever number stands beside it
		a := attempt("f1", value)
		a.Confidence.Unknown, a.Confidence.Cases = true, 3
		p := Policy{Rules: Rules{Environments: Environments{Development: Rule{Action: Action(fettle.Apply), MinConfidence: &any}}}}
		d := p.Decide(kase(fettle.Act, a), []fettle.Fix{fix("f1", 1, false)})
		if d.Action != fettle.Suggest || d.Fix != "f1" || !strings.Contains(strings.Join(d.Why, "\n"), "unknown: 3 similar cases") {
			t.Errorf("%v: got %+v", value, d)
		}
	}
}
