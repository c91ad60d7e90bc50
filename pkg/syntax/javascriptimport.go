package syntax

import (
	"slices"
	"strings"
)

func (r *jsReader) importStatement(n Node, p jsPlace) {
	i := Import{Line: n.Line(), In: p.in, Optional: p.try, Types: n.Child("type").OK(), Target: jsText(n.Field("source"))}
	r.taken[n.Field("source").at] = true
	if clause := n.Child("import_require_clause"); clause.OK() {
		i.Target, i.As = jsText(clause.Field("source")), clause.Child("identifier").Text()
		r.add(i)
		return
	}
	for t := range n.All() {
		i.Types = i.Types || t.Kind() == "type" || t.Kind() == "typeof"
	}
	clause := n.Child("import_clause")
	if name := clause.Child("identifier"); name.OK() {
		i.Names = append(i.Names, Name{"default", name.Text()})
	}
	i.As = clause.Child("namespace_import").Child("identifier").Text()
	names, erased := jsSpecifiers(clause.Child("named_imports"), "import_specifier")
	i.Names = append(i.Names, names...)
	i.Types = i.Types || erased && len(i.Names) == 0 && i.As == ""
	r.add(i)
}

// jsSpecifiers reads the names in braces; erased reports whether there were types only.
func jsSpecifiers(list Node, kind string) (names []Name, erased bool) {
	for part := range list.Children() {
		if !part.Is(kind) {
			continue
		}
		if t := part.Child("type", "typeof"); t.OK() || jsToken(part, "type") {
			erased = true
			continue
		}
		name, as := jsName(part.Field("name")), jsName(part.Field("alias"))
		if as == "" {
			as = name
		}
		names = append(names, Name{name, as})
	}
	return names, erased
}

func jsToken(n Node, token string) bool {
	for child := range n.All() {
		if child.Kind() == token && !child.Named() && child.FieldName() == "" {
			return true
		}
	}
	return false
}

func jsName(n Node) string {
	if n.Is("string") {
		return jsText(n)
	}
	return n.Text()
}

func (r *jsReader) add(i Import) {
	if i.Target != "" && i.Line > 0 {
		r.f.Imports = append(r.f.Imports, i)
	}
}

// call notes what a call loads.
func (r *jsReader) call(n Node, p jsPlace) {
	function, args := n.Field("function"), jsArguments(n)
	if function.Is("import") {
		r.load(n, args, p, "import()")
		return
	}
	if len(args) == 0 {
		return
	}
	name := function.Text()
	if len(name) > 100 {
		name = ""
	}
	for _, v := range r.eval(function, p.scope, 0) {
		if !v.require {
			r.known(v, n, args, p)
			continue
		}
		switch v.path {
		case "":
			r.load(n, args, p, "require")
		case "call":
			r.load(n, args[1:], p, "require")
		case "resolve", "ensure":
			r.load(n, args[:1], p, "require."+v.path)
		case "context":
			r.folder(n, args[0], p)
		}
		return
	}
	method := function.Field("property").Text()
	switch {
	case name == "define" || name == "requirejs" || name == "System.register":
		for _, a := range args[:min(2, len(args))] {
			if a.Is("array") {
				r.load(n, []Node{a}, p, name)
			}
		}
	case name == "import.meta.webpackContext":
		r.folder(n, args[0], p)
	case strings.HasPrefix(name, "import.meta.glob"):
		r.glob(n, args[0], p)
	case name == "System.import" || name == "import.meta.resolve" || strings.HasSuffix(name, "odule._load") || method == "requireActual" || method == "importActual":
		r.load(n, args, p, name)
	case (method == "mock" || method == "doMock" || method == "requireMock") && (strings.HasPrefix(name, "jest.") || strings.HasPrefix(name, "vi.")):
		if args[0].Is("string") {
			r.load(n, args, p, name)
		}
	case name == "eval" && p.scope.find("eval") == nil:
		if args[0].Is("string") {
			r.makesCode = append(r.makesCode, Dynamic{Line: n.Line(), What: "eval of a text that imports"})
		} else {
			r.f.Dynamic = append(r.f.Dynamic, Dynamic{Line: n.Line(), What: "eval of an expression"})
		}
	case name == "Function", slices.Contains([]string{"vm.runInThisContext", "vm.runInNewContext", "vm.runInContext", "vm.compileFunction"}, name), method == "_compile":
		r.made(n, name)
	case name == "__exportStar" || strings.HasSuffix(name, ".__exportStar") || name == "__export" || name == "__reExport":
		for _, a := range args {
			for _, v := range r.eval(a, p.scope, 0) {
				r.export("*", v, "", n.Line())
			}
		}
	case name == "Object.defineProperty" && len(args) == 3 && jsExports(args[0].Text()):
		r.exportGetter(jsText(args[1]), args[2], p)
	case name == "Object.assign" && jsExports(args[0].Text()):
		for _, a := range args[1:] {
			r.exportValue("*", a, p)
		}
	}
}

// known notes what functions of Node itself load.
func (r *jsReader) known(v jsValue, n Node, args []Node, p jsPlace) {
	module := strings.TrimPrefix(v.module, "node:")
	switch what := module + "." + strings.TrimPrefix(v.path, "default."); what {
	case "child_process.fork", "worker_threads.Worker", "module._load", "module.Module._load", "module.register", "module.import", "import-fresh.default":
		r.load(n, args, p, what)
	case "vm.runInThisContext", "vm.runInNewContext", "vm.runInContext", "vm.compileFunction", "vm.Script", "vm.SourceTextModule":
		r.made(n, what)
	}
}

// construct notes what an instance loads.
func (r *jsReader) construct(n Node, p jsPlace) {
	constructor, args := n.Field("constructor"), jsArguments(n)
	if len(args) == 0 {
		return
	}
	if values := r.eval(constructor, p.scope, 0); len(values) > 0 {
		for _, v := range values {
			r.known(v, n, args, p)
		}
		return
	}
	switch name := constructor.Text(); {
	case name == "Function" || name == "vm.Script" || name == "AsyncFunction" || name == "GeneratorFunction":
		r.made(n, name)
	case name == "Worker" && args[0].Is("string"):
		r.load(n, args[:1], p, "Worker")
	}
}

// made notes that code is made of text. Whether that may import is told by the literals of the file.
func (r *jsReader) made(n Node, name string) {
	r.makesCode = append(r.makesCode, Dynamic{Line: n.Line(), What: name + " of a text, in a file with texts that import"})
}

// load notes an import by call: of a name, of one of several, of a list, or of what nobody can read here.
func (r *jsReader) load(n Node, args []Node, p jsPlace, what string) {
	if len(args) == 0 {
		return
	}
	if args[0].Is("array") {
		for item := range args[0].Children() {
			if item.Is("string") {
				r.taken[item.at] = true
				r.add(Import{Target: jsText(item), Line: item.Line(), In: p.in, Optional: p.try})
			} else if !item.Is("comment") {
				r.unread(n, r.texts(item, p.scope, 0), what)
			}
		}
		return
	}
	if args[0].Is("number") { // a bundler's number of a part of the bundle
		return
	}
	if args[0].Is("string", "template_string") {
		r.taken[args[0].at] = true
	}
	texts := r.texts(args[0], p.scope, 0)
	for _, t := range texts {
		if t.whole {
			i := Import{Target: t.text, Line: n.Line(), In: p.in, Optional: p.try || jsCaught(n)}
			r.named(n, &i)
			r.add(i)
		}
	}
	r.unread(n, texts, what)
	if values := r.eval(n, p.scope, 0); len(values) > 0 {
		if what == "import()" && !n.Parent().Is("await_expression") && jsThen(n) {
			return // what then gets is followed
		}
		if n.Parent().Is("expression_statement") {
			return // for what it does on being loaded
		}
		r.chain(n, p, values, "*")
	}
}

func (r *jsReader) unread(n Node, texts []jsString, what string) {
	for _, t := range texts {
		if !t.whole {
			r.f.Dynamic = append(r.f.Dynamic, Dynamic{Line: n.Line(), What: what + " of an expression", Prefix: t.text})
		}
	}
}

// jsThen reports whether the module of import() goes to a function literal.
func jsThen(n Node) bool {
	member := n.Parent()
	call := member.Parent()
	if !member.Is("member_expression") || !call.Is("call_expression") {
		return false
	}
	args := jsArguments(call)
	return member.Field("property").Text() == "then" && len(args) > 0 && args[0].Is(jsFunctions...)
}

// jsCaught reports whether the failure of import() is caught.
func jsCaught(n Node) bool {
	for m := n.Parent(); m.Is("member_expression"); m = m.Parent().Parent() {
		if m.Field("property").Text() == "catch" {
			return true
		}
	}
	return false
}

// named fills in the local names that an import by call gets.
func (r *jsReader) named(n Node, i *Import) {
	path := ""
	for parent := n.Parent(); ; parent = parent.Parent() {
		switch parent.Kind() {
		case "member_expression":
			path = jsJoin(path, parent.Field("property").Text())
			continue
		case "await_expression", "parenthesized_expression":
			continue
		case "variable_declarator":
			name := parent.Field("name")
			switch {
			case name.Is("identifier") && path == "":
				i.As = name.Text()
			case name.Is("identifier"):
				i.Names = append(i.Names, Name{path, name.Text()})
			}
			for part := range name.Children() {
				if name.Is("object_pattern") && part.Is("shorthand_property_identifier_pattern") {
					i.Names = append(i.Names, Name{jsJoin(path, part.Text()), part.Text()})
				} else if key, ok := jsKey(part.Field("key")); ok && name.Is("object_pattern") {
					i.Names = append(i.Names, Name{jsJoin(path, key), part.Field("value").Text()})
				}
			}
		}
		return
	}
}
