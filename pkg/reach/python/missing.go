package python

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/reach/program"
	"github.com/fettle-dev/fettle/pkg/syntax"
)

// Bounds of the look for modules in the tree's other folders.
const (
	maxFolders = 4000
	maxEntries = 200_000
	maxDepth   = 6
	maxMissing = 8 // modules that are doubted: one would do
)

// everywhere are modules that come with an environment without being locked.
var everywhere = []string{"setuptools", "pkg_resources", "pip", "wheel", "distutils", "_distutils_hack", "annotationlib", "compression"}

// leaves import nothing but the standard library, and stand behind conditions on systems and versions more often than locked.
var leaves = []string{"typing_extensions", "mypy_extensions", "tomli", "colorama", "six", "pywintypes", "win32api", "win32con", "win32file", "win32gui", "uwsgi", "uwsgidecorators", "dummy_thread", "dummy_threading"}

// missing returns the module that an import of production code asks for and that is neither in the tree nor of a distribution:
// it is generated, ignored, or behind a link to elsewhere, and nobody can tell what it imports. "" where there is none.
func (w *world) missing(s program.Source, i syntax.Import) string {
	if s.Test || i.Types || i.Optional || w.p.Files == nil || i.Target == "" {
		return ""
	}
	target := strings.TrimLeft(i.Target, ".")
	up := len(i.Target) - len(target)
	if up == 0 {
		return w.missingAbsolute(s, i)
	}
	dir := project.Parent(s.Path)
	for ; up > 1; up-- {
		if dir == "" {
			return "" // fails
		}
		dir = project.Parent(dir)
	}
	found, lacks := w.present(dir, target, i.Names)
	switch {
	case found:
		return ""
	case lacks == "":
		return i.Target
	}
	return strings.TrimSuffix(i.Target, ".") + "." + lacks
}

func (w *world) missingAbsolute(s program.Source, i syntax.Import) string {
	first := top(i.Target)
	var taken []string
	for _, n := range i.Names {
		taken = append(taken, n.Name)
	}
	if w.stdlib[first] || slices.Contains(everywhere, first) || slices.Contains(leaves, first) && !w.anywhere()[first] || len(w.imported(i.Target, taken)) > 0 {
		return ""
	}
	roots := []string{w.own.root(s.Path), w.own.dir, path.Join(w.own.dir, "src")}
	for dir := project.Parent(s.Path); ; dir = project.Parent(dir) {
		roots = append(roots, dir)
		if dir == "" {
			break
		}
	}
	lacking := ""
	for _, root := range roots {
		if !w.lies(path.Join(root, first)) {
			continue
		}
		found, lacks := w.present(root, i.Target, i.Names)
		if found {
			return ""
		}
		if lacks != "" {
			lacking = "." + lacks
		}
	}
	if w.anywhere()[i.Target+lacking] {
		return "" // another folder of the tree has it, whose files are looked at for themselves
	}
	return i.Target + lacking
}

// lies reports whether a module or package is at a path.
func (w *world) lies(file string) bool {
	if _, ok := w.own.files[file+".py"]; ok {
		return true
	}
	lies, known := w.lying[file]
	if !known {
		lies = w.isFile(file) || w.p.Files.Is(file+"/__init__.py") || len(w.p.Files.List(file)) > 0
		w.lying[file] = lies
	}
	return lies
}

// isFile reports whether a module of one file is at a path.
func (w *world) isFile(file string) bool {
	return w.p.Files.Is(file+".py") || w.p.Files.Is(file+".pyx")
}

// present reports whether the module below root is in the tree, with the names that are taken of it; else lacks is the first
// name that is nowhere, or "" where the module itself is not.
func (w *world) present(root, module string, names []syntax.Name) (found bool, lacks string) {
	file := path.Join(root, strings.ReplaceAll(module, ".", "/"))
	if module != "" {
		for at := file; at != root && at != "."; at = path.Dir(at) {
			if w.isFile(at) && !w.p.Files.Is(at+"/__init__.py") {
				return true, "" // or what is named is a thing in it
			}
		}
		if !w.lies(file) {
			return w.attribute(path.Join(path.Dir(file), "__init__.py"), path.Base(file)), ""
		}
	}
	for _, n := range names {
		if n.Name != "*" && !w.lies(path.Join(file, n.Name)) && !w.attribute(path.Join(file, "__init__.py"), n.Name) {
			return false, n.Name
		}
	}
	return true, ""
}

// attribute reports whether a package's own file may bind the name, other than by an import of the package's module of that name.
func (w *world) attribute(init, name string) bool {
	data, err := w.p.Files.Read(init)
	if err != nil {
		return false
	}
	text := string(data)
	if !strings.Contains(text, name) && !strings.Contains(text, "*") && !strings.Contains(text, "__getattr__") && !strings.Contains(text, "globals") {
		return strings.HasPrefix(name, "__") // __name__, __path__, ...
	}
	for _, any := range []string{"import *", "__getattr__", "globals()", "setattr(", "sys.modules", "vars()", "locals()"} {
		if strings.Contains(text, any) {
			return true
		}
	}
	quoted := regexp.QuoteMeta(name)
	if regexp.MustCompile(`(?m)^\s*(async\s+)?(def|class)\s+` + quoted + `\b|^[^=(#"']*\b` + quoted + `\b[^=(\n]*=([^=]|$)|\bas\s+` + quoted + `\b|\bfor\s+` + quoted + `\b|\b` + quoted + `\s*:=`).MatchString(text) {
		return true
	}
	var f syntax.File
	if at, ok := w.own.files[init]; ok && at < len(w.sources) {
		f = w.sources[at].File
	} else if w.p.Parsed != nil {
		f, _ = w.p.Parsed(init)
	}
	own := path.Base(project.Parent(init))
	for _, i := range f.Imports {
		if i.Target == "." || i.Target == own || !strings.HasPrefix(i.Target, ".") && strings.HasSuffix(i.Target, "."+own) {
			continue // its own module
		}
		if i.As == name || slices.ContainsFunc(i.Names, func(n syntax.Name) bool { return n.As == name }) {
			return true
		}
	}
	return false
}

// anywhere returns the modules and packages of the tree, within bounds, by all names that a root above them may give them.
func (w *world) anywhere() map[string]bool {
	if w.modules != nil {
		return w.modules
	}
	w.modules = map[string]bool{}
	type folder struct {
		dir   string
		depth int
	}
	open, entries := []folder{{"", 0}}, 0
	for n := 0; n < len(open) && n < maxFolders && entries < maxEntries; n++ {
		at := open[n]
		holds := false
		names := w.p.Files.List(at.dir)
		entries += len(names)
		for _, name := range names[:min(len(names), maxEntries)] {
			file := path.Join(at.dir, name)
			switch {
			case strings.HasPrefix(name, ".") || name == "node_modules" || name == "site-packages":
			case strings.HasSuffix(name, ".py"):
				w.callable(strings.TrimSuffix(file, ".py"))
				holds = true
			case at.depth < maxDepth && len(open) < maxFolders && !w.p.Files.Is(file) && !w.p.Files.Is(path.Join(file, "pyvenv.cfg")):
				open = append(open, folder{file, at.depth + 1})
			}
		}
		for dir := at.dir; holds && dir != ""; dir = project.Parent(dir) {
			w.callable(dir)
		}
	}
	return w.modules
}

// callable notes the names that the module or package at a path may have.
func (w *world) callable(file string) {
	name := strings.ReplaceAll(file, "/", ".")
	for ok := true; ok; _, name, ok = strings.Cut(name, ".") {
		w.modules[name] = true
	}
}
