package main

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/score"
)

// A method says how probable it is that an upgrade which passed validation breaks nothing, after it has seen train.
type method struct {
	name  string
	learn func(train []upgrade) func(score.Features) float64
}

func methods() []method {
	rate := func(list []observation) float64 {
		clean := 0.0
		for _, o := range list {
			if o.clean {
				clean++
			}
		}
		return (clean + 0.5) / (float64(len(list)) + 1)
	}
	return []method{
		{"the model", func(train []upgrade) func(score.Features) float64 {
			return weigh(observe(train, true), beliefs()).Estimate
		}},
		{"tests pass, nothing else", func(train []upgrade) func(score.Features) float64 {
			p := rate(observe(train, false))
			return func(score.Features) float64 { return p }
		}},
		{"the kind of fix, nothing else", func(train []upgrade) func(score.Features) float64 {
			byKind := map[fettle.FixKind][]observation{}
			for _, o := range observe(train, false) {
				byKind[o.features.Kind] = append(byKind[o.features.Kind], o)
			}
			return func(f score.Features) float64 { return rate(byKind[f.Kind]) }
		}},
		{"the prior before labels", func([]upgrade) func(score.Features) float64 { return oldPrior }},
	}
}

// prediction is what a method said of an upgrade that it had not seen.
type prediction struct {
	p, bound float64
	known    bool // there were cases enough for a bound
	o        observation
}

const folds = 3

// byGroup predicts each upgrade from those that share neither its subject nor its dependency.
func byGroup(upgrades []upgrade, m method) []prediction {
	part := func(words ...string) uint64 { return hash(words...) % folds }
	var list []prediction
	for s := range uint64(folds) {
		for d := range uint64(folds) {
			var train, test []upgrade
			for _, u := range upgrades {
				ofSubject, ofDependency := part("subject", u.Ecosystem, u.Subject) == s, part("dependency", u.Ecosystem, u.Dependency) == d
				switch {
				case ofSubject && ofDependency:
					test = append(test, u)
				case !ofSubject && !ofDependency:
					train = append(train, u)
				}
			}
			list = append(list, predict(m, train, test)...)
		}
	}
	return list
}

// byTime predicts the upgrades to releases from day on from those to releases before it. Those of npm have no days.
func byTime(upgrades []upgrade, m method) (list []prediction, day time.Time) {
	var days []time.Time
	for _, u := range upgrades {
		if !u.ToDay.IsZero() {
			days = append(days, u.ToDay)
		}
	}
	if len(days) == 0 {
		return nil, day
	}
	slices.SortFunc(days, time.Time.Compare)
	day = days[len(days)/2]
	var train, test []upgrade
	for _, u := range upgrades {
		switch {
		case u.ToDay.IsZero():
		case u.ToDay.Before(day):
			train = append(train, u)
		default:
			test = append(test, u)
		}
	}
	return predict(m, train, test), day
}

func predict(m method, train, test []upgrade) []prediction {
	estimate := m.learn(train)
	strata := score.Fit{Strata: count(observe(train, true))}
	var list []prediction
	for _, o := range observe(test, false) {
		p := prediction{p: estimate(o.features), o: o}
		p.bound, p.known = strata.Bound(o.features)
		list = append(list, p)
	}
	return list
}

func (p prediction) outcome() float64 {
	if p.o.clean {
		return 1
	}
	return 0
}

// brier is the mean square of what a prediction is off by.
func brier(list []prediction) float64 {
	sum := 0.0
	for _, p := range list {
		sum += (p.p - p.outcome()) * (p.p - p.outcome())
	}
	return sum / float64(len(list))
}

// loss is the mean log loss.
func loss(list []prediction) float64 {
	sum := 0.0
	for _, p := range list {
		q := p.p
		if !p.o.clean {
			q = 1 - q
		}
		sum -= math.Log(math.Max(q, 1e-9))
	}
	return sum / float64(len(list))
}

// bin is a group of predictions of about the same height.
type bin struct {
	n               int
	mean, low, high float64 // of what was predicted
	clean           float64 // share
	from, to        float64 // 95% interval of Clopper and Pearson for it
}

const bins = 5

// reliability sorts predictions into bins of the same number. Predictions of the same height stay together.
func reliability(list []prediction) []bin {
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b prediction) int { return cmp.Compare(a.p, b.p) })
	var out []bin
	for start := 0; start < len(list); {
		end := min(len(list), start+(len(list)+bins-1)/bins)
		for end < len(list) && list[end].p == list[end-1].p {
			end++
		}
		b := bin{n: end - start, low: list[start].p, high: list[end-1].p}
		clean := 0.0
		for _, p := range list[start:end] {
			b.mean += p.p / float64(b.n)
			clean += p.outcome()
		}
		n := float64(b.n)
		b.clean = clean / n
		b.from, b.to = score.LowerBound(clean, n, 0.975), 1-score.LowerBound(n-clean, n, 0.975)
		out = append(out, b)
		start = end
	}
	return out
}

// calibration is the expected calibration error: how far the bins are off, on average.
func calibration(list []prediction) float64 {
	sum := 0.0
	for _, b := range reliability(list) {
		sum += float64(b.n) * math.Abs(b.mean-b.clean)
	}
	return sum / float64(len(list))
}

// auc is the probability that of a clean and a broken upgrade the clean one has the higher prediction.
func auc(list []prediction) float64 {
	won, pairs := 0.0, 0.0
	for _, a := range list {
		for _, b := range list {
			if !a.o.clean || b.o.clean {
				continue
			}
			pairs++
			switch {
			case a.p > b.p:
				won++
			case a.p == b.p:
				won += 0.5
			}
		}
	}
	return won / pairs
}
