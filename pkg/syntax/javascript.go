package syntax

import "strings"

// readJavaScript fills in f from the tree of a JavaScript, TypeScript or TSX file. A name that cannot be told apart from an
// import counts as one, so that what is missing from f.Imports certainly is not imported by this file, but for f.Dynamic. The
// Path of a Use that does not begin with a name begins with *: *.map for the map of what a call returned.
func readJavaScript(t *Tree, f *File) {
	r := &jsReader{f: f, scopes: map[int32]*jsScope{}, given: map[int32][]jsValue{}, taken: map[int32]bool{}, exported: map[string]bool{}}
	root := t.Root()
	top := &jsScope{names: map[string]*jsBinding{}, function: true}
	r.scopes[root.at] = top
	r.declareAll(root, top)
	for _, a := range r.assigned {
		r.bind(a.pattern, a.scope, jsSource{expr: a.value, scope: a.scope}, false)
	}
	r.bound = true
	r.visitAll(root, jsPlace{scope: top})
	r.settle(root)
}

// jsReader reads one file in two passes: the first finds what each scope declares, the second what the code says.
type jsReader struct {
	f            *File
	scopes       map[int32]*jsScope  // by the node that opens them
	given        map[int32][]jsValue // what the parameters of a function are, by its node, where its only call tells
	assigned     []jsAssigned
	bound        bool           // the first pass is over
	taken        map[int32]bool // literals that name an import and so are not kept as strings
	exported     map[string]bool
	takesRequire bool      // a function of the file has a parameter called require
	handsRequire []Dynamic // require is passed to something
	makesCode    []Dynamic // code is made of text that cannot be read
	codeText     bool      // a literal holds the text of an import
	jsx          int       // the first line with markup
}

// jsPlace is where the second pass stands.
type jsPlace struct {
	scope *jsScope
	in    string
	try   bool
}

// jsScope is a function or block with what it declares.
type jsScope struct {
	parent   *jsScope
	names    map[string]*jsBinding
	function bool
}

// jsBinding is a declared name with all that is ever assigned to it.
type jsBinding struct {
	sources []jsSource
	values  []jsValue
	done    bool
	busy    bool
}

// jsSource is a thing assigned: an expression, or a value where expr is no place, and the path below it that is taken.
type jsSource struct {
	expr  Node
	scope *jsScope
	path  string
	value jsValue
}

// jsValue is a module, or what lies at a path below it, or the function require.
type jsValue struct {
	module, path string
	require      bool
}

type jsAssigned struct {
	pattern, value Node
	scope          *jsScope
}

func (v jsValue) below(path string) jsValue {
	switch {
	case path == "":
	case v.path == "":
		v.path = path
	default:
		v.path += "." + path
	}
	return v
}

func (s *jsScope) find(name string) *jsBinding {
	for ; s != nil; s = s.parent {
		if b := s.names[name]; b != nil {
			return b
		}
	}
	return nil
}

var jsFunctions = []string{"function_declaration", "function_expression", "arrow_function", "method_definition", "generator_function", "generator_function_declaration"}

// jsTypes are nodes that are erased before the program runs.
var jsTypes = []string{"type_annotation", "type_arguments", "type_parameters", "type_alias_declaration", "interface_declaration", "ambient_declaration",
	"function_signature", "abstract_method_signature", "method_signature", "implements_clause", "asserts_annotation", "type_predicate_annotation"}

// settle adds what only the whole file tells.
func (r *jsReader) settle(root Node) {
	if !r.takesRequire { // a wrapper that takes require calls it by that name, which is seen
		r.f.Dynamic = append(r.f.Dynamic, r.handsRequire...)
	}
	if r.codeText {
		r.f.Dynamic = append(r.f.Dynamic, r.makesCode...)
	}
	for i, d := range r.f.Defines {
		r.f.Defines[i].Exported = d.Exported || r.exported[d.Name]
	}
	for comment := range root.Children() {
		if !comment.Is("comment") {
			continue
		}
		text := comment.Text()
		for _, pragma := range []struct{ mark, end, tail string }{{`types="`, `"`, ""}, {`types='`, `'`, ""}, {"@jsxImportSource ", " \t\r\n*", "/jsx-runtime"}} {
			_, name, ok := strings.Cut(text, pragma.mark)
			if !ok || pragma.tail == "" && !strings.HasPrefix(text, "///") {
				continue
			}
			if i := strings.IndexAny(name, pragma.end); i >= 0 {
				name = name[:i]
			}
			r.f.Imports = append(r.f.Imports, Import{Target: strings.TrimSpace(name) + pragma.tail, Line: comment.Line(), Types: pragma.tail == ""})
		}
	}
	if r.jsx > 0 { // what the compiler puts in, where it is set so
		r.f.Imports = append(r.f.Imports, Import{Target: "react/jsx-runtime", Line: r.jsx, Optional: true})
	}
}
