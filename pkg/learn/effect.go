package learn

import (
	"cmp"
	"math"
	"slices"
)

// effects are what the words of features add to a score, in points by parameter; 0 for all that is no preference. Each is
// held against the average of the judgements, so what all findings have in common moves none of them, and a word that no
// judgement carries adds nothing.
type effects struct {
	points  []float64 // by parameter
	spread  []float64 // standard deviation, in points
	carried []float64 // the weight of the judgements that carry it
}

func newEffects(p posterior, rows []row) effects {
	n := len(parameters)
	e := effects{points: make([]float64, n), spread: make([]float64, n), carried: make([]float64, n)}
	for _, r := range rows {
		for _, c := range r.columns {
			e.carried[c] += r.weight
		}
	}
	at := common
	for _, g := range groups {
		words := len(g.words)
		sum := 0.0
		for c := at; c < at+words; c++ {
			sum += e.carried[c]
		}
		if sum > 0 {
			e.center(p, at, at+words, sum)
		}
		at += words + 1
	}
	return e
}

// center fills in the effects of the words from to to of one feature, of which judgements of the weight sum carry one.
func (e *effects) center(p posterior, from, to int, sum float64) {
	against := make([]float64, to-from) // what one word counts in the effect of another: its own 1, less the shares of all
	for c := from; c < to; c++ {
		if e.carried[c] == 0 {
			continue
		}
		for i := range against {
			against[i] = -e.carried[from+i] / sum
		}
		against[c-from]++
		mean, variance := 0.0, 0.0
		for i, a := range against {
			mean += a * p.mean[from+i]
			for j, b := range against {
				variance += a * b * p.covariance[from+i][from+j]
			}
		}
		e.points[c] = mean * pointsPerLogOdds
		e.spread[c] = math.Sqrt(math.Max(0, variance)) * pointsPerLogOdds
	}
}

// part is what one word adds.
type part struct {
	Name   string
	Points float64
}

// of sums up what f adds, within the bounds, and names the parts, the largest first. What rounds to less than half a point
// is part of the sum and not named.
func (e effects) of(f Features) (float64, []part) {
	sum := 0.0
	var parts []part
	for _, c := range f.columns() {
		sum += e.points[c]
		if math.Abs(e.points[c]) >= 0.5 {
			parts = append(parts, part{parameters[c].name, tenth(e.points[c])})
		}
	}
	slices.SortStableFunc(parts, func(a, b part) int { return cmp.Compare(math.Abs(b.Points), math.Abs(a.Points)) })
	return tenth(math.Max(-MostPoints, math.Min(MostPoints, sum))), parts
}
