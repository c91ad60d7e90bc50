package main

import (
	"math"
	"slices"
	"time"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/score"
)

// ecosystems are the names that OSV has for those of the corpus.
var ecosystems = map[string]string{"go": "Go", "npm": "npm", "python": "PyPI"}

var jumpNames = map[string]score.Jump{"patch": score.Patch, "minor": score.Minor, "early": score.Early, "major": score.Major}

// features sees u as score sees a fix whose validation ran half A.
func (u upgrade) features() score.Features {
	from, _ := parseVersion(u.From)
	f := score.Features{
		Ecosystem: ecosystems[u.Ecosystem], Kind: fettle.LockOnly, Jump: jumpNames[u.Jump], V0: from[0] == 0, Transitive: !u.Direct || u.InRange,
		Side: u.Side, SideMajors: u.SideMajor, Removed: u.Removed, Toolchain: u.Toolchain,
		Tested: true, Tests: u.A, Flaky: u.Flaky > 0, Red: u.Red > 0,
	}
	switch {
	case u.InRange:
	case u.Direct:
		f.Kind = fettle.Direct
	default:
		f.Kind = fettle.Override
	}
	return f
}

// case is one upgrade as an observation, either after validation or without any.
type observation struct {
	upgrade
	features score.Features
	clean    bool
}

// observe makes an observation of each upgrade that passed validation, and, where all is asked for, another of each as if
// nothing had been run.
func observe(upgrades []upgrade, all bool) []observation {
	var list []observation
	for _, u := range upgrades {
		f := u.features()
		if u.passed() {
			list = append(list, observation{u, f, !u.broken()})
		}
		if all {
			f.Tested, f.Tests, f.Flaky, f.Red = false, 0, false, false
			list = append(list, observation{u, f, u.passed() && !u.broken()})
		}
	}
	return list
}

// belief is what is held of a weight before any label: a mean, how far it may reasonably be off, and its sign.
type belief struct {
	mean, spread float64
	sign         int // 1: never below 0, -1: never above, 0: either
}

// The base is the published 50 clean to 7 broken upgrades of Go modules, among which tests catch 47% of the broken ones.
// What speaks against a fix can never come out as speaking for it. The rest starts at nothing, and is believed to be within
// a factor of two or three of the odds: so a class of fixes stays where all are until its own cases are many.
func beliefs() (b [len(score.Terms)]belief) {
	for i, name := range score.Terms {
		switch name {
		case "base":
			b[i] = belief{mean: math.Log(50.0 / 7 / (1 - 0.47)), spread: 1}
		case "go", "npm", "pypi", "transitive":
			b[i] = belief{spread: 0.5}
		case "tests":
			b[i] = belief{spread: 0.3, sign: 1}
		case "side", "side_major", "removed":
			b[i] = belief{spread: 0.3, sign: -1}
		case "untested":
			b[i] = belief{spread: 1, sign: -1}
		default:
			b[i] = belief{spread: 0.7, sign: -1}
		}
	}
	return b
}

// weigh finds the weights that the observations and the beliefs together make most likely, one coordinate after the other
// until none moves.
func weigh(list []observation, b [len(score.Terms)]belief) score.Weights {
	var w score.Weights
	values := make([][len(score.Terms)]float64, len(list))
	sums := make([]float64, len(list))
	for i := range w {
		w[i] = b[i].mean
	}
	for i, o := range list {
		values[i] = o.features.Values()
		for j, v := range values[i] {
			sums[i] += w[j] * v
		}
	}
	for range 2000 {
		moved := 0.0
		for j := range w {
			precision := 1 / (b[j].spread * b[j].spread)
			slope, curve := -precision*(w[j]-b[j].mean), precision
			for i, o := range list {
				v := values[i][j]
				if v == 0 {
					continue
				}
				p := 1 / (1 + math.Exp(-sums[i]))
				y := 0.0
				if o.clean {
					y = 1
				}
				slope += (y - p) * v
				curve += p * (1 - p) * v * v
			}
			step := math.Max(-1, math.Min(1, slope/curve))
			to := w[j] + step
			if b[j].sign > 0 {
				to = math.Max(0, to)
			} else if b[j].sign < 0 {
				to = math.Min(0, to)
			}
			if step = to - w[j]; step == 0 {
				continue
			}
			w[j] = to
			for i := range list {
				sums[i] += step * values[i][j]
			}
			moved = math.Max(moved, math.Abs(step))
		}
		if moved < 1e-9 {
			break
		}
	}
	for j := range w {
		w[j] = math.Round(w[j]*1e4)/1e4 + 0
	}
	return w
}

// count fills the strata. Upgrades of one dependency in one project are one case.
func count(list []observation) []score.Stratum {
	type sort struct {
		ecosystem                  string
		breaking, override, tested bool
	}
	type pair struct {
		sort
		subject, dependency string
	}
	seen := map[pair][2]int{}
	for _, o := range list {
		f := o.features
		p := pair{sort{f.Ecosystem, f.Jump.Breaking(), f.Kind == fettle.Override, f.Tested}, o.Subject, o.Dependency}
		n := seen[p]
		n[0]++
		if !o.clean {
			n[1]++
		}
		seen[p] = n
	}
	var strata []score.Stratum
	for _, tested := range []bool{true, false} {
		for _, ecosystem := range []string{"Go", "npm", "PyPI"} {
			for _, override := range []bool{false, true} {
				for _, breaking := range []bool{false, true} {
					s := score.Stratum{Ecosystem: ecosystem, Breaking: breaking, Override: override, Tested: tested}
					var shares []float64
					for p, n := range seen {
						if p.sort == (sort{ecosystem, breaking, override, tested}) {
							s.Upgrades += n[0]
							s.Cases++
							shares = append(shares, float64(n[1])/float64(n[0]))
						}
					}
					slices.Sort(shares) // the order in which they are added must not be a map's
					for _, share := range shares {
						s.Broken += share
					}
					if s.Broken = math.Round(s.Broken*100) / 100; s.Upgrades > 0 {
						strata = append(strata, s)
					}
				}
			}
		}
	}
	return strata
}

// fit does both.
func fit(upgrades []upgrade) score.Fit {
	list := observe(upgrades, true)
	f := score.Fit{Upgrades: len(upgrades), Weights: weigh(list, beliefs()), Strata: count(list)}
	projects := map[string]bool{}
	var last time.Time
	for _, u := range upgrades {
		projects[u.Ecosystem+" "+u.Subject] = true
		if u.ToDay.After(last) {
			last = u.ToDay
		}
	}
	f.Projects = len(projects)
	if !last.IsZero() {
		f.Until = last.Format(time.DateOnly)
	}
	return f
}

// usable leaves out upgrades whose halves are too small to say anything: a label of two tests is no evidence that
// something is well.
func usable(upgrades []upgrade) []upgrade {
	return slices.DeleteFunc(slices.Clone(upgrades), func(u upgrade) bool { return u.A < leastTests || u.B < leastTests })
}

const leastTests = 3
