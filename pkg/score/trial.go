package score

import (
	"slices"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// Of reads the features of a fix and its verdict. What moves is what moves in the set that ships if the fix is there, else
// on the tree that it was drafted for.
func Of(fix fettle.Fix, v fettle.Verdict, t fettle.Trial) Features {
	for _, step := range t.Shipped {
		if step.Fix == fix.ID {
			fix.Moves = step.Moves
		}
	}
	_, none := untested(v, t)
	f := Features{Kind: fix.Kind, Jump: biggest(fix), Transitive: fix.Kind != fettle.Direct, Tested: !none, Flaky: flaky(v, t) > 0, Red: red(t)}
	for _, u := range fix.Upgrades {
		if f.Ecosystem == "" {
			f.Ecosystem = u.Package.Ecosystem
		}
		f.V0 = f.V0 || zero(u.Package.Version)
		f.Toolchain = f.Toolchain || u.Toolchain != ""
	}
	f.Side, f.SideMajors, f.Removed = moved(fix)
	if f.Tested {
		f.Tests = ran(v)
	}
	return f
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
		if m.From != "" && m.To != "" && Between(m.From, m.To) >= Major {
			majors++
		}
	}
	return side, majors, removed
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
