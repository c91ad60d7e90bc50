package surface

import (
	"context"
	"fmt"
	"strings"

	"github.com/fettle-dev/fettle/pkg/syntax"
)

// pyParameters is how a function may be called.
type pyParameters struct {
	names      []pyParameter
	positional []string // those that may be passed by place
	rest, any  bool     // *args, **kwargs
	static     bool
}

type pyParameter struct {
	name           string
	needed, placed bool // placed: by place only
}

func parameters(n syntax.Node) *pyParameters {
	p := &pyParameters{}
	keywordOnly := false
	for x := range n.Children() {
		one := pyParameter{needed: true}
		switch x.Kind() {
		case "identifier":
			one.name = x.Text()
		case "typed_parameter":
			inner := x.Child("identifier", "list_splat_pattern", "dictionary_splat_pattern")
			if inner.Is("list_splat_pattern") {
				p.rest, keywordOnly = true, true
				continue
			}
			if inner.Is("dictionary_splat_pattern") {
				p.any = true
				continue
			}
			one.name = inner.Text()
		case "default_parameter", "typed_default_parameter":
			one.name, one.needed = x.Field("name").Text(), false
		case "list_splat_pattern":
			p.rest, keywordOnly = true, true
			continue
		case "dictionary_splat_pattern":
			p.any = true
			continue
		case "keyword_separator":
			keywordOnly = true
			continue
		case "positional_separator":
			for i := range p.names {
				p.names[i].placed = true
			}
			continue
		default:
			continue
		}
		p.names = append(p.names, one)
		if !keywordOnly {
			p.positional = append(p.positional, one.name)
		}
	}
	return p
}

// bound is p without its first parameter, which the caller does not write.
func (p *pyParameters) bound() *pyParameters {
	if p.static || len(p.positional) == 0 {
		return p
	}
	return &pyParameters{names: p.names[1:], positional: p.positional[1:], rest: p.rest, any: p.any}
}

func (p *pyParameters) takes(keyword string) bool {
	if p.any {
		return true
	}
	for _, n := range p.names {
		if n.name == keyword && !n.placed {
			return true
		}
	}
	return false
}

// lacks is the first needed argument that the call does not pass.
func (p *pyParameters) lacks(c pyCall) string {
	passed := map[string]bool{}
	for _, k := range c.keywords {
		passed[k] = true
	}
	for i, name := range p.positional {
		if i < c.positional {
			passed[name] = true
		}
	}
	for _, n := range p.names {
		if n.needed && !passed[n.name] {
			return n.name
		}
	}
	return ""
}

// parameters are those that a call of what was found takes; false where that cannot be told.
func (p *pyPackage) parameters(f pyFound) (*pyParameters, bool) {
	switch def := f.def; {
	case def == nil || def.unclear:
	case def.class != nil:
		init := p.constructor(f, map[*pyDef]bool{})
		if init == nil || init.unclear || init.function == nil {
			return nil, false
		}
		return init.function.bound(), true
	case def.function != nil:
		if f.method {
			return def.function.bound(), true
		}
		return def.function, true
	}
	return nil, false
}

// constructor is the __init__ of a class or of the first base that has one; nil where another may come before.
func (p *pyPackage) constructor(class pyFound, seen map[*pyDef]bool) *pyDef {
	def := class.def
	if def == nil || def.class == nil || seen[def] || len(seen) > 40 || def.class.members["__new__"] != nil || def.class.members["__call__"] != nil && strings.HasSuffix(class.name, "Meta") {
		return nil
	}
	seen[def] = true
	if init := def.class.members["__init__"]; init != nil {
		return init
	}
	if def.class.open {
		return nil
	}
	for _, base := range def.class.bases {
		if plainBases[base] {
			continue
		}
		return p.constructor(p.base(class, base), seen)
	}
	return nil
}

// pyCall is how own code calls something.
type pyCall struct {
	name             string // last name of what is called
	positional       int
	keywords         []string
	star, doubleStar bool
}

// pyOwn is what the tree of one own file tells beyond syntax.File.
type pyOwn struct {
	byLine     map[int][]pyCall
	attributes []pyAttribute
	classes    map[string]string // by variable as written, x or self.x: the dotted name of its class; "?" where several
}

type pyAttribute struct {
	object, name string
	line         int
	call         *pyCall
}

func (o *pyOwn) at(line int, name string, names map[string]bool) []pyCall {
	if o == nil {
		return nil
	}
	var list []pyCall
	for _, c := range o.byLine[line] {
		if c.name == name || names[c.name] {
			list = append(list, c)
		}
	}
	if len(list) > 1 { // which of them is meant is not known
		return nil
	}
	return list
}

// pyCalls reads calls, attributes of variables, and what those variables hold.
func pyCalls(ctx context.Context, f source) *pyOwn {
	if f.text == nil {
		return nil
	}
	tree, err := syntax.Parse(ctx, syntax.Python, f.text)
	if err != nil {
		return nil
	}
	names := map[string]string{} // local name -> dotted
	for _, i := range f.Imports {
		if strings.HasPrefix(i.Target, ".") {
			continue
		}
		if i.As != "" {
			if i.As == top(i.Target) {
				names[i.As] = i.As
			} else {
				names[i.As] = i.Target
			}
		}
		for _, n := range i.Names {
			if n.As != "" && n.As != "*" {
				names[n.As] = i.Target + "." + n.Name
			} else if n.Name != "*" {
				names[n.Name] = i.Target + "." + n.Name
			}
		}
	}
	o := &pyOwn{byLine: map[int][]pyCall{}, classes: map[string]string{}}
	dotted := func(n syntax.Node) string {
		if !n.Is("identifier", "attribute") || len(n.Text()) > syntax.MaxString || strings.ContainsAny(n.Text(), "([{\"' \n") {
			return ""
		}
		first, rest, _ := strings.Cut(n.Text(), ".")
		full := names[first]
		if full == "" {
			return ""
		}
		if rest != "" {
			full += "." + rest
		}
		return full
	}
	hold := func(variable, class string) {
		if class == "" {
			class = "?"
		}
		if have, ok := o.classes[variable]; ok && have != class {
			class = "?"
		}
		o.classes[variable] = class
	}
	made := func(n syntax.Node) string {
		if n.Is("await") {
			return ""
		}
		if n.Is("call") {
			return dotted(n.Field("function"))
		}
		return ""
	}
	for n := range tree.Root().Walk() {
		switch n.Kind() {
		case "call":
			c := readCall(n)
			if line := callLine(n); len(o.byLine[line]) < 100 {
				o.byLine[line] = append(o.byLine[line], c)
			}
		case "assignment":
			left, right := n.Field("left"), n.Field("right")
			switch {
			case !right.OK() && left.Is("identifier"):
				hold(left.Text(), dotted(n.Field("type").Child("identifier", "attribute")))
			case left.Is("identifier", "attribute") && len(left.Text()) <= syntax.MaxString:
				hold(left.Text(), made(right))
			default:
				for t := range left.Walk() {
					if t.Is("identifier") {
						hold(t.Text(), "")
					}
				}
			}
		case "for_statement", "for_in_clause":
			for t := range n.Field("left").Walk() {
				if t.Is("identifier") {
					hold(t.Text(), "")
				}
			}
		case "named_expression":
			hold(n.Field("name").Text(), made(n.Field("value")))
		case "as_pattern":
			if t := n.Child("as_pattern_target"); t.OK() {
				var first syntax.Node
				for first = range n.Children() {
					break
				}
				hold(t.Text(), made(first))
			}
		case "typed_parameter":
			if t := n.Field("type").Child("identifier", "attribute"); t.OK() && n.Child("identifier").OK() {
				hold(n.Child("identifier").Text(), dotted(t))
			}
		case "attribute":
			object := n.Field("object")
			if !object.Is("identifier", "attribute", "call") || len(object.Text()) > syntax.MaxString || pyTarget(n) && n.FieldName() == "left" {
				continue
			}
			a := pyAttribute{object: object.Text(), name: n.Field("attribute").Text(), line: n.Field("attribute").Line()}
			if object.Is("call") { // C().x
				class := made(object)
				if class == "" {
					continue
				}
				a.object = fmt.Sprintf("\x00%d", len(o.attributes))
				o.classes[a.object] = class
			}
			if p := n.Parent(); p.Is("call") && n.FieldName() == "function" {
				c := readCall(p)
				a.call = &c
			}
			o.attributes = append(o.attributes, a)
		}
	}
	return o
}

// callLine is the line that a syntax.Use of the called name is on.
func callLine(n syntax.Node) int { return n.Field("function").Line() }

func readCall(n syntax.Node) pyCall {
	f := n.Field("function")
	c := pyCall{name: f.Text()}
	if f.Is("attribute") {
		c.name = f.Field("attribute").Text()
	}
	args := n.Field("arguments")
	if args.Is("generator_expression") {
		c.positional = 1
		return c
	}
	for a := range args.Children() {
		switch a.Kind() {
		case "keyword_argument":
			c.keywords = append(c.keywords, a.Field("name").Text())
		case "list_splat":
			c.star = true
		case "dictionary_splat":
			c.doubleStar = true
		case "comment":
		default:
			c.positional++
		}
	}
	return c
}

func plural(n int, noun string) string {
	if noun == "" {
		return fmt.Sprint(n)
	}
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
