package suite

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Bounds on what is read of a test run's output, which is text from outside.
const (
	maxLog   = 16 << 20
	maxLine  = 4 << 10
	maxCases = 200_000
	maxName  = 300
	maxDepth = 64
)

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

// Read reads the output of a test command. It knows TAP, the listing reporters of node, mocha, jest, vitest, ava and
// vows, and the closing counts of mocha, jest, vitest, jasmine, vows and tap. A format counts only where its plan or summary is seen,
// so that a stray tick in ordinary output is no test. root is the work copy, whose path is cut from names.
func Read(p Plan, root, output string) Results {
	if len(output) > maxLog {
		output = output[:maxLog]
	}
	var (
		tap  tapReader
		spec specReader
		book = newBook(root)
	)
	for line := range strings.SplitSeq(output, "\n") {
		line = Plain(line)
		if section, ok := npmSection(line); ok {
			book.section(section)
			tap.reset()
			spec.reset()
			continue
		}
		tap.line(line, book)
		spec.line(line, book)
	}
	tap.end(book)
	spec.end(book)
	return book.results(tap.seen, &spec)
}

// npmSection recognises the line that npm prints before it runs a script, and returns the package's name.
func npmSection(line string) (string, bool) {
	rest, ok := strings.CutPrefix(line, "> ")
	if !ok {
		return "", false
	}
	fields := strings.Fields(rest)
	if len(fields) != 2 {
		return "", false
	}
	at := strings.LastIndex(fields[0], "@")
	if at <= 0 {
		return "", false
	}
	return fields[0][:at], true
}

// book collects cases under their full names. Equal names are counted, not ordered: of three, one failing, the failing
// one is always the third, so that files that end in another order do not change the names.
type book struct {
	root    string
	first   string // the section that the run began with; cases of other sections carry the section's name
	current string
	cases   int
	kinds   map[string]map[string][3]int // kind of listing -> name -> how often each outcome
	files   map[string]Outcome
	bullets map[string]bool // failing tests named in a summary of failures
}

func newBook(root string) *book {
	return &book{root: root, kinds: map[string]map[string][3]int{}, files: map[string]Outcome{}, bullets: map[string]bool{}}
}

func (b *book) section(name string) {
	if b.first == "" {
		b.first = name
	}
	b.current = name
}

func (b *book) name(path []string) string {
	var parts []string
	if b.current != b.first {
		parts = append(parts, b.current)
	}
	parts = append(parts, path...)
	return normal(strings.Join(parts, " › "), b.root)
}

// add records one case that a reader of the given kind saw.
func (b *book) add(kind string, path []string, o Outcome) {
	if b.cases >= maxCases {
		return
	}
	b.cases++
	if b.kinds[kind] == nil {
		b.kinds[kind] = map[string][3]int{}
	}
	name := b.name(path)
	counts := b.kinds[kind][name]
	counts[o]++
	b.kinds[kind][name] = counts
}

// file records how a whole test file ended; a failure is not undone by a later mention.
func (b *book) file(path string, o Outcome) {
	if b.cases >= maxCases {
		return
	}
	b.cases++
	name := b.name([]string{path})
	b.files[name] = max(b.files[name], o)
}

// bullet records a failing test of a summary of failures.
func (b *book) bullet(path []string) {
	if b.cases >= maxCases {
		return
	}
	b.cases++
	b.bullets[b.name(path)] = true
}

func (b *book) results(tap bool, spec *specReader) Results {
	r := Results{Cases: map[string]Outcome{}, Totals: spec.totals, Passed: spec.passed}
	take := func(kind string) {
		for name, counts := range b.kinds[kind] {
			n := 0
			for o, times := range counts {
				for range times {
					n++
					r.Cases[ordinal(name, n)] = Outcome(o)
				}
			}
			r.Listed = r.Listed || counts[Pass] > 0
		}
	}
	if tap {
		take("tap")
	}
	if spec.seen {
		take("spec")
	}
	if !r.Listed {
		maps.Copy(r.Cases, b.files)
		for name := range b.bullets {
			r.Cases[name] = Fail
		}
	}
	return r
}

func ordinal(name string, n int) string {
	if n == 1 {
		return name
	}
	return name + " #" + strconv.Itoa(n)
}
