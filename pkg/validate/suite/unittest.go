package suite

import (
	"regexp"
	"strconv"
	"strings"
)

var (
	unittestCase  = regexp.MustCompile(`^([\w.]+) \(([\w.]+)\)(?: \(.*\))?(?: \.\.\. ?(.*))?$`)
	unittestTail  = regexp.MustCompile(`^.* \.\.\. (ok|FAIL|ERROR|skipped .*|expected failure|unexpected success)$`)
	unittestFail  = regexp.MustCompile(`^(?:FAIL|ERROR): ([\w.]+) \(([\w.]+)\)`)
	unittestCount = regexp.MustCompile(`^Ran (\d+) tests? in [\d.]+s$`)
	unittestEnd   = regexp.MustCompile(`^(?:OK|FAILED)(?: \((.*)\))?$`)
	unittestPart  = regexp.MustCompile(`(failures|errors|skipped|unexpected successes)=(\d+)`)
)

// unittestReader reads what Python's unittest prints with -v. A test's outcome may stand lines below its name, after what
// it prints.
type unittestReader struct {
	tally
	open   []string // the case that waits for its outcome
	cases  map[string]Outcome
	paths  map[string][]string
	ran    int
	counts bool // the line of the count came
}

func (*unittestReader) kind() string { return "unittest" }

func (u *unittestReader) reset() { u.open, u.counts = nil, false }

func (u *unittestReader) line(line string, b *book) {
	if u.counts && line != "" {
		if m := unittestEnd.FindStringSubmatch(line); m != nil {
			for _, part := range unittestPart.FindAllStringSubmatch(m[1], -1) {
				n, _ := strconv.Atoi(part[2])
				u.ran -= min(n, u.ran)
			}
			u.add(u.ran)
		}
		u.counts = false
		return
	}
	if m := unittestCount.FindStringSubmatch(line); m != nil {
		u.ran, _ = strconv.Atoi(m[1])
		u.counts, u.open = true, nil
		return
	}
	if m := unittestFail.FindStringSubmatch(line); m != nil {
		path := unittestPath(m[1], m[2])
		u.note(path, Fail)
		b.bullet(path)
		return
	}
	if m := unittestCase.FindStringSubmatch(line); m != nil && strings.Contains(m[2], ".") {
		u.open = unittestPath(m[1], m[2])
		if o, ok := unittestOutcome(m[3]); ok {
			u.close(o)
		}
		return
	}
	if u.open == nil {
		return
	}
	if m := unittestTail.FindStringSubmatch(line); m != nil { // the first line of a docstring
		o, _ := unittestOutcome(m[1])
		u.close(o)
	} else if o, ok := unittestOutcome(line); ok {
		u.close(o)
	}
}

func (u *unittestReader) close(o Outcome) {
	u.note(u.open, o)
	u.open = nil
}

func (u *unittestReader) note(path []string, o Outcome) {
	if u.cases == nil {
		u.cases, u.paths = map[string]Outcome{}, map[string][]string{}
	}
	key := strings.Join(path, "\x00")
	if old, ok := u.cases[key]; ok {
		o = max(o, old)
	} else if len(u.cases) >= maxCases {
		return
	}
	u.cases[key], u.paths[key] = o, path
}

func (u *unittestReader) end(b *book) {
	for key, o := range u.cases {
		b.add("unittest", u.paths[key], o)
	}
}

// unittestPath returns class and test; since Python 3.11 the class's name is followed by the test's.
func unittestPath(test, class string) []string {
	return []string{strings.TrimSuffix(class, "."+test), test}
}

func unittestOutcome(text string) (Outcome, bool) {
	switch {
	case text == "ok":
		return Pass, true
	case text == "FAIL", text == "ERROR", text == "unexpected success":
		return Fail, true
	case text == "expected failure", strings.HasPrefix(text, "skipped "):
		return Skip, true
	}
	return 0, false
}
