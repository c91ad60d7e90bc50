package syntax

import "strings"

// export notes that the file hands v on under name; where v is nothing imported, it is the definition local.
func (r *jsReader) export(name string, v jsValue, local string, line int) {
	if v.module == "" {
		if v.require {
			return
		}
		v.path = local
		r.exported[local] = true
	}
	r.f.Exports = append(r.f.Exports, Export{Name: name, Module: v.module, Path: v.path, Line: line})
}

// exportValue notes that the file hands on what n stands for.
func (r *jsReader) exportValue(name string, n Node, p jsPlace) {
	values := r.eval(n, p.scope, 0)
	for _, v := range values {
		r.export(name, v, "", n.Line())
	}
	if len(values) > 0 {
		return
	}
	switch {
	case n.Is("identifier", "shorthand_property_identifier"):
		r.export(name, jsValue{}, n.Text(), n.Line())
		if b := p.scope.find(n.Text()); b != nil && name == "" && len(b.sources) == 1 && b.sources[0].expr.Is("object") && !b.busy {
			b.busy = true
			r.exportObject(b.sources[0].expr, p)
			b.busy = false
		}
	case n.Is("object") && name == "":
		r.exportObject(n, p)
	case n.Is("object") && name == "*":
		r.exportObject(n, p)
	case n.Is("assignment_expression"):
		r.exportValue(name, n.Field("right"), p)
	default:
		r.export(name, jsValue{}, jsOwnName(n, name), n.Line())
	}
}

// exportObject notes the properties of module.exports = {...}.
func (r *jsReader) exportObject(n Node, p jsPlace) {
	for part := range n.Children() {
		switch part.Kind() {
		case "pair":
			if key, ok := jsKey(part.Field("key")); ok {
				r.exportValue(key, part.Field("value"), p)
			}
		case "shorthand_property_identifier":
			r.exportValue(part.Text(), part, p)
		case "method_definition":
			r.export(part.Field("name").Text(), jsValue{}, part.Field("name").Text(), part.Line())
		case "spread_element":
			for inner := range part.Children() {
				r.exportValue("*", inner, p)
			}
		}
	}
}

// jsOwnName is the name of the definition n: its own, or that of the property it is given to.
func jsOwnName(n Node, property string) string {
	if name := n.Field("name"); name.OK() && n.Is("function_expression", "class", "generator_function") {
		return name.Text()
	}
	if property == "" || property == "default" {
		return "exports"
	}
	return property
}

// exportGetter reads Object.defineProperty(exports, name, descriptor) as compilers write it.
func (r *jsReader) exportGetter(name string, descriptor Node, p jsPlace) {
	if name == "" || name == "__esModule" {
		return
	}
	for n := range descriptor.Walk() {
		switch {
		case n.Is("return_statement"):
			for value := range n.Children() {
				r.exportValue(name, value, jsPlace{scope: r.around(n, p.scope)})
			}
		case n.Is("arrow_function") && !n.Field("body").Is("statement_block"):
			r.exportValue(name, n.Field("body"), jsPlace{scope: r.around(n, p.scope)})
		case n.Is("pair") && n.Field("key").Text() == "value":
			r.exportValue(name, n.Field("value"), p)
		}
	}
}

// around is the scope that n stands in.
func (r *jsReader) around(n Node, otherwise *jsScope) *jsScope {
	for ; n.OK(); n = n.Parent() {
		if s := r.scopes[n.at]; s != nil {
			return s
		}
	}
	return otherwise
}

func jsExports(text string) bool { return text == "exports" || text == "module.exports" }

// exportAssignment reads exports.name = value, module.exports = value and the like.
func (r *jsReader) exportAssignment(n Node, p jsPlace) {
	left := n.Field("left")
	if left.Is("identifier") {
		return
	}
	text := left.Text()
	if len(text) > MaxString {
		return
	}
	name, ok := strings.CutPrefix(strings.TrimPrefix(text, "module."), "exports")
	if !ok {
		return
	}
	if index := left.Field("index"); left.Is("subscript_expression") {
		if !index.Is("string") || !jsExports(left.Field("object").Text()) {
			return
		}
		name = "." + jsText(index)
	}
	if name == "" || name[0] == '.' {
		r.exportValue(strings.TrimPrefix(name, "."), n.Field("right"), p)
	}
}

// exportStatement reports whether there is nothing below n left to read.
func (r *jsReader) exportStatement(n Node, p jsPlace) bool {
	source := n.Field("source")
	clause := n.Child("export_clause")
	if source.OK() {
		r.taken[source.at] = true
		i := Import{Target: jsText(source), Line: n.Line(), In: p.in, Exports: true, Types: jsToken(n, "type")}
		names, erased := jsSpecifiers(clause, "export_specifier")
		i.Names = names
		i.Types = i.Types || erased && len(names) == 0
		switch all := n.Child("namespace_export"); {
		case clause.OK():
		case all.OK():
			var name Node
			for name = range all.Children() {
			}
			i.Names = []Name{{"*", jsName(name)}}
		default:
			i.Names = []Name{{"*", "*"}}
		}
		r.add(i)
		for _, name := range i.Names {
			path := name.Name
			if path == "*" {
				path = ""
			}
			if !i.Types {
				r.export(name.As, jsValue{module: i.Target, path: path}, "", i.Line)
			}
		}
		return true
	}
	if clause.OK() {
		for part := range clause.Children() {
			local, as := part.Field("name"), jsName(part.Field("alias"))
			if as == "" {
				as = local.Text()
			}
			if part.Is("export_specifier") && !jsToken(part, "type") {
				r.exportValue(as, local, p)
			}
		}
		return true
	}
	declaration := n.Field("declaration")
	switch value := n.Field("value"); {
	case value.OK():
		r.exportValue("default", value, p)
	case jsToken(n, "default"):
		name := declaration.Field("name").Text()
		if name == "" {
			name = "exports"
		}
		r.export("default", jsValue{}, name, n.Line())
	case declaration.Is("lexical_declaration", "variable_declaration"):
		for d := range declaration.Children() {
			r.exportDeclared(d, p)
		}
	case declaration.OK():
		name := declaration.Field("name").Text()
		r.export(name, jsValue{}, name, n.Line())
	case jsToken(n, "="):
		for value := range n.Children() {
			r.exportValue("", value, p)
		}
	}
	return false
}

func (r *jsReader) exportDeclared(d Node, p jsPlace) {
	name := d.Field("name")
	if name.Is("identifier") {
		if values := r.eval(d.Field("value"), p.scope, 0); len(values) > 0 {
			for _, v := range values {
				r.export(name.Text(), v, "", d.Line())
			}
			return
		}
		r.export(name.Text(), jsValue{}, name.Text(), d.Line())
		return
	}
	for n := range name.Walk() {
		if n.Is("identifier", "shorthand_property_identifier_pattern") {
			for _, v := range append(r.valuesOf(p.scope.find(n.Text()), 0), jsValue{}) {
				r.export(n.Text(), v, n.Text(), n.Line())
			}
		}
	}
}

// define notes a function or class and returns the place inside of it.
func (r *jsReader) define(n Node, p jsPlace) jsPlace {
	name := jsDefined(n)
	if name == "" {
		return p
	}
	p.in = jsJoin(p.in, name)
	if len(p.in) > 4*MaxString { // names within names within names
		p.in = name
	}
	exported := false
	if parent := n.Parent(); parent.Is("export_statement") {
		exported = true
	}
	r.f.Defines = append(r.f.Defines, Definition{Name: p.in, Line: n.Line(), EndLine: n.EndLine(), Exported: exported})
	return p
}

// jsDefined is the name of the function or class n: its own, or that of what it is assigned to; "" for none.
func jsDefined(n Node) string {
	if name := n.Field("name"); name.OK() {
		if key, ok := jsKey(name); ok {
			return key
		}
		return name.Text()
	}
	parent := n.Parent()
	for parent.Is("parenthesized_expression") {
		parent = parent.Parent()
	}
	switch parent.Kind() {
	case "variable_declarator":
		if name := parent.Field("name"); name.Is("identifier") {
			return name.Text()
		}
	case "pair":
		key, _ := jsKey(parent.Field("key"))
		return key
	case "public_field_definition", "field_definition":
		return parent.Field("name").Text() + parent.Field("property").Text()
	case "assignment_expression":
		name := parent.Field("left").Text()
		if len(name) > MaxString || strings.ContainsAny(name, "[(\n") {
			return ""
		}
		name = strings.ReplaceAll(strings.TrimPrefix(name, "module."), ".prototype.", ".")
		if name == "exports" {
			return name
		}
		return strings.TrimPrefix(strings.TrimPrefix(name, "exports."), "this.")
	case "export_statement":
		return "exports"
	}
	return ""
}
