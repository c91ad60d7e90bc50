package main

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// model says how scenarios are drawn.
type model struct {
	name     string
	risky    int     // how many of the fixes are risky: a major jump
	odds     float64 // how much likelier a risky fix is to fail than another
	together int     // how many fixes it takes for a failure; below two, each bad fix fails alone
	flicker  float64
	page     []float64 // mean runs by the design page, for 0, 1, ... bad ones; 0 is not given there
}

// models are those of the design page, and some that it has no figures for. How the page draws risky fixes it does not say;
// here four are risky, and likelier to fail by ten or by thirty times. Its figures are held against the latter.
var models = []model{
	{name: "plain", page: []float64{1, 8.3, 13.4, 17.6, 0, 24.5}},
	{name: "risk-ordered, odds of 10", risky: 4, odds: 10},
	{name: "risk-ordered, odds of 30", risky: 4, odds: 30, page: []float64{4, 6.7, 9.4, 11.5, 0, 15.7}},
	{name: "two that fail only together", together: 2},
	{name: "a test that fails now and then, 10%", flicker: 0.1},
}

// draw returns a scenario of n fixes, bad of which fail, or that many pairs.
func (m model) draw(n, bad int, seed uint64) scenario {
	random := rand.New(rand.NewPCG(seed, uint64(bad)))
	s := scenario{flicker: m.flicker, seed: seed}
	weights := make([]float64, n)
	for i := range n {
		id := fmt.Sprintf("f%02d", i)
		s.fixes = append(s.fixes, fettle.Fix{ID: id, Title: id, Resolves: []fettle.ID{fettle.ID("weak-" + id)}})
		weights[i] = 1
	}
	for _, i := range random.Perm(n)[:m.risky] {
		s.fixes[i].Major, weights[i] = true, m.odds
	}
	for range bad {
		var group []string
		for range max(m.together, 1) {
			i := pick(random, weights)
			weights[i] = 0
			group = append(group, s.fixes[i].ID)
		}
		slices.Sort(group)
		s.bad = append(s.bad, group)
	}
	return s
}

// pick draws an index by its weight.
func pick(random *rand.Rand, weights []float64) int {
	sum := 0.0
	for _, w := range weights {
		sum += w
	}
	at := random.Float64() * sum
	last := 0
	for i, w := range weights {
		if w == 0 {
			continue
		}
		if last = i; at < w {
			break
		}
		at -= w
	}
	return last
}
