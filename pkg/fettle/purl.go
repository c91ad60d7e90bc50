package fettle

import (
	"fmt"
	"strings"
)

// purlTypes are the types of package URLs by ecosystem, for ecosystems that are no distribution's.
var purlTypes = map[string]string{
	"npm": "npm", "PyPI": "pypi", "Maven": "maven", "Go": "golang", "crates.io": "cargo", "NuGet": "nuget", "RubyGems": "gem",
	"Packagist": "composer", "Hex": "hex", "Pub": "pub", "GitHub Actions": "github", "Hackage": "hackage", "CRAN": "cran",
	"ConanCenter": "conan", "SwiftURL": "swift", "Bitnami": "bitnami", "Julia": "julia", "opam": "opam", "VSCode": "vscode-extension",
}

// purlEcosystems is the other way round.
var purlEcosystems = func() map[string]string {
	all := map[string]string{"githubactions": "GitHub Actions"} // as GitHub itself writes it
	for ecosystem, kind := range purlTypes {
		all[kind] = ecosystem
	}
	return all
}()

// PURL returns p as a package URL (https://github.com/package-url/purl-spec). The path of a Go module keeps its case, since
// another case is another module, and its version the v that Go writes. An ecosystem without a type of its own is "generic".
func (p Package) PURL() string {
	ecosystem, suffix, _ := strings.Cut(p.Ecosystem, ":")
	version := p.Version
	var kind, path, qualifiers string
	if d, ok := distributionOf(ecosystem); ok {
		kind, path = d.kind, d.namespace+"/"+purlEscape(p.Name)
		version, qualifiers = d.qualify(suffix, version)
	} else {
		kind, path = purlTypes[ecosystem], purlPath(ecosystem, purlName(ecosystem, p.Name))
		if ecosystem == "Go" && version != "" && '0' <= version[0] && version[0] <= '9' && p.Name != "stdlib" && p.Name != "toolchain" {
			version = "v" + version
		}
	}
	if kind == "" {
		kind = "generic"
	}
	purl := "pkg:" + kind + "/" + path
	if version != "" {
		purl += "@" + purlEscape(version)
	}
	return purl + qualifiers
}

// purlName is name as the type's rules spell it.
func purlName(ecosystem, name string) string {
	switch ecosystem {
	case "PyPI":
		return strings.ReplaceAll(strings.ToLower(name), "_", "-")
	case "Packagist", "Hex", "Bitnami", "GitHub Actions":
		return strings.ToLower(name)
	case "SwiftURL":
		name = strings.TrimPrefix(strings.TrimPrefix(name, "https://"), "http://")
		return strings.TrimSuffix(strings.TrimSuffix(name, "/"), ".git")
	}
	return name
}

// purlPath is namespace and name, escaped. A name that the segments of a path cannot hold is one segment.
func purlPath(ecosystem, name string) string {
	separator := "/"
	switch ecosystem {
	case "Maven":
		separator = ":"
	case "npm":
		if scope, rest, ok := strings.Cut(name, "/"); ok && strings.HasPrefix(scope, "@") && len(scope) > 1 && rest != "" {
			return purlEscape(scope) + "/" + purlEscape(rest)
		}
		return purlEscape(name)
	case "Go", "Packagist", "GitHub Actions", "SwiftURL":
	case "Hex", "VSCode":
	default:
		return purlEscape(name)
	}
	parts := strings.Split(name, separator)
	if separator == ":" && len(parts) > 2 {
		return purlEscape(name)
	}
	for i, part := range parts {
		if part == "" || part == "." || part == ".." {
			return purlEscape(name)
		}
		parts[i] = purlEscape(part)
	}
	return strings.Join(parts, "/")
}

// purlEscape escapes all bytes but letters, digits and . - _ ~ :
func purlEscape(text string) string {
	var b strings.Builder
	for i := range len(text) {
		switch c := text[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '.', c == '-', c == '_', c == '~', c == ':':
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}
