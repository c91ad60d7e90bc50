package main

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/learn"
	"github.com/fettle-dev/fettle/pkg/learn/alert"
)

func TestWhatAnAlertTeaches(t *testing.T) {
	dismissed := func(reason alert.Reason) alert.Alert {
		return alert.Alert{State: alert.Dismissed, Reason: reason, By: "ann"}
	}
	tests := []struct {
		name   string
		alert  alert.Alert
		trust  bool
		reason learn.Reason
		why    string
	}{
		{"inaccurate", dismissed(alert.Inaccurate), false, learn.Inaccurate, ""},
		{"not used", dismissed(alert.NotUsed), false, learn.NotUsed, ""},
		{"dismissed, nobody says by whom", alert.Alert{State: alert.Dismissed, Reason: alert.NotUsed}, false, learn.NotUsed, ""},
		{"a fix has begun", dismissed(alert.FixStarted), false, learn.FixStarted, ""},
		{"no time", dismissed(alert.NoBandwidth), false, "", whyBandwidth},
		{"a risk that is borne", dismissed(alert.TolerableRisk), false, "", whyRisk},
		{"won't fix", dismissed(alert.WontFix), false, "", whyRisk},
		{"mitigated", dismissed(alert.Mitigated), false, "", whyMitigated},
		{"no reason", dismissed(""), false, "", whyNoReason},
		{"open", alert.Alert{State: alert.Open}, true, "", whyOpen},
		{"by a rule", alert.Alert{State: alert.Automatic}, true, "", whyAutomatic},
		{"by a bot", alert.Alert{State: alert.Dismissed, Reason: alert.NotUsed, By: "x", Bot: true}, true, "", whyBot},
		{"fixed by a person", alert.Alert{State: alert.Fixed, By: "ann"}, false, learn.Fixed, ""},
		{"fixed by a bot", alert.Alert{State: alert.Fixed, By: "x", Bot: true}, true, "", whyBot},
		{"fixed by nobody", alert.Alert{State: alert.Fixed}, false, "", whyNobody},
		{"fixed by nobody, trusted", alert.Alert{State: alert.Fixed}, true, learn.Fixed, ""},
		{"on another branch", alert.Alert{State: alert.Fixed, By: "ann", Ref: "refs/heads/topic"}, true, "", whyBranch},
		{"on a change", alert.Alert{State: alert.Fixed, By: "ann", Ref: "refs/pull/3/merge"}, true, "", whyBranch},
		{"on the default branch", alert.Alert{State: alert.Fixed, By: "ann", Ref: "refs/heads/main"}, false, learn.Fixed, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			reason, why := judged(test.alert, test.trust, (&learnInputs{}).branches(&learnOptions{}))
			if reason != test.reason || why != test.why {
				t.Errorf("%q, %q; want %q, %q", reason, why, test.reason, test.why)
			}
		})
	}
}

func findingIn(id, rule, name, lockfile string) fettle.Case {
	return fettle.Case{Finding: fettle.Finding{ID: fettle.ID(id), Rule: rule, Aliases: []string{"GHSA-" + rule}, Package: fettle.Package{Ecosystem: "npm", Name: name},
		Location: fettle.Location{Path: lockfile}, Manifest: &fettle.Location{Path: strings.Replace(lockfile, "package-lock", "package", 1)}}}
}

func TestAnAlertIsMatchedWithItsFinding(t *testing.T) {
	index := indexCases([]fettle.Report{{Cases: []fettle.Case{findingIn("1", "CVE-1", "lib", "a/package-lock.json"), findingIn("2", "CVE-1", "lib", "b/package-lock.json"),
		findingIn("3", "CVE-1", "other", "a/package-lock.json"), findingIn("4", "CVE-2", "lib", "a/package-lock.json")}}})
	tests := []struct {
		name  string
		alert alert.Alert
		want  fettle.ID // "": none
	}{
		{"in its lockfile", alert.Alert{Rule: "CVE-1", Package: "lib", Path: "b/package-lock.json"}, "2"},
		{"in its manifest", alert.Alert{Rule: "cve-1", Package: "Lib", Path: "b/package.json"}, "2"},
		{"by an alias", alert.Alert{Rule: "x", Aliases: []string{"GHSA-CVE-2"}, Package: "lib", Path: "elsewhere"}, "4"},
		{"of two, neither is there", alert.Alert{Rule: "CVE-1", Package: "lib", Path: "c/package-lock.json"}, ""},
		{"the only one of its package", alert.Alert{Rule: "CVE-1", Package: "other"}, "3"},
		{"another package", alert.Alert{Rule: "CVE-1", Package: "third"}, ""},
		{"another ecosystem", alert.Alert{Rule: "CVE-2", Package: "lib", Ecosystem: "PyPI"}, ""},
		{"its ecosystem", alert.Alert{Rule: "CVE-2", Package: "lib", Ecosystem: "npm"}, "4"},
		{"no package", alert.Alert{Rule: "CVE-2"}, ""},
		{"another advisory", alert.Alert{Rule: "CVE-3", Package: "lib"}, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c, ok := index.match(test.alert)
			if c.Finding.ID != test.want || ok != (test.want != "") {
				t.Errorf("%q, %t; want %q", c.Finding.ID, ok, test.want)
			}
		})
	}
}

func TestAnAlertWithoutAFindingIsJudgedByWhatItSays(t *testing.T) {
	tests := []struct {
		name  string
		alert alert.Alert
		want  learn.Features
		score float64
	}{
		{"a vector", alert.Alert{CWEs: []string{"CWE-79"}, Scope: "production", Vectors: []string{"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}},
			learn.Features{Weakness: "xss", Scope: "production", Impact: "both", Vector: "network"}, 48.5},
		{"a rating", alert.Alert{Rating: "medium"}, learn.Features{}, 42.9},
		{"nothing", alert.Alert{}, learn.Features{}, 46},
		{"a broken vector", alert.Alert{Vectors: []string{"CVSS:3.1/AV:X"}, Scope: "development"}, learn.Features{Scope: "development"}, 26},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var l learn.Label
			describe(&l, caseOf(context.Background(), test.alert))
			if diff := cmp.Diff(test.want, l.Features); diff != "" {
				t.Error(diff)
			}
			if l.Score != test.score || l.Exploited {
				t.Errorf("score %v, exploited %t; want %v", l.Score, l.Exploited, test.score)
			}
		})
	}
}

func TestAMatchedAlertIsLearnedFromWithoutWhatWasLearned(t *testing.T) {
	c := findingIn("1", "CVE-1", "lib", "package-lock.json")
	c.Evidence = []fettle.Evidence{{Signal: fettle.KEV, Status: fettle.Known, Source: "kev"}, {Signal: fettle.Reach, Status: fettle.Known, Text: "called"}}
	c.Priority = fettle.Priority{Rank: 30, Reasons: []fettle.Reason{{Factor: "base", Points: 50}, {Factor: "learned", Points: -20}}}
	in := &learnInputs{reports: []fettle.Report{{Cases: []fettle.Case{c}}},
		alerts: []alert.Alert{{ID: "a", Source: "dependabot", State: alert.Dismissed, Reason: alert.NotUsed, By: "ann", Day: "2025-01-02", Rule: "CVE-1", Package: "lib"}}}
	judgements, _ := in.judge(context.Background(), &learnOptions{})
	if len(judgements) != 1 || judgements[0].Label == nil {
		t.Fatalf("%v", judgements)
	}
	l := judgements[0].Label
	if l.Score != 50 || l.Finding != "1" || !l.Exploited || l.Features.Reach != "called" {
		t.Errorf("%+v", l)
	}
}

func TestAMachineTakesNoJudgementBack(t *testing.T) {
	label := learn.Label{ID: "a", Day: "2025-01-01", Source: "dependabot", Reason: learn.NotUsed}
	for name, test := range map[string]struct {
		alert alert.Alert
		want  int
	}{
		"a bot fixed it":            {alert.Alert{State: alert.Fixed, By: "x", Bot: true}, 1},
		"it is fixed":               {alert.Alert{State: alert.Fixed}, 1},
		"a rule dismissed it":       {alert.Alert{State: alert.Automatic}, 1},
		"it is open again":          {alert.Alert{State: alert.Open}, 0},
		"a person changed the mind": {alert.Alert{State: alert.Dismissed, Reason: alert.NoBandwidth, By: "ann"}, 0},
		"another branch":            {alert.Alert{State: alert.Open, Ref: "refs/heads/topic"}, 1},
	} {
		test.alert.ID, test.alert.Day, test.alert.Source = "a", "2025-01-02", "dependabot"
		in := &learnInputs{alerts: []alert.Alert{test.alert}}
		judgements, _ := in.judge(context.Background(), &learnOptions{})
		if got := len(learn.Merge([]learn.Label{label}, judgements)); got != test.want {
			t.Errorf("%s: %d labels; want %d", name, got, test.want)
		}
	}
}

func TestTextFromOutsideFitsALabel(t *testing.T) {
	for _, text := range []string{"a\x1b[31m\nb", "\xff\xfe", strings.Repeat("é", 600), "a\uFFFDb"} {
		l := learn.Label{ID: field(text) + "x", Day: "2025-01-02", Source: "gitlab", Reason: learn.NotUsed, Rule: field(text)}
		if err := l.Validate(); err != nil && len(field(text)) < 512 {
			t.Errorf("%q: %v", text, err)
		}
		if got := field(text); len(got) > 512 {
			t.Errorf("%d bytes", len(got))
		}
	}
}

func TestReportsOfFettleAreRecognised(t *testing.T) {
	if !isReport([]byte("{\n  \"schema\": \"fettle-report/1\"")) || isReport([]byte(`[{"schema": "fettle-report/1"}]`)) || isReport([]byte(`{"a": 1}`)) {
		t.Error("not told apart")
	}
	if _, err := parseReport("r.json", []byte(`{"schema": "fettle-report/9"}`)); err == nil || !strings.Contains(err.Error(), "r.json: schema is \"fettle-report/9\"") {
		t.Error(err)
	}
}

// judgedTeam returns 120 alerts over 40 days of a team that wants nothing of one family.
func judgedTeam() []alert.Alert {
	var list []alert.Alert
	for i := range 120 {
		a := alert.Alert{ID: fmt.Sprint("github owner/app dependabot ", i), Source: "dependabot", State: alert.Fixed, By: "ann", Day: fmt.Sprintf("2025-%02d-%02d", 1+i/84, 1+(i/3)%28),
			Rule: fmt.Sprint("CVE-2025-", i), Package: fmt.Sprint("lib", i), Path: "package-lock.json", Scope: "production", CWEs: []string{"CWE-79"}}
		if i%2 == 0 {
			a.State, a.Reason, a.CWEs = alert.Dismissed, alert.NotUsed, []string{"CWE-400"}
			a.Package = "slow"
		}
		list = append(list, a)
	}
	return list
}
