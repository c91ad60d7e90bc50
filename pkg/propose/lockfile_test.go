package propose_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/tidwall/gjson"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/propose/npmtest"
)

// only returns the one fix of the proposal.
func only(t *testing.T, p fettle.Proposal) fettle.Fix {
	t.Helper()
	if len(p.Fixes) != 1 {
		t.Fatalf("got %d fixes, want 1: %+v", len(p.Fixes), p)
	}
	return p.Fixes[0]
}

func TestLockfileKeepsVersionAndHabits(t *testing.T) {
	served := "lib 1.0.0\nlib 1.0.5\nlib 1.9.0\nother 1.0.0\nzed 1.0.0"
	for version := 1; version <= 3; version++ {
		for _, resolved := range []bool{true, false} {
			loose := resolved == (version == 2)
			t.Run(fmt.Sprintf("v%d resolved %v loose %v", version, resolved, loose), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, served, "A-1 lib 0 1.0.5", npmtest.Lock{Version: version, Resolved: resolved, Loose: loose,
					Manifest: app("lib@^1.0.0", "other@^1.0.0", "zed@^1.0.0"), Entries: installed("lib@1.0.0", "other@1.0.0", "zed@1.0.0")})
				before := w.read("package-lock.json")
				fix := only(t, w.propose())
				w.apply(fix)
				after := w.read("package-lock.json")
				if got := gjson.Get(after, "lockfileVersion").Int(); int(got) != version {
					t.Errorf("lockfile version %d", got)
				}
				if strings.Contains(after, `"resolved"`) != resolved {
					t.Errorf("resolved is there: %v", !resolved)
				}
				if d := cmp.Diff("package-lock.json", strings.Join(files(fix), " ")); d != "" {
					t.Errorf("files (-want +got):\n%s", d)
				}
				for _, line := range strings.Split(changed(fix), "\n") {
					if line != "" && !strings.Contains(line, "version") && !strings.Contains(line, "resolved") && !strings.Contains(line, "integrity") &&
						!(loose && strings.Contains(line, "license")) {
						t.Errorf("a line changes that is not the fix's: %s", line)
					}
				}
				if n := strings.Count(after, "1.0.5") - strings.Count(after, "lib-1.0.5.tgz"); n != 1 && version != 2 || version == 2 && n != 2 {
					t.Errorf("1.0.5 is locked %d times:\n%s", n, after)
				}
				for _, name := range []string{"other", "zed"} {
					for _, at := range []string{"packages.node_modules/" + name, "dependencies." + name} {
						if was, is := gjson.Get(before, at).Raw, gjson.Get(after, at).Raw; was != is {
							t.Errorf("%s changed from %s to %s", at, was, is)
						}
					}
				}
			})
		}
	}
}

func files(fix fettle.Fix) []string {
	var names []string
	for _, e := range fix.Edits {
		names = append(names, e.Path)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func TestManifestKeepsItsForm(t *testing.T) {
	manifest := "{\r\n\t\"name\": \"app\", \"version\": \"1.0.0\",\r\n\t\"peerDependencies\": { \"lib\": \">=1\" },\r\n\t\"devDependencies\": {\r\n\t\t\"lib\":   \"1.0.0\"\r\n\t}\r\n}"
	w := newWorld(t, "lib 1.0.0\nlib 1.0.5", "A-1 lib 0 1.0.5", npmtest.Lock{Manifest: manifest, Entries: installed("lib@1.0.0")})
	fix := only(t, w.propose())
	w.apply(fix)
	if d := cmp.Diff(strings.Replace(manifest, `"1.0.0"`+"\r\n\t}", `"1.0.5"`+"\r\n\t}", 1), w.read("package.json")); d != "" {
		t.Errorf("package.json (-want +got):\n%s", d)
	}
}

func TestWorkspacesAreFixedWhereTheyDeclare(t *testing.T) {
	root := `{"name":"app","version":"1.0.0","workspaces":["packages/*"],"dependencies":{"other":"1.0.0"}}`
	members := map[string]string{
		"packages/a": `{"name":"a","version":"1.0.0","dependencies":{"lib":"1.0.0"}}`,
		"packages/b": `{"name":"b","version":"1.0.0","dependencies":{"lib":"^1.0.0"}}`,
	}
	w := newWorld(t, "lib 1.0.0\nlib 1.0.5\nlib 1.9.0\nother 1.0.0", "A-1 lib 0 1.0.5", npmtest.Lock{Manifest: root, Members: members, Entries: installed("lib@1.0.0", "other@1.0.0")})
	fix := only(t, w.propose())
	if d := cmp.Diff([]string{"package-lock.json", "packages/a/package.json"}, files(fix)); d != "" {
		t.Errorf("files (-want +got):\n%s", d)
	}
	w.apply(fix)
	if got := w.read("packages/a/package.json"); got != strings.Replace(members["packages/a"], `"lib":"1.0.0"`, `"lib":"1.0.5"`, 1) {
		t.Errorf("packages/a/package.json: %s", got)
	}
	if cases, _ := w.scan(); len(cases) > 0 {
		t.Errorf("after the fix there is %s", cases[0].Finding.Rule)
	}
}

func TestProjectBelowTheRootIsFixedInItsPlace(t *testing.T) {
	w := newWorld(t, "lib 1.0.0\nlib 1.0.5", "A-1 lib 0 1.0.5", npmtest.Lock{})
	manifest := app("lib@1.0.0")
	for _, dir := range []string{"services/one/", "services/two/"} {
		w.write(dir+"package.json", manifest)
		w.write(dir+"package-lock.json", w.Lock(t, npmtest.Lock{Manifest: manifest, Entries: installed("lib@1.0.0")}))
	}
	p := w.propose()
	var got []string
	for _, f := range p.Fixes {
		got = append(got, f.Project+": "+strings.Join(files(f), " "))
		w.apply(f)
	}
	want := []string{"services/one: services/one/package-lock.json services/one/package.json", "services/two: services/two/package-lock.json services/two/package.json"}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if cases, _ := w.scan(); len(cases) > 0 {
		t.Errorf("after the fixes there is %s", cases[0].Finding.Rule)
	}
}
