package syntax

// declareAll runs the first pass over the children of n.
func (r *jsReader) declareAll(n Node, s *jsScope) {
	for child := range n.Children() {
		r.declare(child, s)
	}
}

// declare notes what n declares in s, and opens its scopes.
func (r *jsReader) declare(n Node, s *jsScope) {
	switch {
	case n.Is(jsTypes...):
		return
	case n.Is(jsFunctions...):
		r.declareFunction(n, s)
		return
	}
	switch n.Kind() {
	case "statement_block", "for_statement", "switch_body", "class_body", "class_static_block":
		s = r.block(n, s)
	case "for_in_statement":
		s = r.block(n, s)
		if left := n.Field("left"); n.Field("kind").OK() {
			r.bind(left, r.home(n.Field("kind").Text() == "var", s), jsSource{}, true)
		}
	case "catch_clause":
		s = r.block(n, s)
		r.bind(n.Field("parameter"), s, jsSource{}, true)
	case "variable_declarator":
		r.bind(n.Field("name"), r.home(n.Parent().Is("variable_declaration"), s), jsSource{expr: n.Field("value"), scope: s}, true)
	case "assignment_expression":
		r.assigned = append(r.assigned, jsAssigned{n.Field("left"), n.Field("right"), s})
	case "class_declaration", "abstract_class_declaration", "enum_declaration":
		r.name(n.Field("name").Text(), s)
	case "internal_module":
		if name := n.Field("name"); name.Is("identifier") {
			r.name(name.Text(), s)
		}
	case "import_statement":
		r.declareImport(n, s)
	case "import_alias":
		if b := r.name(n.Child("identifier").Text(), s); n.Child("nested_identifier").OK() {
			b.sources = append(b.sources, jsSource{expr: n.Child("nested_identifier"), scope: s})
		}
	case "call_expression":
		r.give(n, s)
	}
	r.declareAll(n, s)
}

func (r *jsReader) block(n Node, s *jsScope) *jsScope {
	inner := &jsScope{parent: s, names: map[string]*jsBinding{}}
	r.scopes[n.at] = inner
	return inner
}

// home is the scope that a declaration in s belongs to.
func (r *jsReader) home(hoisted bool, s *jsScope) *jsScope {
	for hoisted && !s.function {
		s = s.parent
	}
	return s
}

func (r *jsReader) name(name string, s *jsScope) *jsBinding {
	b := s.names[name]
	if b == nil {
		b = &jsBinding{}
		s.names[name] = b
	}
	return b
}

func (r *jsReader) declareFunction(n Node, s *jsScope) {
	name := n.Field("name")
	if name.OK() && n.Is("function_declaration", "generator_function_declaration") {
		r.name(name.Text(), s)
	}
	inner := r.block(n, s)
	inner.function = true
	if name.OK() && n.Is("function_expression", "generator_function") {
		r.name(name.Text(), inner)
	}
	given := r.given[n.at]
	for i, p := range parametersOf(n) {
		source := jsSource{}
		if i < len(given) {
			source.value = given[i]
		}
		r.bind(p, inner, source, true)
		if p.Is("identifier") && p.Text() == "require" {
			r.takesRequire = true
		}
	}
	r.declareAll(n, inner)
}

func parametersOf(function Node) []Node {
	if p := function.Field("parameter"); p.OK() {
		return []Node{p}
	}
	var list []Node
	for p := range function.Field("parameters").Children() {
		if p.Is("required_parameter", "optional_parameter") {
			p = p.Field("pattern")
		}
		if !p.Is("comment") {
			list = append(list, p)
		}
	}
	return list
}

// bind notes that the names in pattern are taken from source: declared in s, or only assigned there.
func (r *jsReader) bind(pattern Node, s *jsScope, source jsSource, declares bool) {
	switch pattern.Kind() {
	case "identifier", "shorthand_property_identifier_pattern":
		name := pattern.Text()
		b := s.find(name)
		switch {
		case declares:
			b = r.name(name, s)
		case b == nil: // a global that nothing declares
			for s.parent != nil {
				s = s.parent
			}
			b = r.name(name, s)
		}
		if source.expr.OK() || source.value != (jsValue{}) {
			b.sources = append(b.sources, source)
		}
	case "assignment_pattern", "object_assignment_pattern":
		r.bind(pattern.Field("left"), s, source, declares)
	case "object_pattern":
		for part := range pattern.Children() {
			below := source
			switch part.Kind() {
			case "shorthand_property_identifier_pattern":
				below.path = jsJoin(source.path, part.Text())
				r.bind(part, s, below, declares)
			case "object_assignment_pattern":
				below.path = jsJoin(source.path, part.Field("left").Text())
				r.bind(part, s, below, declares)
			case "pair_pattern":
				key, ok := jsKey(part.Field("key"))
				below.path = jsJoin(source.path, key)
				if !ok {
					below = jsSource{}
				}
				r.bind(part.Field("value"), s, below, declares)
			case "rest_pattern":
				r.bind(part, s, source, declares)
			}
		}
	case "array_pattern":
		for part := range pattern.Children() {
			r.bind(part, s, jsSource{}, declares)
		}
	case "rest_pattern":
		for part := range pattern.Children() {
			r.bind(part, s, jsSource{expr: source.expr, scope: source.scope, path: source.path, value: source.value}, declares)
		}
	}
}

func jsJoin(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// jsKey is the name of a property where it is written out.
func jsKey(n Node) (string, bool) {
	switch n.Kind() {
	case "property_identifier", "private_property_identifier", "identifier", "shorthand_property_identifier", "number":
		return n.Text(), true
	case "string":
		return jsText(n), true
	case "computed_property_name":
		for inner := range n.Children() {
			if inner.Is("string") {
				return jsText(inner), true
			}
		}
	}
	return "", false
}

func (r *jsReader) declareImport(n Node, s *jsScope) {
	target := jsText(n.Field("source"))
	set := func(name Node, path string) {
		if name.OK() {
			b := r.name(name.Text(), s)
			b.sources = append(b.sources, jsSource{value: jsValue{module: target, path: path}})
		}
	}
	if clause := n.Child("import_require_clause"); clause.OK() {
		target = jsText(clause.Field("source"))
		set(clause.Child("identifier"), "")
		return
	}
	clause := n.Child("import_clause")
	set(clause.Child("identifier"), "default")
	set(clause.Child("namespace_import").Child("identifier"), "")
	for part := range clause.Child("named_imports").Children() {
		if part.Is("import_specifier") {
			name := part.Field("name")
			local := part.Field("alias")
			if !local.OK() {
				local = name
			}
			path := name.Text()
			if name.Is("string") {
				path = jsText(name)
			}
			set(local, path)
		}
	}
}

// give notes what the function literals among the parts of a call get: the module of import().then, the modules of an AMD
// definition, the arguments of a function that is called where it stands.
func (r *jsReader) give(call Node, s *jsScope) {
	function, args := call.Field("function"), jsArguments(call)
	switch {
	case function.Is("member_expression") && function.Field("property").Text() == "then" && len(args) > 0 && args[0].Is(jsFunctions...):
		if values := r.eval(function.Field("object"), s, 0); len(values) == 1 {
			r.given[args[0].at] = values
		}
	case function.Is("identifier") && (function.Text() == "define" || function.Text() == "require" || function.Text() == "requirejs"):
		var modules []jsValue
		for _, a := range args {
			switch {
			case a.Is("array"):
				for item := range a.Children() {
					modules = append(modules, jsValue{module: jsText(item)})
				}
			case a.Is(jsFunctions...) && len(modules) > 0:
				r.given[a.at] = modules
			}
		}
	case function.Is("parenthesized_expression"):
		for inner := range function.Children() {
			if !inner.Is(jsFunctions...) {
				continue
			}
			var values []jsValue
			for _, a := range args {
				v := jsValue{}
				if found := r.eval(a, s, 0); len(found) == 1 {
					v = found[0]
				}
				values = append(values, v)
			}
			r.given[inner.at] = values
		}
	}
}

func jsArguments(call Node) []Node {
	var list []Node
	for a := range call.Field("arguments").Children() {
		if !a.Is("comment") {
			list = append(list, a)
		}
	}
	return list
}
