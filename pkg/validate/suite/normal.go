package suite

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

var (
	escapes   = regexp.MustCompile(`\x1b(?:\[[0-9;?]*[A-Za-z]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[()][A-Za-z0-9]|[A-Za-z=>])`)
	durations = regexp.MustCompile(`\s*\((?:\d+(?:\.\d+)?\s?(?:ms|µs|ns|s|m|h)\s?)+\)$|\s+# time=[\d.]+\s?m?s$`)
	variable  = regexp.MustCompile(`0x[0-9a-fA-F]+` + // addresses
		`|\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?` + // times
		`|\d\d:\d\d:\d\d(?:\.\d+)?` +
		`|\d+(?:\.\d+)?\s?ms\b` +
		`|[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}` + // UUIDs
		`|(?:/private)?/(?:tmp|var/tmp|var/folders|dev/shm)/[^\s'"),:]+` + // temporary paths
		`|(?:127\.0\.0\.1|localhost|\[::1\]):\d{2,5}`) // ports that the system chose
)

// Plain removes terminal escapes and other control characters from a line, and what is beyond 4 KiB. What a carriage return or a backspace
// would overwrite stays: the last part after a carriage return is what a terminal shows.
func Plain(line string) string {
	if len(line) > maxLine {
		line = strings.ToValidUTF8(line[:maxLine], "")
	}
	line = strings.TrimRight(line, "\r")
	if i := strings.LastIndexByte(line, '\r'); i >= 0 {
		line = line[i+1:]
	}
	if strings.IndexByte(line, 0x1b) >= 0 {
		line = escapes.ReplaceAllString(line, "")
	}
	line = strings.Map(func(r rune) rune {
		if r == utf8.RuneError || r < ' ' && r != '\t' || r == 0x7f {
			return -1
		}
		return r
	}, line)
	return strings.TrimRight(line, " \t")
}

// normal makes the name of a test the same from run to run: durations, addresses, times, temporary paths and the path
// of the work copy go.
func normal(name, root string) string {
	if root != "" {
		name = strings.ReplaceAll(name, root+"/", "")
	}
	name = durations.ReplaceAllString(name, "")
	name = variable.ReplaceAllString(name, "…")
	name = strings.Join(strings.Fields(name), " ")
	if len(name) > maxName {
		name = strings.ToValidUTF8(name[:maxName], "")
	}
	return name
}
