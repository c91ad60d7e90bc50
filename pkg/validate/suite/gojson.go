package suite

import (
	"encoding/json"
	"slices"
	"strings"
)

// goReader reads the events of go test -json, one JSON object on a line.
type goReader struct {
	tally
	packages map[string]*goPackage
	cases    int
}

type goPackage struct {
	tests  map[string]*goTest
	failed bool // its own event says so
}

type goTest struct {
	outcome Outcome
	ended   bool
}

// goEvent is an event of test2json and, for packages that do not build, of go build -json.
type goEvent struct {
	Action     string
	Package    string
	ImportPath string
	Test       string
	Output     string
}

func (*goReader) kind() string       { return "go" }
func (*goReader) line(string, *book) {}
func (*goReader) reset()             {}

// goEventOf returns the event on a line, if it is one.
func goEventOf(line string) (goEvent, bool) {
	var e goEvent
	if !strings.HasPrefix(line, `{"`) || !strings.Contains(line, `"Action":"`) || json.Unmarshal([]byte(line), &e) != nil {
		return e, false
	}
	return e, e.Package != "" || e.ImportPath != ""
}

// event takes a line that is an event.
func (g *goReader) event(line string) bool {
	e, ok := goEventOf(line)
	if !ok {
		return false
	}
	if e.Package == "" {
		return true // of a build; the package that it is for fails of its own
	}
	g.seen = true
	p := g.packages[e.Package]
	if p == nil {
		if g.cases++; g.cases > maxCases {
			return true
		}
		if g.packages == nil {
			g.packages = map[string]*goPackage{}
		}
		p = &goPackage{tests: map[string]*goTest{}}
		g.packages[e.Package] = p
	}
	outcome, ends := map[string]Outcome{"pass": Pass, "skip": Skip, "fail": Fail}[e.Action]
	if e.Test == "" {
		p.failed = p.failed || e.Action == "fail"
		return true
	}
	if !ends && e.Action != "run" {
		return true
	}
	t := p.tests[e.Test]
	if t == nil {
		if g.cases++; g.cases > maxCases {
			return true
		}
		t = &goTest{}
		p.tests[e.Test] = t
	}
	if ends {
		t.outcome, t.ended = max(t.outcome, outcome), true
	}
	return true
}

// end records the cases. A test with subtests is a case only where it fails and none of them does; a test that never
// ended, as one that the program died in, failed; a package is a case only where it fails and no test of it does.
func (g *goReader) end(b *book) {
	for name, p := range g.packages {
		parents, failed := map[string]bool{}, map[string]bool{}
		var tests []string
		for test, t := range p.tests {
			tests = append(tests, test)
			if !t.ended {
				t.outcome = Fail
			}
			for at := range len(test) {
				if test[at] == '/' {
					parents[test[:at]] = true
					failed[test[:at]] = failed[test[:at]] || t.outcome == Fail
				}
			}
		}
		slices.Sort(tests)
		told := false
		for _, test := range tests {
			o := p.tests[test].outcome
			told = told || o == Fail
			if parents[test] && (o != Fail || failed[test]) {
				continue
			}
			b.add("go", []string{name, test}, o)
		}
		if p.failed && !told {
			b.add("go", []string{name}, Fail)
		}
	}
}

// Legible returns output with the events of go test -json turned back into the text that they carry.
func Legible(output string) string {
	if !strings.Contains(output, `"Action":"`) {
		return output
	}
	var text strings.Builder
	for line := range strings.SplitAfterSeq(output, "\n") {
		if e, ok := goEventOf(strings.TrimRight(line, "\r\n")); ok {
			text.WriteString(e.Output)
		} else {
			text.WriteString(line)
		}
	}
	return text.String()
}
