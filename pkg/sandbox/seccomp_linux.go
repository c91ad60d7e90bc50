package sandbox

import (
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"
)

// refusedCalls fail with EPERM: they make or enter namespaces, mount, load code into the kernel or reach across.
var refusedCalls = []uint32{
	unix.SYS_MOUNT, unix.SYS_UMOUNT2, unix.SYS_PIVOT_ROOT, unix.SYS_CHROOT, unix.SYS_SETNS,
	unix.SYS_MOVE_MOUNT, unix.SYS_OPEN_TREE, unix.SYS_FSOPEN, unix.SYS_FSCONFIG, unix.SYS_FSMOUNT, unix.SYS_FSPICK,
	unix.SYS_MOUNT_SETATTR,
	unix.SYS_KEYCTL, unix.SYS_ADD_KEY, unix.SYS_REQUEST_KEY,
	unix.SYS_BPF, unix.SYS_PERF_EVENT_OPEN, unix.SYS_USERFAULTFD, unix.SYS_FANOTIFY_INIT,
	unix.SYS_KEXEC_LOAD, unix.SYS_INIT_MODULE, unix.SYS_FINIT_MODULE, unix.SYS_DELETE_MODULE,
	unix.SYS_REBOOT, unix.SYS_SWAPON, unix.SYS_SWAPOFF, unix.SYS_ACCT, unix.SYS_QUOTACTL, unix.SYS_QUOTACTL_FD,
	unix.SYS_OPEN_BY_HANDLE_AT, unix.SYS_SYSLOG, unix.SYS_VHANGUP,
	unix.SYS_SETTIMEOFDAY, unix.SYS_CLOCK_SETTIME, unix.SYS_ADJTIMEX, unix.SYS_CLOCK_ADJTIME,
	unix.SYS_SETHOSTNAME, unix.SYS_SETDOMAINNAME,
}

// missingCalls fail with ENOSYS, so that programs take the older way: clone3 because its flags are out of a filter's
// reach, io_uring because it does what the filter refuses.
var missingCalls = []uint32{unix.SYS_CLONE3, unix.SYS_IO_URING_SETUP, unix.SYS_IO_URING_ENTER, unix.SYS_IO_URING_REGISTER}

const newNamespaces = unix.CLONE_NEWUSER | unix.CLONE_NEWNS | unix.CLONE_NEWPID | unix.CLONE_NEWNET |
	unix.CLONE_NEWIPC | unix.CLONE_NEWUTS | unix.CLONE_NEWCGROUP

const x32Bit = 0x40000000

// Offsets in struct seccomp_data, and the low half of argument n on the little-endian machines auditArch knows.
const (
	dataCall = 0
	dataArch = 4
)

func dataArg(n uint32) uint32 { return 16 + 8*n }

// filter assembles a program of rules that each end in a verdict; what none matches is allowed.
type filter struct {
	code []unix.SockFilter
}

func stmt(code uint16, k uint32) unix.SockFilter { return unix.SockFilter{Code: code, K: k} }

func jump(code uint16, k uint32, ifTrue, ifFalse uint8) unix.SockFilter {
	return unix.SockFilter{Code: code, Jt: ifTrue, Jf: ifFalse, K: k}
}

const (
	load    = unix.BPF_LD | unix.BPF_W | unix.BPF_ABS
	equal   = unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K
	atLeast = unix.BPF_JMP | unix.BPF_JGE | unix.BPF_K
	anyBit  = unix.BPF_JMP | unix.BPF_JSET | unix.BPF_K
	ret     = unix.BPF_RET | unix.BPF_K
)

func fails(errno unix.Errno) uint32 { return unix.SECCOMP_RET_ERRNO | uint32(errno) }

// call gives the verdict for one system call.
func (f *filter) call(nr, verdict uint32) {
	f.code = append(f.code, jump(equal, nr, 0, 1), stmt(ret, verdict))
}

// callIf gives the verdict for one system call where a test of the low half of argument arg holds.
func (f *filter) callIf(nr, arg uint32, test uint16, value, verdict uint32) {
	f.code = append(f.code,
		jump(equal, nr, 0, 4),
		stmt(load, dataArg(arg)),
		jump(test, value, 0, 1),
		stmt(ret, verdict),
		stmt(load, dataCall),
	)
}

// condition holds where an argument of a call, under a mask, has a value.
type condition struct{ arg, mask, value uint32 }

// callWhere gives the verdict for one system call where all conditions hold.
func (f *filter) callWhere(nr, verdict uint32, conditions ...condition) {
	n := len(conditions)
	f.code = append(f.code, jump(equal, nr, 0, uint8(3*n+2)))
	for i, c := range conditions {
		f.code = append(f.code,
			stmt(load, dataArg(c.arg)),
			stmt(unix.BPF_ALU|unix.BPF_AND|unix.BPF_K, c.mask),
			jump(equal, c.value, 0, uint8(3*(n-i-1)+1)),
		)
	}
	f.code = append(f.code, stmt(ret, verdict), stmt(load, dataCall))
}

// newFilter begins a program that refuses system calls of another architecture.
func newFilter(arch uint32) *filter {
	return &filter{code: []unix.SockFilter{
		stmt(load, dataArch),
		jump(equal, arch, 1, 0),
		stmt(ret, fails(unix.EPERM)),
		stmt(load, dataCall),
		jump(atLeast, x32Bit, 0, 1),
		stmt(ret, fails(unix.ENOSYS)),
	}}
}

// commandFilter is the filter of a command.
func commandFilter(s spec, arch uint32, landlock int) []unix.SockFilter {
	f := newFilter(arch)
	for _, nr := range refusedCalls {
		f.call(nr, fails(unix.EPERM))
	}
	for _, nr := range missingCalls {
		f.call(nr, fails(unix.ENOSYS))
	}
	f.callIf(unix.SYS_UNSHARE, 0, anyBit, newNamespaces, fails(unix.EPERM))
	f.callIf(unix.SYS_CLONE, 0, anyBit, newNamespaces, fails(unix.EPERM))
	f.callIf(unix.SYS_IOCTL, 1, equal, unix.TIOCSTI, fails(unix.EPERM))
	f.callIf(unix.SYS_IOCTL, 1, equal, unix.TIOCLINUX, fails(unix.EPERM))
	f.call(unix.SYS_MEMFD_CREATE, fails(unix.ENOSYS)) // its pages are in nobody's resident size
	if s.Network && s.Broker {
		fetchRules(f)
	}
	if s.Level == Plain {
		plainRules(f, s, landlock)
	}
	f.code = append(f.code, stmt(ret, unix.SECCOMP_RET_ALLOW))
	return f.code
}

// install makes code the filter of the calling thread and what it executes.
func install(code []unix.SockFilter, flags uintptr) (int, error) {
	prog := unix.SockFprog{Len: uint16(len(code)), Filter: &code[0]}
	fd, _, e := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, flags, uintptr(unsafe.Pointer(&prog)))
	if e != 0 {
		return -1, fmt.Errorf("install the system call filter: %w", e)
	}
	return int(fd), nil
}
