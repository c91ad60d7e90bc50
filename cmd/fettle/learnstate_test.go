package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fettle-dev/fettle/pkg/git"
)

func TestWhatWasLearnedIsReadFromTheCommitAndNotFromTheChange(t *testing.T) {
	dir := t.TempDir()
	run := func(args ...string) {
		t.Helper()
		cmd := exec.Command("git", append([]string{"-C", dir, "-c", "user.name=t", "-c", "user.email=t@localhost"}, args...)...)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
	}
	run("init", "--quiet")
	name := filepath.Join(dir, filepath.FromSlash(learnedName))
	if err := writeState(name, taught(t)); err != nil {
		t.Fatal(err)
	}
	run("add", "--all")
	run("commit", "--quiet", "--message", "learned")
	repo, err := git.Open(context.Background(), dir, git.Options{Environ: append(os.Environ(), "GIT_CEILING_DIRECTORIES="+filepath.Dir(dir))})
	if err != nil {
		t.Fatal(err)
	}
	commit, err := repo.Commit(context.Background(), "HEAD")
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(strings.Replace(string(text), `"mean": -`, `"mean": `, 1)), 0o644); err != nil {
		t.Fatal(err)
	}
	base, err := trustedTree(context.Background(), place{top: dir, git: repo}, config{commit: commit}, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if m, gaps := diskLearned(base); !m.Active() || len(gaps) > 0 {
		t.Errorf("at the commit: active %t, %v", m.Active(), gaps)
	}
	m, gaps := diskLearned(dir)
	if m != nil || len(gaps) != 1 || !strings.Contains(gaps[0].Reason, "the posterior does not follow from the labels") || gaps[0].Location.Path != learnedName {
		t.Errorf("an edited state: %v, %v", m, gaps)
	}
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
	if m, gaps := diskLearned(dir); m != nil || gaps != nil {
		t.Errorf("no state: %v, %v", m, gaps)
	}
}
