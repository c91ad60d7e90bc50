package score

import (
	"fmt"
	"math"
	"slices"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// upgrade weighs what the fix changes: in the set that ships if it is there, else on the tree that it was drafted for.
func upgrade(fix fettle.Fix, t fettle.Trial) []fettle.Reason {
	var reasons []fettle.Reason
	add := func(factor, text string, points float64) {
		reasons = append(reasons, fettle.Reason{Factor: factor, Text: text, Points: points})
	}
	switch fix.Kind {
	case fettle.LockOnly:
		add("kind", "only the lockfile changes: every holder allows the new version", 0.3)
	case fettle.Direct:
		add("kind", "a range that the project declares moves", 0)
	case fettle.Holder:
		add("kind", "a package that holds the vulnerable one moves", -0.2)
	case fettle.Override:
		add("kind", "an override forces a version that its holders do not ask for", -0.6)
	default:
		add("kind", fmt.Sprintf("a fix of unknown kind %q", string(fix.Kind)), -0.6)
	}
	switch biggest(fix) {
	case patch:
		add("jump", "a patch version", 0.3)
	case minor:
		add("jump", "a minor version", 0)
	case early:
		add("jump", "the breaking part of a version below 1.0.0", -0.8)
	case major:
		add("jump", "a major version", -2)
	default:
		add("jump", "versions that cannot be compared", -2)
	}
	if slices.ContainsFunc(fix.Upgrades, func(u fettle.Upgrade) bool { return u.Kind != fettle.LockOnly && zero(u.Package.Version) }) {
		add("v0", "a version below 1.0.0 promises no compatibility", -0.4)
	}
	for _, step := range t.Shipped {
		if step.Fix == fix.ID {
			fix.Moves = step.Moves
		}
	}
	side, majors, removed := moved(fix)
	if side > 0 {
		add("side", count(side, "package")+" moved beyond those asked for", -0.1*math.Log1p(float64(side)))
	}
	if majors > 0 {
		add("side_major", fmt.Sprintf("%d of them by a major version", majors), -0.2*math.Log1p(float64(majors)))
	}
	if removed > 0 {
		add("removed", count(removed, "package")+" removed", -0.1*math.Log1p(float64(removed)))
	}
	if fix.Origin == "model" {
		add("origin", "a language model drafted it", math.Log((1-falsePass)/falsePass)-math.Log(oddsOfClean))
	}
	return reasons
}

// moved counts the lockfile entries that move without being asked for, those among them that make a major jump, and all
// that vanish.
func moved(fix fettle.Fix) (side, majors, removed int) {
	for _, m := range fix.Moves {
		if m.To == "" {
			removed++
		}
		asked := slices.ContainsFunc(fix.Upgrades, func(u fettle.Upgrade) bool {
			return u.Package.Name == m.Name || slices.Contains(u.Keys, m.Key)
		})
		if asked {
			continue
		}
		side++
		if m.From != "" && m.To != "" && between(m.From, m.To) == major {
			majors++
		}
	}
	return side, majors, removed
}

// trial weighs what was tried.
func trial(fix fettle.Fix, v fettle.Verdict, t fettle.Trial) []fettle.Reason {
	var reasons []fettle.Reason
	for _, c := range v.Checks {
		if c.Name == "build" && c.Status == fettle.Passed {
			reasons = append(reasons, fettle.Reason{Factor: "build", Text: "it builds", Points: 0.25})
			break
		}
	}
	if _, none := untested(v, t); !none {
		caught, place := caughtDeep, "transitive"
		if fix.Kind == fettle.Direct {
			caught, place = caughtDirect, "direct"
		}
		n := float64(ran(v))
		reasons = append(reasons, fettle.Reason{
			Factor: "tests",
			Text:   fmt.Sprintf("%s ran; tests catch %.0f%% of faults in %s dependencies at best", count(int(n), "test"), 100*caught, place),
			Points: -math.Log(1 - caught*n/(n+halfOfTests)),
		})
	}
	if n := flaky(v, t); n > 0 {
		reasons = append(reasons, fettle.Reason{Factor: "flaky", Text: count(n, "test") + " flaky", Points: -0.4})
	}
	if red(t) {
		reasons = append(reasons, fettle.Reason{Factor: "baseline", Text: "the tree fails before any fix: only what passed there can show a fault", Points: -0.4})
	}
	return reasons
}

// untested reports whether no test could have shown a fault, and why.
func untested(v fettle.Verdict, t fettle.Trial) (string, bool) {
	if v.Status != fettle.Passed {
		if v.Reason != "" {
			return "it was not tried: " + v.Reason, true
		}
		return "it was not tried", true
	}
	why := "the project has no tests"
	for _, c := range v.Checks {
		if c.Name != "test" {
			continue
		}
		if c.Status == fettle.Passed && c.Ran > 0 {
			return "", false
		}
		switch {
		case c.Status == fettle.Skipped && c.Detail != "":
			why = "no tests ran: " + c.Detail
		case c.Status == fettle.Skipped:
			why = "no tests ran"
		default:
			why = "the tests ran and named no test case"
		}
	}
	return why, true
}

// ran counts the test cases that ran with the fix.
func ran(v fettle.Verdict) int {
	n := 0
	for _, c := range v.Checks {
		if c.Name == "test" && c.Status == fettle.Passed {
			n += max(c.Ran, 0)
		}
	}
	return n
}

// flaky counts the tests that answered differently on the same tree, before or after the fix.
func flaky(v fettle.Verdict, t fettle.Trial) int {
	var names []string
	for _, c := range slices.Concat(t.Baseline.Checks, v.Checks) {
		names = append(names, c.Flaky...)
	}
	slices.Sort(names)
	return len(slices.Compact(names))
}

// red reports whether the tree failed a check before any fix.
func red(t fettle.Trial) bool {
	return t.Baseline.Status == fettle.Failed ||
		slices.ContainsFunc(t.Baseline.Checks, func(c fettle.Check) bool { return c.Status == fettle.Failed })
}
