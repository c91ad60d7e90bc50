package main

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fettle-dev/fettle/pkg/propose/npmtest"
	"github.com/fettle-dev/fettle/pkg/sandbox"
)

// asProgram makes the test binary be fettle.
const asProgram = "FETTLE_TEST_AS_PROGRAM"

// killing is a small repository on which fettle fix is killed again and again.
type killing struct {
	t    *testing.T
	dir  string // of all that the test writes
	repo string
	env  []string
}

// TestKilledAnywhereLeavesTheRepositoryAsItWas sends SIGKILL to fettle fix, at random points of the run. The work tree, the
// index, HEAD and the branches must be as before; the branch of the fixes may be there only if it is complete. No process
// may live on, and the next run clears away what the killed ones left in the temporary directory.
func TestKilledAnywhereLeavesTheRepositoryAsItWas(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("looks for processes in /proc")
	}
	for _, program := range []string{"npm", "node", "git"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("%s is missing: %v", program, err)
		}
	}
	if box, err := sandbox.New(sandbox.Options{Env: os.LookupEnv}); err != nil || box.Level() >= sandbox.None {
		t.Skip("no sandbox on this system")
	}
	kills, workers := 50, 2
	if testing.Short() {
		kills = 10
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	registry := npmtest.New(t, npmtest.Parse("lib 1.0.0\nlib 1.0.5\nlib 1.1.0\ntop 1.0.0 lib@^1.0.0")...)
	for worker := range workers {
		t.Run(fmt.Sprint(worker), func(t *testing.T) {
			t.Parallel()
			k := newKilling(t, registry)
			k.kill(rand.New(rand.NewPCG(seed, uint64(worker))), kills/workers)
		})
	}
}

func newKilling(t *testing.T, registry *npmtest.Registry) *killing {
	k := &killing{t: t, dir: t.TempDir()}
	k.repo = filepath.Join(k.dir, "app")
	for _, dir := range []string{"app", "home", ".tmp"} {
		if err := os.Mkdir(filepath.Join(k.dir, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	k.env = append(scriptEnv(k.dir), "PATH="+os.Getenv("PATH"), "npm_config_registry="+registry.URL+"/", asProgram+"=1")
	if err := writeFeeds(filepath.Join(k.dir, "feeds"), "CVE-2024-0001 lib 0 1.0.5 kev"); err != nil {
		t.Fatal(err)
	}
	manifest := "{\n  \"name\": \"app\",\n  \"version\": \"1.0.0\",\n  \"scripts\": {\n    \"test\": \"node --test\"\n  },\n" +
		"  \"dependencies\": {\n    \"lib\": \"^1.0.0\",\n    \"top\": \"^1.0.0\"\n  }\n}\n"
	lock := registry.Lock(t, npmtest.Lock{Manifest: manifest, Entries: npmtest.Entries("lib@1.0.0", "top@1.0.0")})
	for name, text := range map[string]string{"package.json": manifest, "package-lock.json": lock, ".gitignore": "node_modules\n",
		"app.test.js": "require('node:test')('lib', () => require('lib'))\n"} {
		if err := os.WriteFile(filepath.Join(k.repo, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	k.git("init", "-q", "-b", "main", ".")
	k.git("add", "-A")
	k.git("commit", "-q", "-m", "first")
	return k
}

// kill runs fettle fix and kills it, until it was killed times times.
func (k *killing) kill(random *rand.Rand, times int) {
	before := k.state()
	k.complete()
	branches := k.git("for-each-ref", "refs/heads/fettle")
	if branches == "" {
		k.t.Fatal("a complete run makes no branch")
	}
	k.forget()
	start := time.Now()
	k.complete()
	whole := time.Since(start)
	k.forget()
	k.t.Logf("a whole run takes %v", whole)
	complete, finished := 0, 0
	for killed := 0; killed < times; {
		cmd := k.command()
		begun := time.Now()
		if err := cmd.Start(); err != nil {
			k.t.Fatal(err)
		}
		after := time.Duration(random.Int64N(int64(whole + whole/8))) // some must reach the last steps
		timer := time.AfterFunc(after, func() { _ = cmd.Process.Kill() })
		err := cmd.Wait()
		timer.Stop()
		if exit, ok := err.(*exec.ExitError); ok && exit.ExitCode() < 0 {
			killed++
		} else {
			whole = time.Since(begun) // as busy as the machine is now
			finished++
		}
		if now := k.git("for-each-ref", "refs/heads/fettle"); now != "" && now != branches {
			k.t.Errorf("killed after %v: the branch is not complete: %s, want none or %s", after, now, branches)
		} else if now != "" {
			complete++
		}
		if d := cmp.Diff(before, k.state()); d != "" {
			k.t.Fatalf("killed after %v: the repository changed (-before +after):\n%s", after, d)
		}
		k.forget()
	}
	k.alive()
	k.complete()
	if left, err := filepath.Glob(filepath.Join(k.dir, ".tmp", "fettle-*", "*")); err != nil || len(left) > 0 {
		k.t.Errorf("after a complete run, killed ones leave behind %v, %v", left, err)
	}
	k.t.Logf("killed %d times, %d runs were faster; %d times the branch was there, complete", times, finished, complete)
}

func (k *killing) command() *exec.Cmd {
	self, err := os.Executable()
	if err != nil {
		k.t.Fatal(err)
	}
	cmd := exec.Command(self, "fix", "--quiet", "--advisories", filepath.Join(k.dir, "feeds"), ".")
	cmd.Dir, cmd.Env = k.repo, k.env
	return cmd
}

// complete runs fettle fix to its end. The finding fails the run: that is its status.
func (k *killing) complete() {
	k.t.Helper()
	cmd := k.command()
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState.ExitCode() > exitPolicy {
		k.t.Fatalf("fettle fix: %v\n%s", err, out)
	}
}

// forget removes the branch of the fixes, so that the next run makes it anew.
func (k *killing) forget() {
	for _, name := range strings.Fields(k.git("for-each-ref", "--format=%(refname)", "refs/heads/fettle")) {
		k.git("update-ref", "-d", name)
	}
}

func (k *killing) git(args ...string) string {
	k.t.Helper()
	var stderr bytes.Buffer
	cmd := exec.Command("git", args...)
	cmd.Dir, cmd.Env, cmd.Stderr = k.repo, append(k.env, "GIT_OPTIONAL_LOCKS=0"), &stderr
	out, err := cmd.Output()
	if err != nil {
		k.t.Fatalf("git %s: %v\n%s", args[0], err, stderr.String())
	}
	return string(out)
}

// state is what must not change: every file outside of .git, the index, HEAD, the configuration, locks, and all refs but
// those of the fixes.
func (k *killing) state() map[string]string {
	k.t.Helper()
	state := map[string]string{}
	for _, line := range strings.Split(k.git("for-each-ref"), "\n") {
		if !strings.Contains(line, "\trefs/heads/fettle/") {
			state["refs"] += line + "\n"
		}
	}
	err := filepath.WalkDir(k.repo, func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(k.repo, name)
		if err != nil {
			return err
		}
		inGit := strings.HasPrefix(rel, ".git/")
		if inGit && (rel == ".git/objects" || rel == ".git/fettle" || rel == ".git/logs" || rel == ".git/refs") {
			return fs.SkipDir
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		state[rel] = info.Mode().String()
		if e.Type().IsRegular() {
			data, err := os.ReadFile(name)
			if err != nil {
				return err
			}
			state[rel] += fmt.Sprintf(" %x", sha256.Sum256(data))
		}
		return nil
	})
	if err != nil {
		k.t.Fatal(err)
	}
	return state
}

// alive fails the test where a process of a killed run is still there. The kernel ends them after their parent, so it
// waits a little.
func (k *killing) alive() {
	k.t.Helper()
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	var list []string
	for range 200 {
		if list = k.processes(); len(list) == 0 {
			return
		}
		<-again.C
	}
	k.t.Errorf("processes of killed runs live on:\n%s", strings.Join(list, "\n"))
}

// processes lists those whose command line, environment or working directory names the test's directory.
func (k *killing) processes() []string {
	all, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		k.t.Fatal(err)
	}
	var list []string
	for _, proc := range all {
		if filepath.Base(proc) == fmt.Sprint(os.Getpid()) {
			continue
		}
		cmdline, _ := os.ReadFile(proc + "/cmdline") // gone, or another user's
		environ, _ := os.ReadFile(proc + "/environ")
		cwd, _ := os.Readlink(proc + "/cwd")
		if bytes.Contains(cmdline, []byte(k.dir)) || bytes.Contains(environ, []byte(k.dir)) || strings.HasPrefix(cwd, k.dir) {
			list = append(list, fmt.Sprintf("%s %q in %s", proc, cmdline, cwd))
		}
	}
	return list
}
