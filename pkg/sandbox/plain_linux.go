package sandbox

import "golang.org/x/sys/unix"

// plainRules are what a command without namespaces is refused on top. Sockets of the file system may lead to a daemon
// that obeys root, the container engine's above all, so there are none but pairs. Offline there are none at all.
func plainRules(f *filter, s spec, landlock int) {
	if s.Network {
		for family := uint32(0); family < 64; family++ {
			if family != unix.AF_INET && family != unix.AF_INET6 && family != unix.AF_NETLINK {
				f.callIf(unix.SYS_SOCKET, 0, equal, family, fails(unix.EACCES))
			}
		}
	} else {
		f.call(unix.SYS_SOCKET, fails(unix.EACCES))
	}
	if landlock == 0 {
		f.call(unix.SYS_PTRACE, fails(unix.EPERM))
		f.call(unix.SYS_PROCESS_VM_READV, fails(unix.EPERM))
		f.call(unix.SYS_PROCESS_VM_WRITEV, fails(unix.EPERM))
		f.call(unix.SYS_PIDFD_GETFD, fails(unix.EPERM))
	}
}

// describePlain adds what holds without namespaces, and what does not.
func (s *Sandbox) describePlain(add func(string, ...any), landlock int, filtered bool) {
	if filtered {
		add("network off in the test phase: no sockets but pairs, so tests that serve on loopback fail (seccomp)")
	} else {
		add("NOT held: network is on in the test phase")
	}
	if landlock < 6 {
		add("NOT held: signals to processes of the same user outside")
	}
	add("NOT held: in the fetch phase the network is open, services on this machine included")
	add("NOT held: names and arguments of the machine's processes are visible, and /dev/shm is shared with them")
}
