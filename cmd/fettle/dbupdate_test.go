package main

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// dbMirror serves what an update fetches, each file under its path, with ETag, ranges and Last-Modified.
type dbMirror struct {
	*httptest.Server
	mu    sync.Mutex
	files map[string]string
	asked []string
	dated time.Time
	etag  string
}

func newDBMirror(t testing.TB, files map[string]string) *dbMirror {
	m := &dbMirror{files: files, dated: time.Now(), etag: `"1"`}
	m.Server = httptest.NewServer(http.HandlerFunc(m.serve))
	t.Cleanup(m.Close)
	return m
}

func (m *dbMirror) serve(w http.ResponseWriter, r *http.Request) {
	m.mu.Lock()
	m.asked = append(m.asked, r.URL.Path)
	text, ok := m.files[r.URL.Path]
	etag := m.etag
	m.mu.Unlock()
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("ETag", etag)
	http.ServeContent(w, r, "", m.dated, strings.NewReader(text))
}

// put changes a file, and the ETag of all.
func (m *dbMirror) put(path, text, etag string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.files[path], m.etag = text, etag
}

// dbFeeds is the files of a small mirror.
func dbFeeds(t testing.TB) map[string]string {
	return map[string]string{
		"/osv/npm/all.zip":  dbZip(t, "GHSA-1.json", dbRecord("GHSA-1", "one")),
		"/osv/PyPI/all.zip": dbZip(t, "PYSEC-1.json", strings.Replace(dbRecord("PYSEC-1", "two"), "npm", "PyPI", 1)),
		"/kev":              dbKEVText, "/epss": "#model_version:v1,score_date:2026-01-01\n" + dbEPSSText,
		"/edb": "cve,edb_id\nCVE-2020-0001,7\n", "/poc": "cve,n_github_dedicated\nCVE-2020-0001,2\n",
		"/eu": `{"items":[{"cve":"CVE-2020-0001","dateAdded":"2024-05-06"}]}`, "/house": "CVE-2020-0002\n",
	}
}

// arguments names the small mirror in the flags of db update.
func (m *dbMirror) arguments(more ...string) []string {
	return append([]string{"update", "--osv-url", m.URL + "/osv", "--kev-url", m.URL + "/kev", "--epss-url", m.URL + "/epss", "--ecosystem", "npm"}, more...)
}

func TestDBUpdateTakesEverySourceThatFlagsName(t *testing.T) {
	w, m := newDBWorld(t), newDBMirror(t, dbFeeds(t))
	args := m.arguments("--ecosystem", "PyPI", "--exploitdb-url", m.URL+"/edb", "--poc-url", m.URL+"/poc", "--exploited", "eu="+m.URL+"/eu", "--exploits", "house="+m.URL+"/house")
	if err := runDB(t.Context(), w.environment, args); err != nil {
		t.Fatal(err, w.err.String())
	}
	db, err := openDatabase(w.databasePath())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var got []string
	for _, s := range db.meta.Sources {
		if !s.Fetched || len(s.SHA256) != 64 || time.Since(s.Taken) > time.Hour {
			t.Errorf("%+v: want a checksum and the time it was fetched", s)
		}
		got = append(got, s.Name)
	}
	if want := "osv PyPI|osv npm|kev|epss|exploits exploitdb|exploits house|exploits poc|exploited eu"; strings.Join(got, "|") != want {
		t.Errorf("sources %s, want %s", strings.Join(got, "|"), want)
	}
	if db.epss.Model() != "v1" {
		t.Errorf("EPSS model %q", db.epss.Model())
	}
	if _, ok := db.exploited[0].Listing("CVE-2020-0001"); !ok {
		t.Error("CVE-2020-0001 is not on the list of exploited ones")
	}
	// An archive is as new as the day its server gives it, where no record in it is newer.
	if asOf := db.advisories.Sources()[1].AsOf; time.Since(asOf) > time.Hour {
		t.Errorf("npm is of %v, want the day of the archive", asOf)
	}
}

func TestDBUpdateAsksForEightEcosystems(t *testing.T) {
	w, m := newDBWorld(t), newDBMirror(t, dbFeeds(t))
	for _, e := range defaultEcosystems {
		m.put("/osv/"+e+"/all.zip", dbZip(t, "X-1.json", dbRecord("X-"+e, "x")), `"1"`)
	}
	if err := runDB(t.Context(), w.environment, []string{"update", "--osv-url", m.URL + "/osv", "--kev-url", "none", "--epss-url", ""}); err != nil {
		t.Fatal(err)
	}
	if got, want := strings.Join(m.asked, " "), "/osv/npm/all.zip /osv/PyPI/all.zip /osv/Maven/all.zip /osv/Go/all.zip /osv/NuGet/all.zip /osv/crates.io/all.zip /osv/RubyGems/all.zip /osv/Packagist/all.zip"; got != want {
		t.Errorf("asked for %s, want %s", got, want)
	}
	for _, want := range []string{"without kev.json: --kev-url is none", "without epss.csv.gz"} {
		if !strings.Contains(w.err.String(), want) {
			t.Errorf("said %q; want %q", w.err.String(), want)
		}
	}
}

// Whatever the mirror serves in the place of a file, the old database stays, and once the mirror is well the update succeeds,
// although by its ETag the bad file has not changed.
func TestDBUpdateOutlivesWhatAMirrorServes(t *testing.T) {
	good := dbFeeds(t)
	damaged := func(text string, at int) string { return text[:at] + string(text[at]^0x55) + text[at+1:] }
	for name, tt := range map[string]struct{ path, text, want, then string }{
		"a page for an archive":    {"/osv/npm/all.zip", "<html>log in</html>", "not a valid zip", `"2"`},
		"a cut archive":            {"/osv/npm/all.zip", good["/osv/npm/all.zip"][:60], "not a valid zip", `"2"`},
		"an archive of nothing":    {"/osv/npm/all.zip", dbZip(t, "README.md", "none"), "holds no OSV records", `"2"`},
		"an archive of other JSON": {"/osv/npm/all.zip", dbZip(t, "a.json", "[1]"), "holds no OSV records", `"2"`},
		"a damaged entry":          {"/osv/npm/all.zip", damaged(good["/osv/npm/all.zip"], 60), "npm.zip: ", `"2"`},
		"a page for KEV":           {"/kev", "<html>\n", "kev.json", `"2"`},
		"a page for EPSS":          {"/epss", "<html>\n", "epss.csv.gz", `"2"`},
		"a page for a list":        {"/eu", "<html>\n", "exploited-eu", `"2"`},
		"half the records bad":     {"/osv/npm/all.zip", dbZip(t, "a.json", dbRecord("A", "a"), "b.json", `{"id":"B","affected":7,"modified":""}`), "1 bad records", `"3"`},
	} {
		t.Run(name, func(t *testing.T) {
			w, m := newDBWorld(t), newDBMirror(t, dbFeeds(t))
			args := m.arguments("--exploited", "eu="+m.URL+"/eu")
			if err := runDB(t.Context(), w.environment, args); err != nil {
				t.Fatal(err)
			}
			old, err := os.ReadFile(w.databasePath())
			if err != nil {
				t.Fatal(err)
			}
			m.put(tt.path, tt.text, `"2"`)
			err = runDB(t.Context(), w.environment, args)
			if err == nil || !strings.Contains(err.Error()+w.err.String(), tt.want) {
				t.Errorf("%v, %s; want %q", err, w.err.String(), tt.want)
			}
			if now, err := os.ReadFile(w.databasePath()); err != nil || !bytes.Equal(now, old) {
				t.Fatalf("the old database changed: %v", err)
			}
			wantOnly(t, w, "advisories.db", "feeds")
			m.put(tt.path, good[tt.path], tt.then)
			if err := runDB(t.Context(), w.environment, args); err != nil {
				t.Errorf("the mirror is well and the update still fails: %v", err)
			}
		})
	}
}

func TestDBUpdateBearsABadRecordInAThousandAndSaysSo(t *testing.T) {
	w, m := newDBWorld(t), newDBMirror(t, dbFeeds(t))
	var entries []string
	for i := range 1000 {
		entries = append(entries, fmt.Sprintf("%d.json", i), dbRecord(fmt.Sprintf("A-%d", i), fmt.Sprintf("a-%d", i)))
	}
	entries = append(entries, "bad.json", `{"id":"B","affected":7,"modified":"2024-01-01T00:00:00Z"}`)
	m.put("/osv/npm/all.zip", dbZip(t, entries...), `"1"`)
	if err := runDB(t.Context(), w.environment, m.arguments()); err != nil || !strings.Contains(w.err.String(), "1 bad records are left out") {
		t.Fatalf("%v, %s", err, w.err.String())
	}
	db, err := openDatabase(w.databasePath())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	gaps := db.gaps(time.Now(), databaseConfig{MaxAge: maxAge{all: neverOld}})
	if len(gaps) != 1 || !strings.Contains(gaps[0].Reason, "1 advisories could not be read") {
		t.Errorf("gaps %+v; want one for the advisory left out", gaps)
	}
}

func TestDBUpdateShowsNoCredentials(t *testing.T) {
	w, m := newDBWorld(t), newDBMirror(t, dbFeeds(t))
	secret := func(path string) string {
		return strings.Replace(m.URL, "http://", "http://us3r:s3cret@", 1) + path + "?key=t0ken"
	}
	args := []string{"update", "--ecosystem", "npm", "--osv-url", secret("/osv"), "--kev-url", secret("/kev"), "--epss-url", secret("/epss")}
	if err := runDB(t.Context(), w.environment, args); err != nil {
		t.Fatal(err)
	}
	failed := runDB(t.Context(), w.environment, append(args, "--exploited", "eu="+secret("/missing")))
	if failed == nil {
		t.Fatal("no error")
	}
	if err := runDB(t.Context(), w.environment, []string{"info", "--json"}); err != nil {
		t.Fatal(err)
	}
	shown := map[string]string{"output": w.out.String(), "messages": w.err.String(), "error": failed.Error()}
	err := filepath.WalkDir(w.dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		shown[path] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for where, text := range shown {
		for _, word := range []string{"us3r", "s3cret", "t0ken"} {
			if strings.Contains(text, word) {
				t.Errorf("%s holds %q", where, word)
			}
		}
	}
}

// A repository that says where data comes from gets a database of its own: a hostile one cannot shape what is found in others.
func TestMirrorsOfARepositoryShapeItsOwnDatabaseOnly(t *testing.T) {
	m := newDBMirror(t, dbFeeds(t))
	config := "database:\n  ecosystems: [npm]\n  osv: " + m.URL + "/osv\n  kev: none\n  epss: none\n"
	tests := []struct {
		name string
		git  bool
		args []string
		own  bool   // the repository's database is written
		want string // said
	}{
		{"in a repository", true, nil, true, "it is this repository's own"},
		{"in a repository, written elsewhere", true, []string{"--out", "x.db"}, false, ""},
		{"outside of one, named", false, []string{"--config", "fettle.yaml"}, false, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newDBWorld(t)
			w.environ = append(os.Environ(), "GIT_CEILING_DIRECTORIES="+filepath.Dir(w.dir))
			w.write(t, map[string]string{"fettle.yaml": config})
			if tt.git {
				if out, err := exec.Command("git", "-C", w.dir, "init", "--quiet").CombinedOutput(); err != nil {
					t.Fatalf("%v %s", err, out)
				}
			}
			if err := runDB(t.Context(), w.environment, append([]string{"update"}, tt.args...)); err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(w.err.String(), tt.want) {
				t.Errorf("said %q; want %q", w.err.String(), tt.want)
			}
			_, err := os.Stat(filepath.Join(w.dir, ".git", "fettle", databaseName))
			if (err == nil) != tt.own {
				t.Errorf("the repository's own database: %v", err)
			}
			_, err = os.Stat(w.databasePath())
			if users := tt.args == nil && !tt.git || len(tt.args) > 1 && tt.args[0] == "--config"; (err == nil) != users {
				t.Errorf("the user's database: %v", err)
			}
		})
	}
}

func TestDownloadsStayInTheCacheWhereverTheDatabaseGoes(t *testing.T) {
	for _, out := range []string{"a/x.db", "z/x.db", "feeds.db"} { // before and after the cache in the order of names
		w, m := newDBWorld(t), newDBMirror(t, dbFeeds(t))
		w.write(t, map[string]string{"feeds/npm.zip": "of somebody else"})
		if err := runDB(t.Context(), w.environment, m.arguments("--out", out)); err != nil {
			t.Fatal(err)
		}
		if err := checkDB(filepath.Join(w.dir, out)); err != nil {
			t.Error(err)
		}
		if data, err := os.ReadFile(filepath.Join(w.dir, "feeds", "npm.zip")); err != nil || string(data) != "of somebody else" {
			t.Errorf("a file beside the database is now %.20q, %v", data, err)
		}
		wantOnly(t, w, "feeds")
	}
}

// In CI, what a change under review says of mirrors does not count.
func TestMirrorsOfAChangeUnderReviewAreNotAsked(t *testing.T) {
	m := newDBMirror(t, dbFeeds(t))
	w := newDBWorld(t)
	w.environ = append(os.Environ(), "GIT_CEILING_DIRECTORIES="+filepath.Dir(w.dir), "GIT_CONFIG_GLOBAL="+os.DevNull)
	git := func(args ...string) string {
		t.Helper()
		cmd := exec.Command("git", append([]string{"-C", w.dir, "-c", "user.name=t", "-c", "user.email=t@localhost"}, args...)...)
		cmd.Env = w.environ
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("git %s: %v\n%s", args[0], err, out)
		}
		return strings.TrimSpace(string(out))
	}
	git("init", "--quiet", "-b", "main")
	w.write(t, map[string]string{"fettle.yaml": "database:\n  ecosystems: [npm]\n  osv: " + m.URL + "/osv\n  kev: none\n  epss: none\n", ".gitignore": "cache\nevent.json\n"})
	git("add", "-A")
	git("commit", "-q", "-m", "base")
	base := git("rev-parse", "HEAD")
	w.write(t, map[string]string{"fettle.yaml": "database:\n  ecosystems: [npm]\n  osv: " + m.URL + "/hostile\n  kev: none\n  epss: none\n"})
	git("add", "-A")
	git("commit", "-q", "-m", "change")
	head := git("rev-parse", "HEAD")
	w.write(t, map[string]string{"event.json": fmt.Sprintf(`{"pull_request":{"number":7,"title":"x","base":{"ref":"main","sha":%q,"repo":{"full_name":"o/a"}},"head":{"ref":"t","sha":%q,"repo":{"full_name":"o/a"}}},"repository":{"full_name":"o/a","default_branch":"main"}}`, base, head)})
	own := w.getenv
	w.getenv = func(name string) string {
		if v, ok := map[string]string{"CI": "true", "GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "pull_request", "GITHUB_EVENT_PATH": filepath.Join(w.dir, "event.json"),
			"GITHUB_REF": "refs/pull/7/merge", "GITHUB_SHA": head, "GITHUB_REPOSITORY": "o/a", "GITHUB_WORKSPACE": w.dir}[name]; ok {
			return v
		}
		return own(name)
	}
	if err := runDB(t.Context(), w.environment, []string{"update"}); err != nil {
		t.Fatal(err, w.err.String())
	}
	if got := strings.Join(m.asked, " "); got != "/osv/npm/all.zip" {
		t.Errorf("asked for %s; want what the base says", got)
	}
}
