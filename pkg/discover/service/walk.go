package service

import (
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// Bounds of one tree.
const (
	maxNames       = 200_000
	maxConfig      = 1 << 20   // bytes of one configuration
	maxDescription = 4 << 20   // bytes of an OpenAPI document
	maxSource      = 256 << 10 // bytes of one source file
	maxSources     = 48 << 20  // bytes of all source files
	maxData        = 16 << 20  // bytes of JSON files of no telling name
	maxMarks       = 3_000_000
	maxWork        = 50_000_000
	maxObjects     = 4_000 // of Kubernetes
	maxComposed    = 2_000 // services of compose files
)

// walk lists the files that may be read, in lexical order.
func (f *finder) walk(repo fettle.Repo) ([]string, error) {
	skip := map[string]bool{}
	for _, p := range repo.Skip {
		skip[strings.TrimSuffix(p, "/")] = true
	}
	var names []string
	top := repo.Dir + string(filepath.Separator) // which may be a link
	err := filepath.WalkDir(top, func(p string, e fs.DirEntry, err error) error {
		if err := f.ctx.Err(); err != nil {
			return err
		}
		if p == top {
			return err
		}
		rel, relErr := filepath.Rel(repo.Dir, p)
		if relErr != nil {
			return relErr
		}
		rel = filepath.ToSlash(rel)
		switch {
		case skip[rel] || f.config.ignores(rel):
			if e.IsDir() {
				return fs.SkipDir
			}
			return nil
		case err != nil:
			f.doubt("") // the dependency reader tells of it
			return nil
		case e.IsDir():
			if project.SkippedDir(p, e.Name()) || len(rel) > maxPath {
				return fs.SkipDir
			}
			return nil
		}
		if kindOf(rel) == 0 || !e.Type().IsRegular() && !f.files.Is(rel) {
			return nil
		}
		if len(names) == maxNames {
			f.gap(rel, fmt.Errorf("more than %d files are of interest; this and later ones were not read", maxNames))
			f.partial = true
			return fs.SkipAll
		}
		names = append(names, rel)
		return nil
	})
	slices.Sort(names)
	return names, err
}

// maxPath is the longest path that is followed, in bytes.
const maxPath = 2000

// of returns the files of one of the kinds.
func (f *finder) of(kinds kind) []string {
	var list []string
	for _, name := range f.names {
		if kindOf(name)&kinds != 0 {
			list = append(list, name)
		}
	}
	return list
}
