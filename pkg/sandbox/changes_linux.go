package sandbox

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/sys/unix"
)

// stamp tells whether a file is still what it was. A process can set all but the time of the last change.
type stamp struct {
	inode   uint64
	mode    uint32
	size    int64
	changed unix.Timespec
}

// snapshot is a directory's entries by their names.
type snapshot map[string]stamp

// takeSnapshot walks dir. Directories that their owner cannot read are made readable on the way.
func takeSnapshot(dir string) (snapshot, error) {
	all := snapshot{}
	err := walkAll(dir, func(path string, st *unix.Stat_t) {
		rel, err := filepath.Rel(dir, path)
		if err == nil && rel != "." {
			all[rel] = stamp{st.Ino, st.Mode, st.Size, st.Ctim}
		}
	})
	return all, err
}

// walkAll calls f for dir and all below it. What vanishes meanwhile is left out.
func walkAll(dir string, f func(path string, st *unix.Stat_t)) error {
	var st unix.Stat_t
	if err := unix.Lstat(dir, &st); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	}
	f(dir, &st)
	if st.Mode&unix.S_IFMT != unix.S_IFDIR {
		return nil
	}
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrPermission) || err == nil && len(entries) > 0 && st.Mode&0o100 == 0 {
		if unix.Chmod(dir, st.Mode&0o7777|0o700) == nil {
			entries, err = os.ReadDir(dir)
		}
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, e := range entries {
		if err := walkAll(filepath.Join(dir, e.Name()), f); err != nil {
			return err
		}
	}
	return nil
}

// changes are what differs between a snapshot and a directory.
type changes struct {
	Deleted []string // outermost first
	made    []string // directories before what they hold
	bytes   int64
}

// compare says what changed in dir since before was taken.
func (before snapshot) compare(dir string) (changes, error) {
	after := snapshot{}
	var c changes
	err := walkAll(dir, func(path string, st *unix.Stat_t) {
		rel, err := filepath.Rel(dir, path)
		if err != nil || rel == "." {
			return
		}
		now := stamp{st.Ino, st.Mode, st.Size, st.Ctim}
		after[rel] = now
		old, ok := before[rel]
		isDir := now.mode&unix.S_IFMT == unix.S_IFDIR
		if ok && (old == now || isDir && old.mode == now.mode) {
			return
		}
		c.made = append(c.made, rel)
		if now.mode&unix.S_IFMT == unix.S_IFREG {
			c.bytes += st.Size
		}
	})
	for rel := range before {
		if _, ok := after[rel]; !ok {
			c.Deleted = append(c.Deleted, rel)
		}
	}
	slices.Sort(c.Deleted)
	return c, err
}
