package project

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFilesNeverLeadOutOfTheTree(t *testing.T) {
	top := t.TempDir()
	for name, text := range map[string]string{"secret": "secret", "tree/a/in.txt": "in", "tree/b.txt": "b"} {
		name = filepath.Join(top, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for link, target := range map[string]string{"out": "../secret", "far": filepath.Join(top, "secret"), "in": "a/in.txt", "dir": "..", "loop": "loop"} {
		if err := os.Symlink(target, filepath.Join(top, "tree", link)); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo(filepath.Join(top, "tree", "pipe"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(filepath.Join(top, "tree", "b.txt"), MaxFile+1); err != nil {
		t.Fatal(err)
	}
	f, err := OpenFiles(filepath.Join(top, "tree"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, tt := range []struct{ file, want string }{
		{"a/in.txt", "in"}, {"in", "in"}, {"a/../in", "in"},
		{"out", "cannot be read: path escapes"}, {"far", "cannot be read: path escapes"}, {"dir/secret", "cannot be read: path escapes"},
		{"../secret", "cannot be read: path escapes"}, {"/etc/hostname", "cannot be read: path escapes"}, {"loop", "cannot be read: too many"},
		{"a", "cannot be read: not a regular file"}, {"pipe", "cannot be read: not a regular file"}, {"b.txt", "larger than 64 MiB"},
		{"none", "cannot be read: no such file"}, {"a\x00b", "cannot be read: invalid"},
	} {
		data, err := f.Read(tt.file)
		got := string(data)
		if err != nil {
			got = err.Error()
		}
		if !strings.HasPrefix(got, tt.want) || strings.Contains(got, top) {
			t.Errorf("%q: %s; want %s", tt.file, got, tt.want)
		}
		if is := f.Is(tt.file); is != (err == nil) && tt.file != "b.txt" {
			t.Errorf("%q: Is = %v", tt.file, is)
		}
	}
	if diff := cmp.Diff([]string{"in.txt"}, f.List("a")); diff != "" || f.List("..") != nil || len(f.List("")) != 8 {
		t.Error(diff, f.List(".."), f.List(""))
	}
	if got := f.Above("a/b/c", "none", "in"); got != "in" {
		t.Errorf("above = %q", got)
	}
}
