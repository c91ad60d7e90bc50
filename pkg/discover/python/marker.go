package python

import (
	"regexp"
	"strings"
)

// An environment marker decides on which machines, for which extras and for which groups a requirement holds. The machine
// is not known here, so what speaks of it holds.

var markerToken = regexp.MustCompile(`\(|\)|'[^']*'|"[^"]*"|===|==|!=|<=|>=|~=|<|>|[A-Za-z_][A-Za-z0-9_.]*|\S`)

// maxMarker bounds the tokens of one marker.
const maxMarker = 2000

// marker holds reports whether the marker m can hold where only the extras and groups in asked are asked for.
func holds(m string, asked func(name string) bool) bool {
	if strings.TrimSpace(m) == "" {
		return true
	}
	p := markerParser{tokens: markerToken.FindAllString(m, maxMarker+1), asked: asked}
	if len(p.tokens) > maxMarker {
		return true
	}
	ok := p.or(0)
	return ok || p.broken || p.at < len(p.tokens)
}

// asks returns the extras and groups that a marker names.
func asks(m string) []string {
	var names []string
	holds(m, func(name string) bool {
		names = append(names, name)
		return false
	})
	return names
}

type markerParser struct {
	tokens []string
	at     int
	asked  func(name string) bool
	broken bool
}

func (p *markerParser) peek() string {
	if p.at < len(p.tokens) {
		return p.tokens[p.at]
	}
	return ""
}

func (p *markerParser) take() string {
	t := p.peek()
	p.at++
	return t
}

func (p *markerParser) or(depth int) bool {
	ok := p.and(depth)
	for p.peek() == "or" {
		p.at++
		right := p.and(depth)
		ok = ok || right
	}
	return ok
}

func (p *markerParser) and(depth int) bool {
	ok := p.atom(depth)
	for p.peek() == "and" {
		p.at++
		right := p.atom(depth)
		ok = ok && right
	}
	return ok
}

func (p *markerParser) atom(depth int) bool {
	if p.peek() == "(" && depth < 100 {
		p.at++
		ok := p.or(depth + 1)
		if p.take() != ")" {
			p.broken = true
		}
		return ok
	}
	left, op := p.take(), p.take()
	not := op == "!="
	if op == "not" {
		not = true
		op = p.take() // in
	}
	right := p.take()
	if left == "" || right == "" || left == ")" || right == ")" {
		p.broken = true
		return true
	}
	for _, pair := range [][2]string{{left, right}, {right, left}} {
		if pair[0] == "extra" || pair[0] == "extras" || pair[0] == "dependency_groups" {
			return p.asked(normalize(strings.Trim(pair[1], `'"`))) != not
		}
	}
	return true
}
