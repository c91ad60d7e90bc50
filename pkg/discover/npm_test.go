package discover

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/discover/projecttest"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

func workspace() files {
	return files{
		"package.json":              "{\n\"workspaces\": [\"packages/*\"],\n\"devDependencies\": {\n\"tool\": \"1.0.0\"}}",
		"package-lock.json":         projecttest.WorkspaceLock,
		"packages/api/package.json": "{\"dependencies\": {\n\"qs\": \"6.10.0\"}}",
		"packages/web/package.json": "{\"dependencies\": {\n\"@me/api\": \"1.0.0\",\n\"qs\": \"^6.11.0\"},\n\"devDependencies\": {\"tool\": \"1.0.0\"}}",
	}
}

func TestWorkspaceMembersAreRoots(t *testing.T) {
	d := discover(t, workspace().Write(t))
	wantGaps(t, d.Gaps)
	want := []string{
		"qs@6.11.0 node_modules/qs production depth=1 package-lock.json:10-10 direct packages/web/package.json:3 <[node_modules/tool] ^6.0.0 (production) <[packages/web] ^6.11.0 (production)",
		"tool@1.0.0 node_modules/tool development depth=1 package-lock.json:11-11 direct package.json:4 <[] 1.0.0 (development) <[packages/web] 1.0.0 (development)",
		"qs@6.10.0 packages/api/node_modules/qs production depth=1 package-lock.json:17-17 direct packages/api/package.json:2 <[packages/api] 6.10.0 (production)",
	}
	if diff := cmp.Diff(want, nodeLines(d.Inventory.Projects[0])); diff != "" {
		t.Error(diff)
	}
}

func TestMembersOutOfStepAreGaps(t *testing.T) {
	f := workspace()
	f["packages/api/package.json"] = "{\"dependencies\": {\n\"qs\": \"6.10.0\",\n\"lodash\": \"4.17.11\"}}"
	delete(f, "packages/web/package.json")
	f["packages/new/package.json"] = "{\"dependencies\": {\n\"lodash\": \"4.17.11\"}}"
	d := discover(t, f.Write(t))
	wantGaps(t, d.Gaps,
		"packages/api/package.json:3: out of step with package.json: lodash is in dependencies of package.json and not in those of the lockfile",
		"packages/web/package.json: cannot be read: no such file or directory",
		"packages/new/package.json:2: declares dependencies and is no workspace of a lockfile that was read; if it is one of package-lock.json, look at that folder too")
}

func TestALinkedFolderHasTheScopeInWhichItIsNeeded(t *testing.T) {
	d := discover(t, files{
		"app/package.json": `{"devDependencies": {"lib": "file:../lib"}}`,
		"app/package-lock.json": `{"lockfileVersion": 3, "packages": {
"": {"devDependencies": {"lib": "file:../lib"}},
"../lib": {"version": "1.0.0", "dev": true, "dependencies": {"a": "1"}, "devDependencies": {"b": "1"}},
"../lib/node_modules/a": {"version": "1.0.0", "dev": true},
"../lib/node_modules/b": {"version": "1.0.0", "dev": true},
"node_modules/a": {"version": "2.0.0", "extraneous": true},
"node_modules/lib": {"resolved": "../lib", "link": true}}}`,
		"lib/package.json": `{"dependencies": {"a": "1"}, "devDependencies": {"b": "1"}}`,
	}.Write(t))
	wantGaps(t, d.Gaps)
	want := []string{
		"a@1.0.0 ../lib/node_modules/a development depth=1 app/package-lock.json:4-4 direct lib/package.json:1 <[../lib] 1 (production)",
		"b@1.0.0 ../lib/node_modules/b development depth=1 app/package-lock.json:5-5 direct lib/package.json:1 <[../lib] 1 (development)",
		"a@2.0.0 node_modules/a production depth=0 app/package-lock.json:6-6",
	}
	if diff := cmp.Diff(want, nodeLines(d.Inventory.Projects[0])); diff != "" {
		t.Error(diff)
	}
}

func TestDriftNamesTheLineOfTheManifest(t *testing.T) {
	for _, tt := range []struct{ name, manifest, lock, want string }{
		{"added", "{\"dependencies\": {\n\"a\": \"1\",\n\"b\": \"1\"}}", `"dependencies": {"a": "1"}`,
			"package.json:3: out of step with package.json: b is in dependencies of package.json and not in those of the lockfile"},
		{"removed", `{"dependencies": {}}`, `"dependencies": {"a": "1"}`,
			"package-lock.json:2: out of step with package.json: a is in dependencies of the lockfile and not in those of package.json"},
		{"another range", "{\"dependencies\": {\n\"a\": \"2\"}}", `"dependencies": {"a": "1"}`,
			"package.json:2: out of step with package.json: a is 2 in package.json and 1 in the lockfile"},
		{"another section", "{\"dependencies\": {\n\"a\": \"1\"}}", `"devDependencies": {"a": "1"}`,
			"package.json:2: out of step with package.json: a is in dependencies of package.json and not in those of the lockfile"},
		{"optional in both sections", `{"dependencies": {"a": "1"}, "optionalDependencies": {"a": "1"}}`, `"optionalDependencies": {"a": "1"}`, ""},
		{"in two sections", `{"dependencies": {"a": "1"}, "devDependencies": {"a": "1"}}`, `"dependencies": {"a": "1"}, "devDependencies": {"a": "1"}`, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := discover(t, files{"package.json": tt.manifest,
				"package-lock.json": "{\"lockfileVersion\": 3, \"packages\": {\n\"\": {" + tt.lock + "}, \"node_modules/a\": {\"version\": \"1.0.0\"}, \"node_modules/b\": {\"version\": \"1.0.0\"}}}"}.Write(t))
			if tt.want == "" {
				wantGaps(t, d.Gaps)
			} else {
				wantGaps(t, d.Gaps, tt.want)
			}
		})
	}
}

// Each tree holds one thing that cannot be looked at, and what the gap about it begins with.
func TestWhatCannotBeReadIsAGap(t *testing.T) {
	outside := t.TempDir()
	if err := os.WriteFile(filepath.Join(outside, "package-lock.json"), []byte(shopLock3), 0o644); err != nil {
		t.Fatal(err)
	}
	const empty = `{"lockfileVersion": 3, "packages": {"": {}}}`
	for _, tt := range []struct {
		name string
		tree files
		want []string
	}{
		{"a lockfile that leads out", files{"package.json": "{}", "package-lock.json": "-> " + outside + "/package-lock.json"},
			[]string{"package-lock.json: cannot be read: path escapes from parent"}},
		{"a lockfile that leads to itself", files{"package.json": "{}", "package-lock.json": "-> package-lock.json"},
			[]string{"package-lock.json: cannot be read: too many levels of symbolic links"}},
		{"a link to nothing", files{"package.json": "{}", "package-lock.json": "-> nothing"},
			[]string{"package-lock.json: cannot be read: no such file or directory"}},
		{"a link to a folder", files{"package.json": "{}", "package-lock.json": "-> d", "d/x": ""},
			[]string{"package-lock.json: cannot be read: not a regular file"}},
		{"a link to a device", files{"package.json": "{}", "package-lock.json": "-> /dev/zero"},
			[]string{"package-lock.json: cannot be read: path escapes from parent"}},
		{"a folder named as a lockfile", files{"package.json": "{}", "package-lock.json/x": ""},
			[]string{"package-lock.json: is a folder; a package manager reads a file of this name"}},
		{"a folder named as a manifest", files{"package.json/x": "", "package-lock.json": empty},
			[]string{"package.json: is a folder; a package manager reads a file of this name", "package.json: cannot be read: not a regular file"}},
		{"a folder that leads out", files{"services": "-> " + outside, "here": "-> d", "d/x": "", "nothing": "-> nowhere", "node_modules": "-> " + outside},
			[]string{"services: is a link to a folder outside of the repository, which was not looked at"}},
		{"a broken manifest", files{"package.json": "{\n\"dependencies\": {\"a\": \"1\"", "package-lock.json": empty},
			[]string{"package.json:2: not valid JSON: the file ends in the middle; it is cut off"}},
		{"a manifest of wrong types", files{"package.json": "{\n\"dependencies\": [],\n\"devDependencies\": {\"a\": 1}}", "package-lock.json": empty},
			[]string{"package.json:2: dependencies is a list; want an object", `package.json:3: devDependencies: "a" is a number; want a string`,
				"package.json:3: out of step with package.json: a is in devDependencies of package.json"}},
		{"no manifest", files{"package-lock.json": empty}, []string{"package.json: cannot be read: no such file or directory"}},
		{"no lockfile", files{"package.json": "{\"devDependencies\": {\n\"a\": \"1\"}}", "sub/package.json": `{"name": "nothing needed"}`},
			[]string{"package.json:2: declares dependencies but has no package-lock.json"}},
		{"a broken lockfile", files{"package.json": `{"dependencies": {"a": "1"}}`, "package-lock.json": "{\n\n\"x\""},
			[]string{"package-lock.json:3: not valid JSON: the file ends in the middle"}},
		{"a link without a target", files{"package.json": "{}", "package-lock.json": "{\"lockfileVersion\": 3, \"packages\": {\"\": {},\n\"node_modules/lodash\": {\"version\": \"4.17.11\", \"resolved\": \"lib\", \"link\": true}}}"},
			[]string{`package-lock.json:2: entry "node_modules/lodash" is a link to "lib", which is not in the lockfile`}},
		{"links in a circle", files{"package.json": "{}", "package-lock.json": "{\"lockfileVersion\": 3, \"packages\": {\"\": {},\n\"node_modules/a\": {\"resolved\": \"node_modules/b\", \"link\": true},\n\"node_modules/b\": {\"resolved\": \"node_modules/a\", \"link\": true}}}"},
			[]string{`package-lock.json:2: entry "node_modules/a" is a link`, `package-lock.json:3: entry "node_modules/b" is a link`}},
		{"a need that nothing fills", files{"package.json": `{"dependencies": {"a": "1"}}`, "package-lock.json": "{\"lockfileVersion\": 3, \"packages\": {\"\": {\"dependencies\": {\"a\": \"1\"}},\n\"node_modules/a\": {\"version\": \"1.0.0\", \"dependencies\": {\"lodash\": \"4\"}, \"optionalDependencies\": {\"x\": \"1\"}, \"peerDependencies\": {\"y\": \"1\"}, \"devDependencies\": {\"z\": \"1\"}}}}"},
			[]string{"package-lock.json:2: lodash 4 is needed by a and not in the lockfile"}},
		{"a declared need that nothing fills", files{"package.json": `{"dependencies": {"a": "1"}}`, "package-lock.json": `{"lockfileVersion": 1, "dependencies": {}}`},
			[]string{"package-lock.json: a 1 is declared but not in the lockfile"}},
		{"no root", files{"package.json": `{"dependencies": {"a": "1"}}`, "package-lock.json": `{"lockfileVersion": 3, "packages": {"node_modules/a": {"version": "1.0.0"}}}`},
			[]string{"package-lock.json: has no entry for the project itself"}},
		{"a folder above the repository", files{"package.json": "{}", "package-lock.json": "{\"lockfileVersion\": 3, \"packages\": {\"\": {},\n\"../../etc\": {\"version\": \"1.0.0\"}}}"},
			[]string{`package-lock.json:2: "../../etc" lies outside of the repository`}},
		{"no version", files{"package.json": "{}", "package-lock.json": "{\"lockfileVersion\": 3, \"packages\": {\"\": {},\n\"node_modules/a\": {}}}"},
			[]string{"package-lock.json:2: a has no version here"}},
		{"other ecosystems", files{"deno.lock": "", "b/deno.lock": "", "paket.lock": ""},
			[]string{"b/deno.lock: Deno is not read by this version, so its packages were not checked (and 1 more such files)", "paket.lock: Paket is not read"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			wantGaps(t, discover(t, tt.tree.Write(t)).Gaps, tt.want...)
		})
	}
}

func TestAPipeDoesNotBlock(t *testing.T) {
	dir := files{"package.json": "{}"}.Write(t)
	for _, name := range []string{"package-lock.json", "npm-shrinkwrap.json"} {
		if err := syscall.Mkfifo(filepath.Join(dir, name), 0o644); err != nil {
			t.Skip(err)
		}
	}
	wantGaps(t, discover(t, dir).Gaps, "npm-shrinkwrap.json: cannot be read: not a regular file")
}

func TestAnUnreadableFileIsAGap(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("root reads everything")
	}
	dir := files{"package.json": "{}", "package-lock.json": shopLock3, "closed/package-lock.json": shopLock3}.Write(t)
	for _, name := range []string{"package-lock.json", "closed"} {
		if err := os.Chmod(filepath.Join(dir, name), 0); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { _ = os.Chmod(filepath.Join(dir, "closed"), 0o755) })
	wantGaps(t, discover(t, dir).Gaps, "package-lock.json: cannot be read: permission denied", "closed: cannot be read: permission denied")
}

func TestAHugeFileIsAGap(t *testing.T) {
	dir := files{"package.json": "{}", "package-lock.json": ""}.Write(t)
	if err := os.Truncate(filepath.Join(dir, "package-lock.json"), project.MaxFile+1); err != nil {
		t.Fatal(err)
	}
	wantGaps(t, discover(t, dir).Gaps, "package-lock.json: larger than 64 MiB, not read")
}

func TestShrinkwrapCountsBeforePackageLock(t *testing.T) {
	d := discover(t, files{"package.json": shopManifest, "package-lock.json": `{"lockfileVersion": 3, "packages": {}}`, "npm-shrinkwrap.json": shopLock3}.Write(t))
	wantGaps(t, d.Gaps)
	if len(d.Inventory.Projects) != 1 || d.Inventory.Projects[0].Lockfile != "npm-shrinkwrap.json" || len(d.Inventory.Projects[0].Nodes) != 6 {
		t.Errorf("projects = %+v", d.Inventory.Projects)
	}
}

func TestInstalledAndForeignFoldersAreLeftOut(t *testing.T) {
	d := discover(t, files{"node_modules/a/package-lock.json": "x", "a/node_modules/b/package.json": "x", ".git/package-lock.json": "x",
		"deep/er/package.json": shopManifest, "deep/er/package-lock.json": shopLock3}.Write(t))
	wantGaps(t, d.Gaps)
	if len(d.Inventory.Projects) != 1 || d.Inventory.Projects[0].Dir != "deep/er" || d.Inventory.Projects[0].Manifest != "deep/er/package.json" {
		t.Errorf("projects = %+v", d.Inventory.Projects)
	}
}

func TestOnlyTheAskedPathIsRead(t *testing.T) {
	dir := files{"package-lock.json": "x", "a/package.json": shopManifest, "a/package-lock.json": shopLock3, "b/package-lock.json": "x"}.Write(t)
	d, err := Dependencies{Database: advisories{}}.Discover(t.Context(), fettle.Repo{Dir: dir, Path: "a"})
	if err != nil {
		t.Fatal(err)
	}
	wantGaps(t, d.Gaps)
	if len(d.Inventory.Projects) != 1 || d.Inventory.Projects[0].Lockfile != "a/package-lock.json" {
		t.Errorf("projects = %+v", d.Inventory.Projects)
	}
	for _, path := range []string{"..", "../x", "/etc", "missing"} {
		if _, err := (Dependencies{Database: advisories{}}).Discover(t.Context(), fettle.Repo{Dir: dir, Path: path}); err == nil {
			t.Errorf("Discover of %q: no error", path)
		}
	}
}

func TestDiscoverStopsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := Dependencies{Database: advisories{}}.Discover(ctx, fettle.Repo{Dir: files{"package-lock.json": shopLock3}.Write(t)})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("Discover = %v, want context.Canceled", err)
	}
}

func TestADatabaseThatFailsIsAnError(t *testing.T) {
	broken := errors.New("the index is damaged")
	_, err := Dependencies{Database: advisories{err: broken}}.Discover(t.Context(), fettle.Repo{Dir: files{"package-lock.json": shopLock3}.Write(t)})
	if !errors.Is(err, broken) || !strings.HasPrefix(err.Error(), "look up ") {
		t.Errorf("Discover = %v", err)
	}
}

func TestAWorkspaceMemberIsProductionWhoeverNeedsIt(t *testing.T) {
	const root = `"workspaces": ["lib"], "devDependencies": {"lib": "*"}`
	d := discover(t, files{
		"package.json": "{" + root + "}", "lib/package.json": `{"dependencies": {"a": "1"}}`,
		"package-lock.json": `{"lockfileVersion": 3, "packages": {"": {` + root + `}, "lib": {"dependencies": {"a": "1"}},
"node_modules/a": {"version": "1.0.0"}, "node_modules/lib": {"resolved": "lib", "link": true}}}`,
	}.Write(t))
	wantGaps(t, d.Gaps)
	if n := d.Inventory.Projects[0].Nodes[0]; n.Scope != fettle.Production {
		t.Errorf("scope of %s = %s, want production", n.Package, n.Scope)
	}
}
