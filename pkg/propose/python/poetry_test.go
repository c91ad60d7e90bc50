package python

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

const poetryProject = `[tool.poetry]
name = "app"
version = "0.1.0"
description = "Ünïcode \"quoted\""
authors = []

[tool.poetry.dependencies]
python = "^3.9"
kit = {version = "^1.0", extras = ["more"]}
lib = "~1.0"  # keep

[tool.poetry.group.dev.dependencies]
base = "^1.0"
`

const poetryPins = `
[tool.poetry.group.then.dependencies]
lib = "1.0"
kit = "1.0"
base = "1.0"
`

// poetryWorld is a project that Poetry locked when only the first versions were there. With public, neither manifest nor
// lockfile names the index, as it is for most.
func poetryWorld(t *testing.T, manifest string, public bool) (*world, string) {
	t.Helper()
	if testing.Short() {
		t.Skip("Poetry takes seconds for each lockfile")
	}
	x := shop(t)
	x.packs = append(x.packs, pack{name: "extra-one", version: "1.0"})
	w := x.world(t, map[string]string{})
	source := sourceOf(x.URL + "/simple")
	source = strings.Replace(source, pinSource, "own", 1)
	w.rewrite(t, "pyproject.toml", manifest+poetryPins+source)
	poetry := []string{"poetry", "--no-plugins", "lock"}
	w.locked(t, "poetry.lock", poetry...)
	w.rewrite(t, "pyproject.toml", manifest+source)
	lock := w.locked(t, "poetry.lock", poetry...)
	hash, err := contentHash(manifest + source)
	if err != nil || !strings.Contains(lock, `content-hash = "`+hash+`"`) {
		t.Fatalf("the content hash is %s (%v), and not that of\n%s", hash, err, lock)
	}
	if public {
		lock = w.public(t, manifest, lock)
	}
	return w, lock
}

// public leaves the index out of manifest and lockfile.
func (w *world) public(t *testing.T, manifest, lock string) string {
	t.Helper()
	w.rewrite(t, "pyproject.toml", manifest)
	lock = regexp.MustCompile(`(?m)\n\[package.source\]\n(.+\n)+`).ReplaceAllString(lock, "")
	hash, err := contentHash(manifest)
	if err != nil {
		t.Fatal(err)
	}
	lock = hashLine.ReplaceAllString(lock, `content-hash = "`+hash+`"`)
	w.rewrite(t, "poetry.lock", lock)
	return lock
}

var digests = regexp.MustCompile(`sha256:[0-9a-f]{64}`)

func TestPoetryMovesOnlyWhatWasAsked(t *testing.T) {
	w, lock := poetryWorld(t, poetryProject, false)
	for _, public := range []bool{false, true} {
		if public {
			lock = w.public(t, poetryProject, lock)
		}
		p := w.project(t, "poetry.lock")
		got, err := (&Poetry{w.Tools}).Derive(t.Context(), w.root, p, []fettle.Upgrade{upgrade(t, p, "lib", "1.0.1", fettle.LockOnly)})
		if err != nil {
			t.Fatal(err)
		}
		want := []string{
			`+version = "1.0.1"`, `+    {file = "lib-1.0.1-py3-none-any.whl", hash = "sha256:"},`,
			`-version = "1.0"`, `-    {file = "lib-1.0-py3-none-any.whl", hash = "sha256:"},`,
		}
		var found []string
		for _, line := range changes(lock, got.Texts["poetry.lock"]) {
			found = append(found, digests.ReplaceAllString(line, "sha256:"))
		}
		if diff := cmp.Diff(want, found); diff != "" || len(got.Texts) != 1 {
			t.Errorf("public %v: %d files\n%s", public, len(got.Texts), diff)
		}
	}
}

func TestPoetryMovesADeclarationAndWhatMustGoAlong(t *testing.T) {
	w, lock := poetryWorld(t, poetryProject, true)
	p := w.project(t, "poetry.lock")
	ups := []fettle.Upgrade{upgrade(t, p, "kit", "1.1", fettle.LockOnly), upgrade(t, p, "lib", "2.0", fettle.Direct), upgrade(t, p, "base", "2.0", fettle.Direct)}
	got, err := (&Poetry{w.Tools}).Derive(t.Context(), w.root, p, ups)
	if err != nil {
		t.Fatal(err)
	}
	manifest := strings.NewReplacer(`lib = "~1.0"`, `lib = "~2.0"`, `base = "^1.0"`, `base = "^2.0"`).Replace(poetryProject)
	if diff := cmp.Diff(manifest, got.Texts["pyproject.toml"]); diff != "" {
		t.Error(diff)
	}
	hash, _ := contentHash(manifest)
	text := strings.Join(changes(lock, got.Texts["poetry.lock"]), "\n")
	for _, line := range []string{`+version = "2.0"`, `+name = "fresh"`, `+content-hash = "` + hash + `"`} {
		if !strings.Contains(text, line) {
			t.Errorf("%s is missing in\n%s", line, text)
		}
	}
	if strings.Contains(text, `"2.1"`) || strings.Contains(got.Texts["poetry.lock"], pinSource) {
		t.Errorf("too much moves:\n%s", text)
	}
}

func TestPoetryRefusesWhatAHolderForbids(t *testing.T) {
	w, _ := poetryWorld(t, strings.Replace(strings.Replace(poetryProject, "\"^1.0\", extras", "\"1.0\", extras", 1), "lib = \"~1.0\"  # keep\n", "", 1), true)
	p := w.project(t, "poetry.lock")
	if _, err := (&Poetry{w.Tools}).Derive(t.Context(), w.root, p, []fettle.Upgrade{upgrade(t, p, "lib", "2.0", fettle.LockOnly)}); !refused(err) || !strings.Contains(err.Error(), "lib (2.0)") {
		t.Errorf("got %v", err)
	}
}

// older writes a lockfile of Poetry 2 as an earlier format has it.
func older(lock, format string) string {
	lock = regexp.MustCompile(`(?m)^(groups|markers) = .*\n`).ReplaceAllString(lock, "")
	lock = strings.Replace(lock, `lock-version = "2.1"`, `lock-version = "`+format+`"`, 1)
	lock = regexp.MustCompile(`by Poetry [^ ]+ `).ReplaceAllString(lock, "by Poetry 1.4.0 ")
	if format != "1.1" {
		return lock
	}
	_, lock, _ = strings.Cut(lock, "\n\n")
	files := "\n[metadata.files]\n"
	for _, m := range regexp.MustCompile(`(?m)^name = "(.*)"\n(?:.*\n)*?files = (\[(?:.*\n)*?\])\n`).FindAllStringSubmatch(lock, -1) {
		files += m[1] + " = " + m[2] + "\n"
	}
	lock = regexp.MustCompile(`(?m)^files = \[\n(?:    .*\n)*\]\n`).ReplaceAllString(lock, "")
	lock = regexp.MustCompile(`(?m)^optional = `).ReplaceAllString(lock, "category = \"main\"\noptional = ")
	return lock + files
}

func TestPoetryKeepsTheFormatThatTheLockfileHas(t *testing.T) {
	w, now := poetryWorld(t, poetryProject, true)
	for _, format := range []string{"2.0", "1.1"} {
		lock := older(now, format)
		w.rewrite(t, "poetry.lock", lock)
		p := w.project(t, "poetry.lock")
		if format == "2.0" {
			got, err := (&Poetry{w.Tools}).Derive(t.Context(), w.root, p, []fettle.Upgrade{upgrade(t, p, "lib", "1.0.1", fettle.LockOnly)})
			if diff := changes(lock, got.Texts["poetry.lock"]); err != nil || len(diff) != 4 {
				t.Errorf("%s: %v\n%s", format, err, strings.Join(diff, "\n"))
			}
			continue
		}
		both := []fettle.Upgrade{upgrade(t, p, "kit", "1.1", fettle.LockOnly), upgrade(t, p, "lib", "2.0", fettle.Direct), upgrade(t, p, "base", "2.0", fettle.Direct)}
		got, err := (&Poetry{w.Tools}).Derive(t.Context(), w.root, p, both)
		if err != nil {
			t.Fatal(err)
		}
		text := got.Texts["poetry.lock"]
		if strings.Contains(text, "groups = ") || !strings.Contains(text, `lock-version = "`+format+`"`) || !strings.Contains(text, `name = "fresh"`) ||
			strings.Count(text, "category = ") != strings.Count(text, "[[package]]") || !strings.Contains(text, "\nfresh = [\n    {file = \"fresh-0.2-py3-none-any.whl\"") {
			t.Errorf("got %s", text)
		}
	}
}
