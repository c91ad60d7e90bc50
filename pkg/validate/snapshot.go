package validate

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
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
	files map[string]content
	links map[string]bool
	lines []string // of files with their modes, links and directories, sorted
	left  []string // what a copy leaves out: links that lead outside, devices
}

// content stands for what is in a file.
type content struct {
	size int64
	sum  [32]byte
}

func contentOf(text string) content {
	return content{int64(len(text)), sha256.Sum256([]byte(text))}
}

// readSnapshot hashes the files below dir.
func readSnapshot(ctx context.Context, dir string) (*snapshot, error) {
	s := &snapshot{dir: dir, files: map[string]content{}, links: map[string]bool{}}
	var lines []string
	err := s.walk(ctx, func(name string, d fs.DirEntry, target string) error {
		if d.IsDir() {
			lines = append(lines, name+"\x00dir")
			return nil
		}
		if target != "" {
			s.links[name] = true
			lines = append(lines, name+"\x00link\x00"+target)
			return nil
		}
		held, mode, err := hashFile(filepath.Join(dir, filepath.FromSlash(name)))
		if err != nil {
			return err
		}
		s.files[name] = held
		lines = append(lines, fileLine(name, fmt.Sprintf("%o", mode.Perm()|0o600), held))
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the tree to validate: %w", err)
	}
	slices.Sort(lines)
	s.lines = lines
	sum := sha256.Sum256([]byte(strings.Join(lines, "\n")))
	s.key = hex.EncodeToString(sum[:])
	return s, nil
}

func hashFile(name string) (content, fs.FileMode, error) {
	f, err := os.Open(name)
	if err != nil {
		return content{}, 0, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return content{}, 0, err
	}
	held, err := hashAll(f)
	return held, info.Mode(), err
}

func hashAll(r io.Reader) (content, error) {
	h := sha256.New()
	n, err := io.Copy(h, r)
	return content{n, [32]byte(h.Sum(nil))}, err
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
