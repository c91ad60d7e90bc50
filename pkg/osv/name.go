package osv

import "strings"

// NormalizeName returns name as its ecosystem compares names: PyPI by PEP 503, some others in lower case, the rest as is.
func NormalizeName(ecosystem, name string) string {
	switch base(ecosystem) {
	case "PyPI":
		return normalizePyPI(name)
	case "NuGet", "Packagist", "Hex", "GitHub Actions":
		return strings.ToLower(name)
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

// base returns ecosystem without its suffix: Debian for Debian:12.
func base(ecosystem string) string {
	name, _, _ := strings.Cut(ecosystem, ":")
	return name
}

// Names reports whether a speaks of the package. An ecosystem without a suffix stands for all of its suffixes.
func (a AffectedPackage) Names(ecosystem, name string) bool {
	said := a.Package.Ecosystem
	return said != "" && covers(said, ecosystem) && NormalizeName(said, a.Package.Name) == NormalizeName(ecosystem, name)
}

// covers reports whether what a record says of one ecosystem goes for another: the same, or one of the two has no suffix.
func covers(said, asked string) bool {
	if said == asked {
		return true
	}
	return base(said) == base(asked) && !(strings.Contains(said, ":") && strings.Contains(asked, ":"))
}

// key is what the index of a database is sorted by.
func key(ecosystem, name string) string {
	return base(ecosystem) + "\x00" + NormalizeName(ecosystem, name)
}
