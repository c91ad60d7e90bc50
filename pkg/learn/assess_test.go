package learn

import (
	"fmt"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWhatIsLearnedForetellsBetterThanTheScore(t *testing.T) {
	c, e := New(team(21, 400, disdains)).Assess()
	if c.Labels < 390 || c.Brier >= c.ByScore.Brier || c.LogLoss >= c.ByScore.LogLoss || c.Brier >= c.BaseRate.Brier {
		t.Errorf("%+v", c)
	}
	if c.ECE < c.ECELow-0.05 || c.ECE > c.ECEHigh || c.ECE > 0.15 {
		t.Errorf("calibration error %v in %v to %v", c.ECE, c.ECELow, c.ECEHigh)
	}
	sum := 0
	for _, b := range c.Bins {
		sum += b.Labels
		if b.Foretold < b.From-1e-9 || b.Foretold > b.To+1e-9 {
			t.Errorf("%+v", b)
		}
	}
	if sum != c.Labels {
		t.Errorf("%d labels in bins; want %d", sum, c.Labels)
	}
	before, after := float64(e.Unwanted)/float64(e.Judged), float64(e.KeptUnwanted)/float64(e.Kept)
	if after > before-0.15 {
		t.Errorf("unwanted share %v before, %v after", before, after)
	}
}

func TestALabelIsForetoldByEarlierDaysOnly(t *testing.T) {
	// Each day knows one family only: nothing that was learned before can tell its label.
	var labels []Label
	for i, f := range familyNames {
		for j := range 30 {
			l := label(30*i+j, i%2 == 0, Features{Weakness: f})
			l.Day, l.Author = day(i), Pseudonym(fmt.Sprint(j))
			labels = append(labels, l)
		}
	}
	c, _ := New(labels).Assess()
	if c.Brier < 0.2 {
		t.Errorf("Brier score %v: the forecast knew what it foretold", c.Brier)
	}
	if got, _ := New(labels[:30]).Assess(); got.Labels != 0 {
		t.Errorf("one day foretells %d labels", got.Labels)
	}
}

func TestTheEffectLeavesOutWhatIsExploited(t *testing.T) {
	labels := team(22, 300, disdains)
	for i := range labels {
		labels[i].Exploited = true
	}
	if _, e := New(labels).Assess(); e != (Effect{}) {
		t.Errorf("%+v", e)
	}
}

func TestAssessIsTheSameOnEveryRun(t *testing.T) {
	m := New(team(23, 200, disdains))
	a, b := m.Assess()
	c, d := m.Assess()
	if diff := cmp.Diff([]any{a, b}, []any{c, d}); diff != "" {
		t.Error(diff)
	}
}

func TestCalibrationErrorByHand(t *testing.T) {
	var counts [bins]count
	for i := range 10 {
		f := forecast{p: 0.75}
		if i < 5 {
			f.relevant = 1
		}
		counts[binOf(f.p)].add(f)
	}
	if got := ece(counts, 10); math.Abs(got-0.25) > 1e-12 {
		t.Errorf("%v; want 0.25", got)
	}
	for p, want := range map[float64]int{0: 0, 0.0999: 0, 0.1: 1, 0.999: 9, 1: 9} {
		if got := binOf(p); got != want {
			t.Errorf("%v is in bin %d; want %d", p, got, want)
		}
	}
}

func TestEightDismissalsInARowAreAProposal(t *testing.T) {
	row := func(relevant ...int) []Label {
		var labels []Label
		for i := range 12 {
			l := label(i, false, Features{Weakness: "resource", Scope: "development"})
			l.Rule = fmt.Sprint("CVE-", i)
			l.Path = fmt.Sprintf("app%d/package-lock.json", i)
			for _, at := range relevant {
				if at == i {
					l.Relevant, l.Reason = true, Fixed
				}
			}
			labels = append(labels, l)
		}
		return labels
	}
	tests := []struct {
		name     string
		labels   []Label
		want     []int // length of each proposal's row
		wantWhat string
	}{
		{"twelve", row(), []int{12}, "resource weaknesses of lib"},
		{"eight after a fix", row(3), []int{8}, "resource weaknesses of lib"},
		{"seven after a fix", row(4), nil, ""},
		{"a fix at the end", row(11), nil, ""},
		{"seven", row()[:7], nil, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var got []int
			for _, p := range New(test.labels).Proposals() {
				got = append(got, len(p.Labels))
				if p.String() != test.wantWhat || p.Reason != NotUsed || len(p.Rules) != len(p.Labels) {
					t.Errorf("%s: %+v", p, p)
				}
				if !p.Covers("resource", "CVE-99", "lib", "x") || p.Covers("resource", "CVE-99", "another", "x") || p.Covers("xss", "CVE-99", "lib", "x") {
					t.Errorf("%s covers the wrong findings", p)
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestProposalsLeaveOutWhatIsExploited(t *testing.T) {
	var labels []Label
	for i := range 12 {
		l := label(i, false, Features{Weakness: "resource"})
		l.Exploited = true
		labels = append(labels, l)
	}
	if got := New(labels).Proposals(); got != nil {
		t.Errorf("%v", got)
	}
}

func TestAProposalMayBeForADirectory(t *testing.T) {
	var labels []Label
	for i := range 8 {
		l := label(i, false, Features{Weakness: "xss"})
		l.Package, l.Path, l.Reason = "", fmt.Sprintf("web/page%d.js", i), Inaccurate
		labels = append(labels, l)
	}
	got := New(labels).Proposals()
	if len(got) != 1 || got[0].String() != "xss weaknesses in web" || got[0].Reason != Inaccurate {
		t.Errorf("%v", got)
	}
}
