package python

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/python"
)

// Admits reports whether a range of PEP 440 or of Poetry, or several joined by ||, allows version.
func (t *Tools) Admits(spec, version string) bool { return python.Admits(spec, version) }

// Served reports whether spec names versions of an index, not a path, an address or a repository.
func (t *Tools) Served(spec string) bool {
	return !strings.ContainsAny(spec, "@/:") && !strings.HasPrefix(strings.TrimSpace(spec), ".")
}

// Repin writes version in the style of spec.
func (t *Tools) Repin(spec, version string) string { return repin(spec, version) }

var clauseForm = regexp.MustCompile(`^(\s*)(===|==|!=|<=|>=|~=|<|>|\^|~|=)?(\s*)(v?[0-9][A-Za-z0-9.!+_-]*(?:\.\*)?|\*)(\s*)$`)

// repin keeps each clause that allows version and moves the others, so that an exact pin stays exact, a caret a caret, and a
// range with an upper bound keeps one. What cannot be read, or offers a choice, becomes the version and all above it.
func repin(spec, version string) string {
	if strings.Contains(spec, "||") {
		return "^" + version // only Poetry has choices
	}
	if s := strings.TrimSpace(spec); s == "" || s == "*" {
		return ">=" + version
	}
	if strings.Contains(version, "!") { // an epoch, whose numbers compare with nothing that was there
		return "==" + version
	}
	clauses := strings.Split(spec, ",")
	single := len(clauses) == 1
	for i, clause := range clauses {
		m := clauseForm.FindStringSubmatch(clause)
		if m == nil {
			return ">=" + version
		}
		moved := repinClause(m[2], m[4], version, single || !python.Admits(strings.TrimSpace(clause), version))
		clauses[i] = m[1] + strings.Replace(moved, m[2], m[2]+m[3], 1) + m[5]
	}
	return strings.Join(clauses, ",")
}

// repinClause moves one clause; move says that it must, else only lower bounds do.
func repinClause(op, old, version string, move bool) string {
	keep := op + old
	switch op {
	case ">=":
		return op + version
	case ">":
		if move {
			return ">=" + version
		}
		return keep
	case "<", "<=":
		if !move || python.Admits(keep, version) {
			return keep
		}
		if op == "<=" {
			return op + version
		}
		return "<" + next(old, version)
	case "!=":
		return keep
	}
	if prefix, ok := strings.CutSuffix(old, ".*"); ok {
		return op + cut(version, strings.Count(prefix, ".")+1) + ".*"
	}
	if n := strings.Count(old, ".") + 1; op == "~=" && n >= 2 || op == "~" {
		short := cut(version, n)
		if python.Admits(short+".*", version) && order(short, version) != 0 {
			return op + short + ",>=" + version
		}
		return op + short
	}
	return op + version
}

var release = regexp.MustCompile(`^v?(?:\d+!)?(\d+(?:\.\d+)*)`)

// numbers are those of a version's release.
func numbers(version string) []string {
	m := release.FindStringSubmatch(version)
	if m == nil {
		return nil
	}
	return strings.Split(m[1], ".")
}

// cut is the first n numbers of version, zeros filled in.
func cut(version string, n int) string {
	parts := numbers(version)
	for len(parts) < n {
		parts = append(parts, "0")
	}
	return strings.Join(parts[:n], ".")
}

// next is the lowest bound above version that has as many numbers as old: 5 for <4 and 4.2.
func next(old, version string) string {
	n := len(numbers(old))
	for n > 1 && numbers(old)[n-1] == "0" { // <4.0 bounds the first number
		n--
	}
	parts := strings.Split(cut(version, max(n, 1)), ".")
	last, err := strconv.Atoi(parts[len(parts)-1])
	if err != nil {
		return fmt.Sprintf("=%s", version)
	}
	parts[len(parts)-1] = strconv.Itoa(last + 1)
	for len(parts) < len(numbers(old)) {
		parts = append(parts, "0")
	}
	return strings.Join(parts, ".")
}

// breaking reports whether going from a to b moves the first number.
func breaking(a, b string) bool { return cut(a, 1) != cut(b, 1) }
