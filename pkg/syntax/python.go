package syntax

import (
	"path"
	"strings"
)

// readPython fills in f from the tree. What a name stands for is found by the scopes of the language; a Use whose Path begins
// with a dot is of an attribute of a value that nobody knows: the result of a call, a parameter, a variable. The Target of an
// import keeps its leading dots. A Prefix of "." is the package of the file itself.
func readPython(t *Tree, f *File) {
	r := &pyReader{f: f, scopes: map[int32]*pyScope{}, stub: strings.EqualFold(path.Ext(f.Path), ".pyi")}
	module := &pyScope{names: map[string]*pyBinding{}}
	r.scopes[0] = module
	r.collect(t.Root(), module, pyContext{})
	r.emit(t.Root(), module)
	if r.steps > maxSteps {
		f.Dynamic = append(f.Dynamic, Dynamic{Line: 1, What: "more names for other names than are followed"})
	}
}

// The bounds of one file: how often another name for something is followed, and of how many modules all is imported.
const (
	maxSteps = 2_000_000
	maxStars = 16
)

// pyReader reads one file: first who binds which name where, then what is mentioned.
type pyReader struct {
	f      *File
	scopes map[int32]*pyScope // by the node that opens them
	stars  []string           // modules of which all is imported
	steps  int                // taken after other names
	stub   bool               // a file of types, which never runs
}

// pyContext is what is known of the statements around.
type pyContext struct {
	types, optional bool
}

// collect notes the bindings and imports below n, and opens the scopes.
func (r *pyReader) collect(n Node, s *pyScope, c pyContext) {
	switch n.Kind() {
	case "import_statement", "import_from_statement":
		r.imports(n, s, c)
		return
	case "function_definition", "class_definition":
		r.definition(n, s, c)
		return
	case "lambda", "list_comprehension", "set_comprehension", "dictionary_comprehension", "generator_expression":
		inner := r.open(n, s, "", false)
		if p := n.Field("parameters"); p.OK() {
			r.parameters(p, inner)
		}
		s = inner
	case "if_statement":
		r.conditional(n, s, c)
		return
	case "try_statement":
		r.attempt(n, s, c)
		return
	case "with_statement":
		if clause := n.Child("with_clause"); clause.OK() && strings.Contains(clause.Text(), "suppress") && pyCatches(clause.Text()) {
			c.optional = true
		}
	case "assignment":
		left, right := n.Field("left"), n.Field("right")
		if left.Is("identifier") && right.OK() {
			s.bind(left.Text()).value(right)
		} else {
			s.target(left)
		}
	case "augmented_assignment":
		s.target(n.Field("left"))
	case "named_expression":
		s.function().bind(n.Field("name").Text()).value(n.Field("value"))
	case "for_statement", "for_in_clause":
		left := n.Field("left")
		if left.Is("identifier") {
			s.bind(left.Text()).loop(n.Field("right"))
		} else {
			s.target(left)
		}
	case "as_pattern_target", "except_group_clause":
		for child := range n.Children() {
			s.target(child)
		}
	case "case_pattern":
		if name := n.Child("dotted_name"); name.OK() && !strings.Contains(name.Text(), ".") {
			s.local(name.Text())
		}
	case "splat_pattern":
		s.target(n.Child("identifier"))
	case "delete_statement":
		return
	case "global_statement":
		for name := range n.Children() {
			s.outer(name.Text())
		}
		return
	}
	for child := range n.Children() {
		r.collect(child, s, c)
	}
}

// open makes the scope that the node n opens.
func (r *pyReader) open(n Node, s *pyScope, name string, class bool) *pyScope {
	inner := &pyScope{parent: s, names: map[string]*pyBinding{}, in: s.in, class: class, module: s.top()}
	if name != "" {
		inner.in = pyJoin(s.in, name)
	}
	r.scopes[n.at] = inner
	return inner
}

func (r *pyReader) definition(n Node, s *pyScope, c pyContext) {
	name := n.Field("name").Text()
	class := n.Is("class_definition")
	s.bind(name).define(pyJoin(s.in, name))
	inner := r.open(n, s, name, class)
	r.f.Defines = append(r.f.Defines, Definition{Name: inner.in, Line: n.Line(), EndLine: n.EndLine(), Exported: !strings.HasPrefix(name, "_")})
	for child := range n.Children() {
		switch child.FieldName() {
		case "name":
		case "parameters":
			r.parameters(child, inner)
			r.collect(child, s, c) // defaults are of the scope around
		case "body":
			r.collect(child, inner, c)
		default:
			r.collect(child, s, c)
		}
	}
}

func (r *pyReader) parameters(n Node, s *pyScope) {
	for p := range n.Children() {
		name := p
		if field := p.Field("name"); field.OK() {
			name = field
		}
		if !name.Is("identifier") {
			name = p.Child("identifier", "list_splat_pattern", "dictionary_splat_pattern")
			if name.OK() && !name.Is("identifier") {
				name = name.Child("identifier")
			}
		}
		if name.OK() {
			s.local(name.Text())
		}
	}
}

// conditional knows the branch that only type checkers take.
func (r *pyReader) conditional(n Node, s *pyScope, c pyContext) {
	condition := n.Field("condition")
	types := condition.Is("identifier", "attribute") && strings.HasSuffix("."+condition.Text(), ".TYPE_CHECKING")
	for child := range n.Children() {
		inner := c
		if types && child.FieldName() == "consequence" {
			inner.types = true
		}
		r.collect(child, s, inner)
	}
}

// attempt knows what may fail without harm.
func (r *pyReader) attempt(n Node, s *pyScope, c pyContext) {
	caught := false
	for child := range n.Children() {
		if child.Is("except_clause", "except_group_clause") {
			head := child.Text()
			if body := child.Child("block"); body.OK() {
				from, _ := child.Bytes()
				to, _ := body.Bytes()
				head = head[:min(max(to-from, 0), len(head))]
			}
			caught = caught || pyCatches(head)
		}
	}
	for child := range n.Children() {
		inner := c
		if caught && child.FieldName() == "body" {
			inner.optional = true
		}
		r.collect(child, s, inner)
	}
}

// pyCatches reports whether the head of an except clause takes the failure of an import.
func pyCatches(head string) bool {
	_, list, _ := strings.Cut(head, "except")
	if list == "" {
		list = head
	}
	bare := strings.Trim(list, " \t\r\n:*\\")
	for _, name := range []string{"ImportError", "ModuleNotFoundError", "Exception", "BaseException"} {
		if strings.Contains(list, name) {
			return true
		}
	}
	return bare == ""
}

func pyJoin(outer, name string) string {
	if outer == "" {
		return name
	}
	return outer + "." + name
}
