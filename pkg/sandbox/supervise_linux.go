package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// watchEvery is how often the supervisor adds up what the processes use.
const watchEvery = 25 * time.Millisecond

// supervise is the first process of a run. With namespaces it is process 1 of its own and whatever it leaves ends with
// it; without, it inherits orphans and ends them one by one.
func supervise() int {
	harden()
	for fd := specFD; fd <= mappingFD; fd++ {
		unix.CloseOnExec(fd)
	}
	s, err := readSpec()
	if err != nil {
		report(status{Error: err.Error()})
		return 1
	}
	go func() {
		var b [1]byte
		for {
			// The parent never writes: this returns when it is gone.
			if n, err := unix.Read(lifelineFD, b[:]); n == 0 || err != nil && !errors.Is(err, unix.EINTR) {
				end(s, status{Ended: "the parent is gone"})
			}
		}
	}()
	files := newDisk(s, time.Now())
	pid, err := begin(s)
	if err != nil {
		end(s, status{Error: err.Error(), Unmapped: errors.Is(err, errUnmapped)})
	}
	if err := stepDown(s); err != nil {
		end(s, status{Error: err.Error()})
	}
	go watch(s)
	go watchDisk(s, files)
	st, err := await(pid)
	if err != nil {
		st = status{Error: err.Error()}
	}
	end(s, st)
	return 0
}

// harden keeps signals and the command's processes from the supervisor.
func harden() {
	// Handled, not ignored: what is ignored stays so in the command.
	signal.Notify(make(chan os.Signal, 1), unix.SIGHUP, unix.SIGINT, unix.SIGTERM, unix.SIGQUIT, unix.SIGUSR1,
		unix.SIGUSR2, unix.SIGALRM, unix.SIGPIPE, unix.SIGXCPU)
	// Of the command's processes none may trace this one or open its descriptors.
	_ = unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0)
}

var ending sync.Mutex // held for ever by the first to end this process

// end reports st and ends the process with all below it.
func end(s spec, st status) {
	ending.Lock()
	if s.Level != Namespaces {
		killTree()
	}
	st.Done = true
	if s.deliver != nil {
		s.deliver(st)
	} else {
		report(st)
	}
	os.Exit(0)
}

// begin prepares the surroundings and starts the process that becomes the command.
func begin(s spec) (int, error) {
	// Mounts and namespaces are the process's, but capabilities are each thread's.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if s.Level == Namespaces {
		if !s.Network {
			if err := raiseLoopback(); err != nil {
				return 0, err
			}
		}
		if err := unix.Sethostname([]byte("sandbox")); err != nil {
			return 0, fmt.Errorf("name the host: %w", err)
		}
		if err := enterView(s); err != nil {
			return 0, err
		}
	} else if s.Level == Sibling {
		// Process 1 already.
	} else if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return 0, fmt.Errorf("inherit orphans: %w", err)
	}
	files := []uintptr{0, 1, 2, 0, statusFD}
	if s.Level == Sibling {
		null, err := os.Open(os.DevNull)
		if err != nil {
			return 0, err
		}
		defer null.Close()
		// On its own standard input and output the supervisor speaks with the parent.
		files[0], files[1], files[statusFD] = null.Fd(), 2, s.reports.Fd()
	}
	var pair [2]int
	if _, ok := auditArch(); ok && (s.Level == Plain || s.Network) {
		var err error
		if pair, err = unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0); err != nil {
			return 0, err
		}
		s.Broker = true
		files = append(files, uintptr(pair[1]))
	}
	text, err := json.Marshal(s)
	if err != nil {
		return 0, err
	}
	r, w, err := os.Pipe()
	if err != nil {
		return 0, err
	}
	defer r.Close()
	defer w.Close()
	files[specFD] = r.Fd()
	pid, err := syscall.ForkExec("/proc/self/exe", []string{childName, commandStage}, &syscall.ProcAttr{
		Dir:   "/",
		Files: files,
		Sys:   &syscall.SysProcAttr{Setsid: true},
	})
	if err != nil {
		return 0, fmt.Errorf("start the command's process: %w", err)
	}
	r.Close()
	if _, err := w.Write(text); err != nil && !errors.Is(err, unix.EPIPE) {
		return 0, fmt.Errorf("tell the command's process what to run: %w", err)
	}
	if s.Broker {
		unix.Close(pair[1])
		go startBroker(s, pair[0])
	}
	return pid, nil
}

// startBroker waits for the command's filter and serves it. A command that ends before has none.
func startBroker(s spec, from int) {
	defer unix.Close(from)
	control := make([]byte, unix.CmsgSpace(4))
	for {
		_, n, _, _, err := unix.Recvmsg(from, make([]byte, 1), control, unix.MSG_CMSG_CLOEXEC)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil || n == 0 {
			return
		}
		messages, err := unix.ParseSocketControlMessage(control[:n])
		if err != nil || len(messages) != 1 {
			return
		}
		if fds, err := unix.ParseUnixRights(&messages[0]); err == nil && len(fds) == 1 {
			b := broker{listener: fds[0], spec: s, supers: os.Getpid(), reach: newReach(s)}
			b.serve()
		}
		return
	}
}

// stepDown takes root away from the supervisor once the view stands.
func stepDown(s spec) error {
	if !s.Mapped {
		return nil
	}
	if err := syscall.Setgroups(nil); err != nil {
		return fmt.Errorf("supervisor: drop groups: %w", err)
	}
	if err := syscall.Setresgid(s.Group, s.Group, s.Group); err != nil {
		return fmt.Errorf("supervisor: become group %d: %w", s.Group, err)
	}
	if err := syscall.Setresuid(s.User, s.User, s.User); err != nil {
		return fmt.Errorf("supervisor: become user %d: %w", s.User, err)
	}
	// The change of user undid this.
	if err := unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(unix.SIGKILL), 0, 0, 0); err != nil {
		return fmt.Errorf("supervisor: end with the parent: %w", err)
	}
	return nil
}

// await reaps processes until pid ends.
func await(pid int) (status, error) {
	for {
		var ws unix.WaitStatus
		got, err := unix.Wait4(-1, &ws, 0, nil)
		switch {
		case errors.Is(err, unix.EINTR):
		case err != nil:
			return status{}, fmt.Errorf("wait for the command: %w", err)
		case got != pid:
		case ws.Signaled():
			return status{Code: 128 + int(ws.Signal()), Signal: int(ws.Signal())}, nil
		case ws.Exited():
			return status{Code: ws.ExitStatus()}, nil
		}
	}
}

// watch ends the run when its processes use more than they may.
func watch(s spec) {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for range tick.C {
		pids := tree(s)
		// Threads count towards the kernel's limit, which root is exempt from; processes are what this can count.
		if len(pids) > s.Limits.Processes {
			end(s, status{Code: -1, Ended: fmt.Sprintf("process limit of %d", s.Limits.Processes)})
		}
		if memoryOf(pids, s.Limits.Memory) > s.Limits.Memory {
			end(s, status{Code: -1, Ended: outOfMemory(s.Limits.Memory)})
		}
	}
}

func outOfDisk(limit int64) string { return fmt.Sprintf("disk limit of %d MiB", limit>>20) }

func outOfMemory(limit int64) string {
	return fmt.Sprintf("out of memory: limit of %d MiB", limit>>20)
}
