package vex

import "regexp"

// platforms are distributions by their CPE, and the qualifier distro of their packages' URLs.
var platforms = []struct {
	cpe    *regexp.Regexp
	distro string
}{
	{regexp.MustCompile(`^cpe:/[oa]:redhat:enterprise_linux:(\d+)(?:::\w+)?$`), "rhel-$1"},
	{regexp.MustCompile(`^cpe:/o:suse:sles:(\d+):sp(\d+)$`), "sles-$1.$2"},
	{regexp.MustCompile(`^cpe:/o:suse:sles:(\d+)$`), "sles-$1"},
	{regexp.MustCompile(`^cpe:/o:opensuse:leap:(\d+\.\d+)$`), "opensuse-leap-$1"},
}

// onPlatform makes of a package of RPM, as a part of a distribution that has no package URL, the package of that distribution.
func onPlatform(part, platform Component) (Component, bool) {
	p, err := ParsePURL(part.PURL)
	if err != nil || !p.IsRPM() || platform.PURL != "" {
		return Component{}, false
	}
	for _, cpe := range platform.CPEs {
		for _, known := range platforms {
			if m := known.cpe.FindStringSubmatchIndex(cpe); m != nil {
				return Component{PURL: p.With("distro", string(known.cpe.ExpandString(nil, known.distro, cpe, m))).String()}, true
			}
		}
	}
	return Component{}, false
}
