package score

import (
	"strconv"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// Jump is how far a version moves, by what semantic versioning promises of it. A greater one promises less.
type Jump int

const (
	Patch Jump = iota
	Minor      // of a version from 1.0.0 on
	Early      // the breaking part of a version below 1.0.0
	Major
	Unknown // worse than major: nobody can tell
)

// Breaking reports whether semantic versioning lets a jump like j break callers.
func (j Jump) Breaking() bool { return j >= Early }

// biggest is the biggest jump among the versions that the fix asks for. That a holder's range allows a version is no
// promise of it: many ranges have no upper end.
func biggest(fix fettle.Fix) Jump {
	if len(fix.Upgrades) == 0 {
		return Unknown
	}
	most := Patch
	if fix.Major {
		most = Major
	}
	for _, u := range fix.Upgrades {
		most = max(most, Between(u.Package.Version, u.To))
	}
	return most
}

// Between compares two versions, in either direction. Below 1.0.0 the minor version is the breaking part, below 0.1.0
// the patch version, as npm's caret reads them.
func Between(from, to string) Jump {
	a, ok := parse(from)
	b, also := parse(to)
	switch {
	case !ok || !also:
		return Unknown
	case a[0] != b[0]:
		return Major
	case a[1] != b[1]:
		if a[0] == 0 {
			return Early
		}
		return Minor
	case a[2] != b[2] && a[0] == 0 && a[1] == 0:
		return Early
	}
	return Patch
}

func zero(version string) bool {
	v, ok := parse(version)
	return ok && v[0] == 0
}

// parse reads major, minor and patch; parts left out are 0, pre-release and build do not count.
func parse(version string) (parts [3]int, ok bool) {
	version = strings.TrimPrefix(strings.TrimSpace(version), "v")
	if i := strings.IndexAny(version, "-+"); i >= 0 {
		version = version[:i]
	}
	for i, text := range strings.SplitN(version, ".", 4) {
		n, err := strconv.ParseUint(text, 10, 31)
		if err != nil {
			return parts, false
		}
		if i < 3 {
			parts[i] = int(n)
		}
	}
	return parts, true
}
