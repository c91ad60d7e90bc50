package golang

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"slices"
	"strings"
)

// declarations is what a package declares: functions and methods as Func and Type.Method.
type declarations struct {
	funcs  map[string]bool
	types  map[string]inherited
	others map[string]string        // functions that only files outside of the default build declare, and the file
	cgo    map[string]bool          // of the others: the file is for cgo
	plain  map[string]*ast.FuncType // functions without type parameters
}

func (b *build) declarations(p *listed) declarations {
	d, ok := b.declared[p]
	if ok {
		return d
	}
	d = declarations{map[string]bool{}, map[string]inherited{}, map[string]string{}, map[string]bool{}, map[string]*ast.FuncType{}}
	b.declared[p] = d
	for _, file := range slices.Concat(p.GoFiles, p.CgoFiles) {
		d.read(filepath.Join(p.Dir, file), func(name string, f *ast.FuncDecl) {
			d.funcs[name] = true
			if f.Recv == nil && f.Type.TypeParams == nil {
				d.plain[name] = f.Type
			}
		})
	}
	for _, file := range p.IgnoredGoFiles {
		full := filepath.Join(p.Dir, file)
		if strings.HasSuffix(file, "_test.go") || !buildable(full) {
			continue
		}
		_, cgo := importsOf(full)["C"]
		d.read(full, func(name string, _ *ast.FuncDecl) {
			if !d.funcs[name] && (cgo || d.others[name] == "") {
				d.others[name], d.cgo[name] = file, cgo
			}
		})
	}
	return d
}

// read takes in the declarations of one file.
func (d declarations) read(file string, function func(name string, f *ast.FuncDecl)) {
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
	if f == nil || err != nil {
		return
	}
	for _, decl := range f.Decls {
		switch decl := decl.(type) {
		case *ast.FuncDecl:
			function(funcName(decl), decl)
		case *ast.GenDecl:
			for _, spec := range decl.Specs {
				if t, ok := spec.(*ast.TypeSpec); ok {
					d.types[t.Name.Name] = d.types[t.Name.Name].join(inherits(t))
				}
			}
		}
	}
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

// inherited is where a type has methods from that no declaration with its name gives it.
type inherited struct {
	from    []string        // types of the package
	foreign bool            // a type of another package, or one that is not named
	methods map[string]bool // of an interface
}

// join is for a type that several files declare, one for each platform.
func (x inherited) join(y inherited) inherited {
	all := inherited{from: append(slices.Clone(x.from), y.from...), foreign: x.foreign || y.foreign, methods: map[string]bool{}}
	maps.Copy(all.methods, x.methods)
	maps.Copy(all.methods, y.methods)
	return all
}

func inherits(t *ast.TypeSpec) inherited {
	h := inherited{methods: map[string]bool{}}
	add := func(x ast.Expr) {
		if name := receiverName(x); name != "" {
			h.from = append(h.from, name)
		} else {
			h.foreign = true
		}
	}
	switch x := t.Type.(type) {
	case *ast.StructType:
		for _, f := range x.Fields.List {
			if len(f.Names) == 0 {
				add(f.Type)
			}
		}
	case *ast.InterfaceType:
		for _, f := range x.Methods.List {
			if len(f.Names) == 0 {
				add(f.Type)
			}
			for _, name := range f.Names {
				h.methods[name.Name] = true
			}
		}
	default:
		if t.Assign.IsValid() {
			add(t.Type)
		}
	}
	return h
}

// leavesOpen reports whether a type has a method from somewhere that names does not have.
func (d declarations) leavesOpen(typ, method string, names []string, depth int) bool {
	h := d.types[typ]
	if h.foreign || h.methods[method] || depth > 20 {
		return true
	}
	return slices.ContainsFunc(h.from, func(from string) bool {
		if name := from + "." + method; d.funcs[name] {
			return !slices.Contains(names, name)
		}
		return d.leavesOpen(from, method, names, depth+1)
	})
}

// lacks says why the names of s do not fit the installed version.
func (d declarations) lacks(s symbol) string {
	if len(s.Names) == 0 {
		return ""
	}
	found, other := false, ""
	for _, name := range s.Names {
		if d.funcs[name] {
			found = true
			continue
		}
		if file := d.others[name]; file != "" {
			if other = fmt.Sprintf("%s is declared in %s, which the default build leaves out", name, file); d.cgo[name] {
				return other + ", since it needs cgo"
			}
			continue
		}
		if typ, method, ok := strings.Cut(name, "."); ok && d.leavesOpen(typ, method, s.Names, 0) {
			return fmt.Sprintf("%s of %s is a method that %s has from another type or leaves to others, so calls of it go by other names", name, s.Path, typ)
		}
	}
	switch {
	case found:
		return ""
	case other != "":
		return other
	}
	return fmt.Sprintf("the installed version of %s declares none of the functions that the advisory names", s.Path)
}
