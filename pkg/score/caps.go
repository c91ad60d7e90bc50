package score

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// Upper bounds on the value where the trial saw too little, or saw something that no label covers. They are judgement: 0.50
// is below every default rule of automation, 0.75 below those of staging and production.
const (
	capUntested  = 0.50
	capStale     = 0.50
	capIncident  = 0.50 // the re-scan saw something that should not be
	capBreaks    = 0.50
	capMajor     = 0.70
	capSandbox   = 0.75
	capToolchain = 0.75 // 2 of 7 upgrades of Go modules that broke their program did so by the toolchain they ask for
	capOverride  = 0.75
	capWarned    = 0.75
	capFew       = 0.75
	capFlaky     = 0.85

	fewTests = 5
)

// limit is an upper bound on the value, whatever the features say.
type limit struct {
	value float64
	why   string
}

// caps returns the bounds that apply, the lowest first.
func caps(fix fettle.Fix, v fettle.Verdict, t fettle.Trial, f Features) []limit {
	var caps []limit
	add := func(condition bool, value float64, format string, args ...any) {
		if condition {
			caps = append(caps, limit{value: value, why: fmt.Sprintf(format, args...)})
		}
	}
	why, untested := untested(v, t)
	add(untested, capUntested, "%s", why)
	if n := len(fix.Stale); n > 0 {
		add(true, capStale, "%s was not refreshed, so what would be installed was not tried", fix.Stale[0])
	}
	add(len(v.Introduced) > 0, capIncident, "the re-scan found %s that %s not there before", count(len(v.Introduced), "finding"), was(len(v.Introduced)))
	missing := 0
	for _, id := range fix.Resolves {
		if len(v.Resolved) > 0 && !slices.Contains(v.Resolved, id) {
			missing++
		}
	}
	add(missing > 0, capIncident, "the re-scan still found %s that the fix should resolve", count(missing, "finding"))
	if n := len(fix.Breaks); n > 0 {
		add(true, capBreaks, "%s of the project's own code %s what the new version has no more, or has otherwise", count(n, "place"), map[bool]string{true: "uses", false: "use"}[n == 1])
	}
	add(f.Jump == Major, capMajor, "a major version moves")
	add(f.Jump == Unknown, capMajor, "the versions cannot be compared")
	if weak := weak(t.Sandbox); weak != "" {
		add(true, capSandbox, "the sandbox is weak: %s", weak)
	}
	add(f.Toolchain, capToolchain, "it asks more of the toolchain than before")
	add(fix.Kind == fettle.Override, capOverride, "an override forces a version that its holders do not ask for")
	add(len(fix.Warnings) > 0, capWarned, "%s for whoever reviews it", count(len(fix.Warnings), "warning"))
	add(!untested && f.Tests < fewTests, capFew, "only %s ran", count(f.Tests, "test"))
	add(f.Flaky, capFlaky, "tests answer differently on the same tree")
	slices.SortStableFunc(caps, func(a, b limit) int {
		switch {
		case a.value < b.value:
			return -1
		case a.value > b.value:
			return 1
		}
		return 0
	})
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
