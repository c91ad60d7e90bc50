package validate

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// Bounds on the snapshot that is copied for each run.
const (
	maxFiles = 400_000
	maxBytes = 8 << 30
	maxFile  = 64 << 20 // of a file that is edited
)

// snapshot is the tree that Validate was given. It is never written to.
type snapshot struct {
	dir   string
	key   string // names the content
	files map[string][32]byte
	links map[string]bool
	left  []string // what a copy leaves out: links that lead outside, devices
}

// readSnapshot hashes the files below dir.
func readSnapshot(ctx context.Context, dir string) (*snapshot, error) {
	s := &snapshot{dir: dir, files: map[string][32]byte{}, links: map[string]bool{}}
	var lines []string
	err := s.walk(ctx, func(name string, d fs.DirEntry, target string) error {
		if d.IsDir() {
			return nil
		}
		if target != "" {
			s.links[name] = true
			lines = append(lines, name+"\x00link\x00"+target)
			return nil
		}
		sum, mode, err := hashFile(filepath.Join(dir, filepath.FromSlash(name)))
		if err != nil {
			return err
		}
		s.files[name] = sum
		lines = append(lines, fmt.Sprintf("%s\x00%o\x00%x", name, mode&0o111, sum))
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the tree to validate: %w", err)
	}
	slices.Sort(lines)
	sum := sha256.Sum256([]byte(strings.Join(lines, "\n")))
	s.key = hex.EncodeToString(sum[:])
	return s, nil
}

func hashFile(name string) ([32]byte, fs.FileMode, error) {
	var sum [32]byte
	f, err := os.Open(name)
	if err != nil {
		return sum, 0, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return sum, 0, err
	}
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return sum, 0, err
	}
	h.Sum(sum[:0])
	return sum, info.Mode(), nil
}

// walk calls visit for each directory, regular file and link that stays inside, by its slash-separated path. target is
// where a link leads.
func (s *snapshot) walk(ctx context.Context, visit func(name string, d fs.DirEntry, target string) error) error {
	files, total := 0, int64(0)
	s.left = nil
	return filepath.WalkDir(s.dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		rel, err := filepath.Rel(s.dir, p)
		if err != nil || rel == "." {
			return err
		}
		name := filepath.ToSlash(rel)
		if d.Name() == ".git" {
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if files++; files > maxFiles {
			return fmt.Errorf("more than %d files", maxFiles)
		}
		switch {
		case d.IsDir():
			return visit(name, d, "")
		case d.Type()&fs.ModeSymlink != 0:
			target, err := os.Readlink(p)
			if err != nil {
				return err
			}
			if !staysInside(name, target) {
				s.left = append(s.left, name)
				return nil
			}
			return visit(name, d, target)
		case d.Type().IsRegular():
			info, err := d.Info()
			if err != nil {
				return err
			}
			if total += info.Size(); total > maxBytes {
				return fmt.Errorf("more than %d bytes", int64(maxBytes))
			}
			return visit(name, d, "")
		}
		s.left = append(s.left, name)
		return nil
	})
}

// staysInside reports whether a link at name cannot lead out of the tree: it is relative, goes up only first, and not
// above the root. The part after that passes only real directories and links that keep the same rule.
func staysInside(name, target string) bool {
	if target == "" || filepath.IsAbs(target) || strings.ContainsAny(target, "\x00\\") {
		return false
	}
	depth, down := strings.Count(name, "/"), false
	for part := range strings.SplitSeq(target, "/") {
		switch part {
		case "", ".":
		case "..":
			if depth--; down || depth < 0 {
				return false
			}
		default:
			down = true
		}
	}
	return true
}

// copyTo copies the snapshot into the empty directory dst. Links are made again, never followed.
func (s *snapshot) copyTo(ctx context.Context, dst string) error {
	err := s.walk(ctx, func(name string, d fs.DirEntry, target string) error {
		from, to := filepath.Join(s.dir, filepath.FromSlash(name)), filepath.Join(dst, filepath.FromSlash(name))
		switch {
		case d.IsDir():
			return os.Mkdir(to, 0o755)
		case target != "":
			return os.Symlink(target, to)
		}
		return copyFile(from, to)
	})
	if err != nil {
		return fmt.Errorf("copy the tree to %s: %w", dst, err)
	}
	return nil
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		return err
	}
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, info.Mode().Perm()|0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

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
		if sum, ok := t.base.files[name]; ok && sha256.Sum256([]byte(text)) == sum {
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
