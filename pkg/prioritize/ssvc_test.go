package prioritize

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

var day = time.Date(2026, 8, 16, 0, 0, 0, 0, time.UTC)

const (
	worst31 = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"
	mild31  = "CVSS:3.1/AV:N/AC:H/PR:L/UI:R/S:U/C:L/I:N/A:N"
	local31 = "CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H"
)

func say(signal fettle.Signal, value float64, text string) fettle.Evidence {
	source := string(signal)
	if signal == fettle.EPSS || signal == fettle.EPSSRank {
		source = "epss v4"
	}
	return fettle.Evidence{Signal: signal, Status: fettle.Known, Value: value, Text: text, Source: source, AsOf: day}
}

func absent(signal fettle.Signal) fettle.Evidence {
	return fettle.Evidence{Signal: signal, Status: fettle.Absent, Source: string(signal), AsOf: day}
}

func texts(p fettle.Priority) map[string]string {
	m := map[string]string{}
	for _, r := range p.Reasons {
		m[r.Factor] = r.Text
	}
	return m
}

func points(p fettle.Priority) map[string]float64 {
	m := map[string]float64{}
	for _, r := range p.Reasons {
		if r.Points != 0 {
			m[r.Factor] = r.Points
		}
	}
	return m
}

func TestTheWholeOfOnePriority(t *testing.T) {
	s := SSVC{Median: 0.007, P975: 0.2247}
	f := fettle.Finding{
		Rule: "CVE-2020-1234", Scope: fettle.Production, Package: fettle.Package{Ecosystem: "npm"},
		Instances: []fettle.Instance{{Depth: 3}, {Depth: 2, Paths: [][]string{{"a@1.0.0", "b@2.0.0"}}}},
	}
	got := s.Prioritize(f, []fettle.Evidence{
		say(fettle.CVSS, 9.8, worst31), absent(fettle.KEV), say(fettle.EPSS, 0.944, "CVE-2020-1234"), say(fettle.EPSSRank, 0.979, ""),
	})
	want := fettle.Priority{
		Outcome: fettle.Attend,
		Rank:    93.5,
		Reasons: []fettle.Reason{
			{Factor: "outcome", Text: "Attend: exploitation likely, exposure open, automatable, total impact"},
			{Factor: "base", Text: "every finding starts here", Points: 20},
			{Factor: "exploitation", Text: "not listed in KEV on 2026-08-16"},
			{Factor: "epss", Text: "EPSS 94.4% (97th percentile) on 2026-08-16; the median of that day is 0.70%", Points: 45},
			{Factor: "severity", Text: "CVSS 9.8 (" + worst31 + "), cvss on 2026-08-16", Points: 2.5},
			{Factor: "automatable", Text: "attacks can be automated: over the network, simple, no account, no user", Points: 3},
			{Factor: "impact", Text: "total impact: high on confidentiality and integrity", Points: 23},
			{Factor: "exposure", Text: "exposure is not known and counts as open"},
			{Factor: "depth", Text: "2 levels deep, by way of a@1.0.0 > b@2.0.0"},
			{Factor: "reach", Text: "whether the vulnerable code is reached is unknown"},
			{Factor: "due", Text: "CISA BOD 26-04 asks for a fix within 3 days"},
		},
		Would: []string{
			"Act if it enters KEV",
			"Act if the vulnerable code is found to be called",
			"Track if the package is shown not to be imported",
			"Track if exposure were declared small",
		},
		Mode:   "balanced",
		Vector: worst31,
		Due:    &fettle.Due{Days: 3, Regime: "bod-26-04", Text: "CISA BOD 26-04 asks for a fix within 3 days"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestWhatCountsAsExploited(t *testing.T) {
	mild := say(fettle.CVSS, 2.6, mild31)
	tests := []struct {
		name     string
		s        SSVC
		evidence []fettle.Evidence
		want     fettle.Outcome
	}{
		{"listed in KEV", SSVC{}, []fettle.Evidence{say(fettle.KEV, 0, "2021-12-24")}, fettle.Act},
		{"one list that has it outweighs one that has not", SSVC{}, []fettle.Evidence{absent(fettle.KEV), say(fettle.KEV, 0, "")}, fettle.Act},
		{"EPSS of a tenth", SSVC{}, []fettle.Evidence{say(fettle.EPSS, 0.1, "")}, fettle.Attend},
		{"EPSS below a tenth", SSVC{}, []fettle.Evidence{say(fettle.EPSS, 0.099, "")}, fettle.Track},
		{"EPSS at the day's 97.5th percentile", SSVC{P975: 0.05}, []fettle.Evidence{say(fettle.EPSS, 0.05, "")}, fettle.Attend},
		{"a percentile of 97.5", SSVC{}, []fettle.Evidence{say(fettle.EPSS, 0.01, ""), say(fettle.EPSSRank, 0.975, "")}, fettle.Attend},
		{"a percentile below", SSVC{}, []fettle.Evidence{say(fettle.EPSS, 0.01, ""), say(fettle.EPSSRank, 0.974, "")}, fettle.Track},
		{"not listed anywhere", SSVC{}, []fettle.Evidence{absent(fettle.KEV), absent(fettle.EPSS)}, fettle.Track},
		{"nobody asked", SSVC{}, nil, fettle.Track},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := test.s.Prioritize(fettle.Finding{Scope: fettle.Production}, append(test.evidence, mild))
			if got.Outcome != test.want {
				t.Errorf("got %s, want %s: %v", got.Outcome, test.want, got.Reasons)
			}
		})
	}
}

func TestPoints(t *testing.T) {
	production := fettle.Finding{Scope: fettle.Production}
	tests := []struct {
		name     string
		context  []fettle.Evidence
		f        fettle.Finding
		evidence []fettle.Evidence
		want     map[string]float64
		rank     float64
	}{
		{"nothing is known", nil, production, nil, map[string]float64{"base": 20, "automatable": 3, "impact": 23}, 46},
		{"the median's EPSS moves nothing", nil, production, []fettle.Evidence{say(fettle.CVSS, 7, mild31), say(fettle.EPSS, 0.007, "")},
			map[string]float64{"base": 20}, 20},
		{"EPSS is bounded below", nil, production, []fettle.Evidence{say(fettle.CVSS, 7, mild31), say(fettle.EPSS, 0.00001, "")},
			map[string]float64{"base": 20, "epss": -15}, 5},
		{"rated critical is no better than unknown", nil, production, []fettle.Evidence{say(fettle.Rating, 0, "critical")},
			map[string]float64{"base": 20, "automatable": 3, "impact": 23}, 46},
		{"rated high", nil, production, []fettle.Evidence{say(fettle.Rating, 0, "high")}, map[string]float64{"base": 20, "impact": 23}, 43},
		{"rated medium", nil, production, []fettle.Evidence{say(fettle.Rating, 0, "medium")},
			map[string]float64{"base": 20, "severity": -0.1, "impact": 23}, 42.9},
		{"rated low", nil, production, []fettle.Evidence{say(fettle.Rating, 0, "low")}, map[string]float64{"base": 20, "severity": -2.8}, 17.2},
		{"of two ratings the worse counts", nil, production, []fettle.Evidence{say(fettle.Rating, 0, "low"), say(fettle.Rating, 0, "high")},
			map[string]float64{"base": 20, "impact": 23}, 43},
		{"a vector outweighs a rating", nil, production, []fettle.Evidence{say(fettle.CVSS, 7, mild31), say(fettle.Rating, 0, "critical")},
			map[string]float64{"base": 20}, 20},
		{"a mild weakness", nil, production, []fettle.Evidence{say(fettle.CVSS, 2, mild31)}, map[string]float64{"base": 20, "severity": -4.5}, 15.5},
		{"active, with ransomware", nil, production, []fettle.Evidence{say(fettle.KEV, 0, ""), say(fettle.Ransomware, 0, ""), say(fettle.CVSS, 9, worst31)},
			map[string]float64{"base": 20, "exploitation": 60, "ransomware": 5, "severity": 1.8, "automatable": 3, "impact": 23, "ceiling": -12.8}, 100},
		{"active holds its floor in development scope", declared("exposure small"), fettle.Finding{Scope: fettle.Development},
			[]fettle.Evidence{say(fettle.KEV, 0, ""), say(fettle.CVSS, 7, mild31)},
			map[string]float64{"base": 20, "exploitation": 60, "exposure": -25, "scope": -20, "floor": 35}, 70},
		{"active and not imported has no floor", nil, production,
			[]fettle.Evidence{say(fettle.KEV, 0, ""), say(fettle.CVSS, 7, mild31), say(fettle.Reach, 0, "not_imported")},
			map[string]float64{"base": 20, "exploitation": 60, "reach": -30}, 50},
		{"called", nil, production, []fettle.Evidence{say(fettle.CVSS, 7, mild31), say(fettle.Reach, 0, "called")}, map[string]float64{"base": 20, "reach": 10}, 30},
		{"of two answers on reach the further counts", nil, production,
			[]fettle.Evidence{say(fettle.CVSS, 7, mild31), say(fettle.Reach, 0, "referenced"), say(fettle.Reach, 0, "no_path")}, map[string]float64{"base": 20, "reach": 5}, 25},
		{"no path in Go", nil, fettle.Finding{Package: fettle.Package{Ecosystem: "Go"}},
			[]fettle.Evidence{say(fettle.CVSS, 7, mild31), say(fettle.Reach, 0, "no_path")}, map[string]float64{"base": 20, "reach": -20}, 0},
		{"no path elsewhere", nil, production, []fettle.Evidence{say(fettle.CVSS, 7, mild31), say(fettle.Reach, 0, "no_path")},
			map[string]float64{"base": 20, "reach": -10}, 10},
		{"an incomplete graph moves nothing", nil, production,
			[]fettle.Evidence{say(fettle.CVSS, 7, mild31), {Signal: fettle.Reach, Status: fettle.Unknown, Text: "not_imported"}}, map[string]float64{"base": 20}, 20},
		{"a word nobody knows moves nothing", nil, production, []fettle.Evidence{say(fettle.CVSS, 7, mild31), say(fettle.Reach, 0, "surely")},
			map[string]float64{"base": 20}, 20},
		{"local", nil, production, []fettle.Evidence{say(fettle.CVSS, 7, local31)}, map[string]float64{"base": 20, "impact": 23, "local": -10}, 33},
		{"the context", declared("exposure controlled", "criticality high", "data pci"), production, []fettle.Evidence{say(fettle.CVSS, 7, mild31)},
			map[string]float64{"base": 20, "exposure": -10, "criticality": 5, "data": 5}, 20},
		{"low criticality", declared("criticality low"), production, []fettle.Evidence{say(fettle.CVSS, 7, mild31)},
			map[string]float64{"base": 20, "criticality": -5}, 15},
		{"a regular expression that runs long, in development", nil, fettle.Finding{Scope: fettle.Development},
			[]fettle.Evidence{say(fettle.CVSS, 7, mild31), say(fettle.CWE, 0, "CWE-1333"), say(fettle.CWE, 0, "CWE-400")},
			map[string]float64{"base": 20, "scope": -20, "noise": -20, "floor": 20}, 0},
		{"another weakness beside it is no noise", nil, fettle.Finding{Scope: fettle.Development},
			[]fettle.Evidence{say(fettle.CVSS, 7, mild31), say(fettle.CWE, 0, "CWE-1333"), say(fettle.CWE, 0, "CWE-94")},
			map[string]float64{"base": 20, "scope": -20}, 0},
		{"the same in production is no noise", nil, production,
			[]fettle.Evidence{say(fettle.CVSS, 7, mild31), say(fettle.CWE, 0, "CWE-1333")}, map[string]float64{"base": 20}, 20},
		{"a value that is no number is skipped", nil, production,
			[]fettle.Evidence{say(fettle.CVSS, 7, mild31), say(fettle.EPSS, math.NaN(), "")}, map[string]float64{"base": 20}, 20},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := SSVC{Median: 0.007}.Prioritize(test.f, append(test.context, test.evidence...))
			if diff := cmp.Diff(test.want, points(got)); diff != "" {
				t.Error(diff)
			}
			if got.Rank != test.rank {
				t.Errorf("rank %v, want %v", got.Rank, test.rank)
			}
		})
	}
}

func TestMetricsOfEveryVersion(t *testing.T) {
	tests := []struct {
		vector                    string
		automatable, total, local bool
	}{
		{"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:N/SC:N/SI:N/SA:N", true, true, false},
		{"CVSS:4.0/AV:N/AC:L/AT:P/PR:N/UI:N/VC:H/VI:L/VA:N/SC:H/SI:H/SA:N", false, false, false},
		{worst31, true, true, false},
		{"CVSS:3.0/AV:P/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", false, true, true},
		{local31, false, true, true},
		{"AV:N/AC:L/Au:N/C:C/I:C/A:C", true, true, false},
		{"AV:L/AC:L/Au:N/C:P/I:P/A:P", false, false, true},
	}
	for _, test := range tests {
		v := vector(test.vector)
		if v.automatable() != test.automatable || v.total() != test.total || v.local() != test.local {
			t.Errorf("%s: automatable %t, total %t, local %t", v, v.automatable(), v.total(), v.local())
		}
	}
}

func TestTheNewestVectorDecides(t *testing.T) {
	v4 := "CVSS:4.0/AV:N/AC:H/AT:N/PR:N/UI:N/VC:L/VI:N/VA:N/SC:N/SI:N/SA:N"
	got := SSVC{}.Prioritize(fettle.Finding{}, []fettle.Evidence{say(fettle.CVSS, 9.8, worst31), say(fettle.CVSS, 6.3, v4)})
	if text := texts(got)["severity"]; !strings.Contains(text, v4) {
		t.Errorf("severity says %q, want the vector of version 4", text)
	}
}

func TestUnknownIsSaid(t *testing.T) {
	got := texts(SSVC{}.Prioritize(fettle.Finding{Scope: fettle.Production}, []fettle.Evidence{
		{Signal: fettle.KEV, Status: fettle.Unknown, Text: "the feed is not loaded"}, absent(fettle.EPSS),
	}))
	want := map[string]string{
		"exploitation": "KEV does not tell: the feed is not loaded",
		"epss":         "EPSS has no score on 2026-08-16",
		"severity":     "no CVSS vector is known: counted as automatable and of total impact",
		"impact":       "total impact: high on confidentiality and integrity, assumed for want of a vector",
		"exposure":     "exposure is not known and counts as open",
		"reach":        "whether the vulnerable code is reached is unknown",
	}
	for factor, text := range want {
		if got[factor] != text {
			t.Errorf("%s: got %q, want %q", factor, got[factor], text)
		}
	}
}

// declared is evidence of what a team says about a program: a signal and its value.
func declared(words ...string) []fettle.Evidence {
	var all []fettle.Evidence
	for _, w := range words {
		signal, text, _ := strings.Cut(w, " ")
		all = append(all, fettle.Evidence{Signal: fettle.Signal(signal), Status: fettle.Known, Text: text, Source: "fettle.yaml", Declared: true,
			Where: &fettle.Location{Path: "fettle.yaml", Line: 3}})
	}
	return all
}

// random draws a finding, its context and evidence.
func random(r *rand.Rand) (SSVC, fettle.Finding, []fettle.Evidence) {
	s := SSVC{Median: r.Float64() * 0.01, P975: r.Float64() * 0.5}
	var words []string
	words = append(words, []string{"exposure unheard-of", "exposure open", "exposure controlled", "exposure small"}[r.IntN(4)])
	words = append(words, []string{"criticality medium", "criticality low", "criticality high"}[r.IntN(3)])
	if r.IntN(2) == 0 {
		words = append(words, "data pii")
	}
	f := fettle.Finding{Scope: []fettle.Scope{fettle.Production, fettle.Development}[r.IntN(2)]}
	f.Package.Ecosystem = []string{"npm", "Go"}[r.IntN(2)]
	evidence := declared(words...)
	if r.IntN(4) > 0 {
		v := []string{worst31, mild31, local31}[r.IntN(3)]
		evidence = append(evidence, say(fettle.CVSS, math.Round(100*r.Float64())/10, v))
	}
	if r.IntN(2) == 0 {
		evidence = append(evidence, say(fettle.CWE, 0, "CWE-400"))
	}
	if r.IntN(2) == 0 {
		evidence = append(evidence, say(fettle.Reach, 0, []string{"called", "referenced", "no_path", "not_imported"}[r.IntN(4)]))
	}
	return s, f, evidence
}

func TestRaisingEPSSNeverLowersAPriority(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 5000 {
		s, f, evidence := random(r)
		low, high := r.Float64(), r.Float64()
		if low > high {
			low, high = high, low
		}
		a := s.Prioritize(f, append(slices.Clone(evidence), say(fettle.EPSS, low, "")))
		b := s.Prioritize(f, append(slices.Clone(evidence), say(fettle.EPSS, high, "")))
		if b.Rank < a.Rank || b.Outcome.Urgency() < a.Outcome.Urgency() {
			t.Fatalf("EPSS %v gives %s %v, EPSS %v gives %s %v: %+v %v", low, a.Outcome, a.Rank, high, b.Outcome, b.Rank, s, evidence)
		}
	}
}

func TestEnteringKEVNeverLowersAPriority(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 5000 {
		s, f, evidence := random(r)
		evidence = append(evidence, say(fettle.EPSS, r.Float64(), ""))
		a := s.Prioritize(f, evidence)
		b := s.Prioritize(f, append(slices.Clone(evidence), say(fettle.KEV, 0, "")))
		if b.Rank < a.Rank || b.Outcome.Urgency() < a.Outcome.Urgency() {
			t.Fatalf("%s %v becomes %s %v: %+v %v", a.Outcome, a.Rank, b.Outcome, b.Rank, s, evidence)
		}
	}
}

func TestPointsAddUpToARankWithinBounds(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 5000 {
		s, f, evidence := random(r)
		if r.IntN(3) == 0 {
			evidence = append(evidence, say(fettle.KEV, 0, ""))
		}
		got := s.Prioritize(f, evidence)
		sum := 0.0
		for _, reason := range got.Reasons {
			sum += reason.Points
		}
		if math.Abs(sum-got.Rank) > 1e-6 || !(got.Rank >= 0 && got.Rank <= 100) {
			t.Fatalf("points add up to %v, rank %v: %v", sum, got.Rank, got.Reasons)
		}
	}
}

func TestCounterfactualsNameAnotherOutcome(t *testing.T) {
	everyFacts(func(f facts) {
		for _, w := range (SSVC{}).would(f, known{}) {
			if outcome, _, _ := strings.Cut(w, " "); outcome == string(f.outcome()) {
				t.Fatalf("%+v is %s already: %q", f, outcome, w)
			}
		}
	})
}

func TestOrdinal(t *testing.T) {
	for share, want := range map[float64]string{0: "0th", 0.01: "1st", 0.02: "2nd", 0.03: "3rd", 0.11: "11th", 0.129: "12th", 0.219: "21st", 0.979: "97th", 0.9999: "99th", 0.29: "29th", 1: "100th"} {
		if got := ordinal(share); got != want {
			t.Errorf("ordinal(%v) = %s, want %s", share, got, want)
		}
	}
}
