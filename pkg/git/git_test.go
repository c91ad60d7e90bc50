package git

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestOpenFindsTheWorkTree(t *testing.T) {
	dir := newRepo(t, file{path: "a/b/c.txt", text: "c"})
	other := filepath.Join(t.TempDir(), "other tree")
	plain(t, dir, "worktree", "add", "-q", "-b", "other", other)
	other, _ = filepath.EvalSymlinks(other)
	linked := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(dir, linked); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ name, dir, top string }{
		{"the top", dir, dir},
		{"a folder below", filepath.Join(dir, "a/b"), dir},
		{"a second work tree", filepath.Join(other, "a"), other},
		{"a link to the top", linked, dir},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := open(t, tt.dir)
			if r.Top != tt.top {
				t.Errorf("Top = %s, want %s", r.Top, tt.top)
			}
			if want := filepath.Join(dir, ".git"); r.Dir != want && !sameFile(r.Dir, want) {
				t.Errorf("Dir = %s, want %s", r.Dir, want)
			}
		})
	}
}

func sameFile(a, b string) bool {
	x, errX := os.Stat(a)
	y, errY := os.Stat(b)
	return errX == nil && errY == nil && os.SameFile(x, y)
}

func TestOpenKeepsALineBreakInThePath(t *testing.T) {
	dir := filepath.Join(newRepo(t), "one\ntwo")
	write(t, dir, file{path: "x", text: "x"})
	plain(t, dir, "init", "-q")
	if r := open(t, dir); r.Top != dir || r.Dir != filepath.Join(dir, ".git") {
		t.Errorf("Top = %q, Dir = %q, want those of %q", r.Top, r.Dir, dir)
	}
}

func TestWhatIsNoWorkTreeIsRefused(t *testing.T) {
	dir := newRepo(t, file{path: "a", text: "a"})
	bare := filepath.Join(t.TempDir(), "bare.git")
	plain(t, dir, "clone", "-q", "--bare", dir, bare)
	inside := filepath.Join(dir, "fixture.git") // a bare repository that the repository brings along
	plain(t, dir, "clone", "-q", "--bare", dir, inside)
	plain(t, inside, "config", "core.worktree", dir)
	plain(t, inside, "config", "core.bare", "false")
	for name, at := range map[string]string{
		"no repository": t.TempDir(), "bare": bare, "the git folder": filepath.Join(dir, ".git"), "embedded": inside,
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Open(t.Context(), at, Options{Environ: environ(t)})
			if !errors.Is(err, ErrNotRepository) {
				t.Errorf("Open = %v, want ErrNotRepository", err)
			}
		})
	}
}

func TestAWorkTreeElsewhereIsRefused(t *testing.T) {
	dir, elsewhere := newRepo(t), t.TempDir()
	plain(t, dir, "config", "core.worktree", elsewhere)
	_, err := Open(t.Context(), dir, Options{Environ: environ(t)})
	if err == nil || !strings.Contains(err.Error(), "core.worktree") {
		t.Errorf("Open = %v, want an error that names core.worktree", err)
	}
}

func TestMissingGitIsSaid(t *testing.T) {
	t.Setenv("PATH", t.TempDir()) // exec looks the program up in the PATH of this process
	_, err := Open(t.Context(), t.TempDir(), Options{})
	if !errors.Is(err, ErrNoGit) {
		t.Errorf("Open = %v, want ErrNoGit", err)
	}
}

func TestVariablesThatPointElsewhereAreDropped(t *testing.T) {
	dir, other := newRepo(t, file{path: "here", text: "here"}), newRepo(t, file{path: "there", text: "there"})
	for _, variable := range []string{
		"GIT_DIR=" + filepath.Join(other, ".git"), "GIT_WORK_TREE=" + other, "GIT_INDEX_FILE=" + filepath.Join(other, ".git/index"),
		"GIT_OBJECT_DIRECTORY=" + filepath.Join(other, ".git/objects"), "GIT_COMMON_DIR=" + filepath.Join(other, ".git"),
		"GIT_NAMESPACE=n", "GIT_CONFIG_PARAMETERS='core.bare=true'", "GIT_CONFIG_COUNT=x",
	} {
		t.Run(variable[:strings.Index(variable, "=")], func(t *testing.T) {
			r := open(t, dir, variable)
			head, err := r.Commit(t.Context(), "HEAD")
			if err != nil || head != plain(t, dir, "rev-parse", "HEAD") || r.Top != dir {
				t.Errorf("HEAD of %s = %s, %v", r.Top, head, err)
			}
			if changed, err := r.Changed(t.Context()); err != nil || len(changed) != 0 {
				t.Errorf("Changed = %q, %v, want none", changed, err)
			}
		})
	}
}

func TestDubiousOwnership(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("giving a folder away takes root")
	}
	dir := newRepo(t, file{path: "a", text: "a"})
	err := filepath.Walk(dir, func(p string, _ os.FileInfo, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(p, 1001, 1001)
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = Open(t.Context(), dir, Options{Environ: environ(t)})
	if err == nil || !strings.Contains(err.Error(), "belongs to another user; run fettle as its owner") {
		t.Errorf("Open = %v, want what to do about another owner", err)
	}
	r, err := Open(t.Context(), dir, Options{Environ: environ(t), AnyOwner: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Commit(t.Context(), "HEAD"); err != nil {
		t.Errorf("with AnyOwner: %v", err)
	}
	if _, err := r.Export(t.Context(), "HEAD", t.TempDir(), nil); err != nil {
		t.Errorf("with AnyOwner: %v", err)
	}
}

func TestCommitNamesOneCommitOrNone(t *testing.T) {
	dir := newRepo(t, file{path: "a", text: "a"})
	plain(t, dir, "tag", "-a", "-m", "tag", "v1")
	plain(t, dir, "branch", "--", "topic")
	head := plain(t, dir, "rev-parse", "HEAD")
	r := open(t, dir)
	for _, rev := range []string{"HEAD", "main", "v1", "topic", head, head[:10], "refs/heads/main"} {
		if got, err := r.Commit(t.Context(), rev); err != nil || got != head {
			t.Errorf("Commit(%q) = %s, %v, want %s", rev, got, err, head)
		}
	}
	for _, rev := range []string{"", "nothing", "--all", "-h", "--git-dir", "^HEAD", "HEAD..main", "HEAD main", "HEAD\nmain", "HEAD:a",
		"HEAD~9", "main^{tree}", strings.Repeat("0", 40), "a\x00b"} {
		if got, err := r.Commit(t.Context(), rev); got != "" || err == nil {
			t.Errorf("Commit(%q) = %q, %v, want an error", rev, got, err)
		}
	}
}

func TestUnbornHead(t *testing.T) {
	dir := t.TempDir()
	plain(t, dir, "init", "-q", "-b", "main")
	r := open(t, dir)
	if _, err := r.Commit(t.Context(), "HEAD"); !errors.Is(err, ErrUnknownRevision) {
		t.Errorf("Commit = %v, want ErrUnknownRevision", err)
	}
	if got := r.Branch(t.Context()); got != "main" {
		t.Errorf("Branch = %q, want main", got)
	}
	if changed, err := r.Changed(t.Context()); err != nil || len(changed) != 0 {
		t.Errorf("Changed = %q, %v, want none", changed, err)
	}
}

func TestBranchOfADetachedHeadIsEmpty(t *testing.T) {
	dir := newRepo(t)
	plain(t, dir, "checkout", "-q", "--detach")
	if got := open(t, dir).Branch(t.Context()); got != "" {
		t.Errorf("Branch = %q, want none", got)
	}
}

func TestShallowCloneHasNoBase(t *testing.T) {
	dir := newRepo(t, file{path: "a", text: "1"})
	base := plain(t, dir, "rev-parse", "HEAD")
	plain(t, dir, "commit", "-q", "--allow-empty", "-m", "second")
	clone := filepath.Join(t.TempDir(), "clone")
	plain(t, dir, "clone", "-q", "--depth", "1", "file://"+dir, clone)
	r := open(t, clone)
	if !r.Shallow(t.Context()) || open(t, dir).Shallow(t.Context()) {
		t.Error("Shallow does not tell the clone from the whole")
	}
	if _, err := r.Commit(t.Context(), base); !errors.Is(err, ErrUnknownRevision) {
		t.Errorf("Commit = %v, want ErrUnknownRevision", err)
	}
	head, err := r.Commit(t.Context(), "HEAD")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.MergeBase(t.Context(), head, base); !errors.Is(err, ErrUnknownRevision) {
		t.Errorf("MergeBase = %v, want ErrUnknownRevision", err)
	}
}

func TestMergeBase(t *testing.T) {
	dir := newRepo(t)
	base := plain(t, dir, "rev-parse", "HEAD")
	plain(t, dir, "checkout", "-q", "-b", "topic")
	plain(t, dir, "commit", "-q", "--allow-empty", "-m", "topic")
	plain(t, dir, "checkout", "-q", "main")
	plain(t, dir, "commit", "-q", "--allow-empty", "-m", "main")
	r := open(t, dir)
	if got, err := r.MergeBase(t.Context(), "main", "topic"); err != nil || got != base {
		t.Errorf("MergeBase = %s, %v, want %s", got, err, base)
	}
	plain(t, dir, "checkout", "-q", "--orphan", "alone")
	plain(t, dir, "commit", "-q", "--allow-empty", "-m", "alone")
	if _, err := r.MergeBase(t.Context(), "main", "alone"); !errors.Is(err, ErrUnknownRevision) {
		t.Errorf("MergeBase of strangers = %v, want ErrUnknownRevision", err)
	}
}

func TestChangedListsTrackedFilesOnly(t *testing.T) {
	dir := newRepo(t, file{path: "same", text: "1"}, file{path: "work tree", text: "1"}, file{path: "index", text: "1"}, file{path: "gone", text: "1"})
	write(t, dir, file{path: "work tree", text: "22"}, file{path: "index", text: "22"}, file{path: "untracked", text: "1"})
	plain(t, dir, "add", "index")
	if err := os.Remove(filepath.Join(dir, "gone")); err != nil {
		t.Fatal(err)
	}
	got, err := open(t, dir).Changed(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"gone", "index", "work tree"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestACancelledContextIsNoAnswer(t *testing.T) {
	r := open(t, newRepo(t))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := r.Commit(ctx, "HEAD"); err == nil || errors.Is(err, ErrUnknownRevision) {
		t.Errorf("Commit = %v, want an error that is not ErrUnknownRevision", err)
	}
	if _, err := r.MergeBase(ctx, "HEAD", "HEAD"); err == nil || errors.Is(err, ErrUnknownRevision) {
		t.Errorf("MergeBase = %v, want an error that is not ErrUnknownRevision", err)
	}
}

func TestIgnoredListsOnlyWhatGitDoesNotTrack(t *testing.T) {
	dir := newRepo(t, file{path: ".gitignore", text: "out/\n*.lock\n"}, file{path: "a/b.txt", text: "b"})
	write(t, dir, file{path: "kept.lock", text: "x"})
	plain(t, dir, "add", "-f", "kept.lock")
	for _, name := range []string{"out/x/y", "a/out/z", "a/left.lock", "a/new.txt", "odd\nname.lock"} {
		write(t, dir, file{path: name, text: "x"})
	}
	got, err := open(t, filepath.Join(dir, "a")).Ignored(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"a/left.lock", "a/out/", "odd\nname.lock", "out/"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestRemoteIsOriginsAddress(t *testing.T) {
	dir := newRepo(t, file{path: "a", text: "a"})
	r := open(t, dir)
	if got := r.Remote(t.Context()); got != "" {
		t.Errorf("without a remote: %q", got)
	}
	plain(t, dir, "remote", "add", "origin", "https://git.example/acme/shop.git")
	if got := r.Remote(t.Context()); got != "https://git.example/acme/shop.git" {
		t.Errorf("got %q", got)
	}
}
