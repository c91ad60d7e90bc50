package differential

import (
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite testdata")

const shared = "../../../shared/data/"

// realCorpus has the real advisories that stand beside a full checkout.
func realCorpus(t testing.TB) corpus {
	t.Helper()
	files, err := filepath.Glob(shared + "advisories/*.osv.jsonl.gz")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Skip("the real advisories are not here")
	}
	return newCorpus(t, readable, files...)
}

// realApps are the folders of real applications.
func realApps(t testing.TB) []string {
	t.Helper()
	entries, err := os.ReadDir(shared + "apps")
	if err != nil {
		t.Skip("the real applications are not here")
	}
	var apps []string
	for _, e := range entries {
		if e.IsDir() {
			apps = append(apps, e.Name())
		}
	}
	return apps
}

// report returns the counts and differences of one folder, as testdata holds them. A difference without a cause fails the
// test, and so does what fettle misses without saying so.
func report(t *testing.T, c corpus, name, dir string) string {
	t.Helper()
	dir, err := filepath.Abs(dir)
	if err != nil {
		t.Fatal(err)
	}
	ours, theirs := scanFettle(t, c, dir), scanOther(t, c, dir)
	var b strings.Builder
	fmt.Fprintf(&b, "%s: fettle %d of %d packages, osv-scanner %d of %d\n", name, len(ours.hits), len(ours.packages), len(theirs.hits), len(theirs.packages))
	write := func(whose string, only []hit, cause func(hit) cause) {
		for i := 0; i < len(only); {
			h, why := only[i], cause(only[i])
			n := 1
			for why.ofPackage && i+n < len(only) && only[i+n].installed == h.installed {
				n++ // what is not seen is told once, whatever is known of it
			}
			i += n
			if why.text == "" {
				why.text = "UNEXPLAINED"
				t.Errorf("%s: only %s finds %s, and no cause is known", name, whose, h)
			}
			if why.ofPackage {
				fmt.Fprintf(&b, "  only %s: %s, %d advisories: %s\n", whose, h.installed, n, why.text)
			} else {
				fmt.Fprintf(&b, "  only %s: %s: %s\n", whose, strings.TrimSpace(h.String()), why.text)
			}
		}
	}
	write("fettle", missing(ours.hits, theirs.hits), func(h hit) cause { return c.whyOnlyFettle(h, theirs) })
	write("osv-scanner", missing(theirs.hits, ours.hits), func(h hit) cause { return c.whyOnlyScanner(h, ours) })
	return b.String()
}

// missing returns the hits of a that b has not.
func missing(a, b []hit) []hit {
	known := map[installed][]hit{}
	for _, h := range b {
		known[h.installed] = append(known[h.installed], h)
	}
	var only []hit
	for _, h := range a {
		if !slices.ContainsFunc(known[h.installed], h.same) {
			only = append(only, h)
		}
	}
	return only
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs; -update rewrites it: %s", file, diff)
	}
}

func TestTheShop(t *testing.T) {
	golden(t, "shop.txt", report(t, newCorpus(t, readable, "../../testdata/feeds/advisories.jsonl"), "shop", "../../testdata/shop"))
}

// TestFixtures scans every folder of the repository's own that holds test data.
func TestFixtures(t *testing.T) {
	c := realCorpus(t)
	var b strings.Builder
	err := filepath.WalkDir("../../pkg", func(dir string, e fs.DirEntry, err error) error {
		if err != nil || !e.IsDir() || e.Name() != "testdata" {
			return err
		}
		name, err := filepath.Rel("../..", dir)
		if err != nil {
			return err
		}
		b.WriteString(report(t, c, filepath.ToSlash(name), dir))
		return fs.SkipDir
	})
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "fixtures.txt", b.String())
}

// TestEveryFormat scans a generated file of each format, which names packages of real records at the edges of their ranges.
func TestEveryFormat(t *testing.T) {
	c := realCorpus(t)
	var b strings.Builder
	for _, f := range formats {
		dir := t.TempDir()
		var entries []string
		for _, p := range c.pick(t, f.ecosystem, 300) {
			entries = append(entries, f.entry(p[0], p[1]))
		}
		file := filepath.Join(dir, filepath.FromSlash(f.file))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(f.head+strings.Join(entries, f.between)+f.tail), 0o644); err != nil {
			t.Fatal(err)
		}
		b.WriteString(report(t, c, f.file, dir))
	}
	golden(t, "formats.txt", b.String())
}

func TestRealApplications(t *testing.T) {
	c := realCorpus(t)
	var b strings.Builder
	fmt.Fprintf(&b, "%d records, and %d more that osv-scanner cannot read\n", c.records, c.refused)
	for _, app := range realApps(t) {
		b.WriteString(report(t, c, app, shared+"apps/"+app))
	}
	golden(t, "apps.txt", b.String())
}

// BenchmarkScan scans each application with both, in turn, and reports how many times longer osv-scanner takes.
func BenchmarkScan(b *testing.B) {
	c := realCorpus(b)
	for _, app := range realApps(b) {
		b.Run(app, func(b *testing.B) {
			dir, err := filepath.Abs(shared + "apps/" + app)
			if err != nil {
				b.Fatal(err)
			}
			var ours, theirs time.Duration
			for b.Loop() {
				begin := time.Now()
				scanFettle(b, c, dir)
				between := time.Now()
				scanOther(b, c, dir)
				ours += between.Sub(begin)
				theirs += time.Since(between)
			}
			b.ReportMetric(float64(ours.Milliseconds())/float64(b.N), "fettle-ms/op")
			b.ReportMetric(float64(theirs.Milliseconds())/float64(b.N), "osv-scanner-ms/op")
			b.ReportMetric(float64(theirs)/float64(ours), "ratio")
		})
	}
}
