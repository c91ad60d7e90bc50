package project

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"unicode/utf8"
)

// Scanner walks JSON that is known to be valid, and knows on which line it is. Unlike encoding/json it takes no Version for
// a version, which would let a lockfile say one thing to npm and another one here.
type Scanner struct {
	data    []byte
	pos     int
	counted int // up to where lines were counted
	lines   int // newlines before counted
	faults  []Fault
	untold  int // problems beyond MaxFaults
}

// NewScanner checks that data is one JSON value. A byte order mark before it is passed over, as npm does.
func NewScanner(data []byte) (*Scanner, error) {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if json.Valid(data) {
		return &Scanner{data: data}, nil
	}
	err := json.Unmarshal(data, new(json.RawMessage))
	at := len(data)
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		at = min(max(int(syntax.Offset)-1, 0), len(data))
	}
	line := bytes.Count(data[:at], []byte("\n")) + 1
	switch {
	case len(bytes.TrimSpace(data)) == 0:
		return nil, &Fault{1, "the file is empty"}
	case syntax != nil && syntax.Error() == "unexpected end of JSON input":
		return nil, &Fault{line, "not valid JSON: the file ends in the middle; it is cut off"}
	}
	return nil, &Fault{line, fmt.Sprintf("not valid JSON: %v", err)}
}

// Note keeps a problem that does not stop the reading.
func (s *Scanner) Note(line int, format string, args ...any) {
	if len(s.faults) == MaxFaults {
		s.untold++
		return
	}
	s.faults = append(s.faults, Fault{line, fmt.Sprintf(format, args...)})
}

// Line returns the line of the current position.
func (s *Scanner) Line() int {
	if at := min(s.pos, len(s.data)); at > s.counted {
		s.lines += bytes.Count(s.data[s.counted:at], []byte("\n"))
		s.counted = at
	}
	return s.lines + 1
}

// Next returns the first byte of what comes next, 0 at the end.
func (s *Scanner) Next() byte {
	for s.pos < len(s.data) {
		switch c := s.data[s.pos]; c {
		case ' ', '\t', '\r', '\n':
			s.pos++
		default:
			return c
		}
	}
	return 0
}

// Object calls field for each member of the object that comes next; field must take the value. A key that stands twice is
// a problem: readers of JSON differ in which one they believe.
func (s *Scanner) Object(field func(key string, line int)) {
	if s.Next() != '{' {
		s.Skip()
		return
	}
	s.pos++
	var seen keySet
	for s.Next() == '"' {
		line := s.Line()
		key := s.Quoted()
		if s.Next() == ':' {
			s.pos++
		}
		if !seen.add(key) {
			s.Note(line, "%.100q stands twice in one object; the last one counts, and the first was not checked", key)
		}
		field(key, line)
		if s.Next() == ',' {
			s.pos++
		}
	}
	s.pos++
}

// Quoted takes the string that comes next.
func (s *Scanner) Quoted() string {
	from := s.pos
	s.Skip()
	raw := s.data[from:s.pos]
	if inner := raw[1 : len(raw)-1]; bytes.IndexByte(inner, '\\') < 0 && utf8.Valid(inner) {
		return string(inner)
	}
	var text string
	_ = json.Unmarshal(raw, &text) // valid, see NewScanner
	return text
}

// Skip passes over the value that comes next.
func (s *Scanner) Skip() {
	depth := 0
	for s.Next() != 0 {
		switch s.data[s.pos] {
		case '"':
			s.skipString()
		case '{', '[':
			depth++
			s.pos++
		case '}', ']':
			depth--
			s.pos++
		case ',', ':':
			s.pos++
		default: // a number, true, false or null
			for s.pos++; s.pos < len(s.data) && bytes.IndexByte([]byte(",:]} \t\r\n"), s.data[s.pos]) < 0; s.pos++ {
			}
		}
		if depth <= 0 {
			return
		}
	}
}

func (s *Scanner) skipString() {
	for s.pos++; s.pos < len(s.data) && s.data[s.pos] != '"'; s.pos++ {
		if s.data[s.pos] == '\\' {
			s.pos++
		}
	}
	s.pos++
}

// Text takes a string; anything else is a problem of what, null excepted.
func (s *Scanner) Text(what string, line int) string {
	if s.Next() == '"' {
		return s.Quoted()
	}
	s.wrong(what, line, "a string")
	return ""
}

// Flag takes true or false; anything else is a problem of what, null excepted.
func (s *Scanner) Flag(what string, line int) bool {
	switch s.Next() {
	case 't':
		s.Skip()
		return true
	case 'f':
		s.Skip()
		return false
	}
	s.wrong(what, line, "true or false")
	return false
}

// Fields takes an object, as object does; anything else is a problem of what, null excepted.
func (s *Scanner) Fields(what string, line int, field func(key string, line int)) {
	if s.Next() == '{' {
		s.Object(field)
		return
	}
	s.wrong(what, line, "an object")
}

// wrong passes over a value of the wrong type and tells of it.
func (s *Scanner) wrong(what string, line int, want string) {
	kind := KindOf(s.Next())
	s.Skip()
	if kind != "null" {
		s.Note(line, "%.200s is %s; want %s", what, kind, want)
	}
}

// KindOf names the kind of value that begins with first, for a message.
func KindOf(first byte) string {
	switch first {
	case '{':
		return "an object"
	case '[':
		return "a list"
	case '"':
		return "a string"
	case 't', 'f':
		return "true or false"
	case 'n':
		return "null"
	}
	return "a number"
}

// keySet is the keys of one object. Most are small, and a list is faster then.
type keySet struct {
	list []string
	all  map[string]bool
}

// add reports whether key is new.
func (k *keySet) add(key string) bool {
	if k.all == nil {
		for _, have := range k.list {
			if have == key {
				return false
			}
		}
		if k.list = append(k.list, key); len(k.list) < 24 {
			return true
		}
		k.all = map[string]bool{}
		for _, have := range k.list {
			k.all[have] = true
		}
		return true
	}
	if k.all[key] {
		return false
	}
	k.all[key] = true
	return true
}

// Stop ends the walk: nothing comes next any more.
func (s *Scanner) Stop() { s.pos = len(s.data) }

// Pos is where the scanner is, in bytes.
func (s *Scanner) Pos() int { return s.pos }

// Raw returns the text from one position to another.
func (s *Scanner) Raw(from, to int) []byte { return s.data[from:to] }

// Faults returns what was noted so far, and how many more there were.
func (s *Scanner) Faults() []Fault {
	if s.untold == 0 {
		return s.faults
	}
	return append(slices.Clip(s.faults), Fault{0, fmt.Sprintf("and %d more problems in this file", s.untold)})
}

// List calls item for each value of the list that comes next; item must take the value.
func (s *Scanner) List(item func()) {
	if s.Next() != '[' {
		s.Skip()
		return
	}
	s.pos++
	for s.Next() != ']' && s.Next() != 0 {
		item()
		if s.Next() == ',' {
			s.pos++
		}
	}
	s.pos++
}
