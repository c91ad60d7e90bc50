package suite

import (
	"regexp"
	"strconv"
	"strings"
)

var (
	pytestCase    = regexp.MustCompile(`^(\S.*?::.+?) (PASSED|FAILED|ERROR|SKIPPED|XFAIL|XPASS)\b(?: \(.*\))?(?:\s+\[\s*\d+%\])?$`)
	pytestWorker  = regexp.MustCompile(`^\[gw\d+\] \[\s*\d+%\] (PASSED|FAILED|ERROR|SKIPPED|XFAIL|XPASS) (\S.*::.+?)\s*$`)
	pytestSummary = regexp.MustCompile(`^(FAILED|ERROR) (\S.*?)(?: - .*)?$`)
	pytestEnd     = regexp.MustCompile(`^(?:=+ )?((?:\d+ (?:passed|failed|errors?|skipped|xfailed|xpassed|deselected|warnings?|rerun|subtests passed)(?:, )?)+) in [\d.]+s(?: \([\d:]+\))?(?: =+)?$`)
	pytestPassed  = regexp.MustCompile(`(\d+) passed`)
)

var pytestOutcomes = map[string]Outcome{
	"PASSED": Pass, "XPASS": Pass, "SKIPPED": Skip, "XFAIL": Skip, "FAILED": Fail, "ERROR": Fail,
}

// pytestReader reads pytest's output: the cases of -v, else the failing ones of its short summary, and its closing line.
type pytestReader struct {
	tally
	short bool // within the short summary
	cases map[string]Outcome
}

func (*pytestReader) kind() string { return "pytest" }

func (p *pytestReader) reset() { p.short = false }

func (p *pytestReader) line(line string, b *book) {
	if m := pytestEnd.FindStringSubmatch(line); m != nil {
		n := "0"
		if m := pytestPassed.FindStringSubmatch(m[1]); m != nil {
			n = m[1]
		}
		passed, _ := strconv.Atoi(n)
		p.add(passed)
		p.short = false
		return
	}
	switch {
	case strings.HasPrefix(line, "===") && strings.Contains(line, "short test summary info"):
		p.short = true
	case p.short:
		if m := pytestSummary.FindStringSubmatch(line); m != nil {
			p.note(m[2], Fail)
			b.bullet(pytestPath(m[2]))
		}
	default:
		if m := pytestCase.FindStringSubmatch(line); m != nil {
			p.note(m[1], pytestOutcomes[m[2]])
		} else if m := pytestWorker.FindStringSubmatch(line); m != nil {
			p.note(m[2], pytestOutcomes[m[1]])
		}
	}
}

// note keeps the worse of what is told of a case: one that passes may still err in its teardown.
func (p *pytestReader) note(id string, o Outcome) {
	if p.cases == nil {
		p.cases = map[string]Outcome{}
	}
	if old, ok := p.cases[id]; ok {
		o = max(o, old)
	} else if len(p.cases) >= maxCases {
		return
	}
	p.cases[id] = o
}

func (p *pytestReader) end(b *book) {
	for id, o := range p.cases {
		b.add("pytest", pytestPath(id), o)
	}
}

// pytestPath splits a node id; a parameter may hold two colons of its own.
func pytestPath(id string) []string {
	head, param, _ := strings.Cut(id, "[")
	path := strings.Split(head, "::")
	if param != "" {
		path[len(path)-1] += "[" + param
	}
	return path
}
