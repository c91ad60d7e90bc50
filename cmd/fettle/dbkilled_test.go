package main

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// versionOf reads which version of the mirror's advisories the database holds, and that it holds all of it.
func versionOf(t *testing.T, path string, records int) int {
	t.Helper()
	if err := checkDB(path); err != nil {
		t.Fatal(err)
	}
	db, err := openDatabase(path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	found, err := db.advisories.Find("npm", "marker")
	if err != nil || len(found) != 1 || db.advisories.Count() != records || db.kev == nil || db.epss == nil {
		t.Fatalf("%d records of marker, %d in all, %v", len(found), db.advisories.Count(), err)
	}
	n, err := strconv.Atoi(strings.TrimPrefix(found[0].ID, "V-"))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestUpdateKilledAnywhereLeavesTheOldDatabaseOrTheNewOne sends SIGKILL to fettle db update: while a file comes, at several
// of its bytes, and at random points of the run, which reach into building and swapping. After each, the database that serves
// is the old one or the new one, whole. At the end one complete update leaves nothing of the killed ones behind.
func TestUpdateKilledAnywhereLeavesTheOldDatabaseOrTheNewOne(t *testing.T) {
	const records = 1500
	kills := 40
	if testing.Short() {
		kills = 12
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	archive := func(version int) string {
		entries := []string{"marker.json", dbRecord(fmt.Sprintf("V-%d", version), "marker")}
		for i := range records - 1 {
			entries = append(entries, fmt.Sprintf("%d.json", i), dbRecord(fmt.Sprintf("A-%d", i), fmt.Sprintf("a-%d", i)))
		}
		return dbZip(t, entries...)
	}
	m := newDBMirror(t, dbFeeds(t))
	var (
		mu   sync.Mutex
		kill func(sent int) // called while the archive is sent; nil lets it pass
	)
	m.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		now := kill
		mu.Unlock()
		if now != nil && strings.HasSuffix(r.URL.Path, ".zip") {
			w = &counting{ResponseWriter: w, tell: now}
		}
		m.serve(w, r)
	})
	dir := t.TempDir()
	for _, name := range []string{"home", ".tmp"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(dir, "home", ".cache", "fettle", databaseName)
	command := func() *exec.Cmd {
		self, err := os.Executable()
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(self, m.arguments()...)
		cmd.Args = append([]string{self, "db"}, m.arguments()...)
		cmd.Dir, cmd.Env = dir, append(scriptEnv(dir), "PATH="+os.Getenv("PATH"), asProgram+"=1")
		return cmd
	}
	whole := func() time.Duration {
		start := time.Now()
		if out, err := command().CombinedOutput(); err != nil {
			t.Fatalf("fettle db update: %v\n%s", err, out)
		}
		return time.Since(start)
	}
	version := 1
	m.put("/osv/npm/all.zip", archive(version), `"1"`)
	whole()
	m.put("/osv/npm/all.zip", archive(version), `"again"`)
	takes := whole()
	counts := map[string]int{}
	for i := range kills {
		next := version + 1
		text := archive(next)
		m.put("/osv/npm/all.zip", text, fmt.Sprintf(`"%d"`, next))
		cmd := command()
		var timer *time.Timer
		if i%3 == 0 { // while the archive comes
			at := random.IntN(len(text))
			mu.Lock()
			kill = func(sent int) {
				if sent >= at {
					_ = cmd.Process.Kill()
				}
			}
			mu.Unlock()
		} else {
			timer = time.NewTimer(time.Duration(random.Int64N(int64(takes + takes/4))))
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if timer != nil {
			go func() {
				<-timer.C
				_ = cmd.Process.Kill()
			}()
		}
		err := cmd.Wait()
		mu.Lock()
		kill = nil
		mu.Unlock()
		var exit *exec.ExitError
		killed := errors.As(err, &exit) && exit.ExitCode() < 0
		if err != nil && !killed {
			t.Fatalf("the update was not killed and failed: %v", err)
		}
		switch got := versionOf(t, path, records); {
		case got == next:
			version = next
			counts["new"]++
		case got == version && killed:
			counts["old"]++
		default:
			t.Fatalf("the database is of version %d; want %d, or %d where killed", got, next, version)
		}
		if !killed {
			counts["not killed"]++
		}
		if rest, _ := filepath.Glob(filepath.Join(filepath.Dir(path), dbWorkName, "*")); len(rest) > 0 {
			counts["killed while building"]++
		}
		if part, _ := filepath.Glob(filepath.Join(filepath.Dir(path), "feeds", "*.part")); len(part) > 0 {
			counts["killed while fetching"]++
		}
	}
	t.Logf("%d kills: %v", kills, counts)
	whole()
	if got := versionOf(t, path, records); got != version && got != version+1 {
		t.Errorf("in the end version %d, want the newest", got)
	}
	var left []string
	for _, pattern := range []string{"*", ".*", "feeds/*.part*", "feeds/*.tmp"} {
		found, err := filepath.Glob(filepath.Join(filepath.Dir(path), pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range found {
			left = append(left, filepath.Base(f))
		}
	}
	if diff := cmp.Diff([]string{"advisories.db", "feeds"}, left); diff != "" {
		t.Errorf("after a complete update, the killed ones leave behind: %s", diff)
	}
}

// counting tells how much of a body was sent.
type counting struct {
	http.ResponseWriter
	sent int
	tell func(int)
}

func (c *counting) Write(p []byte) (int, error) {
	total := 0
	for len(p) > 0 { // in small pieces, so that a kill falls between them
		n, err := c.ResponseWriter.Write(p[:min(len(p), 4096)])
		total += n
		c.sent += n
		if err != nil {
			return total, err
		}
		if f, ok := c.ResponseWriter.(http.Flusher); ok {
			f.Flush()
		}
		c.tell(c.sent)
		p = p[n:]
	}
	return total, nil
}

func TestTwoUpdatesAtOnceTakeTurns(t *testing.T) {
	m := newDBMirror(t, dbFeeds(t))
	first := newDBWorld(t)
	second := &dbWorld{environment: &environment{}}
	*second.environment = *first.environment
	second.stdout, second.stderr = &second.out, &locked{b: &second.err}
	said := second.stderr.(*locked)
	// The mirror holds the first one until the second one says that it waits.
	var once sync.Once
	done := make(chan error, 1)
	m.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		once.Do(func() {
			go func() { done <- runDB(t.Context(), second.environment, m.arguments()) }()
			again := time.NewTicker(time.Millisecond)
			defer again.Stop()
			for !said.contains("waiting until it is done") {
				select {
				case err := <-done:
					t.Errorf("the second update did not wait: %v", err)
					done <- err
					return
				case <-again.C:
				}
			}
		})
		m.serve(w, r)
	})
	if err := runDB(t.Context(), first.environment, m.arguments()); err != nil {
		t.Fatal(err)
	}
	if err := checkDB(first.databasePath()); err != nil {
		t.Error(err)
	}
	if err := <-done; err != nil {
		t.Errorf("the second update: %v", err)
	}
	wait := fmt.Sprintf("another fettle (process %d) works on the database in %s", os.Getpid(), filepath.Dir(first.databasePath()))
	if strings.Count(said.String(), "unchanged") != 3 || !said.contains(wait) {
		t.Errorf("the second update said %s; want %q, and three times that nothing changed", said.String(), wait)
	}
	wantOnly(t, first, "advisories.db", "feeds")
}

// locked is a buffer that one goroutine writes and another reads.
type locked struct {
	mu sync.Mutex
	b  *bytes.Buffer
}

func (l *locked) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *locked) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func (l *locked) contains(text string) bool { return strings.Contains(l.String(), text) }
