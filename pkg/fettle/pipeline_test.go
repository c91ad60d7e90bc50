package fettle

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// stages plays every stage: it finds what finds says, by the tree's directory, and remembers what it was asked.
type stages struct {
	facts    map[string][]Fact
	seen     []Fact // by the correlator
	unknown  []Gap  // of the correlator
	finds    map[string][]Finding
	gaps     []Gap
	evidence map[ID]float64
	fixes    []Fix
	fails    map[string]bool // fixes that do not pass
	applies  func(c Case) string

	validated [][]string
	delivered []Report
	err       error // of the delivery
}

func (s *stages) Discover(_ context.Context, repo Repo) (Discovery, error) {
	return Discovery{Findings: s.finds[repo.Dir], Gaps: s.gaps, Facts: s.facts[repo.Dir],
		Inventory: Inventory{Projects: []Project{{Lockfile: "lock", Nodes: make([]Node, 3)}}}}, nil
}

func (s *stages) Correlate(_ context.Context, scene Scene) (Correlation, error) {
	s.seen = scene.Facts
	all := map[ID][]Evidence{}
	for _, f := range scene.Findings {
		all[f.ID] = []Evidence{{Signal: EPSS, Value: s.evidence[f.ID]}}
	}
	return Correlation{Evidence: all, Gaps: s.unknown}, nil
}

func (s *stages) Prioritize(_ Finding, evidence []Evidence) Priority {
	p := Priority{Outcome: Track, Rank: evidence[0].Value}
	if p.Rank > 50 {
		p.Outcome = Act
	}
	return p
}

func (s *stages) Propose(_ context.Context, _ Repo, _ Inventory, cases []Case) (Proposal, error) {
	return Proposal{Fixes: s.fixes, Unfixed: map[ID]string{"c": "held"}}, nil
}

func (s *stages) Validate(_ context.Context, _ Repo, fixes []Fix) (Trial, error) {
	t := Trial{Verdicts: map[string]Verdict{}, Runs: 1}
	var ids []string
	for _, f := range fixes {
		ids = append(ids, f.ID)
		v := Verdict{Status: Passed}
		if s.fails[f.ID] {
			v.Status = Failed
		} else {
			t.Shipped = append(t.Shipped, Step{Fix: f.ID})
			t.Set.Resolved = append(t.Set.Resolved, f.Resolves...)
		}
		t.Verdicts[f.ID] = v
	}
	s.validated = append(s.validated, ids)
	return t, nil
}

func (s *stages) Score(f Fix, v Verdict, _ Trial) Confidence { return Confidence{Value: 0.5} }

func (s *stages) Decide(c Case, _ []Fix) Decision {
	d := Decision{Action: Inform, Fails: c.Priority.Outcome == Act}
	if s.applies != nil {
		if fix := s.applies(c); fix != "" {
			d.Action, d.Fix = Apply, fix
		}
	}
	return d
}

func (s *stages) Deliver(_ context.Context, r Report) error {
	s.delivered = append(s.delivered, r)
	return s.err
}

func (s *stages) pipeline() *Pipeline {
	return &Pipeline{Discover: []Discoverer{s}, Correlate: []Correlator{s}, Prioritize: s, Score: s, Decide: s, Deliver: []Deliverer{s}}
}

func named(ids ...ID) []Finding {
	var list []Finding
	for _, id := range ids {
		list = append(list, Finding{ID: id, Rule: string(id)})
	}
	return list
}

func TestCasesComeMostUrgentFirstWithTheirEvidence(t *testing.T) {
	s := &stages{finds: map[string][]Finding{"now": named("a", "b", "c")}, evidence: map[ID]float64{"a": 1, "b": 60, "c": 20},
		gaps: []Gap{{Subject: "yarn.lock"}}}
	r, err := s.pipeline().Run(t.Context(), Repo{Dir: "now", Commit: "c0ffee"})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range r.Cases {
		got = append(got, string(c.Finding.ID)+" "+string(c.Priority.Outcome))
	}
	if diff := cmp.Diff([]string{"b Act", "c Track", "a Track"}, got); diff != "" {
		t.Error(diff)
	}
	if len(r.Gaps) != 1 || r.Packages != 3 || r.Commit != "c0ffee" || len(s.delivered) != 1 {
		t.Errorf("gaps %v, packages %d, commit %q, deliveries %d", r.Gaps, r.Packages, r.Commit, len(s.delivered))
	}
}

func TestAComparisonTellsAddedExistingAndGone(t *testing.T) {
	s := &stages{finds: map[string][]Finding{"now": named("a", "b"), "base": named("b", "z")}}
	p := s.pipeline()
	p.Base = &Repo{Dir: "base", Commit: "ba5e"}
	r, err := p.Run(t.Context(), Repo{Dir: "now"})
	if err != nil {
		t.Fatal(err)
	}
	changes := map[ID]Change{}
	for _, c := range r.Cases {
		changes[c.Finding.ID] = c.Change
	}
	if diff := cmp.Diff(map[ID]Change{"a": Added, "b": Existing}, changes); diff != "" {
		t.Error(diff)
	}
	if len(r.Gone) != 1 || r.Gone[0].ID != "z" || r.Base != "ba5e" {
		t.Errorf("gone %v, base %q", r.Gone, r.Base)
	}
}

func TestTheLastTrialIsOfExactlyWhatPolicyApplies(t *testing.T) {
	fixes := []Fix{{ID: "1", Resolves: []ID{"a"}}, {ID: "2", Resolves: []ID{"b"}}, {ID: "3", Resolves: []ID{"c"}}}
	byFinding := map[ID]string{"a": "1", "b": "2", "c": "3"}
	tests := []struct {
		name    string
		applies []ID
		want    [][]string
		shipped []string
	}{
		{"all that passed", []ID{"a", "b"}, [][]string{{"1", "2", "3"}}, []string{"1", "2"}},
		{"fewer", []ID{"b"}, [][]string{{"1", "2", "3"}, {"2"}}, []string{"2"}},
		{"none", nil, [][]string{{"1", "2", "3"}}, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := &stages{finds: map[string][]Finding{"now": named("a", "b", "c")}, fixes: fixes, fails: map[string]bool{"3": true}}
			s.applies = func(c Case) string {
				if slices.Contains(test.applies, c.Finding.ID) {
					return byFinding[c.Finding.ID]
				}
				return ""
			}
			p := s.pipeline()
			p.Propose, p.Validate = []Proposer{s}, s
			r, err := p.Run(t.Context(), Repo{Dir: "now"})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, s.validated); diff != "" {
				t.Error(diff)
			}
			var shipped []string
			for _, step := range r.Trial.Shipped {
				shipped = append(shipped, step.Fix)
			}
			if diff := cmp.Diff(test.shipped, shipped); diff != "" {
				t.Error(diff)
			}
			if len(r.Trial.Verdicts) != 3 {
				t.Errorf("%d verdicts stay, want that of each fix", len(r.Trial.Verdicts))
			}
			for _, c := range r.Cases {
				if want := map[ID]string{"c": "held"}[c.Finding.ID]; c.Unfixed != want {
					t.Errorf("%s: unfixed %q, want %q", c.Finding.ID, c.Unfixed, want)
				}
			}
		})
	}
}

func TestWhatShipsFailsTheRunNoMore(t *testing.T) {
	for _, ships := range []bool{false, true} {
		s := &stages{finds: map[string][]Finding{"now": named("a", "b")}, evidence: map[ID]float64{"a": 60, "b": 60},
			fixes: []Fix{{ID: "1", Resolves: []ID{"a"}}}, applies: func(c Case) string { return map[ID]string{"a": "1"}[c.Finding.ID] }}
		p := s.pipeline()
		p.Propose, p.Validate, p.Ships = []Proposer{s}, s, ships
		r, err := p.Run(t.Context(), Repo{Dir: "now"})
		if err != nil {
			t.Fatal(err)
		}
		fails := map[ID]bool{}
		for _, c := range r.Cases {
			fails[c.Finding.ID] = c.Decision.Fails
		}
		if diff := cmp.Diff(map[ID]bool{"a": !ships, "b": true}, fails); diff != "" {
			t.Errorf("ships %v: %s", ships, diff)
		}
	}
}

func TestADeliveryThatFailsEndsTheRun(t *testing.T) {
	s := &stages{err: errors.New("the disk is full")}
	_, err := s.pipeline().Run(t.Context(), Repo{})
	if err == nil || !strings.Contains(err.Error(), "the disk is full") {
		t.Errorf("got %v", err)
	}
}

func TestAnOutcomeNobodyKnowsIsNotSurfaced(t *testing.T) {
	for outcome, want := range map[Outcome]bool{Act: true, Attend: true, TrackStar: false, Track: false, "": false, "act": false} {
		if got := outcome.Surfaced(); got != want {
			t.Errorf("%q: %v", outcome, got)
		}
	}
}

func TestFactsThatOnlyAChangeBringsAreMarked(t *testing.T) {
	open, small := Fact{Signal: Exposure, Text: "open", Where: &Location{Path: "k8s.yaml", Line: 3}}, Fact{Signal: Exposure, Text: "small"}
	moved := open
	moved.Where = &Location{Path: "k8s.yaml", Line: 9}
	s := &stages{facts: map[string][]Fact{"now": {moved, small}, "base": {open}}}
	p := s.pipeline()
	p.Base = &Repo{Dir: "base"}
	r, err := p.Scan(t.Context(), Repo{Dir: "now"})
	if err != nil {
		t.Fatal(err)
	}
	small.Proposed = true
	if diff := cmp.Diff([]Fact{open, small}, r.Facts); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(r.Facts, s.seen); diff != "" {
		t.Errorf("correlators see other facts: %s", diff)
	}
}

func TestWhatACorrelatorCouldNotFindOutIsAGap(t *testing.T) {
	s := &stages{unknown: []Gap{{Stage: "correlate", Subject: "calls", Reason: "does not build"}}}
	r, err := s.pipeline().Scan(t.Context(), Repo{})
	if err != nil || len(r.Gaps) != 1 || r.Gaps[0].Subject != "calls" {
		t.Errorf("gaps %v, %v", r.Gaps, err)
	}
}

func TestWhatIsOverdueComesFirstWithinItsOutcome(t *testing.T) {
	late := &Due{Overdue: true}
	cases := []Case{
		{Finding: Finding{ID: "late track"}, Priority: Priority{Outcome: Track, Due: late}},
		{Finding: Finding{ID: "high attend"}, Priority: Priority{Outcome: Attend, Rank: 90, Due: &Due{}}},
		{Finding: Finding{ID: "late attend"}, Priority: Priority{Outcome: Attend, Rank: 10, Due: late}},
	}
	slices.SortStableFunc(cases, MoreUrgent)
	var got []ID
	for _, c := range cases {
		got = append(got, c.Finding.ID)
	}
	if diff := cmp.Diff([]ID{"late attend", "high attend", "late track"}, got); diff != "" {
		t.Error(diff)
	}
}
