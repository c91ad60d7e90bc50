package main

import (
	"cmp"
	"math/rand/v2"
	"slices"
)

// The model of triage: what a person spends on what is put before him.
const (
	minutesFirst = 10 // on a finding, or on the first of an action
	minutesNext  = 1  // on each further finding of the same action
)

// few findings of a week tell nothing of a share: of four, one is 12.5 of 50.
const few = 10

// tally counts findings of one application under one rule, each once a week.
type tally struct {
	findings, surfaced   float64
	known, knownSurfaced float64   // in KEV by that week
	later, laterSurfaced float64   // taken in by KEV after that week
	actions              float64   // surfaced findings of one package in one project are one
	per50                []float64 // one for each week with at least few findings
	actions50            []float64 // the same, of actions
	saved                float64   // set by who compares
}

func (t *tally) add(u tally) {
	t.findings += u.findings
	t.surfaced += u.surfaced
	t.known += u.known
	t.knownSurfaced += u.knownSurfaced
	t.later += u.later
	t.laterSurfaced += u.laterSurfaced
	t.actions += u.actions
	t.per50 = append(t.per50, u.per50...)
	t.actions50 = append(t.actions50, u.actions50...)
}

func (t tally) effort() float64       { return t.surfaced / t.findings }
func (t tally) knownCovered() float64 { return t.knownSurfaced / t.known }
func (t tally) efficiency() float64   { return (t.knownSurfaced + t.laterSurfaced) / t.surfaced }
func (t tally) harmless() float64     { return t.surfaced - t.knownSurfaced - t.laterSurfaced }
func (t tally) recall() float64       { return (t.knownSurfaced + t.laterSurfaced) / (t.known + t.later) }
func (t tally) perFinding() float64   { return minutesFirst * t.surfaced }
func (t tally) perAction() float64 {
	return minutesFirst*t.actions + minutesNext*(t.surfaced-t.actions)
}
func (t tally) median() float64     { return quantile(t.per50, 0.5) }
func (t tally) ninetieth() float64  { return quantile(t.per50, 0.9) }
func (t tally) meanEffort() float64 { return mean(t.per50) / 50 }
func quantile(v []float64, q float64) float64 {
	if len(v) == 0 {
		return 0
	}
	v = slices.Sorted(slices.Values(v))
	return v[min(int(q*float64(len(v))), len(v)-1)]
}

func mean(v []float64) float64 {
	sum := 0.0
	for _, x := range v {
		sum += x
	}
	return sum / float64(len(v))
}

// count tallies weeks by application, in the order of r.apps.
func (r *replay) count(rule string, weeks []week, only func(*finding) bool) []tally {
	tallies := make([]tally, len(r.apps))
	for i, a := range r.apps {
		for _, w := range weeks {
			var t tally
			actions := map[action]bool{}
			for _, f := range a.findings {
				if !f.known(w.date) || only != nil && !only(f) {
					continue
				}
				surfaced := r.said[rule][f][w.at(f)]
				t.findings++
				if surfaced {
					t.surfaced++
					actions[r.action[f]] = true
				}
				switch {
				case f.listed(w.date):
					t.known++
					t.knownSurfaced += one(surfaced)
				case !f.exploited.IsZero():
					t.later++
					t.laterSurfaced += one(surfaced)
				}
			}
			t.actions = float64(len(actions))
			if t.findings >= few {
				t.per50 = []float64{50 * t.surfaced / t.findings}
				t.actions50 = []float64{50 * t.actions / t.findings}
			}
			tallies[i].add(t)
		}
	}
	return tallies
}

func one(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

func pooled(tallies []tally) tally {
	var all tally
	for _, t := range tallies {
		all.add(t)
	}
	return all
}

const draws = 1000

// samples are draws of applications with replacement: how often each application of r.apps is drawn. Snapshots of one
// application are drawn together, because they share most of their packages.
func (r *replay) samples() [][]int {
	var clusters []string
	for _, a := range r.apps {
		if !slices.Contains(clusters, a.cluster) {
			clusters = append(clusters, a.cluster)
		}
	}
	random := rand.New(rand.NewPCG(1, 2))
	all := make([][]int, draws)
	for d := range all {
		times := map[string]int{}
		for range clusters {
			times[clusters[random.IntN(len(clusters))]]++
		}
		all[d] = make([]int, len(r.apps))
		for i, a := range r.apps {
			all[d][i] = times[a.cluster]
		}
	}
	return all
}

// resampled returns the tally of each draw.
func resampled(tallies []tally, samples [][]int) []tally {
	all := make([]tally, len(samples))
	for d, times := range samples {
		for i, n := range times {
			for range n {
				all[d].add(tallies[i])
			}
		}
	}
	return all
}

// interval is the middle 95% of what of says of the draws. Draws that it says nothing of, such as the coverage where no
// exploited finding was drawn, are left out.
func interval(draws []tally, of func(tally) float64) (low, high float64, ok bool) {
	var values []float64
	for _, t := range draws {
		if v := of(t); v == v {
			values = append(values, v)
		}
	}
	if len(values) == 0 {
		return 0, 0, false
	}
	slices.SortFunc(values, cmp.Compare)
	return values[len(values)*25/1000], values[min(len(values)*975/1000, len(values)-1)], true
}
