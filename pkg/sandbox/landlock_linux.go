package sandbox

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	readFiles = unix.LANDLOCK_ACCESS_FS_EXECUTE | unix.LANDLOCK_ACCESS_FS_READ_FILE | unix.LANDLOCK_ACCESS_FS_READ_DIR
	useFiles  = unix.LANDLOCK_ACCESS_FS_READ_FILE | unix.LANDLOCK_ACCESS_FS_WRITE_FILE | unix.LANDLOCK_ACCESS_FS_TRUNCATE
	fileBits  = unix.LANDLOCK_ACCESS_FS_EXECUTE | useFiles | unix.LANDLOCK_ACCESS_FS_IOCTL_DEV // those a rule for a file may have
)

// landlockVersion returns the version of Landlock's interface, 0 where there is none.
func landlockVersion() int {
	v, _, e := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, unix.LANDLOCK_CREATE_RULESET_VERSION)
	if e != 0 {
		return 0
	}
	return int(v)
}

// fileRights returns all rights on files that a version of the interface knows.
func fileRights(version int) uint64 {
	rights := uint64(unix.LANDLOCK_ACCESS_FS_MAKE_SYM<<1 - 1) // all of version 1
	if version >= 2 {
		rights |= unix.LANDLOCK_ACCESS_FS_REFER
	}
	if version >= 3 {
		rights |= unix.LANDLOCK_ACCESS_FS_TRUNCATE
	}
	if version >= 5 {
		rights |= unix.LANDLOCK_ACCESS_FS_IOCTL_DEV
	}
	return rights
}

// confine keeps the calling thread, and what it executes, to what s names. With namespaces the view already does so for
// files, and only signals and abstract sockets are scoped: the network phase shares those with the host.
func confine(s spec, version int) error {
	if version == 0 {
		return nil
	}
	attr := unix.LandlockRulesetAttr{}
	if s.Level == Plain {
		attr.Handled_access_fs = fileRights(version)
	}
	if version >= 6 {
		attr.Scoped = unix.LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET | unix.LANDLOCK_SCOPE_SIGNAL
	}
	if attr == (unix.LandlockRulesetAttr{}) {
		return nil
	}
	fd, _, e := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, uintptr(unsafe.Pointer(&attr)), unsafe.Sizeof(attr), 0)
	if e != 0 {
		return fmt.Errorf("make Landlock rules: %w", e)
	}
	defer unix.Close(int(fd))
	if s.Level == Plain {
		if err := allowPaths(int(fd), s, attr.Handled_access_fs); err != nil {
			return err
		}
	}
	if _, _, e := unix.Syscall(unix.SYS_LANDLOCK_RESTRICT_SELF, fd, 0, 0); e != 0 {
		return fmt.Errorf("enter Landlock: %w", e)
	}
	return nil
}

// allowPaths adds all rules to one set: a file may only be moved between directories of the same one.
func allowPaths(rules int, s spec, all uint64) error {
	writable := []string{s.Root, s.Home, s.Tmp, "/dev/shm"}
	reading := []string{"/proc", "/sys/devices/system", "/sys/fs/cgroup"}
	for _, path := range s.ReadOnly {
		reading = append(reading, without(path, s.Hidden)...)
	}
	if s.Cache != "" && s.Network {
		writable = append(writable, s.Cache)
	} else if s.Cache != "" {
		reading = append(reading, s.Cache)
	}
	for _, path := range reading {
		if err := allowPath(rules, path, all&readFiles); err != nil {
			return err
		}
	}
	for _, path := range append(harmlessDevices, "/dev/ptmx", "/dev/pts") {
		if err := allowPath(rules, path, all&(useFiles|unix.LANDLOCK_ACCESS_FS_IOCTL_DEV)); err != nil {
			return err
		}
	}
	for _, path := range writable {
		const nodes = unix.LANDLOCK_ACCESS_FS_MAKE_BLOCK | unix.LANDLOCK_ACCESS_FS_MAKE_CHAR
		if err := allowPath(rules, path, all&^nodes); err != nil {
			return err
		}
	}
	return nil
}

// without returns path, or what lies in it where something hidden does: Landlock has no rule that takes away.
func without(path string, hidden []string) []string {
	holds := false
	for _, h := range hidden {
		if within(h, path) {
			return nil
		}
		holds = holds || within(path, h)
	}
	if !holds {
		return []string{path}
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil
	}
	var paths []string
	for _, e := range entries {
		paths = append(paths, without(filepath.Join(path, e.Name()), hidden)...)
	}
	return paths
}

// allowPath adds a rule for path, if it is there.
func allowPath(rules int, path string, rights uint64) error {
	fd, err := unix.Open(path, unix.O_PATH|unix.O_CLOEXEC, 0)
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, os.ErrPermission) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("allow %s: %w", path, err)
	}
	defer unix.Close(fd)
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return fmt.Errorf("allow %s: %w", path, err)
	}
	if st.Mode&unix.S_IFMT != unix.S_IFDIR {
		rights &= fileBits
	}
	rule := unix.LandlockPathBeneathAttr{Allowed_access: rights, Parent_fd: int32(fd)}
	_, _, e := unix.Syscall6(unix.SYS_LANDLOCK_ADD_RULE, uintptr(rules), unix.LANDLOCK_RULE_PATH_BENEATH, uintptr(unsafe.Pointer(&rule)), 0, 0, 0)
	if e != 0 {
		return fmt.Errorf("allow %s: %w", path, e)
	}
	return nil
}
