package git

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// environ is what a test hands to git: no configuration of this machine and a fixed author.
func environ(t testing.TB) []string {
	t.Helper()
	return []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "GIT_CONFIG_NOSYSTEM=1", "LC_ALL=C",
		"GIT_AUTHOR_NAME=A", "GIT_AUTHOR_EMAIL=a@example.org", "GIT_COMMITTER_NAME=C", "GIT_COMMITTER_EMAIL=c@example.org",
		"GIT_AUTHOR_DATE=2024-01-02T03:04:05Z", "GIT_COMMITTER_DATE=2024-01-02T03:04:05Z",
	}
}

// plain runs git as a user would, and returns what it prints.
func plain(t testing.TB, dir string, args ...string) string {
	t.Helper()
	out, err := tryPlain(t, dir, args...)
	if err != nil {
		t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(out)
}

func tryPlain(t testing.TB, dir string, args ...string) (string, error) {
	t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir, cmd.Env = dir, environ(t)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// file is one file of a test's tree; a mode with os.ModeSymlink makes text the target.
type file struct {
	path, text string
	mode       os.FileMode
}

// newRepo makes a repository with one commit of files and returns its folder.
func newRepo(t testing.TB, files ...file) string {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is not installed")
	}
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	plain(t, dir, "init", "-q", "-b", "main")
	write(t, dir, files...)
	plain(t, dir, "add", "-A")
	plain(t, dir, "commit", "-q", "--allow-empty", "-m", "first")
	return dir
}

func write(t testing.TB, dir string, files ...file) {
	t.Helper()
	for _, f := range files {
		name := filepath.Join(dir, f.path)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		var err error
		switch {
		case f.mode&os.ModeSymlink != 0:
			err = os.Symlink(f.text, name)
		case f.mode == 0:
			err = os.WriteFile(name, []byte(f.text), 0o644)
		default:
			err = os.WriteFile(name, []byte(f.text), f.mode)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func open(t testing.TB, dir string, extra ...string) *Repo {
	t.Helper()
	r, err := Open(t.Context(), dir, Options{Environ: append(environ(t), extra...)})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func exists(name string) bool {
	_, err := os.Lstat(name)
	return err == nil
}
