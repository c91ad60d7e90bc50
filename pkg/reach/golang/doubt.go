package golang

import (
	"fmt"
	"go/ast"
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
		switch r := &a.Outcomes[i]; {
		case len(r.Trace) > 0 || len(t.Symbols) == 0:
		case r.Imported && b.native:
			r.Doubt = "the program needs cgo, and there is no C compiler to load it with"
		case r.Imported:
			r.Doubt = b.doubt(t)
		default:
			r.Doubt = b.moved(t)
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

// moved says whether the module is in the build while none of the packages that the advisory names is in the installed version:
// the weakness may then be in another one.
func (b *build) moved(t target) string {
	has := func(dir string) bool {
		return slices.ContainsFunc(t.Symbols, func(s symbol) bool {
			rest := strings.TrimPrefix(strings.TrimPrefix(s.Path, t.Module), "/")
			info, err := os.Stat(filepath.Join(dir, filepath.FromSlash(rest)))
			return err == nil && info.IsDir()
		})
	}
	why := fmt.Sprintf("the installed version of %s has none of the packages that the advisory names", t.Module)
	if t.Module == "stdlib" {
		if has(filepath.Join(b.goroot, "src")) {
			return ""
		}
		return why
	}
	for _, name := range b.order {
		p := b.packages[name]
		if module, _ := p.module(""); module != t.Module || p.Standard || p.Module.Dir == "" {
			continue // a vendor folder holds only what is imported
		}
		if has(p.Module.Dir) {
			return ""
		}
		return why
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
	for _, l := range b.linknames() {
		if at, ok := strings.CutPrefix(l.name, s.Path+"."); ok && (len(s.Names) == 0 || slices.Contains(s.Names, plainName(at))) {
			return fmt.Sprintf("%s links to %s by name, which no call shows", l.file, l.name)
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
	ownImporter, ownDispatch := false, ""
	for _, name := range b.order {
		user := b.packages[name]
		imports := slices.Contains(user.imports(), p.ImportPath)
		if user.Standard || !imports && !b.own(user) {
			continue
		}
		u := b.usesOf(user)
		for _, name := range s.Names {
			if at, ok := u.values[p.ImportPath+"."+name]; ok {
				return fmt.Sprintf("%s hands %s on as a value, and what calls it is not seen", at, name)
			}
		}
		if methods && u.dispatch != "" && imports {
			return dispatched(u.dispatch)
		}
		if b.own(user) {
			ownImporter = ownImporter || imports
			if u.dispatch != "" {
				ownDispatch = u.dispatch
			}
		}
	}
	if methods && ownImporter && ownDispatch != "" {
		return dispatched(ownDispatch)
	}
	return ""
}

func dispatched(at string) string {
	return at + " calls methods by names that are made up while it runs, which no call shows"
}
