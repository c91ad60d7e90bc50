package syntax

import "strings"

// visit notes what n uses.
func (r *javaReader) visit(n Node, skip func()) {
	start, _ := n.Bytes()
	r.enter(start)
	switch n.Kind() {
	case "package_declaration", "import_declaration":
		skip()
	case "type_identifier":
		if !n.Parent().Is("scoped_type_identifier", "type_parameter") {
			r.use(n, n.Text(), "", false)
		}
	case "scoped_type_identifier":
		if !n.Parent().Is("scoped_type_identifier") {
			r.use(n, javaDotted(n), "", false)
		}
	case "annotation", "marker_annotation":
		r.use(n, javaDotted(n.Field("name")), "", false)
	case "record_pattern":
		if x := n.Child("identifier"); x.OK() {
			r.use(n, x.Text(), "", false)
		}
	case "object_creation_expression":
		r.use(n, javaDotted(n.Field("type")), "<init>", true)
		r.creation(n)
	case "explicit_constructor_invocation":
		if n.Field("constructor").Is("super") {
			if super := r.super(); super != "" {
				r.use(n, super, "<init>", true)
			}
		}
	case "method_invocation":
		r.call(n, n.Field("object"), n.Field("name").Text())
		r.loading(n)
	case "method_reference":
		r.reference(n)
	case "field_access":
		if !n.Parent().Is("field_access", "method_invocation") || n.FieldName() != "object" {
			r.field(n)
		}
	case "provides_module_directive", "uses_module_directive":
		for x := range n.Children() {
			if x.Is("identifier", "scoped_identifier") {
				r.use(n, javaDotted(x), "", false)
			}
		}
	case "string_literal":
		if text, ok := javaString(n); ok && text != "" && len(text) <= MaxString && !strings.ContainsAny(text, "\r\n") {
			if _, ok := r.f.Strings[text]; !ok {
				r.f.Strings[text] = n.Line()
			}
		}
	}
}

// enter keeps track of the definitions around the byte at.
func (r *javaReader) enter(at int) {
	if r.next == 0 {
		r.open = nil
	}
	for len(r.open) > 0 && r.open[len(r.open)-1].end <= at {
		r.open = r.open[:len(r.open)-1]
	}
	for r.next < len(r.places) && r.places[r.next].start <= at {
		r.open = append(r.open, r.places[r.next])
		r.next++
	}
}

// in is the name of the definition that visit is in.
func (r *javaReader) in() string {
	if len(r.open) == 0 {
		return ""
	}
	return r.open[len(r.open)-1].name
}

// super is the type that the class around extends, as written.
func (r *javaReader) super() string {
	for i := len(r.open) - 1; i >= 0; i-- {
		if r.open[i].super != "" {
			return r.open[i].super
		}
	}
	return ""
}

// call notes that the method name is called on object.
func (r *javaReader) call(n, object Node, name string) {
	if name == "" {
		return
	}
	switch object.Kind() {
	case "", "this":
		r.plain(n, name)
	case "super":
		if super := r.super(); super != "" {
			r.use(n, super, name, true)
		}
	case "string_literal", "class_literal":
	default:
		if kind := r.kind(object); kind != "" {
			r.use(n, kind, name, true)
			return
		}
		r.note(n, Use{Path: "." + name, Call: true})
	}
}

// plain notes a call of a method without an object: of this file, imported, or inherited.
func (r *javaReader) plain(n Node, name string) {
	if target, ok := r.statics[name]; ok {
		r.note(n, Use{Module: target, Path: name, Call: true})
		return
	}
	for body := n.Above("class_body"); body.OK(); body = body.Above("class_body") {
		if made := body.Parent(); made.Is("object_creation_expression") { // new A() {{ f(); }} calls A's f
			super, _, _ := strings.Cut(made.Field("type").Text(), "<")
			r.use(n, super, name, true)
		}
	}
	if r.methods[name] {
		return
	}
	for _, target := range r.anyStatic {
		r.note(n, Use{Module: target, Path: name, Call: true})
	}
	for i := len(r.open) - 1; i >= 0; i-- {
		if super := r.open[i].super; super != "" {
			r.use(n, super, name, true)
		}
	}
}

// kind is the name of the type of an expression, as written; "" where it is not known here.
func (r *javaReader) kind(n Node) string {
	at, _ := n.Bytes()
	switch n.Kind() {
	case "identifier":
		if kind, ok := r.typeOf(n.Text(), at); ok {
			return kind
		}
		if _, ok := r.statics[n.Text()]; ok { // a static field, of a type that the other class knows
			return ""
		}
		return n.Text()
	case "field_access":
		if n.Field("object").Is("this") {
			kind, _ := r.typeOf(n.Field("field").Text(), at)
			return kind
		}
		if parts := javaPath(n); len(parts) > 0 {
			if _, ok := r.typeOf(parts[0], at); !ok {
				return strings.Join(parts, ".") // a.b.C, or C.FIELD: its reader knows which
			}
		}
	default:
		return javaMade(n)
	}
	return ""
}

// javaMade is the type of what an expression makes or casts to, as written.
func javaMade(n Node) string {
	for range 50 {
		switch n.Kind() {
		case "object_creation_expression", "cast_expression", "array_creation_expression":
			return javaDotted(n.Field("type"))
		case "parenthesized_expression":
			var inner Node
			for x := range n.Children() {
				inner = x
			}
			n = inner
		default:
			return ""
		}
	}
	return ""
}

// javaPath is a field access as the names in it; nil where it is more than names.
func javaPath(n Node) []string {
	var parts []string
	for x := range n.Walk() {
		switch x.Kind() {
		case "field_access":
		case "identifier":
			parts = append(parts, x.Text())
		default:
			return nil
		}
		if len(parts) > 50 {
			return nil
		}
	}
	return parts
}

// field notes a field that is read: C.FIELD, a.b.C.FIELD.
func (r *javaReader) field(n Node) {
	parts := javaPath(n)
	if len(parts) < 2 {
		return
	}
	at, _ := n.Bytes()
	if kind, ok := r.typeOf(parts[0], at); ok {
		if kind != "" && len(parts) == 2 {
			r.use(n, kind, parts[1], false)
		}
		return
	}
	r.use(n, strings.Join(parts, "."), "", false)
}

// reference notes C::m, c::m and C::new.
func (r *javaReader) reference(n Node) {
	var object Node
	name := ""
	for x := range n.All() {
		switch {
		case x.Is("type_arguments", "::"):
		case !object.OK():
			object = x
		case x.Kind() == "new":
			name = "<init>"
		case x.Is("identifier"):
			name = x.Text()
		}
	}
	switch {
	case name == "":
	case object.Is("type_identifier", "scoped_type_identifier", "generic_type"):
		r.use(n, javaDotted(object), name, true)
	default:
		r.call(n, object, name)
	}
}

// use notes a use of the type kind, as written, or of a member of it.
func (r *javaReader) use(n Node, kind, member string, call bool) {
	head, rest, dotted := strings.Cut(kind, ".")
	if head == "" || head == "var" {
		return
	}
	if r.types[head] && r.names[head] == "" {
		return // of this file
	}
	u := Use{Module: r.names[head], Call: call}
	switch {
	case u.Module == "":
		u.Path = kind
	case dotted:
		u.Path = rest
	}
	if member != "" {
		u.Path = strings.TrimPrefix(u.Path+"."+member, ".")
	}
	r.note(n, u)
}

// note takes a use, once for each definition that it is in.
func (r *javaReader) note(n Node, u Use) {
	u.In = r.in()
	if r.seen[u] {
		return
	}
	r.seen[u] = true
	u.Line = n.Line()
	r.f.Uses = append(r.f.Uses, u)
}
