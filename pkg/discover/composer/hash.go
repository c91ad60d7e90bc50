package composer

import (
	"crypto/md5"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/fettle-dev/fettle/pkg/discover/document"
)

// hashed are the keys of composer.json that the content-hash of a lockfile covers.
var hashed = []string{"conflict", "extra", "minimum-stability", "name", "prefer-stable", "provide", "replace", "repositories", "require", "require-dev", "version"}

// contentHash is the hash of a manifest as Composer notes it in the lockfile: MD5 of the keys that matter, in order, as PHP
// writes JSON. It returns false for numbers that PHP may write in another way than they stand there.
func contentHash(doc *document.Value) (string, bool) {
	keys := slices.Clone(hashed)
	top := map[string]*document.Value{}
	for _, key := range hashed {
		if v := doc.Get(key); v != nil {
			top[key] = v
		}
	}
	if p := doc.Get("config", "platform"); p != nil && !p.Is(document.Null) {
		top["config"] = &document.Value{Kind: document.Map, Fields: []document.Field{{Key: "platform", Value: p}}}
		keys = append(keys, "config")
	}
	slices.Sort(keys)
	whole := &document.Value{Kind: document.Map}
	for _, key := range keys {
		if v := top[key]; v != nil {
			whole.Fields = append(whole.Fields, document.Field{Key: key, Value: v})
		}
	}
	var w phpJSON
	w.value(whole)
	sum := md5.Sum([]byte(w.String()))
	return hex.EncodeToString(sum[:]), !w.unsure
}

// phpJSON writes values as json_encode does after json_decode to arrays.
type phpJSON struct {
	strings.Builder
	unsure bool
}

func (w *phpJSON) value(v *document.Value) {
	switch v.Kind {
	case document.Null:
		w.WriteString("null")
	case document.Bool:
		w.WriteString(v.Text)
	case document.Number:
		w.number(v.Text)
	case document.String:
		w.text(v.Text)
	case document.List:
		w.WriteByte('[')
		for i, item := range v.Items {
			if i > 0 {
				w.WriteByte(',')
			}
			w.value(item)
		}
		w.WriteByte(']')
	case document.Map:
		w.object(v)
	}
}

// object writes an object, which as a PHP array is a list where its keys count up from 0, as they do where there is none.
func (w *phpJSON) object(v *document.Value) {
	isList := true
	for i, f := range v.Fields {
		isList = isList && f.Key == strconv.Itoa(i)
	}
	if isList {
		w.WriteByte('[')
	} else {
		w.WriteByte('{')
	}
	for i, f := range v.Fields {
		if i > 0 {
			w.WriteByte(',')
		}
		if !isList {
			w.text(f.Key)
			w.WriteByte(':')
		}
		w.value(f.Value)
	}
	if isList {
		w.WriteByte(']')
	} else {
		w.WriteByte('}')
	}
}

func (w *phpJSON) number(text string) {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil && text == strconv.FormatInt(n, 10) {
		w.WriteString(text)
		return
	}
	f, err := strconv.ParseFloat(text, 64)
	short := strconv.FormatFloat(f, 'f', -1, 64)
	if err != nil || short != text || len(text) > 15 {
		w.unsure = true
	}
	w.WriteString(text)
}

func (w *phpJSON) text(s string) {
	w.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\' || r == '/':
			w.WriteByte('\\')
			w.WriteRune(r)
		case r == '\b':
			w.WriteString(`\b`)
		case r == '\f':
			w.WriteString(`\f`)
		case r == '\n':
			w.WriteString(`\n`)
		case r == '\r':
			w.WriteString(`\r`)
		case r == '\t':
			w.WriteString(`\t`)
		case r > 0xffff:
			a, b := utf16.EncodeRune(r)
			w.escape(a)
			w.escape(b)
		case r < 0x20 || r >= utf8.RuneSelf:
			w.escape(r)
		default:
			w.WriteRune(r)
		}
	}
	w.WriteByte('"')
}

func (w *phpJSON) escape(r rune) {
	hex := strconv.FormatInt(int64(r), 16)
	w.WriteString(`\u` + strings.Repeat("0", 4-len(hex)) + hex)
}
