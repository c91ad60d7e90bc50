package python

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// locked runs a tool in the tree as its user does, and returns the lockfile. The test is skipped where the tool is not there.
func (w *world) locked(t *testing.T, lockfile string, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath(args[0]); err != nil {
		t.Skipf("%s is not installed", args[0])
	}
	out, err := w.tool(t.Context(), w.root, filepath.ToSlash(filepath.Dir(lockfile)), nil, args...)
	if err != nil {
		t.Fatalf("%v: %v\n%s", args, err, out)
	}
	data, err := os.ReadFile(filepath.Join(w.root, filepath.FromSlash(lockfile)))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// rewrite replaces a file of the tree.
func (w *world) rewrite(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(w.root, filepath.FromSlash(file)), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// changes are the lines that differ, as diff -U0 has them without its heads.
func changes(before, after string) []string {
	have := map[string]int{}
	for line := range strings.Lines(before) {
		have[line]++
	}
	var list []string
	for line := range strings.Lines(after) {
		if have[line]--; have[line] < 0 {
			list = append(list, "+"+strings.TrimRight(line, "\n"))
		}
	}
	left := map[string]int{}
	for line := range strings.Lines(after) {
		left[line]++
	}
	for line := range strings.Lines(before) {
		if left[line]--; left[line] < 0 {
			list = append(list, "-"+strings.TrimRight(line, "\n"))
		}
	}
	return list
}

// outline is list without what depends on the port of the index.
func outline(list []string) []string {
	var kept []string
	for _, line := range list {
		if !strings.Contains(line, "127.0.0.1") {
			kept = append(kept, line)
		}
	}
	return kept
}

const uvProject = `[project]
name = "app"
version = "0.1.0"
requires-python = ">=3.9"
dependencies = [
    "kit",  # holds lib
    "lib<2",
]

[dependency-groups]
dev = ["base"]
`

func uvWorld(t *testing.T, manifest string) (*world, string) {
	w := shop(t).world(t, map[string]string{"pyproject.toml": manifest})
	lock := w.locked(t, "uv.lock", "uv", "lock", "--upgrade-package", "lib==1.0", "--upgrade-package", "kit==1.0", "--upgrade-package", "base==1.0")
	return w, lock
}

func TestUVMovesOnlyWhatWasAsked(t *testing.T) {
	w, lock := uvWorld(t, uvProject)
	p := w.project(t, "uv.lock")
	m := &UV{w.Tools}
	got, err := m.Derive(t.Context(), w.root, p, []fettle.Upgrade{upgrade(t, p, "lib", "1.0.1", fettle.LockOnly)})
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Texts) != 1 {
		t.Errorf("changes %d files", len(got.Texts))
	}
	want := []string{`+version = "1.0.1"`, `-version = "1.0"`}
	if diff := cmp.Diff(want, outline(changes(lock, got.Texts["uv.lock"]))); diff != "" {
		t.Error(diff)
	}
	again, err := m.Derive(t.Context(), w.root, p, []fettle.Upgrade{upgrade(t, p, "lib", "1.0.1", fettle.LockOnly)})
	if err != nil || cmp.Diff(got.Texts, again.Texts) != "" {
		t.Errorf("a second run differs: %v", err)
	}
}

func TestUVMovesADeclarationAndWhatMustGoAlong(t *testing.T) {
	w, lock := uvWorld(t, uvProject)
	p := w.project(t, "uv.lock")
	u := upgrade(t, p, "lib", "2.0", fettle.Direct)
	_, err := (&UV{w.Tools}).Derive(t.Context(), w.root, p, []fettle.Upgrade{u})
	if err != nil {
		t.Fatal(err) // kit is free to move, and uv moves it
	}
	got, err := (&UV{w.Tools}).Derive(t.Context(), w.root, p, []fettle.Upgrade{upgrade(t, p, "kit", "1.1", fettle.LockOnly), u})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Replace(uvProject, "lib<2", "lib<3", 1), got.Texts["pyproject.toml"]); diff != "" {
		t.Error(diff)
	}
	text := strings.Join(changes(lock, got.Texts["uv.lock"]), "\n")
	for _, line := range []string{`+version = "2.0"`, `+name = "fresh"`, `+    { name = "lib", specifier = "<3" },`} {
		if !strings.Contains(text, line) {
			t.Errorf("%s is missing in\n%s", line, text)
		}
	}
	if strings.Contains(text, `version = "2.1"`) {
		t.Errorf("base went further than it must:\n%s", text)
	}
}

func TestUVOverridesWhatAHolderAsksFor(t *testing.T) {
	w, lock := uvWorld(t, strings.Replace(uvProject, "    \"lib<2\",\n", "", 1)+"\n[tool.uv]\npackage = false\n")
	p := w.project(t, "uv.lock")
	u := upgrade(t, p, "lib", "2.0", fettle.Override)
	got, err := (&UV{w.Tools}).Derive(t.Context(), w.root, p, []fettle.Upgrade{u})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(got.Texts["pyproject.toml"], "\n[tool.uv]\noverride-dependencies = [\"lib>=2.0,<3\"]\npackage = false\n") {
		t.Errorf("got %s", got.Texts["pyproject.toml"])
	}
	text := strings.Join(changes(lock, got.Texts["uv.lock"]), "\n")
	if !strings.Contains(text, `+overrides = [{ name = "lib", specifier = ">=2.0,<3" }]`) || strings.Contains(text, `"1.1"`) {
		t.Errorf("got %s", text)
	}
}

func TestUVKeepsTheRevisionThatTheLockfileHas(t *testing.T) {
	w, lock := uvWorld(t, uvProject)
	old := strings.Replace(lock, lock[strings.Index(lock, "revision"):strings.Index(lock, "requires-python")], "", 1)
	old = strings.ReplaceAll(old, "\n", "\r\n")
	w.rewrite(t, "uv.lock", old)
	p := w.project(t, "uv.lock")
	got, err := (&UV{w.Tools}).Derive(t.Context(), w.root, p, []fettle.Upgrade{upgrade(t, p, "lib", "1.0.1", fettle.LockOnly)})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"+version = \"1.0.1\"\r", "-version = \"1.0\"\r"}, outline(changes(old, got.Texts["uv.lock"]))); diff != "" {
		t.Error(diff)
	}
}

func TestAMirrorDoesNotGetIntoTheLockfile(t *testing.T) {
	w, lock := uvWorld(t, uvProject)
	public := strings.NewReplacer(w.URL+"/simple", "https://registry.example/simple", w.URL+"/files", "https://files.registry.example/files").Replace(lock)
	w.rewrite(t, "uv.lock", public)
	p := w.project(t, "uv.lock")
	got, err := (&UV{w.Tools}).Derive(t.Context(), w.root, p, []fettle.Upgrade{upgrade(t, p, "lib", "1.0.1", fettle.LockOnly)})
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(got.Texts["uv.lock"], "127.0.0.1") || len(changes(public, got.Texts["uv.lock"])) != 4 {
		t.Errorf("got %s", strings.Join(changes(public, got.Texts["uv.lock"]), "\n"))
	}
}

func TestWithoutUVTheManifestAloneIsEdited(t *testing.T) {
	w, _ := uvWorld(t, uvProject)
	p := w.project(t, "uv.lock")
	w.Tools.Env = append(w.Tools.Env, "PATH=/usr/bin/nowhere")
	m := &UV{&Tools{Run: missing{}, Temp: t.TempDir()}}
	got, err := m.Derive(t.Context(), w.root, p, []fettle.Upgrade{upgrade(t, p, "lib", "2.0", fettle.Direct)})
	if err != nil || len(got.Texts) != 1 || len(got.Stale) != 1 || !strings.Contains(got.Why, "run uv lock") {
		t.Errorf("got %+v, %v", got, err)
	}
	if _, err := m.Derive(t.Context(), w.root, p, []fettle.Upgrade{upgrade(t, p, "lib", "1.0.1", fettle.LockOnly)}); !errors.Is(err, fettle.ErrRefused) && err == nil {
		t.Error("a lockfile was guessed")
	}
}

func TestUVMovesTheDeclarationOfAMember(t *testing.T) {
	member := "[project]\nname = \"member\"\nversion = \"0\"\nrequires-python = \">=3.9\"\ndependencies = ['lib == 1.0 ; python_version > \"3\"']\n"
	w := shop(t).world(t, map[string]string{
		"app/pyproject.toml":        "[tool.uv.workspace]\nmembers = [\"libs/*\"]\n",
		"app/libs/m/pyproject.toml": member,
	})
	w.locked(t, "app/uv.lock", "uv", "lock", "--upgrade-package", "base==1.0")
	p := w.project(t, "app/uv.lock")
	got, err := (&UV{w.Tools}).Derive(t.Context(), w.root, p, []fettle.Upgrade{upgrade(t, p, "lib", "1.0.1", fettle.Direct)})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Replace(member, "== 1.0", "== 1.0.1", 1), got.Texts["app/libs/m/pyproject.toml"]); diff != "" || len(got.Texts) != 2 || strings.Contains(got.Texts["app/uv.lock"], `version = "1.0"`+"\nsource = { registry = \""+w.URL+"/simple\" }\nsdist") {
		t.Errorf("%d files\n%s", len(got.Texts), diff)
	}
}
