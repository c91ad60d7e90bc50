package differential

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite testdata")

// apps are the real applications, and feeds the records, that stand beside a full checkout.
var (
	apps  = []string{"nodejs-goof", "realworld-node", "juice-shop-v12.4.0", "dvna", "terragoat"}
	feeds = []string{"ghsa-npm", "nswg-npm", "retirejs-npm", "osv-fixtures-full"}
)

func realCorpus(t testing.TB) corpus {
	t.Helper()
	var files []string
	for _, name := range feeds {
		file := "../../../shared/data/advisories/" + name + ".osv.jsonl.gz"
		if _, err := os.Stat(file); err != nil {
			t.Skip("the real advisories are not here")
		}
		files = append(files, file)
	}
	return newCorpus(t, files...)
}

// differences returns what only one of the two found, a line each.
func differences(ours, theirs []hit) (onlyFettle, onlyOther []string) {
	found := func(list []hit, h hit) bool {
		for _, other := range list {
			if h.same(other) {
				return true
			}
		}
		return false
	}
	for _, h := range ours {
		if !found(theirs, h) {
			onlyFettle = append(onlyFettle, h.String())
		}
	}
	for _, h := range theirs {
		if !found(ours, h) {
			onlyOther = append(onlyOther, h.String())
		}
	}
	return onlyFettle, onlyOther
}

// report returns the counts and differences of one folder, as testdata holds them.
func report(t *testing.T, c corpus, name, dir string) string {
	t.Helper()
	dir, err := filepath.Abs(dir)
	if err != nil {
		t.Fatal(err)
	}
	_, ours := scanFettle(t, c, dir)
	theirs := scanOther(t, c, dir)
	onlyFettle, onlyOther := differences(ours, theirs)
	var b strings.Builder
	fmt.Fprintf(&b, "%s: fettle %d, osv-scanner %d\n", name, len(ours), len(theirs))
	for _, line := range onlyFettle {
		fmt.Fprintln(&b, "  only fettle:", line)
	}
	for _, line := range onlyOther {
		fmt.Fprintln(&b, "  only osv-scanner:", line)
		t.Errorf("%s: fettle misses %s", name, line)
	}
	return b.String()
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
	golden(t, "shop.txt", report(t, newCorpus(t, "../../testdata/feeds/advisories.jsonl"), "shop", "../../testdata/shop"))
}

func TestRealApplications(t *testing.T) {
	c := realCorpus(t)
	var b strings.Builder
	for _, app := range apps {
		dir := "../../../shared/data/apps/" + app
		if _, err := os.Stat(dir); err != nil {
			t.Skip("the real applications are not here")
		}
		b.WriteString(report(t, c, app, dir))
	}
	golden(t, "apps.txt", b.String())
}

// BenchmarkScan scans each application with both, in turn, and reports how many times longer osv-scanner takes.
func BenchmarkScan(b *testing.B) {
	c := realCorpus(b)
	for _, app := range apps {
		b.Run(app, func(b *testing.B) {
			dir, err := filepath.Abs("../../../shared/data/apps/" + app)
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
