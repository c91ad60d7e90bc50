package sandbox

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

type readiness = func(t *testing.T, dir string) ([]string, func(string) bool)

// inHome makes a file that holds the secret, and returns its path.
func inHome(t *testing.T, name string) string {
	t.Helper()
	path := filepath.Join(os.Getenv("HOME"), name)
	write(t, os.Getenv("HOME"), map[string]string{name: "key = " + secret + "\n"})
	if err := os.Chmod(path, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func readHome(name string) readiness {
	return func(t *testing.T, _ string) ([]string, func(string) bool) {
		return []string{"read", inHome(t, name)}, leaked
	}
}

func readLinked(t *testing.T, dir string) ([]string, func(string) bool) {
	if err := os.Symlink(filepath.Dir(inHome(t, ".ssh/id_ed25519")), inCopy(dir, "keys")); err != nil {
		t.Fatal(err)
	}
	return []string{"read", "keys/id_ed25519"}, leaked
}

func readShadow(t *testing.T, _ string) ([]string, func(string) bool) {
	if os.Geteuid() != 0 {
		t.Skip("needs root")
	}
	return []string{"read", "/etc/shadow"}, func(out string) bool { return strings.Contains(out, "root:") }
}

func listHome(t *testing.T, _ string) ([]string, func(string) bool) {
	inHome(t, "notes-"+secret)
	return []string{"list", os.Getenv("HOME")}, leaked
}

func readEnvironment(t *testing.T, _ string) ([]string, func(string) bool) {
	for _, name := range []string{"GITHUB_TOKEN", "ACTIONS_RUNTIME_TOKEN", "NPM_TOKEN", "CI_JOB_TOKEN", "AWS_SECRET_ACCESS_KEY", "FETTLE_TEST_ANY"} {
		t.Setenv(name, secret)
	}
	t.Setenv("HTTPS_PROXY", "http://user:"+secret+"@127.0.0.1:9")
	return []string{"environment"}, leaked
}

// heldProcess starts a process outside of the sandbox that holds the secret, and returns its number and where the secret is.
func heldProcess(t *testing.T) (cmd *exec.Cmd, attempt []string) {
	t.Helper()
	path := inHome(t, "open")
	cmd = exec.Command("/proc/self/exe", "hold", path)
	cmd.Args[0] = attackName
	cmd.Env = []string{heldVariable + secret}
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	where := strings.Fields(line)
	if err != nil || len(where) != 2 {
		t.Fatalf("a process to be attacked says %q: %v", line, err)
	}
	return cmd, []string{strconv.Itoa(cmd.Process.Pid), where[0], where[1], path}
}

func ofHeld(what string) readiness {
	return func(t *testing.T, _ string) ([]string, func(string) bool) {
		_, args := heldProcess(t)
		return append([]string{what}, args...), leaked
	}
}

func endHeld(t *testing.T, _ string) ([]string, func(string) bool) {
	cmd, args := heldProcess(t)
	return []string{"kill", args[0]}, func(out string) bool {
		for range 1000 { // a process takes a moment to end
			if state(cmd.Process.Pid) == "" || !strings.Contains(out, sent) {
				break
			}
			time.Sleep(5 * time.Millisecond)
		}
		return state(cmd.Process.Pid) == ""
	}
}

func addressOf(b []byte) uintptr { return uintptr(unsafe.Pointer(&b[0])) }

// greet tells everybody who connects the secret.
func greet(t *testing.T, network, addr string) net.Addr {
	t.Helper()
	l, err := net.Listen(network, addr)
	if err != nil {
		t.Skipf("nothing can listen on %s: %v", addr, err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = io.WriteString(c, secret)
			c.Close()
		}
	}()
	return l.Addr()
}

func ask(network, addr string) readiness {
	return func(t *testing.T, _ string) ([]string, func(string) bool) {
		return []string{"ask", network, greet(t, network, addr).String()}, leaked
	}
}

func askUnspecified(t *testing.T, _ string) ([]string, func(string) bool) {
	port := greet(t, "tcp", "127.0.0.1:0").(*net.TCPAddr).Port
	return []string{"ask", "tcp", fmt.Sprintf("0.0.0.0:%d", port)}, leaked
}

func askBySending(t *testing.T, _ string) ([]string, func(string) bool) {
	port := greet(t, "tcp", "127.0.0.1:0").(*net.TCPAddr).Port
	return []string{"ask-sending", strconv.Itoa(port)}, leaked
}

func askDatagram(t *testing.T, _ string) ([]string, func(string) bool) {
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	go func() {
		for {
			_, from, err := c.ReadFrom(make([]byte, 100))
			if err != nil {
				return
			}
			_, _ = c.WriteTo([]byte(secret), from)
		}
	}()
	return []string{"ask-datagram", c.LocalAddr().String()}, leaked
}

func askSocket(t *testing.T, _ string) ([]string, func(string) bool) {
	return []string{"ask", "unix", greet(t, "unix", filepath.Join(t.TempDir(), "s")).String()}, leaked
}

func askLinkedSocket(t *testing.T, dir string) ([]string, func(string) bool) {
	if err := os.Symlink(greet(t, "unix", filepath.Join(t.TempDir(), "s")).String(), inCopy(dir, "socket")); err != nil {
		t.Fatal(err)
	}
	return []string{"ask", "unix", "socket"}, leaked
}

func askAbstract(t *testing.T, _ string) ([]string, func(string) bool) {
	return []string{"ask", "unix", greet(t, "unix", fmt.Sprintf("@fettle-test-%d-%d", os.Getpid(), time.Now().UnixNano())).String()}, leaked
}

const ownNetwork = "FETTLE_TEST_OWN_NETWORK"

// inOwnNetwork runs the calling test once more in a network of its own, with the addresses of a cloud's metadata, and
// reports whether this already is it.
func inOwnNetwork(t *testing.T) bool {
	t.Helper()
	if os.Getenv(ownNetwork) != "" {
		if err := takeMetadataAddress(); err != nil {
			t.Fatal(err)
		}
		return true
	}
	cmd := exec.Command("/proc/self/exe", "-test.v", "-test.run", "^"+strings.ReplaceAll(t.Name(), "/", "$/^")+"$")
	cmd.Env = append(os.Environ(), ownNetwork+"=yes")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWNET, Pdeathsig: syscall.SIGKILL}
	if os.Geteuid() != 0 {
		cmd.SysProcAttr.Cloneflags |= unix.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	}
	out, err := cmd.CombinedOutput()
	switch {
	case err != nil && len(out) == 0:
		t.Skipf("no network of one's own: %v", err)
	case err != nil:
		t.Errorf("%v\n%s", err, out)
	case !strings.Contains(string(out), "--- PASS: "+t.Name()) && os.Geteuid() == 0:
		t.Errorf("not run in a network of its own:\n%s", out)
	case !strings.Contains(string(out), "--- PASS: "+t.Name()):
		t.Skipf("skipped in a network of its own:\n%s", out)
	}
	return false
}

func takeMetadataAddress() error {
	if err := raiseLoopback(); err != nil {
		return err
	}
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	req, err := unix.NewIfreq("lo:1")
	if err != nil {
		return err
	}
	if err := req.SetInet4Addr([]byte{169, 254, 169, 254}); err != nil {
		return err
	}
	return unix.IoctlIfreq(fd, unix.SIOCSIFADDR, req)
}
