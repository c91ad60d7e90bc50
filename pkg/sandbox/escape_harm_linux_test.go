package sandbox

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// What attempts to write to a file outside name it by.
func byName(_ *testing.T, _, target string) string { return target }

func relative(t *testing.T, dir, target string) string {
	rel, err := filepath.Rel(dir, target)
	if err != nil {
		t.Fatal(err)
	}
	return rel
}

func linked(t *testing.T, dir, target string) string {
	if err := os.Symlink(target, inCopy(dir, "link")); err != nil {
		t.Fatal(err)
	}
	return "link"
}

func linkedDir(t *testing.T, dir, target string) string {
	if err := os.Symlink(filepath.Dir(target), inCopy(dir, "linked")); err != nil {
		t.Fatal(err)
	}
	return filepath.Join("linked", filepath.Base(target))
}

// harm is an attempt to change a file outside, or its mode.
func harm(what string, name func(t *testing.T, dir, target string) string) readiness {
	return func(t *testing.T, dir string) ([]string, func(string) bool) {
		target := filepath.Join(t.TempDir(), "victim")
		if err := os.WriteFile(target, []byte("safe"), 0o644); err != nil {
			t.Fatal(err)
		}
		return []string{what, name(t, dir, target)}, func(string) bool {
			info, err := os.Stat(target)
			if err != nil || info.Mode().Perm() != 0o644 {
				return true
			}
			data, err := os.ReadFile(target)
			return err != nil || string(data) != "safe"
		}
	}
}

func makeOutside(t *testing.T, _ string) ([]string, func(string) bool) {
	path := filepath.Join(t.TempDir(), "made")
	return []string{"write", path}, func(string) bool {
		_, err := os.Lstat(path)
		return err == nil
	}
}

// addAttribute stands for all that attributes can do: lists of access need a file system that has them.
func addAttribute(t *testing.T, _ string) ([]string, func(string) bool) {
	path := filepath.Join(t.TempDir(), "victim")
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := unix.Setxattr(path, "user.fettle-before", []byte("x"), 0); err != nil {
		t.Skipf("the file system has no attributes: %v", err)
	}
	return []string{"attribute", path, "user.fettle"}, func(string) bool {
		_, err := unix.Getxattr(path, "user.fettle", nil)
		return err == nil
	}
}

// changeTests lets the tests of the repository that the copy was made of pass.
func changeTests(t *testing.T, dir string) ([]string, func(string) bool) {
	original := t.TempDir()
	for _, d := range []string{original, dir} {
		write(t, d, map[string]string{"app_test.sh": "exit 1\n"})
	}
	path := filepath.Join(original, "app_test.sh")
	return []string{"append", path, "exit 0\n"}, func(string) bool {
		data, err := os.ReadFile(path)
		return err != nil || string(data) != "exit 1\n"
	}
}

// repository makes one of the user's, and what tells whether a commit in it leaves a mark.
func repository(t *testing.T) (dir, mark string, commits func(string) bool) {
	t.Helper()
	tool(t, "git")
	dir = t.TempDir()
	mark = filepath.Join(t.TempDir(), "mark")
	git := func(args ...string) {
		cmd := exec.Command("git", append([]string{"-c", "user.name=a", "-c", "user.email=a@example.com"}, args...)...)
		cmd.Dir = dir
		cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "GIT_CONFIG_NOSYSTEM=1"}
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %q: %v\n%s", args, err, out)
		}
	}
	git("init", "-q", ".")
	if err := os.MkdirAll(filepath.Join(dir, ".git/hooks"), 0o755); err != nil {
		t.Fatal(err)
	}
	return dir, mark, func(string) bool {
		git("commit", "-q", "--allow-empty", "-m", "m")
		_, err := os.Stat(mark)
		return err == nil
	}
}

func plantHook(t *testing.T, _ string) ([]string, func(string) bool) {
	repo, mark, commits := repository(t)
	return []string{"plant", filepath.Join(repo, ".git/hooks/post-commit"), "#!/bin/sh\n: > '" + mark + "'\n"}, commits
}

func plantHooksPath(t *testing.T, dir string) ([]string, func(string) bool) {
	repo, mark, commits := repository(t)
	write(t, dir, map[string]string{"hooks/post-commit": "#!/bin/sh\n: > '" + mark + "'\n"})
	if err := os.Chmod(filepath.Join(dir, "hooks/post-commit"), 0o755); err != nil {
		t.Fatal(err)
	}
	return []string{"append", filepath.Join(repo, ".git/config"), "[core]\n\thooksPath = " + filepath.Join(dir, "hooks") + "\n"}, commits
}

func leaveDaemon(t *testing.T, dir string) ([]string, func(string) bool) {
	return []string{"daemon", inCopy(dir, "beat")}, func(string) bool {
		left := processIDsOf(dir)
		for _, pid := range left {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
		waitFor(t, func() bool { return len(processIDsOf(dir)) == 0 })
		return len(left) > 0
	}
}

func bomb(*testing.T, string) ([]string, func(string) bool) {
	return []string{"bomb", "64"}, func(out string) bool { return strings.Contains(out, exploded) }
}

func fill(t *testing.T, dir string) ([]string, func(string) bool) {
	path := inCopy(dir, "full")
	t.Cleanup(func() {
		_ = os.Chmod(filepath.Join(path, "deep/hidden"), 0o700)
		_ = os.RemoveAll(path)
	})
	return []string{"fill", path, "200"}, func(out string) bool { return strings.Contains(out, filled) }
}
