package syntax

import (
	"slices"
	"strings"
)

// visitAll runs the second pass over the children of n.
func (r *jsReader) visitAll(n Node, p jsPlace) {
	for child := range n.Children() {
		r.visit(child, p)
	}
}

func (r *jsReader) visit(n Node, p jsPlace) {
	if n.Is(jsTypes...) {
		return
	}
	if inner := r.scopes[n.at]; inner != nil {
		p.scope = inner
	}
	switch n.Kind() {
	case "function_declaration", "function_expression", "arrow_function", "method_definition", "generator_function", "generator_function_declaration",
		"class_declaration", "class", "abstract_class_declaration":
		p = r.define(n, p)
		p.try = false // it may run later
	case "internal_module":
		p.in = jsJoin(p.in, n.Field("name").Text())
	case "try_statement":
		for child := range n.Children() {
			inner := p
			inner.try = p.try || child.FieldName() == "body"
			r.visit(child, inner)
		}
		return
	case "import_statement":
		r.importStatement(n, p)
		return
	case "export_statement":
		if r.exportStatement(n, p) {
			return
		}
	case "member_expression", "subscript_expression":
		r.nameless(n, p)
	case "call_expression":
		r.call(n, p)
	case "new_expression":
		r.construct(n, p)
	case "assignment_expression":
		r.exportAssignment(n, p)
	case "identifier", "shorthand_property_identifier":
		if !jsDeclares(n) {
			r.refer(n, p)
		}
		return
	case "this", "super", "meta_property":
		r.chain(n, p, nil, n.Text())
		return
	case "string":
		r.keep(n)
		return
	case "template_string":
		r.keepTemplate(n)
	case "jsx_element", "jsx_self_closing_element":
		if r.jsx == 0 {
			r.jsx = n.Line()
		}
	case "jsx_closing_element", "comment":
		return
	case "type_query": // the type of an import, erased
		return
	}
	r.visitAll(n, p)
}

// nameless notes what is taken of a value that has no name.
func (r *jsReader) nameless(n Node, p jsPlace) {
	object := n.Field("object")
	value := object
	for value.Is("parenthesized_expression", "await_expression", "non_null_expression", "as_expression", "satisfies_expression") {
		inner := Node{}
		for inner = range value.Children() {
			break
		}
		value = inner
	}
	switch {
	case !value.OK() || value.Is("identifier", "this", "super", "meta_property", "member_expression"),
		value.Is("subscript_expression") && value.Field("index").Is("string"):
		return
	}
	values := r.eval(value, p.scope, 0)
	if value.Is("call_expression") && len(values) > 0 {
		return // noted where the module is loaded
	}
	r.chain(object, p, values, "*")
}

// jsDeclares reports whether an identifier gives a name to something here, rather than mentions it.
func jsDeclares(n Node) bool {
	parent, field := n.Parent(), n.FieldName()
	switch parent.Kind() {
	case "variable_declarator", "function_declaration", "function_expression", "generator_function", "generator_function_declaration", "class_declaration", "class",
		"enum_declaration", "internal_module", "abstract_class_declaration":
		return field == "name"
	case "formal_parameters", "rest_pattern", "array_pattern", "import_alias", "import_specifier", "namespace_import", "import_clause", "export_specifier", "namespace_export":
		return true
	case "required_parameter", "optional_parameter":
		return field == "pattern"
	case "arrow_function", "catch_clause":
		return field == "parameter"
	case "pair_pattern":
		return field == "value"
	case "assignment_pattern", "object_assignment_pattern":
		return field == "left"
	case "for_in_statement":
		return field == "left"
	case "assignment_expression":
		return field == "left"
	}
	return false
}

// refer notes the use of a name.
func (r *jsReader) refer(n Node, p jsPlace) {
	values := r.eval(n, p.scope, 0)
	r.chain(n, p, values, n.Text())
}

// chain notes the use of what n and the properties taken of it stand for: values, or else a thing of this name.
func (r *jsReader) chain(n Node, p jsPlace, values []jsValue, name string) {
	top, path, hidden := n, "", false
climb:
	for {
		parent := top.Parent()
		switch parent.Kind() {
		case "member_expression":
			if top.FieldName() != "object" {
				break climb
			}
			path = jsJoin(path, parent.Field("property").Text())
		case "subscript_expression":
			index := parent.Field("index")
			if top.FieldName() != "object" {
				break climb
			}
			if !index.Is("string") {
				hidden = true
				break climb
			}
			path = jsJoin(path, jsText(index))
		case "parenthesized_expression", "non_null_expression", "as_expression", "satisfies_expression", "await_expression":
		case "sequence_expression":
			if end, last := jsEnd(top), jsEnd(parent); end != last {
				return // its value is dropped
			}
		default:
			break climb
		}
		top = parent
	}
	call := jsCalled(top)
	if !hidden {
		path, call = jsInvoked(path, call)
	}
	if len(path) > 4*MaxString {
		path = path[:4*MaxString]
	}
	if len(values) == 0 {
		if path != "" {
			name += "." + path
		}
		r.use(Use{Path: name, Line: n.Line(), In: p.in, Call: call && !hidden})
		return
	}
	for _, v := range values {
		v := v.below(path)
		switch {
		case v.require:
			if v.path == "" && !call && !r.held(top) {
				r.handsRequire = append(r.handsRequire, Dynamic{Line: n.Line(), What: "require, handed on to other code"})
			}
		case jsModule(v) && (hidden || !call && !r.held(top)) && slices.Contains(jsMakers, v.path):
			r.f.Dynamic = append(r.f.Dynamic, Dynamic{Line: n.Line(), What: "what makes a require, handed on to other code"})
			r.use(Use{Module: v.module, Path: v.path, Line: n.Line(), In: p.in})
		case !call && !hidden && r.held(top):
		default:
			r.use(Use{Module: v.module, Path: v.path, Line: n.Line(), In: p.in, Call: call && !hidden})
		}
	}
}

func (r *jsReader) use(u Use) {
	r.f.Uses = append(r.f.Uses, u)
}

func jsEnd(n Node) int {
	_, end := n.Bytes()
	return end
}

// jsCalled reports whether n is called where it stands, or made an instance of, or extended.
func jsCalled(n Node) bool {
	parent := n.Parent()
	switch parent.Kind() {
	case "call_expression":
		return n.FieldName() == "function"
	case "new_expression":
		return n.FieldName() == "constructor"
	case "jsx_opening_element", "jsx_self_closing_element":
		return n.FieldName() == "name"
	case "extends_clause":
		return n.FieldName() == "value"
	case "class_heritage", "decorator":
		return true
	}
	return false
}

// jsInvoked takes call, apply and bind off a path: f.call() calls f.
func jsInvoked(path string, call bool) (string, bool) {
	i := strings.LastIndexByte(path, '.') + 1
	switch path[i:] {
	case "call", "apply":
		return strings.TrimSuffix(path[:i], "."), call
	case "bind":
		return strings.TrimSuffix(path[:i], "."), false
	}
	return path, call
}

// held reports whether the value of n only gets a name here, by which its uses are followed.
func (r *jsReader) held(n Node) bool {
	for {
		parent := n.Parent()
		switch parent.Kind() {
		case "variable_declarator":
			return n.FieldName() == "value" && jsFollowed(parent.Field("name"))
		case "assignment_expression":
			if n.FieldName() == "right" && !jsFollowed(parent.Field("left")) {
				return false
			}
			if parent.Parent().Is("expression_statement") {
				return n.FieldName() == "right"
			}
		case "parenthesized_expression", "non_null_expression", "as_expression", "satisfies_expression", "await_expression":
		case "binary_expression":
			if op := parent.Field("operator").Text(); op == "&&" && n.FieldName() == "left" {
				return true
			} else if op != "||" && op != "??" && op != "&&" {
				return op == "===" || op == "!==" || op == "==" || op == "!="
			}
		case "ternary_expression":
			if n.FieldName() == "condition" {
				return true
			}
		case "if_statement", "expression_statement":
			return true
		case "unary_expression":
			op := parent.Field("operator").Text()
			return op == "typeof" || op == "!" || op == "void"
		case "arguments":
			if !jsInterop.MatchString(strings.TrimSuffix(strings.TrimPrefix(parent.Parent().Field("function").Text(), "(0, "), ")")) {
				return false
			}
			parent = parent.Parent()
		default:
			return false
		}
		n = parent
	}
}

// jsFollowed reports whether all that pattern takes is known by name.
func jsFollowed(pattern Node) bool {
	switch pattern.Kind() {
	case "identifier":
		return true
	case "object_pattern":
		for part := range pattern.Children() {
			switch part.Kind() {
			case "shorthand_property_identifier_pattern", "object_assignment_pattern", "comment":
			case "pair_pattern":
				if _, ok := jsKey(part.Field("key")); !ok {
					return false
				}
			default:
				return false
			}
		}
		return true
	}
	return false
}

// keep notes a string literal.
func (r *jsReader) keep(n Node) {
	if r.taken[n.at] {
		return
	}
	r.text(jsText(n), n.Line())
}

func (r *jsReader) keepTemplate(n Node) {
	whole := true
	for part := range n.Children() {
		if part.Is("template_substitution") {
			whole = false
		} else if strings.Contains(part.Text(), "require") || strings.Contains(part.Text(), "import") {
			r.codeText = true
		}
	}
	if text := n.Text(); whole && len(text) >= 2 && !r.taken[n.at] {
		r.text(jsUnescape(text[1:len(text)-1]), n.Line())
		return
	}
	for part := range n.Children() {
		if part.Is("string_fragment") {
			r.text(part.Text(), part.Line())
		}
	}
}

func (r *jsReader) text(text string, line int) {
	if strings.Contains(text, "require") || strings.Contains(text, "import(") || strings.Contains(text, "import ") {
		r.codeText = true
	}
	if text == "" || len(text) > MaxString || strings.ContainsAny(text, "\n\r") {
		for field := range strings.FieldsSeq(text) { // a long text keeps its words
			if len(r.f.Strings) < 200_000 && len(field) <= MaxString && strings.ContainsAny(field, `'"`) {
				r.note(strings.Trim(field, `'"();,`), line)
			}
		}
		return
	}
	r.note(text, line)
}

func (r *jsReader) note(text string, line int) {
	if _, ok := r.f.Strings[text]; !ok && text != "" {
		r.f.Strings[text] = line
	}
}
