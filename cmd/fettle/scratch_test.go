package main

import (
	"os"
	"path/filepath"
	"testing"
)

func TestFoldersOfRunsThatAreNoMoreAreRemovedAndOthersStay(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	running, end, err := scratch()
	if err != nil {
		t.Fatal(err)
	}
	defer end()
	base := filepath.Dir(running)
	dead := filepath.Join(base, "run-dead")
	if err := os.MkdirAll(filepath.Join(dead, "tree", "locked"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{dead + ".lock", filepath.Join(dead, "tree", "locked", "file")} {
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(filepath.Join(dead, "tree", "locked"), 0); err != nil {
		t.Fatal(err)
	}
	_, endSecond, err := scratch()
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{dead: false, dead + ".lock": false, running: true, running + ".lock": true} {
		if _, err := os.Lstat(name); (err == nil) != want {
			t.Errorf("%s is there: %v, want %v", filepath.Base(name), err == nil, want)
		}
	}
	endSecond()
	end()
	left, err := os.ReadDir(base)
	if err != nil || len(left) > 0 {
		t.Errorf("%v stay, %v", left, err)
	}
}

func TestAFolderThatOthersMayWriteIsRefused(t *testing.T) {
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	_, end, err := scratch()
	if err != nil {
		t.Fatal(err)
	}
	end()
	dirs, err := filepath.Glob(filepath.Join(tmp, "fettle-*"))
	if err != nil || len(dirs) != 1 {
		t.Fatal(dirs, err)
	}
	if err := os.Chmod(dirs[0], 0o777); err != nil {
		t.Fatal(err)
	}
	if _, _, err := scratch(); err == nil {
		t.Error("it was taken")
	}
}
