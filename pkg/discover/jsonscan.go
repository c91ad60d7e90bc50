package discover

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"
)

// maxProblems is how many problems of one file are told; the rest are counted.
const maxProblems = 50

// lockError is a fault of a file at a line.
type lockError struct {
	line int
	msg  string
}

func (e *lockError) Error() string { return e.msg }

// scanner walks JSON that is known to be valid, and knows on which line it is. Unlike encoding/json it takes no Version for
// a version, which would let a lockfile say one thing to npm and another one here.
type scanner struct {
	data     []byte
	pos      int
	counted  int // up to where lines were counted
	lines    int // newlines before counted
	problems []lockError
	untold   int // problems beyond maxProblems
}

// newScanner checks that data is one JSON value. A byte order mark before it is passed over, as npm does.
func newScanner(data []byte) (*scanner, error) {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if json.Valid(data) {
		return &scanner{data: data}, nil
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
		return nil, &lockError{1, "the file is empty"}
	case syntax != nil && syntax.Error() == "unexpected end of JSON input":
		return nil, &lockError{line, "not valid JSON: the file ends in the middle; it is cut off"}
	}
	return nil, &lockError{line, fmt.Sprintf("not valid JSON: %v", err)}
}

// note keeps a problem that does not stop the reading.
func (s *scanner) note(line int, format string, args ...any) {
	if len(s.problems) == maxProblems {
		s.untold++
		return
	}
	s.problems = append(s.problems, lockError{line, fmt.Sprintf(format, args...)})
}

// line returns the line of the current position.
func (s *scanner) line() int {
	if at := min(s.pos, len(s.data)); at > s.counted {
		s.lines += bytes.Count(s.data[s.counted:at], []byte("\n"))
		s.counted = at
	}
	return s.lines + 1
}

// next returns the first byte of what comes next, 0 at the end.
func (s *scanner) next() byte {
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

// object calls field for each member of the object that comes next; field must take the value. A key that stands twice is
// a problem: readers of JSON differ in which one they believe.
func (s *scanner) object(field func(key string, line int)) {
	if s.next() != '{' {
		s.skip()
		return
	}
	s.pos++
	var seen keySet
	for s.next() == '"' {
		line := s.line()
		key := s.string()
		if s.next() == ':' {
			s.pos++
		}
		if !seen.add(key) {
			s.note(line, "%.100q stands twice in one object; the last one counts, and the first was not checked", key)
		}
		field(key, line)
		if s.next() == ',' {
			s.pos++
		}
	}
	s.pos++
}

// string takes the string that comes next.
func (s *scanner) string() string {
	from := s.pos
	s.skip()
	raw := s.data[from:s.pos]
	if inner := raw[1 : len(raw)-1]; bytes.IndexByte(inner, '\\') < 0 && utf8.Valid(inner) {
		return string(inner)
	}
	var text string
	_ = json.Unmarshal(raw, &text) // valid, see newScanner
	return text
}

// skip passes over the value that comes next.
func (s *scanner) skip() {
	depth := 0
	for s.next() != 0 {
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

func (s *scanner) skipString() {
	for s.pos++; s.pos < len(s.data) && s.data[s.pos] != '"'; s.pos++ {
		if s.data[s.pos] == '\\' {
			s.pos++
		}
	}
	s.pos++
}

// text takes a string; anything else is a problem of what, null excepted.
func (s *scanner) text(what string, line int) string {
	if s.next() == '"' {
		return s.string()
	}
	s.wrong(what, line, "a string")
	return ""
}

// flag takes true or false; anything else is a problem of what, null excepted.
func (s *scanner) flag(what string, line int) bool {
	switch s.next() {
	case 't':
		s.skip()
		return true
	case 'f':
		s.skip()
		return false
	}
	s.wrong(what, line, "true or false")
	return false
}

// fields takes an object, as object does; anything else is a problem of what, null excepted.
func (s *scanner) fields(what string, line int, field func(key string, line int)) {
	if s.next() == '{' {
		s.object(field)
		return
	}
	s.wrong(what, line, "an object")
}

// wrong passes over a value of the wrong type and tells of it.
func (s *scanner) wrong(what string, line int, want string) {
	kind := kindOf(s.next())
	s.skip()
	if kind != "null" {
		s.note(line, "%.200s is %s; want %s", what, kind, want)
	}
}

func kindOf(first byte) string {
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
