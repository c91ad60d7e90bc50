package deliver

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/forge"
)

// fakeLog keeps what a run writes.
type fakeLog struct {
	text        bytes.Buffer
	annotations []forge.Annotation
	summary     string
	outputs     [][2]string
	closed      int    // annotations there were at Close
	fails       string // the call that fails
}

var errLog = errors.New("the log is full")

func (l *fakeLog) fail(call string) error {
	if l.fails == call {
		return errLog
	}
	return nil
}

func (l *fakeLog) Annotate(a forge.Annotation) error {
	l.annotations = append(l.annotations, a)
	return l.fail("annotate")
}

func (l *fakeLog) Summary(markdown string) error {
	l.summary += markdown
	return l.fail("summary")
}

func (l *fakeLog) Output(name, value string) error {
	l.outputs = append(l.outputs, [2]string{name, value})
	return l.fail("output")
}

func (l *fakeLog) StopCommands(write func(io.Writer) error) error {
	return errors.Join(write(&l.text), l.fail("stop"))
}

func (l *fakeLog) Close() error {
	l.closed = len(l.annotations)
	return l.fail("close")
}

func ran(t *testing.T, d Run, r fettle.Report) *fakeLog {
	t.Helper()
	l := &fakeLog{}
	d.Log = l
	if err := d.Deliver(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	return l
}

func TestTheOutputsAreThoseOfTheAction(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("..", "..", "action.yml"))
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(data), "\noutputs:\n")
	section, _, _ = strings.Cut(section, "\nruns:\n")
	var documented, set []string
	for _, m := range regexp.MustCompile(`(?m)^  ([a-z-]+):$`).FindAllStringSubmatch(section, -1) {
		documented = append(documented, m[1])
	}
	for _, o := range ran(t, Run{Places: true}, sample()).outputs {
		set = append(set, o[0])
	}
	slices.Sort(documented)
	slices.Sort(set)
	if diff := cmp.Diff(documented, set); diff != "" || len(set) == 0 {
		t.Errorf("action.yml and the outputs differ: %s", diff)
	}
}

func TestTheOutputsCount(t *testing.T) {
	passing, incomplete, alone := sample(), sample(), sample()
	passing.Gaps = nil
	for _, r := range []*fettle.Report{&passing, &incomplete} {
		r.Cases = slices.Clone(r.Cases)
		r.Cases[0].Decision.Fails = false
	}
	for i := range alone.Cases {
		alone.Cases[i].Change = ""
	}
	tests := []struct {
		name   string
		run    Run
		report fettle.Report
		want   string // verdict findings surfaced act new gaps fixes sarif-file
	}{
		{"policy fails", Run{Places: true, SARIF: "out/fettle.sarif"}, sample(), "fail 7 4 1 1 2 2 out/fettle.sarif"},
		{"gaps", Run{Places: true}, incomplete, "incomplete 7 4 1 1 2 2 "},
		{"gaps that policy accepts", Run{Places: true, Accepted: true}, incomplete, "pass 7 4 1 1 2 2 "},
		{"no gap", Run{Places: true}, passing, "pass 7 4 1 1 0 2 "},
		{"nothing to compare with", Run{Places: true}, alone, "fail 7 4 1 7 2 2 "},
		{"a clean scan", Run{Places: true}, clean(), "pass 0 0 0 0 0 0 "},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, o := range ran(t, tt.run, tt.report).outputs {
				got = append(got, o[1])
			}
			if diff := cmp.Diff(tt.want, strings.Join(got, " ")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// titles lists the annotations that are not of gaps.
func titles(l *fakeLog) []string {
	var all []string
	for _, a := range l.annotations {
		if !strings.HasPrefix(a.Title, "Not checked: ") {
			all = append(all, string(a.Level)+" "+a.Title)
		}
	}
	return all
}

func TestOnlyWhatAChangeAddsIsAnnotated(t *testing.T) {
	compared := ran(t, Run{Places: true}, sample())
	if diff := cmp.Diff([]string{"error Act: CVE-2021-23337 in lodash@4.17.15"}, titles(compared)); diff != "" {
		t.Error(diff)
	}
	r := sample()
	for i := range r.Cases {
		r.Cases[i].Change = ""
	}
	want := []string{"error Act: CVE-2021-23337 in lodash@4.17.15", "warning Attend: CVE-2022-24999 in qs@6.7.0",
		"warning Attend: CVE-2022-23539 in jsonwebtoken@8.5.1", "warning Attend: CVE-2024-29415 in ip@2.0.0"}
	if diff := cmp.Diff(want, titles(ran(t, Run{Places: true}, r))); diff != "" {
		t.Error(diff)
	}
}

func TestAnAnnotationStandsWhereThePackageIsDeclared(t *testing.T) {
	l := ran(t, Run{Places: true}, sample())
	got := l.annotations[len(l.annotations)-1]
	want := forge.Annotation{Level: forge.Error, Path: "package.json", Line: 14, Title: "Act: CVE-2021-23337 in lodash@4.17.15",
		Message: "Command injection in lodash via template\n- exploited in the wild: listed in KEV on 2026-08-01, due 2026-08-21\n" +
			"- exploitation active, exposure open, total impact\n- total impact: high on confidentiality and integrity\nFix: 4.17.21 (passed, apply)"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestGapsAreAnnotatedAtFilesOnly(t *testing.T) {
	r := sample()
	r.Gaps = append(r.Gaps, fettle.Gap{Stage: "discover", Subject: "a/package-lock.json", Reason: "is empty"})
	var got []string
	for _, a := range ran(t, Run{Places: true}, r).annotations {
		if strings.HasPrefix(a.Title, "Not checked: ") {
			got = append(got, a.Path)
		}
	}
	if diff := cmp.Diff([]string{"apps/legacy/package-lock.json", "", "a/package-lock.json"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestEveryPartOfARunGetsTheReport(t *testing.T) {
	l := ran(t, Run{Places: true}, sample())
	if l.closed != len(l.annotations) || l.closed == 0 {
		t.Errorf("%d annotations, %d before Close", len(l.annotations), l.closed)
	}
	if !strings.HasPrefix(l.text.String(), "4 of 7 findings need action.") || !strings.HasPrefix(l.summary, "## fettle: 4 of 7 findings need action\n") {
		t.Errorf("text %q, summary %q", l.text.String(), l.summary)
	}
	if l := ran(t, Run{Places: true}, large(9000)); len(l.summary) > SummaryLimit {
		t.Errorf("a summary of %d bytes", len(l.summary))
	}
}

func TestAFailingLogFailsTheDelivery(t *testing.T) {
	for _, call := range []string{"annotate", "summary", "output", "stop", "close"} {
		if err := (Run{Places: true, Log: &fakeLog{fails: call}}).Deliver(t.Context(), sample()); !errors.Is(err, errLog) {
			t.Errorf("%s: %v", call, err)
		}
	}
}

func TestTheLogOfAForgeIsOneForARun(t *testing.T) {
	var out bytes.Buffer
	file := filepath.Join(t.TempDir(), "file")
	log := forge.NewLog(forge.Run{Provider: forge.GitHub}, &out, func(string) string { return file }, nil)
	for _, evil := range evils {
		out.Reset()
		if err := (Run{Places: true, Log: log}).Deliver(t.Context(), hostile(evil)); err != nil {
			t.Fatal(err)
		}
		stop := regexp.MustCompile(`(?m)^::stop-commands::(.+)$`).FindStringSubmatch(out.String())
		if stop == nil {
			t.Fatalf("commands are not stopped:\n%s", out.String())
		}
		_, after, _ := strings.Cut(out.String(), "\n::"+stop[1]+"::\n")
		for _, line := range strings.Split(after, "\n") {
			if strings.HasPrefix(strings.TrimSpace(line), "::") && !regexp.MustCompile(`^::(error|warning|notice)[ :]`).MatchString(line) {
				t.Errorf("%q: command %q", evil, line)
			}
		}
	}
}

func TestWhereAnnotationsHaveNoPlaceTheReportIsSaidOnce(t *testing.T) {
	l := ran(t, Run{}, sample())
	if len(l.annotations) > 0 || l.summary == "" || len(l.outputs) == 0 {
		t.Errorf("%d annotations, %d bytes of summary, %d outputs", len(l.annotations), len(l.summary), len(l.outputs))
	}
}

func TestResultsOfEarlierRunsAreCounted(t *testing.T) {
	r := sample()
	r.Trial.Cached = 2
	if got := trialText(r, drafts(r)); !strings.Contains(got, "8 runs, 2 results of earlier ones: ") {
		t.Errorf("got %q", got)
	}
}
