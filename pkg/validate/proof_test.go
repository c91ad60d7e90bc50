package validate

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/sandbox"
	"github.com/fettle-dev/fettle/pkg/validate/suite"
	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"
)

// prover answers the command "prove" by what is in the tree; n counts its runs.
func (w *world) prover(answer func(have []string, n int) (sandbox.Result, error)) *int {
	n := 0
	w.runner.other = func(have []string, c sandbox.Command, _ string) (sandbox.Result, error) {
		if c.Args[0] != "prove" {
			return sandbox.Result{}, nil
		}
		n++
		return answer(have, n)
	}
	return &n
}

// until fails until one of ids is in the tree.
func until(ids ...string) func([]string, int) (sandbox.Result, error) {
	return func(have []string, _ int) (sandbox.Result, error) {
		if slices.ContainsFunc(ids, func(id string) bool { return slices.Contains(have, id) }) {
			return sandbox.Result{}, nil
		}
		return sandbox.Result{Code: 1, Output: "still broken into"}, nil
	}
}

func declare(w *world, proofs ...Proof) { w.Config.Proofs = map[string][]Proof{".": proofs} }

func prove(ids ...string) Proof { return Proof{Run: suite.Command{"prove"}, For: ids} }

func proofOf(v fettle.Verdict) *fettle.Check {
	if i := slices.IndexFunc(v.Checks, func(c fettle.Check) bool { return c.Name == "proof" }); i >= 0 {
		return &v.Checks[i]
	}
	return nil
}

func TestFixShipsByWhatItsProofShows(t *testing.T) {
	fails := func(have []string, _ int) (sandbox.Result, error) { return sandbox.Result{Code: 1}, nil }
	for name, tt := range map[string]struct {
		answer  func([]string, int) (sandbox.Result, error)
		status  fettle.CheckStatus
		detail  string
		before  fettle.CheckStatus
		shipped int
		gaps    int
	}{
		"fails before and passes after": {until("f00"), fettle.Passed, "it fails before and passes now", fettle.Passed, 1, 0},
		"fails after too":               {fails, fettle.Failed, "it fails before and still does, 3 times of 3: exit status 1", fettle.Passed, 0, 0},
		"passes before": {func([]string, int) (sandbox.Result, error) { return sandbox.Result{}, nil },
			fettle.Skipped, "it proves nothing: it passes before any fix", fettle.Skipped, 1, 1},
		"answers by chance before": {func(_ []string, n int) (sandbox.Result, error) { return sandbox.Result{Code: n % 2}, nil },
			fettle.Skipped, "it proves nothing: it both passes and fails before any fix", fettle.Skipped, 1, 1},
		"answers by chance after": {func(have []string, n int) (sandbox.Result, error) {
			if len(have) > 0 && n%2 == 0 {
				return sandbox.Result{}, nil
			}
			return sandbox.Result{Code: 1}, nil
		}, fettle.Skipped, "it cannot tell: on the same tree it passes 1 times of 2", fettle.Passed, 1, 0},
		"is not there": {func([]string, int) (sandbox.Result, error) {
			return sandbox.Result{}, &sandbox.NotFoundError{Program: "prove"}
		},
			fettle.Skipped, "it did not run to its end before any fix, so it cannot tell: program \"prove\" not found on the PATH inside the sandbox", fettle.Skipped, 1, 1},
		"is not found by the shell": {func([]string, int) (sandbox.Result, error) { return sandbox.Result{Code: 127}, nil },
			fettle.Skipped, "it did not run to its end before any fix, so it cannot tell: exit status 127", fettle.Skipped, 1, 1},
		"is ended by a limit before": {func([]string, int) (sandbox.Result, error) {
			return sandbox.Result{Code: -1, Ended: "time limit of 1s"}, nil
		},
			fettle.Skipped, "it did not run to its end before any fix, so it cannot tell: ended by the time limit of 1s", fettle.Skipped, 1, 1},
		"is ended by a limit after": {func(have []string, _ int) (sandbox.Result, error) {
			if len(have) > 0 {
				return sandbox.Result{Code: -1, Ended: "memory limit"}, nil
			}
			return sandbox.Result{Code: 1}, nil
		}, fettle.Skipped, "it did not run to its end, so it cannot tell: ended by the memory limit", fettle.Passed, 1, 0},
	} {
		t.Run(name, func(t *testing.T) {
			fixes := someFixes(1)
			w := newWorld(t, project(), fixes, failWith())
			declare(w, prove())
			w.prover(tt.answer)
			trial := w.validate(t, fixes)
			c := check(t, trial.Verdicts["f00"], "proof")
			if c.Status != tt.status || c.Detail != tt.detail || c.Command != "prove" {
				t.Errorf("%+v", c)
			}
			if c := check(t, trial.Baseline, "proof"); c.Status != tt.before || trial.Baseline.Status != fettle.Passed {
				t.Errorf("before: %+v", trial.Baseline)
			}
			if len(trial.Shipped) != tt.shipped || len(trial.Gaps) != tt.gaps {
				t.Errorf("%d shipped; gaps %v", len(trial.Shipped), trial.Gaps)
			}
		})
	}
}

func TestNoCheckTellsOfProofsWhereNoneIsDeclared(t *testing.T) {
	fixes := someFixes(1)
	texts := project()
	texts["test/proof_of_vulnerability.test.js"] = "throw new Error()"
	trial := newWorld(t, texts, fixes, failWith()).validate(t, fixes)
	if c := proofOf(trial.Set); c != nil || proofOf(trial.Baseline) != nil {
		t.Errorf("%+v", c)
	}
}

func TestBoundProofIsHeldAgainstFixesOfItsFindingOnly(t *testing.T) {
	for _, id := range []string{"CVE-f02", "cve-F02", "V-f02", "GHSA-of-f02"} {
		fixes := someFixes(4)
		w := newWorld(t, project(), fixes, failWith())
		w.Rescan = fakeScan{ids: []string{"f00", "f01", "f03"}, extra: func(have []string) []fettle.Finding {
			if slices.Contains(have, "f02") {
				return nil
			}
			return []fettle.Finding{{ID: "V-f02", Rule: "CVE-f02", Aliases: []string{"GHSA-of-f02"}}}
		}}
		declare(w, prove(id))
		w.prover(until("nothing"))
		trial := w.validate(t, fixes)
		if d := cmp.Diff([]string{"f00", "f01", "f03"}, shippedIDs(trial)); d != "" {
			t.Errorf("%s: shipped (-want +got):\n%s", id, d)
		}
		if v := trial.Verdicts["f02"]; !strings.HasPrefix(v.Reason, "proof: it fails before and still does") || check(t, v, "proof").Output != "still broken into" {
			t.Errorf("%s: %+v", id, v)
		}
		if c := proofOf(trial.Set); c != nil {
			t.Errorf("%s: the set without the fix tells of the proof: %+v", id, c)
		}
	}
}

func TestProofForNoFixAtHandIsNotRun(t *testing.T) {
	fixes := someFixes(2)
	w := newWorld(t, project(), fixes, failWith())
	declare(w, prove("CVE-2021-44228"))
	n := w.prover(until("nothing"))
	if trial := w.validate(t, fixes); *n > 0 || len(trial.Shipped) != 2 || len(trial.Gaps) > 0 || proofOf(trial.Set) != nil {
		t.Errorf("%d runs: %+v", *n, trial)
	}
}

func TestProofOfOneProjectIsNotHeldAgainstAnother(t *testing.T) {
	texts := project()
	for name, text := range project() {
		if name != fixesFile {
			texts["web/"+name] = text
		}
	}
	fixes := someFixes(2)
	fixes[1].Project = "web"
	w := newWorld(t, texts, fixes, failWith())
	w.Config.Projects = map[string]suite.Settings{"web": {Proof: suite.Command{"prove"}}}
	dirs := map[string]bool{}
	w.runner.other = func(have []string, c sandbox.Command, _ string) (sandbox.Result, error) {
		if c.Args[0] != "prove" {
			return sandbox.Result{}, nil
		}
		dirs[c.Dir] = true
		if c.Network {
			t.Error("the proof has network")
		}
		return until("nothing")(have, 0)
	}
	trial := w.validate(t, fixes)
	if d := cmp.Diff([]string{"f00"}, shippedIDs(trial)); d != "" {
		t.Errorf("shipped (-want +got):\n%s", d)
	}
	if d := cmp.Diff(map[string]bool{"web": true}, dirs); d != "" {
		t.Errorf("where it ran (-want +got):\n%s", d)
	}
}

func TestProofTellsNothingWhereTheBuildFailsAnyway(t *testing.T) {
	fixes, texts := someFixes(1), project()
	texts["package.json"] = `{"name":"app","scripts":{"test":"node --test","build":"tsc"}}`
	w := newWorld(t, texts, fixes, failWith())
	declare(w, prove())
	w.runner.other = func(_ []string, c sandbox.Command, _ string) (sandbox.Result, error) {
		if c.Args[0] == "prove" || slices.Contains(c.Args, "build") {
			return sandbox.Result{Code: 1}, nil
		}
		return sandbox.Result{}, nil
	}
	trial := w.validate(t, fixes)
	if c := check(t, trial.Set, "proof"); c.Status != fettle.Skipped || !strings.Contains(c.Detail, "the build fails without a fix too") {
		t.Errorf("%+v", c)
	}
}

func TestLaterValidateRunsTheProofsThatItNeeds(t *testing.T) {
	fixes := someFixes(2)
	w := newWorld(t, project(), fixes, failWith())
	declare(w, prove("CVE-f01"))
	n := w.prover(until("f01"))
	w.validate(t, fixes[:1])
	if *n != 0 {
		t.Fatalf("the proof ran %d times", *n)
	}
	trial := w.validate(t, fixes)
	if c := proofOf(trial.Set); c == nil || c.Status != fettle.Passed {
		t.Errorf("%+v", trial.Set)
	}
	runs := *n
	if again := w.validate(t, fixes); *n != runs || again.Runs != 0 {
		t.Errorf("%d more runs of the proof", *n-runs)
	}
}

func TestProofsAreRead(t *testing.T) {
	for text, want := range map[string][]Proof{
		"proof: npm run proof":  {{Run: suite.Command{"sh", "-c", "npm run proof"}}},
		"proof: [npm, run, it]": {{Run: suite.Command{"npm", "run", "it"}}},
		"proof: []":             nil,
		"proof: [{run: ./a, for: [CVE-1, GHSA-2]}, {run: [./b]}]": {
			{Run: suite.Command{"sh", "-c", "./a"}, For: []string{"CVE-1", "GHSA-2"}}, {Run: suite.Command{"./b"}}},
	} {
		var c Config
		if err := yaml.Unmarshal([]byte("projects: {'.': {"+text+"}}"), &c); err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if d := cmp.Diff(want, c.proofs("")); d != "" {
			t.Errorf("%s (-want +got):\n%s", text, d)
		}
	}
	for text, want := range map[string]string{
		"proof: [{run: a}, b]":          "this list holds both",
		"proof: [{for: [CVE-1]}]":       "proof 1: no command",
		"proof: [{run: a, for: ['']}]":  "proof 1: an empty id",
		"proof: {run: a}":               "want a string or a list of strings",
		"proof: [{run: a, fro: [b]}]":   "fro",
		"proof: [{run: {}, for: [b]}]":  "want a string or a list of strings",
		"proof: ''":                     "want a program",
		"proof: [{run: [], for: [a]}]":  "proof 1: no command",
		"proof: [{run: a, for: {b: c}}": "",
	} {
		var c Config
		if err := yaml.Load([]byte("projects: {'.': {"+text+"}}"), &c, yaml.WithKnownFields()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %q", text, err, want)
		}
	}
}

// TestEveryKeyOfTheSectionIsRead holds Config against what its UnmarshalYAML reads.
func TestEveryKeyOfTheSectionIsRead(t *testing.T) {
	fill := map[string]string{
		"timeout": "5m", "budget": "{runs: 3}", "each_commit": "true", "sources": "[a]", "sandbox": "strict", "projects": "{a: {}}",
	}
	of := reflect.TypeFor[Config]()
	for i := range of.NumField() {
		key := of.Field(i).Tag.Get("yaml")
		if key == "-" {
			continue
		}
		var c Config
		if err := yaml.Load([]byte(key+": "+fill[key]), &c, yaml.WithKnownFields()); err != nil || reflect.ValueOf(c).Field(i).IsZero() {
			t.Errorf("%s: %v, %+v", key, err, c)
		}
	}
	fill = map[string]string{"install": "a", "build": "a", "test": "a", "timeout": "5m", "results": "[a]", "proof": "a"}
	of = reflect.TypeFor[suite.Settings]()
	for i := range of.NumField() {
		key := of.Field(i).Tag.Get("yaml")
		var c Config
		err := yaml.Load([]byte("projects: {a: {"+key+": "+fill[key]+"}}"), &c, yaml.WithKnownFields())
		if err != nil || reflect.ValueOf(c.Projects["a"]).Field(i).IsZero() {
			t.Errorf("projects.*.%s: %v, %+v", key, err, c)
		}
	}
}
