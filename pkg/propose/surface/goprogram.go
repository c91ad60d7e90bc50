package surface

import (
	"bytes"
	"errors"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"io"
	"path"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// goProgram is the project's own module, parsed.
type goProgram struct {
	fset     *token.FileSet
	mod      *modfile.File
	path     string
	packages map[string]*goPackage // by import path
	left     []source              // files that are not of the build
	nodes    []fettle.Package
}

type goPackage struct {
	path     string
	files    []*ast.File // with the tests of the package itself
	external []*ast.File // tests in a package of their own
}

func (p *goPackage) all() []*ast.File { return append(slices.Clone(p.files), p.external...) }

// goContext picks the files of a build for this platform without cgo.
func goContext() build.Context {
	c := build.Default
	c.CgoEnabled = false
	return c
}

// goProgramOf parses own Go files, once.
func (c *Checker) goProgramOf(l *look) (*goProgram, error) {
	s := l.own
	if s.goProgram != nil {
		return s.goProgram, nil
	}
	p := &goProgram{fset: c.std.fset, packages: map[string]*goPackage{}}
	modPath := joinDir(s.project.Dir, "go.mod")
	if data, ok := s.texts[modPath]; ok {
		f, err := modfile.ParseLax(modPath, data, nil)
		if err != nil || f.Module == nil {
			return nil, errors.New("the project's go.mod cannot be read")
		}
		p.mod, p.path = f, f.Module.Mod.Path
	} else {
		return nil, errors.New("the project has no go.mod")
	}
	for _, n := range s.project.Nodes {
		if n.Ecosystem == "Go" && plainName(n.Name) && plainName(n.Version) {
			p.nodes = append(p.nodes, n.Package)
		}
	}
	context := goContext()
	for _, f := range s.files {
		text := f.text
		context.OpenFile = func(string) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(text)), nil }
		if ok, err := context.MatchFile(path.Dir(f.Path), path.Base(f.Path)); err != nil || !ok {
			p.left = append(p.left, f)
			continue
		}
		file, err := parser.ParseFile(p.fset, f.Path, f.text, parser.SkipObjectResolution)
		if err != nil {
			s.unread = append(s.unread, fettle.Gap{Stage: "propose", Subject: f.Path, Reason: "does not parse, so uses in it may be missed: " + plain(err.Error())})
			l.result.Gaps = append(l.result.Gaps, s.unread[len(s.unread)-1])
			if file == nil {
				continue
			}
		}
		if slices.ContainsFunc(file.Imports, func(i *ast.ImportSpec) bool { return i.Path.Value == `"C"` }) {
			p.left = append(p.left, f)
			continue
		}
		dir := strings.TrimPrefix(strings.TrimPrefix(path.Dir("/"+f.Path), "/"+s.project.Dir), "/")
		at := strings.TrimSuffix(p.path+"/"+dir, "/")
		if p.packages[at] == nil {
			p.packages[at] = &goPackage{path: at}
		}
		if strings.HasSuffix(file.Name.Name, "_test") && strings.HasSuffix(f.Path, "_test.go") {
			p.packages[at].external = append(p.packages[at].external, file)
		} else {
			p.packages[at].files = append(p.packages[at].files, file)
		}
	}
	s.goProgram = p
	return p, nil
}

// concerned are the own packages that import the module, or another that does, sorted.
func (p *goProgram) concerned(module string) []string {
	hit := map[string]bool{}
	for changed := true; changed; {
		changed = false
		for at, pkg := range p.packages {
			if hit[at] {
				continue
			}
			for _, f := range pkg.all() {
				for _, i := range f.Imports {
					if to := strings.Trim(i.Path.Value, "`\""); hit[to] || p.of(to, module) {
						hit[at], changed = true, true
					}
				}
			}
		}
	}
	var list []string
	for at := range hit {
		list = append(list, at)
	}
	slices.Sort(list)
	return list
}

// of reports whether a package is of the module, and not of one nested in it.
func (p *goProgram) of(imported, module string) bool {
	if imported != module && !strings.HasPrefix(imported, module+"/") {
		return false
	}
	if p.path == imported || strings.HasPrefix(imported, p.path+"/") && len(p.path) > len(module) {
		return false
	}
	return !slices.ContainsFunc(p.nodes, func(n fettle.Package) bool {
		return len(n.Name) > len(module) && (imported == n.Name || strings.HasPrefix(imported, n.Name+"/"))
	})
}
