package prioritize

import (
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// setting is the evidence of where the finding's program runs. Nil: nobody says.
type setting struct {
	exposure, criticality, shipped *fettle.Evidence
	data, regimes                  []*fettle.Evidence
}

// note takes e in where it is of a context signal. Correlators settle what holds, so the first of each signal counts.
func (s *setting) note(e *fettle.Evidence) {
	if e.Status != fettle.Known {
		return
	}
	first := func(at **fettle.Evidence) {
		if *at == nil {
			*at = e
		}
	}
	switch e.Signal {
	case fettle.Exposure:
		if slices.Contains([]exposure{open, controlled, small}, exposure(e.Text)) {
			first(&s.exposure)
		}
	case fettle.Criticality:
		first(&s.criticality)
	case fettle.Shipped:
		first(&s.shipped)
	case fettle.Data:
		if e.Text != "none" {
			s.data = append(s.data, e)
		}
	case fettle.Regime:
		s.regimes = append(s.regimes, e)
	}
}

func (s setting) is(e *fettle.Evidence, text string) bool { return e != nil && e.Text == text }

// holds reports whether one of the classes of data is at stake.
func (s setting) holds(classes ...string) bool {
	return slices.ContainsFunc(s.data, func(e *fettle.Evidence) bool { return slices.Contains(classes, e.Text) })
}

// under reports whether the regime is named.
func (s setting) under(regime string) bool {
	return slices.ContainsFunc(s.regimes, func(e *fettle.Evidence) bool { return e.Text == regime })
}

// marks are the classes of data and the regimes, sorted.
func (s setting) marks(regimes ...string) []string {
	marks := regimes
	for _, e := range append(slices.Clone(s.data), s.regimes...) {
		marks = append(marks, e.Text)
	}
	slices.Sort(marks)
	return slices.Compact(marks)
}

// says tells who says e: "says fettle.yaml:3" where a person declared it, else "inferred: Service shop is of type LoadBalancer
// (k8s/shop.yaml:12)".
func says(e *fettle.Evidence) string {
	place := ""
	if e.Where != nil {
		place = e.Where.String()
	}
	switch {
	case e.Declared && place != "":
		return ", says " + place
	case e.Declared:
		return ", says " + e.Source
	case place != "":
		return ", inferred: " + e.Why + " (" + place + ")"
	}
	return ", inferred: " + e.Why
}

func list(all []*fettle.Evidence) string {
	var texts []string
	for _, e := range all {
		texts = append(texts, e.Text+strings.Replace(says(e), ", ", " ", 1))
	}
	return strings.Join(texts, "; ")
}
