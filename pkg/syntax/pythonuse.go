package syntax

import "strings"

// emit notes what is mentioned, the strings, and what loads code, below n.
func (r *pyReader) emit(n Node, s *pyScope) {
	if inner := r.scopes[n.at]; inner != nil && n.at != 0 {
		r.emitScope(n, s, inner)
		return
	}
	switch n.Kind() {
	case "import_statement", "import_from_statement", "future_import_statement", "global_statement", "nonlocal_statement":
		return
	case "string", "concatenated_string":
		r.literal(n, s)
		return
	case "expression_statement": // a text alone is for people
		if only := n.Child("string", "concatenated_string"); only.OK() && len(only.Text()) == len(n.Text()) {
			if _, whole := pyText(only); whole {
				return
			}
		}
	case "call":
		r.dynamic(n, s)
	case "list", "tuple", "argument_list":
		r.child(n, s)
	case "keyword_argument":
		r.emit(n.Field("value"), s)
		return
	case "attribute", "identifier":
		r.mention(n, s)
		return
	}
	for child := range n.Children() {
		r.emit(child, s)
	}
}

// emitScope does so for what opens a scope; decorators, defaults and bases belong to the scope around.
func (r *pyReader) emitScope(n Node, s, inner *pyScope) {
	for child := range n.Children() {
		switch {
		case child.FieldName() == "name":
		case n.Is("function_definition", "lambda") && child.FieldName() == "parameters":
			r.emitParameters(child, s)
		case n.Is("function_definition", "class_definition") && child.FieldName() != "body":
			r.emit(child, s)
		default:
			r.emit(child, inner)
		}
	}
}

func (r *pyReader) emitParameters(n Node, s *pyScope) {
	for p := range n.Children() {
		r.emit(p.Field("value"), s)
		r.emit(p.Field("type"), s)
	}
}

// mention notes one name with the attributes that follow it.
func (r *pyReader) mention(n Node, s *pyScope) {
	parent := n.Parent()
	call := parent.Is("call") && n.FieldName() == "function" || parent.Is("decorator")
	use := Use{Line: n.Line(), In: s.in, Call: call}
	first, rest := pyChain(n)
	if first == "" {
		base := n
		for base.Is("attribute") {
			base = base.Field("object")
		}
		use.Path = "." + rest
		r.f.Uses = append(r.f.Uses, use)
		if rest == "entry_points" { // of a distribution
			r.f.Dynamic = append(r.f.Dynamic, Dynamic{Line: n.Line(), What: EntryPoints + " of any group, by a distribution's entry_points"})
		}
		r.emit(base, s)
		return
	}
	if b, _ := s.find(first); b != nil && len(b.values) == 1 && n.FieldName() == "left" && parent.Is("assignment") && rest == "" {
		return // the binding itself
	}
	refs, defined := r.meaning(first, s, 0)
	r.handedOn(n, first, rest, refs, defined, call, s)
	for _, ref := range refs {
		full := ref.at(rest)
		use.Module, use.Path = full.module, full.path
		r.f.Uses = append(r.f.Uses, use)
	}
	use.Module = ""
	b, _ := s.find(first)
	switch {
	case defined != "":
		use.Path = strings.TrimSuffix(defined+"."+rest, ".")
	case b != nil && len(refs) > 0:
		return
	case b != nil && rest == "":
		return // a variable
	case b != nil:
		use.Path = "." + rest
	default: // built in, or of a module that is imported whole
		for _, module := range r.stars {
			star := use
			star.Module, star.Path = module, strings.TrimSuffix(first+"."+rest, ".")
			r.f.Uses = append(r.f.Uses, star)
		}
		use.Path = strings.TrimSuffix(first+"."+rest, ".")
	}
	r.f.Uses = append(r.f.Uses, use)
}

// literal keeps a string, and looks into the expressions of a formatted one.
func (r *pyReader) literal(n Node, s *pyScope) {
	if text, whole := pyText(n); whole && len(text) <= MaxString && text != "" && !strings.ContainsAny(text, "\r\n") {
		if _, ok := r.f.Strings[text]; !ok {
			r.f.Strings[text] = n.Line()
		}
	}
	begins, _ := pyText(n)
	r.secret(n, begins)
	if begins = strings.TrimSpace(begins); strings.HasSuffix(begins, ".") && len(begins) <= MaxString && pyName(begins[:len(begins)-1]) {
		if _, ok := r.f.Strings[begins]; !ok { // what a name is made of
			r.f.Strings[begins] = n.Line()
		}
	}
	for part, skip := range n.Walk() {
		if part.Is("interpolation") {
			skip()
			for child := range part.Children() {
				r.emit(child, s)
			}
		}
	}
}

// pyText is the text of a string literal up to the first expression in it, and whether that is all. An escape ends it too,
// but for those of quotes and line ends that no name holds.
func pyText(n Node) (text string, whole bool) {
	var b strings.Builder
	if n.Is("concatenated_string") {
		for part := range n.Children() {
			t, ok := pyText(part)
			b.WriteString(t)
			if !ok {
				return b.String(), false
			}
		}
		return b.String(), true
	}
	raw := strings.ContainsAny(n.Child("string_start").Text(), "rR")
	for part := range n.Children() {
		switch part.Kind() {
		case "string_content":
			t := part.Text()
			if at := strings.IndexByte(t, '\\'); at >= 0 && !raw {
				b.WriteString(t[:at])
				return b.String(), false
			}
			b.WriteString(t)
		case "interpolation":
			return b.String(), false
		}
	}
	return b.String(), true
}
