package discover

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/osv"
)

// generated returns a manifest and a lockfile of n packages, each with the fields that npm writes and needs of three others.
func generated(n int) files {
	var b strings.Builder
	b.WriteString("{\n  \"name\": \"bench\",\n  \"lockfileVersion\": 3,\n  \"packages\": {\n    \"\": {\n      \"dependencies\": {\"p0\": \"^1.0.0\"}\n    }")
	for i := range n {
		fmt.Fprintf(&b, ",\n    \"node_modules/p%d\": {\n      \"version\": \"1.%d.0\",\n", i, i%100)
		fmt.Fprintf(&b, "      \"resolved\": \"https://registry.example/p%d/-/p%d-1.%d.0.tgz\",\n      \"integrity\": \"sha512-%s\",\n      \"license\": \"MIT\"", i, i, i%100, strings.Repeat("A", 86))
		var needs []string
		for _, j := range []int{2*i + 1, 2*i + 2, i + 7} {
			if j < n && (len(needs) < 2 || j > 2*i+2 || j < 2*i+1) {
				needs = append(needs, fmt.Sprintf("        \"p%d\": \"^1.0.0\"", j))
			}
		}
		if len(needs) > 0 {
			fmt.Fprintf(&b, ",\n      \"dependencies\": {\n%s\n      }", strings.Join(needs, ",\n"))
		}
		b.WriteString(",\n      \"engines\": {\n        \"node\": \">=10\"\n      }\n    }")
	}
	b.WriteString("\n  }\n}\n")
	return files{"package.json": `{"dependencies": {"p0": "^1.0.0"}}`, "package-lock.json": b.String()}
}

var sizes = []int{10, 100, 1_000, 10_000}

// BenchmarkDiscover scans a lockfile of which one package in ten has an advisory.
func BenchmarkDiscover(b *testing.B) {
	for _, n := range sizes {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			f := generated(n)
			db := byName{}
			for i := 0; i < n; i += 10 {
				name := fmt.Sprintf("p%d", i)
				db[name] = advisories{records: []osv.Record{advisory(b, fmt.Sprintf("CVE-2024-%d", 1000+i), name, "0", "2.0.0")}}
			}
			dir := f.write(b)
			b.SetBytes(int64(len(f["package-lock.json"])))
			for b.Loop() {
				d, err := NPM{Database: db}.Discover(b.Context(), fettle.Repo{Dir: dir})
				if err != nil || len(d.Findings) != (n+9)/10 || len(d.Gaps) != 0 {
					b.Fatalf("%d findings, %d gaps, %v", len(d.Findings), len(d.Gaps), err)
				}
			}
		})
	}
}

// BenchmarkSecondOpinion is the part of it that osv-scalibr takes.
func BenchmarkSecondOpinion(b *testing.B) {
	for _, n := range sizes {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			data := []byte(generated(n)["package-lock.json"])
			lock, err := parseNPMLock(data)
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if gaps, err := secondOpinion(b.Context(), "package-lock.json", data, lock); err != nil || len(gaps) > 0 {
					b.Fatal(gaps, err)
				}
			}
		})
	}
}

// BenchmarkScalibrWhole is what osv-scalibr would take if it were given the file in one piece.
func BenchmarkScalibrWhole(b *testing.B) {
	for _, n := range sizes {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			data := []byte(generated(n)["package-lock.json"])
			for b.Loop() {
				if _, err := scalibrPackages(b.Context(), "package-lock.json", data); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkParseNPMLock(b *testing.B) {
	for _, file := range realLocks(b) {
		data, err := os.ReadFile(file)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(filepath.Base(filepath.Dir(file)), func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				if _, err := parseNPMLock(data); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// byName is a database that finds as fast as the real one.
type byName map[string]advisories

func (d byName) Find(ecosystem, name string) ([]osv.Record, error) { return d[name].records, nil }

func (d byName) Aliases(string) []string { return nil }
