package main

import (
	"slices"
	"testing"
)

// TestSearchTakesNoMoreRunsThanTheDesignPageSays holds the mean of some sets against the page's, which is of more of them.
func TestSearchTakesNoMoreRunsThanTheDesignPageSays(t *testing.T) {
	for _, m := range models {
		for bad, page := range m.page {
			if page == 0 {
				continue
			}
			r, err := measure(t.Context(), t.TempDir(), m, 30, bad, 25)
			if err != nil {
				t.Fatal(err)
			}
			if r.mean > page*1.05 {
				t.Errorf("%s, %d bad: %.1f runs; want %.1f at most", m.name, bad, r.mean, page)
			}
			if r.wrong > 0 || r.unproven > 0 {
				t.Errorf("%s, %d bad: %d good fixes rejected, %d sets shipped without a run of exactly them", m.name, bad, r.wrong, r.unproven)
			}
		}
	}
}

// TestOneOfTwoThatFailTogetherShips also with a test that flickers.
func TestOneOfTwoThatFailTogetherShips(t *testing.T) {
	m := model{name: "pairs and a flicker", together: 2, flicker: 0.1}
	for seed := range uint64(5) {
		s := m.draw(12, 2, seed)
		o, err := try(t.Context(), t.TempDir(), s)
		if err != nil {
			t.Fatal(err)
		}
		if o.shipped != 10 || o.wrong > 0 || !o.passes {
			t.Errorf("seed %d: %d of 12 ship, %d wrong, passes %v; want all but one of each pair", seed, o.shipped, o.wrong, o.passes)
		}
	}
}

func TestDrawsAreTheSameEachTime(t *testing.T) {
	for _, m := range models {
		a, b := m.draw(30, 3, 7), m.draw(30, 3, 7)
		if !slices.EqualFunc(a.bad, b.bad, slices.Equal) || len(a.bad) != 3 {
			t.Errorf("%s: %v, then %v", m.name, a.bad, b.bad)
		}
		seen := map[string]bool{}
		for _, id := range slices.Concat(a.bad...) {
			if seen[id] {
				t.Errorf("%s: %s twice", m.name, id)
			}
			seen[id] = true
		}
	}
}
