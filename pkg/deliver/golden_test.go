package deliver

import (
	"bytes"
	"context"
	"flag"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

var update = flag.Bool("update", false, "rewrite the expected output in testdata")

// golden compares got with testdata/name.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s differs; go test -update rewrites it\n%s", name, diff)
	}
}

type format struct {
	name string
	to   func(io.Writer) fettle.Deliverer
}

func formats() []format {
	return []format{
		{"report.sarif", func(w io.Writer) fettle.Deliverer { return SARIF{Out: w, Repository: "https://example.org/shop"} }},
		{"report.json", func(w io.Writer) fettle.Deliverer { return JSON{Out: w} }},
		{"report.md", func(w io.Writer) fettle.Deliverer { return Markdown{Out: w} }},
		{"report.txt", func(w io.Writer) fettle.Deliverer { return Text{Out: w, Width: 100} }},
		{"report-80.txt", func(w io.Writer) fettle.Deliverer { return Text{Out: w, Width: 80} }},
		{"compact.txt", func(w io.Writer) fettle.Deliverer { return Text{Out: w, Compact: true} }},
	}
}

func written(t testing.TB, f format, r fettle.Report) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := f.to(&b).Deliver(context.Background(), r); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestTheSampleIsWrittenAsExpected(t *testing.T) {
	for _, f := range formats() {
		t.Run(f.name, func(t *testing.T) { golden(t, f.name, written(t, f, sample())) })
	}
}

func TestTheSameReportGivesTheSameBytes(t *testing.T) {
	for _, f := range formats() {
		t.Run(f.name, func(t *testing.T) {
			first := written(t, f, sample())
			for range 20 {
				if !bytes.Equal(first, written(t, f, sample())) {
					t.Fatal("two deliveries of one report differ")
				}
			}
		})
	}
}
