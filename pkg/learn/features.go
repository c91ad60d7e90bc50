package learn

import (
	"fmt"
	"slices"
	"strings"
)

// Features are what a judgement is learned from. Each is a word of its group below, or empty where it is not known.
type Features struct {
	Weakness string `json:"weakness,omitempty"` // the family of its CWEs, see FamilyOf
	Scope    string `json:"scope,omitempty"`    // production or development
	Reach    string `json:"reach,omitempty"`    // referenced, called, no_path or not_imported
	Exposure string `json:"exposure,omitempty"` // open, controlled or small
	Impact   string `json:"impact,omitempty"`   // partial, automatable, total or both
	Vector   string `json:"vector,omitempty"`   // network, adjacent or local
}

// group is one feature and its words, each of which has a parameter.
type group struct {
	name  string
	words []string
	of    func(*Features) *string
}

var groups = []group{
	{"weakness", append(slices.Clone(familyNames), otherFamily), func(f *Features) *string { return &f.Weakness }},
	{"scope", []string{"production", "development"}, func(f *Features) *string { return &f.Scope }},
	{"reach", []string{"referenced", "called", "no_path", "not_imported"}, func(f *Features) *string { return &f.Reach }},
	{"exposure", []string{"open", "controlled", "small"}, func(f *Features) *string { return &f.Exposure }},
	{"impact", []string{"partial", "automatable", "total", "both"}, func(f *Features) *string { return &f.Impact }},
	{"vector", []string{"network", "adjacent", "local"}, func(f *Features) *string { return &f.Vector }},
}

// The first parameters belong to no feature: what the team calls relevant at large, and how far it follows the score.
const (
	bias = iota
	slope
	common // how many there are
)

// parameter is one coefficient. Only a preference moves a finding. The others take up what says nothing about one finding:
// how strict the team is, how far it follows the score, and whether a feature was known when a judgement was recorded, which
// hangs on the source of the judgement: what is fixed is no longer in a report, so its reach is known less often.
type parameter struct {
	name       string
	preference bool
	precision  float64 // of the prior, whose mean is 0: one over its variance
}

// The standard deviation of a parameter before anything is learned. What is no preference may go as far as the labels
// take it, or preferences would make up for it.
const (
	priorSD = 1.0
	wideSD  = 5.0
)

var parameters = func() []parameter {
	const firm, wide = 1 / (priorSD * priorSD), 1 / (wideSD * wideSD)
	all := []parameter{{"bias", false, wide}, {"slope", false, firm}}
	for _, g := range groups {
		for _, word := range g.words {
			all = append(all, parameter{g.name + " " + word, true, firm})
		}
		all = append(all, parameter{g.name + " unknown", false, wide})
	}
	return all
}()

// columns returns the parameters of f, in rising order, without the common ones. A word that is not of its group counts
// as unknown.
func (f Features) columns() []int {
	var list []int
	at := common
	for _, g := range groups {
		i := slices.Index(g.words, *g.of(&f))
		if i < 0 {
			i = len(g.words) // unknown
		}
		list = append(list, at+i)
		at += len(g.words) + 1
	}
	return list
}

// validate refuses words that are not of their group.
func (f Features) validate() error {
	for _, g := range groups {
		if word := *g.of(&f); word != "" && !slices.Contains(g.words, word) {
			return fmt.Errorf("unknown %s %.40q; want %s", g.name, word, strings.Join(g.words, ", "))
		}
	}
	return nil
}
