package suite

import "slices"

// Outcome is how a test case ended.
type Outcome int

// The later one counts where a case is told twice.
const (
	Pass Outcome = iota
	Skip
	Fail
)

// Results are the test cases that one run of a test command reports. Names carry the suite's path, and the file where
// the runner tells it.
type Results struct {
	Cases  map[string]Outcome
	Listed bool // the runner names tests that pass; otherwise Cases holds files and failing tests only
	Totals bool // Passed is what the runner's own summary says
	Passed int
	Unread []string // report files that could not be read, each with why, sorted
}

// Readable reports whether anything was learned of single tests.
func (r Results) Readable() bool { return len(r.Cases) > 0 || r.Totals }

// Failing returns the names of the cases that failed, sorted.
func (r Results) Failing() []string {
	var names []string
	for name, o := range r.Cases {
		if o == Fail {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// Count returns how many cases ended as o.
func (r Results) Count(o Outcome) int {
	n := 0
	for _, got := range r.Cases {
		if got == o {
			n++
		}
	}
	if o == Pass && !r.Listed && r.Totals {
		return r.Passed
	}
	return n
}
