package correlate

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/fettle-dev/fettle/pkg/feed"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// CVSS scores the vectors of a finding's advisory and of a supplementary feed. Per finding the evidence is best first:
// version 4.0 before 3.1, 3.0 and 2.0, the advisory before the feed, the higher score before the lower; vectors that do
// not parse come last, as Unknown. A word in place of a vector, such as MODERATE, becomes a Rating.
type CVSS struct {
	AsOf time.Time // the date of the advisories
	Feed vectors   // nil where there is none
}

// vectors lists the CVSS vectors that others than the advisory give a CVE.
type vectors interface {
	Vectors(cve string) []feed.Vector
	AsOf() time.Time
}

// Correlate never fails on a vector: one that does not parse is evidence that says so.
func (c CVSS) Correlate(ctx context.Context, scene fettle.Scene) (fettle.Correlation, error) {
	return each(ctx, scene, c.ask)
}

// scored is one vector with what orders it.
type scored struct {
	fettle.Evidence
	version int // 40, 31, 30 or 20; 0 where the vector does not parse
	feed    int // 0 from the advisory, 1 from the feed
}

func (c CVSS) ask(f fettle.Finding) []fettle.Evidence {
	var found []scored
	var ratings []fettle.Evidence
	for _, s := range f.Severity {
		if word, ok := rating(s.Vector); ok {
			ratings = append(ratings, fettle.Evidence{Signal: fettle.Rating, Status: fettle.Known, Text: word, Source: s.Source, AsOf: c.AsOf})
			continue
		}
		found = append(found, judge(s, 0, c.AsOf))
	}
	status, source, text := fettle.Unknown, advisory(f), "the advisory gives no CVSS vector"
	if c.Feed != nil {
		ids := cves(f)
		for _, cve := range ids {
			for _, v := range c.Feed.Vectors(cve) {
				s := fettle.Severity{Type: v.Type, Vector: v.Vector, Source: strings.TrimSpace("cvss " + v.Provider)}
				found = append(found, judge(s, 1, c.Feed.AsOf()))
			}
		}
		if len(ids) > 0 {
			status, text = fettle.Absent, "neither the advisory nor the CVSS feed gives a vector"
		}
	}
	if len(found) == 0 {
		return append([]fettle.Evidence{{Signal: fettle.CVSS, Status: status, Text: text, Source: source, AsOf: c.AsOf}}, ratings...)
	}
	slices.SortStableFunc(found, func(a, b scored) int {
		return cmp.Or(b.version-a.version, a.feed-b.feed, cmp.Compare(b.Value, a.Value),
			cmp.Compare(a.Text, b.Text), cmp.Compare(a.Source, b.Source))
	})
	var evidence []fettle.Evidence
	for _, s := range found {
		if !holds(evidence, s.Evidence) {
			evidence = append(evidence, s.Evidence)
		}
	}
	return append(evidence, ratings...)
}

// rating reads the qualitative rating of an advisory, by the names that GitHub, FIRST and the distributions use.
func rating(text string) (string, bool) {
	switch word := strings.ToLower(strings.TrimSpace(text)); word {
	case "low", "medium", "high", "critical":
		return word, true
	case "moderate":
		return "medium", true
	}
	return "", false
}

func judge(s fettle.Severity, feed int, asOf time.Time) scored {
	e := fettle.Evidence{Signal: fettle.CVSS, Source: s.Source, AsOf: asOf}
	vector, version, score, err := parseVector(s)
	if err != nil {
		e.Status = fettle.Unknown
		e.Text = fmt.Sprintf("%s vector %q does not parse: %v", s.Type, clip(s.Vector), err)
		return scored{Evidence: e, feed: feed}
	}
	e.Status, e.Value, e.Text = fettle.Known, score, vector
	return scored{Evidence: e, version: version, feed: feed}
}

// clip bounds text from outside that ends up in a report.
func clip(s string) string {
	if len(s) > 120 {
		return s[:120] + "..."
	}
	return s
}
