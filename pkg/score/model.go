package score

import (
	"fmt"
	"math"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// Model says how far a fix can be trusted. A failed check ends it at 0. Else the estimate is a sum of log odds over named
// features, fitted to labelled upgrades; the value, which rules compare, is the 95% lower bound on the share of upgrades
// like this one that broke nothing, never above the estimate, and bounded by caps where the trial saw too little. With
// fewer than 29 cases like it, the fix is unknown and its value 0.
//
// The points of the reasons add up to the log odds of the value, to those of the estimate where the value is unknown, and
// to nothing where a check failed. docs/confidence.md says how the numbers were measured and what they do not cover.
//
// Two figures are from publications, as no label covers them yet: of fixes that a language model drafted and that passed
// validation, 42% were wrong nevertheless (PVBench, arXiv 2603.06858); and the caps are judgement.
type Model struct {
	Fit *Fit // nil is what bench/confidence fitted
}

// falsePass is the share of fixes by a language model that pass validation and are wrong.
const falsePass = 0.42

// Score is pure; t gives the baseline and what the sandbox held.
func (m Model) Score(fix fettle.Fix, v fettle.Verdict, t fettle.Trial) fettle.Confidence {
	fit := m.Fit
	if fit == nil {
		own := fitted()
		fit = &own
	}
	basis := fmt.Sprintf("calibrated on %d labelled upgrades of %d projects", fit.Upgrades, fit.Projects)
	if failures := failed(v); len(failures) > 0 {
		return fettle.Confidence{Reasons: failures, Basis: "a check failed"}
	}
	f := Of(fix, v, t)
	reasons := explain(fit.Weights, f, fix, v, t)
	sum := 0.0
	for _, r := range reasons {
		sum += r.Points
	}
	limit := func(factor, text string, most float64) {
		r := fettle.Reason{Factor: factor, Text: text}
		if most = logit(most); sum > most {
			r.Points = most - sum
			sum = most
		}
		reasons = append(reasons, r)
	}
	if fix.Origin == "model" {
		limit("origin", "a language model drafted it: of such fixes that passed validation, 42% were wrong", 1-falsePass)
	}
	estimate := sigmoid(sum)
	e := fit.evidence(f)
	if fix.Origin == "model" || fix.Origin == "rule" {
		e = evidence{}
	}
	if !e.enough() {
		reasons = append(reasons, fettle.Reason{Factor: "unknown", Text: fmt.Sprintf("%s like it with a known outcome; a number takes %d", count(int(e.cases), "case"), needed)})
		return fettle.Confidence{Estimate: estimate, Cases: int(e.cases), Unknown: true, Reasons: reasons, Basis: "too few cases to tell; " + basis}
	}
	limit("bound", e.String(), e.bound)
	for _, c := range caps(fix, v, t, f) {
		limit("cap", fmt.Sprintf("at most %.2f: %s", c.value, c.why), c.value)
	}
	return fettle.Confidence{Value: sigmoid(sum), Estimate: estimate, Cases: int(e.cases), Reasons: reasons, Basis: basis}
}

// String says what the bound rests on.
func (e evidence) String() string {
	whose := "like it"
	if e.foreign {
		whose = "somewhat like it, those of other ecosystems and kinds counted for less"
	}
	return fmt.Sprintf("at most %.3f, the 95%% lower bound: of %s %s, %s broke", down(e.bound), count(int(e.cases), "case"), whose, number(e.broken))
}

// down cuts after three digits, so that no bound reads higher than it is.
func down(v float64) float64 { return math.Floor(v*1000+1e-9) / 1000 }

func number(v float64) string {
	return strings.TrimRight(strings.TrimRight(fmt.Sprintf("%.1f", v), "0"), ".")
}

// failed lists what failed. A fix with a failed check is not offered, however good the rest looks.
func failed(v fettle.Verdict) []fettle.Reason {
	var reasons []fettle.Reason
	for _, c := range v.Checks {
		if c.Status == fettle.Failed {
			reasons = append(reasons, fettle.Reason{Factor: "gate", Text: strings.TrimSuffix("the check "+c.Name+" failed: "+c.Detail, ": ")})
		}
	}
	if v.Status == fettle.Failed && len(reasons) == 0 {
		reasons = append(reasons, fettle.Reason{Factor: "gate", Text: strings.TrimSuffix("the trial failed: "+v.Reason, ": ")})
	}
	return reasons
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

func was(n int) string {
	if n == 1 {
		return "was"
	}
	return "were"
}
