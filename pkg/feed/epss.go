package feed

import (
	"math"
	"time"
)

const epssKind = "epss\x00\x00\x00\x01"

// epssUnit is the smallest difference of two stored values.
const epssUnit = 1e-9

// EPSS is the scores of one day.
type EPSS struct{ table table }

// OpenEPSS reads a section that CompileEPSS made, in place.
func OpenEPSS(section []byte) (*EPSS, error) {
	t, err := openTable(section, epssKind)
	if err != nil {
		return nil, err
	}
	return &EPSS{t}, nil
}

// Score returns the probability that cve is exploited within 30 days, and the share of CVEs with a lower or equal
// probability that day. Both lie between 0 and 1.
func (e *EPSS) Score(cve string) (probability, percentile float64, ok bool) {
	a, b, ok := e.table.find(cve)
	return epssValue(a), epssValue(b), ok
}

// AsOf returns the day of the scores.
func (e *EPSS) AsOf() time.Time { return e.table.meta.AsOf }

// Model returns the version of the model as the feed names it, such as v2025.03.14; empty where the feed does not.
func (e *EPSS) Model() string { return e.table.meta.Model }

// Edition returns count, day and model.
func (e *EPSS) Edition() Edition { return e.table.meta.Edition }

// Median returns the median probability of the day.
func (e *EPSS) Median() float64 { return e.table.meta.Median }

// Threshold returns the lowest probability of the day whose percentile is at least the given one, or false where no CVE
// reaches it. It reads all scores.
func (e *EPSS) Threshold(percentile float64) (float64, bool) {
	lowest, found := uint32(math.MaxUint32), false
	for i := range len(e.table.rows) / rowSize {
		r := e.table.row(i)
		if epssValue(r.b) >= percentile && r.a <= lowest {
			lowest, found = r.a, true
		}
	}
	if !found {
		return 0, false
	}
	return epssValue(lowest), true
}

// epssValue divides rather than multiplies, which gives back the decimal of the feed.
func epssValue(v uint32) float64 { return min(float64(v)/1e9, 1) }
