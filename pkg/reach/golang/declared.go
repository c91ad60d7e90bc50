package golang

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
)

// declarations is what a package declares: functions and methods as Func and Type.Method, and types, true where a type may
// have methods that stand elsewhere.
type declarations struct {
	funcs  map[string]bool
	types  map[string]bool
	others map[string]string // functions that only files outside of the default build declare, and the file
	cgo    map[string]bool   // of the others: the file is for cgo
}

func (b *build) declarations(p *listed) declarations {
	d, ok := b.declared[p]
	if ok {
		return d
	}
	d = declarations{map[string]bool{}, map[string]bool{}, map[string]string{}, map[string]bool{}}
	b.declared[p] = d
	for _, file := range slices.Concat(p.GoFiles, p.CgoFiles) {
		d.read(filepath.Join(p.Dir, file), func(name string) { d.funcs[name] = true })
	}
	for _, file := range p.IgnoredGoFiles {
		full := filepath.Join(p.Dir, file)
		if strings.HasSuffix(file, "_test.go") || !buildable(full) {
			continue
		}
		_, cgo := importsOf(full)["C"]
		d.read(full, func(name string) {
			if !d.funcs[name] && (cgo || d.others[name] == "") {
				d.others[name], d.cgo[name] = file, cgo
			}
		})
	}
	return d
}

// read takes in the declarations of one file.
func (d declarations) read(file string, function func(name string)) {
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
	if f == nil || err != nil {
		return
	}
	for _, decl := range f.Decls {
		switch decl := decl.(type) {
		case *ast.FuncDecl:
			function(funcName(decl))
		case *ast.GenDecl:
			for _, spec := range decl.Specs {
				if t, ok := spec.(*ast.TypeSpec); ok {
					d.types[t.Name.Name] = d.types[t.Name.Name] || inherits(t)
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
		if typ, _, ok := strings.Cut(name, "."); ok && d.types[typ] {
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
