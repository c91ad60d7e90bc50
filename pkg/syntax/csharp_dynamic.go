package syntax

import (
	"slices"
	"strconv"
	"strings"
)

// csharpLoaders load an assembly or a type that an argument names, by their last two names; and, after a dot, by the last
// whatever it is a member of.
var csharpLoaders = []string{"Assembly.Load", "Assembly.LoadFrom", "Assembly.LoadFile", "Assembly.LoadWithPartialName", "Assembly.UnsafeLoadFrom",
	"Assembly.LoadModule", "Type.GetType", "Activator.CreateInstanceFrom", "CurrentDomain.Load", "AppDomain.Load", ".LoadFromAssemblyPath", ".LoadFromAssemblyName",
	".LoadFromStream", ".LoadFromNativeImagePath", ".CreateInstanceAndUnwrap", ".CreateInstanceFromAndUnwrap", "CurrentDomain.CreateInstance",
	"CurrentDomain.CreateInstanceFrom", "DbProviderFactories.GetFactory", "NativeLibrary.Load", "NativeLibrary.TryLoad", "BuildManager.GetType",
	"ObjectHandle.CreateInstance", "AssemblyName.GetAssemblyName", ".LoadUnmanagedDllFromPath"}

// csharpScanners load or compile whatever they find, named or not.
var csharpScanners = map[string]string{"DirectoryCatalog": "loads every assembly of a folder", "DependencyContext.Default": "lists all assemblies of the program",
	"DependencyContext.Load": "lists all assemblies of the program", "CSharpScript.EvaluateAsync": "compiles text", "CSharpScript.RunAsync": "compiles text",
	"CSharpScript.Create": "compiles text", "CSharpCompilation.Create": "compiles text", "CSharpCodeProvider": "compiles text", "VBCodeProvider": "compiles text",
	"PluginLoader.CreateFromAssemblyFile": "loads plugins", "AssemblyDependencyResolver": "loads plugins", "DirectoryModuleCatalog": "loads every module of a folder",
	"BuildManager.GetReferencedAssemblies": "lists all assemblies of the program", "ApplicationPartManager": "loads assemblies as parts of the application",
	".AddApplicationPart": "loads assemblies as parts of the application"}

// dynamic notes a call that may load code by a name that cannot be read.
func (r *csharpReader) dynamic(n Node, path string) {
	r.load(n, path)
	what := csharpCall(path, csharpLoaders)
	var first Node
	for argument := range n.Field("arguments").Children() {
		if argument.Is("argument") {
			first = argument
			break
		}
	}
	value := first
	for child := range first.Children() { // the name of a named argument comes first
		value = child
	}
	if what == "" {
		if csharpCall(path, []string{"Activator.CreateInstance"}) == "" || !r.isText(value) {
			return
		}
		what = "Activator.CreateInstance"
	}
	if prefix, whole := csharpText(value); !whole {
		r.note(n, what+" of an expression", prefix)
	}
}

// load notes what finds code by itself.
func (r *csharpReader) load(n Node, path string) {
	for _, name := range []string{csharpTail(path, 2), csharpTail(path, 1), "." + csharpTail(path, 1)} {
		if why, ok := csharpScanners[name]; ok && name != "" {
			r.note(n, strings.TrimPrefix(name, ".")+", which "+why, "")
			return
		}
	}
}

func (r *csharpReader) note(n Node, what, prefix string) {
	d := Dynamic{Line: n.Line(), What: what, Prefix: prefix}
	if !slices.Contains(r.file.Dynamic, d) {
		r.file.Dynamic = append(r.file.Dynamic, d)
	}
}

func csharpCall(path string, names []string) string {
	for _, name := range names {
		if name[0] == '.' && name[1:] == csharpTail(path, 1) || name == csharpTail(path, 2) {
			return strings.TrimPrefix(name, ".")
		}
	}
	return ""
}

// csharpTail is the last n names of a dotted path.
func csharpTail(path string, n int) string {
	path = strings.ReplaceAll(path, "\x00", "")
	at := len(path)
	for range n {
		if at = strings.LastIndexByte(path[:at], '.'); at < 0 {
			return path
		}
	}
	return path[at+1:]
}

// csharpHead is the first n names of a dotted path.
func csharpHead(path string, n int) string {
	names := strings.SplitN(path, ".", n+1)
	return strings.Join(names[:min(n, len(names))], ".")
}

// isText reports whether n certainly is a string.
func (r *csharpReader) isText(n Node) bool {
	switch n.Kind() {
	case "string_literal", "verbatim_string_literal", "raw_string_literal", "interpolated_string_expression":
		return true
	case "identifier":
		for at := n; at.OK() && r.step(); at = at.Parent() {
			if kind, ok := r.scopes[at.at][n.Text()]; ok {
				return kind == "string" || kind == "String"
			}
		}
	case "binary_expression":
		return r.isText(n.Field("left")) || r.isText(n.Field("right"))
	}
	return false
}

// csharpText is what an expression begins with, and whether that is all of it.
func csharpText(n Node) (text string, whole bool) {
	switch n.Kind() {
	case "string_literal", "verbatim_string_literal", "raw_string_literal":
		return csharpLiteral(n)
	case "interpolated_string_expression":
		for child := range n.Children() {
			switch child.Kind() {
			case "interpolation":
				return text, false
			case "string_content":
				text += child.Text()
			}
		}
		return text, true
	case "parenthesized_expression":
		for child := range n.Children() {
			return csharpText(child)
		}
	case "binary_expression":
		left, all := csharpText(n.Field("left"))
		if !all {
			return left, false
		}
		right, all := csharpText(n.Field("right"))
		return left + right, all
	case "object_creation_expression": // new AssemblyName("...")
		for argument := range n.Field("arguments").Children() {
			for child := range argument.Children() {
				return csharpText(child)
			}
		}
	case "member_access_expression": // typeof(T).AssemblyQualifiedName names what the code mentions
		return "", n.Field("expression").Is("typeof_expression") || n.Field("expression").Field("expression").Is("typeof_expression")
	case "invocation_expression":
		return "", n.Field("function").Text() == "nameof"
	case "typeof_expression", "null_literal":
		return "", true
	}
	return "", false
}

// csharpLiteral is the value of a string literal, and whether it has one.
func csharpLiteral(n Node) (string, bool) {
	if n.Is("verbatim_string_literal") {
		text := strings.TrimSuffix(n.Text(), "u8")
		if len(text) < 3 {
			return "", false
		}
		return strings.ReplaceAll(text[2:len(text)-1], `""`, `"`), true
	}
	var b strings.Builder
	for child := range n.Children() {
		switch child.Kind() {
		case "string_literal_content", "raw_string_content":
			b.WriteString(child.Text())
		case "escape_sequence":
			if s, err := strconv.Unquote(`"` + child.Text() + `"`); err == nil {
				b.WriteString(s)
			} else {
				b.WriteByte(' ')
			}
		}
	}
	return b.String(), true
}

// text keeps a string literal, and reads what is interpolated.
func (r *csharpReader) text(n Node) {
	if n.Is("interpolated_string_expression") {
		for child := range n.Children() {
			switch child.Kind() {
			case "string_content":
				r.keep(child.Text(), child)
			case "interpolation":
				r.children(child)
			}
		}
		return
	}
	text, _ := csharpLiteral(n)
	r.keep(text, n)
}

func (r *csharpReader) keep(text string, n Node) {
	if text == "" || len(text) > MaxString || strings.ContainsAny(text, "\r\n") {
		return
	}
	if _, ok := r.file.Strings[text]; !ok {
		r.file.Strings[text] = n.Line()
	}
}
