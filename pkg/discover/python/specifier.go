package python

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/fettle-dev/fettle/pkg/osv"
)

// pin returns the one version that a range of PEP 440 allows; ok is false where it allows more, or none.
func pin(spec string) (version string, ok bool) {
	for _, clause := range clauses(spec) {
		op, v := operator(clause)
		if op != "==" && op != "===" || op == "==" && strings.HasSuffix(v, ".*") {
			continue
		}
		if version != "" && version != v {
			return "", false
		}
		version = v
	}
	return version, version != ""
}

// lowest returns the version that a range begins with, "" where none is named or the range begins above it.
func lowest(spec string) string {
	for _, clause := range clauses(spec) {
		switch op, v := operator(clause); op {
		case ">=", "~=", "^", "~":
			if versionForm.MatchString(v) {
				return v
			}
		}
	}
	return ""
}

// poetryPin is pin for what Poetry and Pipenv read: a version alone is exact for Poetry.
func poetryPin(spec string) (version string, ok bool) {
	spec = strings.TrimSpace(spec)
	if versionForm.MatchString(spec) {
		return spec, true
	}
	if strings.ContainsAny(spec, "^|") {
		return "", false
	}
	return pin(spec)
}

var versionForm = regexp.MustCompile(`^v?\d[A-Za-z0-9.!+_-]*$`)

var operators = []string{"===", "==", "!=", "<=", ">=", "~=", "<", ">", "^", "~", "="}

// either allows what one of two ranges allows. One that has grown long stays as it is.
func either(a, b string) string {
	if a == b || len(a) > 1000 {
		return a
	}
	return a + " || " + b
}

func operator(clause string) (op, version string) {
	for _, op := range operators {
		if v, ok := strings.CutPrefix(clause, op); ok {
			return op, strings.TrimSpace(v)
		}
	}
	return "", clause
}

// admits reports whether a range of PEP 440 or Poetry allows version. What it cannot compare, it allows.
func admits(spec, version string) bool {
	for part := range strings.SplitSeq(spec, "||") {
		all := true
		for _, clause := range clauses(part) {
			for _, word := range words(clause) {
				all = all && clauseAdmits(word, version)
			}
		}
		if all {
			return true
		}
	}
	return false
}

// words splits what Poetry lets a space part: ">=1.0 <2.0". An operator may stand apart from its version.
func words(clause string) []string {
	var list []string
	open := false
	for _, word := range strings.Fields(clause) {
		if op, v := operator(word); open {
			list[len(list)-1] += word
			open = false
		} else {
			list = append(list, word)
			open = op != "" && v == ""
		}
	}
	return list
}

func clauseAdmits(clause, version string) bool {
	op, want := operator(clause)
	switch op {
	case "===":
		return strings.EqualFold(want, version)
	case "", "=", "==":
		if want == "*" {
			return true
		}
		if prefix, ok := strings.CutSuffix(want, ".*"); ok {
			return hasPrefix(version, prefix)
		}
		return compare(plainOf(version, want), want) == 0
	case "!=":
		if prefix, ok := strings.CutSuffix(want, ".*"); ok {
			return !hasPrefix(version, prefix)
		}
		return compare(plainOf(version, want), want) != 0 || undecided(version, want)
	case "<=":
		return compare(public(version), want) <= 0
	case ">=":
		return compare(version, want) >= 0
	case "<":
		return compare(version, want) < 0 || undecided(version, want)
	case ">":
		return compare(public(version), want) > 0 || undecided(version, want)
	case "~=":
		release := releaseOf(want)
		return compare(version, want) >= 0 && (len(release) < 2 || hasPrefix(version, join(release[:len(release)-1])))
	case "^":
		release := releaseOf(want)
		at := 0
		for at < len(release)-1 && release[at] == 0 {
			at++
		}
		return compare(version, want) >= 0 && below(version, release, at)
	case "~":
		return compare(version, want) >= 0 && below(version, releaseOf(want), min(1, len(releaseOf(want))-1))
	}
	return true
}

// below reports whether version is lower than release with the number at raised by one.
func below(version string, release []int, at int) bool {
	if at < 0 || at >= len(release) {
		return true
	}
	next := append([]int(nil), release[:at+1]...)
	next[at]++
	return compare(version, join(next)) < 0
}

// compare is 0 also for what cannot be compared.
func compare(a, b string) int {
	order, err := osv.CompareVersions("PyPI", a, b)
	if err != nil {
		return 0
	}
	return order
}

func undecided(a, b string) bool {
	_, err := osv.CompareVersions("PyPI", a, b)
	return err != nil
}

// public leaves out the local part of a version: 1.0 of 1.0+cpu.
func public(version string) string {
	version, _, _ = strings.Cut(version, "+")
	return version
}

// plainOf leaves the local part out unless the range names one.
func plainOf(version, want string) string {
	if strings.Contains(want, "+") {
		return version
	}
	return public(version)
}

var releaseForm = regexp.MustCompile(`^v?(?:(\d+)!)?(\d+(?:\.\d+)*)`)

// releaseOf returns the numbers of a version: 1, 2 and 0 of 1.2.0rc1.
func releaseOf(version string) []int {
	m := releaseForm.FindStringSubmatch(strings.TrimSpace(version))
	if m == nil {
		return nil
	}
	var list []int
	for part := range strings.SplitSeq(m[2], ".") {
		n, err := strconv.Atoi(part)
		if err != nil {
			return nil
		}
		list = append(list, n)
	}
	return list
}

func join(release []int) string {
	parts := make([]string, len(release))
	for i, n := range release {
		parts[i] = strconv.Itoa(n)
	}
	return strings.Join(parts, ".")
}

// hasPrefix reports whether the numbers of version begin with those of prefix, zeros filled in.
func hasPrefix(version, prefix string) bool {
	have, want := releaseOf(version), releaseOf(prefix)
	if have == nil || want == nil {
		return true
	}
	for i, n := range want {
		if i < len(have) && have[i] != n || i >= len(have) && n != 0 {
			return false
		}
	}
	return true
}
