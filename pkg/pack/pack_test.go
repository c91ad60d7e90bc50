package pack

import (
	"bytes"
	"errors"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// build writes a pack of two sections and returns its path.
func build(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "test.db")
	w, err := Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Abort()
	for _, s := range [][2]string{{"one", "first section"}, {"two", strings.Repeat("second ", 1000)}} {
		out, err := w.Section(s[0])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := out.Write([]byte(s[1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Commit(); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestSectionsComeBackAsWritten(t *testing.T) {
	f, err := Open(build(t))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	want := []Info{{"one", 13}, {"two", 7000}}
	if diff := cmp.Diff(want, f.Sections()); diff != "" {
		t.Error(diff)
	}
	got, err := f.Section("one")
	if err != nil || string(got) != "first section" {
		t.Errorf("section one = %q, %v", got, err)
	}
	if err := f.Verify(); err != nil {
		t.Error(err)
	}
	if _, err := f.Section("three"); err == nil || !strings.Contains(err.Error(), "fettle db build") {
		t.Errorf("a missing section does not say what to do: %v", err)
	}
}

func TestAddFileTakesTheWholeFile(t *testing.T) {
	dir := t.TempDir()
	from := filepath.Join(dir, "in")
	if err := os.WriteFile(from, []byte("from a file"), 0o600); err != nil {
		t.Fatal(err)
	}
	w, err := Create(filepath.Join(dir, "out"))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.AddFile("f", from); err != nil {
		t.Fatal(err)
	}
	if err := w.Commit(); err != nil {
		t.Fatal(err)
	}
	f, err := Open(filepath.Join(dir, "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if got, err := f.Section("f"); err != nil || string(got) != "from a file" {
		t.Errorf("section f = %q, %v", got, err)
	}
}

func TestAbortLeavesTheOldFileAndNothingElse(t *testing.T) {
	path := build(t)
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	w, err := Create(path)
	if err != nil {
		t.Fatal(err)
	}
	out, err := w.Section("half")
	if err != nil {
		t.Fatal(err)
	}
	out.Write(bytes.Repeat([]byte("x"), 1<<20))
	w.Abort()
	after, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(before, after) {
		t.Errorf("the old file changed: %v", err)
	}
	left, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(left) != 1 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	if err := w.Commit(); err == nil {
		t.Error("an aborted pack was committed")
	}
}

func TestMappedFileOutlivesItsReplacement(t *testing.T) {
	path := build(t)
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w, err := Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Commit(); err != nil {
		t.Fatal(err)
	}
	if got, err := f.Section("one"); err != nil || string(got) != "first section" {
		t.Errorf("section one = %q, %v", got, err)
	}
}

func TestDamageIsReportedWithARemedy(t *testing.T) {
	whole, err := os.ReadFile(build(t))
	if err != nil {
		t.Fatal(err)
	}
	flip := func(at int) []byte {
		b := bytes.Clone(whole)
		b[at] ^= 1
		return b
	}
	for name, data := range map[string][]byte{
		"empty":         {},
		"cut short":     whole[:len(whole)-5],
		"half":          whole[:len(whole)/2],
		"other file":    []byte(strings.Repeat("not a database ", 10)),
		"directory":     flip(len(whole) - footerSize - 3),
		"footer":        flip(len(whole) - 30),
		"version":       flip(len(whole) - 16),
		"section":       flip(len(magic) + 3),
		"trailing junk": append(bytes.Clone(whole), 'x'),
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "bad.db")
			if err := os.WriteFile(path, data, 0o600); err != nil {
				t.Fatal(err)
			}
			f, err := Open(path)
			if err == nil {
				defer f.Close()
				err = f.Verify()
			}
			if !errors.Is(err, ErrUnusable) || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "fettle db build") {
				t.Errorf("got %v; want the path and the remedy", err)
			}
		})
	}
	_, err = Open(filepath.Join(t.TempDir(), "none.db"))
	if !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), "fettle db build") {
		t.Errorf("missing file: %v", err)
	}
}

func TestReadingIsTheSameAsMapping(t *testing.T) {
	path := build(t)
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		t.Fatal(err)
	}
	data, _, err := readFile(file, info.Size())
	if err != nil {
		t.Fatal(err)
	}
	entries, err := decodeDirectory(data)
	if err != nil || len(entries) != 2 {
		t.Errorf("%v, %v", entries, err)
	}
}

func FuzzDecodeDirectory(f *testing.F) {
	whole, err := os.ReadFile(build(f))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Add(whole[:40])
	f.Add([]byte(magic + strings.Repeat("\x00", 24) + magic))
	tail := encodeTail(8, []entry{{name: "x", offset: 1 << 63, length: 1 << 63}})
	f.Add(append([]byte(magic), tail...))
	f.Fuzz(func(t *testing.T, data []byte) {
		// A right checksum must not open the door: mend it and try again.
		for _, d := range [][]byte{data, mend(data)} {
			entries, err := decodeDirectory(d)
			if err != nil {
				continue
			}
			file := &File{data: d, entries: entries}
			for i := range entries {
				_ = len(file.bytes(i))
			}
		}
	})
}

// mend returns the content of data as the directory of a pack with right checksums.
func mend(data []byte) []byte {
	tail := encodeTail(8, nil)
	body := append([]byte(magic), data...)
	body = append(body, tail[:8]...)
	body = append(body, byte(len(data)), byte(len(data)>>8), byte(len(data)>>16), 0)
	crc := checksum(body[8:])
	body = append(body, byte(crc), byte(crc>>8), byte(crc>>16), byte(crc>>24))
	return append(body, tail[16:]...)
}

func checksum(b []byte) uint32 { return crc32.Checksum(b, castagnoli) }

func BenchmarkOpen(b *testing.B) {
	path := filepath.Join(b.TempDir(), "big.db")
	w, err := Create(path)
	if err != nil {
		b.Fatal(err)
	}
	out, err := w.Section("big")
	if err != nil {
		b.Fatal(err)
	}
	chunk := bytes.Repeat([]byte("0123456789abcdef"), 1<<16)
	for range 100 {
		if _, err := out.Write(chunk); err != nil {
			b.Fatal(err)
		}
	}
	if err := w.Commit(); err != nil {
		b.Fatal(err)
	}
	for _, check := range []bool{false, true} {
		name := map[bool]string{false: "directory", true: "every section"}[check]
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				f, err := Open(path)
				if err != nil {
					b.Fatal(err)
				}
				if check {
					if err := f.Verify(); err != nil {
						b.Fatal(err)
					}
				}
				f.Close()
			}
		})
	}
}

func TestReaderReadsWhatTheMappingHolds(t *testing.T) {
	path := build(t)
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	mapped, err := f.Unchecked("two")
	if err != nil {
		t.Fatal(err)
	}
	r, err := f.Reader("two")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(path); err != nil { // an update puts another file there; the open one still serves
		t.Fatal(err)
	}
	got, err := io.ReadAll(r)
	if err != nil || !bytes.Equal(got, mapped) {
		t.Errorf("%d bytes, %v; want the %d of the section", len(got), err, len(mapped))
	}
	if n, err := r.ReadAt(make([]byte, 1), r.Size()); err != io.EOF {
		t.Errorf("%d bytes behind the section, %v", n, err)
	}
	if _, err := f.Reader("three"); err == nil {
		t.Error("a missing section is no error")
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	if err := f.Close(); err != nil {
		t.Errorf("closed twice: %v", err)
	}
}
