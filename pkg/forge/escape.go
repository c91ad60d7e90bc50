package forge

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"
)

// defuse returns a line that no CI server takes for a command. GitHub's runner obeys a line that begins with "::" after white space,
// and the older "##[" anywhere in a line, as Azure's does "##vso["; GitLab's folds a section at an escape character.
func defuse(line string) string {
	line = strings.Map(func(r rune) rune {
		if r != '\t' && breaksLine(r) {
			return utf8.RuneError
		}
		return r
	}, strings.ToValidUTF8(line, string(utf8.RuneError)))
	for _, mark := range []string{"##[", "##vso["} {
		line = strings.ReplaceAll(line, mark, `#\`+mark[1:])
	}
	text := strings.TrimLeftFunc(line, unicode.IsSpace)
	if strings.HasPrefix(text, "::") {
		line = line[:len(line)-len(text)] + `\` + text
	}
	return line
}

// oneNewline returns text with every kind of line end as "\n", and none at its end.
func oneNewline(text string) string {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	text = strings.ReplaceAll(text, "\r", "\n")
	return strings.TrimRight(text, "\n")
}

// cut returns the longest prefix of s of at most n bytes that ends between two runes.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// maxLine bounds a line of another program's output; a longer one is shown as several.
const maxLine = 16 << 10

// lineWriter hands whole lines to print, however they were written.
type lineWriter struct {
	print func(string) error
	rest  []byte
}

func (w *lineWriter) Write(p []byte) (int, error) {
	for rest := p; len(rest) > 0; {
		room := maxLine - len(w.rest)
		end := bytes.IndexByte(rest[:min(len(rest), room+1)], '\n')
		switch {
		case end >= 0:
			w.rest = append(w.rest, rest[:end]...)
			rest = rest[end+1:]
		case len(rest) < room:
			w.rest = append(w.rest, rest...)
			return len(p), nil
		default:
			w.rest = append(w.rest, rest[:room]...)
			rest = rest[room:]
		}
		if err := w.printLine(); err != nil {
			return 0, err
		}
	}
	return len(p), nil
}

// flush prints what is left of a line.
func (w *lineWriter) flush() error {
	if len(w.rest) == 0 {
		return nil
	}
	return w.printLine()
}

func (w *lineWriter) printLine() error {
	line := string(w.rest)
	w.rest = w.rest[:0]
	return w.print(line)
}
