package sandbox

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// An escape is a way out of the sandbox. It counts as held only if the same attempt gets out where there is no sandbox.
type escape struct {
	name    string
	fetch   bool    // it is tried in the fetch phase as well
	limits  Command // inside
	network bool    // it takes addresses that only a network of the test's own has free
	// ready makes, anew each time, what the attempt is after, and returns the attempt and what tells whether it got out.
	ready func(t *testing.T, dir string) (attempt []string, escaped func(output string) bool)
}

// secret is what attempts to read are after.
const secret = "s3cr3t-4711"

func leaked(output string) bool { return strings.Contains(output, secret) }

var escapes = []escape{
	// Secrets in files.
	{name: "read a key in the home directory", fetch: true, ready: readHome(".ssh/id_ed25519")},
	{name: "read a key through a link", fetch: true, ready: readLinked},
	{name: "read the git credentials", ready: readHome(".git-credentials")},
	{name: "read the token in the git configuration", fetch: true, ready: readHome(".gitconfig")},
	{name: "read the token in the repository's configuration", fetch: true, ready: readHome("work/app/.git/config")},
	{name: "read the token of npm", fetch: true, ready: readHome(".npmrc")},
	{name: "read what only root may", fetch: true, ready: readShadow},
	{name: "list the home directory", ready: listHome},

	// Secrets of processes.
	{name: "read tokens in the environment", fetch: true, ready: readEnvironment},
	{name: "read the environments of all processes", fetch: true, ready: ofHeld("environs")},
	{name: "read files through the root of a process", ready: ofHeld("through-root")},
	{name: "read files through a descriptor of a process", ready: ofHeld("through-descriptor")},
	{name: "take a descriptor of a process", ready: ofHeld("take-descriptor")},
	{name: "trace a process", fetch: true, ready: ofHeld("trace")},
	{name: "copy the memory of a process", ready: ofHeld("copy-memory")},
	{name: "open the memory of a process", ready: ofHeld("open-memory")},
	{name: "end a process", ready: endHeld},

	// Servers of this machine.
	{name: "connect to loopback", fetch: true, ready: ask("tcp", "127.0.0.1:0")},
	{name: "connect to loopback by IPv6", fetch: true, ready: ask("tcp", "[::1]:0")},
	{name: "connect to loopback as no address", fetch: true, ready: askUnspecified},
	{name: "connect to loopback by sending", fetch: true, ready: askBySending},
	{name: "send a datagram to loopback", ready: askDatagram},
	{name: "connect to a socket in a directory", fetch: true, ready: askSocket},
	{name: "connect to a socket through a link", fetch: true, ready: askLinkedSocket},
	{name: "connect to a socket without a file", fetch: true, ready: askAbstract},
	{name: "connect to a link-local address", fetch: true, network: true, ready: ask("tcp", "169.254.169.254:0")},

	// Files outside of the copy.
	{name: "write a file outside", fetch: true, ready: harm("write", byName)},
	{name: "write a file outside by a way up", ready: harm("write", relative)},
	{name: "write a file outside through a link", fetch: true, ready: harm("write", linked)},
	{name: "write a file outside through a linked directory", ready: harm("write", linkedDir)},
	{name: "write a file outside through a hard link", ready: harm("write-hard-linked", byName)},
	{name: "make a file outside", ready: makeOutside},
	{name: "move a file away", ready: harm("move", byName)},
	{name: "remove a file", ready: harm("remove", byName)},
	{name: "change the mode of a file", fetch: true, ready: harm("mode", byName)},
	{name: "change the mode of an open file", ready: harm("open-mode", byName)},
	{name: "change the mode of a file by its descriptor", ready: harm("descriptor-mode", byName)},
	{name: "change the mode of a file through a link", ready: harm("mode", linked)},
	{name: "add an attribute to a file", ready: addAttribute},
	{name: "change the tests of the original", ready: changeTests},
	{name: "plant a git hook", fetch: true, ready: plantHook},
	{name: "plant a directory of git hooks", ready: plantHooksPath},

	// What there is for all.
	{name: "leave a daemon behind", fetch: true, ready: leaveDaemon},
	{name: "fork bomb", limits: Command{Processes: 32}, ready: bomb},
	{name: "fill the disk", limits: Command{Disk: 32 << 20}, ready: fill},
}

func TestEscapesAreHeld(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	proven := map[string]bool{}
	for _, v := range everyVariant {
		t.Run(strings.ReplaceAll(v.String(), " ", "-"), func(t *testing.T) {
			s := only(t, v, Options{Env: os.LookupEnv, Reach: []string{}})
			dir := place(t)
			for _, e := range escapes {
				t.Run(e.name, func(t *testing.T) {
					if e.network && s.Level() == Sibling {
						t.Skip("a container's network is not the test's; TestFetchPhaseReachesNoLinkLocalAddress shows who refuses")
					}
					if e.network && !inOwnNetwork(t) {
						return
					}
					if !proven[e.name] {
						e.succeedsOutside(t, dir)
						proven[e.name] = true
					}
					e.failsInside(t, s, dir, false)
					if e.fetch {
						e.failsInside(t, s, dir, true)
					}
				})
			}
		})
	}
}

func (e escape) succeedsOutside(t *testing.T, dir string) {
	t.Helper()
	args, escaped := e.ready(t, dir)
	cmd := exec.Command(filepath.Join(dir, attackName), append([]string{"escape"}, args...)...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if !escaped(string(out)) {
		t.Fatalf("%q does not get out even without a sandbox: %v\n%s", args, err, out)
	}
}

func (e escape) failsInside(t *testing.T, s *Sandbox, dir string, network bool) {
	t.Helper()
	args, escaped := e.ready(t, dir)
	c := e.limits
	c.Network = network
	res := s.attack(t, dir, c, append([]string{"escape"}, args...)...)
	if !strings.HasPrefix(res.Output, tried) {
		t.Fatalf("%q was not even tried (network %v): %+v", args, network, res)
	}
	if escaped(res.Output) {
		t.Errorf("%q got out (network %v): %+v", args, network, res)
	}
	silent(t, dir)
}

// tried is what a program says before an attempt.
const tried = "tried\n"
