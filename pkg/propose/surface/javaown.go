package surface

import (
	"context"
	"strings"

	"github.com/fettle-dev/fettle/pkg/syntax"
)

// javaOwn is what the tree of one own file tells beyond syntax.File.
type javaOwn struct {
	calls  map[int][]javaCall // by line
	types  []javaClass
	chains []javaChain
}

type javaCall struct {
	name  string
	made  string   // of a constructor: the class, without those around it
	types []string // descriptors of literals, "" for all else
}

type javaClass struct {
	line     int
	supers   []string
	methods  map[string]bool
	abstract bool
}

// javaChain is a.b().c(): what its innermost expression is, and the methods called on it in order.
type javaChain struct {
	base    string // type or variable's type, as written
	made    bool   // new base(...)
	methods []string
	lines   []int
}

func javaOwnOf(ctx context.Context, f source, _ *jar) *javaOwn {
	o := &javaOwn{calls: map[int][]javaCall{}}
	tree, err := syntax.Parse(ctx, syntax.Java, f.text)
	if err != nil {
		return o
	}
	vars := javaVariables(tree)
	for n := range tree.Root().Walk() {
		switch n.Kind() {
		case "method_invocation":
			o.call(n, n.Field("name").Text())
			o.chain(n, vars)
		case "object_creation_expression":
			o.call(n, "<init>")
			if body := n.Child("class_body"); body.OK() {
				o.types = append(o.types, javaClass{line: n.Line(), supers: []string{javaText(n.Field("type"))}, methods: javaMethods(body)})
			}
		case "class_declaration", "enum_declaration", "record_declaration":
			c := javaClass{line: n.Line(), methods: javaMethods(n.Field("body"))}
			for m := range n.Child("modifiers").All() {
				c.abstract = c.abstract || m.Kind() == "abstract"
			}
			for _, part := range []syntax.Node{n.Field("superclass"), n.Field("interfaces")} {
				for x, skip := range part.Walk() {
					if x.Is("type_identifier", "scoped_type_identifier", "generic_type") {
						c.supers = append(c.supers, javaText(x))
						skip()
					}
				}
			}
			o.types = append(o.types, c)
		}
	}
	return o
}

// javaVariables are the types of variables by name, as written; "" where several have that name.
func javaVariables(tree *syntax.Tree) map[string]string {
	vars := map[string]string{}
	note := func(name, kind string) {
		if have, ok := vars[name]; ok && have != kind {
			kind = ""
		}
		vars[name] = kind
	}
	for n := range tree.Root().Walk() {
		switch n.Kind() {
		case "field_declaration", "local_variable_declaration":
			for d := range n.Fields("declarator") {
				kind := javaText(n.Field("type"))
				if kind == "var" {
					kind = ""
					if v := d.Field("value"); v.Is("object_creation_expression") {
						kind = javaText(v.Field("type"))
					}
				}
				note(d.Field("name").Text(), kind)
			}
		case "formal_parameter", "resource", "enhanced_for_statement":
			note(n.Field("name").Text(), javaText(n.Field("type")))
		case "catch_formal_parameter", "lambda_expression":
			note(n.Field("name").Text(), "")
		}
	}
	return vars
}

// javaText is a type without its arguments.
func javaText(n syntax.Node) string {
	text, _, _ := strings.Cut(n.Text(), "<")
	if len(text) > syntax.MaxString || strings.ContainsAny(text, " \n@[") {
		return ""
	}
	return text
}

func javaMethods(body syntax.Node) map[string]bool {
	names := map[string]bool{}
	for m := range body.Children() {
		if m.Is("method_declaration") {
			names[m.Field("name").Text()] = true
		}
	}
	return names
}

func (o *javaOwn) call(n syntax.Node, name string) {
	c := javaCall{name: name, made: lastName(javaText(n.Field("type"))), types: []string{}}
	for a := range n.Field("arguments").Children() {
		switch a.Kind() {
		case "line_comment", "block_comment":
			continue
		case "string_literal":
			c.types = append(c.types, "Ljava/lang/String;")
		case "decimal_integer_literal":
			t := "I"
			if strings.ContainsAny(a.Text(), "lL") {
				t = ""
			}
			c.types = append(c.types, t)
		case "true", "false":
			c.types = append(c.types, "Z")
		default:
			c.types = append(c.types, "")
		}
	}
	for _, line := range []int{n.Line(), n.Field("name").Line()} { // of the expression and, where that is another, of the name
		if line > 0 && len(o.calls[line]) < 100 {
			o.calls[line] = append(o.calls[line], c)
		}
		if n.Field("name").Line() == n.Line() {
			break
		}
	}
}

// arguments are those of the one call of name on a line; false where there is none, or several that differ.
func (o *javaOwn) arguments(line int, name, class string) (int, []string, bool) {
	var only *javaCall
	for i, c := range o.calls[line] {
		if c.name != name || name == "<init>" && c.made != class {
			continue
		}
		if only != nil {
			return 0, nil, false
		}
		only = &o.calls[line][i]
	}
	if only == nil {
		return 0, nil, false
	}
	return len(only.types), only.types, true
}

// chain notes a call on what another call, or a constructor, returned.
func (o *javaOwn) chain(n syntax.Node, vars map[string]string) {
	var names []string
	var lines []int
	at := n
	for depth := 0; at.Is("method_invocation") && depth < 200; depth++ {
		names = append(names, at.Field("name").Text())
		lines = append(lines, at.Field("name").Line())
		at = at.Field("object")
	}
	if len(names) < 2 && !at.Is("field_access") {
		return // a call on a name, which syntax.File tells
	}
	c := javaChain{}
	switch at.Kind() {
	case "identifier":
		kind, ok := vars[at.Text()]
		if ok {
			c.base = kind
		} else {
			c.base = at.Text()
		}
	case "object_creation_expression":
		c.base, c.made = javaText(at.Field("type")), true
	case "field_access":
		if strings.ContainsAny(at.Text(), "( \n") || len(at.Text()) > syntax.MaxString {
			return
		}
		c.base = at.Text()
		if name, ok := strings.CutPrefix(c.base, "this."); ok {
			c.base = vars[name]
		}
	}
	if c.base == "" || len(o.chains) > 20_000 {
		return
	}
	for i := len(names) - 1; i >= 0; i-- {
		c.methods = append(c.methods, names[i])
		c.lines = append(c.lines, lines[i])
	}
	o.chains = append(o.chains, c)
}

// chains follows calls on results by what the old jar says that methods return.
func (j *javaLook) chains() {
	for _, chain := range j.tree.chains {
		first, rest, _ := strings.Cut(chain.base, ".")
		module, dotted := "", chain.base
		for _, i := range j.file.Imports {
			if i.As == first && len(i.Names) == 0 {
				module, dotted = i.Target, rest
			}
		}
		c, fields := j.owner(module, dotted)
		for fields != "" && c != nil { // C.FIELD.m()
			var name string
			name, fields, _ = strings.Cut(fields, ".")
			c = j.resultOf(c, name, false)
		}
		for i := 0; c != nil && i < len(chain.methods); i++ {
			if i == len(chain.methods)-1 {
				if now := j.after.class(c.name); now != nil {
					j.member(c, now, chain.methods[i], true, chain.lines[i])
				}
			}
			c = j.resultOf(c, chain.methods[i], true)
		}
	}
}

// resultOf is the class of the old jar that a method of c returns, in whatever form it is called, or a field holds.
func (j *javaLook) resultOf(c *class, name string, method bool) *class {
	list, _ := j.before.members(c, name, method)
	result := ""
	for i, m := range list {
		if r := m.result(); i == 0 {
			result = r
		} else if r != result && m.access&accSynthetic == 0 {
			return nil
		}
	}
	if result == "" {
		return nil
	}
	return j.before.class(result)
}
