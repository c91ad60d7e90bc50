package correlate

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// each asks about every finding in turn. Findings that share an ID get the answer once.
func each(ctx context.Context, scene fettle.Scene, ask func(fettle.Finding) []fettle.Evidence) (fettle.Correlation, error) {
	all := make(map[fettle.ID][]fettle.Evidence, len(scene.Findings))
	for _, f := range scene.Findings {
		if err := ctx.Err(); err != nil {
			return fettle.Correlation{}, err
		}
		if _, ok := all[f.ID]; !ok {
			all[f.ID] = ask(f)
		}
	}
	return fettle.Correlation{Evidence: all}, nil
}

// holds reports whether evidence says already what e says, by the same source.
func holds(evidence []fettle.Evidence, e fettle.Evidence) bool {
	return slices.ContainsFunc(evidence, func(have fettle.Evidence) bool {
		return have.Signal == e.Signal && have.Status == e.Status && have.Value == e.Value && have.Text == e.Text && have.Source == e.Source
	})
}

var cvePattern = regexp.MustCompile(`^CVE-[0-9]{4}-[0-9]{4,19}$`)

// cves returns the CVE ids of f's advisory, upper case, sorted, each once.
func cves(f fettle.Finding) []string {
	var ids []string
	for _, id := range append([]string{f.Rule}, f.Aliases...) {
		if id = strings.ToUpper(strings.TrimSpace(id)); cvePattern.MatchString(id) {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// advisory names the OSV record behind f: its GHSA id where it has one, since that is the id that OSV publishes for
// most ecosystems, else the rule.
func advisory(f fettle.Finding) string {
	for _, id := range f.Aliases {
		if strings.HasPrefix(id, "GHSA-") {
			return "osv:" + id
		}
	}
	return "osv:" + f.Rule
}

const (
	noCVE  = "the advisory has no CVE id to look up"
	noFeed = "the feed is not loaded"
)
