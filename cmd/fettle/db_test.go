package main

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fettle-dev/fettle/pkg/correlate"
	"github.com/fettle-dev/fettle/pkg/osv"
)

// dbWorld is an environment in a temporary folder, and what it printed.
type dbWorld struct {
	*environment
	out, err bytes.Buffer
}

func newDBWorld(t *testing.T) *dbWorld {
	w := &dbWorld{}
	dir := t.TempDir()
	w.environment = &environment{dir: dir, stdout: &w.out, stderr: &w.err, now: time.Now,
		getenv: func(name string) string {
			return map[string]string{"XDG_CACHE_HOME": filepath.Join(dir, "cache"), "HOME": dir}[name]
		}}
	return w
}

func (w *dbWorld) write(t *testing.T, files map[string]string) {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(w.dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func dbRecord(id, name string) string {
	return `{"id":"` + id + `","modified":"2024-01-01T00:00:00Z","affected":[{"package":{"ecosystem":"npm","name":"` + name + `"},"versions":["1.0.0"]}]}`
}

func dbZip(t testing.TB, entries ...string) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(entries); i += 2 {
		f, err := z.Create(entries[i])
		if err != nil {
			t.Fatal(err)
		}
		f.Write([]byte(entries[i+1]))
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func dbGzip(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	z.Write([]byte(text))
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

const (
	dbKEVText  = "cve,date_added,due_date,known_ransomware\nCVE-2020-0001,2022-01-01,2022-02-01,Known\n"
	dbEPSSText = "CVE-2020-0001;0.5;0.9\n"
)

func TestDBBuildReadsEveryFormAndKnowsFeedsByName(t *testing.T) {
	w := newDBWorld(t)
	taken := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	w.now = func() time.Time { return taken }
	w.write(t, map[string]string{
		"data/a/GHSA-1.json":          dbRecord("GHSA-1", "one"),
		"data/two.osv.jsonl":          dbRecord("GHSA-2", "two") + "\n\n" + dbRecord("MAL-2", "two") + "\n",
		"data/three.osv.jsonl.gz":     dbGzip(t, dbRecord("GHSA-3", "three")+"\n"),
		"data/npm/all.zip":            dbZip(t, "GHSA-4.json", dbRecord("GHSA-4", "four"), "README.md", "no record"),
		"data/cve-ghsa-alias.csv.gz":  dbGzip(t, "cve,ghsa,source\nCVE-2020-0001,GHSA-1,x\n"),
		"data/threat/kev.csv.gz":      dbGzip(t, dbKEVText),
		"data/epss/2024-01-01.csv.gz": dbGzip(t, "CVE-2020-0001;0.1;0.2\n"),
		"data/epss/2025-01-01.csv.gz": dbGzip(t, dbEPSSText),
		"data/cvss.csv":               "cve,vector\nCVE-2020-0001,CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H\n",
		"data/exploitdb.csv":          "cve,edb_id\nCVE-2020-0001,1\n,2\n",
		"data/poc-index.csv.gz":       dbGzip(t, "cve,first_listed,n_github_dedicated\nCVE-2020-0001,2024-02-14,1\nCVE-2020-0002,2024-02-14,0\n"),
		"data/exploited-eu.txt":       "CVE-2020-0001 2024-05-06\n",
		"data/other.csv":              "a,b\n",
		"data/.git/config.json":       "not read",
	})
	if err := runDB(t.Context(), w.environment, []string{"build", "--from", "data"}); err != nil {
		t.Fatal(err, w.err.String())
	}
	if err := runDB(t.Context(), w.environment, []string{"info", "--json"}); err != nil {
		t.Fatal(err)
	}
	var got dbInfo
	_, text, _ := strings.Cut(w.out.String(), "\n") // the build's own line goes before
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		t.Fatal(err)
	}
	day := func(text string) time.Time { d, _ := time.Parse(time.DateOnly, text); return d }
	source := func(kind dbKind, name string, count, other int, asOf string) dbInfoSource {
		s := dbInfoSource{dbSource: dbSource{Kind: kind, Name: name, Taken: taken}, Age: -1}
		s.Count, s.Other = count, other
		if asOf != "" {
			s.AsOf = day(asOf)
			s.Age = int(taken.Sub(s.AsOf).Hours() / 24)
		}
		return s
	}
	want := dbInfo{Path: w.databasePath(), Size: got.Size, Checksum: "ok", Maker: buildVersion(), Records: 5, Aliases: 1, Sources: []dbInfoSource{
		source(dbOSV, "osv data", 1, 0, "2024-01-01"),
		source(dbOSV, "osv npm", 1, 0, "2024-01-01"),
		source(dbOSV, "osv three", 1, 0, "2024-01-01"),
		source(dbOSV, "osv two", 2, 0, "2024-01-01"),
		source(dbKEV, "kev", 1, 0, "2022-01-01"),
		source(dbEPSS, "epss", 1, 0, "2025-01-01"),
		source(dbCVSS, "cvss", 1, 0, ""),
		source(dbExploits, "exploits exploitdb", 1, 1, ""),
		source(dbExploits, "exploits poc", 1, 1, "2024-02-14"),
		source(dbExploited, "exploited eu", 1, 0, "2024-05-06"),
	}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(dbInfoSource{})); diff != "" {
		t.Error(diff)
	}
	db, err := openDatabase(w.databasePath())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if p, _, ok := db.epss.Score("CVE-2020-0001"); !ok || p != 0.5 {
		t.Errorf("EPSS %v %v; want that of the newest day", p, ok)
	}
	if diff := cmp.Diff([]string{"CVE-2020-0001"}, db.advisories.Aliases("GHSA-1")); diff != "" {
		t.Error(diff)
	}
	if found, err := db.advisories.Find("npm", "two"); err != nil || len(found) != 2 {
		t.Errorf("two: %d records, %v", len(found), err)
	}
	for _, lists := range [][]correlate.List{db.exploited, db.exploits[:1], db.exploits[1:]} {
		if _, ok := lists[0].Listing("CVE-2020-0001"); len(lists) != 1 || !ok {
			t.Errorf("%d lists, CVE-2020-0001 on the first: %v", len(lists), ok)
		}
	}
	wantOnly(t, w, "advisories.db")
}

// wantOnly fails where the folder of the database holds anything but the names given.
func wantOnly(t *testing.T, w *dbWorld, names ...string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(w.databasePath()))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if diff := cmp.Diff(names, got); diff != "" {
		t.Errorf("in the folder of the database: %s", diff)
	}
}

func TestDBBuildNamesBadRecordsAndKeepsTheOldDatabase(t *testing.T) {
	w := newDBWorld(t)
	w.write(t, map[string]string{
		"good.jsonl":   dbRecord("GHSA-1", "one"),
		"bad.jsonl":    dbRecord("GHSA-2", "two") + "\n{\"id\":\n" + strings.Repeat("{}\n", 11),
		"bad.json":     "{\n \"id\": 7\n}",
		"none.jsonl":   "",
		"cut.jsonl.gz": dbGzip(t, strings.Repeat(dbRecord("GHSA-1", "one")+"\n", 100))[:60],
		"cut.zip":      dbZip(t, "a.json", dbRecord("GHSA-1", "one"))[:50],
		"kev.csv":      "<html>\n",
	})
	build := func(args ...string) error {
		w.err.Reset()
		return runDB(t.Context(), w.environment, append([]string{"build"}, args...))
	}
	if err := build("--from", "good.jsonl"); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(w.databasePath())
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		args []string
		want string // in the error or on stderr
	}{
		{"line of a bad record", []string{"--from", "bad.jsonl"}, "bad.jsonl:2: "},
		{"line within a bad file", []string{"--from", "bad.json"}, "bad.json:2: "},
		{"only the first ten are named", []string{"--from", "bad.jsonl"}, "and 2 more"},
		{"how to go on", []string{"--from", "bad.jsonl"}, "--skip-bad"},
		{"nothing found", []string{"--from", "none.jsonl"}, "no OSV records"},
		{"cut archive", []string{"--from", "cut.zip", "--skip-bad"}, "cut.zip"},
		{"cut gzip", []string{"--from", "cut.jsonl.gz", "--skip-bad"}, "cut.jsonl.gz:"},
		{"bad feed", []string{"--from", "good.jsonl", "--kev", "kev.csv"}, "kev.csv"},
		{"no such folder", []string{"--from", "missing"}, "missing"},
		{"no source", nil, "--from"},
		{"stray argument", []string{"--from", "good.jsonl", "extra"}, "extra"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := build(tt.args...)
			if err == nil || !strings.Contains(err.Error()+w.err.String(), tt.want) {
				t.Errorf("got %v, %s; want %q", err, w.err.String(), tt.want)
			}
			after, err := os.ReadFile(w.databasePath())
			if err != nil || !bytes.Equal(before, after) {
				t.Errorf("the old database changed: %v", err)
			}
			wantOnly(t, w, "advisories.db")
		})
	}
	if err := build("--from", "bad.jsonl", "--skip-bad"); err != nil || !strings.Contains(w.err.String(), "12 bad records are left out") {
		t.Errorf("%v, %s", err, w.err.String())
	}
}

func TestDBUpdateFetchesAndBuilds(t *testing.T) {
	w := newDBWorld(t)
	archive := dbZip(t, "GHSA-1.json", dbRecord("GHSA-1", "one"))
	down := false
	s := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		text, ok := map[string]string{"/osv/npm/all.zip": archive, "/kev": dbKEVText, "/epss": "#model_version:v1,score_date:2025-01-01\n" + dbEPSSText}[r.URL.Path]
		if !ok || down {
			http.NotFound(rw, r)
			return
		}
		rw.Header().Set("ETag", `"1"`)
		http.ServeContent(rw, r, "f", time.Time{}, strings.NewReader(text))
	}))
	defer s.Close()
	args := []string{"update", "--ecosystem", "npm", "--osv-url", s.URL + "/osv/", "--kev-url", s.URL + "/kev", "--epss-url", s.URL + "/epss"}
	for _, want := range []string{"fetched", "unchanged"} {
		w.err.Reset()
		if err := runDB(t.Context(), w.environment, args); err != nil || strings.Count(w.err.String(), want) != 3 {
			t.Fatalf("%v, %s; want three times %q", err, w.err.String(), want)
		}
	}
	before, err := os.ReadFile(w.databasePath())
	if err != nil {
		t.Fatal(err)
	}
	down = true
	err = runDB(t.Context(), w.environment, args)
	if err == nil || !strings.Contains(err.Error(), "is as it was") || !strings.Contains(err.Error(), "db build --from") {
		t.Errorf("got %v; want what stands and what to do", err)
	}
	if after, err := os.ReadFile(w.databasePath()); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the old database changed: %v", err)
	}
	if err := runDB(t.Context(), w.environment, []string{"update", "--ecosystem", "../x"}); err == nil {
		t.Error("an ecosystem that leaves the folder was taken")
	}
}

func TestDBInfoSaysThatAFileIsDamaged(t *testing.T) {
	w := newDBWorld(t)
	w.write(t, map[string]string{"good.jsonl": dbRecord("GHSA-1", "one")})
	if err := runDB(t.Context(), w.environment, []string{"build", "--from", "good.jsonl", "--out", "x.db"}); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(w.dir, "x.db")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	data[bytes.Index(data, []byte("GHSA-1"))+2] ^= 1
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	w.out.Reset()
	err = runDB(t.Context(), w.environment, []string{"info", "--db", "x.db"})
	if err == nil || !strings.Contains(err.Error(), "checksum") || !strings.Contains(w.out.String(), "checksum") {
		t.Errorf("%v, %s", err, w.out.String())
	}
}

func TestDBFilesAreKnownByName(t *testing.T) {
	for path, want := range map[string]dbKind{
		"a/kev.csv.gz": dbKEV, "kev-2024.json": dbKEV, "known_exploited_vulnerabilities.json": dbKEV,
		"threat/epss/2024-01-01.csv.gz": dbEPSS, "epss_scores-current.csv.gz": dbEPSS, "cvss.csv.gz": dbCVSS,
		"cve-ghsa-alias.csv.gz": dbAliases, "exploitdb.csv.gz": dbExploitDB, "files_exploits.csv": dbExploitDB, "poc-index.csv.gz": dbPoC,
		"exploited-eu.json": dbExploited, "exploits-house.txt": dbExploits, "exploited.csv": dbIgnored, "GHSA-1.json": dbOSV, "npm/all.zip": dbOSV,
		"x.osv.jsonl.gz": dbOSV, "x.jsonl": dbOSV, "x.ndjson": dbOSV, "PYSEC-1.yaml": dbOSV, "x.yml": dbOSV, "x.json.gz": dbOSV,
		"README.md": dbIgnored, "x.zip.gz": dbIgnored, "x": dbIgnored,
	} {
		if got, _ := dbClassify(path); got != want {
			t.Errorf("%s: %v, want %v", path, got, want)
		}
	}
	for path, want := range map[string]string{"d/ghsa-npm.osv.jsonl.gz": "ghsa-npm", "npm/all.zip": "npm", "crates.io.zip": "crates.io"} {
		if got := dbSourceName(path); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
}

// TestDBBuildReadsTheSharedData takes the real advisories where they are at hand, and asks of each that it can be evaluated.
func TestDBBuildReadsTheSharedData(t *testing.T) {
	data, err := filepath.Abs(filepath.Join("..", "..", "..", "shared", "data"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(data); err != nil {
		t.Skip("the shared data is not here")
	}
	w := newDBWorld(t)
	if err := runDB(t.Context(), w.environment, []string{"build", "--from", filepath.Join(data, "advisories"), "--from", filepath.Join(data, "threat")}); err != nil {
		t.Fatal(err, w.err.String())
	}
	db, err := openDatabase(w.databasePath())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if db.advisories.Count() < 20_000 || db.kev == nil || db.epss == nil || db.cvss == nil {
		t.Errorf("%d advisories", db.advisories.Count())
	}
	for version, want := range map[string]bool{"4.17.20": true, "4.17.21": false} {
		records, err := db.advisories.Find("npm", "lodash")
		if err != nil {
			t.Fatal(err)
		}
		got := false
		for _, a := range osv.Fold(records, db.advisories.Aliases) {
			if in, err := a.Affects("npm", "lodash", version); err == nil && in && a.ID == "CVE-2021-23337" {
				got = true
			}
		}
		if got != want {
			t.Errorf("CVE-2021-23337 in lodash %s: %v, want %v", version, got, want)
		}
	}
}
