package syntax

import "strings"

// readCSharp fills in f from the tree. Of a using directive, Names is "*" where it is of a type (using static), As its alias,
// and Exports says that it is global. A Use begins with a dot where it is a member of something whose type is not known, and
// with the type where that is declared in the file: after FastZip z, z.Extract is FastZip.Extract. An attribute is used under
// both of its names.
func readCSharp(t *Tree, f *File) {
	r := &csharpReader{file: f, aliases: map[string]string{}, seen: map[Use]bool{}, scopes: map[int32]map[string]string{}}
	for n := range t.Root().Walk() {
		r.declare(n)
	}
	r.children(t.Root())
}

// csharpReader walks one tree, after the names that are declared in it are known.
type csharpReader struct {
	file    *File
	aliases map[string]string           // what using A = B names
	scopes  map[int32]map[string]string // by the node that names are valid in: their types, "" where that is not told
	seen    map[Use]bool                // uses without their lines
	in      string                      // the definition around
	types   string                      // the types around
	steps   int                         // gone up so far, see csharpSteps
}

func (r *csharpReader) children(n Node) {
	for child := range n.Children() {
		if child.FieldName() == "name" && child.Is("identifier") {
			continue // what is being declared, or a named argument
		}
		r.visit(child)
	}
}

func (r *csharpReader) visit(n Node) {
	switch n.Kind() {
	case "using_directive":
		r.using(n)
	case "extern_alias_directive", "comment", "modifier", "predefined_type", "implicit_type", "shebang_directive":
	case "namespace_declaration", "file_scoped_namespace_declaration":
		r.namespace(n)
	case "class_declaration", "struct_declaration", "record_declaration", "interface_declaration", "enum_declaration", "delegate_declaration":
		r.define(n, true)
	case "method_declaration", "constructor_declaration", "property_declaration", "destructor_declaration", "event_declaration", "indexer_declaration",
		"operator_declaration", "conversion_operator_declaration":
		r.define(n, false)
	case "attribute":
		if path := r.chain(n.Field("name")); path != "" {
			r.use(n, path, true)
			r.use(n, path+"Attribute", true)
			switch strings.TrimSuffix(csharpTail(path, 1), "Attribute") {
			case "GeneratedCode", "SuppressMessage", "Obsolete", "InternalsVisibleTo": // their texts are for tools and people
				return
			}
		}
		r.children(n)
	case "invocation_expression":
		function := n.Field("function")
		path := r.chain(function)
		r.use(function, path, true)
		r.dynamic(n, path)
		r.visit(n.Field("arguments"))
	case "object_creation_expression":
		r.create(n)
	case "implicit_object_creation_expression":
		path := r.typeOf(n)
		if path == "" {
			path = ".new"
		}
		r.use(n, path, true)
		r.children(n)
	case "member_access_expression", "conditional_access_expression", "identifier", "qualified_name", "generic_name", "alias_qualified_name":
		if n.Is("identifier") && n.FieldName() == "left" && n.Parent().Is("foreach_statement") {
			return
		}
		path := r.chain(n)
		r.use(n, path, false)
		if at := strings.Index(path, "DependencyContext."); at >= 0 {
			r.load(n, csharpHead(path[at:], 2))
		}
	case "string_literal", "verbatim_string_literal", "raw_string_literal", "interpolated_string_expression":
		r.text(n)
	default:
		r.children(n)
	}
}

func (r *csharpReader) using(n Node) {
	name, target := n.Field("name"), Node{}
	i := Import{Line: n.Line(), In: r.in}
	for child := range n.All() {
		switch {
		case child.FieldName() == "name":
		case child.Named():
			target = child
		case child.Kind() == "static":
			i.Names = []Name{{Name: "*", As: "*"}}
		case child.Kind() == "global":
			i.Exports = true
		}
	}
	i.Target = r.typeName(target)
	if name.OK() {
		i.As = name.Text()
		for child := range target.Walk() { // the arguments of a generic type, the elements of a tuple
			if child.Is("type_argument_list", "tuple_type") {
				r.children(child)
			}
		}
	}
	if i.Target != "" {
		r.file.Imports = append(r.file.Imports, i)
	}
}

func (r *csharpReader) namespace(n Node) {
	name := strings.Join(strings.Fields(n.Field("name").Text()), "")
	for p := n.Above("namespace_declaration"); p.OK(); p = p.Above("namespace_declaration") {
		name = strings.Join(strings.Fields(p.Field("name").Text()), "") + "." + name
	}
	if r.file.Module == "" {
		r.file.Module = name
	}
	r.file.Namespaces = append(r.file.Namespaces, name)
	for child := range n.Children() {
		if child.FieldName() != "name" {
			r.visit(child)
		}
	}
}

// define notes a type or a member and reads what is in it.
func (r *csharpReader) define(n Node, isType bool) {
	in, types := r.in, r.types
	defer func() { r.in, r.types = in, types }()
	name := n.Field("name").Text()
	if name == "" {
		name = "this" // an indexer or an operator
	}
	if r.types != "" {
		name = r.types + "." + name
	}
	d := Definition{Name: name, Line: n.Line(), EndLine: n.EndLine(), Exported: n.Parent().Parent().Is("interface_declaration")}
	for child := range n.All() {
		d.Exported = d.Exported || child.Is("modifier") && child.Text() == "public"
	}
	r.file.Defines = append(r.file.Defines, d)
	r.in = name
	if isType {
		r.types = name
	}
	r.children(n)
}

func (r *csharpReader) create(n Node) {
	path := r.chain(n.Field("type"))
	r.use(n, path, true)
	r.load(n, path)
	for child := range n.Children() {
		if child.FieldName() != "type" {
			r.visit(child)
		}
	}
}

// use notes that path is mentioned at n. One mention in a definition is enough.
func (r *csharpReader) use(n Node, path string, call bool) {
	if path == "" || path == "." {
		return
	}
	if strings.Contains(path, `\`) {
		r.note(n, "a name that is written with an escape", "")
	}
	u := Use{Path: path, In: r.in, Call: call}
	if alias, rest, ok := strings.Cut(path, "\x00"); ok { // see resolve
		u.Module, u.Path = alias, strings.TrimPrefix(rest, ".")
	}
	if !r.seen[u] {
		r.seen[u] = true
		u.Line = n.Line()
		r.file.Uses = append(r.file.Uses, u)
	}
}
