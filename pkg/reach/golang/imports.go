package golang

import (
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// importPath is the name that an advisory gives p: that of the fork that stands in the place of its module.
func (p *listed) importPath() string {
	if m := p.Module; m != nil && m.Replace != nil && m.Replace.Version != "" {
		return m.Replace.Path + strings.TrimPrefix(p.ImportPath, m.Path)
	}
	return p.ImportPath
}

// module is the name and version of p's module as the inventory has it.
func (p *listed) module(goVersion string) (name, version string) {
	switch m := p.Module; {
	case p.Standard:
		return "stdlib", strings.TrimPrefix(goVersion, "go")
	case m == nil:
		return "", ""
	case m.Replace != nil && m.Replace.Version != "":
		return m.Replace.Path, strings.TrimPrefix(m.Replace.Version, "v")
	default:
		return m.Path, strings.TrimPrefix(m.Version, "v")
	}
}

// holds reports whether p is one of the packages that t is about.
func (t target) holds(p *listed) bool {
	if name, _ := p.module(""); name != t.Module {
		return false
	}
	return t.names(p.importPath())
}

// names reports whether t is about the package of this path in its module.
func (t target) names(path string) bool {
	return len(t.Symbols) == 0 || slices.ContainsFunc(t.Symbols, func(s symbol) bool { return s.Path == path })
}

// importChains finds how own code imports the packages of each target.
func (b *build) importChains(outcomes []result) {
	from := map[string]string{} // the importer of each package, "" for own ones
	queue := b.top()
	for _, name := range queue {
		from[name] = ""
	}
	for i := 0; i < len(queue); i++ {
		p := b.packages[queue[i]]
		for _, name := range p.imports() {
			if _, seen := from[name]; !seen && b.packages[name] != nil {
				from[name] = p.ImportPath
				queue = append(queue, name)
			}
		}
	}
	for i, t := range b.job.Targets {
		for _, name := range queue {
			if p := b.packages[name]; t.holds(p) {
				outcomes[i].Imported = true
				outcomes[i].Imports = b.importSteps(name, from)
				break
			}
		}
	}
}

// imports returns what p imports, sorted.
func (p *listed) imports() []string {
	names := make([]string, 0, len(p.Imports))
	for _, name := range p.Imports {
		if mapped, ok := p.ImportMap[name]; ok {
			name = mapped
		}
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func (b *build) importSteps(name string, from map[string]string) []step {
	steps := []step{b.step(b.packages[name])}
	for at := from[name]; at != ""; at = from[at] {
		p := b.packages[at]
		s := b.step(p)
		s.File, s.Line = b.importLine(p, name)
		steps = append(steps, s)
		name = at
	}
	slices.Reverse(steps)
	return steps
}

// step is a step in p without a place.
func (b *build) step(p *listed) step {
	s := step{Package: p.ImportPath}
	if !b.own(p) {
		s.Module, s.Version = p.module(b.goVersion)
	}
	return s
}

// importLine is where p imports the package called name.
func (b *build) importLine(p *listed, name string) (string, int) {
	for _, file := range slices.Concat(p.GoFiles, p.CgoFiles) {
		full := filepath.Join(p.Dir, file)
		for path, line := range importsOf(full) {
			if mapped, ok := p.ImportMap[path]; ok {
				path = mapped
			}
			if path == name {
				return b.fileName(p, full), line
			}
		}
	}
	return "", 0
}

// fileName is the name of a file of p: relative to the copy for own code, else to the module.
func (b *build) fileName(p *listed, full string) string {
	base := b.tree
	switch {
	case b.own(p):
	case p.Standard:
		base = b.goroot
	case p.Module != nil && p.Module.Dir != "":
		base = p.Module.Dir
	case p.Module != nil: // a vendor folder
		rest := strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, p.Module.Path), "/")
		base = strings.TrimSuffix(p.Dir, string(filepath.Separator)+filepath.FromSlash(rest))
	}
	rel, err := filepath.Rel(base, full)
	if err != nil || !filepath.IsLocal(rel) {
		return filepath.Base(full)
	}
	return filepath.ToSlash(rel)
}

// importsOf returns what a file imports and on which line; nothing where it cannot be parsed.
func importsOf(file string) map[string]int {
	set := token.NewFileSet()
	f, err := parser.ParseFile(set, file, nil, parser.ImportsOnly)
	if f == nil || err != nil && len(f.Imports) == 0 {
		return nil
	}
	lines := map[string]int{}
	for _, spec := range f.Imports {
		if path, err := strconv.Unquote(spec.Path.Value); err == nil {
			if _, twice := lines[path]; !twice {
				lines[path] = set.Position(spec.Pos()).Line
			}
		}
	}
	return lines
}
