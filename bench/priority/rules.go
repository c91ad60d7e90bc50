package main

import (
	"slices"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/prioritize"
)

// view is one finding on one day.
type view struct {
	*finding
	day   *day
	kev   []fettle.Evidence
	epss  []fettle.Evidence
	prob  float64 // EPSS; 0 where there is no score
	known bool    // in KEV on that day
}

// rule says whether a finding is put before a person.
type rule struct {
	name     string
	surfaced func(view) bool
}

const (
	balanced         = "fettle balanced"
	inferred         = "fettle balanced, context as inferred"
	supposedDeclared = "the same, with the context declared"
	declared         = "fettle balanced, context declared"
	cvss7            = "CVSS >= 7"
	cvss9            = "CVSS >= 9"
	leftOut          = ", unknown left out"
	everyone         = "everything"
	riskRule         = "EPSS x CVSS, same effort"
	riskRule1        = "EPSS (1 if in KEV) x CVSS, same effort"
)

// compared are the rules of the main tables. The last two need a threshold, which tune finds.
func compared() []rule {
	return []rule{
		{balanced, judged(prioritize.Balanced, nothing, asIs)},
		{inferred, judged(prioritize.Balanced, func(v view) []fettle.Evidence { return v.inferred }, asIs)},
		{declared, judged(prioritize.Balanced, func(v view) []fettle.Evidence { return v.declared }, asIs)},
		{"fettle balanced, all declared controlled", judged(prioritize.Balanced, func(v view) []fettle.Evidence { return v.controlled }, asIs)},
		{"fettle ssvc-deployer", judged(prioritize.Deployer, nothing, asIs)},
		{"fettle bod-26-04", judged(prioritize.BOD, nothing, asIs)},
		{everyone, func(view) bool { return true }},
		{cvss7, func(v view) bool { return v.score >= 7 }},
		{cvss7 + " by any vector", func(v view) bool { return v.highest >= 7 }},
		{cvss7 + leftOut, func(v view) bool { return v.score >= 7 && v.basis != byNone }},
		{cvss9, func(v view) bool { return v.score >= 9 }},
		{cvss9 + leftOut, func(v view) bool { return v.score >= 9 && v.basis != byNone }},
		{"EPSS >= 0.1", func(v view) bool { return v.prob >= 0.1 }},
		{"EPSS >= 0.1 or in KEV", func(v view) bool { return v.prob >= 0.1 || v.known }},
	}
}

func nothing(view) []fettle.Evidence                       { return nil }
func asIs(_ view, all []fettle.Evidence) []fettle.Evidence { return all }

// judged is fettle's own rule, with context and with evidence that change may alter.
func judged(mode prioritize.Mode, context func(view) []fettle.Evidence, change func(view, []fettle.Evidence) []fettle.Evidence) func(view) bool {
	return func(v view) bool {
		ssvc := prioritize.SSVC{Mode: mode, Median: v.day.epss.Median(), P975: v.day.p975}
		return ssvc.Prioritize(v.Finding, change(v, slices.Concat(v.common, v.epss, v.kev, context(v)))).Outcome.Surfaced()
	}
}

// supposed are changes of what fettle assumes, to see which assumption costs what. Each alters evidence, no rule.
func supposed() []rule {
	rated := func(word string) fettle.Evidence {
		return fettle.Evidence{Signal: fettle.Rating, Status: fettle.Known, Text: word, Source: "supposed"}
	}
	partial := func(v view, all []fettle.Evidence) []fettle.Evidence { // neither vector nor rating
		if v.basis == byNone {
			return append(all, rated("high"))
		}
		return all
	}
	modest := func(v view, all []fettle.Evidence) []fettle.Evidence { // critical, no vector
		if v.basis != byRating {
			return all
		}
		all = slices.Clone(all)
		for i := range all {
			if all[i].Signal == fettle.Rating && all[i].Text == "critical" {
				all[i].Text = "high"
			}
		}
		return all
	}
	ranked := func(bound float64) func(view, []fettle.Evidence) []fettle.Evidence {
		return func(v view, all []fettle.Evidence) []fettle.Evidence {
			if v.basis == byNone && v.prob > 0 && v.rank() < bound {
				return append(all, rated("high"))
			}
			return all
		}
	}
	return []rule{
		{"no vector and no rating: T alone where EPSS is below the 50th percentile", judged(prioritize.Balanced, nothing, ranked(0.5))},
		{"no vector and no rating: T alone where EPSS is below the 90th percentile", judged(prioritize.Balanced, nothing, ranked(0.9))},
		{"no vector and no rating: T alone where EPSS has a score", judged(prioritize.Balanced, nothing, ranked(2))},
		{"no vector and no rating: T alone", judged(prioritize.Balanced, nothing, partial)},
		{supposedDeclared, judged(prioritize.Balanced, func(v view) []fettle.Evidence { return v.declared }, partial)},
		{"rated critical without vector: T alone", judged(prioritize.Balanced, nothing, modest)},
		{"no vector: T alone, whatever the rating", judged(prioritize.Balanced, nothing, func(v view, all []fettle.Evidence) []fettle.Evidence { return modest(v, partial(v, all)) })},
		{"the same, and all declared controlled", judged(prioritize.Balanced, func(v view) []fettle.Evidence { return v.controlled },
			func(v view, all []fettle.Evidence) []fettle.Evidence { return modest(v, partial(v, all)) })},
	}
}

// rank is the percentile of the finding's EPSS; 0 where it has none.
func (v view) rank() float64 {
	for _, e := range v.epss {
		if e.Signal == fettle.EPSSRank && e.Status == fettle.Known {
			return e.Value
		}
	}
	return 0
}

// risk is what a threshold is sought for.
func risk(v view) float64 { return v.prob * v.score }

// risk1 takes 1 for the EPSS of what is in KEV, as scanners that show one figure of risk do.
func risk1(v view) float64 {
	if v.known {
		return v.score
	}
	return risk(v)
}
