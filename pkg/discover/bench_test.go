package discover

import (
	"fmt"
	"testing"

	"github.com/fettle-dev/fettle/pkg/discover/projecttest"
	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/osv"
)

var sizes = []int{10, 100, 1_000, 10_000}

// BenchmarkDiscover scans a lockfile of which one package in ten has an advisory.
func BenchmarkDiscover(b *testing.B) {
	for _, n := range sizes {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			f := projecttest.NPM(n)
			db := byName{}
			for i := 0; i < n; i += 10 {
				name := fmt.Sprintf("p%d", i)
				db[name] = advisories{records: []osv.Record{advisory(b, fmt.Sprintf("CVE-2024-%d", 1000+i), name, "0", "2.0.0")}}
			}
			dir := f.Write(b)
			b.SetBytes(int64(len(f["package-lock.json"])))
			for b.Loop() {
				d, err := Dependencies{Database: db}.Discover(b.Context(), fettle.Repo{Dir: dir})
				if err != nil || len(d.Findings) != (n+9)/10 || len(d.Gaps) != 0 {
					b.Fatalf("%d findings, %d gaps, %v", len(d.Findings), len(d.Gaps), err)
				}
			}
		})
	}
}

// byName is a database that finds as fast as the real one.
type byName map[string]advisories

func (d byName) Find(ecosystem, name string) ([]osv.Record, error) { return d[name].records, nil }

func (d byName) Records(string) int { return 1000 }

func (d byName) Aliases(string) []string { return nil }
