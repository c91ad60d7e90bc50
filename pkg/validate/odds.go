package validate

import (
	"math"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// isRisky reports whether a fix is likelier to break something: a major jump, an override, a breaking step below 1.0, a
// raised toolchain, or a name that the program uses and the new version has no more.
func isRisky(f fettle.Fix) bool {
	return f.Major || f.Kind == fettle.Override || len(f.Breaks) > 0 || slices.ContainsFunc(f.Upgrades, func(u fettle.Upgrade) bool {
		return u.Kind == fettle.Override || u.Toolchain != "" || strings.HasPrefix(u.Package.Version, "0.") && minor(u.Package.Version) != minor(u.To)
	})
}

// minor returns the part of a version before its second dot.
func minor(version string) string {
	parts := strings.SplitN(version, ".", 3)
	return strings.Join(parts[:min(len(parts), 2)], ".")
}

// riskyLast returns fixes, the risky ones at the end, else in the order given.
func riskyLast(fixes []fettle.Fix) []fettle.Fix {
	fixes = slices.Clone(fixes)
	slices.SortStableFunc(fixes, func(a, b fettle.Fix) int {
		switch ra, rb := isRisky(a), isRisky(b); {
		case ra == rb:
			return 0
		case ra:
			return 1
		}
		return -1
	})
	return fixes
}

// odds estimates how often a fix fails, of risky ones and of others apart: what is expected at first, corrected by what is
// found.
type odds struct{ plain, risky rate }

type rate struct{ failed, settled float64 }

// newOdds expects one of twenty to fail, and one of three that are risky.
func newOdds() *odds { return &odds{plain: rate{1, 20}, risky: rate{2, 6}} }

func (o *odds) of(f fettle.Fix) *rate {
	if isRisky(f) {
		return &o.risky
	}
	return &o.plain
}

func (o *odds) settle(f fettle.Fix, passed bool) {
	r := o.of(f)
	r.settled++
	if !passed {
		r.failed++
	}
}

// many reports whether so many of fixes are expected to fail, two and a fifth or more, that all at once would tell nothing.
func (o *odds) many(fixes []fettle.Fix) bool {
	expected := 0.0
	for _, f := range fixes {
		r := o.of(f)
		expected += r.failed / r.settled
	}
	return expected >= 2 && expected >= float64(len(fixes))/5
}

// group returns how many of fixes to try next: as many of like risk as pass together in about half of all cases. That is
// one where a third fails, and four where a fifth does.
func (o *odds) group(fixes []fettle.Fix) int {
	like := 1
	for like < len(fixes) && isRisky(fixes[like]) == isRisky(fixes[0]) {
		like++
	}
	r := o.of(fixes[0])
	failing := r.failed / r.settled
	if failing >= 1.0/3 {
		return 1
	}
	size := math.Log(0.5) / math.Log(1-failing)
	if size >= 0.75*float64(like) {
		return like
	}
	return min(like, 1<<int(math.Round(math.Log2(size)))) // a power of two halves evenly
}

// split returns how many of made, which fail together, to try next: those before the risky ones, else half of them, or
// fewer where fewer are expected to pass.
func (o *odds) split(made []applied) int {
	for i := 1; i < len(made); i++ {
		if isRisky(made[i].fix) && !isRisky(made[i-1].fix) {
			return i
		}
	}
	return min((len(made)+1)/2, o.group(fixesOf(made)))
}
