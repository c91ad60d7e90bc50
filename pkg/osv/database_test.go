package osv

import (
	"bytes"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var sample = []string{
	`{"id":"GHSA-1","modified":"2024-01-01T00:00:00Z","aliases":["CVE-2020-1"],"credits":[{"name":"n"}],"affected":[
	  {"package":{"ecosystem":"npm","name":"left"},"ranges":[{"type":"SEMVER","events":[{"introduced":"0"},{"fixed":"1.0.0"}]}]},
	  {"package":{"ecosystem":"npm","name":"right"},"versions":["1.0.0"]},
	  {"package":{"ecosystem":"npm","name":"left"},"versions":["3.0.0"]}]}`,
	`{"id":"MAL-2024-1","modified":"2024-03-01T00:00:00Z","affected":[{"package":{"ecosystem":"npm","name":"left"},"versions":["9.9.9"]}]}`,
	`{"id":"PYSEC-1","modified":"2024-02-01T00:00:00Z","aliases":["CVE-2020-1"],"affected":[{"package":{"ecosystem":"PyPI","name":"Left.Pad"},"versions":["1"]}]}`,
	`{"id":"DSA-1","modified":"2024-02-01T00:00:00Z","affected":[{"package":{"ecosystem":"Debian:11","name":"bash"},"versions":["1"]}]}`,
	`{"id":"GHSA-w","modified":"2024-02-01T00:00:00Z","withdrawn":"2024-02-01T00:00:00Z","aliases":["CVE-2020-9"],"affected":[{"package":{"ecosystem":"npm","name":"gone"},"versions":["1"]}]}`,
}

// section builds a database of records under the source test.
func section(t testing.TB, records []string) []byte {
	t.Helper()
	b, err := NewBuilder(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	for _, r := range records {
		if err := b.Add([]byte(r), "test"); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.AddAlias("CVE-2020-1", "GHSA-other"); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if n, err := b.WriteTo(&out); err != nil || n != int64(out.Len()) {
		t.Fatalf("wrote %d of %d: %v", n, out.Len(), err)
	}
	return out.Bytes()
}

func open(t testing.TB, section []byte) *Database {
	t.Helper()
	db, err := OpenDatabase(section)
	if err != nil {
		t.Fatal(err)
	}
	return db
}

func TestFindReturnsEveryRecordOfAPackageOnce(t *testing.T) {
	db := open(t, section(t, append(sample, sample[0]))) // the first twice
	tests := []struct {
		ecosystem, name string
		want            []string
	}{
		{"npm", "left", []string{"GHSA-1", "MAL-2024-1"}},
		{"npm", "right", []string{"GHSA-1"}},
		{"npm", "gone", []string{"GHSA-w"}},
		{"PyPI", "left_pad", []string{"PYSEC-1"}},
		{"Debian:11", "bash", []string{"DSA-1"}},
		{"Debian:12", "bash", nil},
		{"npm", "lef", nil},
		{"npm", "zzz", nil},
		{"", "", nil},
	}
	for _, tt := range tests {
		records, err := db.Find(tt.ecosystem, tt.name)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, r := range records {
			got = append(got, r.ID)
			if r.Source != "test" {
				t.Errorf("%s: source %q", r.ID, r.Source)
			}
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s %s: %s", tt.ecosystem, tt.name, diff)
		}
	}
	want := []Source{{Name: "test", Count: 5, AsOf: time.Date(2024, 3, 1, 0, 0, 0, 0, time.UTC)}}
	if diff := cmp.Diff(want, db.Sources()); diff != "" {
		t.Error(diff)
	}
	if db.Count() != 5 {
		t.Errorf("count %d", db.Count())
	}
}

func TestARecordComesBackAsItWasParsed(t *testing.T) {
	want, err := Parse([]byte(sample[0]))
	if err != nil {
		t.Fatal(err)
	}
	want.Source = "test"
	got, err := open(t, section(t, sample)).Find("npm", "right")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]Record{want}, got); diff != "" {
		t.Error(diff)
	}
}

func TestAliasesReachThroughRecordsAndTable(t *testing.T) {
	db := open(t, section(t, sample))
	for id, want := range map[string][]string{
		"GHSA-1":     {"CVE-2020-1", "GHSA-other", "PYSEC-1"},
		"CVE-2020-1": {"GHSA-1", "GHSA-other", "PYSEC-1"},
		"GHSA-w":     nil, // what a withdrawn record says does not count
		"MAL-2024-1": nil,
		"":           nil,
	} {
		if diff := cmp.Diff(want, db.Aliases(id)); diff != "" {
			t.Errorf("%s: %s", id, diff)
		}
	}
}

func TestDateOfASourceCanBeGiven(t *testing.T) {
	b, err := NewBuilder(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	day := time.Date(2023, 5, 6, 0, 0, 0, 0, time.UTC)
	b.Date("test", day)
	if err := b.Add([]byte(sample[0]), "test"); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]Source{{Name: "test", Count: 1, AsOf: day}}, b.Sources()); diff != "" {
		t.Error(diff)
	}
}

func TestBadRecordLeavesTheBuilderUsable(t *testing.T) {
	dir := t.TempDir()
	b, err := NewBuilder(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{``, `{`, `[]`, `{}`, `{"id":""}`, `{"id":"a b"}`, `{"id":"A","withdrawn":"yesterday"}`,
		`{"id":"A","aliases":["\u0000"]}`, `{"id":"A","affected":[{"package":{"name":"x"}}]}`,
		`{"id":"A","affected":[{"package":{"ecosystem":"npm","name":"a\u0000b"}}]}`} {
		if err := b.Add([]byte(bad), "test"); err == nil {
			t.Errorf("%s was accepted", bad)
		}
	}
	if err := b.Add([]byte(sample[0]), "test"); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if _, err := b.WriteTo(&out); err != nil {
		t.Fatal(err)
	}
	if db := open(t, out.Bytes()); db.Count() != 1 {
		t.Errorf("count %d, want 1", db.Count())
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestMalformedDateOfChangeDoesNotLoseTheAdvisory(t *testing.T) {
	r, err := Parse([]byte(`{"id":"A","modified":"1-01-01T00:00:00Z","published":"","aliases":["B"]}`))
	if err != nil || !r.Modified.IsZero() || !r.Published.IsZero() || len(r.Aliases) != 1 {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestSameRecordsGiveTheSameBytes(t *testing.T) {
	if !bytes.Equal(section(t, sample), section(t, sample)) {
		t.Error("two builds differ")
	}
}

func TestDamagedDatabaseIsAnError(t *testing.T) {
	whole := section(t, sample)
	for _, at := range []int{0, 12, headerSize - 1, headerSize, headerSize + 60} {
		b := bytes.Clone(whole)
		b[at] ^= 1
		if _, err := OpenDatabase(b); err == nil || !strings.Contains(err.Error(), "fettle db build") {
			t.Errorf("byte %d flipped: %v; want an error with the remedy", at, err)
		}
	}
	if _, err := OpenDatabase(whole[:len(whole)-1]); err == nil {
		t.Error("cut short: no error")
	}
	at := bytes.Index(whole, []byte(`"1.0.0"`))
	whole[at+1] = '2'
	if _, err := open(t, whole).Find("npm", "left"); err == nil {
		t.Error("a changed record was returned")
	}
}

// synthetic returns record i of a made-up npm database, about the size of a real one.
func synthetic(i int) []byte {
	return fmt.Appendf(nil, `{"id":"GHSA-%08d","modified":"2024-01-01T00:00:00Z","published":"2024-01-01T00:00:00Z","aliases":["CVE-2024-%d"],
"summary":"Something is wrong in package-%d","details":%q,
"severity":[{"type":"CVSS_V3","score":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],
"affected":[{"package":{"ecosystem":"npm","name":"package-%d"},"ranges":[{"type":"SEMVER","events":[{"introduced":"0"},{"fixed":"1.%d.0"}]}]}],
"references":[{"type":"ADVISORY","url":"https://example.com/advisories/%d"},{"type":"WEB","url":"https://example.com/package-%d/commit/%d"}],
"database_specific":{"cwe_ids":["CWE-79"],"severity":"HIGH"}}`,
		i, 10000+i, i, strings.Repeat("The package does a thing it should not do. ", 20), i*7%150_000, i%30, i, i, i)
}

func build(b *testing.B, n int) []byte {
	b.Helper()
	builder, err := NewBuilder(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	defer builder.Close()
	for i := range n {
		if err := builder.Add(synthetic(i), "synthetic"); err != nil {
			b.Fatal(err)
		}
	}
	var out bytes.Buffer
	if _, err := builder.WriteTo(&out); err != nil {
		b.Fatal(err)
	}
	return out.Bytes()
}

// BenchmarkBuild measures 200,000 records.
func BenchmarkBuild(b *testing.B) {
	for b.Loop() {
		b.ReportMetric(float64(len(build(b, 200_000)))/1e6, "MB")
	}
}

// BenchmarkFind2000 measures opening a database of 200,000 records and finding 2,000 packages that all have some.
func BenchmarkFind2000(b *testing.B) {
	data := build(b, 200_000)
	b.ResetTimer()
	found := 0
	for b.Loop() {
		db, err := OpenDatabase(data)
		if err != nil {
			b.Fatal(err)
		}
		found = 0
		for i := range 2000 {
			records, err := db.Find("npm", fmt.Sprintf("package-%d", i*71))
			if err != nil {
				b.Fatal(err)
			}
			found += len(records)
		}
	}
	b.ReportMetric(float64(found), "records")
}

func FuzzParse(f *testing.F) {
	for _, s := range sample {
		f.Add([]byte(s), "1.0.0")
	}
	f.Add([]byte(`{"id":"A","affected":[{"package":{"ecosystem":"PyPI","name":"p"},"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"1!0"},{"limit":"*"}]}]}],"database_specific":{"cwe_ids":7,"severity":[]}}`), "1.0rc1")
	f.Add([]byte(`{"id":"A","database_specific":[],"affected":null,"aliases":null,"withdrawn":null}`), "x")
	f.Fuzz(func(t *testing.T, data []byte, version string) {
		r, err := Parse(data)
		if err != nil {
			return
		}
		for _, a := range r.Affected {
			if _, err := a.Affects(a.Package.Ecosystem, version); err != nil {
				continue
			}
		}
		for _, a := range Fold([]Record{r}, nil) {
			for _, p := range r.Affected {
				a.Affects(p.Package.Ecosystem, p.Package.Name, version)
			}
		}
		blob, err := json.Marshal(r)
		if err != nil {
			t.Fatalf("marshal: %v", err)
		}
		again, err := Parse(blob)
		if err != nil {
			t.Fatalf("parse again: %v", err)
		}
		second, err := json.Marshal(again)
		if err != nil || !bytes.Equal(blob, second) {
			t.Fatalf("not stable: %v\n%s\n%s", err, blob, second)
		}
	})
}

func FuzzOpenDatabase(f *testing.F) {
	whole := section(f, sample)
	f.Add(whole)
	f.Add(whole[:headerSize])
	f.Add(whole[:len(whole)/2])
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, d := range [][]byte{data, mend(data)} {
			db, err := OpenDatabase(d)
			if err != nil {
				continue
			}
			db.Find("npm", "left")
			db.Find("PyPI", "left-pad")
			db.Aliases("CVE-2020-1")
			db.Count()
			db.Sources()
		}
	})
}

// mend returns data with a right checksum of header and index, so that damage gets past it.
func mend(data []byte) []byte {
	d := bytes.Clone(data)
	if len(d) < headerSize {
		return d
	}
	var index uint64
	for i := range tableCount {
		index += uint64(d[len(dbMagic)+i*8]) | uint64(d[len(dbMagic)+i*8+1])<<8 | uint64(d[len(dbMagic)+i*8+2])<<16
	}
	end := min(uint64(len(d)), uint64(headerSize)+index)
	sum := checksum(d[:headerSize-4], d[headerSize:end])
	copy(d[headerSize-4:], []byte{byte(sum), byte(sum >> 8), byte(sum >> 16), byte(sum >> 24)})
	return d
}

func checksum(parts ...[]byte) (sum uint32) {
	for _, p := range parts {
		sum = crc32.Update(sum, castagnoli, p)
	}
	return sum
}
