package nuget

import (
	"strings"
)

// truth is what a condition comes to.
type truth int

const (
	no truth = iota
	unknown
	yes
)

func (t truth) not() truth { return yes - t }

// condition evaluates a condition of MSBuild: comparisons of text, Exists, and, or, ! and parentheses. What depends on more
// than the files say is unknown. expand returns false where a text cannot be known; exists is asked of paths.
func condition(text string, expand func(string) (string, bool), exists func(string) truth) truth {
	c := &conditionReader{rest: text, expand: expand, exists: exists}
	if strings.TrimSpace(text) == "" {
		return yes
	}
	if len(text) > 4096 {
		return unknown
	}
	is := c.or(0)
	if c.failed || strings.TrimSpace(c.rest) != "" {
		return unknown
	}
	return is
}

type conditionReader struct {
	rest   string
	expand func(string) (string, bool)
	exists func(string) truth
	failed bool
}

func (c *conditionReader) word(w string) bool {
	c.rest = strings.TrimLeft(c.rest, " \t\r\n")
	if len(c.rest) < len(w) || !strings.EqualFold(c.rest[:len(w)], w) {
		return false
	}
	if last := w[len(w)-1]; last >= 'a' && len(c.rest) > len(w) && isWord(c.rest[len(w)]) {
		return false
	}
	c.rest = c.rest[len(w):]
	return true
}

func isWord(b byte) bool {
	return b == '_' || b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z'
}

func (c *conditionReader) or(depth int) truth {
	is := c.and(depth)
	for !c.failed && c.word("or") {
		is = max(is, c.and(depth))
	}
	return is
}

func (c *conditionReader) and(depth int) truth {
	is := c.one(depth)
	for !c.failed && c.word("and") {
		is = min(is, c.one(depth))
	}
	return is
}

func (c *conditionReader) one(depth int) truth {
	if depth > 50 {
		c.failed = true
		return unknown
	}
	if c.word("!") {
		return c.one(depth + 1).not()
	}
	if c.word("(") {
		is := c.or(depth + 1)
		if !c.word(")") {
			c.failed = true
		}
		return is
	}
	if c.word("exists") {
		ok := c.word("(")
		text, known := c.value()
		if !ok || !c.word(")") {
			c.failed = true
		}
		if !known {
			return unknown
		}
		return c.exists(text)
	}
	left, leftKnown := c.value()
	equal := c.word("==")
	if !equal && !c.word("!=") {
		for _, op := range []string{"<=", ">=", "<", ">"} {
			if c.word(op) {
				c.value()
				return unknown
			}
		}
		if leftKnown && strings.EqualFold(left, "true") {
			return yes
		}
		if leftKnown && (strings.EqualFold(left, "false") || left == "") {
			return no
		}
		return unknown
	}
	right, rightKnown := c.value()
	if !leftKnown || !rightKnown {
		return unknown
	}
	if strings.EqualFold(left, right) == equal {
		return yes
	}
	return no
}

// value takes a text in quotes, a property or a plain word.
func (c *conditionReader) value() (string, bool) {
	c.rest = strings.TrimLeft(c.rest, " \t\r\n")
	if c.rest == "" {
		c.failed = true
		return "", false
	}
	if q := c.rest[0]; q == '\'' || q == '"' {
		text, rest, closed := strings.Cut(c.rest[1:], c.rest[:1])
		c.failed = c.failed || !closed
		c.rest = rest
		return c.expand(text)
	}
	end, depth := 0, 0
	for ; end < len(c.rest); end++ {
		b := c.rest[end]
		switch {
		case b == '(' && depth == 0 && (end == 0 || c.rest[end-1] != '$'):
			c.failed = true // a function that is not known here
			c.rest = ""
			return "", false
		case b == '(':
			depth++
		case b == ')' && depth > 0:
			depth--
		case depth == 0 && !isWord(b) && b != '$' && b != '.' && b != '-':
			if end == 0 {
				c.failed = true
				c.rest = ""
				return "", false
			}
			text := c.rest[:end]
			c.rest = c.rest[end:]
			return c.expand(text)
		}
	}
	text := c.rest
	c.rest = ""
	return c.expand(text)
}
