package validate

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/sandbox"
)

// The fake world: a fix is a line of deps.txt, and tests read that file to know which fixes are in the tree.

const fixesFile = "deps.txt"

type fakeComposer struct {
	refuse func(have []string, id string) error
	calls  int
}

func (c *fakeComposer) Compose(_ context.Context, dir string, fix fettle.Fix) ([]fettle.Edit, []fettle.Move, error) {
	c.calls++
	have := inTree(dir)
	if c.refuse != nil {
		if err := c.refuse(have, fix.ID); err != nil {
			return nil, nil, err
		}
	}
	if slices.Contains(have, fix.ID) {
		return nil, nil, nil
	}
	name := filepath.Join(dir, fixesFile)
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, nil, err
	}
	if err := os.WriteFile(name, []byte(string(text)+fix.ID+"\n"), 0o644); err != nil {
		return nil, nil, err
	}
	return []fettle.Edit{{Path: fixesFile, Line: len(have) + 1, New: fix.ID + "\n"}}, fix.Moves, nil
}

func inTree(dir string) []string {
	text, err := os.ReadFile(filepath.Join(dir, fixesFile))
	if err != nil {
		return nil
	}
	return strings.Fields(string(text))
}

// fakeScan finds V-id until the fix id is in the tree.
type fakeScan struct {
	ids   []string
	extra func(have []string) []fettle.Finding
}

func (s fakeScan) Discover(_ context.Context, repo fettle.Repo) (fettle.Discovery, error) {
	have := inTree(repo.Dir)
	var d fettle.Discovery
	for _, id := range s.ids {
		if !slices.Contains(have, id) {
			d.Findings = append(d.Findings, fettle.Finding{ID: fettle.ID("V-" + id), Rule: "CVE-" + id})
		}
	}
	if s.extra != nil {
		d.Findings = append(d.Findings, s.extra(have)...)
	}
	return d, nil
}

// fakeRunner answers npm by what is in the tree.
type fakeRunner struct {
	level    int
	test     func(have []string, n int) sandbox.Result // n counts the test runs
	other    func(have []string, c sandbox.Command, root string) (sandbox.Result, error)
	installs int
	tests    int
	trees    []string // what was installed, in order
}

func (r *fakeRunner) Strengths() []string { return []string{"a fake"} }
func (r *fakeRunner) Level() int          { return max(r.level, sandbox.Namespaces) }

func (r *fakeRunner) Run(_ context.Context, root string, c sandbox.Command) (sandbox.Result, error) {
	have := inTree(root)
	line := strings.Join(c.Args, " ")
	if strings.HasPrefix(line, "npm ci ") {
		r.installs++
		r.trees = append(r.trees, strings.Join(have, " "))
	}
	if strings.HasPrefix(line, "npm test") {
		r.tests++
		return r.test(have, r.tests), nil
	}
	if r.other != nil {
		return r.other(have, c, root)
	}
	return sandbox.Result{}, nil
}

// tap prints results of tests as TAP, and the exit status that goes with it.
func tap(failing ...string) sandbox.Result {
	out, code := "TAP version 13\nok 1 - steady\n", 0
	for _, name := range []string{"one", "two", "three"} {
		if slices.Contains(failing, name) {
			out, code = out+"not ok 2 - "+name+"\n", 1
		} else {
			out += "ok 2 - " + name + "\n"
		}
	}
	return sandbox.Result{Code: code, Output: out + "1..4\n"}
}

func files(t testing.TB, texts map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range texts {
		name = filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func project() map[string]string {
	return map[string]string{
		fixesFile:           "",
		"package.json":      `{"name":"app","scripts":{"test":"node --test"}}`,
		"package-lock.json": `{"lockfileVersion":3,"packages":{"":{"name":"app"}}}`,
		"test/a.test.js":    "",
	}
}

// world is a Set over fakes and a repository.
type world struct {
	*Set
	repo     fettle.Repo
	runner   *fakeRunner
	composer *fakeComposer
	now      time.Time
}

func newWorld(t testing.TB, texts map[string]string, fixes []fettle.Fix, test func(have []string, n int) sandbox.Result) *world {
	t.Helper()
	w := &world{runner: &fakeRunner{test: test}, composer: &fakeComposer{}, now: time.Unix(0, 0)}
	w.repo = fettle.Repo{Dir: files(t, texts)}
	var ids []string
	for _, f := range fixes {
		ids = append(ids, f.ID)
	}
	off := false
	w.Set = &Set{
		Runner: w.runner, Compose: w.composer, Rescan: fakeScan{ids: ids}, Temp: t.TempDir(),
		Config: Config{EachCommit: &off, Budget: Budget{Runs: 10_000}},
		Clock:  func() time.Time { return w.now },
	}
	return w
}

func (w *world) validate(t testing.TB, fixes []fettle.Fix) fettle.Trial {
	t.Helper()
	trial, err := w.Validate(t.Context(), w.repo, fixes)
	if err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(w.Temp); err != nil || len(left) > 0 {
		t.Errorf("work copies stay behind: %v, %v", left, err)
	}
	return trial
}

// someFixes returns n fixes called f00, f01, ...
func someFixes(n int) []fettle.Fix {
	var fixes []fettle.Fix
	for i := range n {
		id := fmt.Sprintf("f%02d", i)
		fixes = append(fixes, fettle.Fix{ID: id, Resolves: []fettle.ID{fettle.ID("V-" + id)}})
	}
	return fixes
}

func shippedIDs(trial fettle.Trial) []string {
	ids := []string{}
	for _, s := range trial.Shipped {
		ids = append(ids, s.Fix)
	}
	return ids
}

// failWith fails test "two" where one of bad is in the tree.
func failWith(bad ...string) func([]string, int) sandbox.Result {
	return func(have []string, _ int) sandbox.Result {
		for _, id := range bad {
			if slices.Contains(have, id) {
				return tap("two")
			}
		}
		return tap()
	}
}

func check(t testing.TB, v fettle.Verdict, name string) fettle.Check {
	t.Helper()
	for _, c := range v.Checks {
		if c.Name == name {
			return c
		}
	}
	t.Fatalf("no check %s in %+v", name, v)
	return fettle.Check{}
}
