package suite

import (
	"regexp"
	"strconv"
	"strings"
)

var (
	cargoRunning = regexp.MustCompile(`^\s+Running (?:unittests )?(\S+) \((?:.*[/\\])?([\w-]+?)(?:-[0-9a-f]{16})?(?:\.exe)?\)$`)
	cargoDoc     = regexp.MustCompile(`^\s+Doc-tests (\S+)$`)
	cargoCase    = regexp.MustCompile(`^test (.+?)(?: - should panic)? \.\.\. (?:.*?)(ok|FAILED|ignored)(?:, .*)?(?: <[\d.]+s>)?$`)
	cargoName    = regexp.MustCompile(`^test (.+?)(?: - should panic)? \.\.\. `)
	cargoAfter   = regexp.MustCompile(`test ([\w:]+)(?: - should panic)? \.\.\. (ok|FAILED|ignored)$`) // after what a test printed
	cargoLine    = regexp.MustCompile(` \(line \d+\)`)
	cargoEnd     = regexp.MustCompile(`^test result: (?:ok|FAILED)\. (\d+) passed; \d+ failed; `)
)

// cargoReader reads cargo test: the cases of each test program and of the examples in documentation.
type cargoReader struct {
	tally
	program []string
	open    string // a test whose output stands between its name and its outcome
}

func (*cargoReader) kind() string { return "cargo" }

func (c *cargoReader) reset() { c.program, c.open = nil, "" }

func (c *cargoReader) end(*book) {}

func (c *cargoReader) line(line string, b *book) {
	if m := cargoEnd.FindStringSubmatch(line); m != nil {
		passed, _ := strconv.Atoi(m[1])
		c.add(passed)
		c.open = ""
		return
	}
	if m := cargoRunning.FindStringSubmatch(line); m != nil {
		c.program, c.open = []string{m[2] + " " + m[1]}, ""
		return
	}
	if m := cargoDoc.FindStringSubmatch(line); m != nil {
		c.program, c.open = []string{m[1] + " doc"}, ""
		return
	}
	name, outcome := "", ""
	if m := cargoCase.FindStringSubmatch(line); m != nil {
		name, outcome = m[1], m[2]
	} else if m := cargoName.FindStringSubmatch(line); m != nil {
		c.open = m[1]
		return
	} else if m := cargoAfter.FindStringSubmatch(line); m != nil && c.program != nil {
		name, outcome = m[1], m[2]
	} else if c.open != "" && (line == "ok" || line == "FAILED") {
		name, outcome = c.open, line
	}
	if name == "" {
		return
	}
	c.open = ""
	// The line of an example moves with the text around it.
	name = cargoLine.ReplaceAllString(strings.TrimSuffix(name, " - compile"), "")
	b.add("cargo", append(c.program[:len(c.program):len(c.program)], name), map[string]Outcome{"ok": Pass, "FAILED": Fail, "ignored": Skip}[outcome])
}
