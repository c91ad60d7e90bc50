package main

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// subject is one release of a package whose published files carry its tests.
type subject struct {
	ecosystem string // go, npm or python
	name      string
	version   string // empty: the rule of its ecosystem picks one
}

func (s subject) String() string { return s.ecosystem + " " + s.name + " " + s.version }

// slug names a folder for s.
func (s subject) slug() string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' || r == '-' {
			return r
		}
		return '_'
	}, s.ecosystem+"-"+s.name+"-"+s.version)
}

// readSubjects reads lines of an ecosystem, a name and perhaps a version. Text after # is a comment.
func readSubjects(r io.Reader) ([]subject, error) {
	var list []subject
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		text, _, _ := strings.Cut(lines.Text(), "#")
		w := strings.Fields(text)
		switch {
		case len(w) == 0:
		case len(w) > 3 || len(w) < 2 || w[0] != "go" && w[0] != "npm" && w[0] != "python":
			return nil, fmt.Errorf("subjects line %d: %q; want go, npm or python, a name, and perhaps a version", n, text)
		case strings.HasPrefix(w[1], "-"):
			return nil, fmt.Errorf("subjects line %d: %q is no name", n, w[1])
		default:
			list = append(list, subject{w[0], w[1], strings.Join(w[2:], "")})
		}
	}
	return list, lines.Err()
}
