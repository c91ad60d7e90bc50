package surface

import (
	"path"
	"regexp"
	"strings"

	"github.com/fettle-dev/fettle/pkg/syntax"
)

// pyModule is what one module binds at its top.
type pyModule struct {
	stubbed bool // its names are those of the types beside it
	name    string
	names   map[string]*pyDef
	stars   []string        // modules of which all is taken
	open    bool            // it binds names that its text does not show
	words   map[string]bool // where it has a __getattr__: the words of its text, one of which each name that this makes will be
}

// pyDef is one name: a definition, or what an import takes from elsewhere.
type pyDef struct {
	from, name string // of an import: the module, and the name in it; "" for the module itself
	function   *pyParameters
	class      *pyClass
	unclear    bool // bound more than once, or decorated: how it is called cannot be told
}

type pyClass struct {
	bases   []string
	members map[string]*pyDef
	open    bool
}

// madeNames is text that binds names which the text does not show.
var madeNames = regexp.MustCompile(`(?m)\bglobals\(\)\s*(\[|\.)|\bsys\.modules\[|\bvars\(\)\s*\[|\bexec\(|_LazyModule|lazy_loader|\blocals\(\)\s*(\[|\.update)`)

// module reads one module, once.
func (p *pyPackage) module(name string) *pyModule {
	if m := p.read[name]; m != nil {
		return m
	}
	m := &pyModule{name: name, names: map[string]*pyDef{}}
	p.read[name] = m
	file := p.modules[name]
	switch file {
	case "":
		return m
	case "!":
		m.open = true
		return m
	}
	text, err := p.files.read(file)
	if err != nil {
		m.open = true
		return m
	}
	tree, err := syntax.Parse(p.ctx, syntax.Python, text)
	if err != nil {
		m.open = true
		return m
	}
	m.open = madeNames.Match(text)
	r := &pyModuleReader{module: m, isPackage: strings.HasPrefix(path.Base(file), "__init__."), text: text}
	r.block(tree.Root(), 0)
	if stub := p.stubs[name]; stub != "" && stub != file && (m.open || m.words != nil || p.starsOpen(m)) {
		p.stub(m, stub)
	}
	return m
}

// starsOpen reports whether m takes all names of a module that has no text, or of another package.
func (p *pyPackage) starsOpen(m *pyModule) bool {
	for _, star := range m.stars {
		if file := p.modules[star]; file == "!" || file == "" {
			return true
		}
	}
	return len(m.stars) > 3 // a package that collects what others define, which its types list
}

// stub puts the names that the types beside a module declare in the place of what cannot be told of it.
func (p *pyPackage) stub(m *pyModule, file string) {
	text, err := p.files.read(file)
	if err != nil {
		return
	}
	tree, err := syntax.Parse(p.ctx, syntax.Python, text)
	if err != nil {
		return
	}
	declared := &pyModule{name: m.name, names: map[string]*pyDef{}}
	r := &pyModuleReader{module: declared, isPackage: strings.HasPrefix(path.Base(file), "__init__."), text: text}
	r.block(tree.Root(), 0)
	if declared.open || declared.words != nil || len(declared.stars) > 0 || len(declared.names) == 0 {
		return
	}
	for name, def := range m.names {
		if declared.names[name] == nil {
			declared.names[name] = def
		}
	}
	for _, def := range declared.names {
		def.unclear = true
	}
	*m = *declared
	m.stubbed = true
}

type pyModuleReader struct {
	module    *pyModule
	isPackage bool
	text      []byte
}

// bind notes a definition; the first with parameters stays, but its signature is unclear from the second on.
func bind(names map[string]*pyDef, name string, def *pyDef) {
	if have := names[name]; have != nil {
		def.unclear = true
		if have.class != nil && def.class == nil || have.from == "" && def.from != "" {
			have.unclear = true
			return
		}
	}
	names[name] = def
}

// block reads statements, those below if, try and with included.
func (r *pyModuleReader) block(n syntax.Node, depth int) {
	if depth > 50 {
		r.module.open = true
		return
	}
	for s := range n.Children() {
		switch s.Kind() {
		case "decorated_definition":
			r.define(s.Field("definition"), r.module.names, decorators(s))
		case "function_definition", "class_definition":
			r.define(s, r.module.names, nil)
		case "import_statement":
			r.imports(s)
		case "import_from_statement":
			r.importFrom(s)
		case "expression_statement":
			for e := range s.Children() {
				r.assign(e, r.module.names)
			}
		case "type_alias_statement":
			bind(r.module.names, s.Child("type").Text(), &pyDef{})
		case "for_statement", "with_statement":
			r.targets(s, r.module.names)
			r.block(s, depth+1)
		case "if_statement", "try_statement", "block", "else_clause", "elif_clause", "except_clause", "finally_clause", "while_statement", "except_group_clause", "match_statement", "case_clause":
			r.block(s, depth+1)
		case "ERROR":
			r.module.open = true
		}
	}
}

func decorators(n syntax.Node) []string {
	var list []string
	for c := range n.Children() {
		if c.Is("decorator") {
			text := strings.TrimSpace(strings.TrimPrefix(c.Text(), "@"))
			text, _, _ = strings.Cut(text, "(")
			list = append(list, text)
		}
	}
	return list
}

// plainDecorators leave the way a function is called as it is.
var plainDecorators = map[string]bool{"staticmethod": true, "classmethod": true, "abstractmethod": true, "abc.abstractmethod": true, "setupmethod": true, "functools.lru_cache": true, "lru_cache": true,
	"typing.no_type_check": true, "final": true, "t.final": true, "typing.final": true, "deprecated": true, "override": true}

func (r *pyModuleReader) define(n syntax.Node, names map[string]*pyDef, decorated []string) {
	name := n.Field("name").Text()
	def := &pyDef{}
	if n.Is("class_definition") {
		def.class = r.class(n, decorated)
		bind(names, name, def)
		return
	}
	if name == "__getattr__" && strings.Contains(n.Field("body").Text(), "getattr(") { // it asks something else
		r.module.open = true
	}
	if name == "__getattr__" && r.module.words == nil {
		r.module.words = map[string]bool{}
		for _, word := range strings.FieldsFunc(string(r.text), func(c rune) bool { return c < 0x80 && !wordByte(byte(c)) }) {
			r.module.words[word] = true
		}
	}
	def.function = parameters(n.Field("parameters"))
	for _, d := range decorated {
		switch {
		case d == "staticmethod":
			def.function.static = true
		case !plainDecorators[d]:
			def.unclear = true
		}
	}
	bind(names, name, def)
}

// class reads the members of a class, what its methods assign to self included.
func (r *pyModuleReader) class(n syntax.Node, decorated []string) *pyClass {
	c := &pyClass{members: map[string]*pyDef{}}
	c.open = len(decorated) > 0
	for b := range n.Field("superclasses").Children() {
		switch {
		case b.Is("identifier", "attribute"):
			c.bases = append(c.bases, b.Text())
		case b.Is("subscript"):
			c.bases = append(c.bases, b.Field("value").Text())
		case b.Is("call") && strings.HasSuffix(b.Field("function").Text(), "with_metaclass"): // as six has it: the bases come after
			first := true
			for a := range b.Field("arguments").Children() {
				if !first && a.Is("identifier", "attribute") {
					c.bases = append(c.bases, a.Text())
				}
				first = false
			}
		case b.Is("keyword_argument") && b.Field("name").Text() == "metaclass" && strings.HasSuffix(b.Field("value").Text(), "ABCMeta"), b.Is("comment"):
		default:
			c.open = true
		}
	}
	r.members(n.Field("body"), c, 0)
	return c
}

func (r *pyModuleReader) members(n syntax.Node, c *pyClass, depth int) {
	if depth > 20 {
		c.open = true
		return
	}
	for s := range n.Children() {
		switch s.Kind() {
		case "decorated_definition":
			r.method(s.Field("definition"), c, decorators(s))
		case "function_definition", "class_definition":
			r.method(s, c, nil)
		case "expression_statement":
			for e := range s.Children() {
				r.assign(e, c.members)
			}
		case "import_statement", "import_from_statement":
			c.open = true
		case "for_statement", "with_statement":
			c.open = true
		case "if_statement", "try_statement", "block", "else_clause", "elif_clause", "except_clause", "finally_clause":
			r.members(s, c, depth+1)
		}
	}
}

func (r *pyModuleReader) method(n syntax.Node, c *pyClass, decorated []string) {
	words, open := r.module.words, r.module.open
	r.define(n, c.members, decorated)
	r.module.words, r.module.open = words, open // a __getattr__ of a class makes none of the module's
	if !n.Is("function_definition") {
		return
	}
	if name := n.Field("name").Text(); name == "__getattr__" || name == "__getattribute__" {
		c.open = true
	}
	var self string
	for p := range n.Field("parameters").Children() {
		self = p.Text()
		break
	}
	for x := range n.Field("body").Walk() {
		switch x.Kind() {
		case "attribute":
			if x.Field("object").Text() == self && x.Field("attribute").OK() && pyTarget(x) {
				if name := x.Field("attribute").Text(); c.members[name] == nil {
					c.members[name] = &pyDef{}
				}
			}
		case "call":
			if f := x.Field("function").Text(); f == "setattr" || f == "self.__dict__.update" {
				c.open = true
			}
		}
	}
}

// pyTarget reports whether n is assigned to.
func pyTarget(n syntax.Node) bool {
	for p := n; p.OK(); p = p.Parent() {
		switch p.FieldName() {
		case "left":
			return true
		case "right", "function", "arguments", "body":
			return false
		}
		if p.Is("as_pattern_target") {
			return true
		}
	}
	return false
}

// assign binds what an expression statement assigns.
func (r *pyModuleReader) assign(n syntax.Node, names map[string]*pyDef) {
	for depth := 0; n.Is("assignment", "augmented_assignment") && depth < 50; depth++ {
		for t := range n.Field("left").Walk() {
			if t.Is("identifier") && !t.Parent().Is("attribute", "subscript", "call") {
				def := &pyDef{}
				if right := n.Field("right"); right.Is("identifier") && n.Field("left").Is("identifier") { // another name for a definition
					if have := r.module.names[right.Text()]; have != nil {
						def = have
					}
				}
				if def.function == nil && def.class == nil && def.from == "" {
					bind(names, t.Text(), def)
				} else if names[t.Text()] == nil {
					names[t.Text()] = def
				}
			}
		}
		n = n.Field("right")
	}
}

// targets binds what a for or with statement does.
func (r *pyModuleReader) targets(n syntax.Node, names map[string]*pyDef) {
	for t := range n.Field("left").Walk() {
		if t.Is("identifier") {
			bind(names, t.Text(), &pyDef{})
		}
	}
	for t := range n.Child("with_clause").Walk() {
		if t.Is("as_pattern_target") {
			bind(names, t.Text(), &pyDef{})
		}
	}
}

func (r *pyModuleReader) imports(n syntax.Node) {
	for part := range n.Fields("name") {
		if part.Is("aliased_import") {
			bind(r.module.names, part.Field("alias").Text(), &pyDef{from: part.Field("name").Text()})
			continue
		}
		bind(r.module.names, top(part.Text()), &pyDef{from: top(part.Text())})
	}
}

func (r *pyModuleReader) importFrom(n syntax.Node) {
	from := r.absolute(n.Field("module_name").Text())
	if from == "" {
		r.module.open = true
		return
	}
	if n.Child("wildcard_import").OK() {
		r.module.stars = append(r.module.stars, from)
		return
	}
	for part := range n.Fields("name") {
		if part.Is("aliased_import") {
			bind(r.module.names, part.Field("alias").Text(), &pyDef{from: from, name: part.Field("name").Text()})
			continue
		}
		bind(r.module.names, part.Text(), &pyDef{from: from, name: part.Text()})
	}
}

// absolute is the full name of a module as an import in this one writes it; "" where it leads out.
func (r *pyModuleReader) absolute(name string) string {
	rest := strings.TrimLeft(name, ".")
	dots := len(name) - len(rest)
	if dots == 0 {
		return name
	}
	base := strings.Split(r.module.name, ".")
	up := dots
	if r.isPackage {
		up--
	}
	if up > len(base) || up == len(base) && rest == "" {
		return ""
	}
	base = base[:len(base)-up]
	if rest != "" {
		base = append(base, rest)
	}
	return strings.Join(base, ".")
}
