package learn

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// day returns the day n days after the first of 2025.
func day(n int) string { return time.Date(2025, 1, 1+n, 0, 0, 0, 0, time.UTC).Format(time.DateOnly) }

// label returns a label of one author who judges no more than three times a day.
func label(n int, relevant bool, f Features) Label {
	l := Label{ID: fmt.Sprintf("dependabot %05d", n), Day: day(n / 3), Source: "dependabot", Relevant: relevant, Reason: NotUsed, Author: "0a0b0c0d",
		Rule: fmt.Sprintf("CVE-2025-%05d", n), Package: "lib", Path: "app/package-lock.json", Score: evenScore, Features: f}
	if relevant {
		l.Reason = Fixed
	}
	return l
}

// random returns features, each word as likely as another.
func random(r *rand.Rand) Features {
	var f Features
	for _, g := range groups {
		*g.of(&f) = g.words[r.IntN(len(g.words))]
	}
	return f
}

// team labels n random findings, relevant with the probability that prefers gives.
func team(seed uint64, n int, prefers func(Features) float64) []Label {
	r := rand.New(rand.NewPCG(seed, 0))
	var labels []Label
	for i := range n {
		f := random(r)
		l := label(i, r.Float64() < prefers(f), f)
		l.Score = float64(20 + r.IntN(60))
		labels = append(labels, l)
	}
	return labels
}

// preference returns what m learned of a word, and whether a label carries it.
func preference(t *testing.T, m *Model, name string) Preference {
	t.Helper()
	for _, p := range m.Preferences() {
		if p.Name == name {
			return p
		}
	}
	t.Fatalf("nothing is said of %q", name)
	return Preference{}
}
