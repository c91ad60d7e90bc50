package golang

import (
	"strings"
	"unicode"
)

// plain makes one line of the first lines of a message from outside.
func plain(text string) string {
	var kept []string
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(strings.Map(func(r rune) rune {
			if unicode.IsControl(r) || !unicode.IsPrint(r) && r != ' ' {
				return ' '
			}
			return r
		}, line))
		switch {
		case line == "", strings.HasPrefix(line, "There are errors with the provided package patterns"),
			strings.HasPrefix(line, "govulncheck: "), strings.HasPrefix(line, "For details on package patterns"):
			line = strings.TrimSpace(strings.TrimPrefix(strings.TrimPrefix(line, "govulncheck: "), "loading packages:"))
			if line == "" || strings.HasPrefix(line, "There are errors") || strings.HasPrefix(line, "For details") {
				continue
			}
		}
		if kept = append(kept, line); len(kept) == 3 {
			break
		}
	}
	return clip(strings.Join(kept, "; "), 400)
}

// clip cuts text after n bytes, between characters.
func clip(text string, n int) string {
	if len(text) <= n {
		return text
	}
	for n > 0 && text[n]&0xc0 == 0x80 {
		n--
	}
	return text[:n] + "…"
}

// advice says what would be right, for complaints of the go command that are common.
func advice(text string) string {
	for _, known := range []struct{ part, advice string }{
		{"(running go", "; install that Go, since fettle lets a repository download none"},
		{"missing go.sum entry", "; run go mod tidy"},
		{"updates to go.mod needed", "; run go mod tidy"},
		{"inconsistent vendoring", "; run go mod vendor"},
		{"This application uses version go", "; fettle must be built with the Go that is installed, or a later one"},
		{"module lookup disabled by GOPROXY=off", "; its modules are not there, so let fettle fetch them, or vendor them"},
		{"read-only file system", "; its modules are not there, so let fettle fetch them, or vendor them"},
		{"could not import C", "; install a C compiler"},
	} {
		if strings.Contains(text, known.part) {
			return known.advice
		}
	}
	return ""
}
