package jvm

import (
	"regexp"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/osv"
)

var (
	// early are the qualifiers of versions that come before a release.
	early = regexp.MustCompile(`(?i)(^|[.\-_+]|\d)(alpha|beta|milestone|m|rc|cr|snapshot|ea|preview|pre|pr|dev|eap|a|b)[.\-_]?\d*($|[.\-_+])`)
	// flavors name what a version is built for; another one is no upgrade.
	flavors = regexp.MustCompile(`(?i)[.\-_](jre\d*|android|jdk\d+(?:on)?|java\d+|hadoop\d*|spark\d*|scala\d*|empty-to-avoid-conflict-with-guava|redhat-\d+|jbossorg-\d+)$`)
	// dated are versions of a day, which old artifacts had before they counted.
	dated = regexp.MustCompile(`^(19|20)\d{6}([.\-]|$)`)
)

func isEarly(version string) bool { return early.MatchString(version) }

func flavor(version string) string {
	if m := flavors.FindStringSubmatch(version); m != nil {
		return strings.ToLower(m[1])
	}
	return ""
}

// candidates returns those of served that someone who has version may move to, it included, in rising order.
func candidates(served []string, version string) []string {
	var list []string
	own := flavor(version)
	for _, v := range served {
		order, err := compare(v, version)
		if err != nil || order < 0 || isEarly(v) && !isEarly(version) || dated.MatchString(v) && !dated.MatchString(version) {
			continue
		}
		if f := flavor(v); f != own && (own != "" || f == "android" || strings.HasPrefix(f, "empty") || strings.HasPrefix(f, "redhat") || strings.HasPrefix(f, "jbossorg")) {
			continue
		}
		list = append(list, v)
	}
	slices.SortStableFunc(list, func(a, b string) int {
		order, _ := compare(a, b)
		return order
	})
	return list
}

func compare(a, b string) (int, error) { return osv.CompareVersions("Maven", a, b) }

// lower reports whether a comes before b.
func lower(a, b string) bool {
	order, err := compare(a, b)
	return err == nil && order < 0
}

// same reports whether a and b are one version.
func same(a, b string) bool {
	if a == b {
		return true
	}
	order, err := compare(a, b)
	return err == nil && order == 0
}

// sameMinor reports whether the first two numbers of a and b are the same.
func sameMinor(a, b string) bool {
	return slices.Equal(leading(a, 2), leading(b, 2))
}

func leading(version string, n int) []string {
	parts := strings.FieldsFunc(version, func(r rune) bool { return r == '.' || r == '-' })
	return parts[:min(n, len(parts))]
}
