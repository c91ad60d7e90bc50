package learn

import (
	"cmp"
	"math"
	"slices"
	"strings"
)

// Preference is what was learned of one word of one feature, held against the average of the judgements.
type Preference struct {
	Name   string  `json:"name"`   // "scope development"
	Points float64 `json:"points"` // added to the score; 10 points are odds times two
	Low    float64 `json:"low"`    // interval of 90%
	High   float64 `json:"high"`
	Labels int     `json:"labels"` // that carry it
}

// normal90 is the 95th percentile of the standard normal distribution.
const normal90 = 1.6448536269514722

// Preferences returns what was learned of each word that a label carries, the strongest first.
func (m *Model) Preferences() []Preference {
	if m == nil {
		return nil
	}
	labels := make([]int, len(parameters))
	for _, l := range m.used {
		for _, c := range l.Features.columns() {
			labels[c]++
		}
	}
	var list []Preference
	for c, p := range parameters {
		if !p.preference || labels[c] == 0 {
			continue
		}
		points, spread := m.effects.points[c], normal90*m.effects.spread[c]
		list = append(list, Preference{Name: p.name, Points: tenth(points), Low: tenth(points - spread), High: tenth(points + spread), Labels: labels[c]})
	}
	slices.SortStableFunc(list, func(a, b Preference) int {
		return cmp.Or(cmp.Compare(math.Abs(b.Points), math.Abs(a.Points)), strings.Compare(a.Name, b.Name))
	})
	return list
}

// Counts says what the labels are.
type Counts struct {
	Labels   int     `json:"labels"`
	Used     int     `json:"used"` // one per finding
	Relevant int     `json:"relevant"`
	Unwanted int     `json:"unwanted"`
	Weight   float64 `json:"weight"` // what the labels count together: sittings of one author and day are bounded
	Authors  int     `json:"authors"`
	Most     float64 `json:"most"` // the share of the weight that is the busiest author's
}

// Counts sums up the labels.
func (m *Model) Counts() Counts {
	if m == nil {
		return Counts{}
	}
	c := Counts{Labels: len(m.labels), Used: len(m.used), Weight: m.weight}
	c.Relevant, c.Unwanted = m.kinds()
	by := map[string]float64{}
	for i, l := range m.used {
		by[l.Author] += m.weights[i]
		if l.Author != "" {
			c.Most = math.Max(c.Most, by[l.Author])
		}
	}
	delete(by, "")
	c.Authors = len(by)
	if m.weight > 0 {
		c.Most /= m.weight
	}
	return c
}
