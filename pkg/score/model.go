package score

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// Model estimates the probability that a fix breaks nothing. A failed check ends it at 0. What passed is a sum of log
// odds over named features, bounded by caps where the trial saw too little. The points of the reasons add up to the log
// odds of the value, except at 0.
//
// The numbers are a prior. Those from publications:
//   - 7 of 57 upgrades of Go modules broke their program, so a fix starts at odds of 50 to 7. Venturini and others
//     (TOSEM 2023) found the same on npm: about 12% of packages were broken by a non-major release of a dependency.
//   - Tests catch 47% of faults in direct and 35% in transitive dependencies (Hejderup and Gousios, JSS 183, 2022), so
//     tests that pass divide the odds of a fault by 1/(1-0.47) at most.
//   - Of fixes that a language model drafted and that passed validation, 42% were wrong nevertheless (PVBench,
//     arXiv 2603.06858).
//
// The weights of the other features are judgement. None is calibrated on outcomes yet.
type Model struct{}

const basis = "a prior from published figures and judgement, not yet calibrated on outcomes"

// No number that rests on a prior alone exceeds mostOfPrior: a 95% lower bound of 0.95 needs 59 clean outcomes in a row.
const (
	capUntested  = 0.50 // below every default rule of automation
	capModel     = 0.50 // fixes that a language model drafted are not applied by default
	capIncident  = 0.50 // the re-scan saw something that should not be
	capMajor     = 0.70
	capSandbox   = 0.75
	capFlaky     = 0.85
	mostOfPrior  = 0.95
	oddsOfClean  = 50.0 / 7
	caughtDirect = 0.47
	caughtDeep   = 0.35
	falsePass    = 0.42
	halfOfTests  = 20 // test cases with which a suite reaches half of what tests can catch; judgement
)

// Score is pure; t gives the baseline and what the sandbox held.
func (Model) Score(fix fettle.Fix, v fettle.Verdict, t fettle.Trial) fettle.Confidence {
	if failures := failed(v); len(failures) > 0 {
		return fettle.Confidence{Value: 0, Reasons: failures, Basis: basis}
	}
	reasons := []fettle.Reason{{
		Factor: "base", Text: "about one in eight upgrades breaks something", Points: math.Log(oddsOfClean),
	}}
	reasons = append(reasons, upgrade(fix, t)...)
	reasons = append(reasons, trial(fix, v, t)...)
	sum := 0.0
	for _, r := range reasons {
		sum += r.Points
	}
	value := 1 / (1 + math.Exp(-sum))
	caps := caps(fix, v, t)
	lowest := slices.MinFunc(caps, func(a, b limit) int { return compare(a.value, b.value) })
	for _, c := range caps {
		r := fettle.Reason{Factor: "cap", Text: fmt.Sprintf("at most %.2f: %s", c.value, c.why)}
		if c == lowest && value > lowest.value {
			r.Points = math.Log(lowest.value/(1-lowest.value)) - sum
			value, lowest = lowest.value, limit{}
		} else if c.prior {
			continue
		}
		reasons = append(reasons, r)
	}
	return fettle.Confidence{Value: value, Reasons: reasons, Basis: basis}
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

// limit is an upper bound on the value, whatever the features say.
type limit struct {
	value float64
	why   string
	prior bool // told only where it binds
}

func caps(fix fettle.Fix, v fettle.Verdict, t fettle.Trial) []limit {
	caps := []limit{{value: mostOfPrior, why: "no outcomes back the number yet", prior: true}}
	add := func(condition bool, value float64, format string, args ...any) {
		if condition {
			caps = append(caps, limit{value: value, why: fmt.Sprintf(format, args...)})
		}
	}
	why, untested := untested(v, t)
	add(untested, capUntested, "%s", why)
	add(len(v.Introduced) > 0, capIncident, "the re-scan found %s that %s not there before", count(len(v.Introduced), "finding"), was(len(v.Introduced)))
	missing := 0
	for _, id := range fix.Resolves {
		if len(v.Resolved) > 0 && !slices.Contains(v.Resolved, id) {
			missing++
		}
	}
	add(missing > 0, capIncident, "the re-scan still found %s that the fix should resolve", count(missing, "finding"))
	add(fix.Origin == "model", capModel, "a language model drafted it")
	add(biggest(fix) == major, capMajor, "a major version moves")
	add(biggest(fix) == unknown, capMajor, "the versions cannot be compared")
	if weak := weak(t.Sandbox); weak != "" {
		add(true, capSandbox, "the sandbox is weak: %s", weak)
	}
	add(flaky(v, t) > 0, capFlaky, "tests answer differently on the same tree")
	return caps
}

// weak returns the first line that says what the sandbox did not hold while it built and tested. An open network in the
// fetch phase is no weakness: the phase is there to fetch, and runs nothing of the repository.
func weak(sandbox []string) string {
	for _, line := range sandbox {
		if strings.HasPrefix(line, "NOT held") && !strings.Contains(line, "fetch phase") {
			return strings.TrimPrefix(strings.TrimPrefix(line, "NOT held"), ": ")
		}
	}
	return ""
}

func compare(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
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
