package golang

import (
	"slices"
	"strings"

	"golang.org/x/mod/semver"
)

// sumLines are the lines of a go.sum without their ends.
func sumLines(text string) []string {
	var lines []string
	for line := range strings.Lines(unmarked(text)) {
		if line = strings.TrimRight(line, "\r\n"); strings.TrimSpace(line) != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

// mergeSums brings into a go.sum what changes between two others: lines that only after has are added, and those that only
// before has are dropped. Order, line ends and all other lines stay.
func mergeSums(original, before, after string) string {
	was, is := setOf(sumLines(before)), setOf(sumLines(after))
	newline := "\n"
	if strings.Contains(original, "\r\n") {
		newline = "\r\n"
	}
	have := map[string]bool{}
	var lines []string // with their ends
	for line := range strings.Lines(original) {
		bare := strings.TrimRight(unmarked(line), "\r\n")
		if was[bare] && !is[bare] {
			continue
		}
		have[bare] = true
		lines = append(lines, line)
	}
	var fresh []string
	for _, line := range sumLines(after) {
		if !was[line] && !have[line] {
			have[line] = true
			fresh = append(fresh, line)
		}
	}
	if len(fresh) == 0 {
		return strings.Join(lines, "")
	}
	if n := len(lines); n > 0 && !strings.HasSuffix(lines[n-1], "\n") {
		lines[n-1] += newline
	}
	slices.SortStableFunc(fresh, compareSums)
	var out []string
	for _, line := range lines {
		for len(fresh) > 0 && compareSums(fresh[0], strings.TrimRight(unmarked(line), "\r\n")) < 0 {
			out = append(out, fresh[0]+newline)
			fresh = fresh[1:]
		}
		out = append(out, line)
	}
	for _, line := range fresh {
		out = append(out, line+newline)
	}
	return strings.Join(out, "")
}

// compareSums orders lines as the go command does: by module, by version, and the hash of a go.mod last.
func compareSums(a, b string) int {
	f, g := strings.Fields(a), strings.Fields(b)
	if len(f) != 3 || len(g) != 3 {
		return 0
	}
	if c := strings.Compare(f[0], g[0]); c != 0 {
		return c
	}
	v, isMod := strings.CutSuffix(f[1], "/go.mod")
	w, isModToo := strings.CutSuffix(g[1], "/go.mod")
	if c := semver.Compare(v, w); c != 0 {
		return c
	}
	switch {
	case isMod == isModToo:
		return strings.Compare(a, b)
	case isMod:
		return 1
	}
	return -1
}

func setOf(lines []string) map[string]bool {
	set := map[string]bool{}
	for _, line := range lines {
		set[line] = true
	}
	return set
}
