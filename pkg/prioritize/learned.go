package prioritize

import (
	"math"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/learn"
)

// learnedFactor is the Factor of the reason that learning adds.
const learnedFactor = "learned"

// Features returns what a judgement on f would be learned from.
func (s SSVC) Features(f fettle.Finding, evidence []fettle.Evidence) learn.Features {
	k := read(evidence)
	return features(f, s.facts(f, k), k)
}

// features leaves empty what nobody knows, where the table counts it as the worse case.
func features(f fettle.Finding, x facts, k known) learn.Features {
	cwes := k.cwes
	if len(cwes) == 0 {
		cwes = f.CWEs
	}
	features := learn.Features{Weakness: learn.FamilyOf(cwes), Reach: string(x.reach)}
	switch {
	case x.development:
		features.Scope = "development"
	case f.Scope != "":
		features.Scope = "production"
	}
	if k.setting.exposure != nil {
		features.Exposure = k.setting.exposure.Text
	}
	if k.cvss == nil {
		return features
	}
	switch {
	case x.automatable && x.total:
		features.Impact = "both"
	case x.automatable:
		features.Impact = "automatable"
	case x.total:
		features.Impact = "total"
	default:
		features.Impact = "partial"
	}
	switch v := vector(k.cvss.Text); {
	case v.local():
		features.Vector = "local"
	case v.has("AV:A"):
		features.Vector = "adjacent"
	case v.has("AV:N"):
		features.Vector = "network"
	}
	return features
}

// learned is the reason that the team's judgements give, if they give one, and whether f keeps its place as an audit. It
// moves the rank alone: the outcome is found before it is asked. What is actively exploited it does not touch.
func learned(m *learn.Model, f fettle.Finding, x facts, k known) (r fettle.Reason, audit, ok bool) {
	advice, ok := m.Points(string(f.ID), features(f, x, k), x.exploitation == active)
	if !ok {
		return fettle.Reason{}, false, false
	}
	return fettle.Reason{Factor: learnedFactor, Text: advice.Why, Points: advice.Points}, advice.Audit, true
}

// Unlearned returns the rank of p as it is without what was learned, 0 to 100: learning from a score that learning has
// moved would feed on itself.
func Unlearned(p fettle.Priority) float64 {
	sum := 0.0
	for _, r := range p.Reasons {
		switch r.Factor {
		case learnedFactor, "floor", "ceiling":
		default:
			sum += r.Points
		}
	}
	if len(p.Reasons) == 0 {
		sum = p.Rank
	}
	return math.Max(0, math.Min(100, tenth(sum)))
}
