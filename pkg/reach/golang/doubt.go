package golang

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// loaders are packages through which code runs that is not in the build.
var loaders = map[string]string{
	"plugin":                          "it loads plugins",
	"github.com/traefik/yaegi/interp": "it interprets Go",
}

// doubts finds, for targets that nothing is seen to call, why that proves nothing.
func (b *build) doubts(a *answer) {
	for _, name := range b.order {
		p := b.packages[name]
		if p.Standard {
			continue
		}
		for _, i := range p.imports() {
			if why := loaders[i]; why != "" && a.Dynamic == "" {
				a.Dynamic = fmt.Sprintf("%s: %s imports %s", why, p.ImportPath, i)
			}
		}
	}
	for i, t := range b.job.Targets {
		if r := &a.Outcomes[i]; r.Imported && len(r.Trace) == 0 && len(t.Symbols) > 0 {
			r.Doubt = b.doubt(t)
		}
	}
}

func (b *build) doubt(t target) string {
	for _, s := range t.Symbols {
		p := b.holder(t, s.Path)
		if p == nil {
			continue // not in the build
		}
		declared := b.declarations(p)
		if why := declared.lacks(s); why != "" {
			return why
		}
		for _, name := range s.Names {
			if typ, method, ok := strings.Cut(name, "."); ok && calledBack(method) {
				return fmt.Sprintf("%s of %s is a method that encoders, printers and databases find by reflection, which no call shows", method, typ)
			}
		}
		if why := b.assembled(p, s); why != "" {
			return why
		}
		if why := b.linked(s); why != "" {
			return why
		}
		if why := b.taken(p, s); why != "" {
			return why
		}
	}
	return ""
}

// holder is the package of the build that an advisory names.
func (b *build) holder(t target, path string) *listed {
	for _, name := range b.order {
		p := b.packages[name]
		if module, _ := p.module(""); module == t.Module && p.importPath() == path {
			return p
		}
	}
	return nil
}

// calledBack reports whether a method has a name by which the standard library and its like call it on values that went
// through package reflect.
func calledBack(method string) bool {
	for _, prefix := range []string{"Marshal", "Unmarshal"} {
		if strings.HasPrefix(method, prefix) {
			return true
		}
	}
	return slices.Contains([]string{"String", "GoString", "Format", "Error", "Scan", "Value", "GobEncode", "GobDecode", "AppendText", "AppendBinary",
		"EncodeMsgpack", "DecodeMsgpack", "EncodeValues"}, method)
}

// declarations is what a package declares: functions and methods as Func and Type.Method, and types, true where a type may
// have methods that stand elsewhere.
type declarations struct {
	funcs map[string]bool
	types map[string]bool
}

func (b *build) declarations(p *listed) declarations {
	d := declarations{map[string]bool{}, map[string]bool{}}
	for _, file := range slices.Concat(p.GoFiles, p.CgoFiles, p.IgnoredGoFiles) {
		f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, file), nil, parser.SkipObjectResolution)
		if f == nil || err != nil {
			continue
		}
		for _, decl := range f.Decls {
			switch decl := decl.(type) {
			case *ast.FuncDecl:
				d.funcs[funcName(decl)] = true
			case *ast.GenDecl:
				for _, spec := range decl.Specs {
					if t, ok := spec.(*ast.TypeSpec); ok {
						d.types[t.Name.Name] = inherits(t)
					}
				}
			}
		}
	}
	return d
}

// funcName is Func or Type.Method, as the Go vulnerability database writes it.
func funcName(f *ast.FuncDecl) string {
	if f.Recv == nil || len(f.Recv.List) == 0 {
		return f.Name.Name
	}
	return receiverName(f.Recv.List[0].Type) + "." + f.Name.Name
}

func receiverName(x ast.Expr) string {
	for {
		switch t := x.(type) {
		case *ast.StarExpr:
			x = t.X
		case *ast.ParenExpr:
			x = t.X
		case *ast.IndexExpr:
			x = t.X
		case *ast.IndexListExpr:
			x = t.X
		case *ast.Ident:
			return t.Name
		default:
			return ""
		}
	}
}

// inherits reports whether a type may have methods that no declaration with its name gives it.
func inherits(t *ast.TypeSpec) bool {
	switch x := t.Type.(type) {
	case *ast.StructType:
		for _, f := range x.Fields.List {
			if len(f.Names) == 0 {
				return true
			}
		}
		return false
	case *ast.InterfaceType:
		return true
	}
	return t.Assign.IsValid()
}

// lacks says why the names of s do not fit the installed version.
func (d declarations) lacks(s symbol) string {
	if len(s.Names) == 0 {
		return ""
	}
	found := false
	for _, name := range s.Names {
		if d.funcs[name] {
			found = true
			continue
		}
		if typ, _, ok := strings.Cut(name, "."); ok && d.types[typ] {
			return fmt.Sprintf("%s of %s is a method that %s has from another type or leaves to others, so calls of it go by other names", name, s.Path, typ)
		}
	}
	if !found {
		return fmt.Sprintf("the installed version of %s declares none of the functions that the advisory names", s.Path)
	}
	return ""
}

// assembled says whether assembly of the package calls a symbol.
func (b *build) assembled(p *listed, s symbol) string {
	for _, file := range p.SFiles {
		data, err := os.ReadFile(filepath.Join(p.Dir, file))
		if err != nil {
			return fmt.Sprintf("%s of %s cannot be read", file, p.ImportPath)
		}
		for _, name := range s.Names {
			if strings.Contains(string(data), "CALL\t·"+name+"(SB)") || strings.Contains(string(data), "JMP\t·"+name+"(SB)") {
				return fmt.Sprintf("%s of %s calls %s in assembly", file, p.ImportPath, name)
			}
		}
	}
	return ""
}

// linked says whether a package of the program links to a symbol by name, without importing it.
func (b *build) linked(s symbol) string {
	for _, name := range b.order {
		p := b.packages[name]
		if p.Standard || !slices.Contains(p.Imports, "unsafe") {
			continue
		}
		for _, file := range p.GoFiles {
			full := filepath.Join(p.Dir, file)
			data, err := os.ReadFile(full)
			if err != nil {
				continue
			}
			for line := range strings.Lines(string(data)) {
				words := strings.Fields(line)
				if len(words) != 3 || words[0] != "//go:linkname" {
					continue
				}
				if at, ok := strings.CutPrefix(words[2], s.Path+"."); ok && (len(s.Names) == 0 || slices.Contains(s.Names, plainName(at))) {
					return fmt.Sprintf("%s links to %s by name, which no call shows", b.fileName(p, full), words[2])
				}
			}
		}
	}
	return ""
}

// plainName turns (*Type).Method into Type.Method.
func plainName(name string) string {
	return strings.NewReplacer("(*", "", ")", "").Replace(name)
}

// taken says whether code hands a vulnerable function on as a value, or calls methods by names that are made up while it runs
// where it has values of the package's types.
func (b *build) taken(p *listed, s symbol) string {
	methods := slices.ContainsFunc(s.Names, func(n string) bool {
		_, method, ok := strings.Cut(n, ".")
		return ok && ast.IsExported(method)
	})
	ownImporter, ownDispatch := "", ""
	for _, name := range b.order {
		user := b.packages[name]
		imports := slices.Contains(user.imports(), p.ImportPath)
		if user.Standard || !imports && !b.own(user) && user != p {
			continue
		}
		u := b.uses(user, p, s)
		if u.value != "" {
			return u.value
		}
		if methods && u.dispatch != "" && imports {
			return u.dispatch
		}
		if b.own(user) {
			if imports {
				ownImporter = user.ImportPath
			}
			if u.dispatch != "" {
				ownDispatch = u.dispatch
			}
		}
	}
	if methods && ownImporter != "" && ownDispatch != "" {
		return ownDispatch
	}
	return ""
}

// use is what a package does with another beside calling it.
type use struct {
	value    string // hands on a function of it
	dispatch string // calls methods by names that are not constants
}

func (b *build) uses(user, p *listed, s symbol) use {
	var u use
	for _, file := range slices.Concat(user.GoFiles, user.CgoFiles) {
		full := filepath.Join(user.Dir, file)
		set := token.NewFileSet()
		f, err := parser.ParseFile(set, full, nil, parser.SkipObjectResolution)
		if f == nil || err != nil {
			continue
		}
		local, reflects := "", false
		for _, spec := range f.Imports {
			switch path := strings.Trim(spec.Path.Value, "\"`"); {
			case path == "reflect":
				reflects = true
			case path == p.ImportPath && spec.Name != nil:
				local = spec.Name.Name
			case path == p.ImportPath:
				local = p.Name
			}
		}
		called := map[ast.Expr]bool{}
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				fun := ast.Unparen(n.Fun)
				if index, ok := fun.(*ast.IndexExpr); ok {
					fun = index.X
				}
				called[fun] = true
				if sel, ok := fun.(*ast.SelectorExpr); ok && reflects && u.dispatch == "" && dispatches(sel.Sel.Name, n.Args) {
					u.dispatch = fmt.Sprintf("%s:%d calls methods by names that are made up while it runs, which no call shows", b.fileName(user, full), set.Position(n.Pos()).Line)
				}
			case *ast.SelectorExpr:
				x, ok := n.X.(*ast.Ident)
				if ok && local != "" && x.Name == local && !called[n] && u.value == "" && slices.Contains(s.Names, n.Sel.Name) {
					u.value = fmt.Sprintf("%s:%d hands %s on as a value, and what calls it is not seen", b.fileName(user, full), set.Position(n.Pos()).Line, n.Sel.Name)
				}
			}
			return true
		})
	}
	return u
}

// dispatches reports whether a call in a file that imports reflect may choose a method by a name or number that is no constant.
func dispatches(name string, args []ast.Expr) bool {
	if len(args) != 1 || name != "MethodByName" && name != "Method" {
		return false
	}
	lit, constant := args[0].(*ast.BasicLit)
	return !(name == "MethodByName" && constant && lit.Kind == token.STRING)
}
