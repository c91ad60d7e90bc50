package sandbox

import "golang.org/x/sys/unix"

// plainRules are what a command without namespaces is refused on top. In the fetch phase there are no sockets of the
// file system: they may lead to a daemon that obeys root, the container engine's above all. Offline the broker connects,
// so there are only sockets that must connect before they can send.
func plainRules(f *filter, s spec, landlock int) {
	const whole, kind = ^uint32(0), 0xf // the rest of a socket's type is flags
	netlink := condition{0, whole, unix.AF_NETLINK}
	f.callWhere(unix.SYS_SOCKET, unix.SECCOMP_RET_ALLOW, netlink, condition{2, whole, unix.NETLINK_ROUTE})
	families := []uint32{unix.AF_INET, unix.AF_INET6}
	switch {
	case s.Network:
		for _, family := range families {
			f.callWhere(unix.SYS_SOCKET, unix.SECCOMP_RET_ALLOW, condition{0, whole, family})
		}
	case s.Broker:
		stream := condition{1, kind, unix.SOCK_STREAM}
		f.callWhere(unix.SYS_SOCKET, unix.SECCOMP_RET_ALLOW, condition{0, whole, unix.AF_UNIX}, stream)
		for _, family := range families {
			for _, protocol := range []uint32{0, unix.IPPROTO_TCP} {
				f.callWhere(unix.SYS_SOCKET, unix.SECCOMP_RET_ALLOW, condition{0, whole, family}, stream, condition{2, whole, protocol})
			}
		}
		noFastOpen(f)
		f.call(unix.SYS_CONNECT, unix.SECCOMP_RET_USER_NOTIF)
	}
	f.call(unix.SYS_SOCKET, fails(unix.EACCES))
	if s.Broker {
		modeRules(f)
	}
	f.call(unix.SYS_SHMGET, fails(unix.ENOSYS)) // segments outlive the run, and detached ones are in nobody's resident size
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
		add("network off in the test phase, TCP and named sockets to the run's own servers apart (seccomp broker)")
		add("NOT held: servers that a test starts can be reached from this machine, and from others if it serves them")
		add("UDP and datagram sockets are refused in the test phase, and tests that need them fail")
	} else {
		add("NOT held: network is on in the test phase")
		add("NOT held: modes of files that the same user owns outside can be changed, their content cannot")
	}
	add("NOT held: times of files that the same user owns outside can be changed")
	if landlock < 6 {
		add("NOT held: signals to processes of the same user outside")
	}
	add("NOT held: names and arguments of the machine's processes are visible, and /dev/shm is shared with them")
}
