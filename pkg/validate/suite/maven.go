package suite

import (
	"regexp"
	"strconv"
)

var (
	surefireClass = regexp.MustCompile(`^(?:\[\w+\]\s+)?Tests run: (\d+), Failures: (\d+), Errors: (\d+), Skipped: (\d+), Time elapsed: .*?(<<< (?:FAILURE|ERROR)!)?(?: -+)?(?: in ([\w.$]+))?$`)
	surefireCase  = regexp.MustCompile(`^(?:\[\w+\]\s+)?([\w$]+)\(([\w.$]+)\)\s+Time elapsed: .*<<< (?:FAILURE|ERROR)!$`)
	surefireDot   = regexp.MustCompile(`^(?:\[\w+\]\s+)?([\w.$]+)\.([\w$]+(?:[\[({].*?[\])}])*)(?:\s+--)?\s+Time elapsed: .*<<< (?:FAILURE|ERROR)!$`)
	surefireEnd   = regexp.MustCompile(`^(?:\[\w+\]\s+)?Tests run: (\d+), Failures: (\d+), Errors: (\d+), Skipped: (\d+)$`)
)

// mavenReader reads what surefire prints, where it leaves no reports: classes and failing tests.
type mavenReader struct{ tally }

func (*mavenReader) kind() string { return "maven" }

func (m *mavenReader) reset() {}

func (m *mavenReader) end(*book) {}

func (m *mavenReader) line(line string, b *book) {
	if g := surefireEnd.FindStringSubmatch(line); g != nil {
		n := [4]int{}
		for i := range n {
			n[i], _ = strconv.Atoi(g[i+1])
		}
		m.add(n[0] - n[1] - n[2] - n[3])
		return
	}
	if g := surefireClass.FindStringSubmatch(line); g != nil && g[6] != "" {
		o := Pass
		if g[5] != "" || g[2] != "0" || g[3] != "0" {
			o = Fail
		}
		b.file(g[6], o)
		return
	}
	if g := surefireCase.FindStringSubmatch(line); g != nil {
		b.bullet([]string{g[2], g[1]})
	} else if g := surefireDot.FindStringSubmatch(line); g != nil {
		b.bullet([]string{g[1], g[2]})
	}
}
