package node

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fettle-dev/fettle/pkg/discover/project"
)

const (
	pnpmOfA  = "lockfileVersion: '9.0'\nsettings: {}\nimporters:\n  .:\n    dependencies:\n      a:\n        specifier: ^1.0.0\n        version: 1.0.0\npackages:\n  a@1.0.0:\n    resolution: {integrity: x}\nsnapshots:\n  a@1.0.0: {}\n"
	yarn1OfA = "# yarn lockfile v1\n\n\na@^1.0.0:\n  version \"1.0.0\"\n"
	berryOfA = "__metadata:\n  version: 8\n\n\"a@npm:^1.0.0\":\n  version: 1.0.0\n  resolution: \"a@npm:1.0.0\"\n\n\"shop@workspace:.\":\n  version: 0.0.0-use.local\n  resolution: \"shop@workspace:.\"\n  dependencies:\n    a: \"npm:^1.0.0\"\n"
	bunOfA   = "{\n\"lockfileVersion\": 1,\n\"workspaces\": {\n\"\": {\"name\": \"shop\", \"dependencies\": {\"a\": \"^1.0.0\"}},\n},\n\"packages\": {\n\"a\": [\"a@1.0.0\", \"\", {}, \"x\"],\n}\n}\n"
	needsA   = "{\"dependencies\": {\n\"a\": \"^1.0.0\"}}"
)

var locksOfA = map[string]string{"pnpm-lock.yaml": pnpmOfA, "yarn.lock": yarn1OfA, "yarn.lock of Yarn 4": berryOfA, "bun.lock": bunOfA}

func lockName(kind string) string { name, _, _ := strings.Cut(kind, " "); return name }

func TestALockfileInStepLeavesNoGap(t *testing.T) {
	for kind, text := range locksOfA {
		t.Run(kind, func(t *testing.T) {
			d := discover(t, files{"package.json": needsA, lockName(kind): text}.Write(t))
			wantGaps(t, d.Gaps)
			if p := d.Inventory.Projects[0]; len(p.Nodes) != 1 || p.Nodes[0].Version != "1.0.0" || !p.Nodes[0].Direct || p.Nodes[0].Manifest.Line != 2 {
				t.Errorf("project = %+v", p)
			}
		})
	}
}

// Each manifest differs from a lockfile of a@^1.0.0 alone, whatever the manager.
func TestAManifestOutOfStepIsAGap(t *testing.T) {
	for _, tt := range []struct {
		name, manifest string
		want           map[string]string
	}{
		{"added", "{\"dependencies\": {\n\"a\": \"^1.0.0\",\n\"b\": \"1\"}}", map[string]string{
			"pnpm-lock.yaml":      "package.json:3: out of step with package.json: b is in dependencies of package.json and not in those of the lockfile; run pnpm",
			"yarn.lock":           "package.json:3: b 1 is declared but not in the lockfile",
			"yarn.lock of Yarn 4": "package.json:3: out of step with package.json: b is in dependencies of package.json and not in the lockfile",
			"bun.lock":            "package.json:3: out of step with package.json: b is in dependencies of package.json"}},
		{"another range", "{\"dependencies\": {\n\"a\": \"^2.0.0\"}}", map[string]string{
			"pnpm-lock.yaml":      "package.json:2: out of step with package.json: a is ^2.0.0 in package.json and ^1.0.0 in the lockfile",
			"yarn.lock":           "package.json:2: a ^2.0.0 is declared but not in the lockfile",
			"yarn.lock of Yarn 4": "package.json:2: out of step with package.json: a is \"^2.0.0\" in package.json and \"npm:^1.0.0\" in the lockfile",
			"bun.lock":            "package.json:2: out of step with package.json: a is ^2.0.0 in package.json and ^1.0.0 in the lockfile"}},
		{"removed", "{}", map[string]string{
			"pnpm-lock.yaml":      "pnpm-lock.yaml:4: out of step with package.json: a is in dependencies of the lockfile and not in those of package.json",
			"yarn.lock":           "yarn.lock:4: nothing needs a@1.0.0",
			"yarn.lock of Yarn 4": "yarn.lock:12: out of step with package.json: a is in the lockfile and not in package.json",
			"bun.lock":            "bun.lock: out of step with package.json: a is in dependencies of the lockfile and not in those of package.json"}},
	} {
		for kind, text := range locksOfA {
			t.Run(tt.name+" "+kind, func(t *testing.T) {
				d := discover(t, files{"package.json": tt.manifest, lockName(kind): text}.Write(t))
				got := gapLines(d.Gaps)
				if len(got) == 0 || !strings.HasPrefix(got[0], tt.want[kind]) {
					t.Errorf("gaps = %q, want %q first", got, tt.want[kind])
				}
			})
		}
	}
}

func TestAMemberThatTheLockfileDoesNotKnowIsAGap(t *testing.T) {
	for kind, text := range locksOfA {
		t.Run(kind, func(t *testing.T) {
			d := discover(t, files{"package.json": "{\"workspaces\": {\"packages\": [\"./packages/*\", \"!packages/old\"]},\n\"dependencies\": {\"a\": \"^1.0.0\"}}",
				"pnpm-workspace.yaml": "packages: [packages/*, '!packages/old']", lockName(kind): text,
				"packages/new/package.json": "{\"dependencies\": {\n\"n\": \"1\"}}", "packages/empty/package.json": "{}",
				"packages/old/package.json": "{\"dependencies\": {\n\"o\": \"1\"}}"}.Write(t))
			fresh := "packages/new/package.json:2: is a workspace by " + map[bool]string{true: "pnpm-workspace.yaml", false: "package.json"}[kind == "pnpm-lock.yaml"] + " and not in " + lockName(kind)
			if kind == "yarn.lock" {
				fresh = "packages/new/package.json:2: n 1 is declared but not in the lockfile"
			}
			wantGaps(t, d.Gaps, fresh, "packages/old/package.json:2: declares dependencies and is no workspace of "+lockName(kind))
		})
	}
}

func TestTheNearestLockfileIsNamedWhereNoneAnswers(t *testing.T) {
	d := discover(t, files{
		"package.json": needsA, "yarn.lock": yarn1OfA,
		"web/package.json": needsA, "web/pnpm-lock.yaml": pnpmOfA, "web/deep/package.json": needsA,
		"tool/package.json": `{"packageManager": "pnpm@9.0.0"}`, "side/package.json": needsA,
	}.Write(t))
	wantGaps(t, d.Gaps, "web/deep/package.json:2: declares dependencies and is no workspace of web/pnpm-lock.yaml", "side/package.json:2: declares dependencies and is no workspace of yarn.lock")
	d = discover(t, files{"package.json": "{\"packageManager\": \"pnpm@9.0.0\", \"dependencies\": {\"a\": \"1\"}}"}.Write(t))
	wantGaps(t, d.Gaps, "package.json:1: declares dependencies but has no pnpm-lock.yaml, so their versions are unknown; run pnpm install --lockfile-only")
}

func TestLockfilesSideBySideAreAllRead(t *testing.T) {
	d := discover(t, files{"package.json": needsA, "pnpm-lock.yaml": pnpmOfA, "yarn.lock": berryOfA, "bun.lock": bunOfA,
		"package-lock.json": `{"lockfileVersion": 3, "packages": {"": {"dependencies": {"a": "^1.0.0"}}, "node_modules/a": {"version": "1.0.0"}}}`}.Write(t))
	wantGaps(t, d.Gaps)
	var managers []string
	for _, p := range d.Inventory.Projects {
		managers = append(managers, p.Manager)
	}
	if diff := cmp.Diff([]string{"bun", "npm", "pnpm", "yarn"}, managers); diff != "" {
		t.Error(diff)
	}
}

func TestWhatALockfileDoesNotSayIsAGap(t *testing.T) {
	for _, tt := range []struct {
		name string
		tree files
		want []string
	}{
		{"pnpm cut off", files{"pnpm-lock.yaml": "lockfileVersion: '9.0'\nimporters:\n  .: {dependencies: {a"}, []string{"pnpm-lock.yaml:4: not valid YAML"}},
		{"pnpm of a version to come", files{"pnpm-lock.yaml": "\nlockfileVersion: '10.0'\n"}, []string{`pnpm-lock.yaml:2: unknown lockfileVersion "10.0"; want 5.x, 6.x or 9.x`}},
		{"pnpm with a repeated key", files{"pnpm-lock.yaml": pnpmOfA + "  a@1.0.0: {}\n"}, []string{`pnpm-lock.yaml:14: "a@1.0.0" stands twice`}},
		{"pnpm with a dangling need", files{"pnpm-lock.yaml": strings.Replace(pnpmOfA, "  a@1.0.0: {}", "  a@1.0.0:\n    dependencies:\n      b: 2.0.0", 1)},
			[]string{"pnpm-lock.yaml:15: b 2.0.0 is needed by a and not in the lockfile"}},
		{"pnpm with half a package", files{"pnpm-lock.yaml": strings.Replace(pnpmOfA, "packages:\n", "packages:\n  b@1.0.0: {}\n", 1)},
			[]string{`pnpm-lock.yaml:10: "b@1.0.0" is in packages and not in snapshots`, "pnpm-lock.yaml:10: nothing needs b@1.0.0"}},
		{"pnpm with an override that is gone", files{"pnpm-lock.yaml": "overrides:\n  b: 1.0.0\n" + pnpmOfA}, []string{"pnpm-lock.yaml:2: out of step: the override of b to 1.0.0 is not declared so"}},
		{"pnpm with a catalog of another range", files{"pnpm-workspace.yaml": "catalog: {c: ^2.0.0}", "pnpm-lock.yaml": "catalogs:\n  default:\n    c:\n      specifier: ^1.0.0\n      version: 1.0.0\n" + pnpmOfA},
			[]string{`pnpm-lock.yaml:3: out of step: the catalog gives c as "^2.0.0" and the lockfile was made of "^1.0.0"`}},
		{"pnpm from a commit", files{"package.json": `{"dependencies": {"a": "x/a"}}`, "pnpm-lock.yaml": "lockfileVersion: '9.0'\nimporters:\n  .:\n    dependencies:\n      a:\n        specifier: x/a\n        version: https://codeload.example/x/a/tar.gz/abc\npackages:\n  a@https://codeload.example/x/a/tar.gz/abc:\n    resolution: {tarball: https://codeload.example/x/a/tar.gz/abc}\n    version: 1.0.0\nsnapshots:\n  a@https://codeload.example/x/a/tar.gz/abc: {}\n"},
			[]string{"pnpm-lock.yaml:9: a comes from https://codeload.example/x/a/tar.gz/abc and not from a registry"}},
		{"pnpm with a member outside", files{"pnpm-lock.yaml": strings.Replace(pnpmOfA, "packages:\n", "  ../x: {}\npackages:\n", 1)}, []string{`pnpm-lock.yaml:9: "../x" lies outside of the repository`}},
		{"Yarn 1 in the middle of a merge", files{"yarn.lock": "<<<<<<< HEAD\n" + yarn1OfA}, []string{"yarn.lock:1: holds the marks of a merge"}},
		{"Yarn 1 that is something else", files{"yarn.lock": "{}\n"}, []string{`yarn.lock:1: not a yarn.lock: "{}" stands outside of an entry`}},
		{"Yarn 1 with a line that is cut off", files{"yarn.lock": yarn1OfA + "  resolved \"http"}, []string{`yarn.lock:6: "resolved \"http" does not make sense`}},
		{"Yarn 1 with another download", files{"yarn.lock": yarn1OfA + "  resolved \"https://registry.example/evil/-/evil-1.0.0.tgz#x\"\n"}, []string{`yarn.lock:4: entry "a@1.0.0" says it is a@1.0.0 and downloads evil@1.0.0`}},
		{"Yarn 1 with a dangling need", files{"yarn.lock": yarn1OfA + "  dependencies:\n    b \"^1.0.0\"\n"}, []string{"yarn.lock:4: b ^1.0.0 is needed by a and not in the lockfile"}},
		{"Yarn 1 without a version", files{"yarn.lock": "a@^1.0.0:\n  resolved \"x\"\n"}, nil},
		{"Yarn 4 of a version to come", files{"yarn.lock": "\n__metadata:\n  version: 99\n"}, []string{`yarn.lock:2: unknown version "99" of the lockfile; want 3 to 10`}},
		{"Yarn 4 that says two versions", files{"yarn.lock": strings.Replace(berryOfA, "version: 1.0.0", "version: 2.0.0", 1)}, []string{`yarn.lock:4: entry "a@npm:^1.0.0" says it is version 2.0.0 and installs 1.0.0`}},
		{"Yarn 4 with a dangling need", files{"yarn.lock": strings.Replace(berryOfA, "  resolution: \"a@npm:1.0.0\"\n", "  resolution: \"a@npm:1.0.0\"\n  dependencies:\n    b: npm:1\n", 1)}, []string{"yarn.lock:8: b npm:1 is needed by a and not in the lockfile"}},
		{"Bun in binary", files{"bun.lockb": "#!/usr/bin/env bun\x00"}, []string{"bun.lockb: is a binary lockfile, which is not read, so its packages were not checked; run bun install --save-text-lockfile"}},
		{"Bun in both forms", files{"bun.lock": bunOfA, "bun.lockb": ""}, nil},
		{"Bun of a version to come", files{"bun.lock": "{\n\"lockfileVersion\": 3}"}, []string{`bun.lock:2: unknown lockfileVersion "3"; want 0, 1 or 2`}},
		{"Bun with a dangling need", files{"bun.lock": strings.Replace(bunOfA, `"", {}`, `"", {"dependencies": {"b": "1"}}`, 1)}, []string{"bun.lock:7: b 1 is needed by a and not in the lockfile"}},
		{"Bun with an entry of another kind", files{"bun.lock": strings.Replace(bunOfA, "\"packages\": {", "\"packages\": {\n\"x\": {},", 1)}, []string{`bun.lock:7: entry "x" is no list`}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.tree["package.json"] == "" {
				tt.tree["package.json"] = needsA
			}
			wantGaps(t, discover(t, tt.tree.Write(t)).Gaps, tt.want...)
		})
	}
}

// Neither the ranges of catalogs nor what .yarnrc.yml adds to packages stands in the lockfile.
func TestYarnrcSaysWhatTheLockfileDoesNot(t *testing.T) {
	const rc = "catalog:\n  a: ^1.0.0\ncatalogs:\n  old:\n    b: ^1.0.0\npackageExtensions:\n  \"a@1\":\n    dependencies:\n      c: ^1.0.0\n    peerDependencies:\n      b: '*'\n  \"a@2\":\n    dependencies:\n      d: ^1.0.0\n"
	entry := func(name string) string {
		return "\"" + name + "@npm:^1.0.0\":\n  version: 1.0.0\n  resolution: \"" + name + "@npm:1.0.0\"\n"
	}
	tree := files{"package.json": `{"dependencies": {"a": "catalog:", "b": "catalog:old"}}`, ".yarnrc.yml": rc,
		"yarn.lock": "__metadata:\n  version: 8\n" + entry("a") + entry("b") + entry("c") + "\"shop@workspace:.\":\n  version: 0.0.0-use.local\n  resolution: \"shop@workspace:.\"\n  dependencies:\n    a: \"catalog:\"\n    b: \"catalog:old\"\n"}
	d := discover(t, tree.Write(t))
	wantGaps(t, d.Gaps)
	want := []string{
		"a@1.0.0 a@1.0.0 production depth=1 yarn.lock:3-5 direct package.json:1 <[] catalog: (production)",
		"b@1.0.0 b@1.0.0 production depth=1 yarn.lock:6-8 direct package.json:1 <[] catalog:old (production) <[a@1.0.0] * (peer)",
		"c@1.0.0 c@1.0.0 production depth=2 yarn.lock:9-11 <[a@1.0.0] ^1.0.0 (production)",
	}
	if diff := cmp.Diff(want, nodeLines(d.Inventory.Projects[0])); diff != "" {
		t.Error(diff)
	}
	tree[".yarnrc.yml"] = "packageExtensions: {a: {}, 'b@???': {}}"
	gaps := gapLines(discover(t, tree.Write(t)).Gaps)
	if len(gaps) == 0 || !strings.HasPrefix(gaps[0], "yarn.lock: the package extension") {
		t.Errorf("gaps = %q", gaps)
	}
}

func TestAMemberThatIsLookedAtAloneNamesTheLockfileAbove(t *testing.T) {
	dir := files{"package.json": "{\"workspaces\": [\"web\"]}", "yarn.lock": yarn1OfA, "web/package.json": needsA}.Write(t)
	all, err := project.OpenFiles(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer all.Close()
	r, err := Reader{}.Read(t.Context(), all, []string{"web/package.json"})
	if err != nil {
		t.Fatal(err)
	}
	wantGaps(t, r.Gaps, "web/package.json:2: declares dependencies and is no workspace of a lockfile that was read; if it is one of yarn.lock, look at that folder too")
}
