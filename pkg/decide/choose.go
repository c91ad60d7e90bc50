package decide

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// candidate is a fix with what policy makes of it.
type candidate struct {
	fix        fettle.Fix
	confidence float64
	action     fettle.Action
	why        []string
}

// choose returns the best fix for c. Fixes that failed are named in d, with the reason.
func choose(rule Rule, c fettle.Case, fixes []fettle.Fix, d *fettle.Decision) (candidate, bool) {
	byID := make(map[string]fettle.Fix, len(fixes))
	for _, f := range fixes {
		byID[f.ID] = f
	}
	var candidates []candidate
	tried := map[string]bool{}
	for _, a := range c.Attempts {
		tried[a.Fix] = true
		f, ok := byID[a.Fix]
		switch {
		case !ok:
			d.Why = append(d.Why, fmt.Sprintf("the fix %s is not among the proposed ones", a.Fix))
		case a.Verdict.Status == fettle.Failed:
			d.Why = append(d.Why, fmt.Sprintf("%s failed: %s", title(f), reason(a.Verdict)))
		default:
			candidates = append(candidates, judge(rule, f, a))
		}
	}
	for _, f := range fixes {
		if !tried[f.ID] && slices.Contains(f.Resolves, c.Finding.ID) {
			candidates = append(candidates, judge(rule, f, fettle.Attempt{Fix: f.ID}))
		}
	}
	if len(candidates) == 0 {
		if len(c.Attempts) == 0 {
			d.Why = append(d.Why, "no fix is proposed")
		}
		return candidate{}, false
	}
	return slices.MinFunc(candidates, func(a, b candidate) int {
		return cmp.Or(boldness(b.action)-boldness(a.action), cmp.Compare(b.confidence, a.confidence),
			len(a.fix.Moves)-len(b.fix.Moves), strings.Compare(a.fix.ID, b.fix.ID))
	}), true
}

// judge finds the boldest action on f that rule allows. An attempt without verdict was not tried.
func judge(rule Rule, f fettle.Fix, a fettle.Attempt) candidate {
	c := candidate{fix: f, confidence: a.Confidence.Value, action: fettle.Action(rule.Action)}
	if math.IsNaN(c.confidence) {
		c.confidence = 0
	}
	add := func(action fettle.Action, format string, args ...any) {
		c.action = milder(c.action, action)
		c.why = append(c.why, fmt.Sprintf(format, args...))
	}
	bound := *rule.MinConfidence
	switch {
	case a.Verdict.Status != fettle.Passed:
		add(fettle.Suggest, "%s was not tried: %s", title(f), reason(a.Verdict))
	case a.Confidence.Unknown:
		c.confidence = 0
		add(fettle.Suggest, "%s passed, but its confidence is unknown: %d similar cases are too few for a number", title(f), a.Confidence.Cases)
	case c.confidence < bound:
		add(fettle.Suggest, "%s passed with confidence %s, below min_confidence %s", title(f), number(c.confidence), number(bound))
	default:
		add(fettle.Apply, "%s passed with confidence %s, min_confidence is %s", title(f), number(c.confidence), number(bound))
	}
	if f.Major {
		add(fettle.Action(rule.Majors), "it moves a major version: majors is %s", rule.Majors)
	}
	return c
}

func title(f fettle.Fix) string {
	if f.Title == "" {
		return "the fix " + f.ID
	}
	return "the fix " + f.ID + " (" + f.Title + ")"
}

// reason says why a verdict is not a pass.
func reason(v fettle.Verdict) string {
	if v.Reason != "" {
		return v.Reason
	}
	for _, c := range v.Checks {
		if c.Status == v.Status && c.Detail != "" {
			return c.Name + ": " + c.Detail
		}
	}
	return "no reason is given"
}

// number prints a confidence so that one below a bound never reads as equal to it.
func number(v float64) string {
	return strings.TrimRight(strings.TrimRight(fmt.Sprintf("%.3f", math.Floor(v*1000+1e-9)/1000), "0"), ".")
}
