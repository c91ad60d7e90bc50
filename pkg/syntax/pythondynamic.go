package syntax

import (
	"slices"
	"strings"
)

// EntryPoints begins the What of a Dynamic that loads, through what installed distributions say they offer, a group that
// cannot be read. A group that can is among the Strings.
const EntryPoints = "entry points"

// dynamic notes a call that loads code: as an import where its name can be read, else as Dynamic.
func (r *pyReader) dynamic(n Node, s *pyScope) {
	loader, ok := r.loader(n.Field("function"), s)
	if !ok || loader.kind == ' ' {
		return
	}
	args := n.Field("arguments")
	arg := pyArgument(args, loader.arg, loader.key)
	d := Dynamic{Line: n.Line()}
	switch loader.kind {
	case 'f':
		d.What = loader.noted + " of a file"
	case 'e':
		if text, whole := pyText(arg); arg.Is("string", "concatenated_string") && whole && text != "" {
			r.f.Dynamic = append(r.f.Dynamic, Dynamic{Line: d.Line, What: EntryPoints + " of the group " + text, Prefix: text})
			return
		}
		if arg.OK() && !slices.ContainsFunc(r.literals(arg, s, 0), func(l pyLiteral) bool { return !l.whole }) {
			return
		}
		d.What = EntryPoints + " of any group, by " + loader.noted
	case 'c':
		if text, whole := pyText(arg); arg.Is("string", "concatenated_string") && whole && !strings.Contains(text, "import") {
			return
		}
		d.What = loader.noted + " of text"
	case 'u':
		if pyHarmless(loader.noted, args) {
			return
		}
		d.What = loader.noted + ", which loads the classes that its data name"
	case 'i':
		d.What = loader.noted + ", which runs what it is given"
	case 'w':
		if pyArgument(args, 0, "path").OK() { // only below a folder that the caller names, which it already has
			return
		}
		d.What = loader.noted + " over all that is installed"
	default:
		r.byName(n, s, loader, args, arg)
		return
	}
	r.f.Dynamic = append(r.f.Dynamic, d)
}

// handedOn notes the mention of a function that loads code, or of the module of such functions, that is no call: whoever gets it
// may call it with anything.
func (r *pyReader) handedOn(n Node, first, rest string, refs []pyRef, defined string, call bool, s *pyScope) {
	if call || n.FieldName() == "left" && n.Parent().Is("assignment") {
		return
	}
	note := func(what string) {
		r.f.Dynamic = append(r.f.Dynamic, Dynamic{Line: n.Line(), What: what + ", which is handed on"})
	}
	for _, ref := range refs {
		full := ref.at(rest)
		name := strings.Trim(full.module+"."+full.path, ".")
		if l, ok := pyLoaders[name]; ok && !strings.ContainsRune(" ei", rune(l.kind)) && l.noted != "numpy.load" && l.noted != "ruamel.yaml.YAML" {
			note(l.noted)
		} else if name == "importlib" || name == "builtins" || name == "runpy" || name == "imp" {
			note(name)
		}
	}
	if b, _ := s.find(first); b == nil && defined == "" && len(refs) == 0 {
		if first == "__builtins__" {
			note(first)
		} else if l, ok := pyLoaders[first]; rest == "" && ok && l.kind != 'i' {
			note(l.noted)
		}
	}
}

// byName notes the import of modules by a name that is a value.
func (r *pyReader) byName(n Node, s *pyScope, loader pyLoader, args, arg Node) {
	for _, l := range r.literals(arg, s, 0) {
		text := strings.ReplaceAll(l.text, ":", ".")
		if l.text == pyOwn && l.whole {
			l.whole = false
		}
		if l.whole && strings.HasPrefix(text, ".") {
			anchor := pyArgument(args, 1, "package")
			if at, whole := pyText(anchor); anchor.Is("string") && whole {
				text = at + text[min(len(text), strings.Count(text, ".")-strings.Count(strings.TrimLeft(text, "."), ".")-1):]
			} else if !anchor.Is("identifier") || !pyOwnName(anchor) {
				l.whole, text = false, ""
			}
		}
		if l.whole && text != "" && pyName(text) {
			i := Import{Target: text, Line: n.Line(), In: s.in}
			r.f.Imports = append(r.f.Imports, i)
			continue
		}
		switch anchor := pyArgument(args, 1, "package"); {
		case text == pyOwn:
			text = "."
		case strings.HasPrefix(text, ".") && anchor.Is("identifier") && pyOwnName(anchor):
			text = "."
		case strings.HasPrefix(text, "."):
			text = ""
		}
		r.f.Dynamic = append(r.f.Dynamic, Dynamic{Line: n.Line(), What: loader.noted + " of a name that is computed", Prefix: text})
	}
}

// pyName reports whether text is a dotted name.
func pyName(text string) bool {
	for _, c := range text {
		if c != '.' && c != '_' && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && c < 0x80 {
			return false
		}
	}
	return !strings.HasSuffix(text, ".")
}

// pyOwnName reports whether n is the name of the file's own module or package.
func pyOwnName(n Node) bool { return n.Text() == "__name__" || n.Text() == "__package__" }

// loader returns what the called thing loads.
func (r *pyReader) loader(f Node, s *pyScope) (pyLoader, bool) {
	first, rest := pyChain(f)
	last := rest[strings.LastIndexByte(rest, '.')+1:]
	if first == "" {
		l, ok := pyLoaderMethods[last]
		return l, ok
	}
	refs, defined := r.meaning(first, s, 0)
	for _, ref := range refs {
		full := ref.at(rest)
		if l, ok := pyLoaders[strings.Trim(full.module+"."+full.path, ".")]; ok {
			return l, true
		}
	}
	if len(refs) == 0 && defined == "" {
		if b, _ := s.find(first); b == nil && rest == "" {
			if l, ok := pyLoaders[first]; ok {
				return l, true
			}
			for _, module := range r.stars {
				if l, ok := pyLoaders[module+"."+first]; ok {
					return l, true
				}
			}
			return pyLoader{}, false
		}
		if rest != "" && first != "self" {
			l, ok := pyLoaderMethods[last]
			return l, ok
		}
	}
	return pyLoader{}, false
}

// pyArgument is the argument at a place, or of a keyword. A negative place has only the keyword.
func pyArgument(args Node, at int, key string) Node {
	i := 0
	for child := range args.Children() {
		switch {
		case child.Is("comment"):
		case child.Is("keyword_argument"):
			if key != "" && child.Field("name").Text() == key {
				return child.Field("value")
			}
		default:
			if i == at {
				return child
			}
			i++
		}
	}
	return Node{}
}

// pyOwn is the beginning of a name that begins with the file's own.
const pyOwn = "__name__"

// pyLiteral is what is known of a text: all, or what it begins with.
type pyLiteral struct {
	text  string
	whole bool
}

// literals returns what the value n may be; always at least one answer.
func (r *pyReader) literals(n Node, s *pyScope, depth int) []pyLiteral {
	unknown := []pyLiteral{{}}
	if r.steps++; depth > 4 || r.steps > maxSteps {
		return unknown
	}
	switch n.Kind() {
	case "string", "concatenated_string":
		text, whole := pyText(n)
		if first := n.Child("interpolation"); text == "" && first.OK() && pyOwnName(first.Field("expression")) {
			return []pyLiteral{{pyOwn, false}}
		}
		return []pyLiteral{{text, whole}}
	case "parenthesized_expression":
		for child := range n.Children() {
			return r.literals(child, s, depth+1)
		}
	case "conditional_expression":
		var all []pyLiteral
		i := 0
		for child := range n.Children() { // what, if, else
			if i != 1 {
				all = append(all, r.literals(child, s, depth+1)...)
			}
			i++
		}
		if len(all) > 0 && len(all) <= maxRefs {
			return all
		}
	case "binary_operator":
		left, op := n.Field("left"), n.Field("operator").Text()
		if left.Is("identifier") && pyOwnName(left) && op == "+" {
			return []pyLiteral{{pyOwn, false}}
		}
		var all []pyLiteral
		for _, l := range r.literals(left, s, depth+1) {
			if op == "%" {
				l.text, _, _ = strings.Cut(l.text, "%")
			} else if op != "+" {
				l.text = ""
			}
			l.whole = false
			all = append(all, l)
		}
		return all
	case "call":
		if f := n.Field("function"); f.Is("attribute") && f.Field("attribute").Text() == "format" && f.Field("object").Is("string", "concatenated_string") {
			text, _ := pyText(f.Field("object"))
			text, _, _ = strings.Cut(text, "{")
			return []pyLiteral{{text, false}}
		}
	case "identifier":
		if pyOwnName(n) {
			return []pyLiteral{{pyOwn, false}}
		}
		return r.valuesOf(n, s, depth)
	}
	return unknown
}

// valuesOf returns what a variable may hold, where all that is assigned to it can be read.
func (r *pyReader) valuesOf(n Node, s *pyScope, depth int) []pyLiteral {
	unknown := []pyLiteral{{}}
	b, at := s.find(n.Text())
	if b == nil || b.locals > 0 || len(b.refs) > 0 || b.defined != "" {
		return unknown
	}
	var all []pyLiteral
	for _, value := range b.values {
		all = append(all, r.literals(value, at, depth+1)...)
	}
	for _, over := range b.loops {
		if over.Is("identifier") {
			if list, _ := at.find(over.Text()); list != nil && list.locals == 0 && len(list.values) == 1 && len(list.loops) == 0 && list.values[0].Is("tuple") {
				over = list.values[0] // what is a list may grow
			}
		}
		if !over.Is("list", "tuple", "set", "expression_list") {
			return unknown
		}
		for item := range over.Children() {
			if len(all) > 64 {
				return unknown
			}
			if !item.Is("comment") {
				all = append(all, r.literals(item, at, depth+1)...)
			}
		}
	}
	if len(all) == 0 {
		return unknown
	}
	return all
}
