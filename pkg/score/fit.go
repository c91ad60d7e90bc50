package score

import "github.com/fettle-dev/fettle/pkg/fettle"

// Fit is what labelled upgrades taught: weights for the estimate, and counts for the bound.
type Fit struct {
	Upgrades int    // labelled
	Projects int    // that they are of
	Until    string // the day of the newest release among them
	Weights  Weights
	Strata   []Stratum
}

// Stratum counts labelled upgrades of one sort. Upgrades of one dependency in one project are one case, which is broken to
// the share of them that broke: they are not independent.
type Stratum struct {
	Ecosystem string // as OSV spells it
	Breaking  bool   // the jump is one that may break callers
	Override  bool   // a version was forced that holders do not ask for
	Tested    bool   // only those that validation passes: they build, and half of the suite passes
	Upgrades  int
	Cases     float64
	Broken    float64 // where Tested, cases whose other half of the suite fails; else where anything fails
}

const (
	// needed is how many cases a bound must rest on. With fewer than 29, even a spotless record bounds the share of clean
	// outcomes below 0.90, and one more case that breaks would move the bound by more than 0.05.
	needed = 29
	// What a case counts for that is of another ecosystem, or of another kind of fix. These are judgement.
	otherEcosystem = 0.25
	otherKind      = 0.5
	certain        = 0.95
)

// evidence is what is known of upgrades like one.
type evidence struct {
	upgrades int     // labelled
	cases    float64 // that they count for
	broken   float64
	foreign  bool // some of them are of other ecosystems or kinds
	bound    float64
}

func (e evidence) enough() bool { return e.cases >= needed }

// like gathers the cases that are like f. Where those of f's own ecosystem are too few, those of the others are added, and
// the bound is never above that of the ecosystem that did worst.
func (t Fit) like(f Features, breaking, override bool) evidence {
	var own, others evidence
	worst := 1.0
	for _, s := range t.Strata {
		if s.Breaking != breaking || s.Override != override || s.Tested != f.Tested {
			continue
		}
		to := &others
		if s.Ecosystem == f.Ecosystem {
			to = &own
		} else if s.Cases >= needed {
			worst = min(worst, LowerBound(s.Cases-s.Broken, s.Cases, certain))
		}
		to.upgrades += s.Upgrades
		to.cases += s.Cases
		to.broken += s.Broken
	}
	strange := f.Kind != fettle.LockOnly && f.Kind != fettle.Direct && f.Kind != fettle.Override
	if strange {
		own.cases, own.broken, own.foreign = own.cases*otherKind, own.broken*otherKind, true
		others.cases, others.broken = others.cases*otherKind, others.broken*otherKind
	}
	if own.enough() {
		worst = 1
	} else {
		own.upgrades += others.upgrades
		own.cases += otherEcosystem * others.cases
		own.broken += otherEcosystem * others.broken
		own.foreign = true
	}
	if own.enough() {
		own.bound = min(worst, LowerBound(own.cases-own.broken, own.cases, certain))
	}
	return own
}

// evidence returns the cases that bound f: those like it, or those of a safer sort where, by chance, they did worse. Where
// the cases of one of these sorts are too few to tell, so is the whole.
func (t Fit) evidence(f Features) evidence {
	override := f.Kind != fettle.LockOnly && f.Kind != fettle.Direct && f.Kind != fettle.Holder
	e := t.like(f, false, false)
	for _, sort := range [][2]bool{{false, true}, {true, false}, {true, true}} {
		breaking, forced := sort[0], sort[1]
		if breaking && !f.Jump.Breaking() || forced && !override {
			continue
		}
		if next := t.like(f, breaking, forced); !e.enough() {
			return e
		} else if !next.enough() || next.bound <= e.bound {
			e = next
		}
	}
	return e
}

// Bound is the 95% lower bound on the share of upgrades like f that break nothing; it is not known where cases are too few.
func (t Fit) Bound(f Features) (bound float64, known bool) {
	e := t.evidence(f)
	return e.bound, e.enough()
}
