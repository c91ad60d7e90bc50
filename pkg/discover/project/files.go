package project

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// MaxFile is the largest file that is read, in bytes.
const MaxFile = 64 << 20

// Files is the tree that readers see: regular files below one folder, never through a link that leads out of it. Names are
// slash-separated and relative to the folder.
type Files struct {
	root *os.Root
	dir  string
}

// OpenFiles opens the tree at dir. The caller closes it.
func OpenFiles(dir string) (*Files, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", dir, err)
	}
	return &Files{root: root, dir: dir}, nil
}

// Close lets go of the tree.
func (f *Files) Close() error { return f.root.Close() }

// Dir is the absolute path of the tree, for what can only read a folder. It must not reach a message.
func (f *Files) Dir() string { return f.dir }

// Read returns the content of a regular file of at most MaxFile bytes. The error is for a Gap: it names neither the file
// nor a path of the machine.
func (f *Files) Read(file string) ([]byte, error) {
	in, err := f.root.OpenFile(filepath.FromSlash(file), os.O_RDONLY|syscall.O_NONBLOCK, 0) // a pipe must not block
	if err != nil {
		return nil, fmt.Errorf("cannot be read: %w", Plain(err))
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return nil, errors.New("cannot be read: not a regular file")
	}
	if info.Size() > MaxFile {
		return nil, fmt.Errorf("larger than %d MiB, not read", MaxFile>>20)
	}
	var data bytes.Buffer
	data.Grow(int(info.Size()) + bytes.MinRead) // read at once
	if _, err := data.ReadFrom(io.LimitReader(in, MaxFile+1)); err != nil {
		return nil, fmt.Errorf("cannot be read: %w", Plain(err))
	}
	if data.Len() > MaxFile { // it grew meanwhile
		return nil, fmt.Errorf("larger than %d MiB, not read", MaxFile>>20)
	}
	return data.Bytes(), nil
}

// MaxLines is how many lines ReadLines takes. The largest known lockfiles of lines have some tens of thousands.
const MaxLines = 500_000

// ReadLines is Read for a format of lines, each of which a reader may spend a kilobyte on.
func (f *Files) ReadLines(file string) ([]byte, error) {
	data, err := f.Read(file)
	if err == nil && bytes.Count(data, []byte("\n")) > MaxLines {
		return nil, fmt.Errorf("more than %d lines, not read", MaxLines)
	}
	return data, err
}

// Is reports whether file is a regular file of the tree.
func (f *Files) Is(file string) bool {
	info, err := f.root.Stat(filepath.FromSlash(file))
	return err == nil && info.Mode().IsRegular()
}

// List returns the names of what the folder dir holds, sorted; none where it cannot be read.
func (f *Files) List(dir string) []string {
	if dir == "" {
		dir = "."
	}
	in, err := f.root.Open(filepath.FromSlash(dir))
	if err != nil {
		return nil
	}
	defer in.Close()
	names, _ := in.Readdirnames(-1)
	slices.Sort(names)
	return names
}

// Above returns the nearest file called one of names in dir or a folder above it, or "".
func (f *Files) Above(dir string, names ...string) string {
	for ; ; dir = Parent(dir) {
		for _, name := range names {
			if file := path.Join(dir, name); f.Is(file) {
				return file
			}
		}
		if dir == "" {
			return ""
		}
	}
}

// Parent returns the folder of a file or folder; "" is the top.
func Parent(file string) string {
	if i := strings.LastIndex(file, "/"); i >= 0 {
		return file[:i]
	}
	return ""
}

// Plain leaves out the path, which the gap names already and which here is that of a machine.
func Plain(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}
