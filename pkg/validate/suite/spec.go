package suite

import (
	"cmp"
	"regexp"
	"strconv"
	"strings"
)

var (
	specNumber   = regexp.MustCompile(`^\d+\) (.+)$`)
	mochaCount   = regexp.MustCompile(`^  (\d+) (passing|failing|pending)\b`)
	nodeCount    = regexp.MustCompile(`^ℹ (tests|pass|fail) (\d+)$`)
	jestFile     = regexp.MustCompile(`^(PASS|FAIL)\s+(.+?)(?: \(\d[\d.]* ?m?s\))?$`)
	jestCount    = regexp.MustCompile(`^Tests:\s+(.*)\d+ total$`)
	vitestFile   = regexp.MustCompile(`^ (✓|❯|×|↓) (\S.*?) \(\d+ tests?\b[^)]*\)(?: \d.*)?$`)
	vitestCount  = regexp.MustCompile(`^\s+Tests\s+(.*)\(\d+\)$`)
	vitestTime   = regexp.MustCompile(`\s+\d+(?:\.\d+)?\s?m?s$`)
	passedCount  = regexp.MustCompile(`(\d+) passed`)
	avaCount     = regexp.MustCompile(`^  (\d+) tests? (passed|failed)\b`)
	jasmineCount = regexp.MustCompile(`^(\d+) specs?, (\d+) failures?(?:, (\d+) pending specs?)?`)
	vowsCount    = regexp.MustCompile(`^(?:✓ OK|✗ (?:Broken|Errored)) » (?:(\d+) honored)?`)
	tapCount     = regexp.MustCompile(`^# \{ total: \d+(?:, pass: (\d+))?`)
)

// specReader reads the reporters that list tests with a mark and indent suites, and the closing counts of those that do
// not. It keeps what it saw of the present runner and forgets it where another begins.
type specReader struct {
	tally // seen: a summary of a reporter that lists tests

	suites   []specSuite
	jest     string // the file of the present PASS or FAIL line
	jestFail bool
	listed   bool // a test was listed under that file
	vitest   bool
	tail     bool     // in a summary of failures, which repeats names
	bullet   []string // a mocha or jasmine failure title being put together
	jasmine  bool
}

type specSuite struct {
	indent int
	name   string
	node   bool // opened by node's reporter, which closes it with the suite's result
}

func (s *specReader) reset() {
	*s = specReader{tally: s.tally}
}

func (s *specReader) kind() string { return "spec" }

func (s *specReader) end(b *book) { s.closeFile(b) }

func (s *specReader) line(line string, b *book) {
	if s.counts(line) {
		return
	}
	if m := jestFile.FindStringSubmatch(line); m != nil && !s.vitest {
		s.closeFile(b)
		s.jest, s.jestFail, s.listed, s.tail, s.suites = m[2], m[1] == "FAIL", false, false, nil
		return
	}
	text := strings.TrimLeft(line, " ")
	indent := len(line) - len(text)
	switch {
	case text == "":
		return
	case strings.HasPrefix(line, " RUN  v"):
		s.vitest, s.tail = true, false
		return
	case s.jest != "" && strings.HasPrefix(line, "Summary of all failing tests"):
		s.closeFile(b)
		s.tail = true
		return
	case s.jest != "" && strings.HasPrefix(line, "  ● "):
		s.tail = true
		if path := strings.Split(line[len("  ● "):], " › "); path[0] != "Console" && path[0] != "Test suite failed to run" {
			b.bullet(append([]string{s.jest}, path...))
		}
		return
	case line == "✖ failing tests:", line == "  ─", s.vitest && strings.HasPrefix(text, "⎯"):
		s.tail = true
		return
	case line == "Failures:", line == "Pending:":
		s.tail, s.jasmine = true, line == "Failures:"
		return
	case s.tail:
		s.title(line, text, indent, b)
		return
	}
	if m := vitestFile.FindStringSubmatch(line); m != nil && s.vitest {
		b.file(m[2], map[string]Outcome{"✓": Pass, "❯": Fail, "×": Fail, "↓": Skip}[m[1]])
		s.jest, s.listed = "", false
		return
	}
	if mark, name, ok := specMark(text, s.jest != ""); ok {
		s.test(mark, name, indent, b)
		return
	}
	if name, ok := strings.CutPrefix(text, "▶ "); ok {
		s.suite(indent, name, true)
	} else if indent >= 2 && indent%2 == 0 && !s.vitest && indent <= s.depth()+2 {
		s.suite(indent, text, false)
	}
}

// depth returns the indentation of the innermost open suite.
func (s *specReader) depth() int {
	if len(s.suites) == 0 {
		return 0
	}
	return s.suites[len(s.suites)-1].indent
}

func (s *specReader) suite(indent int, name string, node bool) {
	for len(s.suites) > 0 && s.depth() >= indent {
		s.suites = s.suites[:len(s.suites)-1]
	}
	if len(s.suites) < maxDepth {
		s.suites = append(s.suites, specSuite{indent, name, node})
	}
}

// test records a listed test. Node repeats a suite's name with its result, once its tests are listed.
func (s *specReader) test(o Outcome, name string, indent int, b *book) {
	if s.vitest {
		s.vitestTest(o, name, indent, b)
		return
	}
	if tapDirective.MatchString(name) {
		o = Skip
	}
	name = normalSpec(name)
	if n := len(s.suites); n > 0 && s.suites[n-1] == (specSuite{indent, name, true}) {
		s.suites = s.suites[:n-1]
		return
	}
	var path []string
	if s.jest != "" {
		s.listed = true
		path = append(path, s.jest)
	}
	for _, suite := range s.suites {
		if suite.indent < indent {
			path = append(path, suite.name)
		}
	}
	b.add("spec", append(path, name), o)
}

// vitestTest records a line of vitest's verbose reporter, which gives the whole path. Its default reporter lists tests
// of failing files only and without their suites, so that of those only failures are taken.
func (s *specReader) vitestTest(o Outcome, name string, indent int, b *book) {
	name = vitestTime.ReplaceAllString(name, "")
	if indent == 1 && strings.Contains(name, " > ") {
		b.add("spec", strings.Split(name, " > "), o)
	} else if indent > 1 && o == Fail {
		b.bullet([]string{name})
	}
}

// specMark splits the mark from a listed test.
func specMark(text string, jest bool) (Outcome, string, bool) {
	mark, rest, ok := strings.Cut(text, " ")
	if !ok {
		return 0, "", false
	}
	switch mark {
	case "✓", "✔", "√":
		return Pass, strings.TrimPrefix(rest, "[expected fail] "), true
	case "✕", "✖", "×", "✘", "✗":
		return Fail, strings.TrimPrefix(rest, "[fail]: "), true
	case "○", "﹣", "↓", "□", "✎":
		return Skip, rest, true
	case "-":
		return Skip, rest, !jest
	}
	if m := specNumber.FindStringSubmatch(text); m != nil && !jest {
		return Fail, m[1], true
	}
	return 0, "", false
}

// normalSpec cuts what reporters add after a name.
func normalSpec(name string) string {
	name = tapDirective.ReplaceAllString(name, "")
	return strings.TrimSpace(durations.ReplaceAllString(name, ""))
}

// title puts together the failure titles after mocha's and jasmine's counts.
func (s *specReader) title(line, text string, indent int, b *book) {
	m := specNumber.FindStringSubmatch(text)
	switch {
	case m != nil && indent == 0 && s.jasmine:
		b.bullet([]string{m[1]})
	case m != nil && indent == 2:
		s.bullet = []string{m[1]}
	case s.bullet != nil && indent >= 7 && len(s.bullet) < maxDepth:
		s.bullet = append(s.bullet, text)
	default:
		s.bullet = nil
		return
	}
	if n := len(s.bullet); n > 0 && strings.HasSuffix(s.bullet[n-1], ":") {
		s.bullet[n-1] = strings.TrimSuffix(s.bullet[n-1], ":")
		b.bullet(s.bullet)
		s.bullet = nil
	}
}

// closeFile records a file of jest whose tests were not listed.
func (s *specReader) closeFile(b *book) {
	if s.jest != "" && !s.listed {
		o := Pass
		if s.jestFail {
			o = Fail
		}
		b.file(s.jest, o)
	}
	s.jest = ""
}

// counts reads the lines that close a run.
func (s *specReader) counts(line string) bool {
	add := func(n string) bool {
		count, err := strconv.Atoi(n)
		if err == nil && count < maxCases {
			s.totals, s.passed = true, min(s.passed+max(count, 0), maxCases)
		}
		return true
	}
	if m := mochaCount.FindStringSubmatch(line); m != nil {
		s.seen = true
		switch m[2] {
		case "passing":
			s.suites = nil
			return add(m[1])
		case "failing":
			s.tail = true
		}
		return true
	}
	if m := nodeCount.FindStringSubmatch(line); m != nil {
		s.seen = true
		if m[1] == "pass" {
			return add(m[2])
		}
		return true
	}
	for _, form := range []*regexp.Regexp{jestCount, vitestCount} {
		if m := form.FindStringSubmatch(line); m != nil {
			s.seen = true
			if m := passedCount.FindStringSubmatch(m[1]); m != nil {
				return add(m[1])
			}
			return add("0")
		}
	}
	if m := avaCount.FindStringSubmatch(line); m != nil {
		s.seen = true
		if m[2] == "passed" {
			return add(m[1])
		}
		return true
	}
	if m := jasmineCount.FindStringSubmatch(line); m != nil {
		all, _ := strconv.Atoi(m[1])
		failed, _ := strconv.Atoi(m[2])
		pending, _ := strconv.Atoi(m[3])
		return add(strconv.Itoa(max(all-failed-pending, 0)))
	}
	if m := vowsCount.FindStringSubmatch(line); m != nil {
		s.seen = true
		return add(cmp.Or(m[1], "0"))
	}
	if m := tapCount.FindStringSubmatch(line); m != nil {
		return add("0" + m[1])
	}
	return false
}
