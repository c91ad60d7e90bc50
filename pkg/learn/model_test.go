package learn

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// disdains is a team that mostly dismisses one scope and mostly fixes the rest.
func disdains(f Features) float64 {
	if f.Scope == "development" {
		return 0.1
	}
	return 0.8
}

func TestAPreferenceIsLearned(t *testing.T) {
	m := New(team(1, 300, disdains))
	got := preference(t, m, "scope development")
	if got.Points > -12 || got.High >= 0 || got.Low > got.Points || preference(t, m, "scope production").Points < 12 {
		t.Errorf("development scope: %+v; want well below 0", got)
	}
	a, ok := m.Points("1", Features{Scope: "development"}, false)
	if !ok || a.Points >= 0 && !a.Audit || a.Why == "" {
		t.Errorf("development: %+v, %t", a, ok)
	}
}

func TestPointsStayWithinTheirBounds(t *testing.T) {
	never := func(f Features) float64 {
		if f.Scope == "development" || f.Reach == "no_path" || f.Vector == "local" {
			return 0
		}
		return 1
	}
	m := New(team(2, 3000, never))
	r := rand.New(rand.NewPCG(3, 0))
	lowest, highest := 0.0, 0.0
	for i := range 2000 {
		a, _ := m.Points(fmt.Sprint(i), random(r), false)
		lowest, highest = math.Min(lowest, a.Points), math.Max(highest, a.Points)
	}
	if lowest != -MostPoints || highest > MostPoints {
		t.Errorf("points from %v to %v; want %v at the least, as the team never wants these, and never beyond %v", lowest, highest, -MostPoints, MostPoints)
	}
}

func TestLabelsCountInAnyOrder(t *testing.T) {
	labels := team(4, 200, disdains)
	want, err := New(labels).Encode()
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(5, 0))
	for range 5 {
		r.Shuffle(len(labels), func(i, j int) { labels[i], labels[j] = labels[j], labels[i] })
		got, err := New(labels).Encode()
		if err != nil || string(got) != string(want) {
			t.Fatalf("another order gives another state, %v", err)
		}
	}
}

func TestNothingMovesBelowFiftyLabels(t *testing.T) {
	labels := team(6, 60, disdains)
	for n, want := range map[int]string{0: "50 judgements are missing of the 50 that are needed", 49: "1 judgements are missing of the 50 that are needed", 50: "", 60: ""} {
		m := New(labels[:n])
		if got := m.Missing(); got != want {
			t.Errorf("%d labels: missing %q; want %q", n, got, want)
		}
		a, ok := m.Points("x", Features{Scope: "development"}, false)
		if ok != (want == "") {
			t.Errorf("%d labels: %+v, %t", n, a, ok)
		}
	}
	var none *Model
	if _, ok := none.Points("x", Features{Scope: "development"}, false); ok || none.Active() {
		t.Error("a model that is not there moves a finding")
	}
}

func TestBothKindsOfLabelsAreNeeded(t *testing.T) {
	for want, relevant := range map[string]float64{
		"nobody called a finding relevant: there is nothing to tell findings apart by": 0,
		"nobody called a finding unwanted: there is nothing to tell findings apart by": 1,
	} {
		m := New(team(7, 200, func(Features) float64 { return relevant }))
		if got := m.Missing(); got != want {
			t.Errorf("missing %q; want %q", got, want)
		}
		if _, ok := m.Points("x", Features{Scope: "development"}, false); ok {
			t.Error("it moves a finding")
		}
	}
}

func TestAnExploitedFindingIsNeverMoved(t *testing.T) {
	m := New(team(8, 500, disdains))
	r := rand.New(rand.NewPCG(9, 0))
	for i := range 1000 {
		if a, ok := m.Points(fmt.Sprint(i), random(r), true); ok || a != (Advice{}) {
			t.Fatalf("%+v", a)
		}
	}
}

func TestAFindingOfWhichNothingIsKnownIsNotMoved(t *testing.T) {
	if a, ok := New(team(8, 500, disdains)).Points("x", Features{}, false); ok {
		t.Errorf("%+v", a)
	}
}

func TestALabelMovesItsOwnFeaturesItsOwnWay(t *testing.T) {
	labels := team(10, 120, disdains)
	f := Features{Weakness: "xss", Scope: "production", Reach: "called", Exposure: "small", Impact: "both", Vector: "local"}
	last := math.Inf(-1)
	for relevant := range 12 {
		with := slices.Clone(labels)
		for i := range 12 {
			with = append(with, label(1000+i, i < relevant, f))
		}
		points, _ := New(with).effects.of(f)
		if points < last {
			t.Errorf("%d of 12 relevant: %v points, fewer than with one relevant less: %v", relevant, points, last)
		}
		last = points
	}
}

func TestARandomTeamTeachesNothing(t *testing.T) {
	largest := func(n int) float64 {
		sum := 0.0
		for seed := range uint64(10) {
			m := New(team(100+seed, n, func(Features) float64 { return 0.5 }))
			most := 0.0
			for _, p := range m.Preferences() {
				most = math.Max(most, math.Abs(p.Points))
			}
			sum += most / 10
		}
		return sum
	}
	few, some, many := largest(100), largest(1000), largest(20000)
	t.Logf("the largest effect of about 30, mean of 10 teams: %.1f points with 100 labels, %.1f with 1000, %.1f with 20000", few, some, many)
	if many > 4 || some >= few || many >= some {
		t.Errorf("effects do not shrink: %v, %v, %v", few, some, many)
	}
}

func TestATeamThatIgnoresTheScoreTeachesNoPreferenceAgainstIt(t *testing.T) {
	// Development scope scores 30 points lower. A team that judges by chance does not like it for that.
	r := rand.New(rand.NewPCG(14, 0))
	var labels []Label
	for i := range 2000 {
		f := Features{Scope: "production"}
		score := 45 + 40*r.Float64()
		if i%2 == 0 {
			f.Scope = "development"
			score -= 30
		}
		l := label(i, r.IntN(2) == 0, f)
		l.Score = score
		labels = append(labels, l)
	}
	if p := preference(t, New(labels), "scope development"); math.Abs(p.Points) > 3 {
		t.Errorf("%+v; want about 0", p)
	}
}

func TestWhetherAFeatureWasKnownMovesNothing(t *testing.T) {
	// What is fixed is recorded without its reach, what is dismissed with it, whatever it is: that is no preference.
	r := rand.New(rand.NewPCG(11, 0))
	var labels []Label
	for i := range 400 {
		f := random(r)
		relevant := i%2 == 0
		if relevant {
			f.Reach = ""
		}
		labels = append(labels, label(i, relevant, f))
	}
	m := New(labels)
	for _, word := range []string{"reach referenced", "reach called", "reach no_path", "reach not_imported"} {
		if p := preference(t, m, word); math.Abs(p.Points) > 8 {
			t.Errorf("%+v; want about 0", p)
		}
	}
}

func TestWhatAllFindingsHaveInCommonMovesNone(t *testing.T) {
	labels := team(15, 400, func(f Features) float64 { return 0.2 })
	for i := range labels {
		labels[i].Features.Scope = "production"
	}
	m := New(labels)
	if p := preference(t, m, "scope production"); p.Points != 0 || p.High-p.Low > 0.1 {
		t.Errorf("%+v", p)
	}
	if a, ok := m.Points("x", Features{Scope: "development"}, false); ok {
		t.Errorf("a word that no label carries: %+v", a)
	}
}

func TestOneSittingCountsNoMoreThanTwenty(t *testing.T) {
	labels := team(12, 300, disdains)
	for i := range labels {
		labels[i].Day = "2025-03-01"
	}
	m := New(labels)
	if m.weight > mostPerAuthorDay+1e-9 || m.Active() {
		t.Errorf("300 labels of one day weigh %v, active %t; want %d, not active", m.weight, m.Active(), mostPerAuthorDay)
	}
	for i := range labels {
		labels[i].Author = ""
	}
	if m := New(labels); m.weight > mostPerAuthorDay+1e-9 {
		t.Errorf("nobody's labels of one day weigh %v", m.weight)
	}
	for i := range labels {
		labels[i].Author = Pseudonym(fmt.Sprint("person ", i%30))
	}
	if m := New(labels); m.weight != 300 {
		t.Errorf("ten labels each of 30 people weigh %v; want 300", m.weight)
	}
}

func TestAStormOfOneDayDoesNotTurnWhatTheTeamSays(t *testing.T) {
	slow := Features{Weakness: "resource", Scope: "production"}
	var labels []Label
	for i := range 240 { // the team fixes these, and dismisses others
		f := slow
		if i%2 == 0 {
			f = Features{Weakness: "xss", Scope: "production"}
		}
		labels = append(labels, label(i, i%2 == 1, f))
	}
	calm, _ := New(labels).effects.of(slow)
	for i := range 2000 {
		l := label(10000+i, false, slow)
		l.Day, l.Author = "2025-12-31", "ffffffff"
		labels = append(labels, l)
	}
	if storm, _ := New(labels).effects.of(slow); calm < 10 || storm < calm-8 {
		t.Errorf("%v points before, %v after 2000 dismissals of one day", calm, storm)
	}
}

func TestAFindingThatIsDismissedInTwoPlacesCountsOnce(t *testing.T) {
	a, b := label(1, false, Features{Scope: "development"}), label(2, false, Features{Scope: "development"})
	b.Source, b.Day = "fettle", "2025-02-01"
	a.Finding, b.Finding = "f", "f"
	m := New([]Label{b, a})
	if len(m.used) != 1 || m.used[0].ID != b.ID || len(m.labels) != 2 {
		t.Errorf("used %v of %v", m.used, m.labels)
	}
}

func TestFivePercentOfTheDemotedKeepTheirPlace(t *testing.T) {
	labels := team(13, 500, disdains)
	m, again := New(labels), New(labels)
	f := Features{Scope: "development"}
	audits, same := 0, 0
	more := New(append(slices.Clone(labels), label(9999, true, Features{Scope: "production"})))
	for i := range 10000 {
		id := fmt.Sprint("finding", i)
		a, _ := m.Points(id, f, false)
		b, _ := again.Points(id, f, false)
		if diff := cmp.Diff(a, b); diff != "" {
			t.Fatalf("another run says something else: %s", diff)
		}
		if a.Audit {
			audits++
			if a.Points != 0 {
				t.Fatalf("an audit is moved: %+v", a)
			}
			if c, _ := more.Points(id, f, false); c.Audit {
				same++
			}
		}
	}
	if audits < 420 || audits > 580 {
		t.Errorf("%d of 10000 are audits; want about 500", audits)
	}
	if same > 80 {
		t.Errorf("%d of %d audits stay audits after another label; want about 25", same, audits)
	}
	if a, _ := m.Points("finding1", Features{Scope: "production", Weakness: "xss"}, false); a.Audit {
		t.Error("a finding that is not demoted is an audit")
	}
}

func TestTheFitHoldsWhereLabelsAreStrange(t *testing.T) {
	same := Features{Weakness: "xss", Scope: "development", Reach: "no_path", Exposure: "small", Impact: "both", Vector: "local"}
	tests := map[string][]Label{"none": nil}
	for i := range 5000 {
		always := label(i, false, same)
		tests["all the same"] = append(tests["all the same"], always)
		split := label(i, i%2 == 0, same)
		split.Score = float64(100 * (i % 2))
		tests["features always together, scores at the ends, against the score"] = append(tests["features always together, scores at the ends, against the score"], split)
		f := same
		if i%2 == 0 {
			f = Features{}
		}
		tests["separable"] = append(tests["separable"], label(i, i%2 == 0, f))
	}
	for name, labels := range tests {
		t.Run(name, func(t *testing.T) {
			m := New(labels)
			for i, row := range m.posterior.covariance {
				if v := m.posterior.mean[i]; math.IsNaN(v) || math.Abs(v) > 20 {
					t.Fatalf("%s is %v", parameters[i].name, v)
				}
				if row[i] <= 0 || row[i] > 1/parameters[i].precision+1e-9 {
					t.Fatalf("the variance of %s is %v; want what prior and data leave", parameters[i].name, row[i])
				}
				for j := range row {
					if row[j] != m.posterior.covariance[j][i] || row[j]*row[j] > row[i]*m.posterior.covariance[j][j]*(1+1e-9) {
						t.Fatalf("no covariance at %d, %d: %v", i, j, row[j])
					}
				}
			}
			rows := make([]row, len(m.used))
			for i, l := range m.used {
				rows[i] = newRow(l, m.weights[i])
			}
			gradient := make([]float64, len(parameters))
			curvature(rows, m.posterior.mean, gradient, square(len(parameters)))
			for i, g := range gradient {
				if math.Abs(g) > 1e-6 {
					t.Errorf("not at the mode: the gradient of %s is %v", parameters[i].name, g)
				}
			}
		})
	}
}

// The mode and the curvature of one parameter are found on a grid as well.
func TestTheFitAgreesWithAGrid(t *testing.T) {
	var rows []row
	for i := range 30 {
		r := row{weight: 1}
		if i < 22 {
			r.relevant = 1
		}
		rows = append(rows, r)
	}
	p := fit(rows, nil)
	best, at := math.Inf(-1), 0.0
	density := func(b float64) float64 {
		beta := make([]float64, len(parameters))
		beta[bias] = b
		return objective(rows, beta)
	}
	for b := -3.0; b < 3; b += 1e-4 {
		if v := density(b); v > best {
			best, at = v, b
		}
	}
	if math.Abs(at-p.mean[bias]) > 2e-4 {
		t.Errorf("mode %v; the grid says %v", p.mean[bias], at)
	}
	const h = 1e-3
	curvature := -(density(at+h) - 2*density(at) + density(at-h)) / (h * h)
	if got := p.covariance[bias][bias]; math.Abs(got*curvature-1) > 1e-3 {
		t.Errorf("variance %v; the grid says %v", got, 1/curvature)
	}
}

func TestFamilies(t *testing.T) {
	tests := map[string][]string{
		"":              nil,
		"other":         {"CWE-1"},
		"xss":           {"CWE-79"},
		"resource":      {"cwe-400", "CWE-1333"},
		"injection":     {"CWE-20", "CWE-78"},
		"crypto":        {" CWE-327 ", "nonsense"},
		"request":       {"918"},
		"authorization": {"CWE-863"},
	}
	for want, cwes := range tests {
		if got := FamilyOf(cwes); got != want {
			t.Errorf("%v: %q; want %q", cwes, got, want)
		}
		slices.Reverse(cwes)
		if got := FamilyOf(cwes); got != want {
			t.Errorf("%v: %q; want %q in any order", cwes, got, want)
		}
	}
	seen := map[int]string{}
	for _, f := range families {
		for _, cwe := range f.cwes {
			if seen[cwe] != "" {
				t.Errorf("CWE-%d is of %s and of %s", cwe, seen[cwe], f.name)
			}
			seen[cwe] = f.name
		}
	}
}

func BenchmarkFit(b *testing.B) {
	for _, n := range []int{1000, 100_000} {
		labels := team(1, n, disdains)
		b.Run(fmt.Sprint(n, " labels"), func(b *testing.B) {
			for b.Loop() {
				New(labels)
			}
		})
	}
}
