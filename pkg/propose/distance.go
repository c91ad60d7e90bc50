package propose

import (
	"regexp"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/propose/manager"

	"github.com/fettle-dev/fettle/pkg/osv"
)

// distance is how far a version moves by its numbers (https://semver.org).
type distance int

const (
	patchStep distance = iota
	minorStep
	majorStep
	unknownStep
)

func (d distance) String() string {
	return [...]string{"patch", "minor", "major", "unknown"}[d]
}

var numbers = regexp.MustCompile(`^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?`)

// distanceOf compares the first three numbers of two versions.
func distanceOf(from, to string) distance {
	a, b := numbers.FindStringSubmatch(from), numbers.FindStringSubmatch(to)
	switch {
	case a == nil || b == nil:
		return unknownStep
	case trim(a[1]) != trim(b[1]):
		return majorStep
	case trim(a[2]) != trim(b[2]):
		return minorStep
	}
	return patchStep
}

func trim(number string) string { return strings.TrimLeft(number, "0") }

// breaking reports whether going from a to b moves the major version (https://semver.org, item 8). Below 1.0.0 anything
// may break in any version; what that is worth is for the confidence to say.
func breaking(a, b string) bool { return distanceOf(a, b) >= majorStep }

// toolchain returns what the project asks of its toolchain, where it says so, else what the installed version of p does; ""
// where nothing is known.
func (d *draft) toolchain(served []manager.Release, p fettle.Package) string {
	for _, n := range d.project.Nodes {
		if n.Ecosystem == "Go" && n.Name == "stdlib" && n.Version != "" {
			return "go " + n.Version
		}
	}
	if r, ok := find(served, p.Version); ok {
		return r.Toolchain
	}
	return ""
}

// raises returns what version asks of the toolchain beyond what is asked now; "" is nothing that is known.
func (d *draft) raises(served []manager.Release, p fettle.Package, version manager.Release) string {
	if base := d.toolchain(served, p); base != "" && version.Toolchain != "" && higher(base, version.Toolchain) {
		return version.Toolchain
	}
	return ""
}

var firstVersion = regexp.MustCompile(`\d+(?:\.\d+)*`)

// higher reports whether the first version that the second text names is above that of the first, for the same tool.
func higher(old, new string) bool {
	tool, _, _ := strings.Cut(old, " ")
	other, _, _ := strings.Cut(new, " ")
	a, b := firstVersion.FindString(old), firstVersion.FindString(new)
	order, err := osv.CompareVersions("npm", padded(b), padded(a))
	return tool == other && a != "" && b != "" && err == nil && order > 0
}

// padded gives a version three numbers.
func padded(version string) string {
	for strings.Count(version, ".") < 2 {
		version += ".0"
	}
	return version
}
