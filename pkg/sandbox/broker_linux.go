package sandbox

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A broker makes the connections of a command that has no network namespace, and changes modes of files for one that has no
// mounts of its own. The kernel stops connect(2) and asks the
// broker, which connects a socket of its own if the address is one that the run itself listens on, and puts it in the
// place of the caller's. Nothing in the caller's memory is looked at twice, so it cannot change its mind in between.
type broker struct {
	listener  int // of seccomp notifications
	spec      spec
	supers    int // the supervisor's process id
	reach     reach
	datagrams datagrams
}

// The structures of seccomp_unotify(2).
type (
	notification struct {
		id    uint64
		pid   uint32
		flags uint32
		nr    int32
		arch  uint32
		ip    uint64
		args  [6]uint64
	}
	answer struct {
		id    uint64
		val   int64
		errno int32
		flags uint32
	}
	addition struct {
		id       uint64
		flags    uint32
		source   uint32
		target   uint32
		newFlags uint32
	}
)

const maxAddress = 128 // sizeof(struct sockaddr_storage)

func (b *broker) ioctl(request uintptr, p unsafe.Pointer) error {
	if _, _, e := unix.Syscall(unix.SYS_IOCTL, uintptr(b.listener), request, uintptr(p)); e != 0 {
		return e
	}
	return nil
}

// valid reports whether the call still waits, with an error for the caller.
func (b *broker) valid(n notification) error {
	if err := b.ioctl(unix.SECCOMP_IOCTL_NOTIF_ID_VALID, unsafe.Pointer(&n.id)); err != nil {
		return unix.EINTR
	}
	return nil
}

// maxConnecting is how many connections may be on their way.
const maxConnecting = 256

// serve answers until the process ends. Each connection is made apart, as a full backlog may hold one up.
func (b *broker) serve() {
	slots := make(chan struct{}, maxConnecting)
	for {
		var n notification
		err := b.ioctl(unix.SECCOMP_IOCTL_NOTIF_RECV, unsafe.Pointer(&n))
		if errors.Is(err, unix.EINTR) || errors.Is(err, unix.ENOENT) {
			continue
		}
		if err != nil {
			return // then every connect fails with ENOSYS
		}
		slots <- struct{}{}
		go func() {
			defer func() { <-slots }()
			a := answer{id: n.id}
			var err error
			switch {
			case n.nr == unix.SYS_SOCKET:
				a.val, err = b.socket(n)
			case isMode(n.nr):
				err = b.changeMode(n)
			default:
				err = b.connect(n)
			}
			if err != nil {
				a.errno = -int32(unix.EACCES)
				var e unix.Errno
				if errors.As(err, &e) {
					a.errno = -int32(e)
				}
			}
			_ = b.ioctl(unix.SECCOMP_IOCTL_NOTIF_SEND, unsafe.Pointer(&a))
		}()
	}
}

// connect does what the stopped call asks for.
func (b *broker) connect(n notification) error {
	fd, size := int32(n.args[0]), min(n.args[2], maxAddress)
	raw := make([]byte, size)
	if err := readMemory(int(n.pid), n.args[1], raw); err != nil {
		return unix.EFAULT
	}
	inode, flags, err := socketOf(int(n.pid), fd)
	if err != nil {
		return err
	}
	// From here on what was read belongs to the process that was stopped, not to another that took its number.
	if err := b.valid(n); err != nil {
		return err
	}
	sock, err := b.dial(int(n.pid), inode, raw, flags&unix.O_NONBLOCK == 0)
	pending := errors.Is(err, unix.EINPROGRESS)
	if err != nil && !pending {
		return err
	}
	defer unix.Close(sock)
	if err := unix.SetNonblock(sock, flags&unix.O_NONBLOCK != 0); err != nil {
		return err
	}
	add := addition{
		id: n.id, flags: unix.SECCOMP_ADDFD_FLAG_SETFD, source: uint32(sock), target: uint32(fd), newFlags: uint32(flags & unix.O_CLOEXEC),
	}
	if _, err := b.add(&add); err != nil {
		return err
	}
	if pending {
		return unix.EINPROGRESS
	}
	return nil
}

// dial returns a socket connected to a raw address, if the run may connect there. In the fetch phase it may come with
// EINPROGRESS, where the caller does not want to wait.
func (b *broker) dial(pid int, inode uint64, raw []byte, blocking bool) (int, error) {
	if len(raw) < 2 {
		return -1, unix.EINVAL
	}
	family := binary.NativeEndian.Uint16(raw)
	if family == unix.AF_UNIX {
		return b.dialPath(pid, raw[2:])
	}
	if b.spec.Network {
		return b.fetch(inode, raw, blocking)
	}
	addr, err := parseAddress(raw)
	if err != nil {
		return -1, err
	}
	if !addr.Addr().Unmap().IsLoopback() {
		return -1, unix.ENETUNREACH
	}
	table := readSockets()
	if table.connected(inode) {
		return -1, unix.EISCONN
	}
	if !table.ownPort(addr.Port(), b.holds) {
		return -1, unix.ECONNREFUSED
	}
	return dialSocket(int(family), sockaddr(int(family), addr))
}

// dialPath connects to a socket in a directory of the run. The file is taken hold of before it is judged. Names without
// a file reach across directories and are refused.
func (b *broker) dialPath(pid int, name []byte) (int, error) {
	if len(name) == 0 || name[0] == 0 {
		return -1, unix.ECONNREFUSED
	}
	path, _, _ := strings.Cut(string(name), "\x00")
	if !filepath.IsAbs(path) {
		path = fmt.Sprintf("/proc/%d/cwd/%s", pid, path)
	}
	fd, err := unix.Open(path, unix.O_PATH|unix.O_CLOEXEC, 0)
	if err != nil {
		return -1, err
	}
	defer unix.Close(fd)
	held := fmt.Sprintf("/proc/self/fd/%d", fd)
	real, err := os.Readlink(held)
	if err != nil {
		return -1, unix.EACCES
	}
	if !within(b.spec.Root, real) && !within(b.spec.Home, real) && !within(b.spec.Tmp, real) {
		return -1, unix.EACCES
	}
	return dialSocket(unix.AF_UNIX, &unix.SockaddrUnix{Name: held})
}

// dialSocket connects within a second: the other end is on this machine.
func dialSocket(family int, sa unix.Sockaddr) (int, error) {
	fd, err := unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return -1, err
	}
	err = unix.Connect(fd, sa)
	if errors.Is(err, unix.EINPROGRESS) {
		err = finished(fd, time.Second)
	}
	if err != nil {
		unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

// finished waits for a connection to come about.
func finished(fd int, patience time.Duration) error {
	poll := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLOUT}}
	for {
		n, err := unix.Poll(poll, int(patience/time.Millisecond))
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil {
			return err
		}
		if n == 0 {
			return unix.ETIMEDOUT
		}
		code, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ERROR)
		if err == nil && code != 0 {
			err = unix.Errno(code)
		}
		return err
	}
}

// holds reports whether processes of the run have all the sockets.
func (b *broker) holds(inodes map[uint64]bool) bool {
	missing := len(inodes)
	found := map[uint64]bool{}
	for _, pid := range descendants(b.supers) {
		for _, inode := range socketsOf(pid) {
			if inodes[inode] && !found[inode] {
				found[inode] = true
				missing--
			}
		}
		if missing == 0 {
			return true
		}
	}
	return missing == 0
}

// readMemory reads from the memory of a stopped process.
func readMemory(pid int, at uint64, into []byte) error {
	f, err := os.Open(fmt.Sprintf("/proc/%d/mem", pid))
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = f.ReadAt(into, int64(at))
	return err
}
