package correlate

import (
	"context"
	"time"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// Fixed lists the versions that the advisory calls fixed, in its order. Absent: it names affected versions and no fixed
// one. Unknown: it names no range at all.
type Fixed struct {
	AsOf time.Time // the date of the advisories
}

// Correlate reads the findings alone; whether a registry serves a version is for propose to find out.
func (x Fixed) Correlate(ctx context.Context, scene fettle.Scene) (fettle.Correlation, error) {
	return each(ctx, scene, x.ask)
}

func (x Fixed) ask(f fettle.Finding) []fettle.Evidence {
	answer := fettle.Evidence{Signal: fettle.FixedVersion, Source: advisory(f), AsOf: x.AsOf}
	var evidence []fettle.Evidence
	for _, version := range f.FixedVersions() {
		answer.Status, answer.Text = fettle.Known, version
		if !holds(evidence, answer) {
			evidence = append(evidence, answer)
		}
	}
	switch {
	case len(evidence) > 0:
		return evidence
	case len(f.Ranges) > 0:
		answer.Status = fettle.Absent
	default:
		answer.Status, answer.Text = fettle.Unknown, "the advisory names no range of versions"
	}
	return []fettle.Evidence{answer}
}
