package git

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWriteTouchesNeitherIndexNorWorkTree(t *testing.T) {
	dir := newRepo(t, file{path: "package.json", text: "{}\n"}, file{path: "run.sh", text: "1", mode: 0o755}, file{path: "keep/me", text: "k"})
	write(t, dir, file{path: "package.json", text: "edited\n"}, file{path: "staged", text: "s"}, file{path: "untracked", text: "u"})
	plain(t, dir, "add", "staged")
	before := state(t, dir)
	head := plain(t, dir, "rev-parse", "HEAD")
	r := open(t, dir)

	commit, err := r.Write(t.Context(), filepath.Join(t.TempDir(), "index"), head,
		[]Change{{"package.json", []byte("{\"a\":1}\r\n")}, {"run.sh", []byte("2")}, {"new/ünï ,x", []byte("n")}}, "fix: a\n\nwhy\n")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, state(t, dir)); diff != "" {
		t.Errorf("after Write: %s", diff)
	}
	if got := plain(t, dir, "log", "-1", "--format=%P|%an|%s|%b", commit); got != head+"|A|fix: a|why" {
		t.Errorf("commit = %s", got)
	}
	out := t.TempDir()
	if _, err := r.Export(t.Context(), commit, out, nil); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"package.json": "-rw-r--r-- {\"a\":1}\r\n", "run.sh": "-rwxr-xr-x 2", "new/ünï ,x": "-rw-r--r-- n", "keep/me": "-rw-r--r-- k"}
	if diff := cmp.Diff(want, listing(t, out)); diff != "" {
		t.Error(diff)
	}
}

// state is all of a repository that a user sees: files, index, branches and head.
func state(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{"branches": plain(t, dir, "for-each-ref"), "head": plain(t, dir, "symbolic-ref", "HEAD")}
	for name, text := range listing(t, dir) {
		if !strings.HasPrefix(name, ".git/") {
			all[name] = text
		}
	}
	index, err := os.ReadFile(filepath.Join(dir, ".git/index"))
	if err != nil {
		t.Fatal(err)
	}
	all["index"] = string(index)
	return all
}

func TestWriteRefusesWhatIsNoFile(t *testing.T) {
	dir := newRepo(t, file{path: "link", text: "d", mode: os.ModeSymlink}, file{path: "d/a", text: "a"})
	r := open(t, dir)
	for _, path := range []string{"link", "d", "../x", ".git/config", "/etc/x", "d/a/b", "link/x", ""} {
		_, err := r.Write(t.Context(), filepath.Join(t.TempDir(), "index"), "HEAD", []Change{{path, []byte("x")}}, "m")
		if err == nil {
			t.Errorf("Write of %q: no error", path)
		}
	}
}

func TestWriteNamesSomebodyWhereGitKnowsNobody(t *testing.T) {
	dir := newRepo(t, file{path: "a", text: "a"})
	r, err := Open(t.Context(), dir, Options{Environ: []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "GIT_CONFIG_NOSYSTEM=1"}})
	if err != nil {
		t.Fatal(err)
	}
	commit, err := r.Write(t.Context(), filepath.Join(t.TempDir(), "index"), "HEAD", []Change{{"a", []byte("b")}}, "m")
	if err != nil {
		t.Fatal(err)
	}
	if got := plain(t, dir, "log", "-1", "--format=%an %cn", commit); got != "fettle fettle" {
		t.Errorf("author and committer = %s", got)
	}
}

func TestWriteInASparseCheckoutKeepsTheRest(t *testing.T) {
	dir := newRepo(t, file{path: "a/x", text: "1"}, file{path: "b/x", text: "1"}, file{path: "top", text: "1"})
	plain(t, dir, "sparse-checkout", "set", "--cone", "--sparse-index", "a")
	r := open(t, dir)
	commit, err := r.Write(t.Context(), filepath.Join(t.TempDir(), "index"), "HEAD", []Change{{"b/x", []byte("2")}}, "m")
	if err != nil {
		t.Fatal(err)
	}
	if got := plain(t, dir, "diff-tree", "-r", "--name-status", "HEAD", commit); got != "M\tb/x" {
		t.Errorf("the commit changes %q", got)
	}
}

func TestSetBranch(t *testing.T) {
	dir := newRepo(t, file{path: "a", text: "1"})
	first := plain(t, dir, "rev-parse", "HEAD")
	plain(t, dir, "commit", "-q", "--allow-empty", "-m", "second")
	second := plain(t, dir, "rev-parse", "HEAD")
	other := filepath.Join(t.TempDir(), "other")
	plain(t, dir, "worktree", "add", "-q", "-b", "elsewhere", other, first)
	r := open(t, dir)
	at := func(branch string) string {
		out, _ := tryPlain(t, dir, "rev-parse", "--verify", "--quiet", "refs/heads/"+branch)
		return strings.TrimSpace(out)
	}
	for _, tt := range []struct {
		name, branch, commit, old, want string
		refused                         bool
	}{
		{"a new branch is made", "fettle/fixes", first, "", first, false},
		{"one that must not exist and does is refused", "fettle/fixes", second, "", first, true},
		{"another old value is refused", "fettle/fixes", second, second, first, true},
		{"the right old value moves it", "fettle/fixes", second, first, second, false},
		{"an old value of a branch that is not there is refused", "none", second, first, "", true},
		{"the branch that is checked out is refused", "main", first, second, second, true},
		{"one that is checked out elsewhere is refused", "elsewhere", second, first, first, true},
		{"a leading dash is refused", "-D", first, "", "", true},
		{"a path out is refused", "../x", first, "", "", true},
		{"a blank is refused", "a b", first, "", "", true},
		{"an empty name is refused", "", first, "", "", true},
		{"a branch below another is refused", "main/x", first, "", "", true},
		{"no commit is refused", "broken", strings.Repeat("1", 40), "", "", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			before := state(t, dir)
			err := r.SetBranch(t.Context(), tt.branch, tt.commit, tt.old)
			if (err != nil) != tt.refused {
				t.Errorf("SetBranch = %v, refused: want %t", err, tt.refused)
			}
			if got := at(tt.branch); tt.branch != "" && got != tt.want {
				t.Errorf("%s is at %s, want %s", tt.branch, got, tt.want)
			}
			after := state(t, dir)
			if !tt.refused {
				delete(before, "branches")
				delete(after, "branches")
			}
			if diff := cmp.Diff(before, after); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestBranchesAndSameTree(t *testing.T) {
	dir := newRepo(t, file{path: "a", text: "1"})
	first := plain(t, dir, "rev-parse", "HEAD")
	plain(t, dir, "branch", "fettle/fixes")
	plain(t, dir, "branch", "fettle-2")
	plain(t, dir, "commit", "-q", "--allow-empty", "-m", "same files")
	r := open(t, dir)
	got, err := r.Branches(t.Context(), "fettle")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"fettle/fixes": first, "fettle-2": first}, got); diff != "" {
		t.Error(diff)
	}
	if same, err := r.SameTree(t.Context(), first, "HEAD"); err != nil || !same {
		t.Errorf("SameTree = %t, %v, want true", same, err)
	}
	write(t, dir, file{path: "a", text: "2"})
	plain(t, dir, "commit", "-q", "-am", "other files")
	if same, err := r.SameTree(t.Context(), first, "HEAD"); err != nil || same {
		t.Errorf("SameTree = %t, %v, want false", same, err)
	}
}
