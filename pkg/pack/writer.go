package pack

import (
	"bufio"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"slices"
)

// Writer makes a pack beside its final place. Nothing stands at path before Commit, and a file that stood there stays
// whole until then.
type Writer struct {
	path    string
	file    *os.File // nil once committed or aborted
	buf     *bufio.Writer
	offset  uint64
	entries []entry
	err     error // the first failure; Commit refuses after it
}

// Create starts a pack that Commit moves to path. The directory of path must exist.
func Create(path string) (*Writer, error) {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return nil, fmt.Errorf("create the database %s: a thing that is no regular file stands there", path)
	}
	file, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*.tmp")
	if err != nil {
		return nil, fmt.Errorf("create the database %s: %w", path, err)
	}
	w := &Writer{path: path, file: file, buf: bufio.NewWriterSize(file, 1<<18)}
	w.write([]byte(magic))
	return w, nil
}

// Section begins the section name and ends the one before. The returned writer is valid until the next call of a method.
func (w *Writer) Section(name string) (io.Writer, error) {
	switch {
	case w.file == nil:
		return nil, errors.New("the pack is already closed")
	case name == "" || len(name) > maxName:
		return nil, fmt.Errorf("section name %q: want 1 to %d bytes", name, maxName)
	case slices.ContainsFunc(w.entries, func(e entry) bool { return e.name == name }):
		return nil, fmt.Errorf("section %q is already written", name)
	}
	w.entries = append(w.entries, entry{name: name, offset: w.offset})
	return &section{w: w, index: len(w.entries) - 1}, w.err
}

// AddFile writes the content of the file at path as the section name.
func (w *Writer) AddFile(name, path string) error {
	in, err := os.Open(path)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := w.Section(name)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, in); err != nil {
		return fmt.Errorf("add %s as section %q: %w", path, name, err)
	}
	return nil
}

// Commit writes the directory, syncs the file and moves it to its place in one step.
func (w *Writer) Commit() error {
	if w.file == nil {
		return errors.New("the pack is already closed")
	}
	w.write(encodeTail(w.offset, w.entries))
	if w.err == nil {
		w.err = w.buf.Flush()
	}
	if w.err == nil {
		w.err = w.file.Chmod(0o644)
	}
	if w.err == nil {
		w.err = w.file.Sync()
	}
	if w.err != nil {
		err := w.err
		w.Abort()
		return fmt.Errorf("write the database %s: %w", w.path, err)
	}
	temp := w.file.Name()
	err := w.file.Close()
	w.file = nil
	if err == nil {
		err = os.Rename(temp, w.path)
	}
	if err != nil {
		os.Remove(temp)
		return fmt.Errorf("put the database at %s: %w", w.path, err)
	}
	return syncDir(filepath.Dir(w.path))
}

// Abort throws the unfinished pack away. It does nothing after Commit, so it can be deferred.
func (w *Writer) Abort() {
	if w.file == nil {
		return
	}
	w.file.Close()
	os.Remove(w.file.Name())
	w.file = nil
}

func (w *Writer) write(p []byte) {
	if w.err != nil {
		return
	}
	n, err := w.buf.Write(p)
	w.offset += uint64(n)
	w.err = err
}

type section struct {
	w     *Writer
	index int
}

func (s *section) Write(p []byte) (int, error) {
	if s.w.file == nil || s.index != len(s.w.entries)-1 {
		return 0, fmt.Errorf("section %q is already ended", s.w.entries[s.index].name)
	}
	s.w.write(p)
	if s.w.err != nil {
		return 0, s.w.err
	}
	e := &s.w.entries[s.index]
	e.length += uint64(len(p))
	e.crc = crc32.Update(e.crc, castagnoli, p)
	return len(p), nil
}
