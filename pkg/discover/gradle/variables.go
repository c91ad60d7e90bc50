package gradle

import (
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// variable is what a script or gradle.properties sets.
type variable struct {
	value []token // of a script: texts and names joined by +
	at    fettle.Location
	many  bool // set more than once, to different values
}

// variables are those of one folder, by name; entries of maps have dots in their names.
type variables map[string]variable

func (v variables) set(name string, value []token, at fettle.Location) {
	if name == "" || len(v) > 50_000 {
		return
	}
	have, twice := v[name]
	v[name] = variable{value, at, twice && (have.many || !slices.EqualFunc(have.value, value, func(a, b token) bool { return a.kind == b.kind && a.text == b.text }))}
}

// assign takes a statement that sets something, and reports whether it does.
func (v variables) assign(n *node, file string, inExt bool) bool {
	t := n.tokens
	at := fettle.Location{Path: file, Line: n.line}
	if inExt && len(t) > 4 && t[0].text == "set" && t[1].text == "(" && t[2].kind == 's' && t[3].text == "," {
		v.set(t[2].text, t[4:len(t)-1], at)
		return true
	}
	depth := 0
	for i, tok := range t {
		if tok.kind == 'o' {
			switch tok.text {
			case "(":
				return v.byExtra(t, i, at)
			case "[":
				depth++
			case "]":
				depth--
			case "=":
				if i == 0 || depth > 0 || i+1 < len(t) && t[i+1].text == "=" || t[i-1].kind == 'o' && strings.Contains("=!<>+-", t[i-1].text) {
					return false
				}
				v.put(leftName(t[:i]), t[i+1:], at, 0)
				return true
			}
		}
		if i > 12 {
			return false
		}
	}
	return false
}

// byExtra takes val name by extra("value") and extra.set("name", "value").
func (v variables) byExtra(t []token, open int, at fettle.Location) bool {
	if open > 3 && t[open-1].text == "extra" && t[open-2].text == "by" && len(t) > open+2 {
		v.set(leftName(t[:open-2]), t[open+1:len(t)-1], at)
		return true
	}
	if open > 2 && t[open-1].text == "set" && (t[open-3].text == "extra" || t[open-3].text == "ext") && len(t) > open+4 && t[open+1].kind == 's' && t[open+2].text == "," {
		v.set(t[open+1].text, t[open+3:len(t)-1], at)
		return true
	}
	return false
}

// leftName is the name on the left of an assignment, without what only says where it is kept.
func leftName(t []token) string {
	var parts []string
	for i, tok := range t {
		switch {
		case tok.kind == 'w' && i+1 < len(t) && t[i+1].kind == 'w': // def, val, a type
		case tok.kind == 'w' && len(parts) == 0 && slices.Contains([]string{"ext", "extra", "project", "rootProject", "gradle"}, tok.text) && i+1 < len(t):
		case tok.kind == 'w' || tok.kind == 's':
			parts = append(parts, tok.text)
		case tok.text == ":":
			return strings.Join(parts, ".")
		}
	}
	return strings.Join(parts, ".")
}

// put sets a name, or where the value is a map its entries.
func (v variables) put(name string, value []token, at fettle.Location, depth int) {
	inner, isMap := mapOf(value)
	if !isMap || depth > 5 {
		v.set(name, value, at)
		return
	}
	for _, entry := range split(inner) {
		if len(entry) < 3 || entry[0].kind == 'o' {
			continue
		}
		if entry[1].text == ":" || entry[1].text == "to" {
			at.Line = entry[0].line
			v.put(strings.TrimPrefix(name+"."+entry[0].text, "."), entry[2:], at, depth+1)
		}
	}
}

// mapOf returns what stands in [ ] or mapOf( ), where that is a map.
func mapOf(t []token) ([]token, bool) {
	if len(t) > 3 && t[0].kind == 'w' && (t[0].text == "mapOf" || t[0].text == "mutableMapOf") && t[1].text == "(" {
		return t[2 : len(t)-1], true
	}
	if len(t) > 4 && t[0].text == "[" && t[0].kind == 'o' && t[len(t)-1].text == "]" && t[2].text == ":" {
		return t[1 : len(t)-1], true
	}
	return nil, false
}

// split cuts tokens at the commas that stand in no bracket.
func split(t []token) [][]token {
	var list [][]token
	depth, from := 0, 0
	for i, tok := range t {
		if tok.kind != 'o' {
			continue
		}
		switch tok.text {
		case "(", "[":
			depth++
		case ")", "]":
			depth--
		case ",":
			if depth == 0 {
				list = append(list, t[from:i])
				from = i + 1
			}
		}
	}
	if from < len(t) {
		list = append(list, t[from:])
	}
	return list
}
