package discover

import (
	"fmt"
	"strings"
	"testing"

	"github.com/fettle-dev/fettle/pkg/discover/projecttest"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/osv"
)

// advisories is a database in memory. The key of aliases is an id, the value its other names.
type advisories struct {
	records []osv.Record
	aliases map[string][]string
	err     error
	without string // an ecosystem of which it holds nothing
}

func (a advisories) Records(ecosystem string) int {
	if ecosystem == a.without {
		return 0
	}
	return 50
}

func (a advisories) Find(ecosystem, name string) ([]osv.Record, error) {
	var found []osv.Record
	for _, r := range a.records {
		if len(r.Entries(ecosystem, name)) > 0 {
			found = append(found, r)
		}
	}
	return found, a.err
}

func (a advisories) Aliases(id string) []string { return a.aliases[id] }

// advisory reads a record that affects versions of an npm package from introduced up to fixed.
func advisory(t testing.TB, id, name, introduced, fixed string, more ...string) osv.Record {
	t.Helper()
	return record(t, fmt.Sprintf(`{"id": %q, "modified": "2024-01-02T03:04:05Z", %s "affected": [{"package": {"ecosystem": "npm", "name": %q},
		"ranges": [{"type": "SEMVER", "events": [{"introduced": %q}, {"fixed": %q}]}]}]}`, id, strings.Join(more, ""), name, introduced, fixed))
}

func record(t testing.TB, text string) osv.Record {
	t.Helper()
	r, err := osv.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

type files = projecttest.Tree

func discover(t testing.TB, dir string, records ...osv.Record) fettle.Discovery {
	t.Helper()
	d, err := Dependencies{Database: advisories{records: records}}.Discover(t.Context(), fettle.Repo{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func wantGaps(t testing.TB, gaps []fettle.Gap, want ...string) {
	t.Helper()
	projecttest.WantGaps(t, gaps, want...)
}

func gapLines(gaps []fettle.Gap) []string { return projecttest.Gaps(gaps) }

func nodeLines(p fettle.Project) []string { return projecttest.Nodes(p) }

const (
	shopManifest = projecttest.ShopManifest
	shopLock1    = projecttest.ShopLock1
	shopLock3    = projecttest.ShopLock3
)
