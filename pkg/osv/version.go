package osv

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/google/osv-scalibr/semantic"
)

// maxVersion bounds the text that the comparison gets to see: it reads digits as numbers of any size.
const maxVersion = 256

// beginning is before every version, as the event {"introduced": "0"} means it.
const beginning = "0"

// versionOrder compares versions of one ecosystem.
type versionOrder struct{ ecosystem string }

// orders are the ecosystems whose versions can be compared, each with the one whose order it follows.
var orders = map[string]string{
	"AlmaLinux": "AlmaLinux", "Mageia": "Mageia", "openEuler": "openEuler", "openSUSE": "openSUSE", "Red Hat": "Red Hat",
	"Rocky Linux": "Rocky Linux", "SUSE": "SUSE", "Azure Linux": "Red Hat", "Photon OS": "Red Hat", // RPM
	"Debian": "Debian", "Ubuntu": "Ubuntu", "Echo": "Debian", // dpkg
	"Alpaquita": "Alpaquita", "Alpine": "Alpine", "BellSoft Hardened Containers": "BellSoft Hardened Containers",
	"Chainguard": "Chainguard", "MinimOS": "MinimOS", "Wolfi": "Wolfi", // apk
	"Bioconductor": "Bioconductor", "Bitnami": "Bitnami", "ConanCenter": "ConanCenter", "crates.io": "crates.io",
	"Docker Hardened Images": "Docker Hardened Images", "GHC": "GHC", "Go": "Go", "Hex": "Hex", "Julia": "Julia", "npm": "npm",
	"SwiftURL": "SwiftURL", "GitHub Actions": "npm", "Kubernetes": "Go", "VSCode": "npm", // semantic versions
	"CRAN": "CRAN", "Hackage": "Hackage", "Maven": "Maven", "NuGet": "NuGet", "Packagist": "Packagist", "Pub": "Pub", "PyPI": "PyPI",
	"RubyGems": "RubyGems",
}

// orderOf returns the order of a range of type t in ecosystem, or that of the ecosystem where t is empty.
func orderOf(ecosystem string, t RangeType) (versionOrder, error) {
	if order, ok := orders[base(ecosystem)]; ok {
		return versionOrder{order}, nil
	}
	if t == SemVer {
		return versionOrder{"npm"}, nil
	}
	return versionOrder{}, fmt.Errorf("versions of ecosystem %.40q: fettle does not know their order", ecosystem)
}

// parse reads version and refuses text that the lenient comparison would take for a very old version.
func (o versionOrder) parse(version string) (semantic.Version, error) {
	version = o.spell(version)
	if err := o.check(version); err != nil {
		return nil, err
	}
	v, err := semantic.Parse(version, o.ecosystem)
	if err != nil {
		return nil, fmt.Errorf("%s version %q: %w", o.ecosystem, version, err)
	}
	return v, nil
}

// goRelease is a release of Go before its first: go1.21rc2.
var goRelease = regexp.MustCompile(`^(\d+\.\d+)(beta|rc)(\d+)$`)

// gemPlatform is what Bundler appends to the version of a gem built for one platform.
var gemPlatform = regexp.MustCompile(`-(java|jruby|x86|x64|x86_64|i\d86|amd64|arm|arm64|aarch64|armv\d\w*|ppc64le|riscv64|s390x|universal|mswin|mingw)\b.*$`)

// spell turns what an ecosystem's own tools write into the version that advisories speak of.
func (o versionOrder) spell(version string) string {
	if len(version) > maxVersion {
		return version // which check refuses
	}
	switch o.ecosystem {
	case "Go":
		release, ok := strings.CutPrefix(version, "go") // of the standard library: go1.21.3 X:boringcrypto
		if ok {
			release, _, _ = strings.Cut(release, " ")
		}
		if m := goRelease.FindStringSubmatch(release); m != nil {
			return m[1] + ".0-" + m[2] + "." + m[3]
		}
		return release
	case "RubyGems":
		if strings.Contains(version, "-") {
			return gemPlatform.ReplaceAllString(version, "")
		}
	}
	return version
}

func (o versionOrder) check(version string) error {
	if len(version) > maxVersion {
		return fmt.Errorf("%s version %.40q...: %d bytes, want at most %d", o.ecosystem, version, len(version), maxVersion)
	}
	bad := false
	switch o.ecosystem {
	case "Maven":
		bad = version == "" || strings.ContainsAny(version, "${}[]()<>=,; \t\n")
	case "Packagist":
		bad = !startsWithDigit(strings.TrimLeft(version, "vV")) || strings.HasSuffix(version, "-dev")
	case "Debian", "Ubuntu", "AlmaLinux", "Mageia", "openEuler", "openSUSE", "Red Hat", "Rocky Linux", "SUSE":
		bad = version == "" || strings.ContainsAny(version, " \t\n")
	default:
		bad = !startsWithDigit(strings.TrimLeft(version, "vV")) || strings.ContainsAny(version, " \t\n")
	}
	if bad {
		return fmt.Errorf("%s version %q is not a version that can be compared", o.ecosystem, version)
	}
	return nil
}

// compare returns the order of two versions, either of which may be the beginning.
func (o versionOrder) compare(a, b string) (int, error) {
	if a == b {
		return 0, nil
	}
	if a == beginning {
		return -1, nil
	}
	if b == beginning {
		return 1, nil
	}
	v, err := o.parse(a)
	if err != nil {
		return 0, err
	}
	return o.compareParsed(v, b)
}

func (o versionOrder) compareParsed(v semantic.Version, b string) (int, error) {
	b = o.spell(b)
	if err := o.check(b); err != nil {
		return 0, err
	}
	n, err := v.CompareStr(b)
	if err != nil {
		return 0, fmt.Errorf("compare with %s version %q: %w", o.ecosystem, b, err)
	}
	return n, nil
}

// CompareVersions returns a negative number where a is older than b in ecosystem, 0 where they are equal in rank.
func CompareVersions(ecosystem, a, b string) (int, error) {
	order, err := orderOf(ecosystem, "")
	if err != nil {
		return 0, err
	}
	v, err := order.parse(a)
	if err != nil {
		return 0, err
	}
	return order.compareParsed(v, b)
}

func startsWithDigit(s string) bool { return s != "" && '0' <= s[0] && s[0] <= '9' }
