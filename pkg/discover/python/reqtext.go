package python

import (
	"bytes"
	"encoding/binary"
	"regexp"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// decode returns the text of a requirements file as pip decodes it: by its byte order mark, else as UTF-8, and as Latin-1
// where it is not that.
func decode(data []byte) string {
	for _, mark := range []struct {
		bytes string
		order binary.ByteOrder
		size  int
	}{
		{"\xff\xfe\x00\x00", binary.LittleEndian, 4}, {"\x00\x00\xfe\xff", binary.BigEndian, 4},
		{"\xff\xfe", binary.LittleEndian, 2}, {"\xfe\xff", binary.BigEndian, 2},
	} {
		if rest, ok := bytes.CutPrefix(data, []byte(mark.bytes)); ok {
			return wide(rest, mark.order, mark.size)
		}
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if utf8.Valid(data) {
		return string(data)
	}
	var b strings.Builder
	for _, c := range data {
		b.WriteRune(rune(c))
	}
	return b.String()
}

func wide(data []byte, order binary.ByteOrder, size int) string {
	if size == 2 {
		units := make([]uint16, 0, len(data)/2)
		for ; len(data) >= 2; data = data[2:] {
			units = append(units, order.Uint16(data))
		}
		return string(utf16.Decode(units))
	}
	var b strings.Builder
	for ; len(data) >= 4; data = data[4:] {
		b.WriteRune(rune(order.Uint32(data)))
	}
	return b.String()
}

// textLine is one line; several share a number where Python, unlike editors, ends a line.
type textLine struct {
	number int
	text   string
}

// pythonBreaks end a line for Python's splitlines beside those that end one for all.
var pythonBreaks = strings.NewReplacer("\v", "\n", "\f", "\n", "\x1c", "\n", "\x1d", "\n", "\x1e", "\n", "\u0085", "\n", "\u2028", "\n", "\u2029", "\n")

func splitLines(text string) []textLine {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	var lines []textLine
	number := 0
	for line := range strings.SplitSeq(strings.ReplaceAll(text, "\r", "\n"), "\n") {
		number++
		if strings.ContainsAny(line, "\v\f\x1c\x1d\x1e\u0085\u2028\u2029") {
			for part := range strings.SplitSeq(pythonBreaks.Replace(line), "\n") {
				lines = append(lines, textLine{number, part})
			}
			continue
		}
		lines = append(lines, textLine{number, line})
	}
	return lines
}

// logical is what pip reads as one line.
type logical struct {
	line, end int
	text      string // without its comment
	comment   string // with its #
}

var comment = regexp.MustCompile(`(^|\s+)#.*$`)

// join puts lines together that end in a backslash. A comment ends such a chain, as for pip.
func joinLines(lines []textLine) []logical {
	var all []logical
	var open []string
	from := 0
	finish := func(end int) {
		whole := strings.Join(open, "")
		l := logical{line: from, end: end, text: whole}
		if at := comment.FindStringIndex(whole); at != nil {
			l.text, l.comment = whole[:at[0]], strings.TrimSpace(whole[at[0]:])
		}
		l.text = strings.TrimSpace(l.text)
		all = append(all, l)
		open = nil
	}
	for _, line := range lines {
		isComment := strings.HasPrefix(strings.TrimSpace(line.text), "#")
		if len(open) == 0 {
			from = line.number
		}
		if isComment && len(open) > 0 { // the chain, and then the comment, which annotations need on its own
			finish(line.number - 1)
			from = line.number
		}
		if !isComment && strings.HasSuffix(line.text, `\`) {
			open = append(open, strings.Trim(line.text, `\`))
			continue
		}
		open = append(open, line.text)
		finish(line.number)
	}
	if len(open) > 0 {
		finish(lines[len(lines)-1].number)
	}
	return all
}
