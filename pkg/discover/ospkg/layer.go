package ospkg

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
)

// Bounds of one image.
const (
	maxEntries = 5_000_000 // of one archive
	maxKept    = 512 << 20 // bytes of all files that are kept in memory
	maxLayers  = 1000
)

// entry is what one layer says of a path that matters.
type entry struct {
	kind   byte // of the tar entry: a file, a link or a folder
	data   []byte
	target string // of a link
}

// layer is what one layer changes, as far as it matters.
type layer struct {
	entries map[string]entry
	removed []string // paths, with all below
	emptied []string // folders, whose content of lower layers is gone
	marks   *marks
	faults  []string
}

// wanted are the files that are read of an image.
var wanted = func() map[string]int64 {
	all := map[string]int64{"etc/os-release": 1 << 20, "usr/lib/os-release": 1 << 20, dpkgStatus: maxText, aptStates: maxText, apkWorld: 1 << 20}
	for _, file := range apkInstalled {
		all[file] = maxText
	}
	for _, file := range rpmDatabases() {
		all[file], all[file+"-wal"] = maxBinary, maxBinary
	}
	return all
}()

// ways are the folders that lead to wanted files; a link in place of one matters too.
var ways = func() map[string]bool {
	all := map[string]bool{dpkgFolder: true}
	for file := range wanted {
		for dir := path.Dir(file); dir != "."; dir = path.Dir(dir) {
			all[dir] = true
		}
	}
	return all
}()

// size returns how large a file may be that is kept, and false for one that is not.
func size(name string) (int64, bool) {
	if most, ok := wanted[name]; ok {
		return most, true
	}
	if path.Dir(name) == dpkgFolder {
		return maxText, true
	}
	return 0, false
}

// readLayer reads one layer to its end. kept counts the bytes that all layers keep.
func readLayer(ctx context.Context, in io.Reader, kept *int64) (*layer, error) {
	l := &layer{entries: map[string]entry{}, marks: newMarks()}
	end := &ending{in: in}
	t := tar.NewReader(end)
	for n := 0; ; n++ {
		if n%1000 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			if end.zeros < 1024 {
				l.faults = append(l.faults, "it ends without the mark of an end, so it may be cut off")
			}
			return l, nil
		}
		if err != nil {
			return nil, fmt.Errorf("is no whole tar archive: %w", err)
		}
		if n > maxEntries {
			return nil, fmt.Errorf("holds more than %d files", maxEntries)
		}
		if err := l.meet(h, t, kept); err != nil {
			return nil, err
		}
	}
}

// ending counts the zero bytes at the end of what was read: an archive ends in 1024 of them, and one that is cut off
// between two files looks like a whole one otherwise.
type ending struct {
	in    io.Reader
	zeros int
}

func (e *ending) Read(p []byte) (int, error) {
	n, err := e.in.Read(p)
	last := len(bytes.TrimRight(p[:n], "\x00"))
	if last > 0 {
		e.zeros = 0
	}
	e.zeros += n - last
	return n, err
}

// meet takes one entry. Its name is cleaned, so that it cannot lead out.
func (l *layer) meet(h *tar.Header, in io.Reader, kept *int64) error {
	name := path.Clean("/" + h.Name)[1:]
	dir, base := path.Split(name)
	dir = strings.TrimSuffix(dir, "/")
	switch {
	case base == ".wh..wh..opq":
		l.emptied = append(l.emptied, dir)
		return nil
	case strings.HasPrefix(base, ".wh.") && !strings.HasPrefix(base, ".wh..wh."):
		l.removed = append(l.removed, path.Join(dir, base[len(".wh."):]))
		return nil
	}
	most, isWanted := size(name)
	if !isWanted && !ways[name] {
		if h.Typeflag == tar.TypeReg || h.Typeflag == tar.TypeSymlink || h.Typeflag == tar.TypeLink {
			l.marks.meet(name)
		}
		return nil
	}
	e := entry{kind: h.Typeflag, target: h.Linkname}
	if h.Typeflag == tar.TypeReg && isWanted {
		if *kept += h.Size; h.Size > most || *kept > maxKept {
			return fmt.Errorf("%s is too large; want at most %d MiB, and %d MiB for the whole image", name, most>>20, int64(maxKept)>>20)
		}
		data, err := io.ReadAll(io.LimitReader(in, most))
		if err != nil {
			return fmt.Errorf("is no whole tar archive: %w", err)
		}
		e.data = data
	}
	if h.Typeflag == tar.TypeLink { // of a file before it in the same layer
		first, ok := l.entries[path.Clean("/" + h.Linkname)[1:]]
		if !ok || first.kind != tar.TypeReg {
			l.faults = append(l.faults, fmt.Sprintf("%s is a hard link to %.100q, which was not read", name, h.Linkname))
			return nil
		}
		e = first
	}
	l.entries[name] = e
	return nil
}

// merged is the file system that layers make, as far as it matters: a tree.
type merged struct {
	entries map[string]entry
	marks   *marks
}

func newMerged() *merged { return &merged{map[string]entry{}, newMarks()} }

// apply puts a layer on top. What it removes is of the layers below only, wherever in the layer it stands.
func (m *merged) apply(l *layer) {
	gone, emptied := map[string]bool{}, map[string]bool{}
	for _, name := range l.removed {
		gone[name] = true
	}
	for _, dir := range l.emptied {
		emptied[dir] = true
	}
	for name, e := range l.entries {
		if have, ok := m.entries[name]; e.kind != tar.TypeDir || ok && have.kind != tar.TypeDir {
			gone[name] = true
		}
	}
	if len(gone)+len(emptied) > 0 {
		for file := range m.entries {
			if dropped(file, gone, emptied) {
				delete(m.entries, file)
			}
		}
		for file := range m.marks.kinds {
			if dropped(file, gone, emptied) {
				delete(m.marks.kinds, file)
			}
		}
	}
	for name, e := range l.entries {
		m.entries[name] = e
	}
	for file := range l.marks.kinds {
		m.marks.meet(file)
	}
	m.marks.more += l.marks.more
}

// dropped reports whether file or a folder above it is gone, or a folder above it emptied.
func dropped(file string, gone, emptied map[string]bool) bool {
	if gone[file] {
		return true
	}
	for dir := file; dir != ""; {
		dir = strings.TrimSuffix(dir[:strings.LastIndex(dir, "/")+1], "/")
		if gone[dir] || emptied[dir] {
			return true
		}
	}
	return false
}

func (m *merged) link(name string) (string, bool) {
	e, ok := m.entries[name]
	return e.target, ok && e.kind == tar.TypeSymlink
}

func (m *merged) open(name string, most int64) ([]byte, error) {
	e, ok := m.entries[name]
	switch {
	case !ok:
		if _, known := size(name); !known && !ways[name] {
			return nil, fmt.Errorf("cannot be read: a link leads to %.100q, which is not read of an image", name)
		}
		return nil, errNotThere
	case e.kind != tar.TypeReg:
		return nil, errors.New("cannot be read: not a regular file")
	}
	return readAll(bytes.NewReader(e.data), most)
}

func (m *merged) list(name string) []string {
	var names []string
	for file := range m.entries {
		if path.Dir(file) == name {
			names = append(names, path.Base(file))
		}
	}
	return sorted(names)
}
