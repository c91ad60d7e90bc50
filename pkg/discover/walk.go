package discover

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// tree is what a walk met.
type tree struct {
	claimed [][]string // files by reader
	gaps    []fettle.Gap
	unread  map[string][]string // files by ecosystem
}

// walk lists the files below repo.Path that readers claim, in lexical order, leaving out folders that hold others' code,
// what repo.Skip names and what the configuration ignores.
func (d Dependencies) walk(ctx context.Context, repo fettle.Repo, readers []reader) (tree, error) {
	t := tree{claimed: make([][]string, len(readers)), unread: map[string][]string{}}
	if repo.Path != "" && !filepath.IsLocal(filepath.FromSlash(repo.Path)) {
		return t, fmt.Errorf("look at %q: want a path inside the repository", repo.Path)
	}
	skip := map[string]bool{}
	for _, p := range repo.Skip {
		skip[strings.TrimSuffix(p, "/")] = true
	}
	start := filepath.Join(repo.Dir, filepath.FromSlash(repo.Path))
	err := filepath.WalkDir(start, func(p string, e fs.DirEntry, err error) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		rel, relErr := filepath.Rel(repo.Dir, p)
		if relErr != nil {
			return relErr
		}
		rel = filepath.ToSlash(rel)
		if err != nil {
			if p == start {
				return fmt.Errorf("read %s: %w", p, err)
			}
			t.gaps = append(t.gaps, project.Gap(rel, 0, "cannot be read: "+project.Plain(err).Error()))
			return nil
		}
		if p != start && (skip[rel] || d.Config.Ignores(rel)) {
			if e.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if e.IsDir() && p != start && project.SkippedDir(p, e.Name()) {
			return fs.SkipDir
		}
		t.meet(repo, readers, p, rel, e)
		return nil
	})
	for _, kind := range slices.Sorted(maps.Keys(t.unread)) {
		reason := kind + " is not read by this version, so its packages were not checked"
		if n := len(t.unread[kind]) - 1; n > 0 {
			reason += fmt.Sprintf(" (and %d more such files)", n)
		}
		t.gaps = append(t.gaps, project.Gap(t.unread[kind][0], 0, reason))
	}
	return t, err
}

// meet notes what the entry rel is to the readers.
func (t *tree) meet(repo fettle.Repo, readers []reader, p, rel string, e fs.DirEntry) {
	claimed := false
	for i, r := range readers {
		switch {
		case !r.Claims(rel):
		case e.IsDir():
			if p != filepath.Join(repo.Dir, filepath.FromSlash(repo.Path)) {
				t.gaps = append(t.gaps, project.Gap(rel, 0, "is a folder; a package manager reads a file of this name"))
			}
			return
		default:
			claimed = true
			t.claimed[i] = append(t.claimed[i], rel)
		}
	}
	switch kind := unreadKind(e.Name()); {
	case e.IsDir() || claimed:
	case kind != "":
		t.unread[kind] = append(t.unread[kind], rel)
	case e.Type()&fs.ModeSymlink != 0 && !project.SkippedDir(p, e.Name()) && leadsOut(repo.Dir, p):
		t.gaps = append(t.gaps, project.Gap(rel, 0, "is a link to a folder outside of the repository, which was not looked at"))
	}
}

// Ignores reports whether the configuration leaves out the file or folder rel.
func (c Config) Ignores(rel string) bool {
	return slices.ContainsFunc(c.Ignore, func(glob string) bool {
		glob = strings.TrimPrefix(strings.TrimSuffix(glob, "/"), "/")
		in, _ := doublestar.Match(glob, rel)
		return in
	})
}

func validGlob(glob string) bool { return glob != "" && doublestar.ValidatePattern(glob) }

// leadsOut reports whether the link p is to a folder outside of root. What is inside is met on its own.
func leadsOut(root, p string) bool {
	info, err := os.Stat(p)
	if err != nil || !info.IsDir() {
		return false
	}
	target, err := filepath.EvalSymlinks(p)
	if err != nil {
		return false
	}
	if whole, err := filepath.EvalSymlinks(root); err == nil {
		root = whole
	}
	rel, err := filepath.Rel(root, target)
	return err != nil || !filepath.IsLocal(rel)
}

// unreadKind returns the ecosystem of a file that holds dependencies and is not read yet, or "".
func unreadKind(name string) string {
	return unread[name]
}

// unread names the ecosystem of files that hold dependencies and are not read yet.
var unread = map[string]string{
	"deno.lock":    "Deno",
	"paket.lock":   "Paket",
	"Podfile.lock": "CocoaPods",
}
