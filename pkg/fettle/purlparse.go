package fettle

import (
	"fmt"
	"net/url"
	"strings"
)

// maxPURL bounds the text of a package URL, in bytes.
const maxPURL = 4096

// ParsePURL reads a package URL: the inverse of Package.PURL. The ecosystem is spelled as OSV does, that of a
// distribution with its release where the qualifier distro gives one. A type that has no such ecosystem is an error, as
// are packages of distributions that OSV does not know. Subpaths and other qualifiers are passed over.
func ParsePURL(text string) (Package, error) {
	fail := func(why string) (Package, error) {
		return Package{}, fmt.Errorf("package URL %.200q: %s", text, why)
	}
	if len(text) > maxPURL {
		return fail(fmt.Sprintf("longer than %d bytes", maxPURL))
	}
	scheme, rest, ok := strings.Cut(text, ":")
	if !ok || !strings.EqualFold(scheme, "pkg") {
		return fail("want one that begins with pkg:")
	}
	rest, _, _ = strings.Cut(rest, "#")
	rest, query, _ := strings.Cut(rest, "?")
	kind, rest, ok := strings.Cut(strings.TrimLeft(rest, "/"), "/")
	if kind = strings.ToLower(kind); !ok || kind == "" {
		return fail("want pkg:TYPE/NAME@VERSION")
	}
	version := ""
	if at := strings.LastIndex(rest, "@"); at > strings.LastIndex(rest, "/")+1 { // one at the front of a name is npm's, unescaped
		var err error
		if version, err = url.PathUnescape(rest[at+1:]); err != nil {
			return fail("its version has a broken escape")
		}
		rest = rest[:at]
	}
	var segments []string
	for _, s := range strings.Split(strings.Trim(rest, "/"), "/") {
		s, err := url.PathUnescape(s)
		if err != nil {
			return fail("its name has a broken escape")
		}
		if s != "" {
			segments = append(segments, s)
		}
	}
	if len(segments) == 0 {
		return fail("it has no name")
	}
	qualifiers := purlQualifiers(query)
	var p Package
	if ecosystem := purlEcosystems[kind]; ecosystem != "" {
		p = Package{Ecosystem: ecosystem, Name: purlJoin(ecosystem, segments), Version: version}
		if ecosystem == "Go" {
			p.Version = goVersion(version)
		}
		return p, nil
	}
	if !isDistributionType(kind) {
		return fail(fmt.Sprintf("there are no advisories for packages of type %.40s", kind))
	}
	p, ok = parseDistribution(kind, segments, version, qualifiers)
	if !ok {
		return fail("there are no advisories for packages of this distribution")
	}
	return p, nil
}

// purlJoin makes a name of namespace and name.
func purlJoin(ecosystem string, segments []string) string {
	last := len(segments) - 1
	switch ecosystem {
	case "Maven":
		if last > 0 {
			return strings.Join(segments[:last], "/") + ":" + segments[last]
		}
	case "Go":
		if last == 0 && segments[0] == "std" {
			return "stdlib"
		}
	case "ConanCenter", "CRAN", "crates.io", "NuGet", "RubyGems", "Hackage", "Pub": // a namespace is that of a user or of a server
		return purlName(ecosystem, segments[last])
	}
	return purlName(ecosystem, strings.Join(segments, "/"))
}

// goVersion is without the v and the go that Go writes before versions, as advisories have it.
func goVersion(version string) string {
	for _, prefix := range []string{"v", "go"} {
		if rest, ok := strings.CutPrefix(version, prefix); ok && rest != "" && '0' <= rest[0] && rest[0] <= '9' {
			return rest
		}
	}
	return version
}

// purlQualifiers reads key=value pairs; one that is broken is left out.
func purlQualifiers(query string) map[string]string {
	all := map[string]string{}
	for _, pair := range strings.Split(query, "&") {
		key, value, ok := strings.Cut(pair, "=")
		if value, err := url.PathUnescape(value); ok && err == nil && value != "" {
			all[strings.ToLower(key)] = value
		}
	}
	return all
}
