package service

import "bytes"

// language groups source files by how they write comments, strings and routes.
type language int

const (
	_ language = iota
	ecmaScript
	python
	java // and what runs beside it
	csharp
	golang
)

// strip blanks comments and the inside of strings, and keeps every line where it is. It knows no regular expressions and no
// nested templates: a quote in one may blank the rest of a line, or of a template, so what is not met after it proves nothing.
func strip(text []byte, l language) []byte {
	out := bytes.Clone(text)
	for i := 0; i < len(out); {
		switch c := out[i]; {
		case l == python && c == '#', l != python && c == '/' && at(out, i+1) == '/':
			i = blank(out, i, lineEnd(out, i))
		case l != python && c == '/' && at(out, i+1) == '*':
			i = blank(out, i, after(out, i+2, "*/"))
		case (l == python || l == java || l == csharp) && (c == '"' || l == python && c == '\'') && at(out, i+1) == c && at(out, i+2) == c:
			i = blank(out, i+3, after(out, i+3, string([]byte{c, c, c})))
		case c == '`' && (l == golang || l == ecmaScript):
			i = blank(out, i+1, stringEnd(out, i+1, c, l == ecmaScript, true)-1) + 1
		case c == '"', c == '\'' && l != java && l != csharp && l != golang:
			i = blank(out, i+1, stringEnd(out, i+1, c, true, false)-1) + 1
		case c == '\'' && at(out, i+2) == '\'':
			i += 3
		default:
			i++
		}
	}
	return out
}

func at(text []byte, i int) byte {
	if i < len(text) {
		return text[i]
	}
	return 0
}

// blank overwrites all but line ends, and returns where it stopped.
func blank(text []byte, from, to int) int {
	to = min(max(to, from), len(text))
	for i := from; i < to; i++ {
		if text[i] != '\n' {
			text[i] = ' '
		}
	}
	return to
}

func lineEnd(text []byte, from int) int {
	if n := bytes.IndexByte(text[from:], '\n'); n >= 0 {
		return from + n
	}
	return len(text)
}

func after(text []byte, from int, mark string) int {
	if from >= len(text) {
		return len(text)
	}
	if n := bytes.Index(text[from:], []byte(mark)); n >= 0 {
		return from + n + len(mark)
	}
	return len(text)
}

// stringEnd returns the offset after the closing quote. A string that may not span lines ends with its line.
func stringEnd(text []byte, from int, quote byte, escapes, spans bool) int {
	for i := from; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\' && escapes:
			i++
		case c == quote, c == '\n' && !spans:
			return i + 1
		}
	}
	return len(text) + 1
}
