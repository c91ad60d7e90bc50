package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// scratch makes the folder of this run and returns how to remove it. A lock that the kernel lets go with the process
// marks it as in use; the folders of runs that were killed are removed first.
func scratch() (dir string, remove func(), err error) {
	base := filepath.Join(os.TempDir(), fmt.Sprintf("fettle-%d", os.Getuid()))
	if err := os.MkdirAll(base, 0o700); err != nil {
		return "", nil, err
	}
	if err := ours(base); err != nil {
		return "", nil, err
	}
	sweep(base)
	lock, err := newLock(base)
	if err != nil {
		return "", nil, err
	}
	dir = strings.TrimSuffix(lock.Name(), ".lock")
	if err := os.Mkdir(dir, 0o700); err != nil {
		return "", nil, err
	}
	return dir, func() {
		removeAll(dir)
		os.Remove(lock.Name())
		lock.Close()
	}, nil
}

// newLock makes a lock file and holds it. Another run's sweep may take the file away between the two; then it is made anew.
func newLock(base string) (*os.File, error) {
	for {
		lock, err := os.CreateTemp(base, "run-*.lock")
		if err != nil {
			return nil, err
		}
		if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
			lock.Close()
			return nil, fmt.Errorf("lock %s: %w", lock.Name(), err)
		}
		var stat syscall.Stat_t
		if err := syscall.Fstat(int(lock.Fd()), &stat); err != nil {
			lock.Close()
			return nil, err
		}
		if stat.Nlink > 0 {
			return lock, nil
		}
		lock.Close()
	}
}

// ours refuses a folder that another user could have laid out.
func ours(dir string) error {
	info, err := os.Lstat(dir)
	if err != nil {
		return err
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !info.IsDir() || ok && int(stat.Uid) != os.Getuid() || info.Mode().Perm()&0o077 != 0 {
		return fmt.Errorf("%s belongs to somebody else or is open to others; remove it, or set TMPDIR to a folder of your own", dir)
	}
	return nil
}

// sweep removes what runs left below base that are no more. Each folder has a lock file beside it, which is there first
// and goes last.
func sweep(base string) {
	locks, err := filepath.Glob(filepath.Join(base, "run-*.lock"))
	if err != nil {
		return
	}
	for _, name := range locks {
		lock, err := os.OpenFile(name, os.O_RDWR, 0)
		if err != nil {
			continue
		}
		if syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil {
			removeAll(strings.TrimSuffix(name, ".lock"))
			os.Remove(name)
		}
		lock.Close()
	}
}

// removeAll removes dir even where what ran in it took its own rights away.
func removeAll(dir string) {
	if os.RemoveAll(dir) == nil {
		return
	}
	_ = filepath.WalkDir(dir, func(p string, e fs.DirEntry, err error) error {
		if err == nil && e.IsDir() || err != nil {
			_ = os.Chmod(p, 0o700)
		}
		return nil
	})
	_ = os.RemoveAll(dir)
}
