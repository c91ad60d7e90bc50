package validate

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

func TestLockfileHoldsNothingThatTheFixDoesNotExplain(t *testing.T) {
	const before = `{"lockfileVersion":3,"packages":{"":{"name":"app"},
		"node_modules/a":{"version":"1.0.0","resolved":"https://packages.example/a/-/a-1.0.0.tgz","integrity":"sha512-a1"},
		"node_modules/b":{"version":"1.0.0","resolved":"https://packages.example/b/-/b-1.0.0.tgz","integrity":"sha512-b1"}}}`
	tests := []struct {
		name, old, new, want string
		sources              []string
	}{
		{name: "the move alone", old: `"version":"1.0.0","resolved":"https://packages.example/a/-/a-1.0.0.tgz","integrity":"sha512-a1"`,
			new: `"version":"1.0.1","resolved":"https://packages.example/a/-/a-1.0.1.tgz","integrity":"sha512-a2"`},
		{name: "another package appears", old: `"node_modules/a"`,
			new:  `"node_modules/evil":{"version":"6.6.6"},"node_modules/a"`,
			want: "package evil appears, which the fix does not name"},
		{name: "an alias hides another package", old: `"node_modules/a":{`, new: `"node_modules/a":{"name":"evil",`,
			want: "package evil appears"},
		{name: "another package moves", old: `"node_modules/b":{"version":"1.0.0"`, new: `"node_modules/b":{"version":"1.0.9"`,
			want: "node_modules/b becomes 1.0.9, which the fix does not name"},
		{name: "another source", old: `https://packages.example/a/`, new: `https://evil.example/a/`,
			want: "node_modules/a comes from https://evil.example, from where nothing came before"},
		{name: "another source that is allowed", old: `https://packages.example/a/`, new: `https://mirror.example/a/`,
			sources: []string{"mirror.example"}},
		{name: "a source in clear text", old: `https://packages.example/a/`, new: `http://packages.example/a/`,
			want: "comes from http://packages.example"},
		{name: "a repository", old: `https://packages.example/a/-/a-1.0.0.tgz`, new: `git+ssh://git@host.example/a.git#1`,
			want: "comes from git+ssh://"},
		{name: "other content of the same version", old: `sha512-b1`, new: `sha512-b2`,
			want: "node_modules/b keeps version 1.0.0 but gets other content"},
		{name: "not JSON", old: `{"lockfileVersion"`, new: `{lockfileVersion`, want: "read package-lock.json"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s, err := readSnapshot(t.Context(), files(t, map[string]string{"package-lock.json": before}))
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(before, test.old) {
				t.Fatalf("no %q", test.old)
			}
			after := tree{base: s, files: map[string]string{"package-lock.json": strings.Replace(before, test.old, test.new, 1)}}
			moves := []fettle.Move{{Name: "a", Key: "node_modules/a", From: "1.0.0", To: "1.0.1"}}
			made := []applied{{fix: fettle.Fix{Moves: moves}, moves: moves, after: after}}
			got := unexplained(s.tree(), after, made, test.sources)
			if (test.want == "") != (got == "") || !strings.Contains(got, test.want) {
				t.Errorf("unexplained: %q; want %q", got, test.want)
			}
		})
	}
}

func TestVersionOneLockfilesAreGuardedToo(t *testing.T) {
	const before = `{"lockfileVersion":1,"dependencies":{"a":{"version":"1.0.0","requires":{"b":"1"},"dependencies":{"b":{"version":"1.0.0"}}}}}`
	s, err := readSnapshot(t.Context(), files(t, map[string]string{"package-lock.json": before}))
	if err != nil {
		t.Fatal(err)
	}
	after := tree{base: s, files: map[string]string{"package-lock.json": strings.Replace(before, `"b":{"v`, `"evil":{"v`, 1)}}
	if got := unexplained(s.tree(), after, nil, nil); !strings.Contains(got, "package evil appears") {
		t.Errorf("unexplained: %q", got)
	}
}

type editComposer []fettle.Edit

func (c editComposer) Compose(_ context.Context, dir string, _ fettle.Fix) ([]fettle.Edit, []fettle.Move, error) {
	for _, e := range c {
		if !fs.ValidPath(e.Path) {
			continue
		}
		name := filepath.Join(dir, filepath.FromSlash(e.Path))
		text, _ := os.ReadFile(name)
		after, err := fettle.ApplyEdits(string(text), []fettle.Edit{e})
		if err == nil {
			err = os.WriteFile(name, []byte(after), 0o644)
		}
		if err != nil {
			return nil, nil, err
		}
	}
	return c, nil, nil
}

func TestUpgradeTouchesDependenciesOnly(t *testing.T) {
	tests := []struct {
		name string
		edit fettle.Edit
		want string
	}{
		{"a range", fettle.Edit{Path: "package.json", Line: 3, Old: ` "dependencies":{"a":"1"}}` + "\n", New: ` "dependencies":{"a":"2"}}` + "\n"}, ""},
		{"a script", fettle.Edit{Path: "package.json", Line: 2, Old: ` "scripts":{"test":"t"},` + "\n", New: ` "scripts":{"test":"true"},` + "\n"},
			"it changes more of package.json than dependencies"},
		{"a source file", fettle.Edit{Path: "index.js", Line: 1, Old: "x\n", New: "y\n"}, "neither a manifest nor a lockfile"},
		{"through a link", fettle.Edit{Path: "link.json", Line: 1, Old: "", New: "y\n"}, "link.json is a symbolic link"},
		{"outside", fettle.Edit{Path: "../x", Line: 0, Old: "", New: ""}, "not a path inside the repository"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			texts := project()
			texts["package.json"] = "{\n \"scripts\":{\"test\":\"t\"},\n \"dependencies\":{\"a\":\"1\"}}\n"
			texts["index.js"] = "x\n"
			fixes := []fettle.Fix{{ID: "f", Upgrades: []fettle.Upgrade{{}}}}
			w := newWorld(t, texts, nil, failWith())
			if err := os.Symlink("package.json", filepath.Join(w.repo.Dir, "link.json")); err != nil {
				t.Fatal(err)
			}
			w.Set.Compose = editComposer{test.edit}
			v := w.validate(t, fixes).Verdicts["f"]
			c := check(t, v, "applies")
			if (test.want == "") != (c.Status == fettle.Passed) || !strings.Contains(c.Detail, test.want) {
				t.Errorf("%+v", c)
			}
		})
	}
}

func TestComposerThatMisreportsItsEditsIsRefused(t *testing.T) {
	fixes := someFixes(1)
	w := newWorld(t, project(), fixes, failWith())
	w.Set.Compose = lyingComposer{}
	v := w.validate(t, fixes).Verdicts["f00"]
	if c := check(t, v, "applies"); c.Status != fettle.Failed || !strings.Contains(c.Detail, "not what the package manager wrote") {
		t.Errorf("%+v", c)
	}
}

type lyingComposer struct{}

func (lyingComposer) Compose(_ context.Context, dir string, _ fettle.Fix) ([]fettle.Edit, []fettle.Move, error) {
	err := os.WriteFile(filepath.Join(dir, fixesFile), []byte("f00\nmore\n"), 0o644)
	return []fettle.Edit{{Path: fixesFile, Line: 1, New: "f00\n"}}, nil, err
}

func TestCopyKeepsModesAndNeverFollowsLinksOut(t *testing.T) {
	outside := files(t, map[string]string{"secret": "s"})
	dir := files(t, map[string]string{"a/run.sh": "#!/bin/sh\n", "a/b/c.txt": "c", ".git/config": "x"})
	if err := os.Chmod(filepath.Join(dir, "a/run.sh"), 0o755); err != nil {
		t.Fatal(err)
	}
	links := map[string]string{
		"good": "a/run.sh", "a/up": "../a/b", "abs": filepath.Join(outside, "secret"), "a/out": "../../secret",
		"a/b/root": "../..", "trick": "a/b/root/../secret", "self": "self",
	}
	for name, target := range links {
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	s, err := readSnapshot(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	dst := t.TempDir()
	if err := s.tree().copyTo(t.Context(), dst); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{
		"good": true, "a/up": true, "a/b/root": true, "self": true, "abs": false, "a/out": false, "trick": false, ".git": false,
	} {
		if _, err := os.Lstat(filepath.Join(dst, name)); (err == nil) != want {
			t.Errorf("%s is copied: %v; want %v", name, err == nil, want)
		}
	}
	if info, err := os.Stat(filepath.Join(dst, "a/run.sh")); err != nil || info.Mode().Perm()&0o100 == 0 {
		t.Errorf("a/run.sh: %v, %v", info, err)
	}
}

func TestTreeIsKnownByItsContent(t *testing.T) {
	s, err := readSnapshot(t.Context(), files(t, map[string]string{"x": "1\n", "y": "1\n"}))
	if err != nil {
		t.Fatal(err)
	}
	edit := func(t0 tree, path, old, new string) tree {
		t1, err := t0.edit([]fettle.Edit{{Path: path, Line: 1, Old: old, New: new}})
		if err != nil {
			t.Fatal(err)
		}
		return t1
	}
	xy := edit(edit(s.tree(), "x", "1\n", "2\n"), "y", "1\n", "2\n")
	yx := edit(edit(s.tree(), "y", "1\n", "2\n"), "x", "1\n", "2\n")
	if xy.key != yx.key || xy.key == s.key {
		t.Error("the order of edits changes the key, or edits do not")
	}
	if back := edit(edit(xy, "x", "2\n", "1\n"), "y", "2\n", "1\n"); back.key != s.key {
		t.Error("edits taken back do not give the first key")
	}
	if _, err := s.tree().edit([]fettle.Edit{{Path: "x", Line: 1, Old: "9\n", New: "2\n"}}); !errors.Is(err, fettle.ErrRefused) {
		t.Errorf("an edit whose text is not there: %v", err)
	}
}
