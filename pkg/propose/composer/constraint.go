package composer

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/fettle-dev/fettle/pkg/osv"
)

// A constraint, by the grammar of Composer itself, is alternatives of
// parts that all must hold.
var (
	alternatives = regexp.MustCompile(`\s*\|\|?\s*`)
	hyphen       = regexp.MustCompile(`^\s*(\S+)\s+-\s+(\S+)\s*$`)
	part         = regexp.MustCompile(`^(\^|~|>=|<=|!=|<>|==|=|>|<)?(\s*)([vV]?)([0-9]+(?:\.[0-9]+){0,3})(\.[*xX])?((?:[.+_-]?[0-9A-Za-z]+)*)(@[a-z]+)?$`)
	joined       = regexp.MustCompile(`(\^|~|>=|<=|!=|<>|==|=|>|<)?\s*[^\s,|]+`)
)

// maxConstraint bounds a constraint, in bytes.
const maxConstraint = 500

func admits(spec, version string) bool {
	if len(spec) > maxConstraint || len(version) > 100 {
		return true
	}
	for _, alternative := range alternatives.Split(strings.TrimSpace(spec), -1) {
		if allows(alternative, version) {
			return true
		}
	}
	return false
}

// allows reports whether one alternative admits version.
func allows(alternative, version string) bool {
	if m := hyphen.FindStringSubmatch(alternative); m != nil {
		upper := "<=" + m[2]
		if strings.Count(m[2], ".") < 2 {
			upper = "<" + next(strings.TrimLeft(m[2], "vV"), strings.Count(m[2], "."))
		}
		return meets(">="+m[1], version) && meets(upper, version)
	}
	for _, one := range joined.FindAllString(alternative, -1) {
		if !meets(strings.TrimSpace(one), version) {
			return false
		}
	}
	return true
}

// meets reports whether version meets one part; one that cannot be read is left to Composer.
func meets(one, version string) bool {
	m := part.FindStringSubmatch(one)
	if m == nil {
		return true
	}
	numbers := strings.Split(m[4], ".")
	order := func(other string) int {
		n, err := osv.CompareVersions("Packagist", strings.TrimLeft(version, "vV"), other)
		if err != nil {
			return 0
		}
		return n
	}
	full := m[4] + m[6]
	within := func(at int) bool { return order(full) >= 0 && order(next(m[4], at)) < 0 }
	switch {
	case m[5] != "":
		return within(len(numbers) - 1)
	case m[1] == "^":
		at := 0
		for at < len(numbers)-1 && numbers[at] == "0" {
			at++
		}
		return order(full) >= 0 && order(next(m[4], at)) < 0
	case m[1] == "~":
		return order(full) >= 0 && order(next(m[4], max(0, len(numbers)-2))) < 0
	case m[1] == ">=":
		return order(full) >= 0
	case m[1] == ">":
		return order(full) > 0
	case m[1] == "<=":
		return order(full) <= 0
	case m[1] == "<":
		return order(full) < 0
	case m[1] == "!=" || m[1] == "<>":
		return order(full) != 0
	}
	return order(full) == 0
}

// next is the version above all that have the numbers up to at.
func next(version string, at int) string {
	numbers := strings.Split(version, ".")
	if at >= len(numbers) {
		at = len(numbers) - 1
	}
	n, err := strconv.Atoi(numbers[at])
	if err != nil {
		return version
	}
	numbers = append(numbers[:at:at], strconv.Itoa(n+1))
	for len(numbers) < 3 {
		numbers = append(numbers, "0")
	}
	return strings.Join(numbers, ".")
}

// repin moves the last alternative of a constraint; parts of it that admit version stay.
func repin(spec, version string) string {
	if admits(spec, version) || len(spec) > maxConstraint {
		return spec
	}
	from := 0
	if all := alternatives.FindAllStringIndex(spec, -1); len(all) > 0 {
		from = all[len(all)-1][1]
	}
	last := spec[from:]
	if m := hyphen.FindStringSubmatchIndex(last); m != nil {
		return spec[:from] + last[:m[4]] + strings.TrimLeft(version, "vV") + last[m[5]:]
	}
	return spec[:from] + joined.ReplaceAllStringFunc(last, func(one string) string {
		if meets(strings.TrimSpace(one), version) {
			return one
		}
		lead := one[:len(one)-len(strings.TrimLeft(one, " \t"))]
		return lead + moved(strings.TrimSpace(one), version)
	})
}

// moved writes version in the style of one part: as many numbers, the same operator.
func moved(one, version string) string {
	m := part.FindStringSubmatch(one)
	bare := strings.TrimLeft(version, "vV")
	if m == nil {
		return bare
	}
	head := m[1] + m[2] + m[3]
	release := bare
	if i := strings.IndexAny(bare, "-+_"); i >= 0 {
		release = bare[:i]
	}
	numbers, size := strings.Split(release, "."), strings.Count(m[4], ".")+1
	for len(numbers) < size {
		numbers = append(numbers, "0")
	}
	switch {
	case m[5] != "":
		return head + strings.Join(numbers[:size], ".") + m[5] + m[7]
	case m[1] == "<":
		n, err := strconv.Atoi(numbers[0])
		if err != nil {
			return head + bare
		}
		return head + strconv.Itoa(n+1) + strings.Repeat(".0", size-1) + m[7]
	case m[1] == "^" || m[1] == "~":
		if release != bare {
			return head + bare + m[7]
		}
		return head + strings.Join(numbers[:size], ".") + m[7]
	}
	return head + bare + m[7]
}
