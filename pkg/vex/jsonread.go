package vex

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
)

// jsonReader walks the outer values of a document one at a time, so that each has its line and a broken one does not take
// the others with it.
type jsonReader struct {
	p   *parser
	dec *json.Decoder
}

func (p *parser) reader() *jsonReader {
	return &jsonReader{p: p, dec: json.NewDecoder(bytes.NewReader(p.data))}
}

// at returns the line of the next value.
func (r *jsonReader) at() int {
	offset := int(r.dec.InputOffset())
	for offset < len(r.p.data) && bytes.IndexByte([]byte(" \t\r\n,:"), r.p.data[offset]) >= 0 {
		offset++
	}
	return r.p.lineAt(offset)
}

// object calls member for each member of the next value, which must be read by it. It reports false, and reads the value,
// where that is no object.
func (r *jsonReader) object(member func(key string) error) (bool, error) {
	return r.walk('{', func() error {
		key, err := r.dec.Token()
		if err != nil {
			return r.p.broken(err)
		}
		name, _ := key.(string)
		return member(name)
	})
}

// array calls item for each value of the next value.
func (r *jsonReader) array(item func() error) (bool, error) { return r.walk('[', item) }

func (r *jsonReader) walk(open byte, each func() error) (bool, error) {
	offset := int(r.dec.InputOffset())
	for offset < len(r.p.data) && bytes.IndexByte([]byte(" \t\r\n,:"), r.p.data[offset]) >= 0 {
		offset++
	}
	if offset >= len(r.p.data) || r.p.data[offset] != open {
		return false, r.skip()
	}
	if _, err := r.dec.Token(); err != nil {
		return false, r.p.broken(err)
	}
	for r.dec.More() {
		if err := each(); err != nil {
			return true, err
		}
	}
	_, err := r.dec.Token()
	if err != nil {
		return true, r.p.broken(err)
	}
	return true, nil
}

func (r *jsonReader) skip() error {
	var raw json.RawMessage
	return r.value(&raw)
}

// value reads the next value into v. A value of the wrong shape is a *json.UnmarshalTypeError or what v itself says, and the
// next can be read after it.
func (r *jsonReader) value(v any) error {
	err := r.dec.Decode(v)
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return r.p.broken(err)
	}
	return err
}

// words reads a string; anything else is "".
func (r *jsonReader) words() (string, error) {
	var raw json.RawMessage
	if err := r.value(&raw); err != nil {
		return "", err
	}
	return str(raw), nil
}

// str is the string that raw is, or "".
func str(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return ""
	}
	return s
}

// broken says where text stops being JSON.
func (p *parser) broken(err error) error {
	line := 0
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		line = p.lineAt(int(syntax.Offset))
	case errors.As(err, &kind):
		return p.fault(1, "it is a JSON %s; %s", kind.Value, wanted)
	}
	return p.fault(line, "no JSON: %v", err)
}
