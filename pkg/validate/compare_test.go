package validate

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/sandbox"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestTestsThatFailBeforeAreNotHeldAgainstAFix(t *testing.T) {
	fixes := someFixes(1)
	w := newWorld(t, project(), fixes, func([]string, int) sandbox.Result { return tap("one") })
	trial := w.validate(t, fixes)
	c := check(t, trial.Verdicts["f00"], "test")
	if c.Status != fettle.Passed || c.Detail != "3 passed, 1 failed, none of which the fix broke" || c.Ran != 4 {
		t.Errorf("%+v", c)
	}
	if trial.Baseline.Status != fettle.Failed || trial.Runs != 3 {
		t.Errorf("baseline %s after %d runs", trial.Baseline.Status, trial.Runs)
	}
}

func TestFlickeringTestsDropOutAndAreListed(t *testing.T) {
	fixes := someFixes(1)
	w := newWorld(t, project(), fixes, func(have []string, n int) sandbox.Result {
		if n == 2 || len(have) > 0 {
			return tap("three")
		}
		return tap()
	})
	trial := w.validate(t, fixes)
	c := check(t, trial.Verdicts["f00"], "test")
	if c.Status != fettle.Passed || !slices.Equal(c.Flaky, []string{"three"}) {
		t.Errorf("%+v", c)
	}
	if d := cmp.Diff([]string{"three"}, check(t, trial.Baseline, "test").Flaky); d != "" || trial.Runs != 4 {
		t.Errorf("baseline lists (-want +got) after %d runs:\n%s", trial.Runs, d)
	}
}

func TestFixIsBlamedOnlyForWhatFailsEachTime(t *testing.T) {
	tests := []struct {
		name    string
		passAt  int // the test run on the fixed tree that passes; 0 is none
		want    fettle.CheckStatus
		retests int
	}{
		{"fails always", 0, fettle.Failed, 4},
		{"passes the second time", 2, fettle.Passed, 2},
		{"passes the last time", 4, fettle.Passed, 4},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			fixes, on := someFixes(1), 0
			w := newWorld(t, project(), fixes, func(have []string, _ int) sandbox.Result {
				if len(have) > 0 {
					if on++; on != test.passAt {
						return tap("one")
					}
				}
				return tap()
			})
			c := check(t, w.validate(t, fixes).Verdicts["f00"], "test")
			if c.Status != test.want || on != test.retests {
				t.Errorf("%s after %d test runs; want %s after %d", c.Status, on, test.want, test.retests)
			}
			if flaky := slices.Contains(c.Flaky, "one"); flaky != (test.want == fettle.Passed) {
				t.Errorf("flaky: %v", c.Flaky)
			}
		})
	}
}

func TestRegressions(t *testing.T) {
	ok := func(out string) sandbox.Result { return sandbox.Result{Output: out} }
	red := func(out string) sandbox.Result { return sandbox.Result{Code: 1, Output: out} }
	const plan = "TAP version 13\n1..9\n"
	tests := []struct {
		name          string
		before, after sandbox.Result
		status        fettle.CheckStatus
		broken        []string
	}{
		{"a test vanishes", ok(plan + "ok 1 - a\nok 2 - b\n"), ok(plan + "ok 1 - a\n"), fettle.Failed, []string{"b"}},
		{"a test is skipped now", ok(plan + "ok 1 - a\n"), ok(plan + "ok 1 - a # SKIP\n"), fettle.Failed, []string{"a"}},
		{"one of two equal tests fails", ok(plan + "ok 1 - a\nok 2 - a\n"), red(plan + "not ok 1 - a\nok 2 - a\n"), fettle.Failed, []string{"a #2"}},
		{"a new test fails", ok(plan + "ok 1 - a\n"), red(plan + "ok 1 - a\nnot ok 2 - hook\n"), fettle.Failed, []string{"hook"}},
		{"a new test passes", ok(plan + "ok 1 - a\n"), ok(plan + "ok 1 - a\nok 2 - b\n"), fettle.Passed, nil},
		{"an address changes", ok(plan + "ok 1 - at 0xab1\n"), ok(plan + "ok 1 - at 0xab2\n"), fettle.Passed, nil},
		{"output changes the suite", ok("  s\n    ✔ a\n\n  1 passing\n"), ok("  noise\n    ✔ a\n\n  1 passing\n"), fettle.Passed, nil},
		{"a red test goes green", red(plan + "ok 1 - a\nnot ok 2 - b\n"), ok(plan + "ok 1 - a\nok 2 - b\n"), fettle.Passed, nil},
		{"the status alone goes red", ok(plan + "ok 1 - a\n"), red(plan + "ok 1 - a\n"), fettle.Failed, []string{"the test command: exit status 1"}},
		{"no names, green to red", ok("fine"), red("boom"), fettle.Failed, []string{"the test command: exit status 1"}},
		{"no names, green to green", ok("fine"), ok("fine"), fettle.Passed, nil},
		{"no names, red before", red("boom"), red("boom"), fettle.Skipped, nil},
		{"no names, red to green", red("boom"), ok("fine"), fettle.Skipped, nil},
		{"fewer pass, no names", ok("3 specs, 0 failures"), ok("2 specs, 0 failures"), fettle.Failed, []string{"fewer tests pass than the 3 before"}},
		{"a file fails, tests not listed", ok("PASS ./a.test.js\nPASS ./b.test.js\nTests: 2 passed, 2 total\n"),
			red("PASS ./a.test.js\nFAIL ./b.test.js\n  ● b › adds\n\nTests: 1 failed, 1 passed, 2 total\n"), fettle.Failed,
			[]string{"./b.test.js", "./b.test.js › b › adds"}},
		{"a second test of a red file fails", red("FAIL ./b.test.js\n  ● b › old\n\nTests: 1 failed, 1 passed, 2 total\n"),
			red("FAIL ./b.test.js\n  ● b › old\n\n  ● b › adds\n\nTests: 2 failed, 2 total\n"), fettle.Failed, []string{"./b.test.js › b › adds"}},
		{"the tests hang", ok(plan + "ok 1 - a\n"), sandbox.Result{Code: -1, Ended: "time limit of 5m0s", Output: plan}, fettle.Failed, []string{"a"}},
		{"output is cut", ok(plan + "ok 1 - a\n"), sandbox.Result{Output: plan, Truncated: true}, fettle.Passed, nil},
		{"all fail before", red(plan + "not ok 1 - a\n"), red(plan + "not ok 1 - a\n"), fettle.Skipped, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			fixes := someFixes(1)
			w := newWorld(t, project(), fixes, func(have []string, _ int) sandbox.Result {
				if len(have) > 0 {
					return test.after
				}
				return test.before
			})
			v := w.validate(t, fixes).Verdicts["f00"]
			c := check(t, v, "test")
			if c.Status != test.status || !slices.Equal(c.Broken, test.broken) {
				t.Errorf("%s, broken %q (%s); want %s, %q", c.Status, c.Broken, c.Detail, test.status, test.broken)
			}
			if want := map[bool]fettle.CheckStatus{true: fettle.Failed, false: fettle.Passed}[test.status == fettle.Failed]; v.Status != want {
				t.Errorf("verdict %s; want %s", v.Status, want)
			}
		})
	}
}

func TestProjectWithoutTestsIsSkippedNotPassed(t *testing.T) {
	for _, script := range []string{`{}`, `{"scripts":{"test":"echo \"Error: no test specified\" && exit 1"}}`} {
		texts := project()
		texts["package.json"] = script
		fixes := someFixes(1)
		v := newWorld(t, texts, fixes, nil).validate(t, fixes).Verdicts["f00"]
		if c := check(t, v, "test"); c.Status != fettle.Skipped || c.Detail != "there are no tests" || v.Status != fettle.Passed {
			t.Errorf("%s: %+v in %s", script, c, v.Status)
		}
	}
}

func TestBuildAndInstallScriptsAreComparedWithTheBaseline(t *testing.T) {
	texts := project()
	texts["package.json"] = `{"scripts":{"test":"t","build":"b","prepare":"p"}}`
	texts["package-lock.json"] = `{"lockfileVersion":3,"packages":{"node_modules/a":{"version":"1.0.0","hasInstallScript":true}}}`
	tests := []struct {
		name                  string
		fails                 func(line string, fixed bool) bool
		scripts, build, tests fettle.CheckStatus
	}{
		{"all well", func(string, bool) bool { return false }, "passed", "passed", "passed"},
		{"build breaks", func(l string, fixed bool) bool { return fixed && l == "npm run build" }, "passed", "failed", "skipped"},
		{"build fails anyway", func(l string, _ bool) bool { return l == "npm run build" }, "passed", "skipped", "passed"},
		{"rebuild breaks", func(l string, fixed bool) bool { return fixed && l == "npm rebuild" }, "failed", "skipped", "skipped"},
		{"prepare fails anyway", func(l string, _ bool) bool { return l == "npm run prepare" }, "skipped", "passed", "passed"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			fixes := someFixes(1)
			w := newWorld(t, texts, fixes, failWith())
			w.runner.other = func(have []string, c sandbox.Command, _ string) (sandbox.Result, error) {
				line := strings.Join(c.Args, " ")
				if c.Network != strings.HasPrefix(line, "npm ci ") {
					t.Errorf("%s with network %v", line, c.Network)
				}
				if test.fails(line, len(have) > 0) {
					return sandbox.Result{Code: 1, Output: "npm error boom"}, nil
				}
				return sandbox.Result{}, nil
			}
			v := w.validate(t, fixes).Verdicts["f00"]
			got := []fettle.CheckStatus{check(t, v, "scripts").Status, check(t, v, "build").Status, check(t, v, "test").Status}
			if d := cmp.Diff([]fettle.CheckStatus{test.scripts, test.build, test.tests}, got); d != "" {
				t.Errorf("scripts, build, test (-want +got):\n%s%+v", d, v.Checks)
			}
		})
	}
}

func TestBaselineThatDoesNotInstallSkipsEverythingWithAGap(t *testing.T) {
	fixes := someFixes(3)
	w := newWorld(t, project(), fixes, failWith())
	w.runner.other = func(_ []string, _ sandbox.Command, root string) (sandbox.Result, error) {
		return sandbox.Result{Code: 1, Output: "npm error code E404\nnpm error 404 a@9 is not there\nnpm error A complete log is in " + root + "/x\n"}, nil
	}
	trial := w.validate(t, fixes)
	if len(trial.Verdicts) != 3 || len(trial.Gaps) != 1 || trial.Runs != 1 || len(trial.Shipped) != 0 {
		t.Errorf("%d verdicts, gaps %v, %d runs", len(trial.Verdicts), trial.Gaps, trial.Runs)
	}
	for id, v := range trial.Verdicts {
		if v.Status != fettle.Skipped || !strings.Contains(v.Reason, "fails before any fix: exit status 1") {
			t.Errorf("%s: %+v", id, v)
		}
	}
	if want := "exit status 1: code E404; 404 a@9 is not there; A complete log is in x"; !strings.HasSuffix(trial.Gaps[0].Reason, want) {
		t.Errorf("gap %q; want it to end in %q", trial.Gaps[0].Reason, want)
	}
	if trial.Baseline.Status != fettle.Failed || trial.Set.Status != fettle.Skipped {
		t.Errorf("baseline %s, set %s", trial.Baseline.Status, trial.Set.Status)
	}
}

func TestMissingProgramIsAGap(t *testing.T) {
	fixes := someFixes(1)
	w := newWorld(t, project(), fixes, failWith())
	w.runner.other = func([]string, sandbox.Command, string) (sandbox.Result, error) {
		return sandbox.Result{}, fmt.Errorf("npm: %w", sandbox.ErrNotFound)
	}
	trial := w.validate(t, fixes)
	if trial.Verdicts["f00"].Status != fettle.Skipped || len(trial.Gaps) != 1 {
		t.Errorf("%+v, %v", trial.Verdicts, trial.Gaps)
	}
}

func TestNothingRunsWhereNothingHolds(t *testing.T) {
	fixes := someFixes(2)
	w := newWorld(t, project(), fixes, nil)
	w.runner.level = sandbox.None
	w.runner.other = func([]string, sandbox.Command, string) (sandbox.Result, error) {
		t.Error("a command ran")
		return sandbox.Result{}, nil
	}
	trial := w.validate(t, fixes)
	v := trial.Verdicts["f01"]
	if v.Status != fettle.Skipped || check(t, v, "rescan").Status != fettle.Passed || len(trial.Gaps) != 1 || len(trial.Shipped) != 0 {
		t.Errorf("%+v, gaps %v", v, trial.Gaps)
	}
}

func TestRescanHoldsAFixToItsPromise(t *testing.T) {
	tests := []struct {
		name   string
		scan   fakeScan
		detail string
	}{
		{"still there", fakeScan{extra: func([]string) []fettle.Finding {
			return []fettle.Finding{{ID: "V-f00", Rule: "CVE-1", Package: fettle.Package{Name: "a", Version: "1.0.1"}}}
		}}, "CVE-1 of a@1.0.1 is still there"},
		{"something new", fakeScan{ids: []string{"f00"}, extra: func(have []string) []fettle.Finding {
			if len(have) == 0 {
				return nil
			}
			return []fettle.Finding{{ID: "V-x", Rule: "CVE-2", Package: fettle.Package{Name: "b", Version: "2.0.0"}}}
		}}, "CVE-2 of b@2.0.0 is new"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			fixes := someFixes(1)
			w := newWorld(t, project(), fixes, failWith())
			w.Rescan = test.scan
			trial := w.validate(t, fixes)
			v := trial.Verdicts["f00"]
			if c := check(t, v, "rescan"); c.Status != fettle.Failed || c.Detail != test.detail {
				t.Errorf("%+v", c)
			}
			if trial.Runs != 2 || v.Status != fettle.Failed {
				t.Errorf("%d runs; a fix that breaks its promise needs none beyond the baseline's", trial.Runs)
			}
		})
	}
}

func TestInstallScriptsThatRewriteTestsFailTheFix(t *testing.T) {
	texts := project()
	texts["package-lock.json"] = `{"lockfileVersion":3,"packages":{"node_modules/a":{"version":"1.0.0","hasInstallScript":true}}}`
	fixes := someFixes(1)
	w := newWorld(t, texts, fixes, failWith())
	w.runner.other = func(have []string, c sandbox.Command, root string) (sandbox.Result, error) {
		if len(have) > 0 && slices.Equal(c.Args, []string{"npm", "rebuild"}) {
			return sandbox.Result{}, os.WriteFile(filepath.Join(root, "test", "a.test.js"), []byte("// all is well"), 0o644)
		}
		return sandbox.Result{}, nil
	}
	v := w.validate(t, fixes).Verdicts["f00"]
	if v.Status != fettle.Failed || !strings.Contains(v.Reason, "change test/a.test.js") {
		t.Errorf("%s: %s", v.Status, v.Reason)
	}
}

func TestTwoProjectsAreBothJudged(t *testing.T) {
	texts := map[string]string{fixesFile: ""}
	for _, dir := range []string{"a", "b"} {
		texts[dir+"/package.json"] = `{"scripts":{"test":"t"}}`
		texts[dir+"/package-lock.json"] = `{"lockfileVersion":3}`
	}
	fixes := someFixes(2)
	fixes[0].Project, fixes[1].Project = "a", "b"
	w := newWorld(t, texts, fixes, failWith("f01"))
	trial := w.validate(t, fixes)
	if d := cmp.Diff([]string{"f00"}, shippedIDs(trial)); d != "" {
		t.Errorf("shipped (-want +got):\n%s", d)
	}
	c := check(t, trial.Verdicts["f00"], "test")
	if c.Ran != 8 || c.Detail != "a: 4 passed; b: 4 passed" {
		t.Errorf("%+v", c)
	}
	if c := check(t, trial.Verdicts["f01"], "test"); !slices.Contains(c.Broken, "a › two") {
		t.Errorf("broken %v", c.Broken)
	}
}

func TestUnknownProjectIsAGap(t *testing.T) {
	fixes := someFixes(2)
	fixes[1].Project = "elsewhere"
	w := newWorld(t, project(), fixes, failWith())
	trial := w.validate(t, fixes)
	if trial.Verdicts["f01"].Status != fettle.Skipped || len(trial.Gaps) != 1 || len(trial.Shipped) != 1 {
		t.Errorf("%+v, gaps %v", trial.Verdicts["f01"], trial.Gaps)
	}
}

func TestTestsAreRunAgainOnTheTreeAsItWas(t *testing.T) {
	texts := project()
	texts["package.json"] = `{"scripts":{"test":"t","build":"b"}}`
	texts["dist/out.js"] = "old"
	fixes, on := someFixes(1), 0
	w := newWorld(t, texts, fixes, nil)
	root := ""
	w.runner.other = func(_ []string, c sandbox.Command, dir string) (sandbox.Result, error) {
		root = dir
		if slices.Contains(c.Args, "build") {
			return sandbox.Result{}, os.WriteFile(filepath.Join(dir, "dist/out.js"), []byte("built"), 0o644)
		}
		return sandbox.Result{}, nil
	}
	w.runner.test = func(have []string, _ int) sandbox.Result {
		built, _ := os.ReadFile(filepath.Join(root, "dist/out.js"))
		tests, err := os.ReadFile(filepath.Join(root, "test/a.test.js"))
		if string(built) != "built" || len(tests) > 0 || err != nil {
			return tap("one", "two", "three")
		}
		if err := errors.Join(os.Remove(filepath.Join(root, "package.json")), os.RemoveAll(filepath.Join(root, "test")),
			os.Symlink("/etc", filepath.Join(root, "test"))); err != nil {
			t.Error(err)
		}
		if on++; on == 3 { // the first run on the fixed tree
			return tap("one")
		}
		return tap()
	}
	c := check(t, w.validate(t, fixes).Verdicts["f00"], "test")
	if c.Status != fettle.Passed || on != 4 || !slices.Equal(c.Flaky, []string{"one"}) {
		t.Errorf("after %d runs: %+v", on, c)
	}
}

func TestTestsAreComparedOneByOne(t *testing.T) {
	const plan = "TAP version 13\n1..9\n"
	red := func(out string) sandbox.Result { return sandbox.Result{Code: 1, Output: plan + out} }
	tests := []struct {
		name                    string
		before                  []sandbox.Result // the runs of the baseline, the last for all that follow
		after                   []sandbox.Result
		broken, vanished, fixed []string
	}{
		{"one is fixed, one breaks, one vanishes", []sandbox.Result{red("not ok 1 - a\nok 2 - b\nok 3 - c\n")}, []sandbox.Result{red("ok 1 - a\nnot ok 2 - b\n")},
			[]string{"b", "c"}, []string{"c"}, []string{"a"}},
		{"what passes now and then is not fixed", []sandbox.Result{red("not ok 1 - a\nok 2 - b\n")},
			[]sandbox.Result{red("ok 1 - a\nnot ok 2 - b\n"), red("not ok 1 - a\nok 2 - b\n")}, nil, nil, nil},
		{"what failed now and then is not fixed", []sandbox.Result{red("not ok 1 - a\nok 2 - b\n"), {Output: plan + "ok 1 - a\nok 2 - b\n"}},
			[]sandbox.Result{{Output: plan + "ok 1 - a\nok 2 - b\n"}}, nil, nil, nil},
		{"what runs once has not vanished", []sandbox.Result{{Output: plan + "ok 1 - a\nok 2 - b\n"}},
			[]sandbox.Result{red("not ok 1 - a\n"), red("not ok 1 - a\nnot ok 2 - b\n"), red("not ok 1 - a\n"), red("not ok 1 - a\n")}, []string{"a", "b"}, nil, nil},
		{"what failed before and is gone is no loss", []sandbox.Result{red("not ok 1 - a\nok 2 - b\n")}, []sandbox.Result{{Output: plan + "ok 2 - b\n"}}, nil, nil, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			fixes, calls := someFixes(1), map[bool]int{}
			w := newWorld(t, project(), fixes, func(have []string, _ int) sandbox.Result {
				fixed := len(have) > 0
				answers := map[bool][]sandbox.Result{false: test.before, true: test.after}[fixed]
				calls[fixed]++
				return answers[min(calls[fixed], len(answers))-1]
			})
			c := check(t, w.validate(t, fixes).Verdicts["f00"], "test")
			got := [][]string{c.Broken, c.Vanished, c.Fixed}
			if d := cmp.Diff([][]string{test.broken, test.vanished, test.fixed}, got, cmpopts.EquateEmpty()); d != "" {
				t.Errorf("broken, vanished, fixed (-want +got):\n%s%+v", d, c)
			}
		})
	}
}

func TestAFixWithAStaleLockfileIsNeverTried(t *testing.T) {
	fixes := someFixes(2)
	fixes[0].Stale = []string{"package-lock.json"}
	w := newWorld(t, project(), fixes, failWith())
	trial := w.validate(t, fixes)
	v := trial.Verdicts["f00"]
	if v.Status != fettle.Skipped || !strings.Contains(v.Reason, "package-lock.json was not refreshed") || len(trial.Gaps) != 1 {
		t.Errorf("%+v, gaps %v", v, trial.Gaps)
	}
	if d := cmp.Diff([]string{"f01"}, shippedIDs(trial)); d != "" {
		t.Errorf("shipped (-want +got):\n%s", d)
	}
}
