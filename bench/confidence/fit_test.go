package main

import (
	"bytes"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/score"
)

// drawn makes observations whose outcomes follow w.
func drawn(n int, w score.Weights) []observation {
	r := rand.New(rand.NewPCG(1, 9))
	kinds := []fettle.FixKind{fettle.LockOnly, fettle.Direct, fettle.Override}
	var list []observation
	for range n {
		f := score.Features{
			Ecosystem: []string{"Go", "npm", "PyPI", "crates.io"}[r.IntN(4)], Kind: kinds[r.IntN(3)], Jump: score.Jump(r.IntN(4)),
			V0: r.IntN(2) == 0, Transitive: r.IntN(2) == 0, Side: r.IntN(6), SideMajors: r.IntN(3), Removed: r.IntN(3),
			Toolchain: r.IntN(4) == 0, Tested: r.IntN(3) > 0, Tests: 1 + r.IntN(400), Flaky: r.IntN(3) == 0, Red: r.IntN(3) == 0,
		}
		list = append(list, observation{features: f, clean: r.Float64() < w.Estimate(f)})
	}
	return list
}

func TestTheFitFindsTheWeightsThatMadeTheData(t *testing.T) {
	want := score.Weights{2.5, 0.4, -0.3, 0.1, -0.5, -0.6, 0.3, -0.2, -0.4, -0.9, -0.3, -0.2, -0.3, -0.1, -0.5, 0.3, -0.4, -0.3, -0.8}
	got := weigh(drawn(15_000, want), beliefs())
	for i, name := range score.Terms {
		if math.Abs(got[i]-want[i]) > 0.25 {
			t.Errorf("%s is %v, want about %v", name, got[i], want[i])
		}
	}
}

func TestWithoutDataTheFitIsWhatWasBelieved(t *testing.T) {
	b := beliefs()
	got := weigh(nil, b)
	for i, name := range score.Terms {
		if math.Abs(got[i]-b[i].mean) > 1e-4 {
			t.Errorf("%s is %v, want %v", name, got[i], b[i].mean)
		}
	}
}

func TestWhatSpeaksAgainstAFixNeverComesOutForIt(t *testing.T) {
	var odd score.Weights
	odd[0] = 1
	for i, b := range beliefs() {
		odd[i] -= float64(b.sign) // the data say the opposite of each sign
	}
	got := weigh(drawn(5000, odd), beliefs())
	for i, b := range beliefs() {
		if b.sign != 0 && got[i] != 0 {
			t.Errorf("%s is %v, want 0", score.Terms[i], got[i])
		}
	}
}

func TestUpgradesOfOneDependencyInOneProjectAreOneCase(t *testing.T) {
	u := sample()
	u.BrokenB, u.Jump, u.InRange = 0, "patch", true
	broken := u
	broken.BrokenB, broken.Jump = 1, "minor"
	other := u
	other.Dependency = "c"
	got := count(observe([]upgrade{u, broken, other}, false))
	want := []score.Stratum{{Ecosystem: "PyPI", Tested: true, Upgrades: 3, Cases: 2, Broken: 0.5}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func corpus(t *testing.T) []upgrade {
	t.Helper()
	upgrades, err := open("upgrades.csv")
	if err != nil {
		t.Fatal(err)
	}
	return upgrades
}

func TestTheModelIsTheOneThatTheCorpusGives(t *testing.T) {
	upgrades := corpus(t)
	if len(upgrades) < 300 {
		t.Errorf("%d labelled upgrades, want 300 at least", len(upgrades))
	}
	want, err := source(fit(upgrades))
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join("..", "..", "pkg", "score", "fitted.go"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("pkg/score/fitted.go is stale; run go run ./bench/confidence fit: %s", cmp.Diff(string(got), string(want)))
	}
}

func TestThePageSaysWhatTheCorpusSays(t *testing.T) {
	upgrades := corpus(t)
	page := filepath.Join("..", "..", "docs", "confidence.md")
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	want, err := fill(string(text), tables(upgrades))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(text)); diff != "" {
		t.Errorf("docs/confidence.md is stale; run go run ./bench/confidence report: %s", diff)
	}
	picture, err := os.ReadFile(filepath.Join("..", "..", "docs", "confidence.svg"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(diagram(reliability(byGroup(upgrades, methods()[0]))), string(picture)); diff != "" {
		t.Errorf("docs/confidence.svg is stale: %s", diff)
	}
}

func TestHeldOutUpgradesShareNothingWithWhatTheyArePredictedFrom(t *testing.T) {
	upgrades := corpus(t)
	seen := 0
	spy := method{"spy", func(train []upgrade) func(score.Features) float64 {
		seen += len(train)
		return func(score.Features) float64 { return 0.5 }
	}}
	list := byGroup(upgrades, spy)
	if len(list) != len(observe(upgrades, false)) || seen == 0 || seen >= folds*folds*len(upgrades) {
		t.Errorf("%d predictions of %d upgrades, learned from %d", len(list), len(observe(upgrades, false)), seen)
	}
	if b := brier(list); b != 0.25 {
		t.Errorf("Brier score of a coin %v, want 0.25", b)
	}
}
