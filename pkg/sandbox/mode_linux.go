package sandbox

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"
)

// Landlock does not cover the modes of files: whoever owns one may change it wherever it lies. Without mounts of its own a
// command has the broker do so, which looks where the file is.

// oldChmod is chmod(2), which only the older of the architectures has.
const oldChmod = 90

// attributeCalls set what Landlock does not cover either, access control lists among it.
var attributeCalls = []uint32{
	unix.SYS_SETXATTR, unix.SYS_LSETXATTR, unix.SYS_FSETXATTR, unix.SYS_REMOVEXATTR, unix.SYS_LREMOVEXATTR, unix.SYS_FREMOVEXATTR,
	463, 466, // setxattrat, removexattrat
}

func modeRules(f *filter) {
	for _, nr := range attributeCalls {
		f.call(nr, fails(unix.EOPNOTSUPP))
	}
	for _, nr := range []uint32{unix.SYS_FCHMOD, unix.SYS_FCHMODAT, unix.SYS_FCHMODAT2} {
		f.call(nr, unix.SECCOMP_RET_USER_NOTIF)
	}
	if runtime.GOARCH == "amd64" {
		f.call(oldChmod, unix.SECCOMP_RET_USER_NOTIF)
	}
}

// isMode reports whether the broker is asked to change a mode.
func isMode(nr int32) bool {
	switch nr {
	case unix.SYS_FCHMOD, unix.SYS_FCHMODAT, unix.SYS_FCHMODAT2:
		return true
	}
	return nr == oldChmod && runtime.GOARCH == "amd64"
}

// changeMode does what the stopped call asks for, to files in what the run may write. The file is taken hold of before it is
// judged.
func (b *broker) changeMode(n notification) error {
	pid, mode, flags := int(n.pid), n.args[2], 0
	dir, name := int32(n.args[0]), n.args[1]
	switch n.nr {
	case unix.SYS_FCHMOD:
		mode, flags = n.args[1], unix.AT_EMPTY_PATH
		name = 0
	case unix.SYS_FCHMODAT:
	case unix.SYS_FCHMODAT2:
		flags = int(n.args[3])
	default:
		dir, name, mode = unix.AT_FDCWD, n.args[0], n.args[1]
	}
	path := ""
	if name != 0 {
		var err error
		if path, err = readPath(pid, name); err != nil {
			return unix.EFAULT
		}
	}
	switch {
	case path == "" && flags&unix.AT_EMPTY_PATH == 0:
		return unix.ENOENT
	case filepath.IsAbs(path):
		if rest, ok := strings.CutPrefix(path, "/proc/self/"); ok {
			path = fmt.Sprintf("/proc/%d/%s", pid, rest)
		}
	case dir == unix.AT_FDCWD:
		path = fmt.Sprintf("/proc/%d/cwd/%s", pid, path)
	case dir < 0:
		return unix.EBADF
	default:
		path = strings.TrimSuffix(fmt.Sprintf("/proc/%d/fd/%d/%s", pid, dir, path), "/")
	}
	open := unix.O_PATH | unix.O_CLOEXEC
	if flags&unix.AT_SYMLINK_NOFOLLOW != 0 {
		open |= unix.O_NOFOLLOW
	}
	fd, err := unix.Open(path, open, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	// From here on what was read belongs to the process that was stopped.
	if err := b.valid(n); err != nil {
		return err
	}
	return b.setMode(fd, uint32(mode)&0o7777)
}

// setMode changes the mode of a file that the command could change by itself, were it in a place of its own.
func (b *broker) setMode(fd int, mode uint32) error {
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return err
	}
	held := fmt.Sprintf("/proc/self/fd/%d", fd)
	real, err := os.Readlink(held)
	if err != nil {
		return unix.EPERM
	}
	kind := st.Mode & unix.S_IFMT
	switch {
	case !b.spec.writes(real) || int(st.Uid) != b.spec.User:
		return unix.EPERM
	case kind == unix.S_IFLNK:
		return unix.EOPNOTSUPP
	case kind == unix.S_IFREG && mode&(unix.S_ISUID|unix.S_ISGID) != 0:
		return unix.EPERM // it would be a program with the rights of the user outside
	}
	return unix.Chmod(held, mode)
}

// writes reports whether a real path is one that a command without mounts of its own may write.
func (s spec) writes(path string) bool {
	for _, dir := range []string{s.Root, s.Home, s.Tmp, "/dev/shm"} {
		if within(dir, path) {
			return true
		}
	}
	return s.Network && s.Cache != "" && within(s.Cache, path)
}

// readPath reads a path from the memory of a stopped process, page by page: the next one may not be there.
func readPath(pid int, at uint64) (string, error) {
	var path []byte
	page := uint64(os.Getpagesize())
	for len(path) < unix.PathMax {
		part := make([]byte, page-at%page)
		if err := readMemory(pid, at, part); err != nil {
			return "", err
		}
		if end := bytes.IndexByte(part, 0); end >= 0 {
			return string(append(path, part[:end]...)), nil
		}
		path = append(path, part...)
		at += uint64(len(part))
	}
	return "", errors.New("path too long")
}
