package surface

import (
	"bytes"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// goStd is the standard library, type-checked from its sources as it is asked for and shared by all.
type goStd struct {
	fset *token.FileSet
	root string
	done map[string]*types.Package
}

func newGoStd(root string) *goStd {
	return &goStd{fset: token.NewFileSet(), root: filepath.Join(root, "src"), done: map[string]*types.Package{"unsafe": types.Unsafe}}
}

// dir is the folder of a package of the standard library, "" for none.
func (s *goStd) dir(path string) string {
	if !filepath.IsLocal(filepath.FromSlash(path)) || strings.Contains(strings.SplitN(path, "/", 2)[0], ".") && !exists(filepath.Join(s.root, "vendor", filepath.FromSlash(path))) {
		return ""
	}
	for _, dir := range []string{filepath.Join(s.root, filepath.FromSlash(path)), filepath.Join(s.root, "vendor", filepath.FromSlash(path))} {
		if info, err := os.Stat(dir); err == nil && info.IsDir() {
			return dir
		}
	}
	return ""
}

// Import implements types.Importer.
func (s *goStd) Import(path string) (*types.Package, error) {
	if p := s.done[path]; p != nil {
		return p, nil
	}
	dir := s.dir(path)
	if dir == "" {
		return nil, fmt.Errorf("%s is not of the standard library", path)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	context := goContext()
	var files []*ast.File
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		if ok, err := context.MatchFile(dir, e.Name()); err != nil || !ok {
			continue
		}
		f, err := parser.ParseFile(s.fset, filepath.Join(dir, e.Name()), nil, parser.SkipObjectResolution)
		if err == nil {
			files = append(files, f)
		}
	}
	config := types.Config{Importer: s, IgnoreFuncBodies: true, FakeImportC: true, Error: func(error) {}}
	p, _ := config.Check(path, s.fset, files, nil)
	p.MarkComplete()
	s.done[path] = p
	return p, nil
}

// goUniverse is own code and what it imports, with one version of the module that moves.
type goUniverse struct {
	look      *look
	std       *goStd
	program   *goProgram
	module    string
	files     *artifact
	others    map[string]*artifact
	cache     map[string]*goChecked
	concerned []string
	errors    []goError
	uses      goUses
	missing   map[string]bool
	external  bool // tests in a package of their own are being checked
}

type goChecked struct {
	pkg *types.Package
	err error
}

var errCycle = errors.New("imports itself")

// Import implements types.Importer.
func (u *goUniverse) Import(at string) (*types.Package, error) {
	if at == "unsafe" {
		return types.Unsafe, nil
	}
	if done := u.cache[at]; done != nil {
		if done.pkg == nil && done.err == nil {
			return nil, errCycle
		}
		return done.pkg, done.err
	}
	done := &goChecked{}
	u.cache[at] = done
	if own := u.program.packages[at]; own != nil {
		done.pkg, done.err = u.check(at, own.files)
		return done.pkg, done.err
	}
	if u.program.of(at, u.module) {
		done.pkg, done.err = u.load(at, u.module, u.files)
		return done.pkg, done.err
	}
	best := ""
	for name := range u.others {
		if (at == name || strings.HasPrefix(at, name+"/")) && len(name) > len(best) {
			best = name
		}
	}
	switch {
	case best != "":
		done.pkg, done.err = u.load(at, best, u.others[best])
	case u.std.dir(at) != "":
		done.pkg, done.err = u.std.Import(at)
	default:
		if u.missing == nil {
			u.missing = map[string]bool{}
		}
		u.missing[at] = true
		done.pkg, done.err = types.NewPackage(at, goGuess(at)), errors.New("could not be had")
	}
	return done.pkg, done.err
}

var goMajor = regexp.MustCompile(`^v[0-9]+$`)

// goGuess is the name that a package of this path most likely has.
func goGuess(at string) string {
	parts := strings.Split(at, "/")
	name := parts[len(parts)-1]
	if goMajor.MatchString(name) && len(parts) > 1 {
		name = parts[len(parts)-2]
	}
	name, _, _ = strings.Cut(name, ".")
	return strings.ReplaceAll(strings.TrimSuffix(strings.TrimPrefix(name, "go-"), "-go"), "-", "")
}

// load type-checks a package of a module without the bodies of its functions.
func (u *goUniverse) load(at, module string, files *artifact) (*types.Package, error) {
	dir := strings.TrimPrefix(strings.TrimPrefix(at, module), "/")
	context := goContext()
	var list []*ast.File
	for _, name := range files.names {
		if path.Dir(name) != path.Clean("./"+dir) || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := files.read(name)
		if err != nil {
			continue
		}
		context.OpenFile = func(string) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(text)), nil }
		if ok, err := context.MatchFile("x", path.Base(name)); err != nil || !ok {
			continue
		}
		if f, _ := parser.ParseFile(u.std.fset, module+"/"+name, text, parser.SkipObjectResolution); f != nil {
			list = append(list, f)
		}
	}
	if len(list) == 0 {
		return types.NewPackage(at, goGuess(at)), errors.New("no such package")
	}
	config := types.Config{Importer: u, IgnoreFuncBodies: true, FakeImportC: true, Error: func(error) {}}
	p, err := guarded(func() (*types.Package, error) { return config.Check(at, u.std.fset, list, nil) })
	if p == nil {
		return nil, err
	}
	p.MarkComplete()
	return p, nil
}

// guarded turns a panic of the type checker, which hostile text may cause, into an error.
func guarded(check func() (*types.Package, error)) (p *types.Package, err error) {
	defer func() {
		if r := recover(); r != nil {
			p, err = nil, fmt.Errorf("it cannot be type-checked: %v", r)
		}
	}()
	return check()
}

// own type-checks a package of the project, with its tests.
func (u *goUniverse) own(at string) {
	if _, err := u.Import(at); err != nil && u.cache[at].pkg == nil {
		u.look.gap(at+" "+err.Error(), nil)
	}
	if list := u.program.packages[at].external; len(list) > 0 {
		_, _ = u.check(at+"_test", list)
	}
}

// consequences are complaints that another one brings about.
var consequences = regexp.MustCompile(`^declared and not used|imported and not used$|^could not import|^"[^"]*" imported (as .* )?and not used`)

// check type-checks own files, with the bodies of functions where they concern the module, and keeps what is wrong.
func (u *goUniverse) check(at string, files []*ast.File) (*types.Package, error) {
	whole := slices.Contains(u.concerned, strings.TrimSuffix(at, "_test"))
	var found []types.Error
	config := types.Config{Importer: u, IgnoreFuncBodies: !whole, FakeImportC: true, Error: func(err error) {
		var e types.Error
		if errors.As(err, &e) && len(found) < 5000 {
			found = append(found, e)
		}
	}}
	info := &types.Info{Uses: map[*ast.Ident]types.Object{}}
	p, err := guarded(func() (*types.Package, error) { return config.Check(at, u.std.fset, files, info) })
	if p == nil {
		return nil, err
	}
	p.MarkComplete()
	if !whole {
		return p, nil
	}
	for _, e := range found {
		first, rest, _ := strings.Cut(e.Msg, "\n")
		if strings.Contains(e.Msg, "could not import") {
			u.gone(files, e)
			continue
		}
		if e.Soft || consequences.MatchString(first) || first == "" {
			continue
		}
		if rest != "" {
			first += ": " + strings.Join(strings.Fields(rest), " ")
		}
		u.errors = append(u.errors, goError{u.at(e.Pos), e.Pos, first})
	}
	if u.uses.symbols == nil {
		u.uses = goUses{symbols: map[string]bool{}, lines: map[string][]goUse{}}
	}
	for id, object := range info.Uses {
		if object.Pkg() != nil && u.program.of(object.Pkg().Path(), u.module) {
			u.uses.add(u.std.fset, func(s string) string { return s }, id, object)
		}
	}
	return p, nil
}

// gone keeps an import of a package of the module that is not there.
func (u *goUniverse) gone(files []*ast.File, e types.Error) {
	for _, f := range files {
		for _, i := range f.Imports {
			if i.Path.Pos() != e.Pos && i.Pos() != e.Pos {
				continue
			}
			if at := strings.Trim(i.Path.Value, "`\""); u.program.of(at, u.module) {
				u.errors = append(u.errors, goError{u.at(i.Path.Pos()), i.Path.Pos(), "the module has no package " + at})
			}
		}
	}
}

// at is a place of own code.
func (u *goUniverse) at(pos token.Pos) fettle.Location {
	p := u.std.fset.Position(pos)
	return fettle.Location{Path: p.Filename, Line: p.Line, Column: p.Column}
}

// missingNames are the packages whose types own code lacks, for a message.
func (u *goUniverse) missingNames() string {
	var list []string
	for at := range u.missing {
		for _, own := range u.concerned {
			for _, f := range u.program.packages[own].all() {
				if slices.ContainsFunc(f.Imports, func(i *ast.ImportSpec) bool { return strings.Trim(i.Path.Value, "`\"") == at }) && !slices.Contains(list, at) {
					list = append(list, at)
				}
			}
		}
	}
	slices.Sort(list)
	if len(list) > 5 {
		list = append(list[:5], fmt.Sprintf("%d more", len(list)-5))
	}
	return strings.Join(list, ", ")
}
