package differential

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/osv-scanner/v2/pkg/osvscanner"

	"github.com/fettle-dev/fettle/pkg/discover"
	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/osv"
	"github.com/fettle-dev/fettle/pkg/pack"
)

// installed is one package that a file names.
type installed struct{ file, ecosystem, name, version string }

// newInstalled spells a package so that two scanners' answers can be compared.
func newInstalled(file, ecosystem, name, version string) installed {
	ecosystem, _, _ = strings.Cut(ecosystem, ":")
	switch ecosystem {
	case "Go":
		version = strings.TrimPrefix(strings.TrimPrefix(version, "go"), "v")
	case "Packagist":
		version = strings.TrimPrefix(version, "v")
	}
	return installed{file, ecosystem, osv.NormalizeName(ecosystem, name), version}
}

func (p installed) String() string {
	return fmt.Sprintf("%s %s %s@%s", p.file, p.ecosystem, p.name, p.version)
}

// hit is one advisory of one package, under all of the advisory's names.
type hit struct {
	installed
	ids string // sorted, each between blanks
}

func newHit(p installed, ids []string) hit {
	ids = slices.Clone(ids)
	slices.Sort(ids)
	return hit{p, " " + strings.Join(slices.Compact(ids), " ") + " "}
}

// same reports whether h and o are about one advisory: they share a name of it.
func (h hit) same(o hit) bool {
	return h.installed == o.installed &&
		slices.ContainsFunc(strings.Fields(h.ids), func(id string) bool { return strings.Contains(o.ids, " "+id+" ") })
}

func (h hit) String() string { return h.installed.String() + h.ids }

// scan is what one scanner says of a folder.
type scan struct {
	hits     []hit // sorted
	packages map[installed]bool
	spelled  map[installed]string // names as the file has them; osv-scanner's
	gaps     map[string][]string  // fettle's, by file
}

func (s *scan) sort() {
	slices.SortFunc(s.hits, func(a, b hit) int { return strings.Compare(a.String(), b.String()) })
	s.hits = slices.Compact(s.hits)
}

// scanFettle opens the database and scans dir, as the command does before it ranks and prints. It asks no registry.
func scanFettle(t testing.TB, c corpus, dir string) scan {
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
	records, err := file.Reader("osv")
	if err != nil {
		t.Fatal(err)
	}
	db, err := osv.OpenDatabaseAt(section, records)
	if err != nil {
		t.Fatal(err)
	}
	d, err := discover.Dependencies{Database: db, Settings: project.Settings{}}.Discover(t.Context(), fettle.Repo{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	s := scan{packages: map[installed]bool{}, gaps: map[string][]string{}}
	for _, p := range d.Inventory.Projects {
		for _, n := range p.Nodes {
			s.packages[newInstalled(cmp.Or(n.Location.Path, p.Lockfile), n.Ecosystem, n.Name, n.Version)] = true
		}
	}
	for _, f := range d.Findings {
		for _, in := range f.Instances {
			p := newInstalled(in.Location.Path, f.Package.Ecosystem, f.Package.Name, in.Version)
			s.hits = append(s.hits, newHit(p, append([]string{f.Rule}, f.Aliases...)))
		}
	}
	for _, g := range d.Gaps {
		s.gaps[g.Subject] = append(s.gaps[g.Subject], g.Reason)
	}
	s.sort()
	return s
}

// scanOther runs osv-scanner on dir without network.
func scanOther(t testing.TB, c corpus, dir string) scan {
	t.Helper()
	result, err := osvscanner.DoScan(osvscanner.ScannerActions{
		DirectoryPaths: []string{dir}, Recursive: true, NoIgnore: true,
		CompareOffline: true, LocalDBPath: c.scanner, PluginNetworkDisabled: true,
		ShowAllPackages: true, ShowAllVulns: true,
		ExperimentalScannerActions: osvscanner.ExperimentalScannerActions{
			PluginsEnabled: []string{"lockfile", "sbom"}, PluginsNoDefaults: true,
			TransitiveScanning: osvscanner.TransitiveScanningActions{Disabled: true},
		},
	})
	if err != nil && !errors.Is(err, osvscanner.ErrVulnerabilitiesFound) && !errors.Is(err, osvscanner.ErrNoPackagesFound) {
		t.Fatal(err)
	}
	s := scan{packages: map[installed]bool{}, spelled: map[installed]string{}}
	for _, source := range result.Results {
		file, err := filepath.Rel(dir, source.Source.Path)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range source.Packages {
			at := newInstalled(filepath.ToSlash(file), p.Package.Ecosystem, p.Package.Name, p.Package.Version)
			s.packages[at], s.spelled[at] = true, p.Package.Name
			for _, group := range p.Groups {
				s.hits = append(s.hits, newHit(at, slices.Concat(group.IDs, group.Aliases)))
			}
		}
	}
	s.sort()
	return s
}

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler)) // osv-scanner logs to it
	m.Run()
}
