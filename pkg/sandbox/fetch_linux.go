package sandbox

import (
	"context"
	"encoding/binary"
	"errors"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// In the fetch phase the broker makes connections too. It refuses what is for processes of this machine and of its cloud: a
// manifest could name such an address as that of a package.

// fetchRules have the broker make connections, and the sockets for datagrams, which it could not tell from others later.
func fetchRules(f *filter) {
	const whole, kind = ^uint32(0), 0xf
	for _, family := range []uint32{unix.AF_INET, unix.AF_INET6} {
		f.callWhere(unix.SYS_SOCKET, unix.SECCOMP_RET_USER_NOTIF, condition{0, whole, family}, condition{1, kind, unix.SOCK_DGRAM})
	}
	noFastOpen(f)
	f.call(unix.SYS_CONNECT, unix.SECCOMP_RET_USER_NOTIF)
}

// noFastOpen refuses to connect by sending.
func noFastOpen(f *filter) {
	f.callIf(unix.SYS_SENDTO, 3, anyBit, unix.MSG_FASTOPEN, fails(unix.EACCES))
	f.callIf(unix.SYS_SENDMSG, 2, anyBit, unix.MSG_FASTOPEN, fails(unix.EACCES))
	f.callIf(unix.SYS_SENDMMSG, 3, anyBit, unix.MSG_FASTOPEN, fails(unix.EACCES))
}

// metadata are addresses at which clouds hand out credentials, beside link-local ones.
var metadata = []netip.Addr{
	netip.MustParseAddr("fd00:ec2::254"), netip.MustParseAddr("100.100.100.200"), netip.MustParseAddr("168.63.129.16"),
}

// reach is where the fetch phase may connect to.
type reach struct {
	allowed []netip.AddrPort
	own     []netip.Addr // addresses of this machine that nothing may connect to
	closed  bool         // its loopback as well
}

// newReach reads what the machine is called. In a container the loopback is the run's own, and the gateway is the machine.
func newReach(s spec) reach {
	r := reach{allowed: s.Allowed}
	for _, server := range nameservers(readConfig("/etc/resolv.conf")) {
		r.allowed = append(r.allowed, netip.AddrPortFrom(server, 53))
	}
	if s.Level == Sibling {
		r.own = gateways(readConfig("/proc/net/route"))
		return r
	}
	if r.closed = s.Closed; !r.closed {
		return r
	}
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		return r
	}
	for _, a := range addresses {
		if p, err := netip.ParsePrefix(a.String()); err == nil {
			r.own = append(r.own, p.Addr().Unmap())
		}
	}
	return r
}

// refuses reports whether nothing may connect to an address. The loopback of a container is the run's own.
func (r reach) refuses(to netip.AddrPort) bool {
	addr := to.Addr().Unmap().WithZone("")
	switch {
	case slices.Contains(r.allowed, netip.AddrPortFrom(addr, to.Port())):
		return false
	case addr.IsLinkLocalUnicast() || addr.IsMulticast() || slices.Contains(metadata, addr):
		return true
	case addr.IsLoopback():
		return r.closed
	}
	return slices.Contains(r.own, addr)
}

// nameservers reads resolv.conf(5).
func nameservers(text string) []netip.Addr {
	var servers []netip.Addr
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		if len(fields) < 2 || fields[0] != "nameserver" {
			continue
		}
		if a, err := netip.ParseAddr(fields[1]); err == nil {
			servers = append(servers, a.Unmap().WithZone(""))
		}
	}
	return servers
}

// gateways reads /proc/net/route: the third field of a line is a gateway, in the machine's byte order.
func gateways(text string) []netip.Addr {
	var all []netip.Addr
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		if len(fields) < 3 {
			continue
		}
		n, err := strconv.ParseUint(fields[2], 16, 32)
		if err != nil || n == 0 {
			continue
		}
		var b [4]byte
		binary.NativeEndian.PutUint32(b[:], uint32(n))
		all = append(all, netip.AddrFrom4(b))
	}
	return all
}

// named returns the addresses that the registries and proxies of a fetch have: those that the caller names, and the addresses
// in the variables of the command and of this process.
func named(ctx context.Context, reach, environ []string) []netip.AddrPort {
	hosts := map[string]bool{}
	for _, r := range reach {
		hosts[r] = true
	}
	for _, kv := range environ {
		_, value, _ := strings.Cut(kv, "=")
		for _, word := range strings.FieldsFunc(value, func(r rune) bool { return strings.ContainsRune(" ,|;", r) }) {
			_, after, ok := strings.Cut(word, "://")
			scheme := word[:max(len(word)-len(after)-3, 0)]
			if u, err := url.Parse(word); ok && err == nil && u.Hostname() != "" {
				port := u.Port()
				if port == "" {
					port = defaultPort(scheme)
				}
				hosts[net.JoinHostPort(u.Hostname(), port)] = true
			}
		}
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	var all []netip.AddrPort
	for host := range hosts {
		name, port, err := net.SplitHostPort(host)
		n, e := strconv.ParseUint(port, 10, 16)
		if err != nil || e != nil {
			continue
		}
		addresses, err := net.DefaultResolver.LookupNetIP(ctx, "ip", name)
		if err != nil {
			continue // then the fetch cannot reach it either
		}
		for _, a := range addresses {
			all = append(all, netip.AddrPortFrom(a.Unmap().WithZone(""), uint16(n)))
		}
	}
	return all
}

func defaultPort(scheme string) string {
	if strings.HasSuffix(scheme, "http") {
		return "80"
	}
	return "443"
}

// datagrams remembers which sockets the broker made for datagrams.
type datagrams struct {
	sync.Mutex
	inodes map[uint64]bool
}

// maxDatagrams bounds what is remembered; the oldest sockets of a run are long closed by then.
const maxDatagrams = 1 << 16

func (d *datagrams) add(fd int) {
	var st unix.Stat_t
	if unix.Fstat(fd, &st) != nil {
		return
	}
	d.Lock()
	defer d.Unlock()
	if d.inodes == nil || len(d.inodes) > maxDatagrams {
		d.inodes = map[uint64]bool{}
	}
	d.inodes[st.Ino] = true
}

func (d *datagrams) has(inode uint64) bool {
	d.Lock()
	defer d.Unlock()
	return d.inodes[inode]
}

// socket makes a socket for datagrams in the place of the caller, and returns its number there.
func (b *broker) socket(n notification) (int64, error) {
	const flags = unix.SOCK_CLOEXEC | unix.SOCK_NONBLOCK
	fd, err := unix.Socket(int(int32(n.args[0])), unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|int(n.args[1])&unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return 0, err
	}
	defer unix.Close(fd)
	b.datagrams.add(fd)
	add := addition{id: n.id, source: uint32(fd), newFlags: uint32(n.args[1]) & flags & unix.O_CLOEXEC}
	return b.add(&add)
}

// fetch returns a socket connected, or about to be, to an address that the fetch phase may reach.
func (b *broker) fetch(inode uint64, raw []byte, blocking bool) (int, error) {
	if binary.NativeEndian.Uint16(raw) == unix.AF_UNSPEC && b.datagrams.has(inode) {
		return b.anew(unix.AF_INET) // that is how a socket is disconnected
	}
	to, err := parseAddress(raw)
	if err != nil {
		return -1, err
	}
	table := readSockets()
	if b.reach.refuses(to) && !(to.Addr().Unmap().IsLoopback() && table.ownPort(to.Port(), b.holds)) {
		return -1, unix.EACCES
	}
	family := int(binary.NativeEndian.Uint16(raw))
	kind := unix.SOCK_STREAM
	if b.datagrams.has(inode) {
		kind = unix.SOCK_DGRAM
	} else if table.connected(inode) {
		return -1, unix.EISCONN
	}
	fd, err := unix.Socket(family, kind|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return -1, err
	}
	if kind == unix.SOCK_DGRAM {
		b.datagrams.add(fd)
	}
	err = unix.Connect(fd, sockaddr(family, to))
	if errors.Is(err, unix.EINPROGRESS) {
		if !blocking {
			return fd, unix.EINPROGRESS
		}
		err = finished(fd, connectPatience)
	}
	if err != nil {
		unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

// connectPatience is about how long the kernel tries.
const connectPatience = 2 * time.Minute

func (b *broker) anew(family int) (int, error) {
	fd, err := unix.Socket(family, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err == nil {
		b.datagrams.add(fd)
	}
	return fd, err
}

func sockaddr(family int, to netip.AddrPort) unix.Sockaddr {
	if family == unix.AF_INET {
		return &unix.SockaddrInet4{Port: int(to.Port()), Addr: to.Addr().Unmap().As4()}
	}
	return &unix.SockaddrInet6{Port: int(to.Port()), Addr: to.Addr().As16()}
}

// add installs a descriptor in the process that waits, and returns its number there.
func (b *broker) add(a *addition) (int64, error) {
	n, _, e := unix.Syscall(unix.SYS_IOCTL, uintptr(b.listener), unix.SECCOMP_IOCTL_NOTIF_ADDFD, uintptr(unsafe.Pointer(a)))
	if e != 0 {
		return 0, e
	}
	return int64(n), nil
}
