package score

import (
	"strconv"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// jump is how far a version moves, by what semantic versioning promises of it.
type jump int

const (
	patch jump = iota
	minor
	early // the breaking part of a version below 1.0.0
	major
	unknown // worse than major: nobody can tell
)

// biggest is the biggest jump among the versions that the fix asks for. Where only the lockfile moves, a holder's range
// vouches for the version, so it counts as a minor one at most.
func biggest(fix fettle.Fix) jump {
	if len(fix.Upgrades) == 0 {
		return unknown
	}
	most := patch
	if fix.Major {
		most = major
	}
	for _, u := range fix.Upgrades {
		jump := between(u.Package.Version, u.To)
		if u.Kind == fettle.LockOnly && jump < unknown {
			jump = min(jump, minor)
		}
		most = max(most, jump)
	}
	return most
}

// between compares two versions, in either direction. Below 1.0.0 the minor version is the breaking part, below 0.1.0
// the patch version, as npm's caret reads them.
func between(from, to string) jump {
	a, ok := parse(from)
	b, also := parse(to)
	switch {
	case !ok || !also:
		return unknown
	case a[0] != b[0]:
		return major
	case a[1] != b[1]:
		if a[0] == 0 {
			return early
		}
		return minor
	case a[2] != b[2] && a[0] == 0 && a[1] == 0:
		return early
	}
	return patch
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
