package propose_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/propose/npmtest"
)

func TestComposeOnATreeWhereOtherFixesAreApplied(t *testing.T) {
	w := newWorld(t, "top 1.0.0 lib@1.0.0\ntop 1.1.0 lib@1.0.5\nlib 1.0.0\nlib 1.0.5\nlib 1.0.9\nzed 1.0.0\nzed 1.0.5", "A-1 lib 0 1.0.5\nA-2 zed 0 1.0.5",
		npmtest.Lock{Manifest: app("top@^1.0.0", "zed@1.0.0"), Entries: installed("top@1.0.0", "lib@1.0.0", "zed@1.0.0")})
	p := w.propose()
	if len(p.Fixes) != 2 {
		t.Fatalf("got %s", w.story(p))
	}
	for i, fix := range p.Fixes {
		original := w.dir
		copied := t.TempDir()
		if err := os.CopyFS(copied, os.DirFS(original)); err != nil {
			t.Fatal(err)
		}
		edits, moves, err := w.planner.Compose(t.Context(), w.dir, fix)
		if err != nil || len(edits) == 0 {
			t.Fatalf("fix %d: %v, %v", i, edits, err)
		}
		if d := cmp.Diff(fix.Moves, moves); d != "" {
			t.Errorf("fix %d moves otherwise (-proposed +composed):\n%s", i, d)
		}
		composed := w.dir
		w.dir = copied
		w.apply(fettle.Fix{Edits: edits})
		for _, name := range []string{"package.json", "package-lock.json"} {
			edited := w.read(name)
			w.dir = composed
			if d := cmp.Diff(w.read(name), edited); d != "" {
				t.Errorf("fix %d: the edits of %s are not what was composed:\n%s", i, name, d)
			}
			w.dir = copied
		}
		w.dir = composed
	}
	if cases, _ := w.scan(); len(cases) > 0 {
		t.Errorf("after both fixes there is %s", cases[0].Finding.Rule)
	}
	for i, fix := range p.Fixes { // once more: nothing is left to do
		if edits, moves, err := w.planner.Compose(t.Context(), w.dir, fix); err != nil || len(edits) > 0 || len(moves) > 0 {
			t.Errorf("fix %d again: %v, %v, %v", i, edits, moves, err)
		}
	}
}

func TestComposeRefusesWhatTheTreeHasOvertaken(t *testing.T) {
	w := newWorld(t, "lib 1.0.0\nlib 1.0.5", "A-1 lib 0 1.0.5", npmtest.Lock{Manifest: app("lib@1.0.0"), Entries: installed("lib@1.0.0")})
	fix := only(t, w.propose())
	w.write("package.json", `{"name":"app","version":"1.0.0"}`)
	if _, _, err := w.planner.Compose(t.Context(), w.dir, fix); err == nil || !strings.Contains(err.Error(), "fix refused") {
		t.Errorf("the dependency is gone from package.json: %v", err)
	}
	if err := os.Remove(filepath.Join(w.dir, "package-lock.json")); err != nil {
		t.Fatal(err)
	}
	if _, _, err := w.planner.Compose(t.Context(), w.dir, fix); err == nil || !strings.Contains(err.Error(), "fix refused") {
		t.Errorf("the lockfile is gone: %v", err)
	}
	w.write("package-lock.json", w.Lock(t, npmtest.Lock{Manifest: app("lib@1.0.0"), Entries: installed("lib@1.0.0")}))
	w.write("package.json", app("lib@1.0.0"))
	w.Play(npmtest.Down)
	if _, _, err := w.planner.Compose(t.Context(), w.dir, fix); err != nil && !strings.Contains(err.Error(), "fix refused") {
		t.Errorf("the registry is down: %v", err)
	}
}
