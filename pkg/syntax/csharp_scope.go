package syntax

// csharpScopes are the nodes that names are valid in.
var csharpScopes = []string{"block", "method_declaration", "constructor_declaration", "local_function_statement", "lambda_expression",
	"anonymous_method_expression", "accessor_declaration", "for_statement", "foreach_statement", "using_statement", "catch_clause", "switch_section",
	"property_declaration", "indexer_declaration", "operator_declaration", "conversion_operator_declaration", "delegate_declaration", "query_expression",
	"class_declaration", "struct_declaration", "record_declaration", "interface_declaration", "compilation_unit"}

// declare notes what n declares: an alias, a variable, a parameter, a field or a property.
func (r *csharpReader) declare(n Node) {
	switch n.Kind() {
	case "using_directive":
		if name := n.Field("name"); name.OK() {
			for child := range n.Children() {
				if child.FieldName() != "name" {
					r.aliases[name.Text()] = r.typeName(child)
				}
			}
		}
	case "variable_declarator":
		name := n.Field("name")
		r.bind(n, name, r.typeOf(n))
		for child := range n.Child("tuple_pattern").Fields("name") {
			r.bind(n, child, "")
		}
	case "parameter", "declaration_pattern", "recursive_pattern", "catch_declaration", "declaration_expression", "property_declaration":
		around := n
		if n.Is("property_declaration") {
			around = n.Parent()
		}
		r.bind(around, n.Field("name"), r.typeName(n.Field("type")))
	case "parameter_list": // a params array stands in it without a node of its own
		for name := range n.Fields("name") {
			r.bind(n, name, "")
		}
	case "foreach_statement":
		r.bind(n.Field("body"), n.Field("left"), r.typeName(n.Field("type")))
	case "from_clause", "join_clause", "let_clause", "tuple_pattern", "var_pattern", "parenthesized_variable_designation":
		for name := range n.Fields("name") {
			r.bind(n, name, "")
		}
	case "implicit_parameter":
		r.bind(n, n, "")
	case "lambda_expression":
		if p := n.Field("parameters"); p.Is("identifier") {
			r.bind(n, p, "")
		}
	}
}

// csharpSteps bounds how often the tree is gone up in search of a scope. Beyond it, names stand for themselves: what is deep and
// large at once was written by no person.
const csharpSteps = 20_000_000

func (r *csharpReader) step() bool {
	r.steps++
	return r.steps <= csharpSteps
}

// bind notes the type of name in the scope around at. A name of two types in one scope has neither.
func (r *csharpReader) bind(at, name Node, kind string) {
	if name.Text() == "" || !name.Is("identifier", "implicit_parameter") {
		return
	}
	scope := at
	for scope.OK() && r.step() && !scope.Is(csharpScopes...) {
		scope = scope.Parent()
	}
	if !scope.OK() || r.steps > csharpSteps {
		return
	}
	names := r.scopes[scope.at]
	if names == nil {
		names = map[string]string{}
		r.scopes[scope.at] = names
	}
	if have, ok := names[name.Text()]; ok && have != kind {
		kind = ""
	}
	names[name.Text()] = kind
}

// typeOf is the type that the declaration around n gives, or with var, what it is made of.
func (r *csharpReader) typeOf(n Node) string {
	declaration := n
	for range 3 { // new() stands in a declarator, which stands in a declaration
		if declaration.Is("variable_declaration", "property_declaration") {
			break
		}
		if !declaration.Is("variable_declarator", "implicit_object_creation_expression", "equals_value_clause") {
			return ""
		}
		declaration = declaration.Parent()
	}
	kind := declaration.Field("type")
	if !kind.Is("implicit_type") {
		return r.typeName(kind)
	}
	for child := range n.Children() {
		if child.FieldName() == "name" {
			continue
		}
		for child.Is("parenthesized_expression") {
			child = child.Child("object_creation_expression", "cast_expression", "as_expression")
		}
		switch child.Kind() {
		case "object_creation_expression", "cast_expression":
			return r.typeName(child.Field("type"))
		case "as_expression":
			return r.typeName(child.Field("right"))
		case "string_literal", "interpolated_string_expression", "verbatim_string_literal", "raw_string_literal":
			return "string"
		}
	}
	return ""
}
