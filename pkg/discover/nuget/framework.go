package nuget

import (
	"strconv"
	"strings"
)

// Framework is a target framework: net8.0, netstandard2.0, net472, or .NETFramework4.7.2 and .NETStandard,Version=v2.0.
type Framework struct {
	family  string // net, netcoreapp, netstandard, netframework; "" is any
	version int    // times 100: 4.7.2 is 472
}

// Any reports whether f stands for all frameworks, as an empty name does.
func (f Framework) Any() bool { return f.family == "" }

// ParseFramework returns false for what is not known here.
func ParseFramework(text string) (Framework, bool) {
	t := strings.ToLower(strings.TrimSpace(text))
	t, _, _ = strings.Cut(t, "-") // a platform
	t = strings.ReplaceAll(strings.ReplaceAll(t, ",version=v", ""), ".net", "net")
	t = strings.ReplaceAll(t, "netcoreapp,", "netcoreapp")
	if t == "" || t == "any" {
		return Framework{}, true
	}
	at := strings.IndexAny(t, "0123456789")
	if at < 0 {
		return Framework{}, false
	}
	family, digits := t[:at], t[at:]
	v := number(digits)
	if v < 0 {
		return Framework{}, false
	}
	switch family {
	case "netcoreapp":
		if v >= 500 {
			family = "net" // as its name goes since
		}
		return Framework{family, v}, true
	case "netstandard", "netframework":
		return Framework{family, v}, true
	case "net":
		if strings.Contains(digits, ".") && v >= 500 {
			return Framework{"net", v}, true
		}
		return Framework{"netframework", v}, true
	}
	return Framework{}, false
}

// number reads 4.7.2, 472 and 8.0 as 472, 472 and 800.
func number(digits string) int {
	parts := strings.Split(digits, ".")
	if len(parts) == 1 {
		parts = strings.Split(digits, "")
	}
	v := 0
	for i := range 3 {
		v *= 10
		if i < len(parts) {
			n, err := strconv.Atoi(parts[i])
			if err != nil || n > 99 {
				return -1
			}
			v += n
		}
	}
	return v
}

// nearest returns which of the groups counts for a project of framework f: -1 for none.
func nearest(f Framework, groups []Framework) int {
	best, bestRank := -1, 0
	for i, g := range groups {
		if rank := f.Fit(g); rank > bestRank {
			best, bestRank = i, rank
		}
	}
	return best
}

// Fit ranks how near a group or folder of a package is to f, a project's framework; 0 where it does not fit.
func (f Framework) Fit(group Framework) int {
	switch {
	case group.family == "":
		return 1
	case group.family == f.family && group.version <= f.version:
		return 30_000 + group.version
	case f.family == "net" && group.family == "netcoreapp":
		return 20_000 + group.version
	case group.family == "netstandard" && group.version <= f.standard():
		return 10_000 + group.version
	}
	return 0
}

// standard is the highest version of .NET Standard that f implements.
func (f Framework) standard() int {
	switch {
	case f.family == "net" || f.family == "netcoreapp" && f.version >= 300:
		return 210
	case f.family == "netcoreapp" && f.version >= 200:
		return 200
	case f.family == "netcoreapp":
		return 160
	case f.family == "netframework" && f.version >= 461:
		return 200
	case f.family == "netframework" && f.version >= 460:
		return 130
	case f.family == "netframework" && f.version >= 451:
		return 120
	case f.family == "netframework" && f.version >= 450:
		return 110
	}
	return 0
}
