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
	"slices"
	"strings"
	"testing"

	"github.com/ossf/osv-schema/bindings/go/osvschema"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/fettle-dev/fettle/pkg/osv"
	"github.com/fettle-dev/fettle/pkg/pack"
)

// corpus is one set of records in the form that each scanner wants.
type corpus struct {
	fettle   string // a database of fettle
	scanner  string // a folder for osv-scanner's LocalDBPath
	records  int
	refused  int                              // records that neither got
	affected map[string][]osv.AffectedPackage // by id, for the causes of differences
}

// readable reports whether osv-scanner can read a record. Without a word it drops what has a field that the schema has not.
func readable(record []byte) bool {
	return protojson.Unmarshal(record, &osvschema.Vulnerability{}) == nil
}

// newCorpus builds both forms of the records in files, each of JSON lines, gzipped or not, that take accepts.
func newCorpus(t testing.TB, take func(record []byte) bool, files ...string) corpus {
	t.Helper()
	c := corpus{fettle: filepath.Join(t.TempDir(), "advisories.db"), scanner: t.TempDir(), affected: map[string][]osv.AffectedPackage{}}
	builder, err := osv.NewBuilder(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer builder.Close()
	archives := map[string]*zip.Writer{} // by ecosystem
	for _, file := range files {
		for _, line := range lines(t, file) {
			r, err := osv.Parse(line)
			if err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			if !take(line) {
				c.refused++
				continue
			}
			if err := builder.Add(line, filepath.Base(file)); err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			for _, ecosystem := range ecosystems(r) {
				if archives[ecosystem] == nil {
					archives[ecosystem] = c.archive(t, ecosystem)
				}
				entry, err := archives[ecosystem].Create(fmt.Sprintf("%06d.json", c.records))
				if err != nil {
					t.Fatal(err)
				}
				if _, err := entry.Write(line); err != nil {
					t.Fatal(err)
				}
			}
			c.affected[r.ID] = append(c.affected[r.ID], r.Affected...)
			c.records++
		}
	}
	for _, a := range archives {
		if err := a.Close(); err != nil {
			t.Fatal(err)
		}
	}
	c.write(t, builder)
	return c
}

// archive begins the archive that osv-scanner reads for one ecosystem.
func (c corpus) archive(t testing.TB, ecosystem string) *zip.Writer {
	t.Helper()
	name := filepath.Join(c.scanner, "osv-scalibr", ecosystem, "all.zip")
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	out, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { out.Close() })
	return zip.NewWriter(out)
}

// write puts what builder holds into fettle's database.
func (c corpus) write(t testing.TB, builder *osv.Builder) {
	t.Helper()
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
}

// ecosystems are those that r speaks of, without their suffixes, as the archives are cut.
func ecosystems(r osv.Record) []string {
	var all []string
	for _, a := range r.Affected {
		if name, _, _ := strings.Cut(a.Package.Ecosystem, ":"); name != "" && !slices.Contains(all, name) {
			all = append(all, name)
		}
	}
	return all
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
