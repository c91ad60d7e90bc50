package score

import (
	"fmt"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// explain tells what each feature adds to the log odds. Terms that speak of the same thing are one reason.
func explain(w Weights, f Features, fix fettle.Fix, v fettle.Verdict, t fettle.Trial) []fettle.Reason {
	values := f.Values()
	points := func(terms ...int) float64 {
		sum := 0.0
		for _, i := range terms {
			sum += w[i] * values[i]
		}
		return sum + 0 // no negative zero
	}
	var reasons []fettle.Reason
	add := func(factor, text string, terms ...int) {
		reasons = append(reasons, fettle.Reason{Factor: factor, Text: text, Points: points(terms...)})
	}
	add("base", "upgrades that break nothing, by the labelled ones", 0)
	switch f.Ecosystem {
	case "Go", "npm", "PyPI":
		add("ecosystem", "what is known of "+f.Ecosystem, 1, 2, 3)
	default:
		add("ecosystem", fmt.Sprintf("no labelled upgrade is of %q: those of other ecosystems stand in", f.Ecosystem), 1, 2, 3)
	}
	add("kind", kind(fix.Kind), 4, 5, 6)
	add("jump", [...]string{
		"a patch version", "a minor version", "the breaking part of a version below 1.0.0", "a major version", "versions that cannot be compared",
	}[f.Jump], 7, 8, 9)
	if f.V0 {
		add("v0", "a version below 1.0.0 promises no compatibility", 10)
	}
	if f.Side > 0 {
		add("side", count(f.Side, "package")+" moved beyond those asked for", 11)
	}
	if f.SideMajors > 0 {
		add("side_major", fmt.Sprintf("%d of them by a major version", f.SideMajors), 12)
	}
	if f.Removed > 0 {
		add("removed", count(f.Removed, "package")+" removed", 13)
	}
	if f.Toolchain {
		add("toolchain", "more is asked of the toolchain than before", 14)
	}
	if f.Tested {
		add("tests", count(f.Tests, "test")+" ran", 15)
	} else {
		why, _ := untested(v, t)
		add("tests", why, 15, 18)
	}
	if f.Flaky {
		add("flaky", count(flaky(v, t), "test")+" flaky", 16)
	}
	if f.Red {
		add("baseline", "the tree fails before any fix: only what passed there can show a fault", 17)
	}
	return reasons
}

func kind(k fettle.FixKind) string {
	switch k {
	case fettle.LockOnly:
		return "only the lockfile changes: every holder allows the new version"
	case fettle.Direct:
		return "a range that the project declares moves"
	case fettle.Holder:
		return "a package that holds the vulnerable one moves"
	case fettle.Override:
		return "an override forces a version that its holders do not ask for"
	}
	return fmt.Sprintf("a fix of unknown kind %q", string(k))
}
