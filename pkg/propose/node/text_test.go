package node

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestOverridesOfAWorkspaceKeepItsForm(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"no file", "", "overrides:\n  'a>b': ^1.0.0\n"},
		{"others first", "packages:\n  - a/*\n", "packages:\n  - a/*\n\noverrides:\n  'a>b': ^1.0.0\n"},
		{"joins those there", "overrides: # why\n    x: 1.0.0\ncatalog: {}\n", "overrides: # why\n    'a>b': ^1.0.0\n    x: 1.0.0\ncatalog: {}\n"},
		{"line ends", "overrides:\r\n  x: 1\r\n", "overrides:\r\n  'a>b': ^1.0.0\r\n  x: 1\r\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := setYAML(test.text, [][2]string{{"a>b", "^1.0.0"}})
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(strings.ReplaceAll(test.want, "^1.0.0", "'^1.0.0'"), got); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
	for _, text := range []string{"overrides: {x: 1}\n", "overrides:\n  'a>b': 2\n", "overrides:\n  a>b: 2\n"} {
		if got, err := setYAML(text, [][2]string{{"a>b", "^1.0.0"}}); err == nil {
			t.Errorf("%q became %q; a person's own is theirs to change", text, got)
		}
	}
}

const classicText = `# yarn lockfile v1


"@s/a@^1.0.0", "@s/a@npm:other@1":
  version "1.0.0"
  resolved "https://registry.example/@s/a/-/a-1.0.0.tgz#00"
  dependencies:
    lib "^1.0.0"
    "@s/b" ">=1 <2"

lib@^1.0.0, lib@~1.0.0:
  version "1.0.0"
  resolved "https://registry.example/lib/-/lib-1.0.0.tgz#00"
`

func TestAnUntouchedClassicLockfileIsWrittenAsItStands(t *testing.T) {
	for _, text := range []string{classicText, strings.ReplaceAll(classicText, "\n", "\r\n"), "", "# yarn lockfile v1\n"} {
		if d := cmp.Diff(text, parseClassic(text).text()); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
	}
	lock := parseClassic(classicText)
	if d := cmp.Diff([]string{"lib@^1.0.0", "@s/b@>=1 <2"}, lock.find("@s/a@^1.0.0").needs()); d != "" {
		t.Errorf("needs (-want +got):\n%s", d)
	}
	reached := lock.reached(map[string]string{"package.json": `{"dependencies":{"@s/a":"^1.0.0"}}`})
	if d := cmp.Diff(map[string]bool{"@s/a@^1.0.0": true, "lib@^1.0.0": true}, reached); d != "" {
		t.Errorf("reached (-want +got):\n%s", d)
	}
}

func TestATakenPatternLeavesTheOthersOfItsEntry(t *testing.T) {
	lock := parseClassic(classicText)
	lock.take("lib@~1.0.0")
	fresh := lock.entryOf("lib", "1.0.5", "  version \"1.0.5\"\n")
	fresh.patterns = append(fresh.patterns, "lib@~1.0.0")
	want := strings.Replace(classicText, "lib@^1.0.0, lib@~1.0.0:", "lib@^1.0.0:", 1) + "\nlib@~1.0.0:\n  version \"1.0.5\"\n"
	if d := cmp.Diff(want, lock.text()); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestHabitsOfAToolDoNotShow(t *testing.T) {
	original := "a: 1\nb: 2\nc: 3\nd: 4\ne: 5\nold: 1\n"
	normal := "a: '1'\nb: 2\nc: 3\nd: 4\ne: 5\nold: 1\n"
	derived := "a: '1'\nb: 2\nc: 3\nd: 4\ne: 5\nold: 2\n"
	if got, want := mergeLines(original, normal, derived), strings.Replace(original, "old: 1", "old: 2", 1); got != want {
		t.Errorf("got %q", got)
	}
	if got := mergeLines("other\n", normal, derived); got != derived {
		t.Errorf("a place that is not found: %q", got)
	}
	if got := mergeLines(original, normal, normal); got != original {
		t.Errorf("nothing changes: %q", got)
	}
}

func TestAnEntryOfBerryGetsTheRangesForAKey(t *testing.T) {
	lock := "\"lib@npm:1.0.5\":\n  version: 1.0.5\n\n\"lib@npm:^1.0.0, lib@npm:~1.0.0\":\n  version: 1.0.0\n"
	want := "\"lib@npm:1.0.5, lib@npm:^1.0.0\":\n  version: 1.0.5\n\n\"lib@npm:~1.0.0\":\n  version: 1.0.0\n"
	if d := cmp.Diff(want, rekey(lock, "lib@npm:1.0.5", []string{"lib@npm:^1.0.0"})); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestOnlyHarmlessSettingsOfYarnAreKept(t *testing.T) {
	got := harmless("nodeLinker: node-modules\nyarnPath: .yarn/evil.cjs\nplugins:\n  - evil.cjs\nnpmAuthToken: x\n")
	if got != "nodeLinker: node-modules\n" {
		t.Errorf("got %q", got)
	}
	if got := harmless("a: [\n"); got != "" {
		t.Errorf("got %q", got)
	}
}

func FuzzClassicLockfile(f *testing.F) {
	for _, text := range []string{classicText, "\"a@1\n", "a@1, \"b@2\":\n  version \"1\"\n    x\n", ":\n", "a@1:\na@1:\n", "\ufeffa@1:\r\n  version \"1\"\r\n", "\"\":\n"} {
		f.Add(text, "a@1")
	}
	f.Fuzz(func(t *testing.T, text, pattern string) {
		lock := parseClassic(text)
		for _, b := range lock.blocks {
			b.needs()
			b.version()
		}
		lock.reached(map[string]string{"package.json": text})
		lock.take(pattern)
		if b := lock.find(pattern); b != nil && strings.Count(text, pattern) < 2 {
			t.Errorf("%q was not taken from %q", pattern, text)
		}
		lock.text()
		_, _ = setYAML(text, [][2]string{{pattern, "1"}})
		mergeLines(text, pattern, text+pattern)
		rekey(text, pattern, []string{pattern})
	})
}
