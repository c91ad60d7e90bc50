package validate

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/sandbox"
	"github.com/fettle-dev/fettle/pkg/validate/suite"
	"github.com/google/go-cmp/cmp"
)

// again is another run of fettle over the same repository and folder of results.
func (w *world) again(t *testing.T, fixes []fettle.Fix) *world {
	t.Helper()
	next := newWorld(t, project(), fixes, w.runner.test)
	next.repo, next.Results, next.Version, next.Config = w.repo, w.Results, w.Version, w.Config
	next.runner.other, next.runner.level, next.now = w.runner.other, w.runner.level, w.now
	return next
}

// keeping is a world that keeps results, and what validating once in it gave.
func keeping(t *testing.T, fixes []fettle.Fix, test func([]string, int) sandbox.Result) (*world, fettle.Trial) {
	t.Helper()
	w := newWorld(t, project(), fixes, test)
	w.Results, w.Version = filepath.Join(t.TempDir(), "results"), "v1"
	return w, w.validate(t, fixes)
}

func kept(t *testing.T, w *world) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(w.Results, "*"+entrySuffix))
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func TestLaterRunOfTheProgramTakesWhatAnEarlierOneShowed(t *testing.T) {
	fixes := someFixes(6)
	w, first := keeping(t, fixes, failWith("f04"))
	next := w.again(t, fixes)
	second := next.validate(t, fixes)
	if second.Runs != 1 || next.runner.installs != 1 || second.Cached != first.Runs-2 {
		t.Errorf("%d runs, %d installs, %d taken; the first had %d runs", second.Runs, next.runner.installs, second.Cached, first.Runs)
	}
	c := check(t, second.Set, "test")
	if c.Detail != "4 passed; from an earlier run of the same tree" || c.Ran != 4 {
		t.Errorf("%+v", c)
	}
	bad := check(t, second.Verdicts["f04"], "test")
	if !slices.Equal(bad.Broken, []string{"two"}) || !strings.Contains(bad.Output, "not ok 2 - two") {
		t.Errorf("%+v", bad)
	}
	for _, trial := range []*fettle.Trial{&first, &second} {
		trial.Runs, trial.Cached = 0, 0
		verdicts := []fettle.Verdict{trial.Set}
		for id, v := range trial.Verdicts {
			verdicts = append(verdicts, v)
			v.Reason = strings.ReplaceAll(v.Reason, "; from an earlier run of the same tree", "")
			trial.Verdicts[id] = v
		}
		for _, v := range verdicts {
			for i := range v.Checks {
				v.Checks[i].Detail = strings.TrimSuffix(strings.TrimSuffix(v.Checks[i].Detail, "from an earlier run of the same tree"), "; ")
			}
		}
	}
	if d := cmp.Diff(first, second); d != "" {
		t.Errorf("apart from that it differs:\n%s", d)
	}
}

func TestResultsHoldForTheSameTreeCommandsToolsAndSandboxOnly(t *testing.T) {
	for name, change := range map[string]func(w *world){
		"a file":             func(w *world) { must(os.WriteFile(filepath.Join(w.repo.Dir, "app.js"), []byte("x"), 0o644)) },
		"a mode":             func(w *world) { must(os.Chmod(filepath.Join(w.repo.Dir, "test/a.test.js"), 0o755)) },
		"an empty directory": func(w *world) { must(os.Mkdir(filepath.Join(w.repo.Dir, "dist"), 0o755)) },
		"a command": func(w *world) {
			w.Config.Projects = map[string]suite.Settings{".": {Build: suite.Command{"make"}}}
		},
		"a time limit":          func(w *world) { w.Config.Timeout = suite.Duration(time.Minute) },
		"the environment":       func(w *world) { w.Fetch = []string{"npm_config_registry=https://registry.example"} },
		"a weaker sandbox":      func(w *world) { w.runner.level = sandbox.Plain },
		"the version of fettle": func(w *world) { w.Version = "v2" },
		"no version of fettle":  func(w *world) { w.Version = "" },
		"a proof":               func(w *world) { declare(w, prove()); w.prover(until("f00", "f01")) },
		"a version of a tool": func(w *world) {
			w.runner.other = func(_ []string, c sandbox.Command, _ string) (sandbox.Result, error) {
				if slices.Equal(c.Args, []string{"node", "--version"}) {
					return sandbox.Result{Output: "v99"}, nil
				}
				return sandbox.Result{}, nil
			}
		},
		"its age": func(w *world) { w.now = w.now.Add(maxAge + time.Hour) },
	} {
		t.Run(name, func(t *testing.T) {
			fixes := someFixes(2)
			w, first := keeping(t, fixes, failWith())
			next := w.again(t, fixes)
			change(next)
			if trial := next.validate(t, fixes); trial.Cached != 0 || trial.Runs != first.Runs {
				t.Errorf("%d taken, %d runs; want %d", trial.Cached, trial.Runs, first.Runs)
			}
		})
	}
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func TestPlacesOfFoldersDoNotMatter(t *testing.T) {
	fixes := someFixes(1)
	w := newWorld(t, project(), fixes, failWith())
	w.Results, w.Version, w.Cache = t.TempDir(), "v1", t.TempDir()
	w.Fetch = []string{"npm_config_cache=" + w.Cache + "/npm"}
	w.validate(t, fixes)
	next := w.again(t, fixes)
	next.Cache = t.TempDir()
	next.Fetch = []string{"npm_config_cache=" + next.Cache + "/npm"}
	next.repo.Dir = files(t, project())
	if trial := next.validate(t, fixes); trial.Cached != 1 {
		t.Errorf("%d taken", trial.Cached)
	}
}

func TestFixThatWasMergedFindsItsTree(t *testing.T) {
	fixes := someFixes(2)
	w, _ := keeping(t, fixes, failWith())
	texts := project()
	texts[fixesFile] = "f00\nf01\n"
	a, err := readSnapshot(t.Context(), files(t, texts))
	must(err)
	b, err := readSnapshot(t.Context(), w.repo.Dir)
	must(err)
	edited, err := b.tree().edit([]fettle.Edit{{Path: fixesFile, Line: 1, New: "f00\nf01\n"}})
	must(err)
	if a.tree().content() != edited.content() || a.tree().content() == b.tree().content() {
		t.Error("the same files have different names")
	}
}

func TestResultsThatMayNotLastAreNotKept(t *testing.T) {
	flicker := func(have []string, n int) sandbox.Result {
		if len(have) == 0 && n == 1 {
			return tap("one")
		}
		return tap()
	}
	for name, tt := range map[string]struct {
		test  func([]string, int) sandbox.Result
		other func([]string, sandbox.Command, string) (sandbox.Result, error)
		want  int // entries
	}{
		"all is well":       {failWith(), nil, 2},
		"the fix breaks it": {failWith("f00"), nil, 2},
		"a time limit": {func(have []string, _ int) sandbox.Result {
			if len(have) > 0 {
				return sandbox.Result{Code: -1, Ended: "time limit of 1s"}
			}
			return tap()
		}, nil, 1},
		"a flaky baseline": {flicker, nil, 1},
		"a test that fails once": {func(have []string, n int) sandbox.Result {
			if len(have) > 0 && n == 3 {
				return tap("one")
			}
			return tap()
		}, nil, 1},
		"a version that is not told": {failWith(), func(_ []string, c sandbox.Command, _ string) (sandbox.Result, error) {
			if slices.Contains(c.Args, "--version") {
				return sandbox.Result{Code: -1, Ended: "time limit of 1m0s"}, nil
			}
			return sandbox.Result{}, nil
		}, 0},
		"a missing program": {failWith(), func(have []string, c sandbox.Command, _ string) (sandbox.Result, error) {
			if c.Args[0] == "make" && len(have) > 0 {
				return sandbox.Result{}, &sandbox.NotFoundError{Program: "make"}
			}
			return sandbox.Result{}, nil
		}, 1},
		"an install that fails": {failWith(), func(have []string, c sandbox.Command, _ string) (sandbox.Result, error) {
			if c.Args[0] == "fetch" && len(have) > 0 {
				return sandbox.Result{Code: 1}, nil
			}
			return sandbox.Result{}, nil
		}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			fixes := someFixes(1)
			w := newWorld(t, project(), fixes, tt.test)
			w.Config.Projects = map[string]suite.Settings{".": {Install: suite.Command{"fetch"}, Build: suite.Command{"make"}, Test: suite.Command{"npm", "test"}}}
			w.Results, w.Version, w.runner.other = t.TempDir(), "v1", tt.other
			w.validate(t, fixes)
			if got := len(kept(t, w)); got != tt.want {
				t.Errorf("%d entries; want %d", got, tt.want)
			}
		})
	}
}

func TestBaselineThatChangedIsFoundOutAgain(t *testing.T) {
	fixes := someFixes(1)
	w, _ := keeping(t, fixes, failWith())
	next := w.again(t, fixes)
	next.runner.test = func([]string, int) sandbox.Result { return tap("three") }
	trial := next.validate(t, fixes)
	if c := check(t, trial.Baseline, "test"); trial.Runs != 3 || len(c.Flaky) > 0 || trial.Cached != 0 {
		t.Errorf("%d runs, %d taken, flaky %v", trial.Runs, trial.Cached, c.Flaky)
	}
}

func TestDamagedAndForeignEntriesAreToldAndNotUsed(t *testing.T) {
	for name, tt := range map[string]struct {
		damage func(names []string)
		told   string
	}{
		"cut short": {func(names []string) {
			for _, name := range names {
				must(os.Truncate(name, 200))
			}
		}, "it is damaged"},
		"empty": {func(names []string) {
			for _, name := range names {
				must(os.Truncate(name, 0))
			}
		}, "it is damaged"},
		"exchanged": {func(names []string) {
			must(os.Rename(names[0], names[0]+"x"))
			must(os.Rename(names[1], names[0]))
			must(os.Rename(names[0]+"x", names[1]))
		}, "it is of another tree"},
		"a link": {func(names []string) {
			for _, name := range names {
				must(os.Rename(name, name+"x"))
				must(os.Symlink(name+"x", name))
			}
		}, "not a regular file"},
	} {
		t.Run(name, func(t *testing.T) {
			fixes := someFixes(1)
			w, first := keeping(t, fixes, failWith())
			tt.damage(kept(t, w))
			next := w.again(t, fixes)
			var log bytes.Buffer
			next.Log = func(format string, args ...any) { fmt.Fprintf(&log, format+"\n", args...) }
			if trial := next.validate(t, fixes); trial.Cached != 0 || trial.Runs != first.Runs {
				t.Errorf("%d taken, %d runs", trial.Cached, trial.Runs)
			}
			if !strings.Contains(log.String(), tt.told) {
				t.Errorf("the log does not say %q:\n%s", tt.told, &log)
			}
		})
	}
}

func TestNothingSecretIsKept(t *testing.T) {
	fixes := someFixes(1)
	w := newWorld(t, project(), fixes, failWith())
	w.Results, w.Version, w.Fetch = t.TempDir(), "v1", []string{"npm_config__auth=hunter2"}
	w.runner.test = func([]string, int) sandbox.Result { r := tap(); r.Output += "hunter2\n"; return r }
	w.validate(t, fixes)
	for _, name := range kept(t, w) {
		if text, err := os.ReadFile(name); err != nil || bytes.Contains(text, []byte("hunter2")) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestOldestEntriesGoWhereThereAreTooMany(t *testing.T) {
	w := newWorld(t, project(), nil, failWith())
	w.Results, w.now = t.TempDir(), time.Unix(1_000_000, 0)
	name := func(i int) string { return filepath.Join(w.Results, fmt.Sprintf("%064x", i)+entrySuffix) }
	put := func(path string, at time.Time) {
		must(os.WriteFile(path, nil, 0o600))
		must(os.Chtimes(path, at, at))
	}
	for i := range maxEntries {
		put(name(i), w.now.Add(time.Duration(i-maxEntries)*time.Second))
	}
	put(name(9999), w.now.Add(-maxAge-time.Second))
	other := filepath.Join(w.Results, "notes.txt")
	put(other, w.now.Add(-10*maxAge))
	key := strings.Repeat("ab", 32)
	w.keep(&entry{Key: key, Made: w.now})
	for path, want := range map[string]bool{name(0): false, name(1): true, name(9999): false, other: true, filepath.Join(w.Results, key+entrySuffix): true} {
		if _, err := os.Stat(path); (err == nil) != want {
			t.Errorf("%s: %v", filepath.Base(path), err)
		}
	}
}

func FuzzParseEntry(f *testing.F) {
	sum := func(body string) []byte {
		s := sha256.Sum256([]byte(body))
		return []byte(hex.EncodeToString(s[:]) + "\n" + body)
	}
	good := `{"key":"a","made":"2026-01-01T00:00:00Z","projects":[{"dir":"","install":{"command":"npm ci","ok":true},"build":{},` +
		`"tests":[{"command":"npm test","why":"exit status 1","output":"x","results":{"Cases":{"one":2},"Listed":true}}],"reached":true,` +
		`"proofs":[{"key":"p","runs":[{"command":"p","why":"exit status 1"}]}]}]}`
	for _, body := range []string{
		good, good[:len(good)/2], "\ufeff" + good, strings.ReplaceAll(good, ",", ",\r\n"), `{"projects":[],"projects":[{}]}`,
		strings.Repeat("[", 20_000), strings.Repeat(`{"projects":[`, 5_000), `{"projects":[{"dir":"../../etc","proofs":[{"runs":[]}]}]}`,
		`{"projects":[{"tests":[{"results":{"Cases":{"a":-1}}}]}]}`, `{"made":"x"}`, "null", "",
	} {
		f.Add(sum(body))
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		_, _ = parseEntry(data)
		e, err := decodeEntry(data) // as if its sum were right
		if err != nil {
			return
		}
		var plans []suite.Plan
		for _, p := range e.Projects {
			plans = append(plans, suite.Plan{Dir: p.Dir, Test: []suite.Step{{Args: []string{"t"}}}})
		}
		run := e.run(plans)
		if run == nil {
			t.Fatal("not taken with its own plans")
		}
		proof := Proof{Run: suite.Command{"p"}}
		v := &search{set: &Set{}, plans: plans, base: newBaseline(scan{}, []*treeRun{run, run})}
		v.checks(run, func(pr projectRun) *projectBaseline { return v.base.of(pr.plan.Dir) })
		for _, pr := range run.projects {
			proofCheck(proof, pr, v.base.of(pr.plan.Dir))
		}
		text, err := entryOf(e.Key, e.Made, run, nil).text()
		if err != nil {
			return // a time that JSON cannot write
		}
		if back, err := parseEntry(text); err == nil && len(back.Projects) != len(e.Projects) {
			t.Errorf("%d projects came back of %d", len(back.Projects), len(e.Projects))
		}
	})
}
