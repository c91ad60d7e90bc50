package pack

import (
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"sync"
)

// File is an open pack. It is safe for concurrent use until Close.
type File struct {
	path    string
	file    *os.File
	data    []byte
	unmap   func() error
	entries []entry
	checked []sync.Once
	bad     []error
}

// Open maps the pack at path and checks its directory, which takes the same short time for a file of any size. The
// content of a section is checked when Section first returns it.
func Open(path string) (*File, error) {
	file, err := os.Open(path)
	if os.IsNotExist(err) {
		return nil, fmt.Errorf("no database at %s; run fettle db build or fettle db update: %w", path, err)
	}
	if err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	f := &File{path: path, file: file}
	if err := f.open(); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

func (f *File) open() error {
	info, err := f.file.Stat()
	if err != nil {
		return fmt.Errorf("open the database: %w", err)
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("open the database: %s is not a regular file", f.path)
	}
	if f.data, f.unmap, err = mapFile(f.file, info.Size()); err != nil {
		return fmt.Errorf("map the database %s: %w", f.path, err)
	}
	if f.entries, err = decodeDirectory(f.data); err != nil {
		return fmt.Errorf("open the database %s: %w", f.path, err)
	}
	f.checked, f.bad = make([]sync.Once, len(f.entries)), make([]error, len(f.entries))
	return nil
}

// Section returns the bytes of a section, which stay valid until Close and must not be written to. The first call reads
// the whole section to check it.
func (f *File) Section(name string) ([]byte, error) {
	i, err := f.find(name)
	if err != nil {
		return nil, err
	}
	f.checked[i].Do(func() {
		if crc32.Checksum(f.bytes(i), castagnoli) != f.entries[i].crc {
			f.bad[i] = fmt.Errorf("%s: the checksum of section %q is wrong; %w", f.path, name, ErrUnusable)
		}
	})
	if f.bad[i] != nil {
		return nil, f.bad[i]
	}
	return f.bytes(i), nil
}

// Unchecked is Section for content that carries checksums of its own and is too large to read whole.
func (f *File) Unchecked(name string) ([]byte, error) {
	i, err := f.find(name)
	if err != nil {
		return nil, err
	}
	return f.bytes(i), nil
}

// Reader reads the bytes that Unchecked gives from the file. Reading through the mapping makes whole neighbourhoods of what
// is touched part of the process's memory; what comes through the reader is its caller's alone. It is valid until Close.
func (f *File) Reader(name string) (*io.SectionReader, error) {
	i, err := f.find(name)
	if err != nil {
		return nil, err
	}
	return io.NewSectionReader(f.file, int64(f.entries[i].offset), int64(f.entries[i].length)), nil
}

// Has reports whether the pack holds the section name.
func (f *File) Has(name string) bool {
	_, err := f.find(name)
	return err == nil
}

// Info is what the directory says of one section.
type Info struct {
	Name string
	Size int64
}

// Sections lists the sections in the order they were written.
func (f *File) Sections() []Info {
	var all []Info
	for _, e := range f.entries {
		all = append(all, Info{Name: e.name, Size: int64(e.length)})
	}
	return all
}

// Size returns the size of the whole file in bytes.
func (f *File) Size() int64 { return int64(len(f.data)) }

// Verify checks the content of every section.
func (f *File) Verify() error {
	for _, e := range f.entries {
		if _, err := f.Section(e.name); err != nil {
			return err
		}
	}
	return nil
}

// Close unmaps and closes the file. Bytes that a section returned must not be touched after it.
func (f *File) Close() error {
	f.data, f.entries = nil, nil
	var err error
	if f.unmap != nil {
		err = f.unmap()
		f.unmap = nil
	}
	if f.file != nil {
		err = errors.Join(err, f.file.Close())
		f.file = nil
	}
	return err
}

func (f *File) find(name string) (int, error) {
	for i, e := range f.entries {
		if e.name == name {
			return i, nil
		}
	}
	return 0, fmt.Errorf("%s holds no section %q; %w", f.path, name, ErrUnusable)
}

func (f *File) bytes(i int) []byte {
	e := f.entries[i]
	end := e.offset + e.length
	return f.data[e.offset:end:end]
}
