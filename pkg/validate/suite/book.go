package suite

import (
	"maps"
	"strconv"
	"strings"
)

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

func (b *book) results(readers []reader) Results {
	r := Results{Cases: map[string]Outcome{}}
	for _, rd := range readers {
		sum := rd.sum()
		r.Totals, r.Passed = r.Totals || sum.totals, min(r.Passed+sum.passed, maxCases)
		if !sum.seen {
			continue
		}
		for name, counts := range b.kinds[rd.kind()] {
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
