package correlate

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// each asks about every finding in turn. Findings that share an ID get the answer once.
func each(ctx context.Context, findings []fettle.Finding, ask func(fettle.Finding) []fettle.Evidence) (map[fettle.ID][]fettle.Evidence, error) {
	all := make(map[fettle.ID][]fettle.Evidence, len(findings))
	for _, f := range findings {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if _, ok := all[f.ID]; !ok {
			all[f.ID] = ask(f)
		}
	}
	return all, nil
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
