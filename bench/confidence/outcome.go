package main

import (
	"slices"
	"strconv"
)

// outcomes is what one run of a suite showed.
type outcomes struct {
	build string // "" or why the tree does not build, in a word
	ended bool   // the time limit ended the run
	cases map[string]testCase
}

type testCase struct {
	group string // what is never split between the halves: a file, or a test of a suite with few files
	file  string
	pass  bool
}

func (o *outcomes) add(name string, c testCase) {
	if o.cases == nil {
		o.cases = map[string]testCase{}
	}
	if len(o.cases) >= mostCount {
		return
	}
	if old, twice := o.cases[name]; twice {
		c.pass = c.pass && old.pass
	}
	o.cases[name] = c
}

// suite is what the runs before any upgrade agree on.
type suite struct {
	a, b  map[string]bool // tests that pass each time
	flaky int
	red   int
	files int
}

const fewFiles = 4 // below so many files with tests, the halves are split by test and not by file

// newSuite compares runs of the same tree. A test that answers differently, or not each time, is flaky and drops out.
func newSuite(runs []outcomes) suite {
	s := suite{a: map[string]bool{}, b: map[string]bool{}}
	files, count := map[string]bool{}, map[string]int{}
	stable := map[string]testCase{}
	seen := map[string]int{}
	for _, r := range runs {
		for name, c := range r.cases {
			seen[name]++
			if c.pass {
				count[name]++
			}
			stable[name] = c
		}
	}
	for name := range stable {
		switch {
		case seen[name] < len(runs) || count[name] > 0 && count[name] < len(runs):
			s.flaky++
			delete(stable, name)
		case count[name] == 0:
			s.red++
			delete(stable, name)
		default:
			files[stable[name].file] = true
		}
	}
	s.files = len(files)
	groups := map[string]bool{}
	of := func(c testCase) string {
		if len(files) >= fewFiles {
			return c.file
		}
		return c.group
	}
	for _, c := range stable {
		groups[of(c)] = true
	}
	order := make([]string, 0, len(groups))
	for g := range groups {
		order = append(order, g)
	}
	slices.SortFunc(order, func(x, y string) int {
		a, b := hash(x), hash(y)
		switch {
		case a < b:
			return -1
		case a > b:
			return 1
		}
		return 0
	})
	inB := map[string]bool{}
	for i, g := range order {
		inB[g] = i%2 == 1
	}
	for name, c := range stable {
		if inB[of(c)] {
			s.b[name] = true
		} else {
			s.a[name] = true
		}
	}
	return s
}

// compare fills in what three runs after an upgrade broke: what passes in none of them. runs may be shorter, where an
// earlier one broke nothing.
func (s suite) compare(u *upgrade, runs []outcomes) {
	u.A, u.B, u.Flaky, u.Red, u.Files = len(s.a), len(s.b), s.flaky, s.red, s.files
	built, vanished, failed, ended := false, 0, 0, true
	for _, r := range runs {
		built = built || r.build == ""
		ended = ended && r.ended
	}
	lost := func(half map[string]bool) (n int) {
		for name := range half {
			there, passes := false, false
			for _, r := range runs {
				c, ok := r.cases[name]
				there, passes = there || ok, passes || ok && c.pass
			}
			switch {
			case passes:
				continue
			case there:
				failed++
			default:
				vanished++
			}
			n++
		}
		return n
	}
	u.BrokenA, u.BrokenB = lost(s.a), lost(s.b)
	switch {
	case !built:
		u.Build, u.What = runs[0].build, "build"
	case failed+vanished == 0:
	case ended:
		u.What = "timeout"
	case failed > 0:
		u.What = "test"
	default:
		u.What = "vanished"
	}
}

// regressed reports whether r lost anything that s has.
func (s suite) regressed(r outcomes) bool {
	if r.build != "" {
		return true
	}
	for _, half := range []map[string]bool{s.a, s.b} {
		for name := range half {
			if c, ok := r.cases[name]; !ok || !c.pass {
				return true
			}
		}
	}
	return false
}

// ordinal tells tests of one name apart.
func ordinal(name string, seen map[string]int) string {
	seen[name]++
	if n := seen[name]; n > 1 {
		return name + " #" + strconv.Itoa(n)
	}
	return name
}
