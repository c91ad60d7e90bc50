package reach

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/reach/program"
)

// outputs are folders that hold what a build makes of the sources: what is there imports what these import.
var outputs = []string{"dist", "build", "out", "lib", "es", "esm", "cjs", "umd"}

// endings are what Node, compilers and bundlers try after a name. A name that ends in .js may mean a file that is compiled to it.
var (
	endings  = []string{"", ".js", ".ts", ".jsx", ".tsx", ".mjs", ".cjs", ".mts", ".cts", ".json", ".vue", ".svelte", ".node", ".d.ts", ".d.mts", ".d.cts", ".android.js", ".ios.js", ".native.js", ".web.js"}
	compiled = regexp.MustCompile(`\.[mc]?jsx?$`)
)

// missing finds an import by production code of Node of a file that is not in the tree: it is generated, ignored, or behind a
// link to elsewhere, and nobody can tell what it imports.
func (t *tree) missing(own []program.Source) (program.Verdict, bool) {
	for _, s := range own {
		for _, i := range s.Imports {
			target, _, _ := strings.Cut(i.Target, "?")
			if s.Test || i.Types || !strings.HasPrefix(target, "./") && !strings.HasPrefix(target, "../") {
				continue
			}
			file := path.Join(path.Dir(s.Path), target)
			if file == ".." || strings.HasPrefix(file, "../") || t.has(file) || slices.ContainsFunc(strings.Split(file, "/"), func(part string) bool {
				return slices.Contains(outputs, part) || part == "node_modules"
			}) {
				continue
			}
			at := fettle.Location{Path: s.Path, Line: i.Line}
			return program.Verdict{Why: fmt.Sprintf("%s imports %s, which is not in the tree, so what that imports is not known", at, i.Target), Chain: []fettle.Hop{{Location: at}}}, true
		}
	}
	return program.Verdict{}, false
}

// has reports whether a file of Node lies at a path as an import writes it, or a folder does.
func (t *tree) has(file string) bool {
	if t.folders[file] || file == "." {
		return true
	}
	for _, name := range []string{file, compiled.ReplaceAllString(file, "")} {
		for _, ending := range endings {
			if t.names[name+ending] {
				return true
			}
		}
	}
	return false
}
