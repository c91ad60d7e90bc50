package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const dbYAMLRecord = `id: %s
modified: 2024-05-06T01:02:03Z
affected:
- package: {name: %s, ecosystem: PyPI}
  ranges:
  - type: ECOSYSTEM
    events: [{introduced: 0}, {fixed: 1.10}]
`

// The layouts are those of github/advisory-database, golang/vulndb, pypa/advisory-database, rustsec/advisory-db's export and
// ossf/malicious-packages.
func TestDBBuildReadsTheTreesOfAdvisoryDatabases(t *testing.T) {
	w := newDBWorld(t)
	w.write(t, map[string]string{
		"ghsa/advisories/github-reviewed/2024/05/GHSA-1/GHSA-1.json": dbRecord("GHSA-1", "one"),
		"ghsa/advisories/unreviewed/2024/05/GHSA-2/GHSA-2.json":      `{"id":"GHSA-2","modified":"2024-05-06T00:00:00Z","affected":[]}`,
		"ghsa/package.json":                           `{"name":"x","version":"1.0.0"}`,
		"ghsa/.github/workflows/x.json":               `{"not": "read"}`,
		"vulndb/data/osv/GO-1.json":                   dbRecord("GO-1", "two"),
		"vulndb/data/osv/tables.json":                 `[{"id":"GO-1","modified":"2024-05-06T00:00:00Z"}]`,
		"vulndb/data/reports/GO-1.yaml":               "id: GO-1\nmodules:\n- module: two\nsummary: A report\npublished: 2024-05-06T00:00:00Z\n",
		"pypa/vulns/three/PYSEC-1.yaml":               fmt.Sprintf(dbYAMLRecord, "PYSEC-1", "three"),
		"pypa/vulns/three/PYSEC-2.yml":                "\ufeff" + strings.ReplaceAll(fmt.Sprintf(dbYAMLRecord, "PYSEC-2", "three"), "\n", "\r\n"),
		"pypa/mkdocs.yml":                             "nav: [{a: b}]\nplugins: !!python/name:x\n",
		"pypa/templates/chart.yaml":                   "name: {{ .Values.name }}\n",
		"rustsec/crates/RUSTSEC-1.json":               strings.Replace(dbRecord("RUSTSEC-1", "four"), "{", "\ufeff{", 1),
		"malicious/osv/malicious/npm/five/MAL-1.json": dbRecord("MAL-1", "five"),
		"malicious/osv/withdrawn/npm/six/MAL-2.json":  strings.Replace(dbRecord("MAL-2", "six"), `"modified"`, `"withdrawn":"2024-02-01T00:00:00Z","modified"`, 1),
		"lines/all.jsonl":                             dbRecord("L-1", "seven") + "\r\n" + dbRecord("L-2", "seven"),
		"lines/all.json.gz":                           dbGzip(t, dbRecord("L-3", "seven")),
		"lines/other.jsonl":                           "{\"level\":\"info\"}\n{\"level\":\"warn\"}\nno JSON at all\n",
		"lines/half.ndjson.gz":                        dbGzip(t, dbRecord("L-4", "seven")+"\n"),
		"zips/checkout.zip":                           dbZip(t, "db-main/advisories/Z-1.json", dbRecord("Z-1", "eight"), "db-main/package.json", `{"name":"x"}`, "db-main/.github/x.json", "no", "db-main/vulns/Z-2.yaml", fmt.Sprintf(dbYAMLRecord, "Z-2", "eight")),
		"schemas/osv.schema.json":                     `{"$id":"x","properties":{"id":{},"modified":{},"affected":{}}}`,
		"schemas/cve5.json":                           `{"dataType":"CVE_RECORD","cveMetadata":{"id":"x","modified":"y"},"containers":{"cna":{"affected":[{}]}}}`,
	})
	if err := runDB(t.Context(), w.environment, []string{"build", "--from", "."}); err != nil {
		t.Fatal(err, w.err.String())
	}
	const want = "9 files of JSON or YAML hold no OSV records: package.json, GO-1.yaml, chart.yaml, cve5.json, mkdocs.yml, ...\n"
	if w.err.String() != want {
		t.Errorf("said %q, want %q", w.err.String(), want)
	}
	db, err := openDatabase(w.databasePath())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	got := map[string]string{}
	for _, name := range []string{"one", "two", "three", "four", "five", "six", "seven", "eight"} {
		for _, ecosystem := range []string{"npm", "PyPI"} {
			records, err := db.advisories.Find(ecosystem, name)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range records {
				got[name] = strings.TrimSpace(got[name] + " " + r.ID)
				if in, err := r.Affects("PyPI", name, "1.9"); ecosystem == "PyPI" && (err != nil || !in) {
					t.Errorf("%s does not affect 1.9: %v", r.ID, err)
				}
			}
		}
	}
	if diff := cmp.Diff(map[string]string{"one": "GHSA-1", "two": "GO-1", "three": "PYSEC-1 PYSEC-2", "four": "RUSTSEC-1", "five": "MAL-1", "six": "MAL-2",
		"seven": "L-1 L-2 L-3 L-4", "eight": "Z-1 Z-2"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestDBBuildTellsWhatMayBeARecordFromWhatIsNone(t *testing.T) {
	tests := []struct {
		name, file, text string
		want             string // on stderr; "" where the file is something else
	}{
		{"record that is cut short", "GHSA-1.json", dbRecord("GHSA-1", "one")[:40], "GHSA-1.json:1: "},
		{"record with a fault below", "GHSA-1.json", "{\"id\":\"GHSA-1\",\n\"modified\":\"2024-01-01T00:00:00Z\",\n\"affected\":7}", "GHSA-1.json:3: "},
		{"record without an id", "GHSA-1.json", `{"modified":"2024-01-01T00:00:00Z","affected":[]}`, "GHSA-1.json:1: "},
		{"empty file", "GHSA-1.json", "", "GHSA-1.json:1: "},
		{"YAML record with a fault", "P-1.yaml", "id: P-1\nmodified: 2024-01-01T00:00:00Z\naffected:\n- package: [x]\n", "P-1.yaml:4: "},
		{"YAML record that is no YAML", "P-1.yaml", "id: P-1\nmodified: 2024-01-01T00:00:00Z\naffected:\n\t- x\n", "P-1.yaml:4: "},
		{"YAML bomb in a record", "P-1.yaml", "id: P-1\nmodified: 2024-01-01T00:00:00Z\nx: &x\n  y: *x\naffected: []\n", "P-1.yaml:"},
		{"line of a table of records", "x.jsonl", dbRecord("GHSA-1", "one") + "\n\n{\"level\":\"info\"}\n", "x.jsonl:3: "},
		{"something else that is cut short", "package.json", `{"name":"x","dependencies":{"a"`, ""},
		{"list", "x.json", `[1,2]`, ""},
		{"word", "x.json", `"x"`, ""},
		{"id alone", "x.json", `{"id":"x","name":"y"}`, ""},
		{"table of something else", "x.jsonl", "{\"level\":\"info\"}\n", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newDBWorld(t)
			w.write(t, map[string]string{"data/" + tt.file: tt.text, "data/good.jsonl": dbRecord("GHSA-0", "zero")})
			err := runDB(t.Context(), w.environment, []string{"build", "--from", "data"})
			if tt.want == "" {
				if err != nil || !strings.Contains(w.err.String(), "1 files of JSON or YAML hold no OSV records: "+tt.file) {
					t.Errorf("%v, %q", err, w.err.String())
				}
				return
			}
			if err == nil || !strings.Contains(w.err.String(), tt.want) {
				t.Errorf("%v, %q; want %q", err, w.err.String(), tt.want)
			}
		})
	}
}

// A file that a flag names is never something else: whoever names it says that it holds records.
func TestFileNamedByAFlagMustHoldRecords(t *testing.T) {
	for name, text := range map[string]string{"x.json": `{"name":"x"}`, "x.jsonl": "{\"level\":\"info\"}\n", "x.yaml": "nav: []\n"} {
		w := newDBWorld(t)
		w.write(t, map[string]string{name: text, "good.jsonl": dbRecord("GHSA-0", "zero")})
		err := runDB(t.Context(), w.environment, []string{"build", "--from", "good.jsonl", "--from", name})
		if err == nil || !strings.Contains(w.err.String(), name+":1: ") {
			t.Errorf("%s: %v, %q", name, err, w.err.String())
		}
	}
}

func FuzzDBRecord(f *testing.F) {
	for _, seed := range []string{"", "{", dbRecord("A", "b"), "\ufeff{}", `{"id":"x","id":7}`, strings.Repeat(`{"a":`, 10000), "[[[[", "id: a\naffected: [", fmt.Sprintf(dbYAMLRecord, "x", "../y")} {
		f.Add([]byte(seed), true)
		f.Add([]byte(seed), false)
	}
	f.Fuzz(func(t *testing.T, data []byte, yaml bool) {
		text, err := dbParse(data, yaml)
		text.foreign()
		if line := text.line(err); line < 1 {
			t.Errorf("line %d", line)
		}
		if err == nil && yaml && !json.Valid(text.json) {
			t.Errorf("%q", text.json)
		}
	})
}

// The tree has the form of an advisory-database checkout. FETTLE_BENCH_RECORDS=200000 makes it as large as the real one.
func BenchmarkDBBuildTree(b *testing.B) {
	count := 2000
	if text := os.Getenv("FETTLE_BENCH_RECORDS"); text != "" {
		if _, err := fmt.Sscan(text, &count); err != nil {
			b.Fatal(err)
		}
	}
	dir := b.TempDir()
	details := strings.Repeat("An attacker who sends what nobody expects gets what nobody wants. ", 20)
	for i := range count {
		id := fmt.Sprintf("GHSA-%04d-%04d-%04d", i/1000000, i/1000%1000, i%1000)
		path := filepath.Join(dir, "tree", "advisories", "github-reviewed", fmt.Sprint(2017+i%8), fmt.Sprintf("%02d", 1+i%12), id)
		if err := os.MkdirAll(path, 0o755); err != nil {
			b.Fatal(err)
		}
		text := fmt.Sprintf(`{"schema_version":"1.4.0","id":%q,"modified":"2024-01-01T00:00:00Z","published":"2023-01-01T00:00:00Z","aliases":["CVE-2023-%d"],"summary":"A fault","details":%q,`+
			`"severity":[{"type":"CVSS_V3","score":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],"affected":[{"package":{"ecosystem":"npm","name":"package-%d"},`+
			`"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"1.2.3"}]}]}],"references":[{"type":"WEB","url":"https://a.example/%d"}],"database_specific":{"cwe_ids":["CWE-79"],"severity":"HIGH"}}`,
			id, 10000+i, details, i/2, i)
		if err := os.WriteFile(filepath.Join(path, id+".json"), []byte(text), 0o644); err != nil {
			b.Fatal(err)
		}
	}
	w := &dbWorld{}
	w.environment = &environment{dir: dir, stdout: &w.out, stderr: &w.err, now: time.Now, getenv: func(string) string { return "" }}
	for b.Loop() {
		if err := runDB(b.Context(), w.environment, []string{"build", "--from", "tree", "--out", "x.db"}); err != nil {
			b.Fatal(err, w.err.String())
		}
	}
	b.ReportMetric(float64(count*b.N)/b.Elapsed().Seconds(), "records/s")
}
