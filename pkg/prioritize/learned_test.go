package prioritize

import (
	"fmt"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/learn"
)

// taught returns a model of a team that wants nothing of development scope.
func taught() *learn.Model {
	var labels []learn.Label
	for i := range 120 {
		l := learn.Label{ID: fmt.Sprint(i), Day: fmt.Sprintf("2025-%02d-%02d", 1+i/28, 1+i%28), Source: "fettle", Score: 46,
			Features: learn.Features{Scope: "production"}, Relevant: true, Reason: learn.Fixed}
		if i%2 == 0 {
			l.Features.Scope, l.Relevant, l.Reason = "development", false, learn.NotUsed
		}
		labels = append(labels, l)
	}
	return learn.New(labels)
}

func evidenceOf(vector string, more ...fettle.Evidence) []fettle.Evidence {
	return append([]fettle.Evidence{{Signal: fettle.CVSS, Status: fettle.Known, Value: 9.8, Text: vector}}, more...)
}

func TestFeaturesAreReadFromTheEvidence(t *testing.T) {
	known := func(signal fettle.Signal, text string) fettle.Evidence {
		return fettle.Evidence{Signal: signal, Status: fettle.Known, Text: text}
	}
	tests := []struct {
		name     string
		finding  fettle.Finding
		evidence []fettle.Evidence
		want     learn.Features
	}{
		{"nothing", fettle.Finding{}, nil, learn.Features{}},
		{"all", fettle.Finding{Scope: fettle.Production},
			evidenceOf("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", known(fettle.CWE, "CWE-79"), known(fettle.Reach, "called"), known(fettle.Exposure, "controlled")),
			learn.Features{Weakness: "xss", Scope: "production", Reach: "called", Exposure: "controlled", Impact: "both", Vector: "network"}},
		{"a physical attacker on a test's package", fettle.Finding{Scope: fettle.Test, CWEs: []string{"CWE-400"}},
			evidenceOf("CVSS:3.1/AV:P/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H"),
			learn.Features{Weakness: "resource", Scope: "development", Impact: "partial", Vector: "local"}},
		{"adjacent", fettle.Finding{Scope: fettle.Peer}, evidenceOf("CVSS:3.1/AV:A/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"),
			learn.Features{Scope: "production", Impact: "total", Vector: "adjacent"}},
		{"nobody can tell the reach", fettle.Finding{Scope: fettle.Production},
			[]fettle.Evidence{{Signal: fettle.Reach, Status: fettle.Unknown, Text: "a dynamic import"}, known(fettle.CWE, "CWE-1")},
			learn.Features{Weakness: "other", Scope: "production"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, SSVC{}.Features(test.finding, test.evidence)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestLearningLeavesWhatIsExploitedAlone(t *testing.T) {
	m := taught()
	f := fettle.Finding{ID: "a", Scope: fettle.Development}
	for _, test := range []struct {
		status fettle.Status
		want   bool
	}{{fettle.Known, false}, {fettle.Absent, true}} {
		k := read(evidenceOf("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", fettle.Evidence{Signal: fettle.KEV, Status: test.status, Source: "kev"}))
		if r, _, ok := learned(m, f, SSVC{}.facts(f, k), k); ok != test.want {
			t.Errorf("KEV %s: %+v, %t; want %t", test.status, r, ok, test.want)
		}
	}
}

func TestAnAuditIsSaidAndNotMoved(t *testing.T) {
	m := taught()
	k := read(evidenceOf("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"))
	audits := 0
	for i := range 1000 {
		f := fettle.Finding{ID: fettle.ID(fmt.Sprint(i)), Scope: fettle.Development}
		r, audit, ok := learned(m, f, SSVC{}.facts(f, k), k)
		if !ok || audit != (r.Points == 0) || r.Points > 0 || r.Points < -learn.MostPoints || r.Factor != "learned" || r.Text == "" {
			t.Fatalf("%+v, audit %t, %t", r, audit, ok)
		}
		if audit {
			audits++
		}
	}
	if audits < 25 || audits > 80 {
		t.Errorf("%d of 1000 are audits; want about 50", audits)
	}
}

func TestTheScoreToLearnFromHoldsNothingThatWasLearned(t *testing.T) {
	p := fettle.Priority{Rank: 12, Reasons: []fettle.Reason{{Factor: "base", Points: 20}, {Factor: "impact", Points: 23}, {Factor: "learned", Points: -21}, {Factor: "floor", Points: 5}}}
	if got := Unlearned(p); got != 43 {
		t.Errorf("%v; want 43", got)
	}
	if got := Unlearned(fettle.Priority{Rank: 12}); got != 12 {
		t.Errorf("without reasons: %v; want the rank", got)
	}
}

func TestWithoutLearningTheScoreIsTheRank(t *testing.T) {
	for _, vector := range []string{"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:N/I:N/A:L", "none"} {
		for _, scope := range []fettle.Scope{fettle.Production, fettle.Development} {
			p := SSVC{Median: 0.002}.Prioritize(fettle.Finding{Scope: scope}, evidenceOf(vector, fettle.Evidence{Signal: fettle.EPSS, Status: fettle.Known, Value: 0.05}))
			if got := Unlearned(p); got != p.Rank {
				t.Errorf("%s, %s: %v; want the rank, %v", vector, scope, got, p.Rank)
			}
		}
	}
}

func TestLearningMovesRanksAndNothingElse(t *testing.T) {
	plain, learning := SSVC{Median: 0.002}, SSVC{Median: 0.002, Learned: taught()}
	moved, kept := 0, 0
	for i, vector := range []string{"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:N/I:N/A:L", "none"} {
		for _, scope := range []fettle.Scope{fettle.Production, fettle.Development, ""} {
			for _, status := range []fettle.Status{fettle.Known, fettle.Absent, fettle.Unknown} {
				for _, epss := range []float64{0.0001, 0.02, 0.6} {
					f := fettle.Finding{ID: fettle.ID(fmt.Sprint(i, scope, status, epss)), Scope: scope}
					evidence := evidenceOf(vector, fettle.Evidence{Signal: fettle.KEV, Status: status, Source: "kev"},
						fettle.Evidence{Signal: fettle.EPSS, Status: fettle.Known, Value: epss})
					a, b := plain.Prioritize(f, evidence), learning.Prioritize(f, evidence)
					if status == fettle.Known {
						kept++
						if diff := cmp.Diff(a, b); diff != "" {
							t.Fatalf("exploited, and moved: %s", diff)
						}
						continue
					}
					if a.Rank != b.Rank {
						moved++
					}
					if math.Abs(a.Rank-b.Rank) > learn.MostPoints+1e-9 || Unlearned(b) != Unlearned(a) {
						t.Errorf("%s: rank %v without, %v with what was learned", f.ID, a.Rank, b.Rank)
					}
					a.Rank, a.Reasons, a.Audit = b.Rank, b.Reasons, b.Audit
					if diff := cmp.Diff(a, b); diff != "" {
						t.Errorf("%s: more than the rank: %s", f.ID, diff)
					}
				}
			}
		}
	}
	if moved == 0 || kept == 0 {
		t.Errorf("%d moved, %d exploited: nothing was tried", moved, kept)
	}
}
