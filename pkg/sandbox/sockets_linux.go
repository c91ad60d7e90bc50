package sandbox

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// socketTable is what /proc/net/tcp and tcp6 say of the machine's TCP sockets.
type socketTable struct {
	listening map[uint16]map[uint64]bool // inodes by port
	active    map[uint64]bool            // inodes that are connected
}

func readSockets() socketTable {
	t := socketTable{listening: map[uint16]map[uint64]bool{}, active: map[uint64]bool{}}
	for _, name := range []string{"/proc/self/net/tcp", "/proc/self/net/tcp6"} {
		if data, err := os.ReadFile(name); err == nil {
			t.parse(string(data))
		}
	}
	return t
}

// parse adds the lines of proc_net_tcp: number, local and remote address in hexadecimal, state, five more, inode.
func (t socketTable) parse(text string) {
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		if len(fields) < 10 {
			continue
		}
		_, hex, ok := strings.Cut(fields[1], ":")
		port, err := strconv.ParseUint(hex, 16, 16)
		if !ok || err != nil {
			continue
		}
		inode, err := strconv.ParseUint(fields[9], 10, 64)
		if err != nil || inode == 0 {
			continue
		}
		switch fields[3] {
		case "01":
			t.active[inode] = true
		case "0A":
			inodes := t.listening[uint16(port)]
			if inodes == nil {
				inodes = map[uint64]bool{}
				t.listening[uint16(port)] = inodes
			}
			inodes[inode] = true
		}
	}
}

func (t socketTable) connected(inode uint64) bool { return t.active[inode] }

// ownPort reports whether somebody listens on port and holds has all who do. A port that a process of the machine
// listens on as well, on whatever address, is not the run's: the kernel might choose the other.
func (t socketTable) ownPort(port uint16, holds func(map[uint64]bool) bool) bool {
	inodes := t.listening[port]
	return len(inodes) > 0 && holds(inodes)
}

// parseAddress reads a struct sockaddr_in or sockaddr_in6. The unspecified address stands for loopback, as in connect(2).
func parseAddress(raw []byte) (netip.AddrPort, error) {
	if len(raw) < 2 {
		return netip.AddrPort{}, unix.EINVAL
	}
	var addr netip.Addr
	switch binary.NativeEndian.Uint16(raw) {
	case unix.AF_INET:
		if len(raw) < unix.SizeofSockaddrInet4 {
			return netip.AddrPort{}, unix.EINVAL
		}
		addr = netip.AddrFrom4([4]byte(raw[4:8]))
		if addr.IsUnspecified() {
			addr = netip.AddrFrom4([4]byte{127, 0, 0, 1})
		}
	case unix.AF_INET6:
		if len(raw) < 24 { // the scope, last, may be left out
			return netip.AddrPort{}, unix.EINVAL
		}
		addr = netip.AddrFrom16([16]byte(raw[8:24]))
		if addr.IsUnspecified() {
			addr = netip.IPv6Loopback()
		}
	default:
		return netip.AddrPort{}, unix.EAFNOSUPPORT
	}
	return netip.AddrPortFrom(addr, binary.BigEndian.Uint16(raw[2:4])), nil
}

// socketOf returns the inode of an open socket of a process and the flags it was opened with.
func socketOf(pid int, fd int32) (uint64, int, error) {
	link, err := os.Readlink(fmt.Sprintf("/proc/%d/fd/%d", pid, fd))
	if err != nil {
		return 0, 0, unix.EBADF
	}
	inode, ok := socketInode(link)
	if !ok {
		return 0, 0, unix.ENOTSOCK
	}
	info, err := os.ReadFile(fmt.Sprintf("/proc/%d/fdinfo/%d", pid, fd))
	if err != nil {
		return 0, 0, unix.EBADF
	}
	for line := range strings.Lines(string(info)) {
		if octal, ok := strings.CutPrefix(line, "flags:"); ok {
			flags, err := strconv.ParseUint(strings.TrimSpace(octal), 8, 32)
			if err == nil {
				return inode, int(flags), nil
			}
		}
	}
	return 0, 0, unix.EBADF
}

// socketsOf returns the inodes of the open sockets of a process.
func socketsOf(pid int) []uint64 {
	dir := fmt.Sprintf("/proc/%d/fd", pid)
	f, err := os.Open(dir)
	if err != nil {
		return nil
	}
	defer f.Close()
	names, _ := f.Readdirnames(-1)
	var inodes []uint64
	for _, name := range names {
		link, err := os.Readlink(dir + "/" + name)
		if err != nil {
			continue
		}
		if inode, ok := socketInode(link); ok {
			inodes = append(inodes, inode)
		}
	}
	return inodes
}

func socketInode(link string) (uint64, bool) {
	number, ok := strings.CutPrefix(link, "socket:[")
	if !ok {
		return 0, false
	}
	inode, err := strconv.ParseUint(strings.TrimSuffix(number, "]"), 10, 64)
	return inode, err == nil
}
