package sandbox

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// entry is one of a hostile stream.
type entry struct {
	name, link, data string
	kind             byte
	mode             int64
}

// stream writes entries as tar(1) would.
func stream(t testing.TB, entries ...entry) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, e := range entries {
		h := &tar.Header{Name: e.name, Linkname: e.link, Typeflag: e.kind, Mode: e.mode, Size: int64(len(e.data)), ModTime: time.Unix(1, 0), Format: tar.FormatPAX}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, e.data); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// sparse is a file of five bytes that claims to be one of a TiB with holes.
func sparse(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	h := &tar.Header{Name: "0/a", Typeflag: tar.TypeReg, Mode: 0o644, Size: 5, Format: tar.FormatPAX, PAXRecords: map[string]string{
		"XXX.sparse.size": "1099511627776", "XXX.sparse.numblocks": "1", "XXX.sparse.map": "0,5",
	}}
	err := w.WriteHeader(h)
	if err == nil {
		_, err = io.WriteString(w, "hello")
	}
	if err = errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return bytes.ReplaceAll(b.Bytes(), []byte("XXX.sparse"), []byte("GNU.sparse"))
}

// sized sets the size in the first header of a stream, with its checksum.
func sized(data []byte, size string) []byte {
	data = bytes.Clone(data)
	copy(data[124:136], append([]byte(size), make([]byte, 12)...)[:12])
	copy(data[148:156], "        ")
	sum := 0
	for _, c := range data[:512] {
		sum += int(c)
	}
	copy(data[148:156], []byte{'0', '0' + byte(sum>>12&7), '0' + byte(sum>>9&7), '0' + byte(sum>>6&7), '0' + byte(sum>>3&7), '0' + byte(sum&7), 0, ' '})
	return data
}

const (
	fuzzBytes = 64 << 10
	fuzzFiles = 20
)

// unpackInto unpacks data into the directory copy of a new directory, and returns both.
func unpackInto(t testing.TB, data []byte) (base, dir string, err error) {
	t.Helper()
	base, err = os.MkdirTemp("", "fettle-unpack-")
	if err != nil {
		t.Fatal(err)
	}
	dir = filepath.Join(base, "copy")
	write(t, base, map[string]string{"victim": "safe", "copy/old/file": "old"})
	roots, err := openRoots([]string{dir})
	if err != nil {
		t.Fatal(err)
	}
	defer closeRoots(roots)
	u := unpacker{roots: roots, bytes: fuzzBytes, files: fuzzFiles}
	return base, dir, u.unpack(tar.NewReader(bytes.NewReader(data)))
}

// contained fails if anything but the copy has changed, or there is more in the copy than was allowed.
func contained(t *testing.T, base, dir string) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(base, "victim"))
	info, e := os.Lstat(filepath.Join(base, "victim"))
	if err != nil || e != nil || string(data) != "safe" || info.Mode() != 0o644 {
		t.Errorf("the file outside is %q, %v, %v, %v", data, info, err, e)
	}
	entries, err := os.ReadDir(base)
	if err != nil || len(entries) != 2 {
		t.Errorf("beside the copy lies %v, %v", entries, err)
	}
	var bytes int64
	err = walkAllModes(dir, func(info fs.FileInfo) {
		if info.Mode().IsRegular() {
			bytes += info.Size()
		} else if !info.IsDir() && info.Mode()&fs.ModeSymlink == 0 {
			t.Errorf("made %s", info.Mode())
		}
		if info.Mode()&(fs.ModeSetuid|fs.ModeSetgid) != 0 {
			t.Errorf("%s: mode %s", info.Name(), info.Mode())
		}
	})
	if err != nil {
		t.Error(err)
	}
	if bytes > fuzzBytes+int64(len("old")) {
		t.Errorf("%d bytes", bytes)
	}
}

func walkAllModes(dir string, f func(fs.FileInfo)) error {
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrPermission) {
			return nil
		}
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err == nil {
			f(info)
		}
		return err
	})
}

// hostile are streams that want out of the copy or take more than there is, by name.
func hostile(t testing.TB) map[string][]byte {
	file := entry{name: "0/a", kind: tar.TypeReg, data: "hello", mode: 0o644}
	many := make([]entry, fuzzFiles+1)
	for i := range many {
		many[i] = entry{name: "0/" + string(rune('a'+i)), kind: tar.TypeReg, mode: 0o600}
	}
	out := map[string][]byte{
		"way up":                  stream(t, entry{name: "0/../victim", kind: tar.TypeReg, data: "bad", mode: 0o644}),
		"way up and down":         stream(t, entry{name: "0/x/../../victim", kind: tar.TypeReg, data: "bad", mode: 0o644}),
		"absolute":                stream(t, entry{name: "/0/a", kind: tar.TypeReg, data: "bad"}),
		"absolute below":          stream(t, entry{name: "0//etc/x", kind: tar.TypeReg, data: "bad"}),
		"another directory":       stream(t, entry{name: "1/a", kind: tar.TypeReg, data: "bad"}),
		"negative directory":      stream(t, entry{name: "-1/a", kind: tar.TypeReg, data: "bad"}),
		"the directory itself":    stream(t, entry{name: "0/.", kind: tar.TypeReg, data: "bad"}),
		"through a link":          stream(t, entry{name: "0/l", kind: tar.TypeSymlink, link: ".."}, entry{name: "0/l/victim", kind: tar.TypeReg, data: "bad"}),
		"through an absolute":     stream(t, entry{name: "0/l", kind: tar.TypeSymlink, link: "/tmp"}, entry{name: "0/l/x", kind: tar.TypeReg, data: "bad"}),
		"directory through link":  stream(t, entry{name: "0/l", kind: tar.TypeSymlink, link: ".."}, entry{name: "0/l/new/", kind: tar.TypeDir, mode: 0o777}),
		"mode of a late link":     stream(t, entry{name: "0/d/", kind: tar.TypeDir, mode: 0o777}, entry{name: "0/d", kind: tar.TypeSymlink, link: "../victim"}),
		"hard link":               stream(t, entry{name: "0/h", kind: tar.TypeLink, link: "../victim"}),
		"hard link in the stream": stream(t, file, entry{name: "0/h", kind: tar.TypeLink, link: "0/a"}),
		"device":                  stream(t, entry{name: "0/null", kind: tar.TypeChar, mode: 0o666}),
		"pipe":                    stream(t, entry{name: "0/pipe", kind: tar.TypeFifo, mode: 0o666}),
		"too large":               stream(t, entry{name: "0/a", kind: tar.TypeReg, data: string(make([]byte, fuzzBytes+1))}),
		"too many":                stream(t, many...),
		"size of the universe":    sized(stream(t, file), "77777777777"),
		"sparse":                  sparse(t),
		"negative size":           sized(stream(t, file), "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"),
		"truncated":               stream(t, file)[:514],
	}
	return out
}

func TestHostileStreamsStayInTheCopy(t *testing.T) {
	for name, data := range hostile(t) {
		t.Run(name, func(t *testing.T) {
			base, dir, err := unpackInto(t, data)
			defer os.RemoveAll(base)
			if err == nil {
				t.Error("no error")
			}
			contained(t, base, dir)
		})
	}
}

func TestHolesCountAsWritten(t *testing.T) {
	u := unpacker{bytes: fuzzBytes, files: 1}
	if err := u.unpack(tar.NewReader(bytes.NewReader(sparse(t)))); !errors.Is(err, errTooMuch) {
		t.Errorf("got %v", err)
	}
}

func TestSetUserIDIsNotTakenBack(t *testing.T) {
	base, dir, err := unpackInto(t, stream(t, entry{name: "0/a", kind: tar.TypeReg, data: "x", mode: 0o6755}))
	defer os.RemoveAll(base)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(filepath.Join(dir, "a")); err != nil || info.Mode() != 0o755 {
		t.Errorf("%v, %v", info, err)
	}
}

func TestSizesAddUpWithoutOverflow(t *testing.T) {
	u := unpacker{bytes: 10, files: 10}
	head := sized(stream(t, entry{name: "0/a", kind: tar.TypeReg}), "\x80\x00\x00\x00\x7f\xff\xff\xff\xff\xff\xff\xff")
	if h, err := tar.NewReader(bytes.NewReader(head)).Next(); err != nil || h.Size != math.MaxInt64 {
		t.Fatalf("the stream is not what it is meant to be: %+v, %v", h, err)
	}
	if err := u.unpack(tar.NewReader(bytes.NewReader(head))); !errors.Is(err, errTooMuch) {
		t.Errorf("got %v", err)
	}
}

func FuzzUnpack(f *testing.F) {
	for _, data := range hostile(f) {
		f.Add(data)
	}
	f.Add(stream(f, entry{name: "0/d/", kind: tar.TypeDir, mode: 0o500}, entry{name: "0/d/a", kind: tar.TypeReg, data: "x"}))
	f.Add(stream(f, entry{name: "0/old", kind: tar.TypeReg, data: "x"}, entry{name: "0/old/file", kind: tar.TypeReg, data: "x"}))
	f.Add(stream(f, entry{name: "0/loop", kind: tar.TypeSymlink, link: "loop"}, entry{name: "0/loop/a", kind: tar.TypeReg, data: "x"}))
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 1<<20 {
			return
		}
		base, dir, _ := unpackInto(t, data)
		defer os.RemoveAll(base)
		contained(t, base, dir)
	})
}
