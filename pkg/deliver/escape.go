package deliver

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// All text of a report may come from outside: names, titles, paths, test output. It is cleaned of what a terminal or an
// editor would act on, and then escaped once, at the edge, for the format it goes into.

// ansi matches terminal control sequences: CSI, the string sequences (OSC, DCS, SOS, PM, APC) and the short ones.
var ansi = regexp.MustCompile(`(?:\x1b\[|\x{9b})[0-?]*[ -/]*[@-~]?` +
	`|(?:\x1b[\]PX^_]|[\x{9d}\x{90}\x{98}\x{9e}\x{9f}])[^\x07\x1b\x{9c}\n]*(?:\x07|\x1b\\|\x{9c})?` +
	`|\x1b[ -/]*[0-~]?`)

// plain returns s on one line: without terminal sequences, control characters, bidirectional overrides or other
// invisible characters; runs of blanks are one space.
func plain(s string) string {
	s = withoutANSI(s)
	var b strings.Builder
	blank := false
	for _, r := range s {
		switch {
		case unicode.IsSpace(r) || r == '\u2028' || r == '\u2029':
			blank = b.Len() > 0
			continue
		case invisible(r):
			continue
		}
		if blank {
			b.WriteByte(' ')
			blank = false
		}
		b.WriteRune(r)
	}
	return b.String()
}

func withoutANSI(s string) string {
	s = strings.ToValidUTF8(s, "\ufffd")
	if !strings.ContainsFunc(s, func(r rune) bool { return r == '\x1b' || r >= 0x80 && r < 0xa0 }) {
		return s
	}
	return ansi.ReplaceAllString(s, "")
}

// plainLines is plain for text of several lines: line ends stay, tabs become spaces.
func plainLines(s string) string {
	s = withoutANSI(s)
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u2028", "\n", "\u2029", "\n", "\v", "\n", "\f", "\n", "\t", "    ").Replace(s)
	return strings.Map(func(r rune) rune {
		if r != '\n' && invisible(r) {
			return -1
		}
		return r
	}, s)
}

// invisible reports whether r is a control or format character. Format characters hold the bidirectional overrides, which
// make text read other than it is, and the zero-width ones, which hide it.
func invisible(r rune) bool { return unicode.In(r, unicode.Cc, unicode.Cf) }

// clip cuts s to at most limit runes, the last of them an ellipsis where it was cut.
func clip(s string, limit int) string {
	if utf8.RuneCountInString(s) <= limit {
		return s
	}
	return strings.TrimRight(string([]rune(s)[:limit-1]), " ") + "…"
}

// zeroWidth stands between characters that a forge would otherwise read as a mention, a reference or a link.
const zeroWidth = "&#8203;"

// markdown returns s as inline Markdown or HTML that shows exactly s: no markup, link, mention, reference or table column
// comes of it. Character references are used because no dialect reads structure from them, in a table or in HTML alike.
func markdown(s string) string {
	rs := []rune(plain(s))
	var b strings.Builder
	for i, r := range rs {
		next := rune(0)
		if i+1 < len(rs) {
			next = rs[i+1]
		}
		word := unicode.IsLetter(next) || unicode.IsDigit(next) || next == '_' || next == '"'
		switch r {
		case '&', '<', '>', '"', '\'', '\\', '`', '*', '_', '|', '[', ']', '^', '{', '}':
			b.WriteString("&#" + strconv.Itoa(int(r)) + ";")
			if r == '&' && word {
				b.WriteString(zeroWidth)
			}
		case '~', '!', '#', '$', '%': // GitLab refers to labels, merge requests, issues, snippets and milestones by these
			b.WriteString("&#" + strconv.Itoa(int(r)) + ";")
			if word {
				b.WriteString(zeroWidth)
			}
		case '@':
			b.WriteString("@" + zeroWidth)
		case ':':
			b.WriteRune(r)
			if next == '/' {
				b.WriteString(zeroWidth)
			}
		case '.':
			if i >= 3 && strings.EqualFold(string(rs[i-3:i]), "www") {
				b.WriteString(zeroWidth)
			}
			b.WriteRune(r)
		case '-':
			switch {
			case i == 0:
				b.WriteString("&#45;") // no list item
			case i >= 2 && unicode.IsDigit(next) && strings.EqualFold(string(rs[i-2:i]), "gh"):
				b.WriteString("-" + zeroWidth)
			default:
				b.WriteRune(r)
			}
		case '+', '=':
			if i == 0 {
				b.WriteString("&#" + strconv.Itoa(int(r)) + ";")
			} else {
				b.WriteRune(r)
			}
		default:
			b.WriteRune(r)
		}
		if i == 0 && ordered.MatchString(string(rs)) { // nor an ordered one
			b.WriteString(zeroWidth)
		}
	}
	return b.String()
}

var ordered = regexp.MustCompile(`^[0-9]+[.)]( |$)`)

// code returns s as a Markdown code span.
func code(s string) string {
	s = plain(s)
	if s == "" {
		return ""
	}
	if strings.ContainsAny(s, "`|\\") {
		return htmlCode(s)
	}
	return "`" + s + "`"
}

// htmlCode is code for places where HTML stands but Markdown does not, as in a summary element.
func htmlCode(s string) string { return "<code>" + markdown(s) + "</code>" }

// fenced returns s as a fenced block that no line of s can close.
func fenced(s string) string {
	s = strings.Trim(plainLines(s), "\n")
	fence := "```"
	for strings.Contains(s, fence) {
		fence += "`"
	}
	return fence + "text\n" + s + "\n" + fence
}

var sarifSpecial = strings.NewReplacer(`\`, `\\`, `[`, `\[`, `]`, `\]`, `{`, `(`, `}`, `)`)

// sarifText returns s for a SARIF message, where brackets make links and braces make placeholders (3.11.5, 3.11.6).
// Readers differ in how they undo doubled braces, so braces become parentheses.
func sarifText(s string) string { return sarifSpecial.Replace(plain(s)) }
