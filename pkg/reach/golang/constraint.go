package golang

import (
	"bufio"
	"go/build/constraint"
	"os"
	"strings"
)

// maxFileHead is in how many bytes a build constraint stands.
const maxFileHead = 64 << 10

// neverBuilt are tags that by custom no build sets: of files that only go run or go mod tidy looks at.
var neverBuilt = map[string]bool{"ignore": true, "tools": true, "tool": true}

// buildable reports whether some set of build tags includes the file.
func buildable(file string) bool {
	f, err := os.Open(file)
	if err != nil {
		return false
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(make([]byte, maxFileHead), maxFileHead)
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		if strings.HasPrefix(line, "package ") {
			return true
		}
		if constraint.IsGoBuild(line) || constraint.IsPlusBuild(line) { // lines of the older kind must all hold
			if x, err := constraint.Parse(line); err == nil && !possible(x, true) {
				return false
			}
		}
	}
	return true
}

// possible reports whether tags can be set so that x is want.
func possible(x constraint.Expr, want bool) bool {
	switch x := x.(type) {
	case *constraint.TagExpr:
		return !neverBuilt[x.Tag] || !want
	case *constraint.NotExpr:
		return possible(x.X, !want)
	case *constraint.AndExpr:
		if want {
			return possible(x.X, true) && possible(x.Y, true)
		}
		return possible(x.X, false) || possible(x.Y, false)
	case *constraint.OrExpr:
		if want {
			return possible(x.X, true) || possible(x.Y, true)
		}
		return possible(x.X, false) && possible(x.Y, false)
	}
	return true
}
