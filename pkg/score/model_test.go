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
		Upgrades: []fettle.Upgrade{{Package: fettle.Package{Name: "lodash", Version: from}, To: to, Keys: []string{"node_modules/lodash"}}},
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

func TestTheWholeOfOneConfidence(t *testing.T) {
	f := fix(fettle.Direct, "4.17.10", "4.18.1")
	f.Moves = append(f.Moves, fettle.Move{Name: "a", Key: "node_modules/a", From: "1.0.0", To: "1.0.1"})
	got := Model{}.Score(f, passed(60), held())
	got.Value = math.Round(1000*got.Value) / 1000
	for i := range got.Reasons {
		got.Reasons[i].Points = math.Round(1000*got.Reasons[i].Points) / 1000
	}
	want := fettle.Confidence{
		Value: 0.911,
		Reasons: []fettle.Reason{
			{Factor: "base", Text: "about one in eight upgrades breaks something", Points: 1.966},
			{Factor: "kind", Text: "a range that the project declares moves"},
			{Factor: "jump", Text: "a minor version"},
			{Factor: "side", Text: "1 package moved beyond those asked for", Points: -0.069},
			{Factor: "tests", Text: "60 tests ran; tests catch 47% of faults in direct dependencies at best", Points: 0.435},
		},
		Basis: "a prior from published figures and judgement, not yet calibrated on outcomes",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
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
		{"a good fix ends where a prior ends", func(*fettle.Fix, *fettle.Verdict, *fettle.Trial) {}, 0.95, "no outcomes back the number yet"},
		{"tests skipped", func(_ *fettle.Fix, v *fettle.Verdict, _ *fettle.Trial) { *v = passed(0) }, 0.5, "no tests ran: package.json has no script test"},
		{"no test check", func(_ *fettle.Fix, v *fettle.Verdict, _ *fettle.Trial) { v.Checks = v.Checks[:3] }, 0.5, "the project has no tests"},
		{"tests without cases", func(_ *fettle.Fix, v *fettle.Verdict, _ *fettle.Trial) { v.Checks[3].Ran = 0 }, 0.5, "named no test case"},
		{"not tried", func(_ *fettle.Fix, v *fettle.Verdict, _ *fettle.Trial) {
			*v = fettle.Verdict{Status: fettle.Skipped, Reason: "the sandbox could not run"}
		}, 0.5, "it was not tried: the sandbox could not run"},
		{"a finding introduced", func(_ *fettle.Fix, v *fettle.Verdict, _ *fettle.Trial) { v.Introduced = []fettle.ID{"x"} }, 0.5, "found 1 finding that was not there"},
		{"a finding left", func(f *fettle.Fix, _ *fettle.Verdict, _ *fettle.Trial) { f.Resolves = []fettle.ID{"f", "g"} }, 0.5, "still found 1 finding"},
		{"a language model", func(f *fettle.Fix, _ *fettle.Verdict, _ *fettle.Trial) { f.Origin = "model" }, 0.5, "a language model drafted it"},
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
			got := Model{}.Score(f, v, tr)
			told := slices.ContainsFunc(got.Reasons, func(r fettle.Reason) bool {
				return r.Factor == "cap" && strings.Contains(r.Text, test.why)
			})
			if got.Value > test.most || !told {
				t.Errorf("value %v, want at most %v, with a cap that says %q: %+v", got.Value, test.most, test.why, got.Reasons)
			}
		})
	}
}

func TestFeatures(t *testing.T) {
	tests := []struct {
		name   string
		change func(*fettle.Fix, *fettle.Verdict, *fettle.Trial)
		factor string
		want   float64
	}{
		{"an override", func(f *fettle.Fix, _ *fettle.Verdict, _ *fettle.Trial) { f.Kind = fettle.Override }, "kind", -0.6},
		{"a holder", func(f *fettle.Fix, _ *fettle.Verdict, _ *fettle.Trial) { f.Kind = fettle.Holder }, "kind", -0.2},
		{"a kind nobody knows", func(f *fettle.Fix, _ *fettle.Verdict, _ *fettle.Trial) { f.Kind = "spell" }, "kind", -0.6},
		{"a patch version", func(f *fettle.Fix, _ *fettle.Verdict, _ *fettle.Trial) {}, "jump", 0.3},
		{"a version below 1.0.0", func(f *fettle.Fix, _ *fettle.Verdict, _ *fettle.Trial) {
			f.Upgrades[0].Kind, f.Upgrades[0].Package.Version, f.Upgrades[0].To = fettle.Direct, "0.4.1", "0.4.2"
		}, "v0", -0.4},
		{"the breaking part below 1.0.0", func(f *fettle.Fix, _ *fettle.Verdict, _ *fettle.Trial) {
			f.Upgrades[0].Kind, f.Upgrades[0].Package.Version, f.Upgrades[0].To = fettle.Override, "0.4.1", "0.5.0"
		}, "jump", -0.8},
		{"the breaking part below 1.0.0, as the holder's range has it", func(f *fettle.Fix, _ *fettle.Verdict, _ *fettle.Trial) {
			f.Upgrades[0].Kind, f.Upgrades[0].Package.Version, f.Upgrades[0].To = fettle.LockOnly, "0.4.1", "0.5.0"
		}, "jump", 0},
		{"moves that an earlier fix of the set made already", func(f *fettle.Fix, _ *fettle.Verdict, tr *fettle.Trial) {
			f.Moves = append(f.Moves, fettle.Move{Name: "b", Key: "b", From: "1.0.0", To: "2.0.0"})
			tr.Shipped = []fettle.Step{{Fix: f.ID}}
		}, "side", 0},
		{"a removed package", func(f *fettle.Fix, _ *fettle.Verdict, _ *fettle.Trial) {
			f.Moves = append(f.Moves, fettle.Move{Name: "b", Key: "b", From: "1.0.0"})
		}, "removed", -0.07},
		{"a side move by a major version", func(f *fettle.Fix, _ *fettle.Verdict, _ *fettle.Trial) {
			f.Moves = append(f.Moves, fettle.Move{Name: "b", Key: "b", From: "1.0.0", To: "2.0.0"})
		}, "side_major", -0.14},
		{"a failing baseline", func(_ *fettle.Fix, _ *fettle.Verdict, tr *fettle.Trial) { tr.Baseline.Checks[0].Status = fettle.Failed }, "baseline", -0.4},
		{"a flaky test after the fix", func(_ *fettle.Fix, v *fettle.Verdict, _ *fettle.Trial) { v.Checks[3].Flaky = []string{"a", "a"} }, "flaky", -0.4},
		{"a language model", func(f *fettle.Fix, _ *fettle.Verdict, _ *fettle.Trial) { f.Origin = "model" }, "origin", -1.64},
		{"tests of a transitive dependency", func(f *fettle.Fix, _ *fettle.Verdict, _ *fettle.Trial) {}, "tests", 0.34},
		{"tests of a direct dependency", func(f *fettle.Fix, _ *fettle.Verdict, _ *fettle.Trial) { f.Kind = fettle.Direct }, "tests", 0.5},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f, v, tr := fix(fettle.LockOnly, "4.17.10", "4.17.21"), passed(100), held()
			test.change(&f, &v, &tr)
			got := points(Model{}.Score(f, v, tr))
			if got[test.factor] != test.want {
				t.Errorf("%s adds %v, want %v", test.factor, got[test.factor], test.want)
			}
		})
	}
}

func TestBetween(t *testing.T) {
	tests := []struct {
		from, to string
		want     jump
	}{
		{"1.2.3", "1.2.4", patch},
		{"1.2.3", "1.2.3", patch},
		{"1.2.3-rc.1", "1.2.3", patch},
		{"v1.2.3", "1.3.0", minor},
		{"1.3.0", "1.2.3", minor},
		{"1.2", "1.2.1", patch},
		{"1.9.9", "2.0.0", major},
		{"0.4.1", "0.4.2", patch},
		{"0.4.1", "0.5.0", early},
		{"0.0.1", "0.0.2", early},
		{"0.9.0", "1.0.0", major},
		{"1.0.0", "latest", unknown},
		{"", "1.0.0", unknown},
		{"1.99999999999999999999", "1.0.0", unknown},
		{"1.2.3.4", "1.2.3.5", patch},
	}
	for _, test := range tests {
		if got := between(test.from, test.to); got != test.want {
			t.Errorf("between(%q, %q) = %d, want %d", test.from, test.to, got, test.want)
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
			if between(u.Package.Version, u.To) == patch && u.Package.Version == "1.2.3" {
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
		{"an override", func(f *fettle.Fix, _ *fettle.Verdict, _ *fettle.Trial) {
			if f.Kind != fettle.Direct { // whose tests count for more, as they reach direct dependencies
				f.Kind = fettle.Override
			}
		}},
		{"a model", func(f *fettle.Fix, _ *fettle.Verdict, _ *fettle.Trial) { f.Origin = "model" }},
		{"a flaky baseline", func(_ *fettle.Fix, _ *fettle.Verdict, t *fettle.Trial) { t.Baseline.Checks[0].Flaky = []string{"a"} }},
		{"a failing baseline", func(_ *fettle.Fix, _ *fettle.Verdict, t *fettle.Trial) { t.Baseline.Status = fettle.Failed }},
		{"a weak sandbox", func(_ *fettle.Fix, _ *fettle.Verdict, t *fettle.Trial) { t.Sandbox = []string{"NOT held: files"} }},
		{"a failed check", func(_ *fettle.Fix, v *fettle.Verdict, _ *fettle.Trial) { v.Checks[0].Status = fettle.Failed }},
		{"something introduced", func(_ *fettle.Fix, v *fettle.Verdict, _ *fettle.Trial) { v.Introduced = []fettle.ID{"x"} }},
	}
	for i, w := range worse {
		t.Run(w.name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(7, uint64(i)))
			for range 2000 {
				f, v, tr := random(r)
				before := Model{}.Score(f, v, tr)
				w.change(&f, &v, &tr)
				after := Model{}.Score(f, v, tr)
				if after.Value > before.Value+1e-12 {
					t.Fatalf("from %v to %v: %+v", before.Value, after.Value, f)
				}
			}
		})
	}
}

func TestPointsAddUpToTheLogOdds(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 9))
	for range 2000 {
		c := Model{}.Score(random(r))
		sum := 0.0
		for _, reason := range c.Reasons {
			sum += reason.Points
		}
		if math.Abs(1/(1+math.Exp(-sum))-c.Value) > 1e-9 || !(c.Value > 0 && c.Value <= mostOfPrior+1e-12) {
			t.Fatalf("points add up to %v, value %v: %+v", sum, c.Value, c.Reasons)
		}
	}
}

func FuzzJump(f *testing.F) {
	f.Add("1.2.3", "v1.3.0-rc.1+b")
	f.Add("0.0.1", "")
	f.Fuzz(func(t *testing.T, a, b string) {
		if between(a, b) != between(b, a) {
			t.Errorf("between %q and %q depends on the direction", a, b)
		}
	})
}
