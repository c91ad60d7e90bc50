package java

import (
	"path"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/reach/program"
	"github.com/fettle-dev/fettle/pkg/syntax"
)

// Bounds of what is read of other modules of the tree.
const (
	maxModules  = 500
	maxSiblings = 5_000 // files
	maxDepth    = 12
)

// siblings reads the sources of the modules that the project needs: they lie below other folders of the tree.
func (c *investigation) siblings() ([]program.Source, []string, error) {
	have := map[string]bool{}
	for _, s := range c.program.Sources {
		have[s.Path] = true
	}
	var sources []program.Source
	var others []string
	take := func(dir string) error {
		for _, file := range c.list(dir, maxSiblings) {
			if err := c.ctx.Err(); err != nil {
				return err
			}
			if have[file] || (Analyst{}).Tests(file) {
				continue
			}
			have[file] = true
			if !strings.HasSuffix(file, ".java") {
				if (Analyst{}).Mentions(file) && !slices.Contains(c.program.Others, file) {
					others = append(others, file)
				}
				continue
			}
			f, err := c.parse(file)
			if err != nil {
				c.program.Unread = append(slices.Clone(c.program.Unread), program.Unread{Path: file, Why: err.Error()})
				continue
			}
			sources = append(sources, program.Source{File: f})
		}
		return nil
	}
	for _, dir := range c.modules() {
		if err := take(dir); err != nil {
			return nil, nil, err
		}
	}
	return sources, others, c.further(&sources, take)
}

// modules are the folders of other modules that need packages of the project.
func (c *investigation) modules() []string {
	var dirs []string
	for holder := range c.needs {
		if _, ok := c.nodes[holder]; ok || holder == "" {
			continue
		}
		dir := path.Clean(holder)
		if dir == "." {
			dir = ""
		}
		if dir != c.program.Project.Dir && !strings.HasPrefix(dir, "../") {
			dirs = append(dirs, path.Join(dir, "src", "main"))
		}
	}
	slices.Sort(dirs)
	return dirs[:min(len(dirs), maxModules)]
}

// further takes the modules that hold imported classes and need no package themselves.
func (c *investigation) further(sources *[]program.Source, take func(string) error) error {
	var roots []string
	taken := map[string]bool{}
	for round := 0; round < 20; round++ {
		o := &own{classes: map[string]bool{}, packages: map[string]bool{}, inner: map[string]bool{}}
		all := append(slices.Clone(c.program.Sources), *sources...)
		o.define(all)
		var next []string
		for _, s := range all {
			if s.Test {
				continue
			}
			for _, i := range s.Imports {
				if i.As == "" && len(i.Names) == 0 || ofJDK(i.Target) || o.isOwn(i.Target) || o.packages[i.Target] {
					continue
				}
				if _, _, ok := c.world.resolve(i.Target); ok || c.world.packages[i.Target] {
					continue
				}
				if roots == nil {
					roots = c.roots()
				}
				for _, root := range roots {
					at := path.Join(root, strings.ReplaceAll(i.Target, ".", "/"))
					if !taken[root] && (c.program.Files.Is(at+".java") || c.program.Files.Is(at+".kt") || len(i.Names) > 0 && len(c.program.Files.List(at)) > 0) {
						taken[root] = true
						next = append(next, root)
					}
				}
			}
		}
		if len(next) == 0 {
			return nil
		}
		for _, root := range next {
			if err := take(around(root)); err != nil {
				return err
			}
		}
	}
	return nil
}

// around is the folder around a root of sources: src/main of src/main/java.
func around(root string) string { return path.Dir(root) }

// roots are the folders of the tree below which production sources lie by package.
func (c *investigation) roots() []string {
	roots := []string{"src/main/none"}
	open := []string{""}
	for n := 0; len(open) > 0 && n < 3_000; n++ {
		dir := open[0]
		open = open[1:]
		for _, name := range c.program.Files.List(dir) {
			at := path.Join(dir, name)
			switch {
			case strings.HasPrefix(name, ".") || name == "node_modules" || name == "target" || name == "build" || strings.Contains(name, ".") && strings.Count(at, "/") > 3:
			case name == "src":
				for _, kind := range []string{"java", "kotlin", "groovy", "scala"} {
					if root := path.Join(at, "main", kind); len(c.program.Files.List(root)) > 0 {
						roots = append(roots, root)
					}
				}
			case strings.Count(at, "/") < 5 && len(c.program.Files.List(at)) > 0:
				open = append(open, at)
			}
		}
	}
	return roots
}

// list returns the files below a folder, at most n.
func (c *investigation) list(dir string, n int) []string {
	var files []string
	var visit func(dir string, depth int)
	visit = func(dir string, depth int) {
		for _, name := range c.program.Files.List(dir) {
			at := path.Join(dir, name)
			if len(files) >= n || depth > maxDepth {
				return
			}
			if c.program.Files.Is(at) {
				files = append(files, at)
			} else if !strings.HasPrefix(name, ".") {
				visit(at, depth+1)
			}
		}
	}
	visit(dir, 0)
	return files
}

// compile reads the program's compiled classes where they are here, and tells whether they are all here.
func (c *investigation) compile(sources []program.Source) {
	found := map[string]bool{}
	for _, dir := range []string{"target/classes", "build/classes/java/main", "build/classes/kotlin/main"} {
		root := path.Join(c.program.Project.Dir, dir)
		for _, file := range c.list(root, maxSiblings) {
			rel := strings.TrimPrefix(file, root+"/")
			name, ok := classEntry(rel)
			if !ok {
				continue
			}
			found[rel] = true
			data, err := c.program.Files.Read(file)
			if err != nil || len(data) > maxClass {
				continue
			}
			if compiled, err := readClass(data); err == nil {
				c.own.compiledClass(compiled, name, file)
			}
		}
	}
	c.own.compiled = len(found) > 0
	for _, s := range sources {
		if strings.HasSuffix(s.Path, "-info.java") || s.Test {
			continue
		}
		if !found[generated(s)] {
			c.own.compiled = false
		}
	}
}

// parse reads a source file that may have been parsed for another project.
func (c *investigation) parse(file string) (syntax.File, error) {
	if c.program.Parsed != nil {
		if f, ok := c.program.Parsed(file); ok {
			return f, nil
		}
	}
	data, err := c.program.Files.Read(file)
	if err != nil {
		return syntax.File{}, err
	}
	return syntax.Read(c.ctx, file, data)
}
