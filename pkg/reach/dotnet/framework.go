package dotnet

import (
	"strconv"
	"strings"
)

// framework is a target framework, as the folders of a package and a project file name it.
type framework struct {
	family  string // net, netcoreapp, netstandard or netframework
	version int    // times 100: net8.0 is 800, net472 is 472
}

// parseFramework reads net8.0-windows, netstandard2.0, net472 and the like; false for what is not known here.
func parseFramework(text string) (framework, bool) {
	t, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(text)), "-")
	at := strings.IndexAny(t, "0123456789")
	if at < 0 {
		return framework{}, false
	}
	parts := strings.Split(t[at:], ".")
	if len(parts) == 1 {
		parts = strings.Split(t[at:], "")
	}
	v := 0
	for i := range 3 {
		v *= 10
		if i < len(parts) {
			n, err := strconv.Atoi(parts[i])
			if err != nil || n > 99 {
				return framework{}, false
			}
			v += n
		}
	}
	family := t[:at]
	switch {
	case family == "netcoreapp" && v < 500, family == "netstandard":
	case family == "netcoreapp", family == "net" && strings.Contains(t[at:], ".") && v >= 500:
		family = "net"
	case family == "net":
		family = "netframework"
	default:
		return framework{}, false
	}
	return framework{family, v}, true
}

// nearest returns the folders that count for projects of these frameworks, named as the frameworks that they are for. All
// count where a framework is not known, or none fits.
func nearest(projects []string, folders []string) map[string]bool {
	chosen := map[string]bool{}
	for _, p := range projects {
		f, ok := parseFramework(p)
		best, rank := "", 0
		for _, folder := range folders {
			if r := fit(f, folder); r > rank && (!strings.Contains(folder, "-") || strings.Contains(p, "-")) {
				best, rank = folder, r
			}
		}
		if !ok || best == "" {
			chosen = map[string]bool{}
			break
		}
		chosen[best] = true
	}
	if len(chosen) == 0 {
		for _, folder := range folders {
			chosen[folder] = true
		}
	}
	return chosen
}

// fit ranks how near a package's folder is to a project's framework; 0 where it does not fit.
func fit(f framework, folder string) int {
	g, ok := parseFramework(folder)
	switch {
	case !ok:
		return 0
	case g.family == f.family && g.version <= f.version:
		return 30_000 + g.version
	case f.family == "net" && g.family == "netcoreapp":
		return 20_000 + g.version
	case g.family == "netstandard" && g.version <= standard(f):
		return 10_000 + g.version
	}
	return 0
}

// standard is the highest version of .NET Standard that f implements.
func standard(f framework) int {
	switch {
	case f.family == "net" || f.family == "netcoreapp" && f.version >= 300:
		return 210
	case f.family == "netcoreapp" && f.version >= 200 || f.family == "netframework" && f.version >= 461:
		return 200
	case f.family == "netcoreapp":
		return 160
	case f.family == "netframework" && f.version >= 450:
		return 110
	}
	return 0
}
