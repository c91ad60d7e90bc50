package nuget

import (
	"strings"
)

// versionRange is what a reference asks for.
type versionRange struct {
	lowest string // the lowest version that fits, normalized; "" where none is named
	exact  bool   // no other version fits
	why    string // why lowest is empty
}

// parseRange reads a version range: 1.0 is a minimum, [1.0] is exact, and brackets bound as in mathematics.
func parseRange(text string) versionRange {
	text = strings.TrimSpace(text)
	switch {
	case text == "":
		return versionRange{why: "it is declared without a version"}
	case strings.Contains(text, "*"):
		return versionRange{why: "the floating version " + short(text) + " is decided when it is restored; lock it with dotnet restore --use-lock-file"}
	case text[0] != '[' && text[0] != '(':
		if v := normalize(text); v != "" {
			return versionRange{lowest: v}
		}
		return versionRange{why: short(text) + " is not a version"}
	}
	end := text[len(text)-1]
	if len(text) < 2 || end != ']' && end != ')' {
		return versionRange{why: short(text) + " is not a version range"}
	}
	low, high, isRange := strings.Cut(text[1:len(text)-1], ",")
	low, high = strings.TrimSpace(low), strings.TrimSpace(high)
	if !isRange {
		if v := normalize(low); v != "" && text[0] == '[' && end == ']' {
			return versionRange{lowest: v, exact: true}
		}
		return versionRange{why: short(text) + " is not a version range"}
	}
	switch v := normalize(low); {
	case low == "":
		return versionRange{why: "the range " + short(text) + " names no lowest version; lock it with dotnet restore --use-lock-file"}
	case v == "" || high != "" && normalize(high) == "":
		return versionRange{why: short(text) + " is not a version range"}
	case text[0] == '(':
		return versionRange{why: "the range " + short(text) + " leaves out its lowest version; lock it with dotnet restore --use-lock-file"}
	default:
		return versionRange{lowest: v, exact: v == normalize(high) && end == ']'}
	}
}

func short(text string) string {
	if len(text) > 60 {
		text = text[:60] + "..."
	}
	return text
}

// normalize returns a version as NuGet writes it: three parts or four, no leading zeros, no build metadata; "" where text
// is no version.
func normalize(text string) string {
	text, _, _ = strings.Cut(strings.TrimSpace(text), "+")
	numbers, pre, isPre := strings.Cut(text, "-")
	if len(text) > 200 || isPre && !labels(pre) {
		return ""
	}
	parts := strings.Split(numbers, ".")
	if len(parts) > 4 {
		return ""
	}
	for i, p := range parts {
		if p == "" || strings.Trim(p, "0123456789") != "" {
			return ""
		}
		if p = strings.TrimLeft(p, "0"); p == "" {
			p = "0"
		}
		parts[i] = p
	}
	for len(parts) < 3 {
		parts = append(parts, "0")
	}
	if len(parts) == 4 && parts[3] == "0" {
		parts = parts[:3]
	}
	if isPre {
		return strings.Join(parts, ".") + "-" + pre
	}
	return strings.Join(parts, ".")
}

// labels reports whether text may follow the hyphen of a version.
func labels(text string) bool {
	return text != "" && strings.Trim(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.") == ""
}
