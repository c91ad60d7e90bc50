package node

import (
	"path"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/fettle-dev/fettle/pkg/discover/project"
)

// Bounds of the globs by which a manifest names the members of its workspace.
const (
	maxGlobs  = 1000
	maxGlob   = 500 // bytes
	maxBraces = 4
)

// manifests are all package.json files that were met, in lexical order.
type manifests []string

func newManifests(claimed []string) manifests {
	var all manifests
	for _, file := range claimed {
		if path.Base(file) == "package.json" {
			all = append(all, file)
		}
	}
	slices.Sort(all)
	return all
}

// below returns the folders, relative to dir, of the manifests below it.
func (m manifests) below(dir string) []string {
	prefix := dir + "/"
	if dir == "" {
		prefix = ""
	}
	from, _ := slices.BinarySearch(m, prefix)
	var dirs []string
	for _, file := range m[from:] {
		rest, in := strings.CutPrefix(file, prefix)
		if !in {
			break
		}
		if sub := project.Parent(rest); sub != "" {
			dirs = append(dirs, sub)
		}
	}
	return dirs
}

// matching returns the folders below dir, relative to it, that hold a manifest and that globs name. A glob that begins
// with ! takes folders out again. Those that are no globs are returned too.
func (m manifests) matching(dir string, globs []string) (found, bad []string) {
	var in, out []string
	for i, glob := range globs {
		text, isOut := strings.CutPrefix(glob, "!")
		text = strings.TrimSuffix(strings.TrimPrefix(text, "./"), "/")
		switch {
		case text == "" || text == ".":
		case i >= maxGlobs || len(text) > maxGlob || strings.Count(text, "{") > maxBraces || !doublestar.ValidatePattern(text):
			bad = append(bad, glob)
		case isOut:
			out = append(out, text)
		default:
			in = append(in, text)
		}
	}
	if len(in) == 0 {
		return nil, bad
	}
	matches := func(list []string, sub string) bool {
		return slices.ContainsFunc(list, func(glob string) bool {
			ok, _ := doublestar.Match(glob, sub)
			return ok
		})
	}
	for _, sub := range m.below(dir) {
		if matches(in, sub) && !matches(out, sub) {
			found = append(found, sub)
		}
	}
	return found, bad
}
