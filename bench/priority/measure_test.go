package main

import (
	"testing"
	"time"
)

func TestQuantilesAreValuesThatOccur(t *testing.T) {
	tests := []struct {
		name string
		v    []float64
		q    float64
		want float64
	}{
		{"none", nil, 0.5, 0},
		{"one", []float64{7}, 0.9, 7},
		{"the middle, in any order", []float64{3, 1, 2}, 0.5, 2},
		{"nine of ten", []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, 0.9, 10},
		{"the end", []float64{1, 2}, 1, 2},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := quantile(test.v, test.q); got != test.want {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

func TestSnapshotsOfOneApplicationAreDrawnTogetherAndTheSameEachTime(t *testing.T) {
	r := &replay{apps: []*app{{cluster: "a"}, {cluster: "b"}, {cluster: "b"}, {cluster: "c"}}}
	first, second := r.samples(), r.samples()
	for i := range first {
		n := first[i]
		if n[1] != n[2] || n[0]+n[1]+n[3] != 3 {
			t.Fatalf("draw %d: %v; want the two of b alike and three clusters in all", i, n)
		}
		for j := range n {
			if second[i][j] != n[j] {
				t.Fatalf("draw %d differs: %v and %v", i, n, second[i])
			}
		}
	}
}

func TestAWeekTakesTheNewestScoresBeforeIt(t *testing.T) {
	on := func(day int) time.Time { return time.Date(2024, 4, day, 0, 0, 0, 0, time.UTC) }
	weeks := weeksOf([]day{{date: on(1)}, {date: on(8)}, {date: on(20)}})
	want := []int{0, 1, 1} // of 1, 8 and 15 April
	if len(weeks) != len(want) {
		t.Fatalf("got %d weeks, want %d", len(weeks), len(want))
	}
	for i, w := range weeks {
		if w.epss != want[i] {
			t.Errorf("%s: scores of day %d, want %d", w.date.Format(time.DateOnly), w.epss, want[i])
		}
	}
}

func TestAThresholdSurfacesNoMoreThanBalancedDoes(t *testing.T) {
	a := &app{}
	r := &replay{apps: []*app{a}, weeks: []week{{}}, views: map[*finding][]view{}, said: map[string]map[*finding][]bool{balanced: {}}}
	for i, prob := range []float64{0.9, 0.5, 0.5, 0.5, 0.1} {
		f := &finding{score: 1}
		a.findings = append(a.findings, f)
		r.views[f] = []view{{finding: f, prob: prob}, {finding: f, prob: prob}}
		r.said[balanced][f] = []bool{i < 2, false}
	}
	if got := r.tune(risk, nil); got != 0.9 {
		t.Errorf("threshold %v, want 0.9: three tie at 0.5, and two may be surfaced", got)
	}
}

func TestSeverityThatNobodyKnowsCountsAsTheWorst(t *testing.T) {
	if score, b := severity(nil); score != 10 || b != byNone {
		t.Errorf("got %v, %s", score, b)
	}
}
