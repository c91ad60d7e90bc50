package golang

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"slices"
	"strings"
)

// callWriter rewrites the files of one package.
type callWriter struct {
	main    bool
	files   []sourceFile
	values  map[string]bool                                      // names of functions and methods that are used as values
	types   map[string]*ast.TypeSpec                             // of the package
	generic bool                                                 // an exported method of a generic type cannot be called so
	foreign func(f *ast.File, x *ast.SelectorExpr) *ast.FuncType // the function of another package that x names, if it is one
	count   int
}

type sourceFile struct {
	name string
	text []byte
	set  *token.FileSet
	tree *ast.File
}

func (w *callWriter) read(name string) {
	text, err := os.ReadFile(name)
	if err != nil {
		return
	}
	set := token.NewFileSet()
	tree, err := parser.ParseFile(set, name, text, parser.SkipObjectResolution|parser.ParseComments)
	if err != nil || bytes.Contains(text, []byte("fettleNever")) {
		return
	}
	w.files = append(w.files, sourceFile{name, text, set, tree})
}

// findValues notes names that stand where they are not called.
func (w *callWriter) findValues() {
	for _, f := range w.files {
		called := map[ast.Node]bool{}
		ast.Inspect(f.tree, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				switch fun := ast.Unparen(n.Fun).(type) {
				case *ast.Ident:
					called[fun] = true
				case *ast.SelectorExpr:
					called[fun.Sel] = true
				case *ast.IndexExpr:
					called[fun.X] = true
				}
			case *ast.FuncDecl:
				called[n.Name] = true
			case *ast.TypeSpec:
				w.types[n.Name.Name] = n
			case *ast.Ident:
				if !called[n] {
					w.values[n.Name] = true
				}
			}
			return true
		})
	}
}

// insertion is text that goes into a file at an offset.
type insertion struct {
	at   int
	text string
}

// rewrite returns the text of f with calls in it; nil where there is nothing to call.
func (w *callWriter) rewrite(f *sourceFile) []byte {
	var list []insertion
	end := f.set.File(f.tree.Pos()).Size()
	called, handed := map[ast.Expr]bool{}, map[string]bool{}
	ast.Inspect(f.tree, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			called[ast.Unparen(n.Fun)] = true
		case *ast.FuncLit:
			if !called[n] {
				list = append(list, w.wrap(f, n)...)
			}
		case *ast.SelectorExpr:
			if called[n] || w.foreign == nil {
				break
			}
			if t := w.foreign(f.tree, n); t != nil {
				name := n.X.(*ast.Ident).Name + "." + n.Sel.Name
				if !handed[name] {
					handed[name] = true
					list = append(list, insertion{end, w.hand(name, t)})
				}
			}
		}
		return true
	})
	for _, decl := range f.tree.Decls {
		if d, ok := decl.(*ast.FuncDecl); ok && w.escapes(d) {
			if text := w.call(f, d); text != "" {
				list = append(list, insertion{end, text})
			}
		}
	}
	if len(list) == 0 {
		return nil
	}
	slices.SortStableFunc(list, func(x, y insertion) int { return x.at - y.at })
	var out []byte
	from := 0
	for _, i := range list {
		if i.at == end && from < end { // the last line may be a comment
			out = append(append(out, f.text[from:end]...), '\n')
			from = end
		}
		out = append(append(out, f.text[from:i.at]...), i.text...)
		from = i.at
	}
	if from < end {
		out = append(append(out, f.text[from:]...), '\n')
	}
	return out
}

// escapes reports whether reflection may get hold of a function.
func (w *callWriter) escapes(d *ast.FuncDecl) bool {
	if d.Name.Name == "_" || d.Name.Name == "init" || d.Name.Name == "main" && d.Recv == nil {
		return false
	}
	if d.Recv == nil {
		return d.Type.TypeParams == nil && (w.values[d.Name.Name] || exportedToC(d))
	}
	_, generic := ast.Unparen(receiverOf(d)).(*ast.Ident)
	return w.values[d.Name.Name] || d.Name.IsExported() && (w.main || !generic)
}

// exportedToC reports whether C may call a function by its name.
func exportedToC(d *ast.FuncDecl) bool {
	return d.Doc != nil && slices.ContainsFunc(d.Doc.List, func(c *ast.Comment) bool { return strings.HasPrefix(c.Text, "//export ") })
}

// receiverOf is the type of a method's receiver, without a star.
func receiverOf(d *ast.FuncDecl) ast.Expr {
	recv := ast.Unparen(d.Recv.List[0].Type)
	if star, ok := recv.(*ast.StarExpr); ok {
		return ast.Unparen(star.X)
	}
	return recv
}

// wrap makes a literal one that is called: func() F { f := literal; if never { f(zeroes) }; return f }().
func (w *callWriter) wrap(f *sourceFile, lit *ast.FuncLit) []insertion {
	w.count++
	name := fmt.Sprintf("fettleCall%d", w.count)
	declare, args := w.zeroes(f, lit.Type)
	return []insertion{
		{f.offset(lit.Pos()), "func() " + f.typeText(lit.Type) + " { " + name + " := "},
		{f.offset(lit.End()), "; if fettleNever { " + declare + name + "(" + args + ") }; return " + name + " }()"},
	}
}

// call is an initializer that calls a function.
func (w *callWriter) call(f *sourceFile, d *ast.FuncDecl) string {
	name, declare, args := d.Name.Name, "", ""
	if d.Recv != nil && len(d.Recv.List) > 0 {
		recv := receiverOf(d)
		text := receiverName(recv)
		if _, plain := recv.(*ast.Ident); !plain {
			// The parameters' types may name the type's parameters, so they are left to a function that has them too.
			return w.callGeneric(f, d, text)
		}
		w.count++
		r := fmt.Sprintf("fettleRecv%d", w.count)
		declare = "var " + r + " " + text + "; "
		name = r + "." + name
	}
	zeroes, args := w.zeroes(f, d.Type)
	declare += zeroes
	return "func init() { if fettleNever { " + declare + name + "(" + args + ") } }; "
}

// hand calls a function of another package through one that takes it as a value, so that its types need no names.
func (w *callWriter) hand(function string, t *ast.FuncType) string {
	var types, params, vars, args, results []string
	for _, field := range t.Params.List {
		for range max(len(field.Names), 1) {
			i := len(args)
			param, variable, arg := fmt.Sprintf("A%d", i), fmt.Sprintf("var a%d A%d; ", i, i), fmt.Sprintf("a%d", i)
			types = append(types, param)
			if _, ok := field.Type.(*ast.Ellipsis); ok {
				param, variable, arg = "..."+param, fmt.Sprintf("var a%d []A%d; ", i, i), arg+"..."
			}
			params, vars, args = append(params, param), append(vars, variable), append(args, arg)
		}
	}
	if t.Results != nil {
		for _, field := range t.Results.List {
			for range max(len(field.Names), 1) {
				results = append(results, fmt.Sprintf("R%d", len(results)))
			}
		}
	}
	w.count++
	name := fmt.Sprintf("fettleCall%d", w.count)
	parameters := ""
	if types = append(types, results...); len(types) > 0 {
		parameters = "[" + strings.Join(types, ", ") + " any]"
	}
	return "func " + name + parameters + "(f func(" + strings.Join(params, ", ") + ") (" + strings.Join(results, ", ") + ")) { " +
		strings.Join(vars, "") + "f(" + strings.Join(args, ", ") + ") }; func init() { if fettleNever { " + name + "(" + function + ") } }; "
}

// callGeneric calls a method of a generic type through a generic function with the same parameters.
func (w *callWriter) callGeneric(f *sourceFile, d *ast.FuncDecl, typ string) string {
	spec := w.types[typ]
	if spec == nil || spec.TypeParams == nil {
		w.generic = true
		return ""
	}
	var params []*ast.Ident // as the method calls them
	switch x := receiverOf(d).(type) {
	case *ast.IndexExpr:
		if id, ok := x.Index.(*ast.Ident); ok {
			params = append(params, id)
		}
	case *ast.IndexListExpr:
		for _, index := range x.Indices {
			if id, ok := index.(*ast.Ident); ok {
				params = append(params, id)
			}
		}
	}
	var args, declared, used []string
	for _, field := range spec.TypeParams.List {
		arg, ok := w.typeArgument(f, field.Type, 0)
		if !ok {
			w.generic = true
			return ""
		}
		for range field.Names {
			args = append(args, arg)
		}
	}
	if len(args) != len(params) {
		w.generic = true
		return ""
	}
	for i, p := range params {
		name := p.Name
		if name == "_" {
			name = fmt.Sprintf("fettleType%d", i)
		}
		declared, used = append(declared, "type "+name+" = "+args[i]+"; "), append(used, name)
	}
	w.count++
	r := fmt.Sprintf("fettleRecv%d", w.count)
	zeroes, list := w.zeroes(f, d.Type)
	return "func init() { if fettleNever { " + strings.Join(declared, "") + "var " + r + " " + typ + "[" + strings.Join(used, ", ") + "]; " +
		zeroes + r + "." + d.Name.Name + "(" + list + ") } }; "
}

// typeArgument returns a type that satisfies a constraint, where that is plain to see. A wrong guess does not compile, and then
// nothing is concluded.
func (w *callWriter) typeArgument(f *sourceFile, x ast.Expr, depth int) (string, bool) {
	if depth > 10 {
		return "", false
	}
	switch x := ast.Unparen(x).(type) {
	case *ast.UnaryExpr:
		return w.typeArgument(f, x.X, depth+1)
	case *ast.BinaryExpr:
		return w.typeArgument(f, x.X, depth+1)
	case *ast.SelectorExpr:
		return "int", true // such as cmp.Ordered
	case *ast.Ident:
		if spec := w.types[x.Name]; spec != nil {
			if _, ok := spec.Type.(*ast.InterfaceType); ok && spec.TypeParams == nil {
				return w.typeArgument(f, spec.Type, depth+1)
			}
			return x.Name, spec.TypeParams == nil
		}
		if x.Name == "any" || x.Name == "comparable" {
			return "int", true
		}
		return x.Name, types.Universe.Lookup(x.Name) != nil
	case *ast.InterfaceType:
		methods := false
		for _, field := range x.Methods.List {
			if len(field.Names) > 0 {
				methods = true
				continue
			}
			if arg, ok := w.typeArgument(f, field.Type, depth+1); ok && !methods {
				return arg, true
			}
			return "", false
		}
		if !methods {
			return "int", true
		}
		return f.typeText(x), true // an interface satisfies itself
	}
	return "", false
}

// zeroes declares a variable of each parameter's type, and lists them.
func (w *callWriter) zeroes(f *sourceFile, t *ast.FuncType) (declare, args string) {
	var list []string
	for _, field := range t.Params.List {
		for range max(len(field.Names), 1) {
			w.count++
			name := fmt.Sprintf("fettleArg%d", w.count)
			if variadic, ok := field.Type.(*ast.Ellipsis); ok {
				declare += "var " + name + " []" + f.typeText(variadic.Elt) + "; "
				list = append(list, name+"...")
				continue
			}
			declare += "var " + name + " " + f.typeText(field.Type) + "; "
			list = append(list, name)
		}
	}
	return declare, strings.Join(list, ", ")
}

func (f *sourceFile) offset(p token.Pos) int { return f.set.Position(p).Offset }

// typeText is a type on one line.
func (f *sourceFile) typeText(x ast.Expr) string {
	if text := string(f.text[f.offset(x.Pos()):f.offset(x.End())]); !strings.Contains(text, "\n") && !strings.Contains(text, "//") {
		return text
	}
	return types.ExprString(x)
}
