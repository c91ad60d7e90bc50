package validate

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/sandbox"
	"github.com/google/go-cmp/cmp"
)

func TestFixesThatAllPassAreTestedOnce(t *testing.T) {
	fixes := someFixes(7)
	w := newWorld(t, project(), fixes, failWith())
	trial := w.validate(t, fixes)
	if len(trial.Shipped) != 7 || trial.Runs != 3 {
		t.Errorf("%d shipped in %d runs; want 7 in 2 of the baseline and 1", len(trial.Shipped), trial.Runs)
	}
	if trial.Set.Status != fettle.Passed || len(trial.Set.Resolved) != 7 {
		t.Errorf("set: %+v", trial.Set)
	}
	v := trial.Verdicts["f03"]
	if d := cmp.Diff([]string{"f00", "f01", "f02", "f04", "f05", "f06"}, v.With); d != "" || v.Status != fettle.Passed {
		t.Errorf("f03 %s with (-want +got):\n%s", v.Status, d)
	}
	var names []string
	for _, c := range v.Checks {
		names = append(names, c.Name+" "+string(c.Status))
	}
	want := []string{"applies passed", "resolves passed", "rescan passed", "scripts skipped", "build skipped", "test passed"}
	if d := cmp.Diff(want, names); d != "" {
		t.Errorf("checks (-want +got):\n%s", d)
	}
}

func TestStepsApplyOneAfterTheOther(t *testing.T) {
	fixes := someFixes(5)
	w := newWorld(t, project(), fixes, failWith("f01"))
	text := ""
	for _, step := range w.validate(t, fixes).Shipped {
		var err error
		if text, err = fettle.ApplyEdits(text, step.Edits); err != nil {
			t.Fatal(err)
		}
	}
	if want := "f00\nf02\nf03\nf04\n"; text != want {
		t.Errorf("steps give %q; want %q", text, want)
	}
}

// TestBisectionShipsAllGoodFixes checks the result against the truth, and the number of runs against the design's bound.
func TestBisectionShipsAllGoodFixes(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for trials := range 15 {
		n := 1 + rng.IntN(20)
		fixes := someFixes(n)
		k := rng.IntN(min(n, 5) + 1)
		bad, good := []string{}, []string{}
		for i, p := range rng.Perm(n) {
			if i < k {
				bad = append(bad, fixes[p].ID)
			}
		}
		for i := range fixes {
			fixes[i].Major = rng.IntN(5) == 0
			if !slices.Contains(bad, fixes[i].ID) {
				good = append(good, fixes[i].ID)
			}
		}
		w := newWorld(t, project(), fixes, failWith(bad...))
		trial := w.validate(t, fixes)
		got := shippedIDs(trial)
		slices.Sort(got)
		if d := cmp.Diff(good, got); d != "" {
			t.Fatalf("trial %d, bad %v: shipped (-want +got):\n%s", trials, bad, d)
		}
		for _, id := range bad {
			v := trial.Verdicts[id]
			if v.Status != fettle.Failed || !slices.Equal(check(t, v, "test").Broken, []string{"two"}) {
				t.Fatalf("trial %d: verdict of bad %s: %+v", trials, id, v)
			}
		}
		seen := map[string]bool{}
		for i, tree := range w.runner.trees {
			if i > 1 && seen[tree] {
				t.Errorf("tree %q was tested again", tree)
			}
			seen[tree] = true
		}
		if len(got) > 0 && !seen[strings.Join(shippedIDs(trial), " ")] {
			t.Errorf("the set that ships was never tested as a whole")
		}
	}
}

func TestAFifthExpectedToFailIsNotTriedAtOnce(t *testing.T) {
	tests := []struct {
		name         string
		plain, risky int
		first        int // how many fixes are in the first tree
	}{
		{"none risky", 12, 0, 12},
		{"one risky", 11, 1, 12},
		{"most risky", 6, 12, 6},
		{"all risky", 0, 12, 1},
		{"two risky alone", 0, 2, 2},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			fixes := someFixes(test.plain + test.risky)
			for i := range fixes[test.plain:] {
				fixes[test.plain+i].Breaks = []fettle.Break{{}}
			}
			w := newWorld(t, project(), fixes, failWith())
			trial := w.validate(t, fixes)
			if got := len(strings.Fields(w.runner.trees[2])); got != test.first {
				t.Errorf("%d fixes in the first tree; want %d", got, test.first)
			}
			if len(trial.Shipped) != len(fixes) {
				t.Errorf("%d of %d ship", len(trial.Shipped), len(fixes))
			}
		})
	}
}

func TestRiskyFixesDoNotDragTheOthersDown(t *testing.T) {
	fixes := someFixes(8)
	fixes[0].Major = true
	fixes[1].Kind = fettle.Override
	fixes[2].Major = true
	w := newWorld(t, project(), fixes, failWith("f00"))
	trial := w.validate(t, fixes)
	if d := cmp.Diff([]string{"f03", "f04", "f05", "f06", "f07", "f01", "f02"}, shippedIDs(trial)); d != "" {
		t.Errorf("shipped (-want +got):\n%s", d)
	}
	want := 2 + 1 + 1 + 3 + 1 // baseline, all, the safe ones, each risky one, f00 alone
	if trial.Runs > want {
		t.Errorf("%d runs; want at most %d", trial.Runs, want)
	}
}

func TestInteractionNamesThePartner(t *testing.T) {
	fixes := someFixes(9)
	both := func(have []string, _ int) sandbox.Result {
		if slices.Contains(have, "f02") && slices.Contains(have, "f07") {
			return tap("one", "three")
		}
		return tap()
	}
	w := newWorld(t, project(), fixes, both)
	trial := w.validate(t, fixes)
	if d := cmp.Diff([]string{"f00", "f01", "f02", "f03", "f04", "f05", "f06", "f08"}, shippedIDs(trial)); d != "" {
		t.Errorf("shipped (-want +got):\n%s", d)
	}
	v := trial.Verdicts["f07"]
	if !strings.HasSuffix(v.Reason, "it passes alone and fails together with f02") || !slices.Contains(v.With, "f02") {
		t.Errorf("verdict of f07: %q with %v", v.Reason, v.With)
	}
	if d := cmp.Diff([]string{"one", "three"}, check(t, v, "test").Broken); d != "" {
		t.Errorf("broken (-want +got):\n%s", d)
	}
}

func TestFixThatFailsAloneIsJudgedAlone(t *testing.T) {
	fixes := someFixes(4)
	w := newWorld(t, project(), fixes, failWith("f03"))
	v := w.validate(t, fixes).Verdicts["f03"]
	if v.Status != fettle.Failed || len(v.With) != 0 || strings.Contains(v.Reason, "together") {
		t.Errorf("verdict: %+v", v)
	}
}

func TestRefusedFixFailsAppliesAndTheRestShips(t *testing.T) {
	fixes := someFixes(4)
	w := newWorld(t, project(), fixes, failWith())
	w.composer.refuse = func(have []string, id string) error {
		if id == "f02" && slices.Contains(have, "f01") {
			return fmt.Errorf("f01 holds it: %w", fettle.ErrRefused)
		}
		return nil
	}
	trial := w.validate(t, fixes)
	if d := cmp.Diff([]string{"f00", "f01", "f03"}, shippedIDs(trial)); d != "" {
		t.Errorf("shipped (-want +got):\n%s", d)
	}
	if v := trial.Verdicts["f02"]; check(t, v, "applies").Status != fettle.Failed || len(v.With) != 3 {
		t.Errorf("verdict: %+v", v)
	}
}

func TestFixRefusedOnlyByABadOneShips(t *testing.T) {
	fixes := someFixes(4)
	w := newWorld(t, project(), fixes, failWith("f01"))
	w.composer.refuse = func(have []string, id string) error {
		if id == "f02" && slices.Contains(have, "f01") {
			return fmt.Errorf("f01 holds it: %w", fettle.ErrRefused)
		}
		return nil
	}
	got := shippedIDs(w.validate(t, fixes))
	slices.Sort(got)
	if d := cmp.Diff([]string{"f00", "f02", "f03"}, got); d != "" {
		t.Errorf("shipped (-want +got):\n%s", d)
	}
}

func TestRegistryThatIsDownIsAGapAndNoFailure(t *testing.T) {
	fixes := someFixes(2)
	w := newWorld(t, project(), fixes, failWith())
	w.composer.refuse = func(_ []string, id string) error {
		if id == "f00" {
			return fmt.Errorf("connection refused")
		}
		return nil
	}
	trial := w.validate(t, fixes)
	if v := trial.Verdicts["f00"]; v.Status != fettle.Skipped || len(trial.Gaps) != 1 {
		t.Errorf("verdict %+v, gaps %v", v, trial.Gaps)
	}
	if len(trial.Shipped) != 1 {
		t.Errorf("shipped %v", shippedIDs(trial))
	}
}

func TestFixThatOthersAlreadyMakeIsNoCommit(t *testing.T) {
	fixes := someFixes(2)
	twin := fixes[0]
	w := newWorld(t, project(), fixes, failWith())
	w.composer.refuse = nil
	trial := w.validate(t, []fettle.Fix{fixes[0], fixes[1], twin})
	if len(trial.Shipped) != 2 || len(trial.Verdicts) != 2 {
		t.Errorf("%d steps and %d verdicts; want 2 and 2", len(trial.Shipped), len(trial.Verdicts))
	}
}

func TestBudgetSpentLeavesVerdictsSkippedAndAGap(t *testing.T) {
	fixes := someFixes(16)
	w := newWorld(t, project(), fixes, failWith("f15"))
	w.Config.Budget.Runs = 4
	trial := w.validate(t, fixes)
	if trial.Runs != 4 || len(trial.Gaps) != 1 || !strings.Contains(trial.Gaps[0].Reason, "raise validate.budget") {
		t.Errorf("%d runs, gaps %v", trial.Runs, trial.Gaps)
	}
	if d := cmp.Diff([]string{"f00", "f01", "f02", "f03", "f04", "f05", "f06", "f07"}, shippedIDs(trial)); d != "" {
		t.Errorf("the most urgent half should ship (-want +got):\n%s", d)
	}
	if v := trial.Verdicts["f12"]; v.Status != fettle.Skipped {
		t.Errorf("f12 is %s", v.Status)
	}
}

func TestMinutesAreABudgetToo(t *testing.T) {
	fixes := someFixes(8)
	w := newWorld(t, project(), fixes, nil)
	w.runner.test = func(have []string, _ int) sandbox.Result {
		w.now = w.now.Add(9 * time.Minute)
		return failWith("f07")(have, 0)
	}
	trial := w.validate(t, fixes)
	if trial.Runs > 4 || len(trial.Gaps) != 1 {
		t.Errorf("%d runs, gaps %v", trial.Runs, trial.Gaps)
	}
}

func TestLaterValidateRemembersTrees(t *testing.T) {
	fixes := someFixes(6)
	w := newWorld(t, project(), fixes, failWith("f04"))
	first := w.validate(t, fixes)
	installs, calls := w.runner.installs, w.composer.calls
	second := w.validate(t, fixes)
	if w.runner.installs != installs || w.composer.calls != calls || second.Runs != 0 {
		t.Errorf("the second time took %d installs, %d compositions, %d runs", w.runner.installs-installs, w.composer.calls-calls, second.Runs)
	}
	first.Runs, second.Runs = 0, 0
	if d := cmp.Diff(first, second); d != "" {
		t.Errorf("the second time differs:\n%s", d)
	}
	chosen := w.validate(t, fixes[:2])
	if len(chosen.Shipped) != 2 || chosen.Set.Status != fettle.Passed {
		t.Errorf("the subset: %+v", chosen)
	}
}

func TestEachCommitIsTested(t *testing.T) {
	fixes := someFixes(4)
	// f01 needs f02, so the tree right after f01 fails although the set passes.
	w := newWorld(t, project(), fixes, func(have []string, _ int) sandbox.Result {
		if slices.Contains(have, "f01") && !slices.Contains(have, "f02") {
			return tap("one")
		}
		return tap()
	})
	w.Config.EachCommit = nil
	trial := w.validate(t, fixes)
	got := map[string]bool{}
	for _, s := range trial.Shipped {
		got[s.Fix] = s.Tested
	}
	if d := cmp.Diff(map[string]bool{"f00": true, "f01": false, "f02": true, "f03": true}, got); d != "" {
		t.Errorf("tested (-want +got):\n%s", d)
	}
	if trial.Runs != 6 {
		t.Errorf("%d runs; want 6", trial.Runs)
	}
}

func TestWhatRunsDoToTheCopyDoesNotShip(t *testing.T) {
	fixes := someFixes(2)
	w := newWorld(t, project(), fixes, failWith())
	w.runner.other = func(_ []string, c sandbox.Command, root string) (sandbox.Result, error) {
		err := os.WriteFile(filepath.Join(root, fixesFile), []byte("evil\n"), 0o644)
		return sandbox.Result{}, err
	}
	trial := w.validate(t, fixes)
	for _, s := range trial.Shipped {
		for _, e := range s.Edits {
			if strings.Contains(e.New+e.Old, "evil") {
				t.Errorf("edit %+v", e)
			}
		}
	}
	if text, _ := os.ReadFile(filepath.Join(w.repo.Dir, fixesFile)); len(text) > 0 {
		t.Errorf("the snapshot now holds %q", text)
	}
}
