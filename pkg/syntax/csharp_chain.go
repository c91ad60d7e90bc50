package syntax

import "strings"

// chain returns what n names, dotted, and reads what is in n beside names: arguments, and what members are taken of. It is ""
// for what is not a name, and begins with a dot for a member of that. What goes through an alias begins with the alias's
// target and a NUL.
func (r *csharpReader) chain(n Node) string {
	switch n.Kind() {
	case "identifier":
		return r.resolve(n, n.Text())
	case "generic_name":
		r.visitArguments(n)
		return r.resolve(n, n.Child("identifier").Text())
	case "qualified_name":
		return r.chain(n.Field("qualifier")) + "." + r.last(n.Field("name"))
	case "alias_qualified_name":
		alias, name := n.Field("alias").Text(), r.last(n.Field("name"))
		if target, ok := r.aliases[alias]; ok {
			return target + "\x00." + name
		}
		return name // global, or an alias of the compiler's references
	case "member_access_expression":
		of, name := n.Field("expression"), r.last(n.Field("name"))
		switch of.Kind() {
		case "this":
			return r.member(n, name)
		case "base":
			return "." + name
		}
		return r.chain(of) + "." + name
	case "conditional_access_expression":
		of := r.chain(n.Field("condition"))
		for child := range n.Children() {
			switch {
			case child.FieldName() == "condition":
			case child.Is("member_binding_expression"):
				return of + "." + r.last(child.Field("name"))
			default:
				r.visit(child)
			}
		}
		return ""
	case "postfix_unary_expression", "parenthesized_expression":
		for child := range n.Children() {
			return r.chain(child)
		}
		return ""
	case "cast_expression":
		r.visit(n.Field("value"))
		return r.typed(n.Field("type"))
	case "as_expression":
		r.visit(n.Field("left"))
		return r.typed(n.Field("right"))
	case "object_creation_expression":
		r.create(n)
		return r.expand(r.typeName(n.Field("type")))
	case "predefined_type":
		return n.Text()
	case "nullable_type":
		return r.chain(n.Field("type"))
	}
	r.visit(n)
	return ""
}

// typed reads a type that something is turned into, and returns its name.
func (r *csharpReader) typed(n Node) string {
	r.visit(n)
	return r.expand(r.typeName(n))
}

// last is the last name of a dotted one.
func (r *csharpReader) last(n Node) string {
	if n.Is("generic_name") {
		r.visitArguments(n)
		return n.Child("identifier").Text()
	}
	return n.Text()
}

func (r *csharpReader) visitArguments(n Node) {
	if list := n.Child("type_argument_list"); list.OK() {
		r.children(list)
	}
}

// resolve returns what the first name of a chain stands for: the type of a variable, "" for one whose type is not told, the
// target of an alias, or itself.
func (r *csharpReader) resolve(at Node, name string) string {
	if csharpIsType(at) {
		return r.expand(name)
	}
	for n := at; n.OK() && r.step(); n = n.Parent() {
		if kind, ok := r.scopes[n.at][name]; ok {
			return r.expand(kind)
		}
	}
	return r.expand(name)
}

// csharpIsType reports whether n stands where only a type can, so that no variable is meant.
func csharpIsType(n Node) bool {
	switch n.FieldName() {
	case "type", "returns", "qualifier":
		return true
	case "right":
		return n.Parent().Is("as_expression", "is_expression")
	}
	return n.Parent().Is("type_argument_list", "base_list", "attribute", "typeof_expression", "nullable_type", "array_type", "type_parameter_constraint",
		"qualified_name", "explicit_interface_specifier", "sizeof_expression", "default_expression", "tuple_element", "pointer_type", "type_pattern")
}

// member is resolve for what is taken of this.
func (r *csharpReader) member(at Node, name string) string {
	around := at.Above("class_declaration", "struct_declaration", "record_declaration", "interface_declaration")
	if kind, ok := r.scopes[around.at][name]; ok && around.OK() {
		return r.expand(kind)
	}
	return "." + name
}

// expand writes an alias out.
func (r *csharpReader) expand(name string) string {
	first, rest, dotted := strings.Cut(name, ".")
	target, ok := r.aliases[first]
	switch {
	case !ok:
		return name
	case dotted:
		return target + "\x00." + rest
	}
	return target + "\x00"
}

// typeName is the dotted name of a type without its arguments; "" for arrays, tuples and what has no name.
func (r *csharpReader) typeName(n Node) string {
	switch n.Kind() {
	case "identifier", "predefined_type":
		return n.Text()
	case "generic_name":
		return n.Child("identifier").Text()
	case "qualified_name":
		return r.typeName(n.Field("qualifier")) + "." + r.typeName(n.Field("name"))
	case "alias_qualified_name":
		if target, ok := r.aliases[n.Field("alias").Text()]; ok {
			return target + "." + r.typeName(n.Field("name"))
		}
		return r.typeName(n.Field("name"))
	case "nullable_type", "ref_type", "scoped_type":
		return r.typeName(n.Field("type"))
	}
	return ""
}
