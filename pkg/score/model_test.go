package score

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

func fix(kind fettle.FixKind, from, to string) fettle.Fix {
	return fettle.Fix{
		ID: "fix", Kind: kind, Origin: "npm", Resolves: []fettle.ID{"f"},
		Upgrades: []fettle.Upgrade{{Package: fettle.Package{Ecosystem: "npm", Name: "lodash", Version: from}, To: to, Keys: []string{"node_modules/lodash"}}},
		Moves:    []fettle.Move{{Name: "lodash", Key: "node_modules/lodash", From: from, To: to}},
	}
}

func passed(tests int) fettle.Verdict {
	v := fettle.Verdict{Status: fettle.Passed, Resolved: []fettle.ID{"f"}, Checks: []fettle.Check{
		{Name: "applies", Status: fettle.Passed}, {Name: "rescan", Status: fettle.Passed}, {Name: "install", Status: fettle.Passed},
	}}
	if tests > 0 {
		v.Checks = append(v.Checks, fettle.Check{Name: "test", Status: fettle.Passed, Ran: tests})
	} else {
		v.Checks = append(v.Checks, fettle.Check{Name: "test", Status: fettle.Skipped, Detail: "package.json has no script test"})
	}
	return v
}

func held() fettle.Trial {
	return fettle.Trial{
		Baseline: fettle.Verdict{Status: fettle.Passed, Checks: []fettle.Check{{Name: "test", Status: fettle.Passed, Ran: 100}}},
		Sandbox:  []string{"network off in the test phase", "NOT held: in the fetch phase the network is open"},
	}
}

func points(c fettle.Confidence) map[string]float64 {
	m := map[string]float64{}
	for _, r := range c.Reasons {
		m[r.Factor] += math.Round(100*r.Points) / 100
	}
	return m
}

// known is a fit with enough cases of npm, too few of Go, and no override.
func known() Model {
	return Model{Fit: &Fit{
		Upgrades: 500, Projects: 200, Until: "2026-10-31",
		Weights: Weights{3, 0.1, -0.1, 0, -0.2, -0.4, 0.1, -0.2, -0.3, -0.9, -0.3, -0.1, -0.2, -0.1, -0.5, 0.2, -0.3, -0.2, -1},
		Strata: []Stratum{
			{Ecosystem: "npm", Tested: true, Upgrades: 300, Cases: 200, Broken: 1},
			{Ecosystem: "npm", Breaking: true, Tested: true, Upgrades: 100, Cases: 60, Broken: 4},
			{Ecosystem: "Go", Tested: true, Upgrades: 20, Cases: 10, Broken: 0},
			{Ecosystem: "npm", Upgrades: 320, Cases: 210, Broken: 8},
			{Ecosystem: "npm", Breaking: true, Upgrades: 150, Cases: 90, Broken: 20},
		},
	}}
}

func TestTheWholeOfOneConfidence(t *testing.T) {
	f := fix(fettle.Direct, "4.17.10", "4.18.1")
	f.Moves = append(f.Moves, fettle.Move{Name: "a", Key: "node_modules/a", From: "1.0.0", To: "1.0.1"})
	got := known().Score(f, passed(60), held())
	round := func(v float64) float64 { return math.Round(1000*v) / 1000 }
	got.Value, got.Estimate = round(got.Value), round(got.Estimate)
	for i := range got.Reasons {
		got.Reasons[i].Points = round(got.Reasons[i].Points)
	}
	want := fettle.Confidence{
		Value: 0.922, Estimate: 0.922, Cases: 200,
		Reasons: []fettle.Reason{
			{Factor: "base", Text: "upgrades that break nothing, by the labelled ones", Points: 3},
			{Factor: "ecosystem", Text: "what is known of npm", Points: -0.1},
			{Factor: "kind", Text: "a range that the project declares moves", Points: -0.2},
			{Factor: "jump", Text: "a minor version", Points: -0.2},
			{Factor: "side", Text: "1 package moved beyond those asked for", Points: -0.069},
			{Factor: "tests", Text: "60 tests ran", Points: 0.036},
			{Factor: "bound", Text: "at most 0.976, the 95% lower bound: of 200 cases like it, 1 broke"},
		},
		Basis: "calibrated on 500 labelled upgrades of 200 projects",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestTheBoundHoldsWhatTheEstimateSays(t *testing.T) {
	m := known()
	m.Fit.Weights[0] = 9
	got := m.Score(fix(fettle.LockOnly, "4.17.10", "4.17.21"), passed(60), held())
	if want := LowerBound(199, 200, 0.95); math.Abs(got.Value-want) > 1e-9 || got.Estimate <= want {
		t.Errorf("value %v below an estimate of %v, want the bound %v", got.Value, got.Estimate, want)
	}
}

func TestUnknownWhereTooFewCasesAreLikeIt(t *testing.T) {
	goFix := fix(fettle.Direct, "v1.2.3", "v1.2.4")
	goFix.Upgrades[0].Package.Ecosystem = "Go"
	cargo := fix(fettle.Direct, "1.2.3", "1.2.4")
	cargo.Upgrades[0].Package.Ecosystem = "crates.io"
	holder := fix(fettle.Holder, "1.2.3", "1.2.4")
	strange := fix("spell", "1.2.3", "1.2.4")
	major := fix(fettle.Direct, "1.2.3", "2.0.0")
	model := fix(fettle.LockOnly, "1.2.3", "1.2.4")
	model.Origin = "model"
	rule := fix(fettle.LockOnly, "1.2.3", "1.2.4")
	rule.Origin = "rule"
	few := known()
	few.Fit.Strata[0].Cases = 28
	tests := []struct {
		name    string
		model   Model
		fix     fettle.Fix
		unknown bool
		cases   int
		why     string
	}{
		{"its own ecosystem has enough", known(), fix(fettle.LockOnly, "1.2.3", "1.2.4"), false, 200, "of 200 cases like it, 1 broke"},
		{"others count a quarter", known(), goFix, false, 60, "of 60 cases somewhat like it, those of other ecosystems and kinds counted for less, 0.2 broke"},
		{"an ecosystem without labels", known(), cargo, false, 52, "counted for less"},
		{"a kind without labels", known(), holder, false, 100, "counted for less"},
		{"no override is labelled", known(), fix(fettle.Override, "1.2.3", "1.2.4"), true, 0, "0 cases like it with a known outcome; a number takes 29"},
		{"a kind nobody knows", known(), strange, true, 0, "a number takes 29"},
		{"28 cases and a quarter of 10", few, fix(fettle.LockOnly, "1.2.3", "1.2.4"), false, 30, "counted for less"},
		{"major jumps are known, minor ones are not", Model{Fit: &Fit{Strata: []Stratum{{Ecosystem: "npm", Breaking: true, Tested: true, Cases: 60}}}}, major, true, 0, "a number takes 29"},
		{"a language model", known(), model, true, 0, "a number takes 29"},
		{"a rule", known(), rule, true, 0, "a number takes 29"},
		{"no labels at all", Model{Fit: &Fit{}}, fix(fettle.LockOnly, "1.2.3", "1.2.4"), true, 0, "a number takes 29"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := test.model.Score(test.fix, passed(60), held())
			last := ""
			for _, r := range got.Reasons {
				last += r.Text + "; "
			}
			if got.Unknown != test.unknown || got.Cases != test.cases || got.Unknown && got.Value != 0 || !strings.Contains(last, test.why) {
				t.Errorf("unknown %v, %d cases, value %v, want %v, %d and a reason %q: %s", got.Unknown, got.Cases, got.Value, test.unknown, test.cases, test.why, last)
			}
			if test.fix.Origin == "model" && got.Estimate > 0.58+1e-9 {
				t.Errorf("estimate %v, want at most what was published", got.Estimate)
			}
		})
	}
}

func TestAFailedCheckLeavesNoConfidence(t *testing.T) {
	for _, name := range []string{"applies", "resolves", "rescan", "install", "build", "test", "guard"} {
		v := passed(1000)
		v.Checks = append(v.Checks, fettle.Check{Name: name, Status: fettle.Failed, Detail: "it is so"})
		got := Model{}.Score(fix(fettle.LockOnly, "1.0.0", "1.0.1"), v, held())
		want := []fettle.Reason{{Factor: "gate", Text: "the check " + name + " failed: it is so"}}
		if diff := cmp.Diff(want, got.Reasons); got.Value != 0 || diff != "" {
			t.Errorf("%s: value %v, %s", name, got.Value, diff)
		}
	}
	got := Model{}.Score(fix(fettle.LockOnly, "1.0.0", "1.0.1"), fettle.Verdict{Status: fettle.Failed, Reason: "time limit"}, held())
	if got.Value != 0 || got.Reasons[0].Text != "the trial failed: time limit" {
		t.Errorf("got %+v, want 0 for a failed verdict without a failed check", got)
	}
}

func TestCaps(t *testing.T) {
	tests := []struct {
		name   string
		change func(*fettle.Fix, *fettle.Verdict, *fettle.Trial)
		most   float64
		why    string
	}{
		{"tests skipped", func(_ *fettle.Fix, v *fettle.Verdict, _ *fettle.Trial) { *v = passed(0) }, 0.5, "no tests ran: package.json has no script test"},
		{"no test check", func(_ *fettle.Fix, v *fettle.Verdict, _ *fettle.Trial) { v.Checks = v.Checks[:3] }, 0.5, "the project has no tests"},
		{"tests without cases", func(_ *fettle.Fix, v *fettle.Verdict, _ *fettle.Trial) { v.Checks[3].Ran = 0 }, 0.5, "named no test case"},
		{"not tried", func(_ *fettle.Fix, v *fettle.Verdict, _ *fettle.Trial) {
			*v = fettle.Verdict{Status: fettle.Skipped, Reason: "the sandbox could not run"}
		}, 0.5, "it was not tried: the sandbox could not run"},
		{"a finding introduced", func(_ *fettle.Fix, v *fettle.Verdict, _ *fettle.Trial) { v.Introduced = []fettle.ID{"x"} }, 0.5, "found 1 finding that was not there"},
		{"a finding left", func(f *fettle.Fix, _ *fettle.Verdict, _ *fettle.Trial) { f.Resolves = []fettle.ID{"f", "g"} }, 0.5, "still found 1 finding"},
		{"a lockfile that was not refreshed", func(f *fettle.Fix, _ *fettle.Verdict, _ *fettle.Trial) { f.Stale = []string{"web/yarn.lock"} }, 0.5, "web/yarn.lock was not refreshed"},
		{"a name that is gone and used", func(f *fettle.Fix, _ *fettle.Verdict, _ *fettle.Trial) { f.Breaks = make([]fettle.Break, 2) }, 0.5, "2 places of the project's own code use"},
		{"a toolchain raised", func(f *fettle.Fix, _ *fettle.Verdict, _ *fettle.Trial) { f.Upgrades[0].Toolchain = "node >=20" }, 0.75, "asks more of the toolchain"},
		{"a warning", func(f *fettle.Fix, _ *fettle.Verdict, _ *fettle.Trial) { f.Warnings = []string{"provenance lost"} }, 0.75, "1 warning for whoever reviews it"},
		{"a handful of tests", func(_ *fettle.Fix, v *fettle.Verdict, _ *fettle.Trial) { v.Checks[3].Ran = 4 }, 0.75, "only 4 tests ran"},
		{"a major version", func(f *fettle.Fix, _ *fettle.Verdict, _ *fettle.Trial) { f.Major = true }, 0.7, "a major version moves"},
		{"versions nobody can compare", func(f *fettle.Fix, _ *fettle.Verdict, _ *fettle.Trial) { f.Upgrades[0].To = "latest" }, 0.7, "cannot be compared"},
		{"a weak sandbox", func(_ *fettle.Fix, _ *fettle.Verdict, tr *fettle.Trial) {
			tr.Sandbox = append(tr.Sandbox, "NOT held: network is on in the test phase")
		}, 0.75, "the sandbox is weak: network is on in the test phase"},
		{"a flaky baseline", func(_ *fettle.Fix, _ *fettle.Verdict, tr *fettle.Trial) { tr.Baseline.Checks[0].Flaky = []string{"t"} }, 0.85, "tests answer differently"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f, v, tr := fix(fettle.LockOnly, "4.17.10", "4.17.21"), passed(10000), held()
			v.Checks = append(v.Checks, fettle.Check{Name: "build", Status: fettle.Passed})
			test.change(&f, &v, &tr)
			got := known().Score(f, v, tr)
			told := slices.ContainsFunc(got.Reasons, func(r fettle.Reason) bool {
				return r.Factor == "cap" && strings.Contains(r.Text, test.why)
			})
			if got.Value > test.most || got.Value == 0 || !told {
				t.Errorf("value %v, want at most %v, with a cap that says %q: %+v", got.Value, test.most, test.why, got.Reasons)
			}
		})
	}
}

func TestFeaturesAreReadOffTheFix(t *testing.T) {
	tests := []struct {
		name   string
		change func(*fettle.Fix, *fettle.Verdict, *fettle.Trial)
		want   func(*Features)
	}{
		{"as it is", func(*fettle.Fix, *fettle.Verdict, *fettle.Trial) {}, func(*Features) {}},
		{"a direct dependency", func(f *fettle.Fix, _ *fettle.Verdict, _ *fettle.Trial) { f.Kind = fettle.Direct }, func(f *Features) { f.Kind, f.Transitive = fettle.Direct, false }},
		{"a version below 1.0.0", func(f *fettle.Fix, _ *fettle.Verdict, _ *fettle.Trial) {
			f.Upgrades[0].Package.Version, f.Upgrades[0].To = "0.4.1", "0.5.0"
		}, func(f *Features) { f.V0, f.Jump = true, Early }},
		{"a toolchain raised", func(f *fettle.Fix, _ *fettle.Verdict, _ *fettle.Trial) { f.Upgrades[0].Toolchain = "node >=20" }, func(f *Features) { f.Toolchain = true }},
		{"moves beside", func(f *fettle.Fix, _ *fettle.Verdict, _ *fettle.Trial) {
			f.Moves = append(f.Moves, fettle.Move{Name: "b", Key: "b", From: "1.0.0", To: "2.0.0"}, fettle.Move{Name: "c", Key: "c", From: "1.0.0"})
		}, func(f *Features) { f.Side, f.SideMajors, f.Removed = 2, 1, 1 }},
		{"moves that an earlier fix of the set made already", func(f *fettle.Fix, _ *fettle.Verdict, tr *fettle.Trial) {
			f.Moves = append(f.Moves, fettle.Move{Name: "b", Key: "b", From: "1.0.0", To: "2.0.0"})
			tr.Shipped = []fettle.Step{{Fix: f.ID}}
		}, func(*Features) {}},
		{"no tests", func(_ *fettle.Fix, v *fettle.Verdict, _ *fettle.Trial) { *v = passed(0) }, func(f *Features) { f.Tested, f.Tests = false, 0 }},
		{"a failing baseline", func(_ *fettle.Fix, _ *fettle.Verdict, tr *fettle.Trial) { tr.Baseline.Checks[0].Status = fettle.Failed }, func(f *Features) { f.Red = true }},
		{"a flaky test after the fix", func(_ *fettle.Fix, v *fettle.Verdict, _ *fettle.Trial) { v.Checks[3].Flaky = []string{"a", "a"} }, func(f *Features) { f.Flaky = true }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f, v, tr := fix(fettle.LockOnly, "4.17.10", "4.17.21"), passed(100), held()
			test.change(&f, &v, &tr)
			want := Features{Ecosystem: "npm", Kind: fettle.LockOnly, Transitive: true, Tested: true, Tests: 100}
			test.want(&want)
			if diff := cmp.Diff(want, Of(f, v, tr)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestBetween(t *testing.T) {
	tests := []struct {
		from, to string
		want     Jump
	}{
		{"1.2.3", "1.2.4", Patch},
		{"1.2.3", "1.2.3", Patch},
		{"1.2.3-rc.1", "1.2.3", Patch},
		{"v1.2.3", "1.3.0", Minor},
		{"1.3.0", "1.2.3", Minor},
		{"1.2", "1.2.1", Patch},
		{"1.9.9", "2.0.0", Major},
		{"0.4.1", "0.4.2", Patch},
		{"0.4.1", "0.5.0", Early},
		{"0.0.1", "0.0.2", Early},
		{"0.9.0", "1.0.0", Major},
		{"1.0.0", "latest", Unknown},
		{"", "1.0.0", Unknown},
		{"1.99999999999999999999", "1.0.0", Unknown},
		{"1.2.3.4", "1.2.3.5", Patch},
	}
	for _, test := range tests {
		if got := Between(test.from, test.to); got != test.want {
			t.Errorf("Between(%q, %q) = %d, want %d", test.from, test.to, got, test.want)
		}
	}
}

// random draws a fix that passed.
func random(r *rand.Rand) (fettle.Fix, fettle.Verdict, fettle.Trial) {
	kinds := []fettle.FixKind{fettle.LockOnly, fettle.Direct, fettle.Holder, fettle.Override}
	froms := []string{"1.2.3", "0.4.1"}
	tos := []string{"1.2.4", "1.3.0", "2.0.0", "0.4.2", "0.5.0"}
	f := fix(kinds[r.IntN(4)], froms[r.IntN(2)], tos[r.IntN(5)])
	f.Origin = []string{"npm", "rule", "model"}[r.IntN(3)]
	for range r.IntN(8) {
		f.Moves = append(f.Moves, fettle.Move{Name: "m", Key: "m", From: "1.0.0", To: []string{"1.0.1", "2.0.0", ""}[r.IntN(3)]})
	}
	v, t := passed(r.IntN(200)*r.IntN(2)), held()
	if r.IntN(4) == 0 {
		t.Baseline.Checks[0].Flaky = []string{"a"}
	}
	if r.IntN(4) == 0 {
		t.Baseline.Checks[0].Status = fettle.Failed
	}
	if r.IntN(4) == 0 {
		t.Sandbox = []string{"NOT held: network is on in the test phase"}
	}
	return f, v, t
}

func TestAWorseFixNeverScoresHigher(t *testing.T) {
	worse := []struct {
		name   string
		change func(*fettle.Fix, *fettle.Verdict, *fettle.Trial)
	}{
		{"fewer tests", func(_ *fettle.Fix, v *fettle.Verdict, _ *fettle.Trial) { v.Checks[3].Ran /= 2 }},
		{"no tests", func(_ *fettle.Fix, v *fettle.Verdict, _ *fettle.Trial) { *v = passed(0) }},
		{"not tried", func(_ *fettle.Fix, v *fettle.Verdict, _ *fettle.Trial) { *v = fettle.Verdict{Status: fettle.Skipped} }},
		{"a minor jump at least", func(f *fettle.Fix, _ *fettle.Verdict, _ *fettle.Trial) {
			u := &f.Upgrades[0]
			if Between(u.Package.Version, u.To) == Patch && u.Package.Version == "1.2.3" {
				u.To = "1.3.0"
			}
		}},
		{"a major jump", func(f *fettle.Fix, _ *fettle.Verdict, _ *fettle.Trial) { f.Upgrades[0].To = "9.0.0" }},
		{"a jump nobody can read", func(f *fettle.Fix, _ *fettle.Verdict, _ *fettle.Trial) { f.Upgrades[0].To = "x" }},
		{"marked major", func(f *fettle.Fix, _ *fettle.Verdict, _ *fettle.Trial) { f.Major = true }},
		{"one more move", func(f *fettle.Fix, _ *fettle.Verdict, _ *fettle.Trial) {
			f.Moves = append(f.Moves, fettle.Move{Name: "n", Key: "n", From: "1.0.0", To: "1.0.1"})
		}},
		{"one more package removed", func(f *fettle.Fix, _ *fettle.Verdict, _ *fettle.Trial) {
			f.Moves = append(f.Moves, fettle.Move{Name: "n", Key: "n", From: "1.0.0"})
		}},
		{"an override", func(f *fettle.Fix, _ *fettle.Verdict, _ *fettle.Trial) { f.Kind = fettle.Override }},
		{"a place that breaks", func(f *fettle.Fix, _ *fettle.Verdict, _ *fettle.Trial) { f.Breaks = make([]fettle.Break, 1) }},
		{"a stale lockfile", func(f *fettle.Fix, _ *fettle.Verdict, _ *fettle.Trial) { f.Stale = []string{"a"} }},
		{"a toolchain raised", func(f *fettle.Fix, _ *fettle.Verdict, _ *fettle.Trial) { f.Upgrades[0].Toolchain = "go 1.99" }},
		{"a model", func(f *fettle.Fix, _ *fettle.Verdict, _ *fettle.Trial) { f.Origin = "model" }},
		{"a flaky baseline", func(_ *fettle.Fix, _ *fettle.Verdict, t *fettle.Trial) { t.Baseline.Checks[0].Flaky = []string{"a"} }},
		{"a failing baseline", func(_ *fettle.Fix, _ *fettle.Verdict, t *fettle.Trial) { t.Baseline.Status = fettle.Failed }},
		{"a weak sandbox", func(_ *fettle.Fix, _ *fettle.Verdict, t *fettle.Trial) { t.Sandbox = []string{"NOT held: files"} }},
		{"a failed check", func(_ *fettle.Fix, v *fettle.Verdict, _ *fettle.Trial) { v.Checks[0].Status = fettle.Failed }},
		{"something introduced", func(_ *fettle.Fix, v *fettle.Verdict, _ *fettle.Trial) { v.Introduced = []fettle.ID{"x"} }},
	}
	for i, w := range worse {
		t.Run(w.name, func(t *testing.T) {
			for _, m := range []Model{{}, known()} {
				r := rand.New(rand.NewPCG(7, uint64(i)))
				for range 400 {
					f, v, tr := random(r)
					before := m.Score(f, v, tr)
					w.change(&f, &v, &tr)
					after := m.Score(f, v, tr)
					if after.Value > before.Value+1e-12 && !before.Unknown {
						t.Fatalf("from %+v to %+v: %+v", before, after, f)
					}
				}
			}
		})
	}
}

func TestPointsAddUpToTheLogOdds(t *testing.T) {
	for name, m := range map[string]Model{"as fitted": {}, "a fit of these tests": known()} {
		r := rand.New(rand.NewPCG(9, 9))
		for range 500 {
			c := m.Score(random(r))
			sum := 0.0
			for _, reason := range c.Reasons {
				sum += reason.Points
			}
			want := c.Value
			if c.Unknown {
				want = c.Estimate
			}
			if math.Abs(sigmoid(sum)-want) > 1e-9 || !(want > 0 && want < 1) {
				t.Fatalf("%s: points add up to %v, want the log odds of %v: %+v", name, sum, want, c.Reasons)
			}
		}
	}
}

func TestUnknownIsNeverHighAndTheValueNeverAboveTheEstimate(t *testing.T) {
	for name, m := range map[string]Model{"as fitted": {}, "a fit of these tests": known(), "no labels": {Fit: &Fit{}}} {
		r := rand.New(rand.NewPCG(11, 3))
		for range 500 {
			c := m.Score(random(r))
			if c.Unknown && (c.Value != 0 || c.Cases >= needed) || c.Value > c.Estimate+1e-12 || !c.Unknown && c.Cases < needed {
				t.Fatalf("%s: %+v", name, c)
			}
		}
	}
}

func TestMoreCleanCasesNeverLowerTheValue(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	for range 500 {
		f, v, tr := random(r)
		m := known()
		before := m.Score(f, v, tr)
		m.Fit.Strata[r.IntN(len(m.Fit.Strata))].Cases += float64(1 + r.IntN(20))
		after := m.Score(f, v, tr)
		if after.Value < before.Value-1e-12 || after.Unknown && !before.Unknown {
			t.Fatalf("from %+v to %+v", before, after)
		}
	}
}

func TestTheSameFixScoresTheSame(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 100 {
		f, v, tr := random(r)
		if diff := cmp.Diff(Model{}.Score(f, v, tr), Model{}.Score(f, v, tr)); diff != "" {
			t.Fatal(diff)
		}
	}
}

func FuzzJump(f *testing.F) {
	f.Add("1.2.3", "v1.3.0-rc.1+b")
	f.Add("0.0.1", "")
	f.Fuzz(func(t *testing.T, a, b string) {
		if Between(a, b) != Between(b, a) {
			t.Errorf("between %q and %q depends on the direction", a, b)
		}
	})
}
