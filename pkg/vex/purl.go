package vex

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/package-url/packageurl-go"
)

// PURL is a package URL, taken apart and spelled in the one way that its type's rules give.
type PURL struct {
	kind, namespace, name, version string
	qualifiers                     map[string]string
	subpath                        string
}

// ParsePURL reads a package URL.
func ParsePURL(text string) (PURL, error) {
	if len(text) > maxName {
		return PURL{}, fmt.Errorf("package URL %.60q: longer than %d bytes", text, maxName)
	}
	u, err := packageurl.FromString(text)
	if err != nil {
		return PURL{}, fmt.Errorf("package URL %.200q: %w", text, err)
	}
	p := PURL{u.Type, u.Namespace, u.Name, u.Version, u.Qualifiers.Map(), segments(u.Subpath)}
	switch p.kind {
	case "pypi":
		p.name = separators.ReplaceAllString(strings.ToLower(p.name), "-")
	case "golang":
		p.namespace, p.name = strings.ToLower(p.namespace), strings.ToLower(p.name)
	case "nuget":
		p.name = strings.ToLower(p.name)
	case "maven":
		if p.qualifiers["type"] == "jar" { // which is what a package is without the qualifier
			delete(p.qualifiers, "type")
		}
	case "rpm", "deb", "apk":
		delete(p.qualifiers, "upstream") // tells the source, and names nothing else
	}
	return p, nil
}

// separators are one and the same in names of Python's packages.
var separators = regexp.MustCompile(`[-_.]+`)

// At returns p with another version.
func (p PURL) At(version string) PURL {
	p.version = version
	return p
}

// With returns p with one more qualifier.
func (p PURL) With(key, value string) PURL {
	p.qualifiers = maps.Clone(p.qualifiers)
	if p.qualifiers == nil {
		p.qualifiers = map[string]string{}
	}
	p.qualifiers[key] = value
	return p
}

// IsRPM reports whether p names a package of RPM, whose sources are packages of the architecture src.
func (p PURL) IsRPM() bool { return p.kind == "rpm" }

// Below returns p with a subpath, in place of its own.
func (p PURL) Below(subpath string) PURL {
	p.subpath = segments(subpath)
	return p
}

// segments leaves out those that name no folder, as the specification asks.
func segments(subpath string) string {
	return strings.Join(slices.DeleteFunc(strings.Split(subpath, "/"), func(s string) bool { return s == "" || s == "." || s == ".." }), "/")
}

// Subpath is the part of the package that p names; "" is all of it.
func (p PURL) Subpath() string { return p.subpath }

// String spells p in the canonical way.
func (p PURL) String() string {
	var qualifiers packageurl.Qualifiers
	for _, key := range slices.Sorted(maps.Keys(p.qualifiers)) {
		qualifiers = append(qualifiers, packageurl.Qualifier{Key: key, Value: p.qualifiers[key]})
	}
	return packageurl.NewPackageURL(p.kind, p.namespace, p.name, p.version, qualifiers, p.subpath).ToString()
}

// key is what all that p may cover have in common.
func (p PURL) key() string { return p.kind + "/" + p.namespace + "/" + p.name }

// versioned is the key of what is said of one version, or of all where p has none.
func (p PURL) versioned() string {
	if p.kind == "golang" {
		return p.key() + "@" + strings.TrimPrefix(p.version, "v")
	}
	return p.key() + "@" + p.version
}

// Covers reports whether what is said of p is said of q, which is one package: p without version is all versions, and q must
// have all the qualifiers of p, and may have more. A subpath of p covers what lies below it.
func (p PURL) Covers(q PURL) bool {
	if p.key() != q.key() || p.version != "" && !p.sameVersion(q) {
		return false
	}
	if p.subpath != "" && p.subpath != q.subpath && !strings.HasPrefix(q.subpath, p.subpath+"/") {
		return false
	}
	for key, want := range p.qualifiers {
		if have := q.qualifiers[key]; have != want && !(key == "distro" && sameRelease(have, want)) {
			return false
		}
	}
	return true
}

func (p PURL) sameVersion(q PURL) bool {
	a, b := p.version, q.version
	switch p.kind {
	case "golang":
		a, b = strings.TrimPrefix(a, "v"), strings.TrimPrefix(b, "v")
	case "rpm":
		if zero(p.qualifiers["epoch"]) != zero(q.qualifiers["epoch"]) {
			return false
		}
	}
	return a == b
}

func zero(epoch string) string {
	if epoch == "" {
		return "0"
	}
	return epoch
}

// sameRelease holds alpine-3.18.4 and alpine-3.18 for the same: advisories know releases without their last number.
func sameRelease(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	return a != "" && strings.Contains(a, "-") && strings.HasPrefix(b, a+".")
}
