package surface

import (
	"github.com/fettle-dev/fettle/pkg/syntax"
)

// results looks at members of what calls of the package return, and of variables that hold only such.
func (n *nodeLook) results() {
	locals := map[string]string{} // local name -> subpath
	for _, i := range n.file.Imports {
		subpath, ok := nodeSubpath(i.Target, n.name)
		if !ok || i.Types || n.told[subpath] {
			continue
		}
		if i.As != "" {
			locals[i.As] = subpath
		}
		for _, name := range i.Names {
			if name.As != "" && name.As != "*" {
				locals[name.As] = subpath
			}
		}
	}
	if len(locals) == 0 || n.file.text == nil {
		return
	}
	tree, err := syntax.Parse(n.ctx, n.file.Language, n.file.text)
	if err != nil {
		return
	}
	holds := map[string]string{}
	note := func(name, subpath string) {
		if have, ok := holds[name]; ok && have != subpath {
			subpath = ""
		}
		holds[name] = subpath
	}
	for x := range tree.Root().Walk() {
		switch x.Kind() {
		case "variable_declarator":
			if name := x.Field("name"); name.Is("identifier") {
				subpath, called := nodeRoot(x.Field("value"), locals, holds)
				if !called {
					subpath = ""
				}
				if _, own := locals[name.Text()]; !own {
					note(name.Text(), subpath)
				}
			}
		case "assignment_expression":
			if left := x.Field("left"); left.Is("identifier") {
				subpath, called := nodeRoot(x.Field("right"), locals, holds)
				if !called {
					subpath = ""
				}
				note(left.Text(), subpath)
			}
		case "formal_parameters":
			for p := range x.Children() {
				if p.Is("identifier") {
					note(p.Text(), "")
				}
			}
		}
	}
	for x := range tree.Root().Walk() {
		property := x.Field("property")
		if !x.Is("member_expression") || !property.Is("property_identifier") || x.FieldName() == "left" && x.Parent().Is("assignment_expression") {
			continue
		}
		subpath, called := nodeRoot(x.Field("object"), locals, holds)
		if subpath == "" || !called {
			continue
		}
		if was, is := n.loaded(n.before, subpath), n.loaded(n.after, subpath); was != "" && is != "" {
			n.loose(was, is, property.Text(), property.Line())
		}
	}
}

// nodeRoot is the subpath of the package that an expression begins at, and whether something is called on the way.
func nodeRoot(x syntax.Node, locals, holds map[string]string) (subpath string, called bool) {
	for range 200 {
		switch x.Kind() {
		case "call_expression":
			called = true
			x = x.Field("function")
		case "new_expression":
			called = true
			x = x.Field("constructor")
		case "member_expression":
			x = x.Field("object")
		case "await_expression", "parenthesized_expression", "non_null_expression", "as_expression":
			var inner syntax.Node
			for inner = range x.Children() {
				break
			}
			x = inner
		case "identifier":
			if held := holds[x.Text()]; held != "" {
				return held, true
			}
			return locals[x.Text()], called
		default:
			return "", false
		}
	}
	return "", false
}
