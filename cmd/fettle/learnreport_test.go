package main

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/learn"
)

var reportDay = time.Date(2025, 4, 1, 12, 0, 0, 0, time.UTC)

// taught learns from judgedTeam.
func taught(t *testing.T) *learn.Model {
	t.Helper()
	in := &learnInputs{alerts: judgedTeam()}
	judgements, ignored := in.judge(context.Background(), &learnOptions{})
	if len(in.faults) > 0 {
		t.Fatal(in.faults)
	}
	return learn.New(learn.Merge(nil, judgements)).Ignoring(ignored)
}

func printed(t *testing.T, r learned, format string) string {
	t.Helper()
	var b bytes.Buffer
	if err := r.print(&b, format); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestTheReportSaysWhatWasLearned(t *testing.T) {
	m := taught(t)
	want := []string{"in use: scores move by up to 30 points, outcomes never", "120 judgements: 60 relevant, 60 unwanted", "people: 1", "weakness resource",
		"foretold by those of earlier days", "the score alone", "expected calibration error", "unwanted before: ", "the price: "}
	for _, format := range []string{"text", "markdown"} {
		got := printed(t, learnReport(m, nil, reportDay), format)
		for _, text := range want {
			if !strings.Contains(got, text) {
				t.Errorf("%s does not say %q:\n%s", format, text, got)
			}
		}
	}
	var back map[string]any
	if err := json.Unmarshal([]byte(printed(t, learnReport(m, nil, reportDay), "json")), &back); err != nil || back["schema"] != learnReportSchema || back["active"] != true {
		t.Errorf("%v, %v", err, back)
	}
}

func TestTheReportOfNothingSaysWhatIsMissing(t *testing.T) {
	for _, format := range []string{"text", "markdown"} {
		got := printed(t, learnReport(learn.New(nil), nil, reportDay), format)
		if !strings.Contains(got, "not in use, and nothing moves: 50 judgements are missing of the 50 that are needed") {
			t.Errorf("%s:\n%s", format, got)
		}
	}
	got := printed(t, learnReport(learn.New(nil), nil, reportDay), "json")
	for _, text := range []string{`"ignored": {}`, `"preferences": []`, `"proposals": []`, `"bins": []`} {
		if !strings.Contains(got, text) {
			t.Errorf("no %s in %s", text, got)
		}
	}
}

func TestProposalsLoadAndCoverNothingExploited(t *testing.T) {
	slow := func(id, rule string, evidence ...fettle.Evidence) fettle.Case {
		c := findingIn(id, rule, "slow", "package-lock.json")
		c.Evidence = append(evidence, fettle.Evidence{Signal: fettle.CWE, Status: fettle.Known, Text: "CWE-400"})
		return c
	}
	report := fettle.Report{Cases: []fettle.Case{slow("1", "CVE-2030-1"), slow("2", "CVE-2030-2", fettle.Evidence{Signal: fettle.KEV, Status: fettle.Known}),
		findingIn("3", "CVE-2030-3", "other", "package-lock.json")}}
	r := learnReport(taught(t), []fettle.Report{report}, reportDay)
	if len(r.Proposals) == 0 {
		t.Fatal("nothing is proposed")
	}
	p := r.Proposals[0]
	if p.Group != "resource weaknesses of slow" || !p.Open || len(p.Labels) != 60 {
		t.Errorf("%+v", p)
	}
	c, err := parseConfig("fettle.yaml", []byte(p.Exceptions))
	if err != nil {
		t.Fatalf("%v in\n%s", err, p.Exceptions)
	}
	if len(c.Exceptions) != 1 || c.Exceptions[0].Finding != "CVE-2030-1" || c.Exceptions[0].Package != "slow" || c.Exceptions[0].Expires.Format(time.DateOnly) != "2025-06-30" {
		t.Errorf("%+v", c.Exceptions)
	}
	if r.Now == nil || r.Now.Findings != 3 || r.Now.Exploited != 1 {
		t.Errorf("%+v", r.Now)
	}
	if text := printed(t, r, "markdown"); !strings.Contains(text, "```yaml\nexceptions:\n") {
		t.Error(text)
	}
	if r := learnReport(taught(t), nil, reportDay); r.Proposals[0].Open || strings.Count(r.Proposals[0].Exceptions, "finding:") != mostExceptions || r.Proposals[0].Left != 40 {
		t.Errorf("without a scan: %+v", r.Proposals[0])
	}
}

func TestExceptionsOfAllReasonsLoad(t *testing.T) {
	for _, reason := range []learn.Reason{learn.Inaccurate, learn.NotUsed, learn.TolerableRisk, learn.NoBandwidth} {
		text := exceptionsYAML([]exception{exceptionFor(reason, "CVE-1", "@scope/lib", "a: b/package-lock.json", "it's \"so\": # really\n- no", reportDay)})
		c, err := parseConfig("fettle.yaml", []byte(text))
		if err != nil || len(c.Exceptions) != 1 || c.Exceptions[0].Path != "a: b/package-lock.json" {
			t.Errorf("%s: %v in\n%s", reason, err, text)
		}
	}
	if exceptionsYAML(nil) != "" {
		t.Error("no exceptions are some text")
	}
}
