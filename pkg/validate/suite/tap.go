package suite

import (
	"regexp"
	"strings"
)

var (
	tapResult    = regexp.MustCompile(`^(not ok|ok)\b(?:\s+\d+)?(?:\s+-)?\s*(.*)$`)
	tapPlan      = regexp.MustCompile(`^1\.\.\d+(?:\s*#.*)?$`)
	tapDirective = regexp.MustCompile(`(?i)(?:^|\s)#\s*(skip|todo)\b.*$`)
	tapSummary   = regexp.MustCompile(`^# (?:tests|suites|pass|fail|cancelled|skipped|skip|todo|duration_ms|ok|time=|\{|Subtest:)`)
)

// tapReader reads TAP 13 and 14: node's reporter, tap, tape, and mocha's and ava's. Children of a subtest stand four
// columns deeper and before the subtest's own result, which is not a case beside theirs.
type tapReader struct {
	tally         // seen: a version line or a plan
	subtests bool // "# Subtest:" names the suites; otherwise comments do, as in tape
	open     []tapSuite
	comment  string
	yaml     int // columns of an open diagnostic block plus one
}

type tapSuite struct {
	indent   int
	name     string
	children bool
	failed   bool // a child failed
}

func (t *tapReader) reset() { t.open, t.comment, t.yaml = nil, "", 0 }

func (t *tapReader) end(*book) {}

func (t *tapReader) kind() string { return "tap" }

func (t *tapReader) line(line string, b *book) {
	text := strings.TrimLeft(line, " ")
	indent := len(line) - len(text)
	if text == "" {
		return
	}
	if t.yaml > 0 {
		if indent >= t.yaml-1 {
			if text == "..." && indent == t.yaml-1 {
				t.yaml = 0
			}
			return
		}
		t.yaml = 0
	}
	switch {
	case strings.HasPrefix(line, "TAP version 1"):
		t.seen = true
		t.reset()
	case text == "---" && indent >= 2:
		t.yaml = indent + 1
	case tapPlan.MatchString(text):
		t.seen = t.seen || indent == 0
	case strings.HasPrefix(text, "# Subtest: "):
		t.subtests = true
		t.close(indent)
		if len(t.open) < maxDepth {
			t.open = append(t.open, tapSuite{indent: indent, name: unescape(text[len("# Subtest: "):])})
		}
	case text[0] == '#':
		if indent == 0 && len(text) > 2 && text[1] == ' ' && text[2] != ' ' && !tapSummary.MatchString(text) {
			t.comment = text[2:]
		}
	default:
		if m := tapResult.FindStringSubmatch(text); m != nil && (t.seen || indent == 0) {
			t.result(indent, m[1] == "ok", m[2], b)
		}
	}
}

// close drops the suites that a line at indent no longer belongs to.
func (t *tapReader) close(indent int) {
	for len(t.open) > 0 && t.open[len(t.open)-1].indent >= indent {
		t.open = t.open[:len(t.open)-1]
	}
}

func (t *tapReader) result(indent int, ok bool, name string, b *book) {
	for len(t.open) > 0 && t.open[len(t.open)-1].indent > indent {
		t.open = t.open[:len(t.open)-1]
	}
	var own tapSuite
	if n := len(t.open); n > 0 && t.open[n-1].indent == indent {
		own, t.open = t.open[n-1], t.open[:n-1]
	}
	o := Pass
	if !ok {
		o = Fail
	}
	if tapDirective.MatchString(name) {
		o, name = Skip, tapDirective.ReplaceAllString(name, "")
	}
	var path []string
	for i := range t.open {
		t.open[i].children = true
		t.open[i].failed = t.open[i].failed || o == Fail
		path = append(path, t.open[i].name)
	}
	if own.children && (o != Fail || own.failed) {
		return // the children say it
	}
	if !t.subtests && t.comment != "" {
		path = append(path, t.comment)
	}
	b.add("tap", append(path, unescape(name)), o)
}

func unescape(name string) string {
	return strings.NewReplacer(`\#`, "#", `\\`, `\`).Replace(strings.TrimSuffix(name, " {"))
}
