package score

import (
	"math"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// Features are what the estimate looks at, of a fix or of a labelled upgrade.
type Features struct {
	Ecosystem  string // as OSV spells it
	Kind       fettle.FixKind
	Jump       Jump
	V0         bool // a version that moves is below 1.0.0
	Transitive bool // no version that the project itself declares moves
	Side       int  // packages that move without being asked for
	SideMajors int  // those of them that make a major jump
	Removed    int
	Toolchain  bool // more is asked of the toolchain than before
	Tested     bool // a suite ran and passed
	Tests      int  // its test cases
	Flaky      bool // some of them answer differently on the same tree
	Red        bool // some fail before any fix
}

// Terms are the names of what the estimate adds up, in the order of Weights.
var Terms = [...]string{
	"base", "go", "npm", "pypi", "direct", "override", "transitive", "minor", "early", "major", "v0",
	"side", "side_major", "removed", "toolchain", "tests", "flaky", "red", "untested",
}

// Weights are log odds that a fix breaks nothing, for one unit of each of Terms.
type Weights [len(Terms)]float64

// usualTests is the size of a suite at which the number of tests speaks neither for nor against a fix.
const usualTests = 50

// Values are what the terms of f are multiplied by. The terms of the jump add up: a major jump is also an early and a minor one.
func (f Features) Values() [len(Terms)]float64 {
	is := func(b bool) float64 {
		if b {
			return 1
		}
		return 0
	}
	v := [len(Terms)]float64{
		0: 1, 1: is(f.Ecosystem == "Go"), 2: is(f.Ecosystem == "npm"), 3: is(f.Ecosystem == "PyPI"),
		4: is(f.Kind != fettle.LockOnly), 5: is(f.Kind != fettle.LockOnly && f.Kind != fettle.Direct), 6: is(f.Transitive),
		7: is(f.Jump >= Minor), 8: is(f.Jump >= Early), 9: is(f.Jump >= Major), 10: is(f.V0),
		11: math.Log1p(float64(max(f.Side, 0))), 12: math.Log1p(float64(max(f.SideMajors, 0))), 13: math.Log1p(float64(max(f.Removed, 0))),
		14: is(f.Toolchain), 16: is(f.Flaky), 17: is(f.Red), 18: is(!f.Tested),
	}
	if f.Kind == fettle.Holder {
		v[5] = 0.5 // no label of its own: half way from a declared range to an override
	}
	tests := 0.0
	if f.Tested {
		tests = float64(max(f.Tests, 1))
		v[15] = math.Log((tests + 1) / (usualTests + 1))
	} else {
		v[15] = math.Log(2.0 / (usualTests + 1)) // as a suite of one test
	}
	return v
}

// Estimate is the probability that a fix with features f breaks nothing.
func (w Weights) Estimate(f Features) float64 {
	sum := 0.0
	for i, v := range f.Values() {
		sum += w[i] * v
	}
	return sigmoid(sum)
}

func sigmoid(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

func logit(p float64) float64 { return math.Log(p / (1 - p)) }
