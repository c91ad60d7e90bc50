package correlate

import (
	"context"
	"time"

	"github.com/fettle-dev/fettle/pkg/feed"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// KEV tells whether CISA's catalogue of known exploited vulnerabilities lists one of a finding's CVEs, and whether the
// catalogue knows of its use in ransomware campaigns.
type KEV struct {
	Feed kev // nil leaves Unknown on every finding
}

// kev is one edition of the catalogue.
type kev interface {
	Entry(cve string) (feed.KEVEntry, bool)
	AsOf() time.Time
}

// Correlate answers Known with the earliest due date of the CVEs listed, or Absent where none is.
func (k KEV) Correlate(ctx context.Context, scene fettle.Scene) (fettle.Correlation, error) {
	return each(ctx, scene, k.ask)
}

func (k KEV) ask(f fettle.Finding) []fettle.Evidence {
	answer := fettle.Evidence{Signal: fettle.KEV, Source: "kev"}
	if k.Feed == nil {
		answer.Status, answer.Text = fettle.Unknown, noFeed
		return []fettle.Evidence{answer}
	}
	answer.AsOf = k.Feed.AsOf()
	ids := cves(f)
	if len(ids) == 0 {
		answer.Status, answer.Text = fettle.Unknown, noCVE
		return []fettle.Evidence{answer}
	}
	listed, ransomware := false, false
	var due time.Time
	for _, cve := range ids {
		entry, ok := k.Feed.Entry(cve)
		if !ok {
			continue
		}
		listed = true
		ransomware = ransomware || entry.Ransomware
		if due.IsZero() || !entry.DueDate.IsZero() && entry.DueDate.Before(due) {
			due = entry.DueDate
		}
	}
	if !listed {
		answer.Status = fettle.Absent
		return []fettle.Evidence{answer}
	}
	answer.Status = fettle.Known
	if !due.IsZero() {
		answer.Text = due.Format(time.DateOnly)
	}
	evidence := []fettle.Evidence{answer}
	if ransomware {
		evidence = append(evidence, fettle.Evidence{Signal: fettle.Ransomware, Status: fettle.Known, Source: "kev", AsOf: answer.AsOf})
	}
	return evidence
}
