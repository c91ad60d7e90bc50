package document

import (
	"bytes"

	"github.com/tidwall/jsonc"

	"github.com/fettle-dev/fettle/pkg/discover/project"
)

// ParseJSON reads one JSON value. A byte order mark before it is passed over. Faults are keys that stand twice; the error
// is a *project.Fault, and nothing could be read.
func ParseJSON(data []byte) (*Value, []project.Fault, error) {
	s, err := project.NewScanner(data)
	if err != nil {
		return nil, nil, err
	}
	b := &jsonBuilder{s: s}
	v := b.value(0)
	if b.err != nil {
		return nil, nil, b.err
	}
	return v, s.Faults(), nil
}

// ParseJSONC reads JSON with comments and trailing commas, as Bun writes it.
func ParseJSONC(data []byte) (*Value, []project.Fault, error) {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	return ParseJSON(jsonc.ToJSON(data)) // keeps every line where it is
}

type jsonBuilder struct {
	s *project.Scanner
	builder
	err error
}

func (b *jsonBuilder) value(depth int) *Value {
	first := b.s.Next()
	v := &Value{Line: b.s.Line()}
	if b.err == nil {
		b.err = b.count(v.Line)
	}
	if b.err == nil {
		b.err = b.deep(v.Line, depth)
	}
	if b.err != nil {
		b.s.Stop()
		return v
	}
	switch first {
	case '{':
		v.Kind = Map
		b.s.Object(func(key string, line int) { v.put(Field{key, line, b.value(depth + 1)}) })
	case '[':
		v.Kind = List
		b.s.List(func() { v.Items = append(v.Items, b.value(depth+1)) })
	case '"':
		v.Kind, v.Text = String, b.s.Quoted()
	default:
		from := b.s.Pos()
		b.s.Skip()
		v.Text = string(bytes.TrimSpace(b.s.Raw(from, b.s.Pos())))
		switch first {
		case 't', 'f':
			v.Kind = Bool
		case 'n':
			v.Kind = Null
		default:
			v.Kind = Number
		}
	}
	v.EndLine = b.s.Line()
	return v
}
