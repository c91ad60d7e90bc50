package node

import (
	"fmt"
	"strings"
	"testing"

	"github.com/fettle-dev/fettle/pkg/discover/projecttest"

	"github.com/google/go-cmp/cmp"

	"github.com/fettle-dev/fettle/pkg/discover/project"
)

const (
	shopManifest = projecttest.ShopManifest
	shopLock1    = projecttest.ShopLock1
	shopLock3    = projecttest.ShopLock3
)

var shopLock2 = projecttest.ShopLock2()

func TestAllLockfileVersionsGiveTheSameGraph(t *testing.T) {
	lines := map[string][6]string{ // of the entries, in the order of want
		shopLock1: {"6-9", "10-20", "16-18", "21-24", "25-31", "32-35"},
		shopLock2: {"19-23", "24-29", "30-33", "34-37", "38-44", "45-48"},
		shopLock3: {"19-23", "24-29", "30-33", "34-37", "38-44", "45-48"},
	}
	for name, text := range map[string]string{"version 1": shopLock1, "version 2": shopLock2, "version 3": shopLock3} {
		t.Run(name, func(t *testing.T) {
			d := discover(t, files{"package.json": shopManifest, "package-lock.json": text}.Write(t))
			wantGaps(t, d.Gaps)
			at := lines[text]
			want := []string{
				"@real/name@2.1.0 node_modules/alias production depth=1 package-lock.json:" + at[0] + " direct package.json:5 <[] npm:@real/name@^2.0.0 (production)",
				"express@4.18.0 node_modules/express production depth=1 package-lock.json:" + at[1] + " direct package.json:4 <[] ^4.0.0 (production)",
				"qs@6.10.0 node_modules/express/node_modules/qs production depth=2 package-lock.json:" + at[2] + " <[node_modules/express] 6.10.0 (production)",
				"fsevents@2.3.0 node_modules/fsevents optional depth=1 package-lock.json:" + at[3] + " direct package.json:11 <[] ^2.0.0 (optional)",
				"mocha@10.0.0 node_modules/mocha development depth=1 package-lock.json:" + at[4] + " direct package.json:8 <[] ^10.0.0 (development)",
				"qs@6.11.0 node_modules/qs development depth=2 package-lock.json:" + at[5] + " <[node_modules/mocha] ^6.0.0 (production)",
			}
			if diff := cmp.Diff(want, nodeLines(d.Inventory.Projects[0])); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestByteOrderMarkAndCarriageReturnsChangeNothing(t *testing.T) {
	plain := discover(t, files{"package.json": shopManifest, "package-lock.json": shopLock3}.Write(t))
	windows := func(s string) string { return "\xef\xbb\xbf" + strings.ReplaceAll(s, "\n", "\r\n") }
	same := discover(t, files{"package.json": windows(shopManifest), "package-lock.json": windows(shopLock3)}.Write(t))
	if diff := cmp.Diff(plain, same); diff != "" {
		t.Error(diff)
	}
}

func TestALockfileThatCannotBeReadIsAFaultWithItsLine(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		line       int
		msg        string
	}{
		{"empty", "", 1, "the file is empty"},
		{"blank", " \n\n", 1, "the file is empty"},
		{"truncated", shopLock3[:200], 10, "not valid JSON: the file ends in the middle; it is cut off"},
		{"truncated in a word", "{\"lockfileVersion\": 3, \"packages\": {\n\"a\": tr", 2, "not valid JSON"},
		{"conflict marks", "{\n  \"lockfileVersion\": 3,\n<<<<<<< HEAD\n}\n", 3, "not valid JSON: invalid character '<'"},
		{"text after the end", shopLock3 + "x\n", 51, "not valid JSON: invalid character 'x' after top-level value"},
		{"a wrong byte deep inside", strings.Replace(shopLock3, `"version": "6.10.0",`, `"version": 6.10.0,`, 1), 31, "not valid JSON"},
		{"a list", "[]", 1, "is a list; want an object"},
		{"null", "\nnull", 2, "is null; want an object"},
		{"another JSON file", `{"name": "x"}`, 1, "no lockfileVersion; this is not an npm lockfile"},
		{"version 4", "{\n\"lockfileVersion\": 4, \"packages\": {}}", 2, "unknown lockfileVersion 4 (a number); want 1, 2 or 3"},
		{"version 0", `{"lockfileVersion": 0}`, 1, "unknown lockfileVersion 0 (a number); want 1, 2 or 3"},
		{"version as text", `{"lockfileVersion": "3", "packages": {}}`, 1, `unknown lockfileVersion "3" (a string); want 1, 2 or 3`},
		{"version of a fraction", `{"lockfileVersion": 2.5}`, 1, "unknown lockfileVersion 2.5 (a number); want 1, 2 or 3"},
		{"huge version", `{"lockfileVersion": 1` + strings.Repeat("0", 400) + `}`, 1, "unknown lockfileVersion 10000000000000000000 (a number); want 1, 2 or 3"},
		{"version 3 without packages", `{"lockfileVersion": 3, "dependencies": {}}`, 1, "lockfileVersion is 3 but there is no packages section"},
		{"packages null", `{"lockfileVersion": 2, "packages": null}`, 1, "lockfileVersion is 2 but there is no packages section"},
		{"nested beyond all bounds", strings.Repeat(`{"a":`, 20000), 1, "not valid JSON"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := parseNPMLock([]byte(tt.text))
			le, ok := err.(*project.Fault)
			if !ok {
				t.Fatalf("got %v, want a project.Fault", err)
			}
			if le.Line != tt.line || !strings.HasPrefix(le.Msg, tt.msg) {
				t.Errorf("got %v, want line %d: %s", problemText(*le), tt.line, tt.msg)
			}
		})
	}
}

// lock3 is a lockfile of version 3 whose entries begin on line 4, after a root that needs a.
func lock3(entries string) string {
	return `{"lockfileVersion": 3, "packages": {
"": {"dependencies": {"a": "1"}},

` + entries + "\n}}"
}

func TestABadEntryIsAProblemAndTheRestIsRead(t *testing.T) {
	const good = `"node_modules/a": {"version": "1.0.0"}`
	for _, tt := range []struct {
		name, entry string
		problem     string
	}{
		{"a list", `"node_modules/b": []`, `4: entry "node_modules/b" is a list, so it was not checked; want an object`},
		{"null", `"node_modules/b": null`, `4: entry "node_modules/b" is null, so it was not checked; want an object`},
		{"version of a number", "\"node_modules/b\": {\n\"version\": 1}", `5: entry "node_modules/b": version is a number; want a string`},
		{"dependencies of a list", "\"node_modules/b\": {\"version\": \"1.0.0\",\n\"dependencies\": [\"x\"]}", `5: entry "node_modules/b": dependencies is a list; want an object`},
		{"a range of an object", "\"node_modules/b\": {\"version\": \"1.0.0\",\"peerDependencies\": {\n\"x\": {}}}", `5: entry "node_modules/b": peerDependencies: "x" is an object; want a string`},
		{"dev of a string", `"node_modules/b": {"version": "1.0.0", "dev": "yes"}`, `4: entry "node_modules/b": dev is a string; want true or false`},
		{"an entry twice", good + ",\n" + good, `5: "node_modules/a" stands twice in one object; the last one counts`},
		{"a version twice", `"node_modules/b": {"version": "1.0.0", "version": "2.0.0"}`, `4: "version" stands twice in one object; the last one counts`},
		{"a path out", `"node_modules/../../../etc": {"version": "1.0.0"}`, `4: entry "node_modules/../../../etc" is not a plain path; read as "../../etc"`},
		{"a path that is not plain", `"./node_modules/b": {"version": "1.0.0"}`, `4: entry "./node_modules/b" is not a plain path; read as "node_modules/b"`},
		{"backslashes", `"node_modules\\b": {"version": "1.0.0"}`, `4: entry "node_modules\\b" is not a plain path; read as "node_modules/b"`},
		{"an absolute path", `"/node_modules/b": {"version": "1.0.0"}`, `4: entry "/node_modules/b" is not a plain path; read as "node_modules/b"`},
		{"no name", `"node_modules/@x": {"version": "1.0.0"}`, `4: entry "node_modules/@x": "@x" is no name of a package`},
		{"a name with a blank", `"node_modules/b": {"name": "lodash ", "version": "1.0.0"}`, `4: entry "node_modules/b": "lodash " is no name of a package`},
		{"a download of something else", `"node_modules/b": {"version": "1.0.0", "resolved": "https://registry.example/lodash/-/lodash-4.17.11.tgz"}`,
			`4: entry "node_modules/b" says it is b@1.0.0 and downloads lodash@4.17.11; only the former was checked`},
		{"a download of another version", `"node_modules/b": {"version": "2.0.0", "resolved": "https://registry.example/x/b/-/b-1.0.0.tgz"}`,
			`4: entry "node_modules/b" says it is b@2.0.0 and downloads b@1.0.0; only the former was checked`},
		{"a key beyond all bounds", `"node_modules/` + strings.Repeat("b", 5000) + `": {"version": "1.0.0"}`, `4: entry "node_modules/` + strings.Repeat("b", 87) + `" has a key of 5013 bytes`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			lock, err := parseNPMLock([]byte(lock3(tt.entry + ",\n" + `"node_modules/last": {"version": "3.0.0"}`)))
			if err != nil {
				t.Fatal(err)
			}
			if len(lock.problems) == 0 || !strings.HasPrefix(problemText(lock.problems[0]), tt.problem) {
				t.Errorf("problems = %v, want %s", lock.problems, tt.problem)
			}
			if _, ok := lock.byKey["node_modules/last"]; !ok {
				t.Error("what stands after it was not read")
			}
		})
	}
}

func problemText(p project.Fault) string { return fmt.Sprintf("%d: %s", p.Line, p.Msg) }

func TestKeysInOtherCaseAreNotBelieved(t *testing.T) {
	lock, err := parseNPMLock([]byte(lock3(`"node_modules/a": {"version": "1.0.0", "Version": "9.9.9", "NAME": "other", "LINK": true}`)))
	if err != nil {
		t.Fatal(err)
	}
	e := lock.entries[lock.byKey["node_modules/a"]]
	if e.version != "1.0.0" || e.name != "a" || e.isLink {
		t.Errorf("read %+v, want a@1.0.0 as npm does", e)
	}
}

func TestOnlyTheSectionForNPM6HoldsAPackage(t *testing.T) {
	text := `{"lockfileVersion": 2, "packages": {"": {}},
"dependencies": {
"lodash": {"version": "4.17.11"}}}`
	lock, err := parseNPMLock([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if len(lock.problems) != 1 || lock.problems[0].Line != 3 || !strings.HasPrefix(lock.problems[0].Msg, "lodash@4.17.11 is in the dependencies section") {
		t.Errorf("problems = %v", lock.problems)
	}
}

func TestVersion1OddVersions(t *testing.T) {
	text := `{"lockfileVersion": 1, "dependencies": {
"git": {"version": "git+ssh://git@host.example/a/b.git#abc"},
"file": {"version": "file:../x"},
"short": {"version": "github:a/b#abc"},
"alias": {"version": "npm:lodash"},
"scoped": {"version": "npm:@a/b"},
"old": {"version": "1.0.0", "resolved": false, "requires": true, "bundled": true},
"../../etc": {"version": "1.0.0"},
"deep/node_modules/lodash": {"version": "4.17.11"}}}`
	lock, err := parseNPMLock([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range lock.entries {
		got = append(got, e.key+" "+e.name+"@"+e.version)
	}
	want := []string{"node_modules/git git@", "node_modules/file file@", "node_modules/short short@", "node_modules/alias alias@",
		"node_modules/scoped scoped@", "node_modules/old old@1.0.0", "../etc ../../etc@1.0.0", "node_modules/deep/node_modules/lodash deep/node_modules/lodash@4.17.11"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	var problems []string
	for _, p := range lock.problems {
		problems = append(problems, problemText(p))
	}
	wantProblems := []string{
		`5: entry "alias" is an alias without a version, "npm:lodash", so it was not checked; want npm:name@version`,
		`6: entry "scoped" is an alias without a version, "npm:@a/b", so it was not checked; want npm:name@version`,
		`8: entry "../../etc" is not a plain name; read as "../etc"`,
		`8: entry "../../etc": "../../etc" is no name of a package, so no advisory was compared with it`,
		`9: entry "deep/node_modules/lodash": "deep/node_modules/lodash" is no name of a package, so no advisory was compared with it`,
	}
	if diff := cmp.Diff(wantProblems, problems); diff != "" {
		t.Error(diff)
	}
}

func TestNestingOfVersion1IsBounded(t *testing.T) {
	deep := `{"lockfileVersion": 1, ` + strings.Repeat(`"dependencies": {"a": {"version": "1.0.0", `, 1000) + `"dev": true` + strings.Repeat("}}", 1000) + "}"
	lock, err := parseNPMLock([]byte(deep))
	if err != nil {
		t.Fatal(err)
	}
	if len(lock.entries) != maxNesting+1 || len(lock.problems) != 1 || !strings.Contains(lock.problems[0].Msg, "nested deeper than 200") {
		t.Errorf("%d entries, problems %v", len(lock.entries), lock.problems)
	}
}

func TestProblemsAreCountedBeyondABound(t *testing.T) {
	lock, err := parseNPMLock([]byte(lock3(strings.TrimSuffix(strings.Repeat("\"node_modules/a\": [],\n", 500), ",\n"))))
	if err != nil {
		t.Fatal(err)
	}
	last := lock.problems[len(lock.problems)-1]
	if len(lock.problems) != project.MaxFaults+1 || !strings.HasSuffix(last.Msg, "more problems in this file") {
		t.Errorf("%d problems, the last: %v", len(lock.problems), last)
	}
}

func TestTarball(t *testing.T) {
	for _, tt := range []struct {
		address, name, version string
		ok                     bool
	}{
		{"https://registry.example/lodash/-/lodash-4.17.21.tgz", "lodash", "4.17.21", true},
		{"https://registry.example/api/npm/remote/@babel/core/-/core-7.0.0-beta.1.tgz", "@babel/core", "7.0.0-beta.1", true},
		{"https://registry.example/@babel%2fcore/-/core-7.0.0.tgz", "@babel/core", "7.0.0", true},
		{"https://registry.example/@a/b/-/@a/b-1.0.0.tgz", "@a/b", "1.0.0", true},
		{"https://registry.example/a/-/a-1.0.0%2Bbuild.tgz", "a", "1.0.0+build", true},
		{"https://registry.example/download/@a/b/1.0.0/0123abcd", "", "", false},
		{"https://code.example/a/b/tarball/v1.0.0", "", "", false},
		{"git+ssh://git@code.example/a/b.git#0123", "", "", false},
		{"https://registry.example/lodash/-/other-1.0.0.tgz", "", "", false},
		{"file:../x", "", "", false}, {"", "", "", false}, {"%zz", "", "", false}, {"/-/", "", "", false},
	} {
		name, version, ok := tarball(tt.address)
		if ok != tt.ok || ok && (name != tt.name || version != tt.version) {
			t.Errorf("tarball(%q) = %q, %q, %t, want %q, %q, %t", tt.address, name, version, ok, tt.name, tt.version, tt.ok)
		}
	}
}
