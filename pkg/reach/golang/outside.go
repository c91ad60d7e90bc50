package golang

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// outsides is the graph of imports over all files, whatever their build constraints say: what some build could hold.
type outsides struct {
	b     *build
	dirs  map[string]*folder // by directory
	at    map[string]string  // directory of an import path, "" where there is none
	roots []string           // directories of own packages, sorted
	inner map[string]bool    // files of the default build
}

// unresolved is where walks lead with imports whose code is not there.
const unresolved = "?"

// folder is the Go files of one directory.
type folder struct {
	prod, tests []link
}

// link is one import.
type link struct {
	path string
	file string
	line int
}

const (
	maxFolders = 20_000
	maxGoFiles = 5_000 // of one directory
)

// outsideChains looks, for targets that the default build does not import, for files of other builds and for tests that do.
// For the others it looks for own files of other builds that import a vulnerable package themselves.
func (b *build) outsideChains(outcomes []result) {
	var missing bool
	for _, r := range outcomes {
		missing = missing || len(r.Trace) == 0
	}
	if !missing {
		return
	}
	o := &outsides{b: b, dirs: map[string]*folder{}, at: map[string]string{}, inner: map[string]bool{}}
	for _, p := range b.packages {
		for _, file := range slices.Concat(p.GoFiles, p.CgoFiles) {
			o.inner[filepath.Join(p.Dir, file)] = true
		}
	}
	o.findRoots()
	prod, tests := o.walk(false), map[string]via(nil)
	for i, t := range b.job.Targets {
		r := &outcomes[i]
		switch {
		case len(r.Trace) > 0:
		case r.Imported:
			r.Outside = o.direct(t)
		default:
			r.Outside = o.chain(t, prod)
			if r.Outside == nil {
				if tests == nil {
					tests = o.walk(true)
				}
				r.Tests = o.chain(t, tests)
			}
		}
	}
}

// findRoots finds the folders of the main modules that hold Go files, also those that ./... leaves out, but for testdata.
func (o *outsides) findRoots() {
	for _, m := range o.b.members {
		_ = filepath.WalkDir(m.Dir, func(name string, d fs.DirEntry, err error) error {
			if err != nil || !d.IsDir() {
				return nil
			}
			if name != m.Dir {
				if d.Name() == "testdata" || d.Name() == "vendor" || d.Name() == "node_modules" || d.Name() == ".git" {
					return fs.SkipDir
				}
				if _, err := os.Stat(filepath.Join(name, "go.mod")); err == nil {
					return fs.SkipDir
				}
			}
			o.roots = append(o.roots, name)
			return nil
		})
	}
	slices.Sort(o.roots)
	o.roots = slices.Compact(o.roots)
}

// via is how a walk came to a directory: from an import, or from nowhere where it began.
type via struct {
	dir  string
	link link
}

// walk follows the imports of own files, and of what they import, over all files that some build may hold. With tests, it
// begins with own tests too. The result is how each directory is reached, first through own code.
func (o *outsides) walk(tests bool) map[string]via {
	seen := map[string]via{}
	queue := slices.Clone(o.roots)
	own := map[string]bool{}
	for _, dir := range queue {
		seen[dir], own[dir] = via{}, true
	}
	for i := 0; i < len(queue) && i < maxFolders; i++ {
		f := o.folder(queue[i])
		links := f.prod
		if tests && own[queue[i]] {
			links = slices.Concat(links, f.tests)
		}
		for _, l := range links {
			dir := o.resolve(l.path, queue[i])
			if dir == "" {
				continue
			}
			if _, ok := seen[dir]; !ok {
				seen[dir] = via{queue[i], l}
				if dir != unresolved {
					queue = append(queue, dir)
				}
			}
		}
	}
	return seen
}

// chain is how a walk came to a package of t; nil where it did not.
func (o *outsides) chain(t target, seen map[string]via) []step {
	var dirs []string
	for dir := range seen {
		if dir == unresolved {
			continue
		}
		if module, _, path := o.identify(dir); module == t.Module && t.names(path) && seen[dir].dir != "" {
			dirs = append(dirs, dir)
		}
	}
	var at string
	var steps []step
	switch v, lost := seen[unresolved]; {
	case len(dirs) > 0:
		slices.Sort(dirs)
		at = dirs[0]
		_, version, path := o.identify(at)
		steps = []step{{Module: t.Module, Version: version, Package: path}}
	case lost && t.Module != "stdlib":
		at = unresolved
		steps = []step{{Module: unresolved, Package: v.link.path}}
	default:
		return nil
	}
	for range maxFolders {
		v := seen[at]
		if v.dir == "" {
			break
		}
		steps = append(steps, o.stepOf(v))
		at = v.dir
	}
	slices.Reverse(steps)
	return steps
}

// direct is an own file that no default build holds and that imports a package of t itself.
func (o *outsides) direct(t target) []step {
	for _, dir := range o.roots {
		for _, l := range o.folder(dir).prod {
			if o.inner[l.file] {
				continue
			}
			at := o.resolve(l.path, dir)
			if at == "" || at == unresolved {
				continue
			}
			if module, version, path := o.identify(at); module == t.Module && t.names(path) {
				return []step{o.stepOf(via{dir, l}), {Module: module, Version: version, Package: path}}
			}
		}
	}
	return nil
}

func (o *outsides) stepOf(v via) step {
	module, version, name := o.identify(v.dir)
	s := step{Module: module, Version: version, Package: name, Line: v.link.line, Outside: !o.inner[v.link.file]}
	base := o.b.tree
	if module != "" {
		base = v.dir
	}
	if rel, err := filepath.Rel(base, v.link.file); err == nil && filepath.IsLocal(rel) {
		s.File = filepath.ToSlash(rel)
	}
	return s
}

// folder reads the imports of the Go files of a directory that some build may hold.
func (o *outsides) folder(dir string) *folder {
	if f, ok := o.dirs[dir]; ok {
		return f
	}
	f := &folder{}
	o.dirs[dir] = f
	entries, _ := os.ReadDir(dir)
	for _, e := range entries[:min(len(entries), maxGoFiles)] {
		name := e.Name()
		if !strings.HasSuffix(name, ".go") || strings.HasPrefix(name, ".") || !e.Type().IsRegular() {
			continue
		}
		full := filepath.Join(dir, name)
		if !o.inner[full] && !buildable(full) {
			continue
		}
		lines := importsOf(full)
		names := make([]string, 0, len(lines))
		for path := range lines {
			names = append(names, path)
		}
		slices.Sort(names)
		for _, path := range names {
			l := link{path, full, lines[path]}
			if strings.HasSuffix(name, "_test.go") {
				f.tests = append(f.tests, l)
			} else {
				f.prod = append(f.prod, l)
			}
		}
	}
	return f
}
