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
	maxGlobs   = 10_000
	maxGlob    = 500 // bytes
	maxBraces  = 4
	maxMatches = 5_000_000 // comparisons of a folder with a glob in one tree
)

// maxManifests is how much of the manifests of workspace members is read in one tree, in bytes.
const maxManifests = 1 << 30

// manifests are all package.json files that were met.
type manifests struct {
	files   []string // in lexical order
	matches int      // left of maxMatches
	bytes   int      // left of maxManifests
}

func newManifests(claimed []string) *manifests {
	m := &manifests{matches: maxMatches, bytes: maxManifests}
	for _, file := range claimed {
		if path.Base(file) == "package.json" {
			m.files = append(m.files, file)
		}
	}
	slices.Sort(m.files)
	return m
}

// below returns the folders, relative to dir, of the manifests below it.
func (m *manifests) below(dir string) []string {
	prefix := dir + "/"
	if dir == "" {
		prefix = ""
	}
	from, _ := slices.BinarySearch(m.files, prefix)
	var dirs []string
	for _, file := range m.files[from:] {
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

// globs are those of one workspace, taken apart.
type globs struct {
	plain   map[string]bool // folders that are named as they are
	in, out []string
	bad     []string // those that are no globs, or too many
}

func newGlobs(texts []string) globs {
	g := globs{plain: map[string]bool{}}
	for i, glob := range texts {
		text, isOut := strings.CutPrefix(glob, "!")
		text = strings.TrimSuffix(strings.TrimPrefix(text, "./"), "/")
		switch {
		case text == "" || text == ".":
		case i >= maxGlobs || len(text) > maxGlob || strings.Count(text, "{") > maxBraces || !doublestar.ValidatePattern(text):
			g.bad = append(g.bad, glob)
		case isOut:
			g.out = append(g.out, text)
		case !strings.ContainsAny(text, `*?[{\`):
			g.plain[text] = true
		default:
			g.in = append(g.in, text)
		}
	}
	return g
}

// matching returns the folders below dir, relative to it, that hold a manifest and that g names. A glob that begins with !
// takes folders out again. whole is false where there was too much to compare.
func (m *manifests) matching(dir string, g globs) (found []string, whole bool) {
	if len(g.plain) == 0 && len(g.in) == 0 {
		return nil, true
	}
	matches := func(list []string, sub string) bool {
		return slices.ContainsFunc(list, func(glob string) bool {
			m.matches--
			ok, _ := doublestar.Match(glob, sub)
			return ok
		})
	}
	for _, sub := range m.below(dir) {
		if m.matches < 0 {
			return found, false
		}
		if (g.plain[sub] || matches(g.in, sub)) && !matches(g.out, sub) {
			found = append(found, sub)
		}
	}
	slices.Sort(found)
	return found, true
}

// workspace joins the root and returns the folders of the members that its package.json names, not yet joined.
func (a *assembly) workspace() []string {
	if root := a.join("", 0); root.manifest != nil {
		return a.spaceMembers(root.manifest.workspaces, a.project.Manifest)
	}
	return nil
}
