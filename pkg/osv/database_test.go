package osv

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
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

// full is a record in which every field that fettle reads is set.
const full = `{"id":"GHSA-full","modified":"2024-01-01T01:02:03.456Z","published":"1969-12-31T23:59:59Z","aliases":["CVE-2020-7","GO-7"],
	"related":["CVE-2020-8"],"upstream":["CVE-2020-9"],"summary":"A summary","details":"## Details\nin *Markdown*",
	"severity":[{"type":"CVSS_V3","score":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],
	"references":[{"type":"FIX","url":"https://code.example/a/commit/1"},{"type":"WEB","url":"https://code.example/a"}],
	"database_specific":{"cwe_ids":["CWE-79","CWE-80"],"severity":"HIGH"},
	"affected":[
	{"package":{"ecosystem":"Go","name":"code.example/a","purl":"pkg:golang/code.example/a"},"severity":[{"type":"CVSS_V2","score":"AV:N"}],
	 "ranges":[{"type":"SEMVER","events":[{"introduced":"0"},{"fixed":"1.0.0"},{"introduced":"2.0.0"},{"last_affected":"2.1.0"},{"limit":"*"}],"database_specific":{"upper_bound_unknown":true,"x":1}},
	  {"type":"GIT","events":[{"introduced":"0"}]},{"type":"ODD","events":[{"introduced":"0"}],"database_specific":{"y":2}}],
	 "versions":["0.1.0","0.2.0"],"ecosystem_specific":{"imports":[{"path":"code.example/a/b","symbols":["F"]}]},"database_specific":{"source":"s"}},
	{"package":{"ecosystem":"PyPI","name":"A.B"},"versions":["1"],"database_specific":[1]},
	{"package":{"ecosystem":"Debian:12","name":"a"},"versions":["1"],"ecosystem_specific":{"urgency":"low"}},
	{"package":{"ecosystem":"Debian:11","name":"a"},"versions":["2"],"ecosystem_specific":{"urgency":"high"}},
	{"ranges":[{"type":"GIT","events":[{"introduced":"0"}]}]}]}`

func TestADescribedRecordIsWhatWasParsedOfThePackage(t *testing.T) {
	records := append(slices.Clone(sample), full)
	db := open(t, section(t, records))
	for _, text := range records {
		parsed, err := Parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range parsed.Affected {
			ecosystem, name := a.Package.Ecosystem, a.Package.Name
			if name == "" {
				continue
			}
			found, err := db.Find(ecosystem, NormalizeName(ecosystem, name))
			if err != nil {
				t.Fatal(err)
			}
			i := slices.IndexFunc(found, func(r Record) bool { return r.ID == parsed.ID })
			if i < 0 {
				t.Fatalf("%s is not found under %s %s", parsed.ID, ecosystem, name)
			}
			got, err := found[i].Describe()
			if err != nil {
				t.Fatal(err)
			}
			want := parsed
			want.Source, want.Affected = "test", parsed.Entries(ecosystem, name)
			if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(Record{})); diff != "" {
				t.Errorf("%s %s: %s", ecosystem, name, diff)
			}
			again, err := db.Find(ecosystem, name)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(again, found, cmpopts.IgnoreUnexported(Record{})); diff != "" {
				t.Errorf("describing changed the record itself: %s", diff)
			}
			if got, err := got.Describe(); err != nil || got.Summary != parsed.Summary {
				t.Errorf("described again: %v", err)
			}
		}
	}
}

func TestFindKeepsALostUpperBound(t *testing.T) {
	found, err := open(t, section(t, []string{full})).Find("Go", "code.example/a")
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []bool{true, false, false} {
		if got := found[0].Affected[0].Ranges[i].UpperBoundUnknown(); got != want {
			t.Errorf("range %d: %v, want %v", i, got, want)
		}
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

func TestRecordsOfADatabaseFoldWithoutAskingForAliases(t *testing.T) {
	b, err := NewBuilder(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	record := func(id, alias string) {
		t.Helper()
		text := fmt.Sprintf(`{"id":%q,"aliases":[%q],"affected":[{"package":{"ecosystem":"npm","name":"p"},"versions":["1.0.0"]}]}`, id, alias)
		if err := b.Add([]byte(text), "test"); err != nil {
			t.Fatal(err)
		}
	}
	record("A-1", "CVE-2020-1")
	record("B-1", "GHSA-1")
	record("C-1", "CVE-2020-3")
	record("MANY-0", "MANY-1")
	for i := range maxOthers + 3 {
		if err := b.AddAlias("MANY-0", fmt.Sprintf("MANY-%d", i)); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.AddAlias("GHSA-1", "CVE-2020-1"); err != nil { // A-1 and B-1 are the same, by way of the table
		t.Fatal(err)
	}
	var out bytes.Buffer
	if _, err := b.WriteTo(&out); err != nil {
		t.Fatal(err)
	}
	db := open(t, out.Bytes())
	records, err := db.Find("npm", "p")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][]string{"CVE-2020-1": {"A-1", "B-1", "GHSA-1"}, "CVE-2020-3": {"C-1"}, "MANY-0": db.Aliases("MANY-0")}
	got := Fold(records, func(id string) []string {
		if !strings.HasPrefix(id, "MANY-") { // too many to repeat in the record
			t.Errorf("asked for the aliases of %s", id)
		}
		return db.Aliases(id)
	})
	if diff := cmp.Diff(want, ids(got)); diff != "" {
		t.Error(diff)
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
	sizes := whole[len(whole)-trailerSize:]
	texts := int(binary.LittleEndian.Uint64(sizes))
	index := texts + int(binary.LittleEndian.Uint64(sizes[8:]))
	// answer asks for everything that the section holds.
	answer := func(b []byte) error {
		db, err := OpenDatabase(b)
		if err != nil {
			return err
		}
		for _, p := range []Package{{Ecosystem: "npm", Name: "left"}, {Ecosystem: "npm", Name: "right"}, {Ecosystem: "npm", Name: "gone"},
			{Ecosystem: "PyPI", Name: "left-pad"}, {Ecosystem: "Debian:11", Name: "bash"}} {
			records, err := db.Find(p.Ecosystem, p.Name)
			if err != nil {
				return err
			}
			for _, r := range records {
				if _, err := r.Describe(); err != nil {
					return err
				}
			}
		}
		return nil
	}
	if err := answer(whole); err != nil {
		t.Fatal(err)
	}
	for at := range whole {
		b := bytes.Clone(whole)
		b[at] ^= 1
		if err := answer(b); err == nil || !strings.Contains(err.Error(), "fettle db build") {
			t.Errorf("byte %d flipped (texts end at %d, rows at %d): %v; want an error with the remedy", at, texts, index, err)
		}
		if err := answer(whole[:at]); err == nil {
			t.Errorf("cut short at %d: no error", at)
		}
	}
}

func TestSeveralMayAskAtOnce(t *testing.T) {
	db := open(t, section(t, append(slices.Clone(sample), full)))
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 50 {
				records, err := db.Find("Go", "code.example/a")
				if err != nil || len(records) != 1 {
					t.Errorf("%d records, %v", len(records), err)
					return
				}
				if r, err := records[0].Describe(); err != nil || r.Summary != "A summary" {
					t.Errorf("%q, %v", r.Summary, err)
				}
			}
		})
	}
	group.Wait()
}

func TestDamageElsewhereDoesNotStopAnAnswer(t *testing.T) {
	whole := section(t, sample)
	records, err := open(t, whole).Find("npm", "left")
	if err != nil {
		t.Fatal(err)
	}
	whole[records[0].rest.text.offset+sumSize+3] ^= 1
	db := open(t, whole)
	if found, err := db.Find("npm", "left"); err != nil || len(found) != 2 {
		t.Errorf("%d records, %v", len(found), err)
	} else if _, err := found[0].Describe(); err == nil || !strings.Contains(err.Error(), found[0].ID) {
		t.Errorf("a changed text was returned: %v", err)
	} else if _, err := found[1].Describe(); err != nil {
		t.Error(err)
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
	whole := section(f, append(slices.Clone(sample), full))
	f.Add(whole)
	f.Add(whole[:trailerSize])
	f.Add(whole[len(whole)-trailerSize:])
	f.Add(whole[len(whole)/2:])
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, d := range [][]byte{data, mend(data)} {
			db, err := OpenDatabase(d)
			if err != nil {
				continue
			}
			for _, p := range []Package{{Ecosystem: "npm", Name: "left"}, {Ecosystem: "PyPI", Name: "left-pad"}, {Ecosystem: "Debian", Name: "a"}} {
				records, err := db.Find(p.Ecosystem, p.Name)
				if err != nil {
					continue
				}
				for _, r := range records {
					r.Describe()
					r.Affects(p.Ecosystem, p.Name, "1.0.0")
				}
			}
			db.Aliases("CVE-2020-1")
			db.Count()
			db.Sources()
		}
	})
}

// FuzzRow reads rows and texts as if their checksums were right.
func FuzzRow(f *testing.F) {
	r, err := Parse([]byte(full))
	if err != nil {
		f.Fatal(err)
	}
	row := appendOthers(appendRow(nil, r, 0, "Go", "code.example/a", r.Affected), []string{"CVE-2020-1"})
	text := appendSpecifics(appendRecordText(nil, r), r.Affected)
	f.Add(row, text)
	f.Add(row[:rowPointers+5], text[:9])
	f.Add(bytes.Repeat([]byte{0xff}, 64), bytes.Repeat([]byte{0xff}, 64))
	f.Fuzz(func(t *testing.T, row, text []byte) {
		one := decoder{s: string(row)}
		r := one.row("Go", "Go", "code.example/a")
		d := decoder{s: string(text)}
		d.recordText(&r.record)
		if !one.bad {
			d.specifics(r.record.Affected, r.places)
		}
		r.record.Affects("Go", "code.example/a", "1.0.0")
	})
}

// mend returns data with right checksums of the index and of all rows that it points to, so that damage gets past them.
func mend(data []byte) []byte {
	d := bytes.Clone(data)
	if len(d) < trailerSize {
		return d
	}
	trailer := d[len(d)-trailerSize:]
	begin := binary.LittleEndian.Uint64(trailer) + binary.LittleEndian.Uint64(trailer[8:])
	end := len(d) - len(dbMagic) - 4
	if begin > uint64(end) {
		return d
	}
	binary.LittleEndian.PutUint32(d[end:], crc32.Checksum(d[begin:end], castagnoli))
	at, err := readLayout(d, bytes.NewReader(d))
	if err != nil {
		return d
	}
	keys := at.tables[tableKeys]
	for n := 0; ; n++ {
		from, okFrom := long(keys, n*keyRow+4)
		to, okTo := long(keys, (n+1)*keyRow+4)
		if !okFrom || !okTo || n > 1000 {
			return d
		}
		if to-from >= sumSize && to <= at.end-at.rows {
			rows := d[at.rows+from : at.rows+to]
			binary.LittleEndian.PutUint32(rows, crc32.Checksum(rows[sumSize:], castagnoli))
		}
	}
}
