package syntax

import (
	"slices"
	"strings"
)

// readJava fills in f from the tree. Types, fields and methods that the imports name are written out: after import a.b.C, the
// use C.m() has Module a.b.C and Path m, and so has c.m() where c is declared as a C; a constructor is <init>. What no import
// names has Module "" and its name as Path: C.m, or a.b.C.m where it is written so; that package and star imports are for the
// reader to try. A method called on what has no name here is a Path that begins with a dot. Class.forName of a known name is
// an Import without As and Names.
func readJava(t *Tree, f *File) {
	r := &javaReader{f: f, names: map[string]string{}, statics: map[string]string{}, types: map[string]bool{}, methods: map[string]bool{}, vars: map[string][]javaVar{},
		constants: map[string]string{}, seen: map[Use]bool{}}
	root := t.Root()
	for n := range root.Children() {
		switch n.Kind() {
		case "package_declaration":
			f.Module = javaDotted(n.Child("scoped_identifier", "identifier"))
		case "import_declaration":
			r.imports(n)
		}
	}
	for n := range root.Walk() {
		r.declare(n)
	}
	for n, skip := range root.Walk() {
		r.visit(n, skip)
	}
}

// javaReader knows what the names of one file mean.
type javaReader struct {
	f         *File
	names     map[string]string    // local name of a type -> Import.Target
	statics   map[string]string    // local name of a static member -> Import.Target
	anyStatic []string             // Import.Target of import static ... .*
	types     map[string]bool      // declared in this file, type parameters included
	methods   map[string]bool      // declared in this file
	vars      map[string][]javaVar // fields, parameters, locals
	constants map[string]string    // final variables that hold a literal string
	places    []javaPlace          // definitions, in the order of their beginnings
	open      []javaPlace          // those around the node that visit is at
	next      int                  // index in places
	seen      map[Use]bool
}

// javaVar is a variable's type, as written, and the bytes of the source in which it is visible.
type javaVar struct {
	kind       string
	start, end int
}

type javaPlace struct {
	name       string
	super      string // of a class: the type that it extends
	start, end int
}

// javaDotted is the text of a dotted name without blanks, comments, annotations and type arguments.
func javaDotted(n Node) string {
	switch n.Kind() {
	case "identifier", "type_identifier":
		return n.Text()
	case "":
		return ""
	case "generic_type", "annotated_type", "array_type":
		for child := range n.Children() {
			if child.Is("type_identifier", "scoped_type_identifier", "generic_type", "annotated_type", "array_type") {
				return javaDotted(child)
			}
		}
		return ""
	}
	var parts []string
	for x, skip := range n.Walk() {
		switch x.Kind() {
		case "identifier", "type_identifier":
			parts = append(parts, x.Text())
		case "type_arguments", "annotation", "marker_annotation":
			skip()
		}
	}
	return strings.Join(parts, ".")
}

func (r *javaReader) imports(n Node) {
	target := javaDotted(n.Child("scoped_identifier", "identifier"))
	if target == "" {
		return
	}
	i := Import{Target: target, Line: n.Line()}
	static := false
	for x := range n.All() {
		static = static || x.Kind() == "static"
	}
	last := target[strings.LastIndex(target, ".")+1:]
	switch {
	case n.Child("asterisk").OK():
		i.Names = []Name{{Name: "*"}}
		if static {
			r.anyStatic = append(r.anyStatic, target)
		}
	case static:
		i.Target = strings.TrimSuffix(strings.TrimSuffix(target, last), ".")
		i.Names = []Name{{Name: last, As: last}}
		r.statics[last] = i.Target
	default:
		i.As = last
		r.names[last] = target
	}
	r.f.Imports = append(r.f.Imports, i)
}

// declare notes what n declares.
func (r *javaReader) declare(n Node) {
	switch n.Kind() {
	case "class_declaration", "interface_declaration", "enum_declaration", "record_declaration", "annotation_type_declaration":
		name := n.Field("name").Text()
		r.types[name] = true
		super := ""
		for x := range n.Field("superclass").Children() {
			super = javaDotted(x)
		}
		r.define(n, name, super)
	case "method_declaration", "constructor_declaration", "compact_constructor_declaration":
		name := n.Field("name").Text()
		if n.Is("method_declaration") {
			r.methods[name] = true
		} else {
			name = "<init>"
		}
		r.define(n, name, "")
	case "type_parameter":
		r.types[n.Child("type_identifier").Text()] = true
	case "field_declaration", "local_variable_declaration", "constant_declaration":
		kind := javaDotted(n.Field("type"))
		for d := range n.Fields("declarator") {
			value := d.Field("value")
			if kind == "var" {
				r.variable(n, d.Field("name").Text(), javaMade(value))
				continue
			}
			r.variable(n, d.Field("name").Text(), kind)
			if text, ok := javaString(value); ok && javaFinal(n) {
				r.constants[d.Field("name").Text()] = text
			}
		}
	case "formal_parameter", "resource", "enhanced_for_statement":
		kind := javaDotted(n.Field("type"))
		if kind == "var" {
			kind = javaMade(n.Field("value"))
		}
		r.variable(n, n.Field("name").Text(), kind)
	case "spread_parameter":
		kind := ""
		for x := range n.Children() {
			if x.Is("type_identifier", "scoped_type_identifier", "generic_type") {
				kind = javaDotted(x)
			}
		}
		r.variable(n, n.Child("variable_declarator").Field("name").Text(), kind)
	case "catch_formal_parameter":
		kinds := slices.Collect(n.Child("catch_type").Children())
		if len(kinds) == 1 {
			r.variable(n, n.Field("name").Text(), javaDotted(kinds[0]))
		} else {
			r.variable(n, n.Field("name").Text(), "")
		}
	case "instanceof_expression":
		r.variable(n, n.Field("name").Text(), javaDotted(n.Field("right")))
	case "type_pattern", "record_pattern_component":
		var kind, name string
		for x := range n.Children() {
			if x.Is("identifier") {
				name = x.Text()
			} else {
				kind = javaDotted(x)
			}
		}
		r.variable(n, name, kind)
	case "lambda_expression":
		if p := n.Field("parameters"); p.Is("identifier") {
			r.variable(n, p.Text(), "")
		}
	case "inferred_parameters":
		for x := range n.Children() {
			r.variable(n, x.Text(), "")
		}
	}
}

// javaFinal reports whether what n declares is never assigned again.
func javaFinal(n Node) bool {
	for x := range n.Child("modifiers").All() {
		if x.Kind() == "final" {
			return true
		}
	}
	return n.Is("constant_declaration")
}

// define notes a definition in f, under the names of those around it.
func (r *javaReader) define(n Node, name, super string) {
	start, end := n.Bytes()
	for len(r.open) > 0 && r.open[len(r.open)-1].end <= start {
		r.open = r.open[:len(r.open)-1]
	}
	if len(r.open) > 0 && len(r.open) < 50 {
		name = r.open[len(r.open)-1].name + "." + name
	}
	if len(name) > 1000 {
		return
	}
	exported := false
	for x := range n.Child("modifiers").All() {
		exported = exported || x.Kind() == "public"
	}
	p := javaPlace{name, super, start, end}
	r.open = append(r.open, p)
	r.places = append(r.places, p)
	r.f.Defines = append(r.f.Defines, Definition{Name: name, Line: n.Line(), EndLine: n.EndLine(), Exported: exported || n.Parent().Is("interface_body")})
}

// maxJavaVars is how many variables of one name are told apart in one file.
const maxJavaVars = 500

// javaScopes are what ends the life of a variable.
var javaScopes = []string{"block", "class_body", "interface_body", "enum_body", "annotation_type_body", "method_declaration", "constructor_declaration", "compact_constructor_declaration",
	"lambda_expression", "for_statement", "enhanced_for_statement", "catch_clause", "try_with_resources_statement", "switch_block_statement_group", "switch_rule", "record_declaration",
	"constructor_body", "if_statement", "while_statement", "program"}

// variable notes that n declares name.
func (r *javaReader) variable(n Node, name, kind string) {
	if name == "" || len(r.vars[name]) >= maxJavaVars {
		return
	}
	scope := n
	if !n.Is("enhanced_for_statement", "lambda_expression") {
		if n.Is("instanceof_expression", "type_pattern", "record_pattern_component") {
			scope = n.Above("method_declaration", "constructor_declaration", "static_initializer", "class_body", "program") // it may live on after an if
		} else {
			scope = n.Above(javaScopes...)
		}
	}
	start, end := scope.Bytes()
	if n.Is("local_variable_declaration", "enhanced_for_statement") { // fields are visible before their line
		start, _ = n.Bytes()
	}
	r.vars[name] = append(r.vars[name], javaVar{kind, start, end})
}

// typeOf is the type of the variable name at a place, as written; "" where it is not known. The second result is whether there
// is such a variable.
func (r *javaReader) typeOf(name string, at int) (string, bool) {
	best, found := javaVar{}, false
	for _, v := range r.vars[name] {
		if v.start <= at && at < v.end && (!found || v.end-v.start <= best.end-best.start) {
			best, found = v, true
		}
	}
	if len(r.vars[name]) >= maxJavaVars {
		return "", true
	}
	return best.kind, found
}
