package syntax

import "strings"

// imports notes one import statement.
func (r *pyReader) imports(n Node, s *pyScope, c pyContext) {
	base := Import{Line: n.Line(), In: s.in, Types: c.types || r.stub, Optional: c.optional}
	if n.Is("import_statement") {
		for child := range n.Fields("name") {
			i := base
			if child.Is("aliased_import") {
				i.Target, i.As = dotted(child.Field("name")), child.Field("alias").Text()
				s.bind(i.As).refer(pyRef{module: i.Target})
			} else { // import a.b binds a, and what is reached as a.b.c is c of a.b
				i.Target = dotted(child)
				first, _, _ := strings.Cut(i.Target, ".")
				i.As = first
				s.bind(first).refer(pyRef{module: first, deeper: i.Target})
			}
			if i.Target != "" {
				r.f.Imports = append(r.f.Imports, i)
			}
		}
		return
	}
	base.Target = dotted(n.Field("module_name"))
	if base.Target == "" {
		return
	}
	if n.Child("wildcard_import").OK() {
		base.Names = []Name{{Name: "*"}}
		base.Exports = s.in == ""
		if len(r.stars) < maxStars {
			r.stars = append(r.stars, base.Target)
		} else {
			r.steps = maxSteps + 1 // cannot be followed either
		}
	}
	for child := range n.Fields("name") {
		name := Name{Name: dotted(child)}
		if child.Is("aliased_import") {
			name.Name = dotted(child.Field("name"))
			name.As = child.Field("alias").Text()
		} else {
			name.As = name.Name
		}
		if name.Name == "" || name.As == "" {
			continue
		}
		base.Names = append(base.Names, name)
		s.bind(name.As).refer(pyRef{module: base.Target, path: name.Name})
	}
	r.f.Imports = append(r.f.Imports, base)
}

// dotted returns the text of a module's name without the blanks and comments that may stand in it.
func dotted(n Node) string {
	text := n.Text()
	if !strings.ContainsAny(text, " \t\r\n\\#\f") {
		return text
	}
	var b strings.Builder
	for part, skip := range n.Walk() {
		switch part.Kind() {
		case "import_prefix":
			for _, c := range part.Text() {
				if c == '.' {
					b.WriteByte('.')
				}
			}
			skip()
		case "identifier":
			if t := b.String(); t != "" && !strings.HasSuffix(t, ".") {
				b.WriteByte('.')
			}
			b.WriteString(part.Text())
		}
	}
	return b.String()
}
