package syntax

import (
	"slices"
	"strings"
)

// loading notes a call that loads a class by its name.
func (r *javaReader) loading(n Node) {
	object, name := n.Field("object"), n.Field("name").Text()
	var args []Node
	for x := range n.Field("arguments").Children() {
		if !x.Is("line_comment", "block_comment") {
			args = append(args, x)
		}
	}
	on := object.Text()
	on = on[strings.LastIndex(on, ".")+1:]
	switch name {
	case "forName":
		if !strings.HasSuffix(on, "Class") && !strings.HasSuffix(on, "ClassUtils") && !strings.HasSuffix(on, "ClassUtil") {
			return
		}
		if len(args) == 2 && on == "Class" {
			args = args[1:] // of a module
		}
	case "loadClass":
	case "defineClass", "defineHiddenClass", "getEngineByName", "getEngineByExtension", "getEngineByMimeType", "getSystemJavaCompiler", "parseClass":
		r.dynamic(n, name+", which runs code made at run time", "")
		return
	case "newInstance":
		if on != "URLClassLoader" {
			return
		}
		r.dynamic(n, "a URLClassLoader, which loads classes from elsewhere", "")
		return
	case "instantiate":
		if on != "Beans" {
			return
		}
	default:
		return
	}
	if len(args) == 0 {
		return
	}
	r.byName(n, strings.TrimPrefix(on+"."+name, "."), args[0])
}

// byName notes a class that is loaded by the name that arg has.
func (r *javaReader) byName(n Node, what string, arg Node) {
	optional := n.Above("try_statement", "try_with_resources_statement").OK()
	note := func(target string) {
		r.f.Imports = append(r.f.Imports, Import{Target: target, Line: n.Line(), In: r.in(), Optional: optional})
	}
	if text, ok := javaString(arg); ok {
		note(text)
		return
	}
	at, _ := arg.Bytes()
	constant := func(x Node) (string, bool) {
		switch x.Kind() {
		case "identifier":
			v := r.vars[x.Text()]
			text, ok := r.constants[x.Text()]
			if _, visible := r.typeOf(x.Text(), at); visible && ok && len(v) == 1 {
				return text, true
			}
		}
		return "", false
	}
	if text, ok := constant(arg); ok {
		note(text)
		return
	}
	if arg.Is("method_invocation") && slices.Contains([]string{"getName", "getCanonicalName", "getTypeName"}, arg.Field("name").Text()) && arg.Field("object").Is("class_literal") {
		return // the class is a use of its own
	}
	prefix := ""
	left := arg
	for range 1000 { // a + b + c is (a + b) + c
		if !left.Is("binary_expression") || !left.Field("operator").Is("+") {
			break
		}
		left = left.Field("left")
	}
	if text, ok := javaString(left); ok {
		prefix = text
	} else if text, ok := constant(left); ok {
		prefix = text
	}
	r.dynamic(n, what+" of a name that is not known here", prefix)
}

func (r *javaReader) dynamic(n Node, what, prefix string) {
	if len(prefix) > MaxString {
		prefix = ""
	}
	r.f.Dynamic = append(r.f.Dynamic, Dynamic{Line: n.Line(), What: what, Prefix: prefix})
}

// creation notes objects that load classes which something else names.
func (r *javaReader) creation(n Node) {
	kind := javaDotted(n.Field("type"))
	switch kind[strings.LastIndex(kind, ".")+1:] {
	case "ObjectInputStream", "XMLDecoder":
		r.dynamic(n, "deserializes Java objects, of any class that the input names", "")
	case "URLClassLoader":
		r.dynamic(n, "a URLClassLoader, which loads classes from elsewhere", "")
	case "GroovyShell", "GroovyClassLoader", "GroovyScriptEngine", "ScriptEngineManager":
		r.dynamic(n, "runs scripts, which may use any class", "")
	}
}

// javaString is the text of a string literal or text block without escapes, or of several that are added up.
func javaString(n Node) (string, bool) {
	switch n.Kind() {
	case "string_literal":
		var b strings.Builder
		for x := range n.Children() {
			switch x.Kind() {
			case "string_fragment", "multiline_string_fragment":
				b.WriteString(x.Text())
			default:
				return "", false
			}
		}
		return b.String(), true
	case "parenthesized_expression":
		for x := range n.Children() {
			if x.Is("string_literal") {
				return javaString(x)
			}
		}
	case "binary_expression":
		var parts []string
		for range 1000 {
			if !n.Is("binary_expression") || !n.Field("operator").Is("+") || !n.Field("right").Is("string_literal") {
				break
			}
			text, ok := javaString(n.Field("right"))
			if !ok {
				return "", false
			}
			parts = append(parts, text)
			n = n.Field("left")
		}
		if !n.Is("string_literal") {
			return "", false
		}
		text, ok := javaString(n)
		parts = append(parts, text)
		slices.Reverse(parts)
		return strings.Join(parts, ""), ok
	}
	return "", false
}
