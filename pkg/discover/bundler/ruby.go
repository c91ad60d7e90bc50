package bundler

import (
	"strings"
)

// statement is one line of Ruby, joined with those that continue it and without its comment. Ruby is never run: what the
// words of a statement do not say plainly is unknown.
type statement struct {
	tokens []token
	line   int
}

// token is a word, a text in quotes, a symbol, a label such as group: or a sign.
type token struct {
	kind  byte // w word, s string, y symbol, l label, o other
	text  string
	fixed bool // of a string: nothing in it is worked out when it runs
}

// maxTokens bounds one file of Ruby.
const maxTokens = 500_000

// scanRuby cuts a file into statements. It reports the line of what it cannot follow, 0 for none.
func scanRuby(text string) (list []statement, lost int) {
	text = strings.TrimPrefix(text, "\ufeff")
	s := &rubyScanner{text: strings.ReplaceAll(text, "\r\n", "\n"), line: 1}
	for s.next() {
	}
	s.end()
	return s.list, s.lost
}

type rubyScanner struct {
	text  string
	at    int
	line  int
	now   statement
	open  int // brackets that are open
	count int
	list  []statement
	lost  int
}

func (s *rubyScanner) add(kind byte, text string, fixed bool) {
	if len(s.now.tokens) == 0 {
		s.now.line = s.line
	}
	s.count++
	s.now.tokens = append(s.now.tokens, token{kind, text, fixed})
}

// end closes the statement.
func (s *rubyScanner) end() {
	if len(s.now.tokens) > 0 {
		s.list = append(s.list, s.now)
		s.now = statement{}
	}
}

// last is the token before, the zero token at the beginning of a statement.
func (s *rubyScanner) last() token {
	if len(s.now.tokens) == 0 {
		return token{}
	}
	return s.now.tokens[len(s.now.tokens)-1]
}

func (s *rubyScanner) next() bool {
	if s.at >= len(s.text) || s.lost > 0 {
		return false
	}
	if s.count > maxTokens {
		s.lost = s.line
		return false
	}
	c := s.text[s.at]
	rest := s.text[s.at:]
	switch {
	case c == '\n':
		s.newline(rest)
	case c == ' ' || c == '\t' || c == '\r':
		s.at++
	case c == '\\' && strings.HasPrefix(rest, "\\\n"):
		s.at += 2
		s.line++
	case c == '#':
		if i := strings.IndexByte(rest, '\n'); i >= 0 {
			s.at += i
		} else {
			s.at = len(s.text)
		}
	case c == ';':
		s.end()
		s.at++
	case c == '"' || c == '\'' || c == '`':
		s.quoted(c, 1)
	case c == '%' && len(rest) > 2 && (s.last().kind == 'o' || s.last().kind == 0 || s.last().kind == 'l' || rest[1] == 'w' || rest[1] == 'i'):
		s.percent(rest)
	case strings.HasPrefix(rest, "<<~") || strings.HasPrefix(rest, "<<-"):
		s.lost = s.line // a text that goes on below
	case c == '/' && s.last().kind != 'w' && s.last().kind != 's' && s.last().text != ")" && s.last().text != "]":
		s.quoted('/', 1)
	case c == ':' && len(rest) > 1 && (isName(rest[1]) || rest[1] == '"'):
		if rest[1] == '"' {
			s.at++
			s.quoted('"', 1)
			break
		}
		n := nameLen(rest[1:])
		s.add('y', rest[1:1+n], true)
		s.at += 1 + n
	case isName(c):
		s.word(rest)
	default:
		switch c {
		case '(', '[', '{':
			s.open++
		case ')', ']', '}':
			s.open--
		}
		s.add('o', string(c), true)
		s.at++
	}
	return true
}

func (s *rubyScanner) newline(rest string) {
	last := s.last()
	s.at++
	s.line++
	if strings.HasPrefix(rest, "\n=begin") {
		if i := strings.Index(rest, "\n=end"); i >= 0 {
			s.line += strings.Count(rest[1:i+5], "\n")
			s.at += i + 4
		} else {
			s.at = len(s.text)
		}
	}
	if strings.HasPrefix(rest, "\n__END__") {
		s.at = len(s.text)
	}
	if len(s.now.tokens) == 0 {
		s.open = max(s.open, 0)
		return
	}
	if s.blockOpen() || s.open <= 0 && !(last.kind == 'o' && strings.Contains(",=|&+", last.text)) && last.kind != 'l' && !s.continues() {
		s.open = max(s.open, 0)
		s.end()
	}
}

// blockOpen reports whether the statement ends by opening a block, as do |x| and { |x| do.
func (s *rubyScanner) blockOpen() bool {
	t := s.now.tokens
	if n := len(t); n > 1 && t[n-1].kind == 'o' && t[n-1].text == "{" && (t[n-2].kind == 'w' || t[n-2].kind == 's' || t[n-2].kind == 'y' || t[n-2].text == ")") {
		s.open--
		return true
	}
	if n := len(t); n > 0 && t[n-1].text == "|" {
		for i := n - 2; i >= 0 && n-i < 20; i-- {
			if t[i].text == "|" && i > 0 {
				if t[i-1].text == "{" {
					s.open--
				}
				return t[i-1].text == "do" || t[i-1].text == "{"
			}
		}
	}
	return false
}

// continues reports whether the next line begins with a dot, which continues the statement.
func (s *rubyScanner) continues() bool {
	rest := strings.TrimLeft(s.text[s.at:], " \t\n")
	return strings.HasPrefix(rest, ".") && !strings.HasPrefix(rest, "..")
}

// quoted takes a text that ends with the sign end, skip bytes after the position.
func (s *rubyScanner) quoted(end byte, skip int) {
	fixed, begin := end != '`' && end != '/', s.line
	var b strings.Builder
	at := s.at + skip
	for ; at < len(s.text) && s.text[at] != end; at++ {
		c := s.text[at]
		switch {
		case c == '\\' && at+1 < len(s.text):
			at++
			c = s.text[at]
		case c == '#' && end == '"' && at+1 < len(s.text) && s.text[at+1] == '{':
			fixed = false
		}
		if c == '\n' {
			s.line++
		}
		b.WriteByte(c)
	}
	if at >= len(s.text) {
		s.lost = begin
		return
	}
	s.at = at + 1
	if s.at < len(s.text) && s.text[s.at] == ':' && !strings.HasPrefix(s.text[s.at:], "::") && end != '/' {
		s.add('l', b.String(), true)
		s.at++
		return
	}
	s.add('s', b.String(), fixed)
	if len(s.now.tokens) == 1 {
		s.now.line = begin
	}
}

// percent takes %w[a b], %i[a b] and the like.
func (s *rubyScanner) percent(rest string) {
	kind, open := rest[1], rest[2]
	skip := 3
	if !isName(kind) {
		kind, open, skip = 'q', rest[1], 2
	}
	end, ok := map[byte]byte{'(': ')', '[': ']', '{': '}', '<': '>', '|': '|', '!': '!', '/': '/'}[open]
	if !ok || !strings.ContainsRune("wWiIqQ", rune(kind)) {
		s.add('o', "%", true)
		s.at++
		return
	}
	i := strings.IndexByte(rest[skip:], end)
	if i < 0 {
		s.lost = s.line
		return
	}
	body := rest[skip : skip+i]
	line := s.line
	switch kind {
	case 'q', 'Q':
		s.add('s', body, !strings.Contains(body, "#{"))
	default:
		s.add('o', "[", true)
		for _, word := range strings.Fields(body) {
			k := byte('s')
			if kind == 'i' || kind == 'I' {
				k = 'y'
			}
			s.add(k, word, !strings.Contains(word, "#{"))
			s.add('o', ",", true)
		}
		s.add('o', "]", true)
	}
	s.line = line + strings.Count(rest[:skip+i], "\n")
	s.at += skip + i + 1
}

func (s *rubyScanner) word(rest string) {
	n := nameLen(rest)
	word := rest[:n]
	s.at += n
	if s.at < len(s.text) && s.text[s.at] == ':' && !strings.HasPrefix(s.text[s.at:], "::") {
		s.add('l', word, true)
		s.at++
		return
	}
	s.add('w', word, true)
}

func isName(c byte) bool {
	return c == '_' || c == '@' || c == '$' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

func nameLen(s string) int {
	n := 0
	for n < len(s) && isName(s[n]) {
		n++
	}
	if n < len(s) && (s[n] == '?' || s[n] == '!') && !strings.HasPrefix(s[n+1:], "=") {
		n++
	}
	return n
}
