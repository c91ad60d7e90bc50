package learn

import (
	"math"
	"math/rand/v2"
	"slices"
)

// Calibration says how well labels were foretold by what was learned before them: each label by a model of the days
// before its own (Dawid 1984, "The prequential approach"). The score alone, the same regression without preferences, is
// held against it.
type Calibration struct {
	Labels   int       `json:"labels"`    // foretold
	Brier    float64   `json:"brier"`     // mean squared error, 0 to 1
	LogLoss  float64   `json:"log_loss"`  // in nats
	ECE      float64   `json:"ece"`       // expected calibration error, 0 to 1
	ECELow   float64   `json:"ece_low"`   // interval of 90%, by bootstrap
	ECEHigh  float64   `json:"ece_high"`  //
	Bins     []Bin     `json:"bins"`      // empty ones are left out
	ByScore  Reference `json:"by_score"`  // the score alone
	BaseRate Reference `json:"base_rate"` // the share of relevant labels so far
}

// Reference is what a simpler forecast achieves on the same labels.
type Reference struct {
	Brier   float64 `json:"brier"`
	LogLoss float64 `json:"log_loss"`
}

// Bin holds the labels foretold with about the same probability.
type Bin struct {
	From     float64 `json:"from"` // of the probability, From included and To not
	To       float64 `json:"to"`
	Labels   int     `json:"labels"`
	Foretold float64 `json:"foretold"` // mean probability
	Came     float64 `json:"came"`     // share that was relevant
}

// Effect says what learning would have done on the labels that came after the model was ready, each judged by what was
// learned on the days before.
type Effect struct {
	Judged           int `json:"judged"`   // labelled findings, of which nobody knew an exploitation
	Unwanted         int `json:"unwanted"` // of them
	Kept             int `json:"kept"`     // not demoted
	KeptUnwanted     int `json:"kept_unwanted"`
	DemotedRelevant  int `json:"demoted_relevant"` // the price: relevant, and further down
	Audited          int `json:"audited"`          // of those kept: would have been demoted
	Promoted         int `json:"promoted"`         // moved up by ten points or more
	PromotedUnwanted int `json:"promoted_unwanted"`
}

const (
	bins      = 10
	mostFits  = 40 // labels of several days are foretold together where there are more days
	resamples = 1000
	mostDraws = 20_000_000 // labels drawn for the interval, in all
)

// forecast is what was said of a label before it was known.
type forecast struct {
	label    *Label
	p        float64 // of relevance
	scoreP   float64
	rateP    float64
	points   float64
	audit    bool
	active   bool
	relevant float64
}

// foretell walks through the days and judges each label by those before.
func (m *Model) foretell() []forecast {
	var (
		list            []forecast
		full, byScore   []float64 // where the last fits ended
		rows, plain     []row
		weight          float64
		relevant, total int
	)
	for i, l := range m.used {
		rows = append(rows, newRow(l, m.weights[i]))
		bare := rows[i]
		bare.columns = nil
		plain = append(plain, bare)
	}
	block := (len(m.used) + mostFits - 1) / mostFits
	for from := 0; from < len(m.used); {
		to := min(from+max(block, 1), len(m.used))
		for to < len(m.used) && m.used[to].Day == m.used[to-1].Day {
			to++
		}
		past, pastPlain := fit(rows[:from], full), fit(plain[:from], byScore)
		full, byScore = past.mean, pastPlain.mean
		effects := newEffects(past, rows[:from])
		unwanted := total - relevant
		ready := weight >= Needed-1e-9 && relevant > 0 && unwanted > 0
		for i := from; i < to; i++ {
			f := forecast{label: &m.used[i], p: past.predict(rows[i]), scoreP: pastPlain.predict(plain[i]), rateP: (float64(relevant) + 1) / (float64(total) + 2),
				active: ready, relevant: rows[i].relevant}
			if ready {
				f.points, _ = effects.of(m.used[i].Features)
				f.audit = f.points <= Demoted && m.audited(m.used[i].ID)
			}
			list = append(list, f)
		}
		for i := from; i < to; i++ {
			weight += m.weights[i]
			total++
			relevant += int(rows[i].relevant)
		}
		from = to
	}
	return list
}

// Assess foretells each label by those of the days before it. Without two days there is nothing to foretell.
func (m *Model) Assess() (Calibration, Effect) {
	var c Calibration
	var e Effect
	if m == nil || len(m.used) == 0 {
		return c, e
	}
	all := m.foretell()
	first := slices.IndexFunc(all, func(f forecast) bool { return f.label.Day != m.used[0].Day })
	if first < 0 {
		return c, e
	}
	list := all[first:]
	n := float64(len(list))
	loss := func(p, y float64) float64 { return -math.Log(math.Max(1e-12, y*p+(1-y)*(1-p))) }
	for _, f := range list {
		c.Brier += (f.p - f.relevant) * (f.p - f.relevant) / n
		c.LogLoss += loss(f.p, f.relevant) / n
		c.ByScore.Brier += (f.scoreP - f.relevant) * (f.scoreP - f.relevant) / n
		c.ByScore.LogLoss += loss(f.scoreP, f.relevant) / n
		c.BaseRate.Brier += (f.rateP - f.relevant) * (f.rateP - f.relevant) / n
		c.BaseRate.LogLoss += loss(f.rateP, f.relevant) / n
		e.add(f)
	}
	c.Labels = len(list)
	var counts [bins]count
	for _, f := range list {
		counts[binOf(f.p)].add(f)
	}
	for i, b := range counts {
		if b.n > 0 {
			c.Bins = append(c.Bins, Bin{From: float64(i) / bins, To: float64(i+1) / bins, Labels: int(b.n), Foretold: b.p / b.n, Came: b.y / b.n})
		}
	}
	c.ECE = ece(counts, n)
	c.ECELow, c.ECEHigh = eceInterval(list)
	return c, e
}

func (e *Effect) add(f forecast) {
	if !f.active || f.label.Exploited {
		return
	}
	unwanted := 0
	if !f.label.Relevant {
		unwanted = 1
	}
	e.Judged++
	e.Unwanted += unwanted
	if f.points <= Demoted && !f.audit {
		e.DemotedRelevant += 1 - unwanted
		return
	}
	e.Kept++
	e.KeptUnwanted += unwanted
	if f.audit {
		e.Audited++
	}
	if f.points >= -Demoted {
		e.Promoted++
		e.PromotedUnwanted += unwanted
	}
}

// count sums up the forecasts of one bin.
type count struct{ n, p, y float64 }

func (c *count) add(f forecast) {
	c.n++
	c.p += f.p
	c.y += f.relevant
}

func binOf(p float64) int { return max(0, min(bins-1, int(p*bins))) }

// ece is the mean distance of what was foretold and what came, by bin.
func ece(counts [bins]count, n float64) float64 {
	sum := 0.0
	for _, c := range counts {
		if c.n > 0 {
			sum += math.Abs(c.p-c.y) / n
		}
	}
	return sum
}

// eceInterval draws the labels anew, with the same numbers on every run, and returns the 5th and the 95th percentile.
func eceInterval(list []forecast) (low, high float64) {
	source := rand.New(rand.NewPCG(1, 2))
	draws := max(50, min(resamples, mostDraws/len(list)))
	values := make([]float64, draws)
	for i := range values {
		var counts [bins]count
		for range list {
			f := list[source.IntN(len(list))]
			counts[binOf(f.p)].add(f)
		}
		values[i] = ece(counts, float64(len(list)))
	}
	slices.Sort(values)
	return values[draws*5/100], values[draws-1-draws*5/100]
}
