//go:build unix

package pack

import (
	"os"
	"syscall"
)

// mapFile maps file read-only, and reads it where the file system cannot map.
func mapFile(file *os.File, size int64) ([]byte, func() error, error) {
	if size == 0 || int64(int(size)) != size {
		return readFile(file, size)
	}
	data, err := syscall.Mmap(int(file.Fd()), 0, int(size), syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		return readFile(file, size)
	}
	return data, func() error { return syscall.Munmap(data) }, nil
}

// syncDir makes a rename in dir outlast a power cut.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	// Some file systems refuse to sync a directory; the file itself is safe by then.
	_ = d.Sync()
	return nil
}
