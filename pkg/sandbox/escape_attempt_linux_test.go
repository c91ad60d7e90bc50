package sandbox

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// attempts are what programs try that want out, beside those of attack.
var attempts = map[string]func(args []string) error{
	"environment": func([]string) error {
		fmt.Println(os.Environ())
		return nil
	},
	"environs":           readEnvirons,
	"through-root":       func(a []string) error { return show("/proc/" + a[0] + "/root" + a[3]) },
	"through-descriptor": func(a []string) error { return show("/proc/" + a[0] + "/fd/" + a[2]) },
	"take-descriptor":    takeDescriptor,
	"trace":              traceProcess,
	"copy-memory":        copyMemory,
	"open-memory":        openMemory,
	"kill": func(a []string) error {
		if err := syscall.Kill(number(a[0]), syscall.SIGKILL); err != nil {
			return err
		}
		fmt.Println(sent)
		return nil
	},

	"ask":          func(a []string) error { return hear(net.DialTimeout(a[0], a[1], 5*time.Second)) },
	"ask-datagram": func(a []string) error { return hearDatagram(a[0]) },
	"ask-sending":  askSending,

	"write-hard-linked": func(a []string) error {
		_ = os.Remove("hard")
		if err := os.Link(a[0], "hard"); err != nil {
			return err
		}
		return os.WriteFile("hard", []byte("written"), 0o644)
	},
	"move":   func(a []string) error { return os.Rename(a[0], "moved") },
	"remove": func(a []string) error { return os.Remove(a[0]) },
	"mode":   func(a []string) error { return os.Chmod(a[0], 0o777) },
	"open-mode": func(a []string) error {
		f, err := os.OpenFile(a[0], unix.O_PATH, 0)
		if err != nil {
			return err
		}
		defer f.Close()
		return os.Chmod(fmt.Sprintf("/proc/self/fd/%d", f.Fd()), 0o777)
	},
	"descriptor-mode": func(a []string) error {
		f, err := os.Open(a[0])
		if err != nil {
			return err
		}
		defer f.Close()
		return f.Chmod(0o777)
	},
	"attribute": func(a []string) error { return unix.Setxattr(a[0], a[1], []byte("x"), 0) },
	"append": func(a []string) error {
		f, err := os.OpenFile(a[0], os.O_APPEND|os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		defer f.Close()
		_, err = f.WriteString(a[1])
		return err
	},
	"plant": func(a []string) error { return os.WriteFile(a[0], []byte(a[1]), 0o755) },
	"bomb":  bombOf,
	"hold":  func(a []string) error { return hold(a[0]) },
}

func show(path string) error {
	data, err := os.ReadFile(path)
	fmt.Printf("%s", data)
	return err
}

func number(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		panic(err)
	}
	return n
}

// readEnvirons prints what marks the secret in the environment of any process but this one.
func readEnvirons([]string) error {
	for _, pid := range processList() {
		data, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", pid))
		if err != nil || pid == os.Getpid() {
			continue
		}
		for kv := range bytes.SplitSeq(data, []byte{0}) {
			if bytes.HasPrefix(kv, []byte(heldVariable)) {
				fmt.Printf("%d: %s\n", pid, kv)
			}
		}
	}
	return nil
}

func takeDescriptor(a []string) error {
	pid, err := unix.PidfdOpen(number(a[0]), 0)
	if err != nil {
		return err
	}
	fd, err := unix.PidfdGetfd(pid, number(a[2]), 0)
	if err != nil {
		return err
	}
	data := make([]byte, 100)
	n, err := unix.Pread(fd, data, 0)
	fmt.Printf("%s", data[:max(n, 0)])
	return err
}

func traceProcess(a []string) error {
	runtime.LockOSThread()
	pid := number(a[0])
	if err := unix.PtraceAttach(pid); err != nil {
		return err
	}
	defer func() { _ = unix.PtraceDetach(pid) }()
	if _, err := unix.Wait4(pid, nil, unix.WALL, nil); err != nil {
		return err
	}
	data := make([]byte, len(secret))
	_, err := unix.PtracePeekData(pid, uintptr(number(a[1])), data)
	fmt.Printf("%s", data)
	return err
}

func copyMemory(a []string) error {
	data := make([]byte, len(secret))
	local := []unix.Iovec{{Base: &data[0], Len: uint64(len(data))}}
	_, err := unix.ProcessVMReadv(number(a[0]), local, []unix.RemoteIovec{{Base: uintptr(number(a[1])), Len: len(data)}}, 0)
	fmt.Printf("%s", data)
	return err
}

func openMemory(a []string) error {
	data := make([]byte, len(secret))
	err := readMemory(number(a[0]), uint64(number(a[1])), data)
	fmt.Printf("%s", data)
	return err
}

// hear prints what a server says.
func hear(c net.Conn, err error) error {
	if err != nil {
		return err
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(5 * time.Second))
	data, err := io.ReadAll(c)
	fmt.Printf("%s", data)
	return err
}

func hearDatagram(addr string) error {
	c, err := net.Dial("udp", addr)
	if err != nil {
		return err
	}
	defer c.Close()
	if _, err := c.Write([]byte("?")); err != nil {
		return err
	}
	_ = c.SetDeadline(time.Now().Add(3 * time.Second))
	data := make([]byte, 100)
	n, err := c.Read(data)
	fmt.Printf("%s", data[:n])
	return err
}

// askSending connects without connect(2).
func askSending(a []string) error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
	if err != nil {
		return err
	}
	to := &unix.SockaddrInet4{Port: number(a[0]), Addr: [4]byte{127, 0, 0, 1}}
	if err := unix.Sendto(fd, []byte("?"), unix.MSG_FASTOPEN, to); err != nil {
		return err
	}
	data := make([]byte, 100)
	n, err := unix.Read(fd, data)
	fmt.Printf("%s", data[:max(n, 0)])
	return err
}

// bombOf starts processes that only wait, and ends them if all could be started.
func bombOf(a []string) error {
	var all []*exec.Cmd
	var err error
	for range number(a[0]) {
		cmd := exec.Command("/bin/sleep", "60")
		if err = cmd.Start(); err != nil {
			break
		}
		all = append(all, cmd)
	}
	if err == nil {
		time.Sleep(time.Second) // for whoever counts now and then
		fmt.Println(exploded)
	}
	for _, cmd := range all {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
	return err
}

const (
	exploded     = "all started"
	sent         = "signal sent"
	heldVariable = "FETTLE_TEST_HELD="
)

// hold waits, with a secret in its environment, its memory, and a file that is open.
func hold(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	page, err := syscall.Mmap(-1, 0, os.Getpagesize(), syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_PRIVATE|syscall.MAP_ANON)
	if err != nil {
		return err
	}
	copy(page, os.Getenv(strings.TrimSuffix(heldVariable, "=")))
	_ = unix.Prctl(unix.PR_SET_PTRACER, ^uintptr(0), 0, 0, 0) // where only parents may trace
	fmt.Printf("%d %d\n", addressOf(page), f.Fd())
	_, err = io.Copy(io.Discard, os.Stdin)
	return errors.Join(err, f.Close())
}

// inCopy returns the path of a file of the copy that replaces one of the same name.
func inCopy(dir, name string) string {
	path := filepath.Join(dir, name)
	_ = os.RemoveAll(path)
	return path
}
