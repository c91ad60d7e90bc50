package sandbox

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// harmlessDevices hold no state of the host.
var harmlessDevices = []string{"/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty"}

// devices mounts a /dev of harmless devices, with terminals and shared memory of its own.
func (v view) devices(path string) error {
	if err := v.tmpfs(path, "mode=755,size=64k"); err != nil {
		return err
	}
	for _, dev := range harmlessDevices {
		target, err := v.place(dev)
		if err != nil {
			return err
		}
		if err := unix.Mount(dev, target, "", unix.MS_BIND, ""); err != nil {
			return fmt.Errorf("mount %s: %w", dev, err)
		}
	}
	if err := v.tmpfs("/dev/shm", fmt.Sprintf("mode=1777,size=%d", max(v.Limits.Memory/4, 64<<20))); err != nil {
		return err
	}
	pts := filepath.Join(v.top, "/dev/pts")
	if err := os.Mkdir(pts, 0o755); err != nil {
		return err
	}
	if err := unix.Mount("devpts", pts, "devpts", unix.MS_NOSUID|unix.MS_NOEXEC, "newinstance,ptmxmode=0666,mode=620"); err != nil {
		return fmt.Errorf("mount /dev/pts: %w", err)
	}
	for name, target := range map[string]string{
		"ptmx": "pts/ptmx", "fd": "/proc/self/fd",
		"stdin": "/proc/self/fd/0", "stdout": "/proc/self/fd/1", "stderr": "/proc/self/fd/2",
	} {
		if err := os.Symlink(target, filepath.Join(v.top, "/dev", name)); err != nil {
			return err
		}
	}
	return nil
}

// processes mounts a /proc of the own processes. A process whose user id is the host's root may write much of
// /proc without any capability, so what belongs to the whole machine is read-only or covered.
func (v view) processes(path string) error {
	target := v.top + path
	if err := os.Mkdir(target, 0o755); err != nil {
		return err
	}
	if err := unix.Mount("proc", target, "proc", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, ""); err != nil {
		return err
	}
	// Shared memory segments are in nobody's resident size once detached. Older kernels do not let a user
	// namespace set this; the limit then is the kernel's.
	pages := max(v.Limits.Memory/4, 64<<20) / int64(os.Getpagesize())
	_ = os.WriteFile(filepath.Join(target, "sys/kernel/shmall"), fmt.Appendf(nil, "%d", pages), 0)
	for _, name := range []string{"acpi", "bus", "driver", "fs", "irq", "scsi", "sys", "sysrq-trigger"} {
		p := filepath.Join(target, name)
		if _, err := os.Lstat(p); err != nil {
			continue
		}
		if err := unix.Mount(p, p, "", unix.MS_BIND, ""); err != nil {
			return fmt.Errorf("keep /proc/%s: %w", name, err)
		}
		if err := restrict(p, true); err != nil {
			return fmt.Errorf("keep /proc/%s: %w", name, err)
		}
	}
	for _, name := range []string{"kcore", "keys", "key-users", "kmsg", "latency_stats", "sched_debug", "timer_list", "kallsyms", "config.gz"} {
		if err := v.cover(filepath.Join(path, name)); err != nil {
			return fmt.Errorf("cover /proc/%s: %w", name, err)
		}
	}
	return nil
}

// cover puts nothing in the place of a file or directory of the new root, if it is there.
func (v view) cover(path string) error {
	target := v.top + path
	info, err := os.Lstat(target)
	if err != nil {
		return nil
	}
	if info.IsDir() {
		return unix.Mount("tmpfs", target, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_RDONLY, "mode=755,size=4k")
	}
	if info.Mode()&os.ModeSymlink != 0 {
		return nil
	}
	return unix.Mount("/dev/null", target, "", unix.MS_BIND, "")
}

// files writes the files that differ from the host's. Those in a directory that is the host's are mounted over.
func (v view) files() error {
	store := v.top + "/.files"
	if err := os.Mkdir(store, 0o755); err != nil {
		return err
	}
	n := 0
	for path, text := range v.Files {
		target := v.top + path
		if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
			continue // the directory is the host's and lacks what the file would be in
		}
		info, err := os.Lstat(target)
		if errors.Is(err, os.ErrNotExist) {
			if err := os.WriteFile(target, []byte(text), 0o644); err != nil {
				return err
			}
			continue
		}
		if err != nil || !info.Mode().IsRegular() {
			continue // writing through a symbolic link would reach the host
		}
		n++
		file := fmt.Sprintf("%s/%d", store, n)
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			return err
		}
		if err := unix.Mount(file, target, "", unix.MS_BIND, ""); err != nil {
			return fmt.Errorf("replace %s: %w", path, err)
		}
	}
	return nil
}
