package python

import (
	"bytes"
	"encoding/binary"
	"iter"
	"strings"
	"unicode"
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

func splitLines(text string) iter.Seq[textLine] {
	if strings.Contains(text, "\r") {
		text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
	}
	return func(yield func(textLine) bool) {
		number := 0
		for line := range strings.SplitSeq(text, "\n") {
			number++
			if !strings.ContainsAny(line, "\v\f\x1c\x1d\x1e\u0085\u2028\u2029") {
				if !yield(textLine{number, line}) {
					return
				}
				continue
			}
			for part := range strings.SplitSeq(pythonBreaks.Replace(line), "\n") {
				if !yield(textLine{number, part}) {
					return
				}
			}
		}
	}
}

// logical is what pip reads as one line.
type logical struct {
	line, end int
	text      string // without its comment
	comment   string // with its #
}

// cutComment parts a line from its comment, which begins at a # that a space precedes.
func cutComment(line string) (text, comment string) {
	for at := 0; ; {
		i := strings.IndexByte(line[at:], '#')
		if i < 0 {
			return strings.TrimSpace(line), ""
		}
		at += i
		before, _ := utf8.DecodeLastRuneInString(line[:at])
		if at == 0 || unicode.IsSpace(before) {
			return strings.TrimSpace(line[:at]), strings.TrimSpace(line[at:])
		}
		at++
	}
}

// joinLines puts lines together that end in a backslash. A comment ends such a chain, as for pip.
func joinLines(lines iter.Seq[textLine]) iter.Seq[logical] {
	return func(yield func(logical) bool) {
		var open []string
		from, last := 0, 0
		finish := func() bool {
			l := logical{line: from, end: last}
			l.text, l.comment = cutComment(strings.Join(open, ""))
			open = open[:0]
			return yield(l)
		}
		for line := range lines {
			isComment := strings.HasPrefix(strings.TrimSpace(line.text), "#")
			if isComment && len(open) > 0 && !finish() { // the chain, and then the comment, which annotations need on its own
				return
			}
			if len(open) == 0 {
				from = line.number
			}
			last = line.number
			if !isComment && strings.HasSuffix(line.text, `\`) {
				open = append(open, strings.Trim(line.text, `\`))
				continue
			}
			open = append(open, line.text)
			if !finish() {
				return
			}
		}
		if len(open) > 0 {
			finish()
		}
	}
}
