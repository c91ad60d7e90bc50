package learn_test

import (
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/learn"
	"github.com/fettle-dev/fettle/pkg/prioritize"
)

// median is that of the EPSS scores that findings are drawn with.
const median = 0.002

// finding is one synthetic finding, judged as a scan would judge it.
type finding struct {
	id        string
	features  learn.Features
	score     float64
	outcome   fettle.Outcome
	exploited bool
}

// draw returns one of the words, each as often as its weight says.
func draw[T any](r *rand.Rand, weights []float64, words []T) T {
	sum := 0.0
	for _, w := range weights {
		sum += w
	}
	at := r.Float64() * sum
	for i, w := range weights {
		if at -= w; at < 0 {
			return words[i]
		}
	}
	return words[len(words)-1]
}

// The mixes are invented, and roughly those of advisories for npm and PyPI.
var (
	cwes    = []string{"CWE-400", "CWE-79", "CWE-22", "CWE-502", "CWE-78", "CWE-918", "CWE-287", "CWE-863", "CWE-327", "CWE-200", "CWE-20", "CWE-787", "CWE-1321", "CWE-1"}
	cweMix  = []float64{22, 13, 9, 5, 9, 7, 4, 6, 4, 6, 5, 4, 5, 6}
	vectors = []string{"AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H", "AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", "AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:H/A:H",
		"AV:N/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H", "AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H", "AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N", "AV:A/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}
	bases     = []float64{9.8, 7.5, 6.1, 8.1, 8.8, 7.8, 7.5, 8.8}
	vectorMix = []float64{22, 24, 13, 8, 10, 7, 12, 4}
)

func newFinding(r *rand.Rand, n int) finding {
	known := func(signal fettle.Signal, text string) fettle.Evidence {
		return fettle.Evidence{Signal: signal, Status: fettle.Known, Text: text}
	}
	v := draw(r, vectorMix, []int{0, 1, 2, 3, 4, 5, 6, 7})
	evidence := []fettle.Evidence{known(fettle.CWE, draw(r, cweMix, cwes)),
		{Signal: fettle.CVSS, Status: fettle.Known, Text: "CVSS:3.1/" + vectors[v], Value: bases[v]},
		{Signal: fettle.EPSS, Status: fettle.Known, Value: min(0.97, median*math.Exp(1.6*r.NormFloat64()))}}
	if reach := draw(r, []float64{35, 35, 18, 7, 5}, []string{"", "referenced", "called", "no_path", "not_imported"}); reach != "" {
		evidence = append(evidence, known(fettle.Reach, reach))
	}
	if exposure := draw(r, []float64{15, 45, 30, 10}, []string{"", "open", "controlled", "small"}); exposure != "" {
		evidence = append(evidence, known(fettle.Exposure, exposure))
	}
	f := finding{id: fmt.Sprint(n), exploited: r.Float64() < 0.01}
	status := fettle.Absent
	if f.exploited {
		status = fettle.Known
	}
	evidence = append(evidence, fettle.Evidence{Signal: fettle.KEV, Status: status, Source: "kev"})
	ssvc := prioritize.SSVC{Median: median}
	subject := fettle.Finding{ID: fettle.ID(f.id), Scope: draw(r, []float64{75, 25}, []fettle.Scope{fettle.Production, fettle.Development}),
		Package: fettle.Package{Ecosystem: "npm", Name: "lib"}}
	p := ssvc.Prioritize(subject, evidence)
	f.features, f.score, f.outcome = ssvc.Features(subject, evidence), prioritize.Unlearned(p), p.Outcome
	return f
}

// surfaced returns n findings that a person is asked to look at.
func surfaced(r *rand.Rand, n int) []finding {
	var list []finding
	for i := 0; len(list) < n; i++ {
		if f := newFinding(r, i); f.outcome.Surfaced() {
			list = append(list, f)
		}
	}
	return list
}

// crew is a kind of synthetic team: the probability that it calls a finding unwanted, and what is promised of learning
// from it at 100 labels: that fewer are unwanted among what is not demoted, or in the half that ranks first, or neither.
type crew struct {
	name     string
	promised string
	unwanted func(learn.Features) float64
}

var crews = []crew{
	{"no denial of service", "demoted", func(f learn.Features) float64 {
		return when(f.Weakness == "resource", 0.9, 0.16)
	}},
	{"no browser weaknesses, no denial of service", "demoted", func(f learn.Features) float64 {
		return when(slices.Contains([]string{"xss", "request", "resource"}, f.Weakness), 0.75, 0.08)
	}},
	{"only what is called", "order", func(f learn.Features) float64 {
		switch f.Reach {
		case "called":
			return 0.08
		case "no_path":
			return 0.8
		case "referenced":
			return 0.55
		}
		return 0.3
	}},
	{"only what is total and open", "nothing", func(f learn.Features) float64 {
		return when((f.Impact == "both" || f.Impact == "total") && f.Exposure != "controlled", 0.2, 0.85)
	}},
	{"several preferences at once", "demoted", func(f learn.Features) float64 {
		z := -1.6
		z += when(f.Weakness == "resource" || f.Weakness == "validation", 1.8, 0)
		z += when(f.Reach == "referenced", 1, 0) + when(f.Reach == "no_path", 2, 0)
		z += when(f.Exposure == "controlled", 1.2, 0) + when(f.Vector == "adjacent", 1.5, 0)
		return 1 / (1 + math.Exp(-z))
	}},
	{"at random", "nothing", func(learn.Features) float64 { return 0.34 }},
}

func when(condition bool, yes, no float64) float64 {
	if condition {
		return yes
	}
	return no
}

// judge lets c judge findings, five a day, by three people in turn.
func (c crew) judge(r *rand.Rand, list []finding) []learn.Label {
	var labels []learn.Label
	for i, f := range list {
		l := learn.Label{ID: fmt.Sprintf("fettle %06d", i), Day: time.Date(2025, 1, 1+i/5, 0, 0, 0, 0, time.UTC).Format(time.DateOnly), Source: "fettle",
			Author: learn.Pseudonym(fmt.Sprint(i % 3)), Score: f.score, Features: f.features, Exploited: f.exploited, Relevant: r.Float64() >= c.unwanted(f.features), Reason: learn.NotUsed}
		if l.Relevant {
			l.Reason = learn.Fixed
		}
		labels = append(labels, l)
	}
	return labels
}

// result is what learning does to findings that the model has not seen.
type result struct{ before, after, kept, topBefore, topAfter float64 }

// measure counts, on fresh findings with truth, the unwanted share of what is surfaced, and of what of it is not demoted;
// the share of relevant ones that keep their place; and the unwanted share of the half that ranks first.
func measure(m *learn.Model, list []finding, relevant []bool) result {
	type ranked struct {
		score    float64
		unwanted bool
	}
	var r result
	var before, after []ranked
	kept, unwantedKept, wanted, wantedKept, unwanted := 0.0, 0.0, 0.0, 0.0, 0.0
	for i, f := range list {
		if f.exploited {
			continue
		}
		a, _ := m.Points(f.id, f.features, f.exploited)
		bad := when(relevant[i], 0, 1)
		unwanted += bad
		wanted += 1 - bad
		if a.Points > learn.Demoted {
			kept++
			unwantedKept += bad
			wantedKept += 1 - bad
		}
		before = append(before, ranked{f.score, !relevant[i]})
		after = append(after, ranked{f.score + a.Points, !relevant[i]})
	}
	r.before, r.after, r.kept = unwanted/(unwanted+wanted), unwantedKept/kept, wantedKept/wanted
	top := func(list []ranked) float64 {
		slices.SortStableFunc(list, func(a, b ranked) int { return when2(a.score > b.score, a.score < b.score) })
		n := 0.0
		for _, x := range list[:len(list)/2] {
			n += when(x.unwanted, 1, 0)
		}
		return n / float64(len(list)/2)
	}
	r.topBefore, r.topAfter = top(before), top(after)
	return r
}

func when2(first, second bool) int {
	switch {
	case first:
		return -1
	case second:
		return 1
	}
	return 0
}

const fresh = 1000

var (
	teams       = flag.Int("teams", 4, "how many teams of each kind TestSimulation makes")
	labelCounts = []int{25, 50, 100, 200, 500}
)

// world is what the teams of one seed see: the findings that they judge, and fresh ones.
type world struct {
	seed          uint64
	judged, fresh []finding
}

func worlds() []world {
	var list []world
	for seed := range uint64(*teams) {
		r := rand.New(rand.NewPCG(seed, 7))
		list = append(list, world{seed, surfaced(r, slices.Max(labelCounts)), surfaced(r, fresh)})
	}
	return list
}

// simulate lets a team of a kind judge in each world and measures what it taught after so many labels.
func simulate(c crew, worlds []world) map[int][]result {
	results := map[int][]result{}
	for _, w := range worlds {
		r := rand.New(rand.NewPCG(w.seed, 8))
		labels := c.judge(r, w.judged)
		relevant := make([]bool, fresh)
		for i, f := range w.fresh {
			relevant[i] = r.Float64() >= c.unwanted(f.features)
		}
		for _, n := range labelCounts {
			results[n] = append(results[n], measure(learn.New(labels[:n]), w.fresh, relevant))
		}
	}
	return results
}

// spread returns the mean and the 5th and 95th percentile.
func spread(list []result, of func(result) float64) (mean, low, high float64) {
	var values []float64
	for _, r := range list {
		values = append(values, of(r))
		mean += of(r) / float64(len(list))
	}
	slices.Sort(values)
	return mean, values[len(values)*5/100], values[len(values)-1-len(values)*5/100]
}

// TestSimulation prints the table of docs/learning.md and holds it against what is promised.
func TestSimulation(t *testing.T) {
	worlds := worlds()
	for _, c := range crews {
		results := simulate(c, worlds)
		for _, n := range labelCounts {
			row := ""
			for _, of := range []func(result) float64{func(r result) float64 { return r.before }, func(r result) float64 { return r.after },
				func(r result) float64 { return r.kept }, func(r result) float64 { return r.topBefore }, func(r result) float64 { return r.topAfter }} {
				mean, low, high := spread(results[n], of)
				row += fmt.Sprintf(" %.0f%% (%.0f to %.0f) |", 100*mean, 100*low, 100*high)
			}
			t.Logf("| %s | %d |%s", c.name, n, row)
		}
		for _, r := range results[25] {
			if r.before != r.after || r.kept != 1 || r.topBefore != r.topAfter {
				t.Errorf("%s: 25 labels move something: %+v", c.name, r)
			}
		}
		fall, _, _ := spread(results[100], func(r result) float64 { return r.before - r.after })
		first, _, _ := spread(results[100], func(r result) float64 { return r.topBefore - r.topAfter })
		kept, _, _ := spread(results[500], func(r result) float64 { return r.kept })
		switch {
		case c.promised == "demoted" && fall < 0.03, c.promised == "order" && first < 0.03, fall < -0.03, first < -0.03, kept < 0.75:
			t.Errorf("%s: with 100 labels the unwanted share falls by %v, and by %v in the half that ranks first; %v of the relevant ones kept", c.name, fall, first, kept)
		case c.promised == "nothing" && (math.Abs(fall) > 0.03 || math.Abs(first) > 0.04):
			t.Errorf("%s: the unwanted share falls by %v and %v; want no difference", c.name, fall, first)
		}
	}
}

// An outcome comes of the table before anything learned is asked, and what is exploited has no advice at all.
func TestSimulatedTeamsNeverMoveWhatIsExploited(t *testing.T) {
	for _, c := range crews {
		r := rand.New(rand.NewPCG(99, 7))
		list := surfaced(r, 600)
		for i := range list {
			list[i].exploited = i%2 == 0
		}
		m := learn.New(c.judge(r, list))
		for _, f := range list {
			if a, ok := m.Points(f.id, f.features, f.exploited); f.exploited && (ok || a.Points != 0) {
				t.Fatalf("%s: %+v is moved: %+v", c.name, f, a)
			}
		}
	}
}
