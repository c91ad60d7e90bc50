package differential

import (
	"archive/zip"
	"bufio"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fettle-dev/fettle/pkg/osv"
	"github.com/fettle-dev/fettle/pkg/pack"
)

// corpus is one set of records in the form that each scanner wants.
type corpus struct {
	fettle  string // a database of fettle
	scanner string // a folder for osv-scanner's LocalDBPath
	records int
}

// newCorpus builds both forms of the npm records in files, each of JSON lines, gzipped or not.
func newCorpus(t testing.TB, files ...string) corpus {
	t.Helper()
	c := corpus{fettle: filepath.Join(t.TempDir(), "advisories.db"), scanner: t.TempDir()}
	builder, err := osv.NewBuilder(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer builder.Close()
	archive := filepath.Join(c.scanner, "osv-scalibr", "npm", "all.zip")
	if err := os.MkdirAll(filepath.Dir(archive), 0o755); err != nil {
		t.Fatal(err)
	}
	out, err := os.Create(archive)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	zipped := zip.NewWriter(out)
	for _, file := range files {
		for _, line := range lines(t, file) {
			r, err := osv.Parse(line)
			if err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			if !aboutNPM(r) {
				continue
			}
			if err := builder.Add(line, filepath.Base(file)); err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			entry, err := zipped.Create(fmt.Sprintf("%06d.json", c.records))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := entry.Write(line); err != nil {
				t.Fatal(err)
			}
			c.records++
		}
	}
	if err := zipped.Close(); err != nil {
		t.Fatal(err)
	}
	w, err := pack.Create(c.fettle)
	if err != nil {
		t.Fatal(err)
	}
	section, err := w.Section("osv")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := builder.WriteTo(section); err != nil {
		t.Fatal(err)
	}
	if err := w.Commit(); err != nil {
		t.Fatal(err)
	}
	return c
}

func aboutNPM(r osv.Record) bool {
	for _, a := range r.Affected {
		if a.Package.Ecosystem == "npm" {
			return true
		}
	}
	return false
}

func lines(t testing.TB, file string) [][]byte {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var in io.Reader = f
	if strings.HasSuffix(file, ".gz") {
		if in, err = gzip.NewReader(f); err != nil {
			t.Fatal(err)
		}
	}
	var all [][]byte
	scanner := bufio.NewScanner(in)
	scanner.Buffer(nil, osv.MaxRecord)
	for scanner.Scan() {
		if line := bytes.TrimSpace(scanner.Bytes()); len(line) > 0 {
			all = append(all, bytes.Clone(line))
		}
	}
	if err := scanner.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}
