package propose

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// Bounds of what is copied to discover a project again.
const (
	maxMirrored      = 50_000
	maxMirroredBytes = 512 << 20
)

// mirror is a copy of the files that discovery reads for one project.
type mirror struct {
	dir string
}

// discover reads what the tree would be with texts in place. The tree itself stays as it is.
func (d *draft) discover(ctx context.Context, texts map[string]string) (fettle.Discovery, error) {
	if d.mirror == nil {
		dir, err := os.MkdirTemp(d.planner.Temp, "tree-")
		if err != nil {
			return fettle.Discovery{}, err
		}
		d.mirror = &mirror{dir}
		if err := d.mirror.fill(d.repo.Dir, d.manager.Reads); err != nil {
			return fettle.Discovery{}, fmt.Errorf("copy what describes %s: %w", d.project.Lockfile, err)
		}
	}
	was := map[string][]byte{} // nil: it was not there
	for name := range texts {
		text, err := os.ReadFile(d.mirror.at(name))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fettle.Discovery{}, err
		}
		was[name] = text
	}
	for name, text := range texts {
		if err := d.mirror.write(name, []byte(text)); err != nil {
			return fettle.Discovery{}, err
		}
	}
	found, err := d.planner.Discover.Discover(ctx, fettle.Repo{Dir: d.mirror.dir, Path: d.project.Dir})
	for name, text := range was {
		if text == nil {
			err = errors.Join(err, os.Remove(d.mirror.at(name)))
		} else {
			err = errors.Join(err, d.mirror.write(name, text))
		}
	}
	return found, err
}

// close removes the copy.
func (d *draft) close() {
	if d.mirror != nil {
		os.RemoveAll(d.mirror.dir)
		d.mirror = nil
	}
}

func (m *mirror) at(name string) string { return filepath.Join(m.dir, filepath.FromSlash(name)) }

func (m *mirror) write(name string, text []byte) error {
	if err := os.MkdirAll(filepath.Dir(m.at(name)), 0o755); err != nil {
		return err
	}
	return os.WriteFile(m.at(name), text, 0o644)
}

// fill copies the regular files below root that wanted takes; no link is followed.
func (m *mirror) fill(root string, wanted func(string) bool) error {
	from, err := os.OpenRoot(root)
	if err != nil {
		return err
	}
	defer from.Close()
	files, bytes := 0, int64(0)
	return fs.WalkDir(from.FS(), ".", func(name string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.IsDir() && slices.Contains([]string{".git", "node_modules"}, path.Base(name)):
			return fs.SkipDir
		case !e.Type().IsRegular() || !wanted(name):
			return nil
		}
		text, err := from.ReadFile(filepath.FromSlash(name))
		if err != nil {
			return err
		}
		if files, bytes = files+1, bytes+int64(len(text)); files > maxMirrored || bytes > maxMirroredBytes {
			return fmt.Errorf("more than %d manifests and lockfiles, or more than %d MiB of them", maxMirrored, maxMirroredBytes>>20)
		}
		return m.write(name, text)
	})
}
