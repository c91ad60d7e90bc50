package gradle

import "strings"

// token is a word, a text in quotes or a sign of a Groovy or Kotlin script.
type token struct {
	kind byte // w word, s string, o other, n end of a line
	text string
	raw  bool // of a string: $ has no meaning in it
	line int
}

// maxTokens bounds one script.
const maxTokens = 1_000_000

// scan cuts a script into tokens; lost is the line from which on it cannot be followed, 0 for none.
func scan(text string) (list []token, lost int) {
	text = strings.ReplaceAll(strings.TrimPrefix(text, "\ufeff"), "\r\n", "\n")
	line := 1
	for i := 0; i < len(text); {
		if len(list) > maxTokens {
			return list, line
		}
		c, rest := text[i], text[i:]
		switch {
		case c == '\n':
			list = append(list, token{'n', "\n", false, line})
			line++
			i++
		case c == ' ' || c == '\t' || c == '\r' || c == '\f':
			i++
		case c == '\\' && strings.HasPrefix(rest, "\\\n"):
			line++
			i += 2
		case strings.HasPrefix(rest, "//") || c == '#' && i == 0:
			if n := strings.IndexByte(rest, '\n'); n >= 0 {
				i += n
			} else {
				i = len(text)
			}
		case strings.HasPrefix(rest, "/*"):
			n := strings.Index(rest[2:], "*/")
			if n < 0 {
				return list, line
			}
			line += strings.Count(rest[:n+4], "\n")
			i += n + 4
		case c == '"' || c == '\'':
			body, n, ok := quoted(rest)
			if !ok {
				return list, line
			}
			list = append(list, token{'s', body, c == '\'', line})
			line += strings.Count(rest[:n], "\n")
			i += n
		case c == '/' && slashy(list, rest):
			n := strings.IndexByte(rest[1:], '/')
			list = append(list, token{'s', rest[1 : 1+n], false, line})
			i += n + 2
		case isName(c):
			n := 1
			for n < len(rest) && isName(rest[n]) {
				n++
			}
			list = append(list, token{'w', rest[:n], false, line})
			i += n
		case c == '`':
			n := strings.IndexAny(rest[1:], "`\n")
			if n < 0 || rest[1+n] == '\n' {
				return list, line
			}
			list = append(list, token{'w', rest[1 : 1+n], false, line})
			i += n + 2
		default:
			list = append(list, token{'o', string(c), false, line})
			i++
		}
	}
	return list, 0
}

// quoted takes the text at the beginning of s, in one or three quotes.
func quoted(s string) (body string, length int, ok bool) {
	q := s[:1]
	if triple := strings.Repeat(q, 3); strings.HasPrefix(s, triple) {
		n := strings.Index(s[3:], triple)
		if n < 0 {
			return "", 0, false
		}
		return s[3 : 3+n], n + 6, true
	}
	var b strings.Builder
	braces := 0 // of an expression within
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\n':
			return "", 0, false
		case c == '\\' && i+1 < len(s):
			i++
			b.WriteByte(s[i])
		case q == `"` && c == '$' && i+1 < len(s) && s[i+1] == '{':
			braces++
			b.WriteString("${")
			i++
		case braces > 0 && c == '}':
			braces--
			b.WriteByte(c)
		case c == q[0] && braces == 0:
			return b.String(), i + 1, true
		default:
			b.WriteByte(c)
		}
	}
	return "", 0, false
}

// slashy reports whether a slash begins a text of Groovy rather than divides.
func slashy(before []token, rest string) bool {
	if n := strings.IndexAny(rest[1:], "/\n"); n <= 0 || rest[1+n] == '\n' {
		return false
	}
	if len(before) == 0 {
		return false
	}
	last := before[len(before)-1]
	return last.kind == 'o' && strings.Contains("=~(,[", last.text)
}

func isName(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}
