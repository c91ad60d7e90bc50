package node

import (
	"bytes"
	"strings"
)

// scanned is what a text of code names without being parsed: more than it imports, never less.
type scanned struct {
	imports []found
	open    int            // the first line that may load what it does not name; 0 for none
	quoted  map[string]int // short texts in quotes, with their first line
	times   map[string]int // how often each of them stands there, but for where it is the name of an import
}

type found struct {
	target string
	line   int
}

const maxQuoted = 100 // bytes; names of packages are shorter

// scan looks for imports by the words that begin them, and for texts in quotes. Of comments it leaves out the lines that begin
// as such.
func scan(data []byte) scanned {
	s := scanned{quoted: map[string]int{}, times: map[string]int{}}
	line := 1
	for start := 0; start < len(data); {
		end := bytes.IndexByte(data[start:], '\n')
		if end < 0 {
			end = len(data)
		} else {
			end += start
		}
		text := data[start:end]
		trimmed := bytes.TrimLeft(text, " \t\r\xef\xbb\xbf")
		if !bytes.HasPrefix(trimmed, []byte("//")) && !bytes.HasPrefix(trimmed, []byte("* ")) && !bytes.Equal(trimmed, []byte("*")) {
			s.words(data, start, end, line)
			s.quotes(text, line)
		}
		start = end + 1
		line++
	}
	for _, i := range s.imports {
		s.times[i.target]--
	}
	return s
}

// words finds what begins an import in data[start:end]; its name may stand in a later line.
func (s *scanned) words(data []byte, start, end, line int) {
	for _, word := range []string{"require", "import", "from", "_load", "define", "eval", "Worker", "fork", "createRequire", "runIn"} {
		for at := start; ; {
			i := bytes.Index(data[at:end], []byte(word))
			if i < 0 {
				break
			}
			at += i + len(word)
			before := byte(' ')
			if at-len(word) > 0 {
				before = data[at-len(word)-1]
			}
			s.word(word, before, data[at:min(len(data), at+400)], line)
		}
	}
}

func (s *scanned) word(word string, before byte, rest []byte, line int) {
	name := before == '_' || before == '$' || before >= 'a' && before <= 'z' || before >= 'A' && before <= 'Z' || before >= '0' && before <= '9'
	text := strings.TrimLeft(string(rest), " \t\r\n")
	switch word {
	case "from", "import":
		if name && word == "from" && before != '}' && before != '*' {
			return
		}
		if target, ok := literal(text); ok {
			s.add(target, line)
			return
		}
		if word == "import" && strings.HasPrefix(text, "(") {
			s.argument(text, line)
		}
	case "require":
		for _, prefix := range []string{".resolve", ".call", ".apply", ".bind"} {
			text = strings.TrimPrefix(text, prefix)
		}
		text = strings.TrimLeft(text, " \t\r\n)?.")
		switch {
		case strings.HasPrefix(text, "("):
			s.argument(text, line)
		case name && before != '_' && before != '.', strings.HasPrefix(text, "d"), strings.HasPrefix(text, "s "), strings.HasPrefix(text, "ment"), strings.HasPrefix(text, ":"):
		case len(text) > 0 && (text[0] == ',' || text[0] == ';' || text[0] == ']' || text[0] == '|' || text[0] == '[' || text[0] == '&'):
			s.suspect(line)
		}
	case "_load", "fork", "Worker":
		if strings.HasPrefix(text, "(") {
			s.argument(text, line)
		}
	case "define":
		if _, list, ok := strings.Cut(text, "["); ok && strings.HasPrefix(text, "(") {
			list, _, _ = strings.Cut(list, "]")
			for item := range strings.SplitSeq(list, ",") {
				if target, ok := literal(strings.TrimSpace(item)); ok {
					s.add(target, line)
				} else if strings.HasPrefix(text, "([") && strings.TrimSpace(item) != "" {
					s.suspect(line)
				}
			}
		}
	case "eval", "createRequire", "runIn":
		if strings.HasPrefix(text, "(") && !name || word == "createRequire" || word == "runIn" {
			s.suspect(line)
		}
	}
}

// argument takes the name out of brackets.
func (s *scanned) argument(text string, line int) {
	text = strings.TrimLeft(text[1:], " \t\r\n")
	for strings.HasPrefix(text, "/*") { // a bundler's hints
		_, after, ok := strings.Cut(text, "*/")
		if !ok {
			break
		}
		text = strings.TrimLeft(after, " \t\r\n")
	}
	if target, ok := literal(text); ok {
		s.add(target, line)
		rest := strings.TrimLeft(text[len(target)+2:], " \t\r\n")
		if rest != "" && rest[0] != ')' && rest[0] != ',' {
			s.suspect(line)
		}
		return
	}
	if text == "" || text[0] == ')' || text[0] >= '0' && text[0] <= '9' {
		return
	}
	s.suspect(line)
}

func literal(text string) (string, bool) {
	if text == "" || text[0] != '"' && text[0] != '\'' && text[0] != '`' {
		return "", false
	}
	end := strings.IndexByte(text[1:], text[0])
	if end < 0 || end > 300 {
		return "", false
	}
	target := text[1 : 1+end]
	return target, !strings.ContainsAny(target, "\n\\") && !(text[0] == '`' && strings.Contains(target, "${"))
}

func (s *scanned) add(target string, line int) {
	if target != "" && len(s.imports) < 100_000 {
		s.imports = append(s.imports, found{target, line})
	}
}

func (s *scanned) suspect(line int) {
	if s.open == 0 {
		s.open = line
	}
}

// quotes notes what may be a text in quotes: between any two quotes of a kind.
func (s *scanned) quotes(text []byte, line int) {
	for _, quote := range []byte("'\"`") {
		last := -1
		for at := 0; at < len(text); at++ {
			i := bytes.IndexByte(text[at:], quote)
			if i < 0 {
				break
			}
			at += i
			if n := at - last - 1; last >= 0 && n > 1 && n <= maxQuoted && len(s.quoted) < 100_000 {
				token := string(text[last+1 : at])
				s.times[token]++
				if _, ok := s.quoted[token]; !ok {
					s.quoted[token] = line
				}
			}
			last = at
		}
	}
}
