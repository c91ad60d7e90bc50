package golang

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// uses is what a package does with others beside calling them.
type uses struct {
	values   map[string]string // where it names a function of another package without calling it, by import path and name
	dispatch string            // where it calls methods by names that are no constants
}

// usesOf parses the files of a package, once.
func (b *build) usesOf(user *listed) uses {
	u, ok := b.used[user]
	if ok {
		return u
	}
	u = uses{values: map[string]string{}}
	for _, file := range slices.Concat(user.GoFiles, user.CgoFiles) {
		full := filepath.Join(user.Dir, file)
		set := token.NewFileSet()
		f, err := parser.ParseFile(set, full, nil, parser.SkipObjectResolution)
		if f == nil || err != nil {
			continue
		}
		at := func(n ast.Node) string {
			return fettle.Location{Path: b.fileName(user, full), Line: set.Position(n.Pos()).Line}.String()
		}
		imported := b.importedAs(user, f)
		reflects := slices.ContainsFunc(f.Imports, func(s *ast.ImportSpec) bool { return s.Path.Value == `"reflect"` })
		called := map[ast.Expr]bool{}
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				fun := ast.Unparen(n.Fun)
				switch index := fun.(type) {
				case *ast.IndexExpr:
					fun = index.X
				case *ast.IndexListExpr:
					fun = index.X
				}
				called[fun] = true
				if sel, ok := fun.(*ast.SelectorExpr); ok && reflects && u.dispatch == "" && dispatches(sel.Sel.Name, n.Args) {
					u.dispatch = at(n)
				}
			case *ast.SelectorExpr:
				if x, ok := n.X.(*ast.Ident); ok && !called[n] && imported[x.Name] != "" {
					name := imported[x.Name] + "." + n.Sel.Name
					if _, ok := u.values[name]; !ok {
						u.values[name] = at(n)
					}
				}
			case *ast.Ident:
				for _, dotted := range dotImports(f) {
					if name := dotted + "." + n.Name; !called[n] && n.IsExported() && u.values[name] == "" {
						u.values[name] = at(n)
					}
				}
			}
			return true
		})
	}
	b.used[user] = u
	return u
}

// importedAs returns the import path behind each name that a file gives a package.
func (b *build) importedAs(user *listed, f *ast.File) map[string]string {
	names := map[string]string{}
	for _, spec := range f.Imports {
		at := strings.Trim(spec.Path.Value, "\"`")
		if mapped, ok := user.ImportMap[at]; ok {
			at = mapped
		}
		switch p := b.packages[at]; {
		case spec.Name != nil:
			names[spec.Name.Name] = at
		case p != nil:
			names[p.Name] = at
		default:
			names[path.Base(at)] = at
		}
	}
	return names
}

func dotImports(f *ast.File) []string {
	var list []string
	for _, spec := range f.Imports {
		if spec.Name != nil && spec.Name.Name == "." {
			list = append(list, strings.Trim(spec.Path.Value, "\"`"))
		}
	}
	return list
}

// dispatches reports whether a call in a file that imports reflect may choose a method by a name or number that is no constant.
func dispatches(name string, args []ast.Expr) bool {
	if len(args) != 1 || name != "MethodByName" && name != "Method" {
		return false
	}
	lit, constant := args[0].(*ast.BasicLit)
	return !(name == "MethodByName" && constant && lit.Kind == token.STRING)
}

// linkname is a name that a file links to.
type linkname struct{ file, name string }

// linknames returns what packages outside of the standard library link to by name. They must import unsafe for that.
func (b *build) linknames() []linkname {
	if b.links != nil {
		return b.links
	}
	b.links = []linkname{}
	for _, name := range b.order {
		p := b.packages[name]
		if p.Standard || !slices.Contains(p.Imports, "unsafe") {
			continue
		}
		for _, file := range slices.Concat(p.GoFiles, p.CgoFiles) {
			full := filepath.Join(p.Dir, file)
			data, err := os.ReadFile(full)
			if err != nil {
				continue
			}
			for line := range strings.Lines(string(data)) {
				if words := strings.Fields(line); len(words) == 3 && words[0] == "//go:linkname" {
					b.links = append(b.links, linkname{b.fileName(p, full), words[2]})
				}
			}
		}
	}
	return b.links
}
