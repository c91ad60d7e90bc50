package sandbox

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestMain plays three parts: a child of the sandbox, a hostile program inside it, and the tests.
func TestMain(m *testing.M) {
	Main()
	if os.Args[0] == parentName {
		playParent(os.Args[1], os.Args[2])
	}
	if filepath.Base(os.Args[0]) == attackName {
		if err := attack(os.Args[1], os.Args[2:]); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

const (
	attackName = "attack"
	filled     = "all written"
)

// attack does what a hostile or careless test suite might. It fails where it is held.
func attack(what string, args []string) error {
	if f, ok := attempts[what]; ok {
		return f(args)
	}
	switch what {
	case "escape":
		fmt.Print(tried)
		return attack(args[0], args[1:])
	case "read":
		return show(args[0])
	case "write":
		return os.WriteFile(args[0], []byte("written"), 0o644)
	case "list":
		entries, err := os.ReadDir(args[0])
		for _, e := range entries {
			fmt.Println(e.Name())
		}
		return err
	case "connect":
		c, err := net.DialTimeout(args[0], args[1], 5*time.Second)
		if err != nil {
			return err
		}
		return c.Close()
	case "serve":
		l, err := net.Listen(args[0], args[1])
		if err != nil {
			return err
		}
		go func() {
			if c, err := l.Accept(); err == nil {
				fmt.Fprint(c, "hello")
				c.Close()
			}
		}()
		c, err := net.DialTimeout(args[0], l.Addr().String(), 5*time.Second)
		if err != nil {
			return err
		}
		data, err := io.ReadAll(c)
		fmt.Printf("%s", data)
		return err
	case "shadow":
		// Listens beside a server of the host, to make its port pass for its own.
		l, err := net.Listen("tcp6", args[0])
		if err != nil {
			fmt.Println(err)
			os.Exit(3)
		}
		defer l.Close()
		return attack("connect", []string{"tcp", args[1]})
	case "same-port":
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return err
		}
		_, port, err := net.SplitHostPort(l.Addr().String())
		if err != nil {
			return err
		}
		return attack("connect", []string{"tcp", net.JoinHostPort(args[0], port)})
	case "datagram":
		c, err := net.Dial("udp", args[0])
		if err != nil {
			return err
		}
		_, err = c.Write([]byte("out"))
		return err
	case "daemon":
		// Forks twice into a session of its own; the middle process is gone when this returns.
		cmd := exec.Command("/proc/self/exe", "daemon-middle", args[0])
		cmd.Args[0] = attackName
		cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
		return cmd.Run()
	case "daemon-middle":
		cmd := exec.Command("/proc/self/exe", "beat", args[0])
		cmd.Args[0] = attackName
		cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
		if err := cmd.Start(); err != nil {
			return err
		}
		for { // it beats before its parent leaves
			if _, err := os.Stat(args[0]); err == nil {
				return nil
			}
			time.Sleep(time.Millisecond)
		}
	case "beat":
		// Deaf to polite signals, it shows that it lives by changing a file.
		signal.Ignore(syscall.SIGTERM, syscall.SIGHUP, syscall.SIGINT)
		for i := 0; ; i++ {
			if err := os.WriteFile(args[0], []byte(strconv.Itoa(i)), 0o644); err != nil {
				return err
			}
			time.Sleep(5 * time.Millisecond)
		}
	case "daemon-and-wait":
		if err := attack("daemon", args); err != nil {
			return err
		}
		for {
			time.Sleep(time.Hour)
		}
	case "hog":
		limit, err := strconv.Atoi(args[0])
		if err != nil {
			return err
		}
		var held [][]byte
		for got := 0; got < limit; got += 1 << 20 {
			b := make([]byte, 1<<20)
			for i := 0; i < len(b); i += 4096 {
				b[i] = 1
			}
			held = append(held, b)
		}
		runtime.KeepAlive(held)
		return nil
	case "shared-hog":
		limit, err := strconv.Atoi(args[0])
		if err != nil {
			return err
		}
		b, err := syscall.Mmap(-1, 0, limit, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_SHARED|syscall.MAP_ANON)
		if err != nil {
			return err
		}
		for i := 0; i < len(b); i += 4096 {
			b[i] = 1
		}
		return nil
	case "forked-hog":
		// No process of it is above the limit.
		for range 8 {
			cmd := exec.Command("/proc/self/exe", "hog-and-wait", "50000000")
			cmd.Args[0] = attackName
			if err := cmd.Start(); err != nil {
				return err
			}
		}
		time.Sleep(20 * time.Second)
		return nil
	case "hog-and-wait":
		if err := attack("hog", args); err != nil {
			return err
		}
		time.Sleep(20 * time.Second)
		return nil
	case "flood":
		line := []byte(strings.Repeat("x", 1023) + "\n")
		fmt.Println("first")
		for range 64 << 10 {
			if _, err := os.Stdout.Write(line); err != nil {
				return err
			}
		}
		fmt.Println("last")
		return nil
	case "grow":
		f, err := os.Create(args[0])
		if err != nil {
			return err
		}
		signal.Ignore(syscall.SIGXFSZ)
		for range 64 {
			if _, err := f.Write(make([]byte, 1<<20)); err != nil {
				return err
			}
		}
		return nil
	case "fill":
		// Files of a MiB each, some in a directory that nobody can look into.
		n, err := strconv.Atoi(args[1])
		if err != nil {
			return err
		}
		dir := filepath.Join(args[0], "deep", "hidden")
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
		if err := os.Chdir(dir); err != nil {
			return err
		}
		if err := os.Chmod(".", 0o300); err != nil {
			return err
		}
		for i := range n {
			if err := os.WriteFile(strconv.Itoa(i), make([]byte, 1<<20), 0o644); err != nil {
				return err
			}
			time.Sleep(5 * time.Millisecond) // so that the machine that runs the tests keeps some disk
		}
		time.Sleep(time.Second) // for whoever looks now and then
		fmt.Println(filled)
		return nil
	case "litter":
		n, err := strconv.Atoi(args[1])
		if err != nil {
			return err
		}
		for i := range n {
			if err := os.WriteFile(filepath.Join(args[0], "f"+strconv.Itoa(i)), nil, 0o644); err != nil {
				return err
			}
		}
		time.Sleep(5 * time.Second)
		return nil
	case "signal":
		pid, err := strconv.Atoi(args[0])
		if err != nil {
			return err
		}
		return syscall.Kill(pid, 0)
	case "unshare":
		cmd := exec.Command("/bin/true")
		cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS}
		return cmd.Run()
	case "mount":
		return syscall.Mount("tmpfs", args[0], "tmpfs", 0, "")
	case "setuid-program":
		out, err := exec.Command(args[0], "-u").CombinedOutput()
		fmt.Printf("%s", out)
		return err
	}
	return errors.New("no such attack: " + what)
}

// place is a copy of a repository that holds the attack program.
func place(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	in, err := os.Open(exe)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := os.OpenFile(filepath.Join(dir, attackName), os.O_CREATE|os.O_WRONLY, 0o755)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(out, in); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

// attackOutside runs the attack without a sandbox.
func attackOutside(dir string, args ...string) error {
	cmd := exec.Command(filepath.Join(dir, attackName), args...)
	cmd.Dir = dir
	return cmd.Run()
}

// hasIPv6 reports whether there is an IPv6 loopback to listen on.
func hasIPv6() bool {
	l, err := net.Listen("tcp6", "[::1]:0")
	if err != nil {
		return false
	}
	l.Close()
	return true
}

// outside runs the attack without a sandbox, to show that it works there.
func outside(t *testing.T, dir string, args ...string) string {
	t.Helper()
	cmd := exec.Command(filepath.Join(dir, attackName), args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("the attack %q fails even without a sandbox: %v\n%s", args, err, out)
	}
	return string(out)
}
