package surface

import (
	"fmt"
	"go/ast"
	"go/build"
	"go/token"
	"go/types"
	"go/version"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// golang type-checks own packages against both versions of a module: what does not compile any more is a break. No code of
// either runs.
func (c *Checker) golang(l *look, _ map[fettle.Package]Artifact) error {
	root, err := c.findGoRoot(l)
	if err != nil {
		return err
	}
	if c.std == nil {
		c.std = newGoStd(root)
	}
	program, err := c.goProgramOf(l)
	if err != nil {
		return err
	}
	module := l.upgrade.Package.Name
	if why := program.replaced(module, l.upgrade.Package.Version); why != "" {
		return fmt.Errorf("go.mod replaces it by %s", why)
	}
	l.goToolchain(program)
	if strings.HasPrefix(module, "github.com/") {
		if parts := strings.SplitN(module, "/", 4); len(parts) >= 3 {
			l.links([]string{"https://" + strings.Join(parts[:3], "/")})
		}
	}
	concerned := program.concerned(module)
	if len(concerned) == 0 {
		return nil
	}
	others := c.goOthers(l, program, concerned)
	before := &goUniverse{look: l, std: c.std, program: program, module: module, files: l.old, others: others, cache: map[string]*goChecked{}, concerned: concerned}
	after := &goUniverse{look: l, std: c.std, program: program, module: module, files: l.new, others: others, cache: map[string]*goChecked{}, concerned: concerned}
	for _, u := range []*goUniverse{before, after} {
		for _, path := range concerned {
			if err := l.ctx.Err(); err != nil {
				return err
			}
			u.own(path)
		}
	}
	l.goBreaks(before, after)
	if missing := before.missingNames(); missing != "" {
		l.gap("types of "+missing+" could not be had, so that what goes through them was not compared", nil)
	}
	for _, f := range program.left {
		if strings.Contains(string(f.text), `"`+module) {
			l.gap("is not part of the build for "+build.Default.GOOS+" without cgo, so uses in it were not compared", &fettle.Location{Path: f.Path})
		}
	}
	return nil
}

// findGoRoot is where the standard library's sources are.
func (c *Checker) findGoRoot(l *look) (string, error) {
	if c.goroot != "" {
		return c.goroot, nil
	}
	candidates := []string{build.Default.GOROOT}
	for _, root := range candidates {
		if root != "" && exists(filepath.Join(root, "src", "fmt")) {
			c.goroot = root
			return root, nil
		}
	}
	dir, err := c.folder()
	if err != nil {
		return "", err
	}
	out, err := c.client(l.ctx, "Go", dir, goEnv(dir), "go", "env", "GOROOT")
	if err != nil {
		return "", err
	}
	root := strings.TrimSpace(out)
	if !filepath.IsAbs(root) || !exists(filepath.Join(root, "src", "fmt")) {
		return "", fmt.Errorf("the sources of Go's standard library are not there")
	}
	c.goroot = root
	return root, nil
}

// replaced says what go.mod puts in the place of a module, "" for nothing.
func (p *goProgram) replaced(module, v string) string {
	if p.mod == nil {
		return ""
	}
	for _, r := range p.mod.Replace {
		if r.Old.Path == module && (r.Old.Version == "" || r.Old.Version == goVersion(module, v)) {
			return r.New.Path
		}
	}
	return ""
}

// goToolchain tells where the module's go directive rises above the project's.
func (l *look) goToolchain(p *goProgram) {
	data, err := l.new.read("go.mod")
	if err != nil {
		return
	}
	f, err := modfile.ParseLax("go.mod", data, nil)
	if err != nil || f.Go == nil {
		return
	}
	own := "1.16" // what the go command takes where nothing is said
	if p.mod != nil && p.mod.Go != nil {
		own = p.mod.Go.Version
	}
	if version.Compare("go"+f.Go.Version, "go"+own) > 0 {
		l.result.Toolchain[l.upgrade.Package.Name] = "go " + f.Go.Version
	}
}

// goOthers fetches the modules, of those that the project has, that own packages and the upgraded one import.
func (c *Checker) goOthers(l *look, program *goProgram, concerned []string) map[string]*artifact {
	var wanted []fettle.Package
	note := func(path string) {
		best := fettle.Package{}
		for _, n := range program.nodes {
			if (path == n.Name || strings.HasPrefix(path, n.Name+"/")) && len(n.Name) > len(best.Name) {
				best = n
			}
		}
		if best.Name != "" && best.Name != l.upgrade.Package.Name && !slices.Contains(wanted, best) && len(wanted) < maxOthers {
			wanted = append(wanted, best)
		}
	}
	for _, path := range concerned {
		for _, f := range program.packages[path].all() {
			for _, i := range f.Imports {
				note(strings.Trim(i.Path.Value, "`\""))
			}
		}
	}
	if data, err := l.old.read("go.mod"); err == nil {
		if f, err := modfile.ParseLax("go.mod", data, nil); err == nil {
			for _, r := range f.Require {
				if !r.Indirect {
					note(r.Mod.Path)
				}
			}
		}
	}
	fetched := c.fetch(l.ctx, "Go", wanted)
	others := map[string]*artifact{}
	for _, p := range wanted {
		if c.opened == nil {
			c.opened = map[fettle.Package]*artifact{}
		}
		if c.opened[p] == nil {
			a, err := openArtifact(fetched[p])
			if err != nil {
				continue
			}
			c.opened[p] = a
		}
		others[p.Name] = c.opened[p]
	}
	return others
}

const maxOthers = 40

// goBreaks tells what compiles against the old version and not against the new one.
func (l *look) goBreaks(before, after *goUniverse) {
	old := map[string]bool{}
	for _, e := range before.errors {
		old[e.at.String()] = true
	}
	diff := newGoDiff(before, after)
	for symbol := range before.uses.symbols {
		l.used[symbol] = true
	}
	for _, e := range after.errors {
		if old[e.at.String()] {
			continue
		}
		symbol, object := before.uses.near(e)
		detail := e.text
		if symbol == "" {
			symbol = l.upgrade.Package.Name
		} else if told := diff.of(object); told != "" && !strings.Contains(detail, told) {
			detail += " (" + told + ")"
		}
		l.broken(symbol, e.at, detail)
	}
}

// goError is one complaint of the type checker about own code.
type goError struct {
	at   fettle.Location
	pos  token.Pos
	text string
}

// goUses are the places of own code that use objects of the module.
type goUses struct {
	symbols map[string]bool
	lines   map[string][]goUse // by path:line
}

type goUse struct {
	at     token.Pos
	column int
	object types.Object
	symbol string
}

func (u *goUses) add(fset *token.FileSet, name func(string) string, id *ast.Ident, object types.Object) {
	pos := fset.Position(id.Pos())
	symbol := goSymbol(object)
	u.symbols[symbol] = true
	key := fmt.Sprintf("%s:%d", name(pos.Filename), pos.Line)
	u.lines[key] = append(u.lines[key], goUse{id.Pos(), pos.Column, object, symbol})
}

// near is the symbol that an error is about: one named in it, else the closest on its line.
func (u *goUses) near(e goError) (string, types.Object) {
	best, score := goUse{}, 1<<30
	for _, use := range u.lines[fmt.Sprintf("%s:%d", e.at.Path, e.at.Line)] {
		s := max(use.column-e.at.Column, e.at.Column-use.column)
		if !mentions(e.text, use.object.Name()) {
			s += 1000
		}
		if s < score {
			best, score = use, s
		}
	}
	if best.object == nil {
		return "", nil
	}
	return best.symbol, best.object
}

// mentions reports whether text holds name as a word.
func mentions(text, name string) bool {
	return slices.Contains(strings.FieldsFunc(text, func(r rune) bool { return r < 0x80 && !wordByte(byte(r)) }), name)
}

// goSymbol is an object's name as code writes it: pkg.Name, pkg.Type.Method.
func goSymbol(o types.Object) string {
	name := o.Name()
	if f, ok := o.(*types.Func); ok {
		if recv := f.Signature().Recv(); recv != nil {
			t := recv.Type()
			if p, ok := t.(*types.Pointer); ok {
				t = p.Elem()
			}
			if n, ok := t.(*types.Named); ok {
				name = n.Obj().Name() + "." + name
			}
		}
	}
	if o.Pkg() != nil {
		return o.Pkg().Name() + "." + name
	}
	return name
}
