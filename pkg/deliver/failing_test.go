package deliver

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

func TestTheAssertionOfAFailedTestIsFound(t *testing.T) {
	const tap = "ok 33 - states nothing\n# Subtest: states the total\nnot ok 34 - states the total\n  ---\n  duration_ms: 67.7\n" +
		"  location: 'test/a.js:147:1'\n  error: |-\n    The input did not match /x/. Input:\n\n    'Dear Anna'\n  code: 'ERR_ASSERTION'\n  ...\n"
	const inline = "not ok 1 - adds\n  ---\n  error: 'Expected values to be strictly equal'\n  code: 'ERR_ASSERTION'\n  ...\n"
	const mocha = "  1 failing\n\n  1) auth\n       signs with a short key:\n     Error: secretOrPrivateKey has a minimum key size\n      at module.exports (sign.js:118:25)\n"
	const jest = "  ✕ adds (3 ms)\n\n  ● sums › adds\n\n    expect(received).toBe(expected)\n\n    Expected: 3\n    Received: 4\n\n      at Object.<anonymous> (a.test.js:5:3)\n"
	tests := []struct {
		name, output, test string
		want               []string
	}{
		{"TAP with a block", tap, "states the total", []string{"The input did not match /x/. Input:", "'Dear Anna'", "code: 'ERR_ASSERTION'"}},
		{"TAP on one line", inline, "sums › adds", []string{"error: 'Expected values to be strictly equal'", "code: 'ERR_ASSERTION'"}},
		{"mocha", mocha, "auth › signs with a short key", []string{"Error: secretOrPrivateKey has a minimum key size"}},
		{"jest", jest, "sums › adds", []string{"expect(received).toBe(expected)", "Expected: 3", "Received: 4"}},
		{"one of several of the name", jest, "sums › adds #2", []string{"expect(received).toBe(expected)", "Expected: 3", "Received: 4"}},
		{"another test's message", "not ok 1 - a\nnot ok 2 - b\n  error: 'of b'\n", "a", nil},
		{"a test that is not there", tap, "pays", nil},
		{"no output", "", "pays", nil},
		{"no name", tap, " › ", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, got := assertion(tt.output, tt.test)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestTheFailureIsShownNotTheEndOfTheOutput(t *testing.T) {
	c := fettle.Check{Broken: []string{"adds"}, Output: strings.Repeat("before\n", 100) + "not ok 7 - adds\n  error: 'not three'\n" + strings.Repeat("after\n", 100)}
	if got, cut := around(c, 5, 1000); !strings.HasPrefix(got, "not ok 7 - adds\n  error: 'not three'\nafter\n") || !cut {
		t.Errorf("cut %v: %s", cut, got)
	}
	c.Broken = nil
	if got, cut := around(c, 2, 1000); got != "after\nafter" || !cut {
		t.Errorf("cut %v: %s", cut, got)
	}
}

func FuzzAssertion(f *testing.F) {
	f.Add("not ok 1 - a\n  error: |-\n", "a")
	f.Add("a\nerror: |", "x › a #2")
	for _, evil := range evils {
		f.Add("error "+evil+"\n"+evil+"\nerror", evil)
	}
	f.Fuzz(func(t *testing.T, output, test string) {
		at, said := assertion(output, test)
		if at < -1 || len(said) > 3 || (at < 0) != (len(said) == 0) {
			t.Errorf("at %d, %d lines", at, len(said))
		}
		for _, line := range said {
			checkPlain(t, output, line)
		}
		around(fettle.Check{Output: output, Broken: []string{test}}, 5, 100)
	})
}
