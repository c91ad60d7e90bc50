package sandbox

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// setupCapabilities are what building the view takes.
var setupCapabilities = []uintptr{
	unix.CAP_SYS_ADMIN, unix.CAP_NET_ADMIN, unix.CAP_SETPCAP, unix.CAP_SETUID, unix.CAP_SETGID,
	unix.CAP_DAC_OVERRIDE, unix.CAP_CHOWN, unix.CAP_FOWNER, unix.CAP_SYS_CHROOT,
}

// dropPrivileges takes all capabilities and the means to gain any from the calling thread, which must be locked. It
// leaves capabilities out of reach of whatever the thread executes, set-user-id programs included.
func dropPrivileges(s spec) error {
	for c := uintptr(0); c <= 63; c++ {
		if err := unix.Prctl(unix.PR_CAPBSET_DROP, c, 0, 0, 0); err != nil {
			break // EINVAL: beyond the last one; EPERM: there are none to drop from
		}
	}
	if err := unix.Prctl(unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0); err != nil && !errors.Is(err, unix.EINVAL) {
		return fmt.Errorf("clear ambient capabilities: %w", err)
	}
	if s.Mapped {
		// The raw calls change this thread alone, which is the one that executes the command.
		if _, _, e := unix.RawSyscall(unix.SYS_SETGROUPS, 0, 0, 0); e != 0 {
			return fmt.Errorf("drop groups: %w", e)
		}
		g, u := uintptr(s.Group), uintptr(s.User)
		if _, _, e := unix.RawSyscall(unix.SYS_SETRESGID, g, g, g); e != 0 {
			return fmt.Errorf("become group %d: %w", s.Group, e)
		}
		if _, _, e := unix.RawSyscall(unix.SYS_SETRESUID, u, u, u); e != 0 {
			return fmt.Errorf("become user %d: %w", s.User, e)
		}
	}
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var none [2]unix.CapUserData
	if err := unix.Capset(&header, &none[0]); err != nil {
		return fmt.Errorf("drop capabilities: %w", err)
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("set no_new_privs: %w", err)
	}
	return nil
}

// applyLimits sets what the kernel counts by process or user. It leaves the address space alone: node and the race
// detector reserve far more than they use.
func applyLimits(s spec) error {
	l := s.Limits
	processes := uint64(l.Processes)
	if s.Level == Plain {
		// The kernel counts all of the user's threads, those outside as well.
		processes += uint64(threadsOf(os.Getuid()))
	}
	cpu := max(uint64(l.CPU/time.Second), 1)
	for _, r := range []struct {
		name     string
		resource int
		value    uint64
	}{
		{"core size", unix.RLIMIT_CORE, 0},
		{"processes", unix.RLIMIT_NPROC, processes},
		{"file size", unix.RLIMIT_FSIZE, uint64(l.FileSize)},
		{"open files", unix.RLIMIT_NOFILE, 4096},
		{"CPU time", unix.RLIMIT_CPU, cpu},
		{"locked memory", unix.RLIMIT_MEMLOCK, 8 << 20},
	} {
		if r.resource == unix.RLIMIT_NPROC && s.Level == Sibling {
			continue // counted for the user in all containers; the engine bounds this one
		}
		var old unix.Rlimit
		if err := unix.Getrlimit(r.resource, &old); err != nil {
			return fmt.Errorf("limit %s: %w", r.name, err)
		}
		want := min(r.value, old.Max)
		if err := unix.Setrlimit(r.resource, &unix.Rlimit{Cur: want, Max: want}); err != nil {
			return fmt.Errorf("limit %s to %d: %w", r.name, want, err)
		}
	}
	return nil
}

// raiseLoopback brings up the loopback interface of a new network namespace.
func raiseLoopback() error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	req, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	if err := unix.IoctlIfreq(fd, unix.SIOCGIFFLAGS, req); err != nil {
		return fmt.Errorf("read the flags of lo: %w", err)
	}
	req.SetUint16(req.Uint16() | unix.IFF_UP | unix.IFF_RUNNING)
	if err := unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, req); err != nil {
		return fmt.Errorf("bring lo up: %w", err)
	}
	return nil
}

// auditArch is the architecture a filter must see, and whether there is one for this program's.
func auditArch() (uint32, bool) {
	switch runtime.GOARCH {
	case "amd64":
		return unix.AUDIT_ARCH_X86_64, true
	case "arm64":
		return unix.AUDIT_ARCH_AARCH64, true
	}
	return 0, false
}
