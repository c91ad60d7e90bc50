package validate

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// tree is a snapshot with some files replaced: what fixes made of it.
type tree struct {
	base  *snapshot
	files map[string]string // by path: the content instead of the snapshot's
	key   string            // names the content
}

func (s *snapshot) tree() tree { return tree{base: s, key: s.key} }

// read returns the content of a file of t, and fs.ErrNotExist where there is none.
func (t tree) read(name string) (string, error) {
	if text, ok := t.files[name]; ok {
		return text, nil
	}
	if _, ok := t.base.files[name]; !ok {
		return "", fmt.Errorf("%s: %w", name, fs.ErrNotExist)
	}
	return readBelow(t.base.dir, name)
}

// readBelow reads a regular file below dir without following links out of it.
func readBelow(dir, name string) (string, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return "", err
	}
	defer root.Close()
	info, err := root.Lstat(filepath.FromSlash(name))
	if err != nil {
		return "", err
	}
	if !info.Mode().IsRegular() || info.Size() > maxFile {
		return "", fmt.Errorf("%s: not a regular file of at most %d bytes", name, maxFile)
	}
	text, err := root.ReadFile(filepath.FromSlash(name))
	return string(text), err
}

// edit returns t with edits made. A refusal wraps fettle.ErrRefused.
func (t tree) edit(edits []fettle.Edit) (tree, error) {
	byFile := map[string][]fettle.Edit{}
	for _, e := range edits {
		if !fs.ValidPath(e.Path) || e.Path == "." || strings.Contains("/"+e.Path+"/", "/.git/") {
			return t, fmt.Errorf("edit of %q: not a path inside the repository: %w", e.Path, fettle.ErrRefused)
		}
		for at := e.Path; at != "."; at = path.Dir(at) {
			if t.base.links[at] {
				return t, fmt.Errorf("edit of %s: %s is a symbolic link: %w", e.Path, at, fettle.ErrRefused)
			}
		}
		byFile[e.Path] = append(byFile[e.Path], e)
	}
	next := tree{base: t.base, files: maps.Clone(t.files)}
	if next.files == nil {
		next.files = map[string]string{}
	}
	for _, name := range slices.Sorted(maps.Keys(byFile)) {
		old, err := t.read(name)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return t, fmt.Errorf("edit of %s: %w: %w", name, err, fettle.ErrRefused)
		}
		text, err := fettle.ApplyEdits(old, byFile[name])
		if err != nil {
			return t, err
		}
		if held, ok := t.base.files[name]; ok && contentOf(text) == held {
			delete(next.files, name)
		} else {
			next.files[name] = text
		}
	}
	next.key = next.hash()
	return next, nil
}

func (t tree) hash() string {
	if len(t.files) == 0 {
		return t.base.key
	}
	h := sha256.New()
	fmt.Fprintf(h, "%s\n", t.base.key)
	for _, name := range slices.Sorted(maps.Keys(t.files)) {
		fmt.Fprintf(h, "%d %s %d %s\n", len(name), name, len(t.files[name]), t.files[name])
	}
	return hex.EncodeToString(h.Sum(nil))
}

// copyTo writes t into the empty directory dst.
func (t tree) copyTo(ctx context.Context, dst string) error {
	if err := t.base.copyTo(ctx, dst); err != nil {
		return err
	}
	root, err := os.OpenRoot(dst)
	if err != nil {
		return err
	}
	defer root.Close()
	for _, name := range slices.Sorted(maps.Keys(t.files)) {
		if err := root.MkdirAll(filepath.FromSlash(path.Dir(name)), 0o755); err != nil {
			return fmt.Errorf("write %s of the work copy: %w", name, err)
		}
		f, err := root.OpenFile(filepath.FromSlash(name), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644)
		if err != nil {
			return fmt.Errorf("write %s of the work copy: %w", name, err)
		}
		_, err = f.WriteString(t.files[name])
		if err := errors.Join(err, f.Close()); err != nil {
			return fmt.Errorf("write %s of the work copy: %w", name, err)
		}
	}
	return nil
}

// altered returns the files of t whose copy below dir is no longer the same, sorted: gone, rewritten or turned into
// something else.
func (t tree) altered(dir string) ([]string, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	var names []string
	for name := range t.names() {
		if !t.holds(root, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, nil
}

// restore writes the files of t again that are no longer the same below dir, but for those named.
func (t tree) restore(dir string, except []string) error {
	altered, err := t.altered(dir)
	if err != nil {
		return err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	for _, name := range altered {
		if _, found := slices.BinarySearch(except, name); found {
			continue
		}
		if err := t.restoreFile(root, name); err != nil {
			return fmt.Errorf("restore %s of the work copy: %w", name, err)
		}
	}
	return nil
}

func (t tree) restoreFile(root *os.Root, name string) error {
	at, mode := filepath.FromSlash(name), fs.FileMode(0o644)
	if info, err := os.Stat(filepath.Join(t.base.dir, at)); err == nil {
		mode = info.Mode().Perm() | 0o600
	}
	text, err := t.read(name)
	if err != nil {
		return err
	}
	for i, c := range name { // a directory on the way may have become something else
		if c != '/' {
			continue
		}
		if info, err := root.Lstat(filepath.FromSlash(name[:i])); err == nil && !info.IsDir() {
			if err := root.Remove(filepath.FromSlash(name[:i])); err != nil {
				return err
			}
		}
	}
	if err := root.RemoveAll(at); err != nil {
		return err
	}
	if err := root.MkdirAll(filepath.Dir(at), 0o755); err != nil {
		return err
	}
	return root.WriteFile(at, []byte(text), mode)
}

// names yields the files of t in no order.
func (t tree) names() map[string]bool {
	all := make(map[string]bool, len(t.base.files)+len(t.files))
	for name := range t.base.files {
		all[name] = true
	}
	for name := range t.files {
		all[name] = true
	}
	return all
}

// holds reports whether the file name below root is as in t.
func (t tree) holds(root *os.Root, name string) bool {
	want := t.base.files[name]
	if text, ok := t.files[name]; ok {
		want = contentOf(text)
	}
	at := filepath.FromSlash(name)
	info, err := root.Lstat(at)
	if err != nil || !info.Mode().IsRegular() || info.Size() != want.size {
		return false
	}
	f, err := root.Open(at)
	if err != nil {
		return false
	}
	defer f.Close()
	held, err := hashAll(f)
	return err == nil && held == want
}
