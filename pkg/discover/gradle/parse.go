package gradle

import "slices"

// node is a statement of a script with the blocks that follow it.
type node struct {
	tokens []token // without ends of lines
	line   int
	body   []*node
	block  bool // it has a body, if only an empty one
}

// maxDepth bounds how deep blocks may lie in each other.
const maxDepth = 200

// parse makes statements of tokens. A statement ends with its line, unless a bracket is open or the next line goes on, and
// with a block. ok is false where blocks do not close as they open.
func parse(tokens []token) (list []*node, ok bool) {
	p := &parser{tokens: tokens, ok: true}
	list = p.nodes(0)
	return list, p.ok && p.at >= len(p.tokens)
}

type parser struct {
	tokens []token
	at     int
	ok     bool
}

func (p *parser) nodes(depth int) []*node {
	var list []*node
	for p.at < len(p.tokens) {
		switch t := p.tokens[p.at]; {
		case t.kind == 'n' || t.kind == 'o' && t.text == ";":
			p.at++
		case t.kind == 'o' && t.text == "}":
			if depth == 0 {
				p.ok = false
				p.at++
				continue
			}
			return list
		default:
			list = append(list, p.node(depth))
		}
	}
	return list
}

// node takes one statement.
func (p *parser) node(depth int) *node {
	n := &node{line: p.tokens[p.at].line}
	round := 0 // brackets that are open
	for p.at < len(p.tokens) {
		t := p.tokens[p.at]
		switch {
		case t.kind == 'n':
			p.at++
			if round == 0 && !p.goesOn(n) {
				return n
			}
			continue
		case t.kind == 'o' && t.text == ";" && round == 0:
			p.at++
			return n
		case t.kind == 'o' && t.text == "{":
			if depth >= maxDepth {
				p.ok = false
				p.at = len(p.tokens)
				return n
			}
			p.at++
			n.block = true
			n.body = append(n.body, p.nodes(depth+1)...)
			if p.at >= len(p.tokens) {
				p.ok = false
				return n
			}
			p.at++
			continue
		case t.kind == 'o' && t.text == "}":
			return n
		case t.kind == 'o' && (t.text == "(" || t.text == "["):
			round++
		case t.kind == 'o' && (t.text == ")" || t.text == "]"):
			round = max(round-1, 0)
		}
		n.tokens = append(n.tokens, t)
		p.at++
	}
	return n
}

// goesOn reports whether the next line belongs to n.
func (p *parser) goesOn(n *node) bool {
	if n.block || len(n.tokens) == 0 {
		return p.nextIs(".")
	}
	if last := n.tokens[len(n.tokens)-1]; last.kind == 'o' && slices.Contains([]string{",", "=", "+", ":", "?", "&", "|"}, last.text) {
		return true
	}
	return p.nextIs(".") || p.nextIs("{") && n.tokens[0].text != "def" || p.nextIs("?")
}

func (p *parser) nextIs(sign string) bool {
	for i := p.at; i < len(p.tokens); i++ {
		if t := p.tokens[i]; t.kind != 'n' {
			return t.kind == 'o' && t.text == sign
		}
	}
	return false
}

// head is the first word of a statement, "" where it begins otherwise.
func (n *node) head() string {
	if len(n.tokens) > 0 && n.tokens[0].kind == 'w' {
		return n.tokens[0].text
	}
	return ""
}
