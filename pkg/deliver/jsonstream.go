package deliver

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"reflect"
	"strings"
)

// jsonStream writes a large value as encoding/json would with an indent of two blanks and without escaping HTML, but a
// part at a time, so that memory holds one part and not the whole text twice.
type jsonStream struct {
	out  *bufio.Writer
	part bytes.Buffer
	err  error
}

// streamed is how deep structs and lists are taken apart; what lies deeper is small.
const streamed = 5

func newJSONStream(out io.Writer) *jsonStream {
	return &jsonStream{out: bufio.NewWriterSize(out, 1<<16)}
}

func (s *jsonStream) text(text string) {
	if s.err == nil {
		_, s.err = s.out.WriteString(text)
	}
}

// end writes what is left and returns the first error.
func (s *jsonStream) end() error {
	s.text("\n")
	if s.err == nil {
		s.err = s.out.Flush()
	}
	return s.err
}

// value writes v, whose first line is indented already and whose others are by indent.
func (s *jsonStream) value(v reflect.Value, indent string, depth int) {
	if s.err != nil {
		return
	}
	for v.Kind() == reflect.Pointer && !v.IsNil() && !marshals(v) {
		v = v.Elem()
	}
	switch {
	case depth > streamed || marshals(v):
	case v.Kind() == reflect.Struct:
		s.fields(v, indent, depth)
		return
	case v.Kind() == reflect.Slice && v.Len() > 0 && v.Type().Elem().Kind() == reflect.Struct:
		s.text("[")
		for i := range v.Len() {
			if i > 0 {
				s.text(",")
			}
			s.text("\n" + indent + "  ")
			s.value(v.Index(i), indent+"  ", depth+1)
		}
		s.text("\n" + indent + "]")
		return
	}
	s.part.Reset()
	enc := json.NewEncoder(&s.part)
	enc.SetEscapeHTML(false)
	enc.SetIndent(indent, "  ")
	if s.err = enc.Encode(v.Interface()); s.err == nil {
		_, s.err = s.out.Write(bytes.TrimSuffix(s.part.Bytes(), []byte("\n")))
	}
}

func (s *jsonStream) fields(v reflect.Value, indent string, depth int) {
	s.text("{")
	first := true
	s.members(v, indent, depth, &first)
	if !first {
		s.text("\n" + indent)
	}
	s.text("}")
}

// members writes the fields of v, those of embedded structs among them.
func (s *jsonStream) members(v reflect.Value, indent string, depth int, first *bool) {
	for i := range v.NumField() {
		field := v.Type().Field(i)
		tag := field.Tag.Get("json")
		name, options, _ := strings.Cut(tag, ",")
		if field.Anonymous && tag == "" && field.Type.Kind() == reflect.Struct {
			s.members(v.Field(i), indent, depth, first)
			continue
		}
		if !field.IsExported() || tag == "-" || leftOut(v.Field(i), options) {
			continue
		}
		if name == "" {
			name = field.Name
		}
		if !*first {
			s.text(",")
		}
		*first = false
		s.text("\n" + indent + "  \"" + name + "\": ")
		s.value(v.Field(i), indent+"  ", depth+1)
	}
}

// leftOut follows the options omitempty and omitzero of encoding/json.
func leftOut(v reflect.Value, options string) bool {
	for option := range strings.SplitSeq(options, ",") {
		switch option {
		case "omitzero":
			if v.IsZero() {
				return true
			}
		case "omitempty":
			switch v.Kind() {
			case reflect.Slice, reflect.Map, reflect.String, reflect.Array:
				if v.Len() == 0 {
					return true
				}
			case reflect.Struct:
			default:
				if v.IsZero() {
					return true
				}
			}
		}
	}
	return false
}

var marshaler = reflect.TypeFor[json.Marshaler]()

// marshals reports whether v writes itself.
func marshals(v reflect.Value) bool { return v.Type().Implements(marshaler) }
