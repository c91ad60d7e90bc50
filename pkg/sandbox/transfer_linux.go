package sandbox

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// A directory goes into a container as a tar stream that the engine unpacks. What changed comes back as another, whose names
// begin with the number of the directory: 0/src/main.go.

// packer writes tar entries.
type packer struct {
	to     *tar.Writer
	prefix string          // of all names
	owner  int             // user and group
	done   <-chan struct{} // closed to go no further
}

// all writes dir and what lies in it. Sockets, devices and pipes stay behind.
func (p packer) all(dir string) error {
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		select {
		case <-p.done:
			return errors.New("cancelled")
		default:
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		return p.file(dir, rel)
	})
}

// file writes one entry of dir. One that is gone by now is left out.
func (p packer) file(dir, rel string) error {
	path := filepath.Join(dir, rel)
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	h := &tar.Header{
		Name: p.prefix + filepath.ToSlash(rel), Mode: int64(info.Mode().Perm()), ModTime: info.ModTime(), Format: tar.FormatPAX,
		Uid: p.owner, Gid: p.owner,
	}
	switch {
	case info.IsDir():
		h.Typeflag = tar.TypeDir
		h.Name += "/"
	case info.Mode()&fs.ModeSymlink != 0:
		h.Typeflag = tar.TypeSymlink
		if h.Linkname, err = os.Readlink(path); err != nil {
			return err
		}
	case info.Mode().IsRegular():
		return packRegular(p.to, h, path)
	default:
		return nil
	}
	return p.to.WriteHeader(h)
}

func packRegular(w *tar.Writer, h *tar.Header, path string) error {
	open := func() (*os.File, error) {
		return os.OpenFile(path, os.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	}
	f, err := open()
	if errors.Is(err, fs.ErrPermission) && unix.Chmod(path, uint32(h.Mode|0o400)) == nil {
		f, err = open()
	}
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s changed while it was read", path)
	}
	h.Typeflag, h.Size = tar.TypeReg, info.Size()
	if err := w.WriteHeader(h); err != nil {
		return err
	}
	_, err = io.CopyN(w, f, h.Size)
	return err
}

// unpacker writes the entries of a tar stream, each below its directory, never through a link that leads out of it.
type unpacker struct {
	roots []*os.Root
	bytes int64          // what may still be written
	files int            // how many entries may still be made
	late  []func() error // modes of directories that would be in the way of what lies in them

	parent *os.Root // the directory of the entry before, which most entries share
	where  string
}

func openRoots(dirs []string) ([]*os.Root, error) {
	var roots []*os.Root
	for _, dir := range dirs {
		r, err := os.OpenRoot(dir)
		if err != nil {
			closeRoots(roots)
			return nil, err
		}
		roots = append(roots, r)
	}
	return roots, nil
}

func closeRoots(roots []*os.Root) {
	for _, r := range roots {
		r.Close()
	}
}

var errTooMuch = errors.New("more than the disk limit allows")

// unpack reads the stream to its end.
func (u *unpacker) unpack(r *tar.Reader) error {
	defer u.leave()
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		u.files--
		u.bytes -= max(h.Size, 0)
		if u.files < 0 || u.bytes < 0 {
			return errTooMuch
		}
		if err := u.entry(h, r); err != nil {
			return fmt.Errorf("write %q: %w", h.Name, err)
		}
	}
	for i := len(u.late) - 1; i >= 0; i-- {
		if err := u.late[i](); err != nil {
			return err
		}
	}
	return nil
}

// locate splits the name of an entry. A name that leads out is refused here, and once more by os.Root.
func (u *unpacker) locate(name string) (root *os.Root, rel string, err error) {
	number, rel, ok := strings.Cut(strings.TrimSuffix(name, "/"), "/")
	n, err := strconv.Atoi(number)
	if !ok || err != nil || n < 0 || n >= len(u.roots) || !filepath.IsLocal(rel) || strings.ContainsRune(rel, 0) || filepath.Clean(rel) == "." {
		return nil, "", errors.New("no name of a file in a directory of the run")
	}
	return u.roots[n], filepath.Clean(rel), nil
}

// enter returns the directory that an entry lies in.
func (u *unpacker) enter(root *os.Root, dir string) (*os.Root, error) {
	key := root.Name() + "\x00" + dir
	if u.parent != nil && u.where == key {
		return u.parent, nil
	}
	u.leave()
	parent, err := root.OpenRoot(dir)
	if errors.Is(err, fs.ErrNotExist) {
		if err = root.MkdirAll(dir, 0o755); err == nil {
			parent, err = root.OpenRoot(dir)
		}
	}
	if err != nil {
		return nil, err
	}
	u.parent, u.where = parent, key
	return parent, nil
}

func (u *unpacker) leave() {
	if u.parent != nil {
		u.parent.Close()
		u.parent = nil
	}
}

func (u *unpacker) entry(h *tar.Header, r io.Reader) error {
	root, rel, err := u.locate(h.Name)
	if err != nil {
		return err
	}
	mode := fs.FileMode(h.Mode).Perm()
	parent, err := u.enter(root, filepath.Dir(rel))
	if err != nil {
		return err
	}
	name := filepath.Base(rel)
	old, err := parent.Lstat(name)
	if err == nil && (h.Typeflag != tar.TypeDir || !old.IsDir()) {
		if err := parent.RemoveAll(name); err != nil {
			return err
		}
	}
	switch h.Typeflag {
	case tar.TypeDir:
		if err := parent.Mkdir(name, mode|0o700); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
		u.late = append(u.late, func() error { return root.Chmod(rel, mode) })
		return nil
	case tar.TypeSymlink:
		return parent.Symlink(h.Linkname, name)
	case tar.TypeReg:
		return unpackRegular(parent, name, h, r)
	}
	return fmt.Errorf("entry of type %q; want a file, a directory or a symbolic link", h.Typeflag)
}

func unpackRegular(parent *os.Root, name string, h *tar.Header, r io.Reader) error {
	mode := fs.FileMode(h.Mode).Perm()
	f, err := parent.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode|0o200)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, r)
	if err == nil {
		err = f.Chmod(mode) // without the umask, and what was added above
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err != nil {
		return err
	}
	return parent.Chtimes(name, h.ModTime, h.ModTime)
}
