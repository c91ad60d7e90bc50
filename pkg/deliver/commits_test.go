package deliver

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/git"
)

// checkout is a repository of one commit, with a change in the work tree and one in the index that are not committed.
type checkout struct {
	t    *testing.T
	dir  string
	repo *git.Repo
	head string
}

func newCheckout(t *testing.T) checkout {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is not installed")
	}
	c := checkout{t: t, dir: t.TempDir()}
	c.git("init", "-q", "-b", "main")
	c.write("package.json", "{\n  \"lodash\": \"4.17.15\",\n  \"qs\": \"6.7.0\"\n}\n", 0o644)
	c.write("bin/run.js", "#!/usr/bin/env node\nold()\n", 0o755)
	c.write("notes.txt", "one\n", 0o644)
	c.git("add", ".")
	c.git("commit", "-q", "-m", "first")
	c.head = strings.TrimSpace(c.git("rev-parse", "HEAD"))
	c.write("notes.txt", "one\ntwo\n", 0o644)
	c.write("staged.txt", "staged\n", 0o644)
	c.git("add", "staged.txt")
	var err error
	if c.repo, err = git.Open(t.Context(), c.dir, git.Options{Environ: c.environ()}); err != nil {
		t.Fatal(err)
	}
	return c
}

func (c checkout) environ() []string {
	return []string{"PATH=" + os.Getenv("PATH"), "HOME=" + c.dir, "GIT_CONFIG_NOSYSTEM=1", "GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.org",
		"GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.org"}
}

func (c checkout) git(args ...string) string {
	c.t.Helper()
	cmd := exec.CommandContext(c.t.Context(), "git", args...)
	cmd.Dir, cmd.Env = c.dir, c.environ()
	out, err := cmd.CombinedOutput()
	if err != nil {
		c.t.Fatalf("git %v: %v\n%s", args, err, out)
	}
	return string(out)
}

func (c checkout) write(name, text string, mode os.FileMode) {
	c.t.Helper()
	path := filepath.Join(c.dir, name)
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), mode)); err != nil {
		c.t.Fatal(err)
	}
}

// state is all that a delivery must leave as it is.
func (c checkout) state() string {
	c.t.Helper()
	index, err := os.ReadFile(filepath.Join(c.dir, ".git", "index"))
	if err != nil {
		c.t.Fatal(err)
	}
	s := fmt.Sprintf("index %x\n", sha256.Sum256(index)) + c.git("--no-optional-locks", "status", "--porcelain=v2", "--branch") +
		c.git("rev-parse", "main") + c.git("symbolic-ref", "HEAD")
	for _, name := range []string{"package.json", "bin/run.js", "notes.txt", "staged.txt"} {
		data, err := os.ReadFile(filepath.Join(c.dir, name))
		if err != nil {
			c.t.Fatal(err)
		}
		s += name + "\n" + string(data)
	}
	return s
}

func (c checkout) branches() string {
	return strings.Join(strings.Fields(c.git("for-each-ref", "--format=%(refname:short)", "refs/heads/")), " ")
}

// report is a run whose fixes ship in two commits; the second edits what the first left.
func (c checkout) report() fettle.Report {
	r := sample()
	r.Commit = c.head
	r.Trial.Shipped = []fettle.Step{
		{Fix: r.Fixes[0].ID, Tested: true, Moves: r.Fixes[0].Moves, Edits: []fettle.Edit{
			{Path: "package.json", Line: 2, Old: "  \"lodash\": \"4.17.15\",\n", New: "  \"lodash\": \"4.17.21\",\n  \"added\": \"1.0.0\",\n"},
			{Path: "bin/run.js", Line: 2, Old: "old()\n", New: "new()\n"}}},
		{Fix: r.Fixes[1].ID, Moves: r.Fixes[1].Moves, Edits: []fettle.Edit{
			{Path: "package.json", Line: 4, Old: "  \"qs\": \"6.7.0\"\n", New: "  \"qs\": \"6.7.3\"\n"},
			{Path: "new/file.txt", New: "made\n"}}},
	}
	return r
}

func (c checkout) deliver(b *Branch, r fettle.Report) error {
	b.Git, b.Temp = c.repo, c.t.TempDir()
	return b.Deliver(c.t.Context(), r)
}

func TestEachFixIsACommitOfExactlyItsEdits(t *testing.T) {
	c := newCheckout(t)
	before := c.state()
	b := &Branch{Name: "fettle/fix", IDs: map[string]string{}}
	r := c.report()
	if err := c.deliver(b, r); err != nil {
		t.Fatal(err)
	}
	if b.Made != "fettle/fix" || b.Commits != 2 || b.Reused || len(b.IDs) != 2 {
		t.Errorf("got %+v", b)
	}
	if diff := cmp.Diff(before, c.state()); diff != "" {
		t.Errorf("the delivery changed the checkout: %s", diff)
	}
	if got := c.git("rev-list", "--reverse", "main..fettle/fix"); got != b.IDs[r.Fixes[0].ID]+"\n"+b.IDs[r.Fixes[1].ID]+"\n" {
		t.Errorf("commits %s; IDs %v", got, b.IDs)
	}
	want := ":100755 100755 M\tbin/run.js\n:100644 100644 M\tpackage.json\n"
	if diff := cmp.Diff(want, c.raw("fettle/fix~1")); diff != "" {
		t.Errorf("the first commit: %s", diff)
	}
	want = ":000000 100644 A\tnew/file.txt\n:100644 100644 M\tpackage.json\n"
	if diff := cmp.Diff(want, c.raw("fettle/fix")); diff != "" {
		t.Errorf("the second commit: %s", diff)
	}
	want = "{\n  \"lodash\": \"4.17.21\",\n  \"added\": \"1.0.0\",\n  \"qs\": \"6.7.3\"\n}\n#!/usr/bin/env node\nnew()\nmade\n"
	if diff := cmp.Diff(want, c.git("show", "fettle/fix:package.json", "fettle/fix:bin/run.js", "fettle/fix:new/file.txt")); diff != "" {
		t.Error(diff)
	}
	if entries, err := os.ReadDir(b.Temp); err != nil || len(entries) > 0 {
		t.Errorf("left in the temporary folder: %v, %v", entries, err)
	}
}

// raw lists what a commit changes: modes, kind of change and path.
func (c checkout) raw(commit string) string {
	out := c.git("diff-tree", "-r", "--no-commit-id", "--raw", commit)
	return regexp.MustCompile(`(?m)^(:\d+ \d+) \S+ \S+ (\w)`).ReplaceAllString(out, "$1 $2")
}

func TestABranchOfTheSameFilesIsReused(t *testing.T) {
	c := newCheckout(t)
	if err := c.deliver(&Branch{Name: "fix"}, c.report()); err != nil {
		t.Fatal(err)
	}
	tip := c.git("rev-parse", "fix")
	r := c.report()
	r.Fixes[0].Title = "the same files under another message"
	b := &Branch{Name: "fix", IDs: map[string]string{}}
	if err := c.deliver(b, r); err != nil {
		t.Fatal(err)
	}
	if b.Made != "fix" || !b.Reused || b.Commits != 2 || len(b.IDs) > 0 || c.branches() != "fix main" || c.git("rev-parse", "fix") != tip {
		t.Errorf("got %+v; branches %s", b, c.branches())
	}
}

func TestABranchOfOtherFilesIsLeftAlone(t *testing.T) {
	c := newCheckout(t)
	c.git("branch", "fix")
	c.git("branch", "fix-2")
	b := &Branch{Name: "fix"}
	if err := c.deliver(b, c.report()); err != nil || b.Made != "fix-3" || b.Reused {
		t.Errorf("got %+v, %v; want fix-3", b, err)
	}
	if got := c.git("rev-parse", "fix", "fix-2"); got != c.head+"\n"+c.head+"\n" {
		t.Errorf("the branches moved: %s", got)
	}
	again := &Branch{Name: "fix"}
	if err := c.deliver(again, c.report()); err != nil || again.Made != "fix-3" || !again.Reused {
		t.Errorf("got %+v, %v; want fix-3 again", again, err)
	}
}

func TestWhatDoesNotFitMakesNoBranch(t *testing.T) {
	tests := map[string]func(*fettle.Report){
		"text that is not there":    func(r *fettle.Report) { r.Trial.Shipped[1].Edits[0].Old = "  \"qs\": \"6.6.0\"\n" },
		"text that has moved":       func(r *fettle.Report) { r.Trial.Shipped[1].Edits[0].Line = 3 },
		"a file that is not there":  func(r *fettle.Report) { r.Trial.Shipped[1].Edits[0].Path = "gone.json" },
		"a path out of the tree":    func(r *fettle.Report) { r.Trial.Shipped[1].Edits[1].Path = "../out.txt" },
		"a path into git's folder":  func(r *fettle.Report) { r.Trial.Shipped[1].Edits[1].Path = ".git/hooks/pre-commit" },
		"a commit that is not here": func(r *fettle.Report) { r.Commit = strings.Repeat("12", 20) },
	}
	for name, spoil := range tests {
		t.Run(name, func(t *testing.T) {
			c := newCheckout(t)
			before := c.state()
			r := c.report()
			spoil(&r)
			b := &Branch{Name: "fix", IDs: map[string]string{}}
			err := c.deliver(b, r)
			if err == nil || b.Made != "" || len(b.IDs) > 0 || c.branches() != "main" {
				t.Errorf("got %+v, %v; branches %s", b, err, c.branches())
			}
			if strings.HasPrefix(name, "text") && !errors.Is(err, fettle.ErrRefused) {
				t.Errorf("%v does not say that the fix is refused", err)
			}
			if diff := cmp.Diff(before, c.state()); diff != "" {
				t.Errorf("the delivery changed the checkout: %s", diff)
			}
		})
	}
}

func TestNothingShippedMakesNoBranch(t *testing.T) {
	c := newCheckout(t)
	scan, none := c.report(), c.report()
	scan.Trial, none.Trial.Shipped = nil, nil
	for _, r := range []fettle.Report{scan, none} {
		b := &Branch{Name: "fix"}
		if err := c.deliver(b, r); err != nil || b.Made != "" || c.branches() != "main" {
			t.Errorf("got %+v, %v; branches %s", b, err, c.branches())
		}
	}
}

func TestTheMessageIsKeptAsItIsWritten(t *testing.T) {
	c := newCheckout(t)
	r := c.report()
	if err := c.deliver(&Branch{Name: "fix"}, r); err != nil {
		t.Fatal(err)
	}
	golden(t, "commit.txt", []byte(c.git("log", "-1", "--format=%B", "fix~1")))
}

func TestHostileTextStaysTextInAMessage(t *testing.T) {
	for _, evil := range append(evils, "# a comment", "x\n\nSigned-off-by: Eve <eve@example.org>\nCo-authored-by: Eve <eve@example.org>",
		"fixes #12, closes octo/repo#3, resolves GH-7, fixes https://example.org/o/r/issues/1", strings.Repeat("漢字", 60), "@octocat @org/team") {
		c := newCheckout(t)
		r := c.report()
		fix := &r.Fixes[0]
		fix.Title, fix.Upgrades[0].Package.Name, fix.Upgrades[0].To = evil, evil, evil
		r.Trial.Shipped[0].Moves = []fettle.Move{{Name: evil, Key: evil, From: evil, To: evil}}
		r.Cases[0].Finding.Rule, r.Cases[0].Finding.Package = evil, npm(evil, evil)
		r.Cases[0].Decision.Rule = evil
		r.Cases[0].Attempts[0].Verdict.Checks = []fettle.Check{{Name: "test", Status: fettle.Passed, Detail: evil}}
		r.Cases[0].Attempts[0].Confidence.Basis = evil
		if err := c.deliver(&Branch{Name: "fix"}, r); err != nil {
			t.Fatalf("%q: %v", evil, err)
		}
		text := c.git("log", "-1", "--format=%B", "fix~1")
		first, body, _ := strings.Cut(text, "\n")
		if columns(first) > 72 || !strings.HasPrefix(first, "deps: ") {
			t.Errorf("%q: subject of %d columns: %s", evil, columns(first), first)
		}
		for _, line := range strings.Split(body, "\n") {
			checkPlain(t, evil, line)
			if line != "" && !regexp.MustCompile(`^(- |Resolves:$|Packages that move:$|Shown in a sandbox:$|Confidence |Applied by the rule )`).MatchString(line) {
				t.Errorf("%q: line of others: %q", evil, line)
			}
		}
		if trailers := c.git("log", "-1", "--format=%(trailers)", "fix~1"); strings.TrimSpace(trailers) != "" {
			t.Errorf("%q: trailers %q", evil, trailers)
		}
		if m := regexp.MustCompile(`(?i)#\d|\bgh-\d|://`).FindString(text); m != "" {
			t.Errorf("%q: reference %q in\n%s", evil, m, text)
		}
	}
}

func TestACommitResolvesWhatNoCommitBeforeItDoes(t *testing.T) {
	r := fettle.Report{
		Cases: []fettle.Case{{Finding: fettle.Finding{ID: "1", Rule: "CVE-2020-1"}}, {Finding: fettle.Finding{ID: "2", Rule: "CVE-2020-2"}}},
		Fixes: []fettle.Fix{{ID: "a", Title: "upgrade x", Resolves: []fettle.ID{"1"}}, {ID: "b", Title: "upgrade y", Resolves: []fettle.ID{"1", "2"}}},
		Trial: &fettle.Trial{Shipped: []fettle.Step{{Fix: "a"}, {Fix: "b"}}},
	}
	got := message(r, r.Trial.Shipped[1])
	if strings.Contains(got, "CVE-2020-1") || !strings.Contains(got, "CVE-2020-2") {
		t.Errorf("the second commit says\n%s", got)
	}
}

func TestALongSubjectNamesTheBoldestUpgrade(t *testing.T) {
	plainly := fettle.Upgrade{Package: fettle.Package{Name: "side"}, To: "1.0.0", Kind: fettle.LockOnly}
	direct := fettle.Upgrade{Package: fettle.Package{Name: "main"}, To: "2.0.0", Kind: fettle.Direct}
	pinned := fettle.Upgrade{Package: fettle.Package{Name: "deep"}, To: "3.0.0", Kind: fettle.Override, Holders: []string{"main"}}
	long := strings.Repeat("upgrade something ", 8)
	for want, upgrades := range map[string][]fettle.Upgrade{
		"deps: move side to 1.0.0":                  {plainly},
		"deps: move main to 2.0.0 and 1 more":       {plainly, direct},
		"deps: override deep below main and 2 more": {plainly, direct, pinned},
	} {
		if got := subject(fettle.Fix{Title: long, Upgrades: upgrades}); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
