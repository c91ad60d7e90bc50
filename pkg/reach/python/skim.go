package python

import (
	"bytes"
	"strings"
)

// skimmed is what an installed file says, found without a tree: there may be many thousands of files.
type skimmed struct {
	imports []skimImport
	texts   []skimText
	dynamic int    // the line of the first word that loads code by a name; 0 for none
	word    string // that word
}

type skimImport struct {
	target string // with its leading dots
	names  []string
	line   int
	types  bool // for type checkers only
	later  bool // in a function: when it runs, if it does
}

// skimText is a string literal that may be a module's name.
type skimText struct {
	text  string
	line  int
	first bool // the first argument of a call
}

// loaders are the words by which code loads other code.
var loaders = map[string]bool{"import_module": true, "__import__": true, "exec": true, "eval": true, "execfile": true, "load_module": true, "exec_module": true,
	"import_string": true, "symbol_by_name": true, "import_item": true, "namedAny": true, "namedModule": true, "resolve_name": true, "import_object": true, "import_class": true,
	"load_object": true, "locate": true, "run_module": true, "run_path": true, "walk_packages": true, "find_module": true, "import_from_string": true, "import_obj": true}

// skimmer walks one text.
type skimmer struct {
	src   []byte
	pos   int
	line  int
	depth int // open brackets
	out   *skimmed
	start bool // nothing of the statement was seen yet
	prev  byte // the last byte that is no blank
	types int  // the indent of the block for type checkers; -1 for none
	def   int  // the indent of the outermost function; -1 for none
	odd   bool // a bracket in a formatted string was not closed: none is looked for any more
	level int  // the indent of this line
}

// maxFString is how deep expressions in formatted strings may nest.
const maxFString = 8

// skim reads a Python text. It never fails: text that is not Python gives what can be seen of it.
func skim(src []byte) *skimmed {
	s := &skimmer{src: bytes.TrimPrefix(src, []byte("\xef\xbb\xbf")), line: 1, out: &skimmed{}, start: true, types: -1, def: -1}
	s.indent()
	for s.pos < len(s.src) {
		s.step()
	}
	return s.out
}

// indent measures the blanks at the beginning of a logical line.
func (s *skimmer) indent() {
	s.level = 0
	for s.pos < len(s.src) && (s.src[s.pos] == ' ' || s.src[s.pos] == '\t' || s.src[s.pos] == '\f') {
		if s.src[s.pos] == '\t' {
			s.level += 7
		}
		s.level++
		s.pos++
	}
	if s.pos < len(s.src) && s.src[s.pos] != '\n' && s.src[s.pos] != '\r' && s.src[s.pos] != '#' {
		if s.level <= s.types {
			s.types = -1
		}
		if s.level <= s.def {
			s.def = -1
		}
	}
}

func (s *skimmer) step() {
	c := s.src[s.pos]
	switch {
	case c == '\n':
		s.pos++
		s.line++
		if s.depth == 0 {
			s.start, s.prev = true, 0
			s.indent()
		}
	case c == '\\':
		s.pos++
		if s.pos < len(s.src) && s.src[s.pos] == '\r' {
			s.pos++
		}
		if s.pos < len(s.src) && s.src[s.pos] == '\n' {
			s.pos++
			s.line++
		}
	case c == ' ' || c == '\t' || c == '\r' || c == '\f':
		s.pos++
	case c == '#':
		s.comment()
	case c == '"' || c == '\'':
		s.text(false, false, 0)
	case isWord(c):
		s.wordAt()
	default:
		s.pos++
		switch c {
		case '(', '[', '{':
			s.depth++
		case ')', ']', '}':
			s.depth = max(s.depth-1, 0)
		}
		s.start = s.depth == 0 && (c == ';' || c == ':')
		s.prev = c
	}
}

func (s *skimmer) comment() {
	for s.pos < len(s.src) && s.src[s.pos] != '\n' {
		s.pos++
	}
}

func (s *skimmer) word() string {
	from := s.pos
	for s.pos < len(s.src) && isWord(s.src[s.pos]) {
		s.pos++
	}
	return string(s.src[from:s.pos])
}

func (s *skimmer) wordAt() {
	start, prev := s.start, s.prev
	line := s.line
	word := s.word()
	if s.pos < len(s.src) && (s.src[s.pos] == '"' || s.src[s.pos] == '\'') && len(word) <= 2 {
		lower := strings.ToLower(word)
		if strings.Trim(lower, "rbuf") == "" {
			s.text(strings.Contains(lower, "r"), strings.Contains(lower, "f"), 0)
			return
		}
	}
	s.start, s.prev = false, 'a'
	switch {
	case start && word == "import":
		s.plainImport(line)
	case start && word == "from":
		s.fromImport(line)
	case start && word == "async":
		s.start = true
	case start && word == "def" && s.def < 0:
		s.def = s.level
	case start && word == "if" && s.types < 0:
		rest := s.src[s.pos:min(s.pos+80, len(s.src))]
		if end := bytes.IndexByte(rest, ':'); end >= 0 {
			if cond := strings.Trim(string(rest[:end]), " \t()"); cond == "TYPE_CHECKING" || strings.HasSuffix(cond, ".TYPE_CHECKING") && isDotted(cond) {
				s.types = s.level
			}
		}
	case s.out.dynamic == 0 && loaders[word]:
		if (word == "exec" || word == "eval") && (prev == '.' || s.peek() != '(') {
			return
		}
		s.out.dynamic, s.out.word = line, word
	}
}

// peek is the next byte that is no blank.
func (s *skimmer) peek() byte {
	for i := s.pos; i < len(s.src); i++ {
		if c := s.src[i]; c != ' ' && c != '\t' {
			return c
		}
	}
	return 0
}

// blanks passes over what may stand between the words of an import.
func (s *skimmer) blanks(newlines bool) {
	for s.pos < len(s.src) {
		switch c := s.src[s.pos]; {
		case c == ' ' || c == '\t' || c == '\f' || c == '\r':
			s.pos++
		case c == '\\' && s.pos+1 < len(s.src) && s.src[s.pos+1] == '\n':
			s.pos += 2
			s.line++
		case c == '\\' && s.pos+2 < len(s.src) && s.src[s.pos+1] == '\r' && s.src[s.pos+2] == '\n':
			s.pos += 3
			s.line++
		case newlines && c == '\n':
			s.pos++
			s.line++
		case newlines && c == '#':
			s.comment()
		default:
			return
		}
	}
}

// dotted reads a module's name with its leading dots.
func (s *skimmer) dotted() string {
	var b strings.Builder
	for {
		s.blanks(false)
		if s.pos >= len(s.src) {
			return b.String()
		}
		switch c := s.src[s.pos]; {
		case c == '.':
			b.WriteByte('.')
			s.pos++
		case isWord(c):
			if t := b.String(); t != "" && !strings.HasSuffix(t, ".") {
				return t // the next word
			}
			at := s.pos
			word := s.word()
			if word == "import" {
				s.pos = at
				return b.String()
			}
			b.WriteString(word)
		default:
			return b.String()
		}
	}
}

func (s *skimmer) plainImport(line int) {
	for {
		target := s.dotted()
		if target == "" {
			return
		}
		s.out.imports = append(s.out.imports, skimImport{target: target, line: line, types: s.types >= 0, later: s.def >= 0})
		s.as()
		if s.pos >= len(s.src) || s.src[s.pos] != ',' {
			return
		}
		s.pos++
	}
}

// as passes over the local name of an import.
func (s *skimmer) as() {
	s.blanks(false)
	if bytes.HasPrefix(s.src[s.pos:], []byte("as")) && s.pos+2 < len(s.src) && !isWord(s.src[s.pos+2]) {
		s.pos += 2
		s.blanks(false)
		s.word()
		s.blanks(false)
	}
}

func (s *skimmer) fromImport(line int) {
	target := s.dotted()
	s.blanks(false)
	if target == "" || !bytes.HasPrefix(s.src[s.pos:], []byte("import")) {
		return
	}
	s.pos += len("import")
	i := skimImport{target: target, line: line, types: s.types >= 0, later: s.def >= 0}
	s.blanks(false)
	many := s.pos < len(s.src) && s.src[s.pos] == '('
	if many {
		s.pos++
	}
	for {
		s.blanks(many)
		if s.pos >= len(s.src) {
			break
		}
		if s.src[s.pos] == '*' {
			i.names = append(i.names, "*")
			s.pos++
			break
		}
		name := s.word()
		if name == "" {
			break
		}
		i.names = append(i.names, name)
		s.blanks(many)
		s.as()
		s.blanks(many)
		if s.pos >= len(s.src) || s.src[s.pos] != ',' {
			break
		}
		s.pos++
	}
	if many && s.pos < len(s.src) && s.src[s.pos] == ')' {
		s.pos++
	}
	s.out.imports = append(s.out.imports, i)
}

// text passes over a string literal, and keeps it where it may be a module's name.
func (s *skimmer) text(raw, formatted bool, depth int) {
	line, first := s.line, s.prev == '('
	quote := s.src[s.pos]
	width := 1
	if s.pos+2 < len(s.src) && s.src[s.pos+1] == quote && s.src[s.pos+2] == quote {
		width = 3
	}
	s.pos += width
	from := s.pos
	plain := true
loop:
	for s.pos < len(s.src) {
		switch c := s.src[s.pos]; {
		case c == '\\':
			plain = plain && raw
			s.pos++
			if s.pos < len(s.src) {
				if s.src[s.pos] == '\n' {
					s.line++
				}
				s.pos++
			}
			continue
		case c == '\n':
			if width == 1 {
				break loop // not closed
			}
			s.line++
		case c == quote && (width == 1 || s.pos+2 < len(s.src) && s.src[s.pos+1] == quote && s.src[s.pos+2] == quote):
			if text := s.src[from:s.pos]; plain && len(text) > 1 && len(text) <= 120 {
				s.keep(string(text), line, first)
			}
			s.pos += width
			break loop
		case formatted && c == '{':
			plain = false
			if s.pos+1 < len(s.src) && s.src[s.pos+1] == '{' {
				s.pos++
			} else if depth < maxFString && !s.odd && s.expression(quote, width, depth) {
				continue
			}
		}
		s.pos++
	}
	s.start, s.prev = false, '"'
}

// expression passes over {…} in a formatted string. It reports whether it did: where the string ends before the bracket does, the
// bracket was none.
func (s *skimmer) expression(quote byte, width, depth int) bool {
	from, line := s.pos, s.line
	open := 0
	for s.pos < len(s.src) {
		switch c := s.src[s.pos]; {
		case c == '{' || c == '(' || c == '[':
			open++
		case c == '}' || c == ')' || c == ']':
			if open--; open == 0 {
				s.pos++
				return true
			}
		case c == '\n':
			if width == 1 {
				s.pos, s.line, s.odd = from, line, true
				return false
			}
			s.line++
		case c == '"' || c == '\'':
			s.text(false, false, depth+1)
			continue
		}
		s.pos++
	}
	s.pos, s.line, s.odd = from, line, true
	return false
}

// keep keeps a text that has the form of a dotted name, with or without a thing in it after a colon.
func (s *skimmer) keep(text string, line int, first bool) {
	for i := range len(text) {
		if c := text[i]; !isWord(c) && c != '.' && c != ':' && c != '-' {
			return
		}
	}
	s.out.texts = append(s.out.texts, skimText{text, line, first})
}

func isDotted(s string) bool {
	for part := range strings.SplitSeq(s, ".") {
		if !isIdentifier(part) {
			return false
		}
	}
	return true
}
