package ospkg

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/fettle-dev/fettle/pkg/discover/project"
)

// RootFS reads the packages of the system whose files lie below dir. It runs and changes nothing there; a copy of an rpm
// database is made in temp, "" for the machine's folder for such, and removed. What cannot be read is a Gap; the error is
// that of ctx, or that dir cannot be read at all.
func RootFS(ctx context.Context, dir, temp string) (project.Reading, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return project.Reading{}, fmt.Errorf("read the root file system: %w", err)
	}
	defer root.Close()
	s := &system{tree: folder{root}, temp: temp}
	if err := s.read(ctx); err != nil {
		return s.r, err
	}
	m, err := s.walk(ctx, dir)
	if err != nil {
		return s.r, err
	}
	s.tellMarks(m)
	return s.r, nil
}

// walk looks for packages of languages. It follows no links.
func (s *system) walk(ctx context.Context, dir string) (*marks, error) {
	m := newMarks()
	walked := 0
	err := filepath.WalkDir(dir, func(p string, e fs.DirEntry, err error) error {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		rel, relErr := filepath.Rel(dir, p)
		if relErr != nil {
			return relErr
		}
		rel = filepath.ToSlash(rel)
		if err != nil {
			s.gap(rel, 0, "cannot be read: %v", project.Plain(err))
			return nil
		}
		if walked++; walked > maxWalked {
			s.gap(".", 0, "more than %d files; packages of languages were not looked for in the rest", maxWalked)
			return fs.SkipAll
		}
		if e.IsDir() {
			if rel == "proc" || rel == "sys" || rel == "dev" {
				return fs.SkipDir
			}
			return nil
		}
		m.meet(rel)
		return nil
	})
	return m, err
}
