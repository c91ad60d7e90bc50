package node

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/fettle-dev/fettle/pkg/discover/projecttest"
)

var sizes = []int{10, 100, 1_000, 10_000}

// BenchmarkSecondOpinion is the part of it that osv-scalibr takes.
func BenchmarkSecondOpinion(b *testing.B) {
	for _, n := range sizes {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			data := []byte(projecttest.NPM(n)["package-lock.json"])
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
			data := []byte(projecttest.NPM(n)["package-lock.json"])
			for b.Loop() {
				if _, err := scalibrPackages(b.Context(), "package-lock.json", data); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkParseNPMLock(b *testing.B) {
	for _, file := range projecttest.Shared(b, 3, "package-lock.json") {
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
