package decide

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.yaml.in/yaml/v4"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// load reads the two sections as a command does.
func load(text string) (Rules, []Exception, error) {
	var file struct {
		Policy     Rules       `yaml:"policy"`
		Exceptions []Exception `yaml:"exceptions"`
	}
	err := yaml.Load([]byte(text), &file, yaml.WithKnownFields())
	return file.Policy, file.Exceptions, err
}

const whole = `policy:
  fail_on: track*
  fail_on_new: false
  accept_gaps: true
  environments:
    development:
      action: inform
    production: {min_confidence: 0.95, majors: suggest}
exceptions:
  - finding: CVE-2020-1234
    package: lodash
    path: services/a
    status: not_affected
    justification: vulnerable_code_not_in_execute_path
    reason: we never call it
    expires: 2027-01-31
  - {finding: GHSA-x, status: affected, reason: accepted, expires: "2026-12-31"}
`

func TestSectionsAreReadFromYAML(t *testing.T) {
	rules, exceptions, err := load(whole)
	if err != nil {
		t.Fatal(err)
	}
	no, high := false, 0.95
	want := Rules{FailOn: FailTrackStar, FailOnNew: &no, AcceptGaps: true, failOnLine: 2, Environments: Environments{
		Development: Rule{Action: Inform, line: 6},
		Production:  Rule{MinConfidence: &high, Majors: "suggest", line: 8},
	}}
	if diff := cmp.Diff(want, rules, cmp.AllowUnexported(Rules{}, Rule{})); diff != "" {
		t.Error(diff)
	}
	wantExceptions := []Exception{
		{
			Finding: "CVE-2020-1234", Package: "lodash", Path: "services/a", Status: NotAffected, Justification: CodeNotInExecutePath,
			Reason: "we never call it", Expires: Date{time.Date(2027, 1, 31, 0, 0, 0, 0, time.UTC)}, line: 10,
		},
		{Finding: "GHSA-x", Status: Affected, Reason: "accepted", Expires: Date{time.Date(2026, 12, 31, 0, 0, 0, 0, time.UTC)}, line: 17},
	}
	if diff := cmp.Diff(wantExceptions, exceptions, cmp.AllowUnexported(Exception{}), cmpopts.EquateEmpty()); diff != "" {
		t.Error(diff)
	}
	if err := rules.Validate(); err != nil {
		t.Error(err)
	}
}

func TestWhatIsNotGivenKeepsItsDefault(t *testing.T) {
	rules, _, err := load(whole)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		environment Environment
		action      Action
		confidence  float64
		majors      Majors
		name        string
	}{
		{Development, Inform, 0.6, "suggest", "fettle.yaml:6 policy.environments.development"},
		{Staging, Apply, 0.8, "inform", "built-in default policy.environments.staging"},
		{Production, Suggest, 0.95, "suggest", "fettle.yaml:8 policy.environments.production"},
	}
	for _, test := range tests {
		got, name := Policy{Rules: rules, Environment: test.environment}.rule(fettle.Case{})
		if got.Action != test.action || *got.MinConfidence != test.confidence || got.Majors != test.majors || name != test.name {
			t.Errorf("%s: got %s %v %s %q", test.environment, got.Action, *got.MinConfidence, got.Majors, name)
		}
	}
}

func TestErrorsNameLineAndWhatWouldBeRight(t *testing.T) {
	exception := func(lines ...string) string { return "exceptions:\n  - " + strings.Join(lines, "\n    ") + "\n" }
	tests := []struct{ name, text, want string }{
		{"fail_on", "policy:\n  fail_on: high\n", `line 2: unknown fail_on "high"; want never, track, track*, attend or act`},
		{"action", "policy:\n  environments:\n    staging:\n      action: merge\n", `line 4: unknown action "merge"; want ignore, inform, suggest or apply`},
		{"majors", "policy:\n  environments:\n    staging: {majors: apply}\n", `line 3: majors cannot be "apply"`},
		{"majors that nobody knows", "policy:\n  environments:\n    staging: {majors: x}\n", `line 3: unknown majors "x"; want ignore, inform or suggest`},
		{"min_confidence", "policy:\n  environments:\n    staging: {min_confidence: 80}\n", `line 3: min_confidence 80 is out of range; want 0 to 1`},
		{"min_confidence that is no number", "policy:\n  environments:\n    staging: {min_confidence: .nan}\n", `line 3: min_confidence NaN is out of range`},
		{"a key", "policy:\n  fail: act\n", `line 2: field fail not found`},
		{"an environment", "policy:\n  environments:\n    prod: {action: apply}\n", `line 3: field prod not found`},
		{"a key of a rule", "policy:\n  environments:\n    staging:\n      confidence: 1\n", `line 4: field confidence not found`},
		{"a key of an exception", exception("finding: x", "until: 2027-01-31"), `line 3: field until not found`},
		{"finding missing", exception("status: fixed", "reason: r", "expires: 2027-01-31"), `line 2: an exception has no finding`},
		{"status missing", exception("finding: x", "reason: r", "expires: 2027-01-31"), `an exception has no status; want not_affected, fixed`},
		{"status", exception("finding: x", "status: safe"), `line 3: unknown status "safe"; want not_affected, fixed, affected or under_investigation`},
		{"reason missing", exception("finding: x", "status: fixed", "reason: ' '", "expires: 2027-01-31"), `an exception has no reason`},
		{"reason too long", exception("finding: x", "status: fixed", "reason: "+strings.Repeat("r", 1001), "expires: 2027-01-31"), `has 1001 bytes; want at most 1000`},
		{"expires missing", exception("finding: x", "status: fixed", "reason: r"), `an exception has no expires; want the last day`},
		{"expires", exception("finding: x", "expires: 31.1.2027"), `line 3: "31.1.2027" is no date; want YYYY-MM-DD`},
		{"a day that does not exist", exception("finding: x", "expires: 2027-02-30"), `line 3: "2027-02-30" is no date`},
		{"expires never", exception("finding: x", "expires: [never]"), `line 3: a date is no word`},
		{"justification missing", exception("finding: x", "status: not_affected", "reason: r", "expires: 2027-01-31"), `has no justification; want component_not_present`},
		{"justification", exception("finding: x", "justification: trust me"), `line 3: unknown justification "trust me"; want component_not_present`},
		{"justification of another status", exception("finding: x", "status: fixed", "justification: component_not_present", "reason: r", "expires: 2027-01-31"),
			`only not_affected takes one`},
		{"a glob that is none", exception("finding: x", "status: fixed", "path: 'a/[b'", "reason: r", "expires: 2027-01-31"), `path "a/[b" of an exception is no glob; want a directory, a lockfile or a glob`},
		{"a glob of too many alternatives", exception("finding: x", "status: fixed", "path: '{a,b}{a,b}{a,b}{a,b}{a,b}'", "reason: r", "expires: 2027-01-31"), `of an exception is no glob`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, _, err := load(test.text)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}

func TestValidateNamesTheKey(t *testing.T) {
	high := 2.0
	err := Rules{FailOn: "x", Environments: Environments{Staging: Rule{MinConfidence: &high}}}.Validate()
	if err == nil || !strings.Contains(err.Error(), `policy: unknown fail_on "x"`) || !strings.Contains(err.Error(), "environments.staging: min_confidence 2") {
		t.Errorf("got %v, want both faults by key", err)
	}
}

func FuzzRules(f *testing.F) {
	f.Add(whole)
	f.Add("policy: &p\n  environments: {staging: &s {action: apply}, production: *s}\n")
	f.Add("policy:\n  environments:\n    <<: {staging: {action: inform}}\n")
	f.Add("exceptions:\n  - ~\n  - {}\n")
	f.Add("exceptions:\n  - {finding: CVE-2020-1234, path: '{a,services}/**/[a-b]*', status: fixed, reason: r, expires: 2027-01-31}\n")
	f.Add("exceptions:\n  - {finding: CVE-2020-1234, path: '/../*', status: fixed, reason: r, expires: 2027-01-31}\n")
	f.Fuzz(func(t *testing.T, text string) {
		rules, exceptions, err := load(text)
		if err != nil {
			return
		}
		if err := rules.Validate(); err != nil {
			t.Errorf("%q loads, and then: %v", text, err)
		}
		p := Policy{Rules: rules, Exceptions: exceptions, Today: today}
		d := p.Decide(kase(fettle.Act, attempt("x", 0.9)), []fettle.Fix{fix("x", 1, true)})
		if d.Action == fettle.Apply || d.Rule == "" || boldness(d.Action) == 0 && d.Action != fettle.Ignore {
			t.Errorf("%q decides %+v", text, d)
		}
	})
}
