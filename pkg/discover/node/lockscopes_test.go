package node

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Each lockfile holds one thing of its format that decides who needs what, and for what.
func TestScopesAndHoldersOfLockfiles(t *testing.T) {
	for _, tt := range []struct {
		name string
		tree files
		want []string // without the lines
	}{
		{"pnpm: peers, those that may be missing, and those of the project", files{
			"package.json": `{"dependencies": {"a": "1"}, "peerDependencies": {"p": "1"}}`,
			"pnpm-lock.yaml": "lockfileVersion: '9.0'\nsettings: {autoInstallPeers: true}\nimporters:\n  .:\n    dependencies:\n      a: {specifier: '1', version: 1.0.0(p@1.0.0)(q@1.0.0)}\n      p: {specifier: '1', version: 1.0.0}\n" +
				"packages:\n  a@1.0.0:\n    peerDependencies: {p: '>=1', q: '*'}\n    peerDependenciesMeta: {q: {optional: true}}\n  p@1.0.0: {}\n  q@1.0.0: {}\n" +
				"snapshots:\n  a@1.0.0(p@1.0.0)(q@1.0.0):\n    dependencies: {p: 1.0.0}\n    optionalDependencies: {q: 1.0.0}\n  p@1.0.0: {}\n  q@1.0.0: {}\n"},
			[]string{"a@1.0.0 a@1.0.0(p@1.0.0)(q@1.0.0) production depth=1 direct <[] 1 (production)",
				"p@1.0.0 p@1.0.0 peer depth=1 direct <[] 1 (peer) <[a@1.0.0(p@1.0.0)(q@1.0.0)] >=1 (peer)",
				"q@1.0.0 q@1.0.0 optional depth=2 <[a@1.0.0(p@1.0.0)(q@1.0.0)] * (optional)"}},
		{"pnpm: a folder for development alone", files{
			"package.json": `{"devDependencies": {"l": "file:l"}}`, "l/package.json": `{"dependencies": {"a": "1"}}`,
			"pnpm-lock.yaml": "lockfileVersion: '9.0'\nimporters:\n  .:\n    devDependencies:\n      l: {specifier: 'file:l', version: 'file:l'}\npackages:\n  a@1.0.0: {}\n  l@file:l:\n    resolution: {directory: l, type: directory}\nsnapshots:\n  a@1.0.0: {}\n  l@file:l:\n    dependencies: {a: 1.0.0}\n"},
			[]string{"a@1.0.0 a@1.0.0 development depth=1 direct <[l] 1.0.0 (development)"}},
		{"pnpm: an override of what the project declares", files{
			"package.json":   `{"dependencies": {"a": "^1.0.0", "gone": "1"}, "pnpm": {"overrides": {"a@1": "1.2.0", "gone": "-"}}}`,
			"pnpm-lock.yaml": "lockfileVersion: '6.0'\noverrides: {a@1: 1.2.0, gone: '-'}\ndependencies:\n  a: {specifier: 1.2.0, version: 1.2.0}\npackages:\n  /a@1.2.0: {dev: false}\n"},
			[]string{"a@1.2.0 /a@1.2.0 production depth=1 direct <[] 1.2.0 (production)"}},
		{"pnpm: what it needs itself", files{
			"package.json":   `{"dependencies": {"a": "1"}}`,
			"pnpm-lock.yaml": "---\nlockfileVersion: '9.0'\nimporters:\n  .:\n    configDependencies:\n      c: {specifier: 1.0.0, version: 1.0.0}\npackages:\n  c@1.0.0: {}\nsnapshots:\n  c@1.0.0: {}\n---\nlockfileVersion: '9.0'\nsettings: {}\nimporters:\n  .:\n    dependencies:\n      a: {specifier: '1', version: 1.0.0}\npackages:\n  a@1.0.0: {}\nsnapshots:\n  a@1.0.0: {}\n"},
			[]string{"c@1.0.0 c@1.0.0 development depth=1 direct <[] 1.0.0 (development)", "a@1.0.0 a@1.0.0 production depth=1 direct <[] 1 (production)"}},
		{"Yarn 1: a resolution whose range alone is locked", files{
			"package.json": `{"dependencies": {"a": "1"}, "resolutions": {"a/b": "1.1.0", "**/c": "1.0.0"}}`,
			"yarn.lock":    "a@1:\n  version \"1.0.0\"\n  dependencies:\n    b \"^1.0.0\"\n  optionalDependencies:\n    c \"2\"\nb@1.1.0:\n  version \"1.1.0\"\nc@1.0.0:\n  version \"1.0.0\"\n"},
			[]string{"a@1.0.0 a@1.0.0 production depth=1 direct <[] 1 (production)", "b@1.1.0 b@1.1.0 production depth=2 <[a@1.0.0] ^1.0.0 (production)", "c@1.0.0 c@1.0.0 optional depth=2 <[a@1.0.0] 2 (optional)"}},
		{"Yarn 4: a patch is the only copy that is installed, and who needs a package may be its peer", files{
			"package.json": `{"devDependencies": {"a": "1"}, "resolutions": {"b@^1.0.0": "patch:b@npm%3A1.0.0#~/b.patch"}}`,
			"yarn.lock": "__metadata:\n  version: 8\n\"a@npm:1\":\n  version: 1.0.0\n  resolution: \"a@npm:1.0.0\"\n  dependencies:\n    b: \"npm:^1.0.0\"\n" +
				"\"b@npm:1.0.0\":\n  version: 1.0.0\n  resolution: \"b@npm:1.0.0\"\n  peerDependencies:\n    a: \"*\"\n" +
				"\"b@patch:b@npm%3A1.0.0#~/b.patch\":\n  version: 1.0.0\n  resolution: \"b@patch:b@npm%3A1.0.0#~/b.patch::version=1.0.0&hash=0\"\n  peerDependencies:\n    a: \"*\"\n" +
				"\"shop@workspace:.\":\n  version: 0.0.0-use.local\n  resolution: \"shop@workspace:.\"\n  dependencies:\n    a: \"npm:1\"\n"},
			[]string{"a@1.0.0 a@1.0.0 development depth=1 direct <[] 1 (development) <[b@patch:b@npm%3A1.0.0#~/b.patch] * (peer)",
				"b@1.0.0 b@patch:b@npm%3A1.0.0#~/b.patch development depth=2 <[a@1.0.0] ^1.0.0 (production)"}},
		{"Bun: the nearest folder counts, scopes of names and members too", files{
			"package.json": `{"dependencies": {"@x/a": "1", "b": "1"}, "workspaces": ["w"]}`, "w/package.json": `{"name": "@me/w", "optionalDependencies": {"b": "3"}}`,
			"bun.lock": `{"lockfileVersion": 1, "workspaces": {"": {"dependencies": {"@x/a": "1", "b": "1"}}, "w": {"name": "@me/w", "optionalDependencies": {"b": "3"}}}, "packages": {
"@me/w": ["@me/w@workspace:w"], "@x/a": ["@x/a@1.0.0", "", {"dependencies": {"@x/c": "1"}}, ""], "b": ["b@1.0.0", "", {}, ""], "@x/a/@x/c": ["@x/c@1.0.0", "", {"dependencies": {"b": "2"}}, ""], "@x/a/b": ["b@2.0.0", "", {}, ""], "@me/w/b": ["b@3.0.0", "", {}, ""]}}`},
			[]string{"@x/a@1.0.0 @x/a production depth=1 direct <[] 1 (production)", "b@1.0.0 b production depth=1 direct <[] 1 (production)",
				"@x/c@1.0.0 @x/a/@x/c production depth=2 <[@x/a] 1 (production)", "b@2.0.0 @x/a/b production depth=3 <[@x/a/@x/c] 2 (production)", "b@3.0.0 @me/w/b optional depth=1 direct <[w] 3 (optional)"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := discover(t, tt.tree.Write(t))
			wantGaps(t, d.Gaps)
			var got []string
			for _, line := range nodeLines(d.Inventory.Projects[0]) {
				var words []string
				for _, word := range strings.Fields(line) {
					if name, at, _ := strings.Cut(word, ":"); !(strings.HasSuffix(name, "lock") || strings.HasSuffix(name, ".yaml") || strings.HasSuffix(name, ".json")) || at == "" {
						words = append(words, word)
					}
				}
				got = append(got, strings.Join(words, " "))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
