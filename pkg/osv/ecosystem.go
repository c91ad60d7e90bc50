package osv

import "strings"

// base returns ecosystem without its suffix: Debian for Debian:12.
func base(ecosystem string) string {
	name, _, _ := strings.Cut(ecosystem, ":")
	return name
}

// covers reports whether what a record says of one ecosystem goes for another: both are the same release, or one of the two
// has no suffix and stands for all.
func covers(said, asked string) bool {
	if said == asked {
		return true
	}
	name, release, ok := strings.Cut(said, ":")
	other, askedRelease, askedOK := strings.Cut(asked, ":")
	return name == other && (!ok || !askedOK || sameRelease(name, release) == sameRelease(name, askedRelease))
}

// sameRelease spells a release as others of its ecosystem do, so that the two ways in which records and systems write one
// are equal.
func sameRelease(ecosystem, release string) string {
	switch ecosystem {
	case "Ubuntu": // 22.04:LTS, and 22.04 where someone left the mark out
		return strings.TrimSuffix(release, ":LTS")
	case "Alpine": // v3.18; os-release says 3.18.4
		numbers := strings.SplitN(strings.TrimPrefix(release, "v"), ".", 3)
		return strings.Join(numbers[:min(len(numbers), 2)], ".")
	case "Debian", "AlmaLinux", "Rocky Linux": // 12; a point release is the same
		major, _, _ := strings.Cut(release, ".")
		return major
	case "Maven", "Packagist", "VSCode": // the address of a repository
		return strings.TrimSuffix(release, "/")
	}
	return release
}
