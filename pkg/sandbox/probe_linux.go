package sandbox

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// variant is a way to hold a command.
type variant int

const (
	noVariant        variant = iota
	mappedRoot               // as root: own mounts with mapped owners, the command a user that exists nowhere else
	ownUser                  // a user namespace; also as root, where the file system knows no mapped mounts
	plainProcess             // no namespaces
	siblingContainer         // of a container engine
)

// host is what New learned of the system it runs on.
type host struct {
	variant variant
	user    int      // of mappedRoot
	mapping *os.File // of mappedRoot: a user namespace in which the caller is user
	sibling *sibling // of level Sibling
}

var errNoLevel = errors.New("does not work here")

// probe tries the variants, the strongest first.
func (s *Sandbox) probe() {
	if s.opts.Level <= Sibling {
		err := s.trySibling()
		if err == nil {
			return
		}
		if !errors.Is(err, errNoEngine) || s.opts.Level == Sibling {
			s.opts.Log("sandbox: sibling container: %v", err)
		}
	}
	var tries []variant
	if s.opts.Level != Plain {
		if os.Geteuid() == 0 {
			tries = append(tries, mappedRoot)
		}
		tries = append(tries, ownUser)
	}
	for _, v := range append(tries, plainProcess) {
		if err := s.try(v); err != nil {
			s.opts.Log("sandbox: %s: %v", v, err)
			continue
		}
		s.host.variant = v
		s.level = Namespaces
		if v == plainProcess {
			s.level = Plain
		}
		s.lines = s.describe()
		return
	}
}

func (v variant) String() string {
	switch v {
	case mappedRoot:
		return "namespaces with mapped owners"
	case ownUser:
		return "namespaces with a user namespace"
	case plainProcess:
		return "plain process"
	case siblingContainer:
		return "sibling container"
	}
	return "none"
}

// try runs nothing under v, with the network off and on.
func (s *Sandbox) try(v variant) error {
	if v == plainProcess && landlockVersion() == 0 {
		return fmt.Errorf("%w: the kernel has no Landlock, so files of the host would be open", errNoLevel)
	}
	if v == mappedRoot && s.host.mapping == nil {
		s.host.user = unusedUser()
		f, err := holdMapping(s.host.user)
		if err != nil {
			return err
		}
		s.host.mapping = f
	}
	root, err := os.MkdirTemp(s.opts.Temp, "fettle-probe-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(root)
	if root, err = realDir(root); err != nil {
		return err
	}
	for _, network := range []bool{false, true} {
		c := Command{Network: network, Timeout: 30 * time.Second}.withDefaults()
		res, st, err := s.runAs(nil, v, root, root, c, nil)
		switch {
		case err != nil:
			return err
		case st.Error != "":
			return fmt.Errorf("%w: %s", errNoLevel, st.Error)
		case res.Code != 0 || res.Ended != "":
			return fmt.Errorf("%w: status %d %s %s", errNoLevel, res.Code, res.Ended, res.Output)
		}
	}
	return nil
}

// unusedUser returns a user id of a range that nothing assigns: above those of containers, below the sign bit.
func unusedUser() int { return 1_900_000_000 + rand.IntN(200_000_000) }

// holdMapping returns a user namespace in which id 0 stands for user. A mount with it shows root's files as user's.
func holdMapping(user int) (*os.File, error) {
	in, out, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer out.Close()
	defer in.Close()
	ids := []syscall.SysProcIDMap{{ContainerID: 0, HostID: user, Size: 1}}
	cmd := exec.Cmd{
		Path: "/proc/self/exe", Args: []string{childName, mappingStage}, Env: []string{}, Stdin: in,
		SysProcAttr: &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWUSER, UidMappings: ids, GidMappings: ids},
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("make a user namespace: %w", err)
	}
	f, err := os.Open(fmt.Sprintf("/proc/%d/ns/user", cmd.Process.Pid))
	out.Close()
	_ = cmd.Wait()
	return f, err
}

// lacks reports whether a strength does not hold at the level that was found.
func (s *Sandbox) lacks(st Strength) bool {
	_, filtered := auditArch()
	switch st {
	case Network, Files:
		return s.level == Plain && !filtered
	case Services:
		return !filtered || s.level != Sibling && s.opts.Reach == nil
	case Processes:
		return s.level == Plain
	}
	return false
}

// describe says what holds.
func (s *Sandbox) describe() []string {
	_, filtered := auditArch()
	var lines []string
	add := func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }
	if s.level == Sibling {
		s.describeSibling(add)
	} else if s.level == Namespaces {
		add("network off in the test phase, with a loopback of its own (network namespace)")
		add("file system: the copy writable, system and toolchain directories read-only, nothing else visible (mount namespace)")
		add("processes: those of the run alone are visible, and all end with it (PID namespace)")
		if s.host.variant == mappedRoot {
			add("user: one that exists nowhere else, no capabilities, no new privileges")
		} else {
			add("user: the caller's in a user namespace, no capabilities, no new privileges")
		}
	} else {
		v := landlockVersion()
		add("file system: the copy writable, system and toolchain directories read-only, nothing else readable (Landlock %d)", v)
		add("processes: all end with the run (subreaper)")
		add("user: no capabilities, no new privileges")
		s.describePlain(add, v, filtered)
	}
	if filtered {
		add("link-local addresses closed to connections of the fetch phase")
	}
	if s.lacks(Services) {
		add("NOT held: in the fetch phase the network is open, services on this machine included")
	} else {
		add("services on this machine closed to connections of the fetch phase, its registries apart")
		add("NOT held: datagrams to them in the fetch phase")
	}
	if filtered {
		add("system calls: namespaces, mounts, keys, BPF, kernel modules and io_uring refused (seccomp)")
	} else {
		add("NOT held: system calls are not filtered on %s", runtime.GOARCH)
	}
	if s.level == Sibling {
		add("memory and processes: bounded by the container engine")
	} else {
		add("memory and processes: added up every %s and the run ended above the limit", watchEvery)
		add("not bounded: memory between two samples; the private temporary directories have bounds of their own")
	}
	add("disk: what the run's files take is looked at every %s and the run ended above the limit", lookEvery)
	return lines
}
