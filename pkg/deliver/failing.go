package deliver

import (
	"regexp"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// telling matches a line of a test's output that says what went wrong, as the common reporters write it.
var telling = regexp.MustCompile(`(?i)error|exception|expect|assert|\bdid not\b`)

// boundary matches a line that begins the next test, ends a block of TAP, or begins the stack.
var boundary = regexp.MustCompile(`^\s*(not ok|ok) \d|^\s*# Subtest|^\s*\d+\) |^\s*(●|✕|✓|✖|✔) |^\s*\.\.\.$|^\s*at `)

// copies matches the number that sets tests of one name apart.
var copies = regexp.MustCompile(` #\d+$`)

// assertion finds where output tells of the failure of test, and the first lines of what it says, three at most. Output
// is that of the repository's own tests, in any form; where nothing is found, at is -1.
func assertion(output, test string) (at int, lines []string) {
	parts := strings.Split(test, " › ") // the suites, then the test
	name := copies.ReplaceAllString(parts[len(parts)-1], "")
	if strings.TrimSpace(name) == "" {
		return -1, nil
	}
	all := strings.Split(plainLines(output), "\n")
	for i, line := range all {
		if !strings.Contains(line, name) {
			continue
		}
		if said := said(all[i+1:]); len(said) > 0 {
			return i, said
		}
	}
	return -1, nil
}

// said returns the first lines of a message that begins soon, before another test does.
func said(lines []string) []string {
	const near, most = 20, 3
	start := -1
	for i, line := range lines[:min(near, len(lines))] {
		if boundary.MatchString(line) {
			return nil
		}
		if telling.MatchString(line) {
			start = i
			if strings.HasSuffix(strings.TrimRight(line, "-+"), "|") { // a block of TAP: the message is what follows
				start++
			}
			break
		}
	}
	if start < 0 {
		return nil
	}
	var out []string
	for _, line := range lines[start:] {
		if boundary.MatchString(line) || len(out) == most {
			break
		}
		if line = plain(line); line != "" {
			out = append(out, clip(line, 200))
		}
	}
	return out
}

// around returns the part of a failed check's output to show: from where it tells of the first broken test on, or its end.
func around(c fettle.Check, lines, bytes int) (text string, cut bool) {
	output := c.Output
	text, n := excerpt(output, lines, bytes)
	if n == 0 {
		return text, false
	}
	for _, test := range c.Broken {
		if at, _ := assertion(output, test); at >= 0 {
			rest := strings.Split(plainLines(output), "\n")[at:]
			if len(rest) > lines {
				rest = rest[:lines]
			}
			text, _ = excerpt(strings.Join(rest, "\n"), lines, bytes)
			return text, true
		}
	}
	return text, true
}
