package differential

import (
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/osv-scanner/v2/pkg/osvscanner"

	"github.com/fettle-dev/fettle/pkg/discover"
	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/osv"
	"github.com/fettle-dev/fettle/pkg/pack"
)

// hit is one advisory of one version that a lockfile holds, under all of the advisory's names.
type hit struct {
	lockfile, name, version string
	ids                     string // sorted, each between blanks
}

func newHit(lockfile, name, version string, ids []string) hit {
	slices.Sort(ids)
	return hit{lockfile, name, version, " " + strings.Join(slices.Compact(ids), " ") + " "}
}

// same reports whether h and o are about one advisory: they share a name of it.
func (h hit) same(o hit) bool {
	return h.lockfile == o.lockfile && h.name == o.name && h.version == o.version &&
		slices.ContainsFunc(strings.Fields(h.ids), func(id string) bool { return strings.Contains(o.ids, " "+id+" ") })
}

func (h hit) String() string {
	return fmt.Sprintf("%s %s@%s %s", h.lockfile, h.name, h.version, strings.TrimSpace(h.ids))
}

// sorted returns hits without repetition.
func sorted(hits []hit) []hit {
	slices.SortFunc(hits, func(a, b hit) int { return strings.Compare(a.String(), b.String()) })
	return slices.Compact(hits)
}

// scanFettle opens the database and scans dir, as the command does before it ranks and prints.
func scanFettle(t testing.TB, c corpus, dir string) (fettle.Discovery, []hit) {
	t.Helper()
	file, err := pack.Open(c.fettle)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	section, err := file.Unchecked("osv")
	if err != nil {
		t.Fatal(err)
	}
	db, err := osv.OpenDatabase(section)
	if err != nil {
		t.Fatal(err)
	}
	d, err := discover.Dependencies{Database: db}.Discover(t.Context(), fettle.Repo{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	var hits []hit
	for _, f := range d.Findings {
		for _, in := range f.Instances {
			hits = append(hits, newHit(f.Location.Path, f.Package.Name, in.Version, append([]string{f.Rule}, f.Aliases...)))
		}
	}
	return d, sorted(hits)
}

// scanOther runs osv-scanner on dir without network.
func scanOther(t testing.TB, c corpus, dir string) []hit {
	t.Helper()
	result, err := osvscanner.DoScan(osvscanner.ScannerActions{
		DirectoryPaths: []string{dir}, Recursive: true, NoIgnore: true,
		CompareOffline: true, LocalDBPath: c.scanner, PluginNetworkDisabled: true,
		ShowAllPackages: true, ShowAllVulns: true,
		ExperimentalScannerActions: osvscanner.ExperimentalScannerActions{
			PluginsEnabled: []string{"javascript/packagelockjson"}, PluginsNoDefaults: true,
			TransitiveScanning: osvscanner.TransitiveScanningActions{Disabled: true},
		},
	})
	if err != nil && !errors.Is(err, osvscanner.ErrVulnerabilitiesFound) {
		t.Fatal(err)
	}
	var hits []hit
	for _, source := range result.Results {
		lockfile, err := filepath.Rel(dir, source.Source.Path)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range source.Packages {
			for _, group := range p.Groups {
				hits = append(hits, newHit(filepath.ToSlash(lockfile), p.Package.Name, p.Package.Version, slices.Concat(group.IDs, group.Aliases)))
			}
		}
	}
	return sorted(hits)
}

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler)) // osv-scanner logs to it
	m.Run()
}
