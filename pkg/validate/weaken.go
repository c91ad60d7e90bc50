package validate

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// change is one file of a fix; nil is no file.
type change struct {
	path          string
	before, after *string
}

// changesOf returns the files that edits touch.
func changesOf(before, after tree, edits []fettle.Edit) []change {
	seen := map[string]bool{}
	var all []change
	for _, e := range edits {
		if seen[e.Path] {
			continue
		}
		seen[e.Path] = true
		c := change{path: e.Path}
		if text, err := before.read(e.Path); err == nil {
			c.before = &text
		}
		if text, err := after.read(e.Path); err == nil && (text != "" || len(e.New) > 0 || c.before == nil || *c.before == "") {
			c.after = &text // an edit leaves an empty file where a file goes
		}
		all = append(all, c)
	}
	return all
}

// weakened says how changes make tests tell less: a case or an assertion that goes or asks for less, a case that is
// skipped, a runner or a CI run that takes failures for success. It returns "" for none. It looks for what is lost: tests
// that are added or moved, and names that change, are no loss.
func weakened(ctx context.Context, changes []change) string {
	var before, after testFacts
	for _, c := range changes {
		var was, now testFacts
		if isTest(c.path) {
			was, now = factsOf(ctx, c.path, c.before), factsOf(ctx, c.path, c.after)
			for _, mark := range slices.Sorted(maps.Keys(now.marks)) {
				if now.marks[mark] > was.marks[mark] {
					return fmt.Sprintf("%s %s", c.path, mark)
				}
			}
			if c.after != nil && now.rows < was.rows {
				return fmt.Sprintf("%s has fewer rows of test data", c.path)
			}
			before.add(was)
			after.add(now)
		}
		if why := weakenedSettings(c); why != "" {
			return why
		}
	}
	if lost := after.lacks(before); lost != "" {
		return lost
	}
	return ""
}

// testFacts are what files of tests say.
type testFacts struct {
	cases   map[string]int
	asserts map[string]int
	sample  map[string]string // a place for each of asserts
	marks   map[string]int    // what switches tests off, by how it is told
	rows    int
}

func (f *testFacts) add(g testFacts) {
	if f.cases == nil {
		f.cases, f.asserts, f.sample = map[string]int{}, map[string]int{}, map[string]string{}
	}
	for name, n := range g.cases {
		f.cases[name] += n
	}
	for shape, n := range g.asserts {
		f.asserts[shape] += n
		f.sample[shape] = g.sample[shape]
	}
}

// lacks says what of before is not in f. A case under another name is no loss while none is fewer.
func (f testFacts) lacks(before testFacts) string {
	total := func(m map[string]int) (n int) {
		for _, k := range m {
			n += k
		}
		return n
	}
	if total(f.cases) < total(before.cases) {
		for _, name := range slices.Sorted(maps.Keys(before.cases)) {
			if f.cases[name] < before.cases[name] {
				return fmt.Sprintf("test %s goes", oneLine(name))
			}
		}
	}
	for _, shape := range slices.Sorted(maps.Keys(before.asserts)) {
		if f.asserts[shape] < before.asserts[shape] {
			return fmt.Sprintf("an assertion goes or asks for something else: %s", before.sample[shape])
		}
	}
	return ""
}

// marks switch tests off. They are looked for in tokens parted by blanks, strings written as S.
var marks = []struct {
	told string
	form *regexp.Regexp
}{
	{"skips a test", regexp.MustCompile(`\b(?:describe|it|test|context|suite|specify|t)(?: \. \w+)* \. (?:skip|todo|failing|fixme|fails|Skip|Skipf|SkipNow)\b` +
		`|\bx(?:it|describe|test|context|specify)\b|\bthis \. skip\b|\b(?:skip|todo) : (?:true|S)|\bpending\b|[({,] skip(?: :|\b)|\bskip (?:S|\()|: skip\b` +
		`|@ pytest \. mark \. (?:skip|skipif|xfail)\b|\bpytest \. (?:skip|xfail|importorskip) \(|@ (?:unittest \. )?(?:skip\w*|expectedFailure)\b|\bskipTest \(|\bSkipTest\b|\b__test__ = False|\bcollect_ignore\w*` +
		`|\bSkip(?:f|Now)? \(|@ (?:org \. \w+ \. )*(?:Ignore|Disabled\w*|EnabledIf\w*|EnabledOn\w*|EnabledFor\w*)\b|\b(?:assume(?:True|False|That|NotNull)|Assumptions|SkipException)\b|\benabled = false\b` +
		`|\bSkip = \S+|\[ (?:\w+ , )*(?:Ignore|Explicit)\b|\bAssert \. (?:Ignore|Inconclusive|Pass|Skip)\b|\bmarkTest(?:Skipped|Incomplete)\b|-> (?:skip|todo) \(|# \[ (?:ignore|cfg \( any \( \) \)|should_panic)`)},
	{"runs some tests only", regexp.MustCompile(`\b(?:describe|it|test|context|suite|specify) \. only\b|\bf(?:it|describe|context|specify) (?:\(|S)|\bonly : true\b|\bfocus : true\b|: focus\b|-> only \(`)},
	{"swallows failures", regexp.MustCompile(`\bexcept\b[^:]{0,60}: (?:pass|\. \. \.|continue)\b|\bcatch (?:\( [^()]{0,80} \) )?\{ \}|\bcontextlib \. suppress\b|\brescue(?: =>? \w+| \w+)? (?:nil|end)\b|\. catch \( \( \w* ?\) => \{ \} \)`)},
	{"keeps code from running", regexp.MustCompile(`\bif (?:\( )?(?:false|False|0)\b|\bwhile (?:\( )?(?:false|False)\b|\breturn ; (?:[^} ]|\} \S+ \.)|\bgo : build (?:ignore|never)\b`)},
}

// factsOf reads one file of tests; nil has none.
func factsOf(ctx context.Context, name string, text *string) testFacts {
	f := testFacts{cases: map[string]int{}, asserts: map[string]int{}, sample: map[string]string{}, marks: map[string]int{}}
	if text == nil {
		return f
	}
	tokens := tokensOf(ctx, name, *text)
	var b strings.Builder
	for _, t := range tokens {
		if t.kind == quoted {
			b.WriteString("S ")
		} else {
			b.WriteString(t.text + " ")
		}
	}
	code := b.String()
	for _, m := range marks {
		if n := len(m.form.FindAllString(code, -1)); n > 0 {
			f.marks[m.told] = n
		}
	}
	f.marks["leaves tests out of the build"] = len(buildTag.FindAllString(*text, -1))
	for i := range tokens {
		if title := caseAt(tokens, i); title != "" {
			f.cases[title]++
		}
		if shape := assertAt(tokens, i); shape != "" {
			f.asserts[shape]++
			f.sample[shape] = fmt.Sprintf("%s:%d", name, tokens[i].line)
		}
	}
	f.rows = rowsOf(tokens)
	return f
}

var buildTag = regexp.MustCompile(`(?m)^\s*//\s*(?:go:build|\+build)\b`)
