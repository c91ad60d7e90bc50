package osv

import (
	"bytes"
	"fmt"
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
	want := []Source{{Name: "test", Count: 5, AsOf: time.Date(2024, 3, 1, 0, 0, 0, 0, time.UTC), Ecosystems: map[string]int{"npm": 3, "PyPI": 1, "Debian:11": 1}}}
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
	if diff := cmp.Diff([]Source{{Name: "test", Count: 1, AsOf: day, Ecosystems: map[string]int{"npm": 1}}}, b.Sources()); diff != "" {
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

// synthetic returns record i of a made-up npm database, about the size of a real one.
// BenchmarkBuild measures 200,000 records.
// BenchmarkFind2000 measures opening a database of 200,000 records and finding 2,000 packages that all have some.
// FuzzRow reads rows and texts as if their checksums were right.
// mend returns data with right checksums of the index and of all rows that it points to, so that damage gets past them.
