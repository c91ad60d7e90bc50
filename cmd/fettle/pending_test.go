package main

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// writeAll writes text to name as the outputs of a run are written.
func writeAll(t *testing.T, name, text string) error {
	t.Helper()
	p, err := newPending(name)
	if err != nil {
		return err
	}
	out := &outputs{files: []*pending{p}}
	defer out.discard()
	if _, err := p.tmp.WriteString(text); err != nil {
		t.Fatal(err)
	}
	return out.commit()
}

func TestAPipeIsWrittenToAndNotReplaced(t *testing.T) {
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Skip(err)
	}
	in, err := os.OpenFile(pipe, os.O_RDWR, 0) // open at both ends, so that nobody waits
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	if err := writeAll(t, pipe, "report"); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, 6)
	if _, err := in.Read(got); err != nil || string(got) != "report" {
		t.Errorf("read %q, %v", got, err)
	}
	if info, err := os.Lstat(pipe); err != nil || info.Mode()&os.ModeNamedPipe == 0 {
		t.Errorf("the pipe was replaced: %v, %v", info.Mode(), err)
	}
}

func TestALinkStaysAndItsTargetIsReplaced(t *testing.T) {
	dir := t.TempDir()
	link, target := filepath.Join(dir, "link"), filepath.Join(dir, "there", "target")
	if err := os.Mkdir(filepath.Dir(target), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(target, []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, link); err != nil {
		t.Fatal(err)
	}
	if err := writeAll(t, link, "new"); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(target); err != nil || string(got) != "new" {
		t.Errorf("the target holds %q, %v", got, err)
	}
	if to, err := os.Readlink(link); err != nil || to != target {
		t.Errorf("the link leads to %q, %v", to, err)
	}
	if err := writeAll(t, filepath.Dir(target), "x"); err == nil {
		t.Error("a folder was written to")
	}
}
