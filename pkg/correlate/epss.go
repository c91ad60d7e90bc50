package correlate

import (
	"context"
	"strings"
	"time"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// EPSS attaches the probability of exploitation within 30 days, and its percentile of that day. Where an advisory has
// several CVEs the highest probability counts.
type EPSS struct {
	Feed epss // nil leaves Unknown on every finding
}

// epss is one day's scores. Model is the version of the EPSS model, since thresholds drift between versions.
type epss interface {
	Score(cve string) (probability, percentile float64, ok bool)
	AsOf() time.Time
	Model() string
}

// Correlate gives every finding an answer: Known, Absent where the day does not list its CVEs, or Unknown.
func (e EPSS) Correlate(ctx context.Context, scene fettle.Scene) (fettle.Correlation, error) {
	return each(ctx, scene, e.ask)
}

func (e EPSS) ask(f fettle.Finding) []fettle.Evidence {
	answer := fettle.Evidence{Signal: fettle.EPSS, Source: "epss"}
	if e.Feed == nil {
		answer.Status, answer.Text = fettle.Unknown, noFeed
		return []fettle.Evidence{answer}
	}
	answer.Source = strings.TrimSpace("epss " + e.Feed.Model())
	answer.AsOf = e.Feed.AsOf()
	ids := cves(f)
	if len(ids) == 0 {
		answer.Status, answer.Text = fettle.Unknown, noCVE
		return []fettle.Evidence{answer}
	}
	answer.Status = fettle.Absent
	rank := 0.0
	for _, cve := range ids {
		probability, percentile, ok := e.Feed.Score(cve)
		if !ok || !share(probability) || !share(percentile) {
			continue
		}
		if answer.Status != fettle.Known || probability > answer.Value {
			answer.Status, answer.Value, answer.Text, rank = fettle.Known, probability, cve, percentile
		}
	}
	if answer.Status != fettle.Known {
		return []fettle.Evidence{answer}
	}
	percentile := answer
	percentile.Signal, percentile.Value = fettle.EPSSRank, rank
	return []fettle.Evidence{answer, percentile}
}

// share reports whether v lies between 0 and 1. It is false for NaN.
func share(v float64) bool { return v >= 0 && v <= 1 }
