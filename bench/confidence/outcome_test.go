package main

import (
	"fmt"
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// ran makes outcomes of marks: + passes, - fails, one test in each of two files.
func ran(marks string) outcomes {
	var o outcomes
	for i, m := range marks {
		name := fmt.Sprintf("t%d", i)
		if m == '+' || m == '-' {
			o.add(name, testCase{group: name, file: "f", pass: m == '+'})
		}
	}
	return o
}

func TestOnlyWhatPassesEachTimeIsInAHalf(t *testing.T) {
	s := newSuite([]outcomes{ran("++-+-."), ran("+--+-+")})
	all := maps.Clone(s.a)
	maps.Copy(all, s.b)
	if diff := cmp.Diff(map[string]bool{"t0": true, "t3": true}, all); diff != "" || s.red != 2 || s.flaky != 2 {
		t.Errorf("red %d, flaky %d, %s", s.red, s.flaky, diff)
	}
	for name := range s.a {
		if s.b[name] {
			t.Errorf("%s is in both halves", name)
		}
	}
}

func TestHalvesDoNotShareAFile(t *testing.T) {
	var o outcomes
	for i := range 40 {
		o.add(fmt.Sprintf("t%d", i), testCase{group: fmt.Sprint("g", i), file: fmt.Sprint("f", i%5), pass: true})
	}
	s := newSuite([]outcomes{o, o})
	side := map[string]bool{}
	for half, names := range []map[string]bool{s.a, s.b} {
		for name := range names {
			file := o.cases[name].file
			if was, ok := side[file]; ok && was != (half == 1) {
				t.Errorf("%s has tests in both halves", file)
			}
			side[file] = half == 1
		}
	}
	if len(s.a)+len(s.b) != 40 || len(s.a) == 0 || len(s.b) == 0 || s.files != 5 {
		t.Errorf("%d and %d tests of %d files", len(s.a), len(s.b), s.files)
	}
	again := newSuite([]outcomes{o, o})
	if diff := cmp.Diff(s, again, cmp.AllowUnexported(suite{})); diff != "" {
		t.Error(diff)
	}
}

func TestBrokenIsWhatPassesInNoneOfThreeRuns(t *testing.T) {
	s := suite{a: map[string]bool{"t0": true, "t1": true}, b: map[string]bool{"t2": true, "t3": true}}
	failed := outcomes{build: "compile"}
	slow := ran("++")
	slow.ended = true
	tests := []struct {
		name string
		runs []outcomes
		a, b int
		what string
	}{
		{"all pass", []outcomes{ran("++++")}, 0, 0, ""},
		{"one fails each time", []outcomes{ran("+++-"), ran("+++-"), ran("+++-")}, 0, 1, "test"},
		{"one passes once", []outcomes{ran("-+++"), ran("-+++"), ran("++++")}, 0, 0, ""},
		{"others fail each time", []outcomes{ran("-+++"), ran("+-++"), ran("++-+")}, 0, 0, ""},
		{"one is gone", []outcomes{ran(".+++"), ran(".+++"), ran(".+++")}, 1, 0, "vanished"},
		{"it does not build", []outcomes{failed, failed, failed}, 2, 2, "build"},
		{"it takes too long", []outcomes{slow, slow, slow}, 0, 2, "timeout"},
		{"it builds at last", []outcomes{failed, failed, ran("++++")}, 0, 0, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var u upgrade
			s.compare(&u, test.runs)
			if u.BrokenA != test.a || u.BrokenB != test.b || u.What != test.what || u.A != 2 || u.B != 2 {
				t.Errorf("got %d and %d broken, %q", u.BrokenA, u.BrokenB, u.What)
			}
		})
	}
}

func TestTargetsAreOneForEachJumpAndAlwaysTheSame(t *testing.T) {
	versions := []string{"1.2.2", "1.2.3", "1.2.4", "1.2.5", "1.3.0", "1.4.0-rc1", "1.4.0", "2.0.0", "3.1", "2024.1.1"}
	s := subject{"npm", "s", "1.0.0"}
	got := targets(s, "d", "1.2.3", versions)
	if diff := cmp.Diff(got, targets(s, "d", "1.2.3", versions)); diff != "" || len(got) != 3 {
		t.Fatal(got, diff)
	}
	want := []string{"patch", "minor", "major"}
	from, _ := parseVersion("1.2.3")
	for i, v := range got {
		to, ok := parseVersion(v)
		if !ok || jumpOf(from, to) != want[i] || to.compare(from) <= 0 {
			t.Errorf("%s is no later release by a %s jump", v, want[i])
		}
	}
	if got := targets(s, "d", "v0.0.0-20240101000000-abcdefabcdef", versions); got != nil {
		t.Errorf("%v for a version that is a commit", got)
	}
}
