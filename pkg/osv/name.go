package osv

import "strings"

// NormalizeName returns name as its ecosystem compares names: PyPI by PEP 503, some others in lower case, Swift's addresses
// without scheme and ending. The rest, such as npm, Go, Maven, RubyGems, crates.io and the distributions, are as they are:
// there two names that differ in case, or in - and _, are two packages.
func NormalizeName(ecosystem, name string) string {
	switch base(ecosystem) {
	case "PyPI":
		return normalizePyPI(name)
	case "NuGet", "Packagist", "Hex", "Pub", "GitHub Actions", "VSCode":
		return strings.ToLower(name)
	case "SwiftURL":
		_, address, ok := strings.Cut(name, "://")
		if !ok {
			address = name
		}
		return strings.ToLower(strings.TrimSuffix(strings.TrimSuffix(address, "/"), ".git"))
	}
	return name
}

// normalizePyPI lower-cases name and turns each run of -, _ and . into one -.
func normalizePyPI(name string) string {
	var b strings.Builder
	run := false
	for _, c := range strings.ToLower(name) {
		if c == '-' || c == '_' || c == '.' {
			run = true
			continue
		}
		if run {
			b.WriteByte('-')
			run = false
		}
		b.WriteRune(c)
	}
	if run {
		b.WriteByte('-')
	}
	return b.String()
}

// Names reports whether a speaks of the package. An ecosystem without a suffix stands for all of its suffixes.
func (a AffectedPackage) Names(ecosystem, name string) bool {
	said := a.Package.Ecosystem
	return said != "" && covers(said, ecosystem) && NormalizeName(said, a.Package.Name) == NormalizeName(ecosystem, name)
}

// key is what the index of a database is sorted by.
func key(ecosystem, name string) string {
	return base(ecosystem) + "\x00" + NormalizeName(ecosystem, name)
}
