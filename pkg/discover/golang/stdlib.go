package golang

import (
	"go/version"
	"strings"
)

// minimalGo returns the lowest Go that may build w, and the line that says so: the highest of all go and toolchain lines.
// A build with a newer Go is possible and not known here.
func minimalGo(w *workspace) goVersion {
	lines := []goVersion{w.goLine, w.toolchain}
	for _, m := range w.members {
		lines = append(lines, m.goLine, m.toolchain)
	}
	var highest goVersion
	for _, l := range lines {
		l.text, _, _ = strings.Cut(l.text, "-") // go1.22.3-custom
		if !strings.HasPrefix(l.text, "go") {
			l.text = "go" + l.text
		}
		if version.IsValid(l.text) && version.Compare(l.text, highest.text) > 0 {
			highest = l
		}
	}
	return highest
}

// stdlibVersion spells a Go version as advisories do: go1.22 is 1.22.0, the first release that it can mean, and go1.22rc1 is
// 1.22.0-rc.1.
func stdlibVersion(name string) string {
	text := strings.TrimPrefix(name, "go")
	pre := ""
	for _, kind := range []string{"rc", "beta", "alpha"} {
		if at := strings.Index(text, kind); at > 0 {
			pre = "-" + kind + "." + text[at+len(kind):]
			text = text[:at]
			break
		}
	}
	for strings.Count(text, ".") < 2 {
		text += ".0"
	}
	return text + pre
}

// prunes reports whether a module whose go line says text lists all that its packages need.
func prunes(text string) bool { return version.Compare("go"+text, "go1.17") >= 0 }
