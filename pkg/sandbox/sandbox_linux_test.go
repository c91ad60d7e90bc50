package sandbox

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// each runs f for every variant that works on this machine, and says which do not.
func each(t *testing.T, f func(t *testing.T, s *Sandbox)) {
	for _, v := range everyVariant {
		t.Run(strings.ReplaceAll(v.String(), " ", "-"), func(t *testing.T) {
			f(t, only(t, v, Options{Env: os.LookupEnv}))
		})
	}
}

var everyVariant = []variant{siblingContainer, mappedRoot, ownUser, plainProcess}

// only returns a sandbox of one variant, and skips the test where the kernel forbids it.
func only(t testing.TB, v variant, o Options) *Sandbox {
	t.Helper()
	if v == siblingContainer {
		return container(t, o)
	}
	if v == mappedRoot && os.Geteuid() != 0 {
		t.Skip("needs root")
	}
	o.Level = None
	o.Log = t.Logf
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.try(v); err != nil {
		if v == plainProcess && landlockVersion() > 0 {
			t.Fatalf("Landlock is there: %v", err)
		}
		t.Skipf("the kernel or the container forbids it: %v", err)
	}
	s.host.variant = v
	s.level = Namespaces
	if v == plainProcess {
		s.level = Plain
	}
	s.lines = s.describe()
	return s
}

// container returns a sandbox of level Sibling, and skips the test where there is no engine with an image to make one from.
func container(t testing.TB, o Options) *Sandbox {
	t.Helper()
	if testing.Short() {
		t.Skip("containers take a second each")
	}
	o.Level, o.Log, o.Image = Sibling, t.Logf, os.Getenv("FETTLE_SANDBOX_IMAGE")
	if o.Image == "" {
		o.Image = "fettle-base:local"
	}
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	if s.Level() != Sibling {
		t.Skip("no container engine, or not the image; FETTLE_SANDBOX_IMAGE names another")
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// livingIn reports whether a run's program beats: outside its file shows it, in a container its process does.
func (s *Sandbox) livingIn(beat string) bool {
	if s.level != Sibling {
		_, err := os.Stat(beat)
		return err == nil
	}
	var list []struct{ ID string }
	e := s.host.sibling.engine
	if e.call("GET", "/containers/json", url.Values{"filters": {fmt.Sprintf(`{"label":[%q]}`, ownerLabel)}}, nil, &list) != nil {
		return false
	}
	for _, c := range list {
		var top struct{ Processes [][]string }
		if e.call("GET", "/containers/"+c.ID+"/top", nil, nil, &top) == nil && strings.Contains(fmt.Sprint(top.Processes), "beat "+beat) {
			return true
		}
	}
	return false
}

func (s *Sandbox) attack(t *testing.T, dir string, c Command, args ...string) Result {
	t.Helper()
	c.Args = append([]string{"./" + attackName}, args...)
	if c.Timeout == 0 {
		c.Timeout = time.Minute
	}
	res, err := s.Run(t.Context(), dir, c)
	if err != nil {
		t.Fatalf("%q: %v", args, err)
	}
	return res
}

func held(t *testing.T, what string, res Result) {
	t.Helper()
	if res.Code != 1 {
		t.Errorf("%s: status %d, want 1; ended %q, output %s", what, res.Code, res.Ended, res.Output)
	}
}

func TestCommandSeesTheCopyAndWritesIt(t *testing.T) {
	each(t, func(t *testing.T, s *Sandbox) {
		dir := t.TempDir()
		if err := os.MkdirAll(filepath.Join(dir, "sub"), 0o755); err != nil {
			t.Fatal(err)
		}
		res, err := s.Run(t.Context(), dir, Command{Args: []string{"sh", "-c", "pwd; echo out; echo err >&2; echo made > file; exit 7"}, Dir: "sub"})
		if err != nil {
			t.Fatal(err)
		}
		want := filepath.Join(dir, "sub") + "\nout\nerr\n"
		if res.Output != want || res.Code != 7 || res.Ended != "" || res.Truncated {
			t.Errorf("got %+v, want status 7 and output %q", res, want)
		}
		info, err := os.Stat(filepath.Join(dir, "sub", "file"))
		if err != nil {
			t.Fatal(err)
		}
		if owner := ownerOf(info); owner != os.Getuid() {
			t.Errorf("file made inside belongs to %d, want the caller, %d", owner, os.Getuid())
		}
	})
}

func TestSupervisorsEnvironmentIsOutOfReach(t *testing.T) {
	each(t, func(t *testing.T, s *Sandbox) {
		dir := place(t)
		for _, network := range []bool{false, true} {
			held(t, "read the supervisor's environment", s.attack(t, dir, Command{Network: network}, "read", "/proc/1/environ"))
			res := s.attack(t, dir, Command{Network: network}, "read", "/proc/self/environ")
			if res.Code != 0 || !strings.Contains(res.Output, "CI=true") {
				t.Errorf("its own: %+v", res)
			}
		}
	})
}

func TestSystemIsReadOnly(t *testing.T) {
	each(t, func(t *testing.T, s *Sandbox) {
		dir := place(t)
		for _, path := range []string{"/etc/fettle-test", "/usr/fettle-test", "/fettle-test", "/var/fettle-test", "/proc/sys/kernel/domainname"} {
			held(t, "write "+path, s.attack(t, dir, Command{}, "write", path))
		}
	})
}

func TestPrivateDirectoriesAreWritable(t *testing.T) {
	each(t, func(t *testing.T, s *Sandbox) {
		res, err := s.Run(t.Context(), t.TempDir(), Command{Args: []string{"sh", "-c",
			"echo a > $HOME/a && echo b > $TMPDIR/b && echo c > /dev/null && echo d > /dev/stdout && touch /dev/shm/fettle-test && rm /dev/shm/fettle-test"}})
		if err != nil || res.Code != 0 {
			t.Errorf("%+v, %v", res, err)
		}
	})
}

func TestOfflinePhaseHasNoNetworkButItsOwn(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	addr := l.Addr().String()
	each(t, func(t *testing.T, s *Sandbox) {
		dir := place(t)
		if s.Level() != Sibling { // whose loopback is not this machine's
			if res := s.attack(t, dir, Command{Network: true}, "connect", "tcp", addr); res.Code != 0 {
				t.Errorf("no network in the fetch phase: %+v", res)
			}
		}
		_, port, err := net.SplitHostPort(addr)
		if err != nil {
			t.Fatal(err)
		}
		if hasIPv6() {
			outside(t, dir, "shadow", "[::1]:"+port, addr)
			held(t, "connect to a port that is also the run's", s.attack(t, dir, Command{}, "shadow", "[::1]:"+port, addr))
		}
		for _, far := range []string{"192.0.2.1:80", "[2001:db8::1]:80"} {
			held(t, "connect to "+far, s.attack(t, dir, Command{}, "connect", "tcp", far))
		}
		if res := s.attack(t, dir, Command{}, "same-port", "192.0.2.1"); res.Code != 1 || !strings.Contains(res.Output, "unreachable") {
			t.Errorf("connect elsewhere, to a port that the run listens on: %+v", res)
		}
		held(t, "send a datagram", s.attack(t, dir, Command{}, "datagram", "192.0.2.1:53"))
		for _, own := range [][2]string{
			{"tcp", "127.0.0.1:0"}, {"tcp", "[::1]:0"}, {"tcp", "0.0.0.0:0"}, {"tcp", "[::]:0"}, {"unix", "own.sock"}, {"unix", filepath.Join(dir, "abs.sock")},
		} {
			if strings.HasPrefix(own[1], "[") && !hasIPv6() {
				continue
			}
			if res := s.attack(t, dir, Command{}, "serve", own[0], own[1]); res.Code != 0 || res.Output != "hello" {
				t.Errorf("a server inside on %s: %+v", own, res)
			}
		}
	})
}

func TestPrivilegesAreOutOfReach(t *testing.T) {
	each(t, func(t *testing.T, s *Sandbox) {
		dir := place(t)
		if os.Getuid() == 0 {
			if err := attackOutside(dir, "unshare"); err != nil {
				t.Logf("unshare is refused outside as well: %v", err)
			}
		}
		held(t, "unshare", s.attack(t, dir, Command{}, "unshare"))
		held(t, "mount", s.attack(t, dir, Command{}, "mount", "."))
		outside(t, dir, "signal", fmt.Sprint(os.Getpid()))
		held(t, "signal the parent", s.attack(t, dir, Command{}, "signal", fmt.Sprint(os.Getpid())))
		res, err := s.Run(t.Context(), dir, Command{Args: []string{"cat", "/proc/self/status"}})
		if err != nil {
			t.Fatal(err)
		}
		wants := []string{"CapPrm:\t0000000000000000", "CapEff:\t0000000000000000", "NoNewPrivs:\t1", "Seccomp:\t2"}
		if os.Geteuid() == 0 || s.Level() == Namespaces {
			wants = append(wants, "CapBnd:\t0000000000000000") // dropping from the bounding set takes a capability
		}
		for _, want := range wants {
			if !strings.Contains(res.Output, want) {
				t.Errorf("status lacks %q:\n%s", want, res.Output)
			}
		}
	})
}

func TestHostProcessesAreInvisible(t *testing.T) {
	each(t, func(t *testing.T, s *Sandbox) {
		if s.Level() != Namespaces {
			t.Skip("only a PID namespace hides them")
		}
		dir := place(t)
		res := s.attack(t, dir, Command{}, "list", "/proc")
		n := 0
		for _, name := range strings.Fields(res.Output) {
			if strings.Trim(name, "0123456789") == "" {
				n++
			}
		}
		if n != 2 {
			t.Errorf("%d processes, want the supervisor and the command", n)
		}
	})
}

func TestCacheIsWritableInTheFetchPhaseOnly(t *testing.T) {
	for _, v := range everyVariant {
		t.Run(v.String(), func(t *testing.T) {
			cache := t.TempDir()
			if err := os.Chmod(cache, 0o700); err != nil {
				t.Fatal(err)
			}
			s := only(t, v, Options{Env: os.LookupEnv, Cache: cache})
			dir := place(t)
			file := filepath.Join(cache, "a")
			held(t, "write offline", s.attack(t, dir, Command{}, "write", file))
			if res := s.attack(t, dir, Command{Network: true}, "write", file); res.Code != 0 {
				t.Errorf("fetch phase: %+v", res)
			}
			if res := s.attack(t, dir, Command{}, "read", file); res.Code != 0 || res.Output != "written" {
				t.Errorf("read offline: %+v", res)
			}
		})
	}
}

func TestMissingProgramIsNamed(t *testing.T) {
	each(t, func(t *testing.T, s *Sandbox) {
		_, err := s.Run(t.Context(), t.TempDir(), Command{Args: []string{"no-such-program"}})
		var missing *NotFoundError
		if !errors.Is(err, ErrNotFound) || !errors.As(err, &missing) || missing.Program != "no-such-program" {
			t.Errorf("got %v", err)
		}
	})
}

func TestDirectoryMustBeInTheCopy(t *testing.T) {
	s := only(t, plainProcess, Options{Env: os.LookupEnv})
	dir := t.TempDir()
	if err := os.Symlink("/usr", filepath.Join(dir, "out")); err != nil {
		t.Fatal(err)
	}
	for _, d := range []string{"..", "/usr", "out", "out/bin", "missing"} {
		if _, err := s.Run(t.Context(), dir, Command{Args: []string{"true"}, Dir: d}); err == nil {
			t.Errorf("directory %q is accepted", d)
		}
	}
}

func TestModesOfTheCopyCanBeChanged(t *testing.T) {
	const script = `set -e
echo > file; chmod 751 file; chmod 640 "$PWD/file"; test "$(stat -c %a file)" = 640
mkdir -p d; chmod 700 d; ln -sf file link; chmod 600 link; test "$(stat -c %a file)" = 600
chmod 2755 d; mkdir "$HOME/d" "$TMPDIR/d"; chmod 750 "$HOME/d" "$TMPDIR/d"; install -m 711 file d/installed; test "$(stat -c %a d/installed)" = 711
tar -cf a.tar file d; mkdir out; tar -xpf a.tar -C out; test "$(stat -c %a out/d/installed)" = 711; cp -a file copied`
	each(t, func(t *testing.T, s *Sandbox) {
		res, err := s.Run(t.Context(), t.TempDir(), Command{Args: []string{"sh", "-c", script}})
		if err != nil || res.Code != 0 {
			t.Errorf("%+v, %v", res, err)
		}
		if res, err = s.Run(t.Context(), t.TempDir(), Command{Args: []string{"sh", "-c", "chmod 600 missing"}}); err != nil || !strings.Contains(res.Output, "No such file") {
			t.Errorf("a missing file: %+v, %v", res, err)
		}
	})
}
