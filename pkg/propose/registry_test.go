package propose_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/fettle-dev/fettle/pkg/propose/npmtest"
	"github.com/fettle-dev/fettle/pkg/sandbox"
)

func TestAPersonsOverrideIsNotOverruled(t *testing.T) {
	for _, c := range []struct{ name, overrides, want string }{
		{"that forbids the fix", `{"lib":"1.0.0"}`, `package.json overrides "lib: 1.0.0", which keeps lib from 1.0.5; change that pin by hand`},
		{"below the holder", `{"top":{"lib":"1.0.0"}}`, `package.json overrides "lib: 1.0.0", which keeps lib from 1.0.5; change that pin by hand`},
		{"of something else", `{"top":{"zed":"1.0.0"},"x":"1"}`, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			manifest := `{"name":"app","version":"1.0.0","dependencies":{"top":"1.0.0"},"overrides":` + c.overrides + `}`
			w := newWorld(t, "top 1.0.0 lib@^1.0.0\nlib 1.0.0\nlib 1.0.5", "A-1 lib 0 1.0.5", npmtest.Lock{Manifest: manifest, Entries: installed("top@1.0.0", "lib@1.0.0")})
			story := w.story(w.propose())
			if c.want == "" && !strings.Contains(story, "clears A-1") || !strings.Contains(story, c.want) {
				t.Errorf("got %s", story)
			}
			if got := w.read("package.json"); got != manifest {
				t.Errorf("package.json is %s", got)
			}
		})
	}
}

func TestARegistryThatFailsIsAReason(t *testing.T) {
	for _, c := range []struct {
		name string
		mood npmtest.Mood
		want string
	}{
		{"down", npmtest.Down, "503"},
		{"unauthorized", npmtest.Unauthorized, "401"},
		{"cut", npmtest.Cut, "npm view"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, "lib 1.0.0\nlib 1.0.5", "A-1 lib 0 1.0.5", npmtest.Lock{Manifest: app("lib@^1.0.0"), Entries: installed("lib@1.0.0")})
			w.Play(c.mood)
			if story := w.story(w.propose()); !strings.HasPrefix(story, "no fix for A-1: ") || !strings.Contains(story, c.want) {
				t.Errorf("got %s", story)
			}
		})
	}
	t.Run("knows no such package", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, "lib 1.0.0", "A-1 lib 0 1.0.5\nA-2 gone 0 1.0.5", npmtest.Lock{Manifest: app("lib@^1.0.0"), Entries: installed("lib@1.0.0")})
		w.write("package-lock.json", strings.ReplaceAll(w.read("package-lock.json"), "lib", "gone"))
		w.write("package.json", app("gone@^1.0.0"))
		if story := w.story(w.propose()); !strings.Contains(story, "no fix for A-2: versions of gone: npm view: code E404") {
			t.Errorf("got %s", story)
		}
	})
	t.Run("fails between two questions", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, "lib 1.0.0\nlib 1.0.5", "A-1 lib 0 1.0.5", npmtest.Lock{Manifest: app("lib@^1.0.0"), Entries: installed("lib@1.0.0")})
		w.npm.Run = turning{w, func(args []string) {
			if args[1] == "install" {
				w.Play(npmtest.Down)
			}
		}}
		if story := w.story(w.propose()); !strings.HasPrefix(story, "no fix for A-1: npm install: code E503") {
			t.Errorf("got %s", story)
		}
	})
	t.Run("is silent", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, "lib 1.0.0\nlib 1.0.5", "A-1 lib 0 1.0.5", npmtest.Lock{Manifest: app("lib@^1.0.0"), Entries: installed("lib@1.0.0")})
		w.Play(npmtest.Silent)
		w.npm.Run = hurried{w}
		if story := w.story(w.propose()); !strings.HasPrefix(story, "no fix for A-1: versions of lib: npm view was ended: time limit") {
			t.Errorf("got %s", story)
		}
	})
}

// turning does something before each command.
type turning struct {
	*world
	before func(args []string)
}

func (r turning) Run(ctx context.Context, root string, c sandbox.Command) (sandbox.Result, error) {
	r.before(c.Args)
	return r.world.Run(ctx, root, c)
}

// hurried gives each command three seconds.
type hurried struct{ *world }

func (r hurried) Run(ctx context.Context, root string, c sandbox.Command) (sandbox.Result, error) {
	c.Timeout = 3 * time.Second
	return r.world.Run(ctx, root, c)
}
