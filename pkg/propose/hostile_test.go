package propose_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/propose/npmtest"
)

func TestNamesFromAHostileLockfileAreNoOptions(t *testing.T) {
	names := []string{"-g", "--registry=http://127.0.0.1:1", "../../x", "@../../x", "a b", "$(touch x)"}
	entries := ""
	advised := ""
	for i, name := range names {
		entries += fmt.Sprintf(`,"node_modules/%s":{"version":"1.0.0"}`, name)
		advised += fmt.Sprintf("A-%d %s 0 2.0.0\n", i, strings.ReplaceAll(name, " ", ""))
	}
	w := newWorld(t, "", advised, npmtest.Lock{})
	w.write("package.json", `{"name":"app","version":"1.0.0"}`)
	w.write("package-lock.json", `{"name":"app","version":"1.0.0","lockfileVersion":3,"packages":{"":{"name":"app","version":"1.0.0"}`+entries+`}}`)
	p := w.propose()
	if len(p.Fixes) > 0 {
		t.Errorf("fixes %+v", p.Fixes)
	}
	for _, args := range w.runs {
		t.Errorf("ran %q", args)
	}
	for _, why := range p.Unfixed {
		if !strings.Contains(why, "is not a name of a package") {
			t.Errorf("reason %q", why)
		}
	}
}

func TestHostileVersionsAndRangesDoNoHarm(t *testing.T) {
	w := newWorld(t, "lib 1.0.0\nlib 1.0.5", "A-1 lib 0 1.0.5", npmtest.Lock{})
	w.write("package.json", `{"name":"app","version":"1.0.0","dependencies":{"lib":"--force"}}`)
	w.write("package-lock.json", `{"name":"app","version":"1.0.0","lockfileVersion":3,"packages":{"":{"dependencies":{"lib":"--force"}},"node_modules/lib":{"version":"1.0.0 --registry=http://127.0.0.1:1"}}}`)
	cases, inventory := w.scan()
	for i := range cases {
		cases[i].Finding.Package.Version = "1.0.0 || --x"
	}
	if _, err := w.planner.Propose(t.Context(), fettle.Repo{Dir: w.dir}, inventory, cases); err != nil {
		t.Fatal(err)
	}
}

func TestHostileConfigurationRunsAndLeaksNothing(t *testing.T) {
	t.Setenv("SECRET", "do-not-tell")
	w := newWorld(t, "lib 1.0.0\nlib 1.0.5\nevil 1.0.0", "A-1 lib 0 1.0.5",
		npmtest.Lock{Manifest: app("lib@^1.0.0"), Entries: installed("lib@1.0.0")})
	ran := filepath.Join(w.dir, "ran")
	w.write("evil", "#!/bin/sh\ntouch "+ran+" ran\n")
	if err := os.Chmod(filepath.Join(w.dir, "evil"), 0o755); err != nil {
		t.Fatal(err)
	}
	w.write(".npmrc", strings.Join([]string{"git=./evil", "script-shell=./evil", "shell=./evil", "node-options=--require=./evil", "ignore-scripts=false", "registry=" + w.URL + "/${SECRET}/",
		"//127.0.0.1/:_authToken=${SECRET}", "package-lock=false", "dry-run=true", "global=true", "location=global", "prefix=" + w.dir, "save=false", "cache=" + w.dir + "/cache",
		"lockfile-version=1", "omit[]=dev", "userconfig=" + w.dir + "/evil", "onload-script=./evil"}, "\n"))
	w.write("package.json", strings.Replace(app("lib@^1.0.0"), `"name"`, `"scripts": {"preinstall": "./evil", "install": "./evil", "prepare": "./evil", "postinstall": "./evil"}, "name"`, 1))
	fix := only(t, w.propose())
	if d := cmp.Diff([]string{"package-lock.json"}, files(fix)); d != "" {
		t.Errorf("files (-want +got):\n%s", d)
	}
	if _, err := os.Stat(ran); err == nil {
		t.Error("the project's program was run")
	}
	for _, request := range w.Asked() {
		if strings.Contains(request, "do-not-tell") {
			t.Errorf("the registry was told: %s", request)
		}
	}
	if names, err := os.ReadDir(w.dir); err != nil || len(names) != 4 {
		t.Errorf("the project holds %v, %v", names, err)
	}
}

func TestInstallScriptsNeverRun(t *testing.T) {
	w := newWorld(t, "", "A-1 lib 0 1.0.5", npmtest.Lock{})
	mark := filepath.Join(t.TempDir(), "ran")
	for _, version := range []string{"1.0.0", "1.0.5"} {
		w.Add(npmtest.Package{Name: "lib", Version: version, Scripts: map[string]string{"preinstall": "touch " + mark, "install": "touch " + mark, "postinstall": "touch " + mark, "prepare": "touch " + mark}})
	}
	w.write("package.json", app("lib@^1.0.0"))
	w.write("package-lock.json", w.Lock(t, npmtest.Lock{Manifest: app("lib@^1.0.0"), Entries: installed("lib@1.0.0")}))
	only(t, w.propose())
	if _, err := os.Stat(mark); err == nil {
		t.Error("an install script ran")
	}
	for _, request := range w.Asked() {
		if strings.HasSuffix(request, ".tgz") {
			t.Errorf("drafting fetched a package: %s", request)
		}
	}
}

func TestAMirrorDoesNotShowInTheLockfile(t *testing.T) {
	w := newWorld(t, "lib 1.0.0\nlib 1.0.5\nlib 1.0.9 dep@1.0.0\ndep 1.0.0", "A-1 lib 0 1.0.6",
		npmtest.Lock{Manifest: app("lib@^1.0.0"), Entries: installed("lib@1.0.0"), Resolved: true})
	w.write("package-lock.json", strings.ReplaceAll(w.read("package-lock.json"), w.URL, "https://registry.example/npm"))
	fix := only(t, w.propose())
	w.apply(fix)
	after := w.read("package-lock.json")
	if strings.Contains(after, w.URL) || strings.Count(after, "https://registry.example/npm/") != 2 {
		t.Errorf("lockfile:\n%s", after)
	}
}

func TestAnAddressThatANewVersionBringsAlongIsRefused(t *testing.T) {
	w := newWorld(t, "lib 1.0.0\nextra 1.0.0", "A-1 lib 0 1.0.5", npmtest.Lock{})
	w.Add(npmtest.Parse("lib 1.0.5 extra@" + w.URL + "/extra/-/extra-1.0.0.tgz")...)
	for _, resolved := range []bool{true, false} {
		manifest := app("lib@^1.0.0")
		w.write("package.json", manifest)
		w.write("package-lock.json", w.Lock(t, npmtest.Lock{Manifest: manifest, Entries: installed("lib@1.0.0"), Resolved: resolved}))
		story := w.story(w.propose())
		if resolved {
			continue // the address is one of the registry that the lockfile has
		}
		if !strings.Contains(story, "not a source that the lockfile has") {
			t.Errorf("got %s", story)
		}
	}
}
