package npm

import (
	"regexp"
	"strings"

	"deps.dev/util/semver"
)

// Admits reports whether the npm range spec allows version. Tags such as latest allow anything; addresses, paths and git
// references nothing. The grammar is that of https://github.com/npm/node-semver#ranges.
func Admits(spec, version string) bool {
	spec = withoutAlias(spec)
	if isTag(spec) && !xRange.MatchString(spec) {
		return true
	}
	c, err := semver.NPM.ParseConstraint(spec)
	return err == nil && c.Match(version)
}

// Served reports whether spec names a version of a registry, not a file, a folder, an address or a repository.
func Served(spec string) bool {
	spec = withoutAlias(spec)
	if isTag(spec) {
		return true
	}
	_, err := semver.NPM.ParseConstraint(spec)
	return err == nil
}

var (
	tag     = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9._-]*$`)
	xRange  = regexp.MustCompile(`^[xX](\.[xX])*$`)
	archive = regexp.MustCompile(`(?i)\.(tgz|tar\.gz|tar)$`) // a file, to npm
	leading = regexp.MustCompile(`^(\^|~>?|>=|=|v)?\s*v?(\d+|[xX*])(\.(\d+|[xX*]))?(\.(\d+|[xX*])([-+][0-9A-Za-z.-]+)?)?$`)
)

func isTag(spec string) bool { return tag.MatchString(spec) && !archive.MatchString(spec) }

// alias splits npm:name@range into its head, up to and with the @, and its range. Without a range any version will do.
func alias(spec string) (head, rest string) {
	if strings.HasPrefix(spec, "npm:") {
		if i := strings.LastIndex(spec, "@"); i > len("npm:") {
			return spec[:i+1], spec[i+1:]
		}
		return spec + "@", ""
	}
	return "", spec
}

func withoutAlias(spec string) string {
	_, rest := alias(strings.TrimSpace(spec))
	return strings.TrimSpace(rest)
}

// Repin writes version in the style of spec: an exact pin stays exact, ^ stays ^, ~ stays ~, 1.x becomes 2.x. A range of
// several parts becomes ^version, the style that npm itself writes.
func Repin(spec, version string) string {
	head, rest := alias(strings.TrimSpace(spec))
	parts := leading.FindStringSubmatch(strings.TrimSpace(rest))
	if parts == nil {
		return head + "^" + version
	}
	operator := parts[1]
	if operator == ">=" {
		return head + ">=" + version
	}
	v := strings.SplitN(version, ".", 3)
	if len(v) < 3 {
		return head + operator + version
	}
	wild := func(s string) bool { return s == "x" || s == "X" || s == "*" }
	switch {
	case wild(parts[2]):
		return spec
	case wild(parts[4]):
		return head + operator + v[0] + "." + parts[4]
	case wild(parts[6]):
		return head + operator + v[0] + "." + v[1] + "." + parts[6]
	case operator == "" && parts[4] == "": // 1
		return head + v[0]
	case operator == "" && parts[6] == "": // 1.2
		return head + v[0] + "." + v[1]
	}
	return head + operator + version
}
