package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// Main must be called first in main, and in TestMain: where this process is a child of a Sandbox it does not return.
func Main() {
	if len(os.Args) == 3 && os.Args[1] == childName && os.Args[2] == siblingStage {
		os.Exit(superviseContainer())
	}
	if len(os.Args) != 2 || os.Args[0] != childName {
		return
	}
	switch os.Args[1] {
	case superviseStage:
		os.Exit(supervise())
	case commandStage:
		os.Exit(becomeCommand())
	case mappingStage:
		// Alive only so that the parent can take hold of its user namespace.
		var b [1]byte
		_, _ = os.Stdin.Read(b[:])
		os.Exit(0)
	}
}

// report sends one status to the parent. There is nobody to tell if that fails.
func report(st status) {
	if line, err := json.Marshal(st); err == nil {
		_, _ = unix.Write(statusFD, append(line, '\n'))
	}
}

func readSpec() (spec, error) {
	f := os.NewFile(specFD, "spec")
	defer f.Close()
	var s spec
	if err := json.NewDecoder(f).Decode(&s); err != nil {
		return s, fmt.Errorf("read what to run: %w", err)
	}
	return s, nil
}

// becomeCommand gives up everything and executes the command. It returns only where it cannot.
func becomeCommand() int {
	// All below holds for this thread and what it executes.
	runtime.LockOSThread()
	s, err := readSpec()
	if err == nil {
		// An inherited descriptor could be a directory or a socket of the host.
		err = unix.CloseRange(specFD, ^uint(0), unix.CLOSE_RANGE_CLOEXEC)
	}
	if errors.Is(err, unix.ENOSYS) || errors.Is(err, unix.EINVAL) {
		err = closeOnExec()
	}
	if err == nil {
		err = execute(s)
	}
	var missing *NotFoundError
	if errors.As(err, &missing) {
		report(status{NotFound: missing.Program, Error: err.Error()})
	} else if err != nil {
		report(status{Error: err.Error()})
	}
	return 125
}

// closeOnExec does what close_range does, on kernels before 5.11.
func closeOnExec() error {
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return fmt.Errorf("list open files: %w", err)
	}
	for _, e := range entries {
		var fd int
		if _, err := fmt.Sscanf(e.Name(), "%d", &fd); err == nil && fd > 2 {
			unix.CloseOnExec(fd)
		}
	}
	return nil
}

func execute(s spec) error {
	if err := dropPrivileges(s); err != nil {
		return err
	}
	if err := unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(unix.SIGKILL), 0, 0, 0); err != nil {
		return fmt.Errorf("end with the supervisor: %w", err)
	}
	version := landlockVersion()
	if err := confine(s, version); err != nil {
		return err
	}
	var program string
	if !s.Probe {
		if err := unix.Chdir(s.Dir); err != nil {
			return fmt.Errorf("enter %s: %w", s.Dir, err)
		}
		var err error
		if program, err = findProgram(s.Args[0], s.Env); err != nil {
			return err
		}
	}
	unix.Umask(0o022)
	var code []unix.SockFilter
	if arch, ok := auditArch(); ok {
		code = commandFilter(s, arch, version)
	}
	if err := applyLimits(s); err != nil {
		return err
	}
	if code != nil {
		if err := enterFilter(s, code); err != nil {
			return err
		}
	}
	if s.Probe {
		os.Exit(0)
	}
	err := syscall.Exec(program, s.Args, s.Env)
	if errors.Is(err, unix.ENOENT) {
		return fmt.Errorf("execute %s: its interpreter is not there: %w", program, err)
	}
	return fmt.Errorf("execute %s: %w", program, err)
}

// enterFilter makes code the filter of this thread and hands what the broker listens on to the supervisor.
func enterFilter(s spec, code []unix.SockFilter) error {
	if !s.Broker {
		_, err := install(code, 0)
		return err
	}
	const flags = unix.SECCOMP_FILTER_FLAG_NEW_LISTENER
	// A signal would make the kernel ask again after the connection is made. Kernels before 5.19 cannot prevent it.
	fd, err := install(code, flags|unix.SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV)
	if errors.Is(err, unix.EINVAL) {
		fd, err = install(code, flags)
	}
	if err != nil {
		return err
	}
	if err := unix.Sendmsg(brokerFD, []byte{0}, unix.UnixRights(fd), nil, 0); err != nil {
		return fmt.Errorf("hand over the filter's listener: %w", err)
	}
	return nil
}

// findProgram finds a program as execvp(3) would, in the PATH of env.
func findProgram(name string, env []string) (string, error) {
	if strings.Contains(name, "/") {
		if _, err := os.Stat(name); err != nil {
			return "", &NotFoundError{Program: name}
		}
		return name, nil
	}
	var path string
	for _, kv := range env {
		if v, ok := strings.CutPrefix(kv, "PATH="); ok {
			path = v
		}
	}
	for _, dir := range filepath.SplitList(path) {
		if dir == "" {
			dir = "."
		}
		p := filepath.Join(dir, name)
		if dir == "." {
			p = "./" + name
		}
		if info, err := os.Stat(p); err == nil && info.Mode().IsRegular() && unix.Access(p, unix.X_OK) == nil {
			return p, nil
		}
	}
	return "", &NotFoundError{Program: name}
}
