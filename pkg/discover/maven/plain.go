package maven

import (
	"bytes"
	"encoding/xml"
	"strings"
	"unicode/utf8"
)

// plainXML makes text of old POMs digestible: entities of HTML become what they stand for, and bytes that are not UTF-8 are
// taken as ISO-8859-1. Lines stay where they are.
func plainXML(data []byte) []byte {
	if !utf8.Valid(data) {
		var b bytes.Buffer
		for len(data) > 0 {
			r, n := utf8.DecodeRune(data)
			if r == utf8.RuneError && n == 1 {
				r = rune(data[0])
			}
			b.WriteRune(r)
			data = data[n:]
		}
		data = b.Bytes()
	}
	if bytes.IndexByte(data, '&') < 0 {
		return data
	}
	var b bytes.Buffer
	for {
		i := bytes.IndexByte(data, '&')
		if i < 0 {
			b.Write(data)
			return b.Bytes()
		}
		b.Write(data[:i])
		data = data[i:]
		end := bytes.IndexByte(data[:min(len(data), 12)], ';')
		if end > 1 {
			if text, ok := xml.HTMLEntity[string(data[1:end])]; ok && !strings.ContainsAny(text, "<>&\"'") {
				b.WriteString(text)
				data = data[end+1:]
				continue
			}
		}
		b.WriteByte('&')
		data = data[1:]
	}
}
