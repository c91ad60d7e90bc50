package python

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// Bounds of the manifests that a project may have.
const (
	maxManifests     = 2000
	maxManifestBytes = 256 << 20
)

// lockStage is a copy of the manifests and the lockfile of one project, in which its tool resolves. Paths are relative to the
// repository, so that a manifest may name folders beside the project.
type lockStage struct {
	dir   string
	files map[string]string // as they were
	lock  string
	left  int
}

// beside are the folders that a manifest or lockfile names outside of its own.
var beside = regexp.MustCompile(`(?:path|url|editable|directory|virtual|develop)\s*=\s*["']((?:\.\./)+[^"'\n]*)["']|"((?:\.\./)+[^"'\n]*)"`)

// stageLock copies the lockfile, what is called as one of names below its folder, and the manifests of folders that these
// name elsewhere in the repository. No code of the project is among it.
func (t *Tools) stageLock(root string, p fettle.Project, names ...string) (*lockStage, error) {
	files, err := project.OpenFiles(root)
	if err != nil {
		return nil, err
	}
	defer files.Close()
	s := &lockStage{files: map[string]string{}, lock: p.Lockfile, left: maxManifestBytes}
	take := func(file string) error {
		if _, ok := s.files[file]; ok || !files.Is(file) {
			return nil
		}
		data, err := files.Read(file)
		if err != nil {
			return fmt.Errorf("%s: %w: %w", file, err, fettle.ErrRefused)
		}
		if s.left -= len(data); s.left < 0 || len(s.files) > maxManifests {
			return fmt.Errorf("%s: more than %d manifests or %d MiB of them: %w", p.Lockfile, maxManifests, maxManifestBytes>>20, fettle.ErrRefused)
		}
		s.files[file] = string(data)
		return nil
	}
	if err := take(p.Lockfile); err != nil {
		return nil, err
	}
	base := filepath.Join(root, filepath.FromSlash(p.Dir))
	err = filepath.WalkDir(base, func(name string, e fs.DirEntry, err error) error {
		rel, relErr := filepath.Rel(root, name)
		switch {
		case err != nil || relErr != nil:
			return nil
		case e.IsDir():
			if name != base && project.SkippedDir(name, e.Name()) {
				return fs.SkipDir
			}
			return nil
		case !e.Type().IsRegular() || !slices.Contains(names, e.Name()):
			return nil
		}
		return take(filepath.ToSlash(rel))
	})
	if err != nil {
		return nil, err
	}
	for range 3 { // what is named beside may name more
		for file, text := range s.files {
			for _, m := range beside.FindAllStringSubmatch(text, maxManifests) {
				dir := path.Join(path.Dir(file), m[1]+m[2])
				if filepath.IsLocal(filepath.FromSlash(dir)) {
					if err := take(path.Join(dir, "pyproject.toml")); err != nil {
						return nil, err
					}
				}
			}
		}
	}
	if s.dir, err = t.folder(); err != nil {
		return nil, err
	}
	if err := s.write(s.files); err != nil {
		os.RemoveAll(s.dir)
		return nil, err
	}
	return s, nil
}

func (s *lockStage) write(files map[string]string) error {
	for name, text := range files {
		file := filepath.Join(s.dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// read returns a file as the tool left it.
func (s *lockStage) read(file string) (string, error) {
	files, err := project.OpenFiles(s.dir)
	if err != nil {
		return "", err
	}
	defer files.Close()
	data, err := files.Read(file)
	return string(data), err
}

// manifests are those of the roots that ask for the packages of u, the project's own first.
func manifests(p fettle.Project, u fettle.Upgrade) []string {
	var list []string
	for _, n := range p.Nodes {
		if !slices.Contains(u.Keys, n.Key) && n.Package != u.Package {
			continue
		}
		for _, e := range n.Holders {
			if slices.ContainsFunc(p.Nodes, func(n fettle.Node) bool { return n.Key == e.Holder }) {
				continue
			}
			if file := path.Join(p.Dir, e.Holder, "pyproject.toml"); !slices.Contains(list, file) {
				list = append(list, file)
			}
		}
		if n.Manifest != nil && !slices.Contains(list, n.Manifest.Path) {
			list = append(list, n.Manifest.Path)
		}
	}
	slices.SortFunc(list, func(a, b string) int {
		if d := strings.Count(a, "/") - strings.Count(b, "/"); d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
	return list
}
