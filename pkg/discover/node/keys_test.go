package node

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestKeysOfPNPM(t *testing.T) {
	for _, tt := range []struct {
		major, key string
		want       pnpmKey
	}{
		{"5", "/a/1.0.0", pnpmKey{name: "a", version: "1.0.0"}},
		{"5", "/@x/a/1.0.0-rc.1_b@2.0.0+@y+c@1.0.0", pnpmKey{name: "@x/a", version: "1.0.0-rc.1"}},
		{"5", "registry.example/@x/a/1.0.0", pnpmKey{name: "@x/a", version: "1.0.0"}},
		{"5", "github.com/x/a/0123abc", pnpmKey{source: "github.com/x/a/0123abc"}},
		{"5", "@codeload.example/x/a/tar.gz/0123abc", pnpmKey{source: "@codeload.example/x/a/tar.gz/0123abc"}},
		{"5", "file:local", pnpmKey{source: "the file local", dir: "local"}},
		{"6", "/@x/a@1.0.0(b@2.0.0)(@y/c@1.0.0(d@1))", pnpmKey{name: "@x/a", version: "1.0.0"}},
		{"6", "registry.example/a@1.0.0", pnpmKey{name: "a", version: "1.0.0"}},
		{"6", "file:local(b@1.0.0)", pnpmKey{source: "the file local", dir: "local"}},
		{"6", "github.com/x/a/0123abc", pnpmKey{source: "github.com/x/a/0123abc"}},
		{"9", "@x/a@1.0.0(b@2.0.0)", pnpmKey{name: "@x/a", version: "1.0.0"}},
		{"9", "a@https://codeload.example/x/a/tar.gz/0123abc", pnpmKey{name: "a", source: "https://codeload.example/x/a/tar.gz/0123abc"}},
		{"9", "a@git+https://git.example/x/a.git#0123abc", pnpmKey{name: "a", source: "git+https://git.example/x/a.git#0123abc"}},
		{"9", "local@file:packages/local", pnpmKey{name: "local", source: "the file packages/local", dir: "packages/local"}},
		{"9", "a", pnpmKey{name: "a"}},
		{"9", "", pnpmKey{}},
		{"6", "/", pnpmKey{}},
		{"5", "@", pnpmKey{source: "@"}},
	} {
		t.Run(tt.major+" "+tt.key, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, parsePNPMKey(tt.major, tt.key), cmp.AllowUnexported(pnpmKey{})); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestLocatorsOfYarn(t *testing.T) {
	for _, tt := range []struct {
		text, key string
		want      locator
	}{
		{"@x/a@npm:1.0.0", "@x/a@1.0.0", locator{name: "@x/a", kind: "npm", ref: "1.0.0"}},
		{"a@npm:1.0.0::__archiveUrl=https%3A%2F%2Fregistry.example%2Fb%2F-%2Fb-1.0.0.tgz", "a@1.0.0", locator{name: "a", kind: "npm", ref: "1.0.0", archive: "https://registry.example/b/-/b-1.0.0.tgz"}},
		{"a@virtual:0123#npm:1.0.0", "a@1.0.0", locator{name: "a", kind: "npm", ref: "1.0.0"}},
		{"a@workspace:packages/a", "a@workspace:packages/a", locator{name: "a", kind: "workspace", ref: "packages/a"}},
		{"l@link:../l::locator=%40x%2Fb%40workspace%3Apackages%2Fb", "l@link:../l::packages/b", locator{name: "l", kind: "link", ref: "../l", parent: "packages/b"}},
		{"a@patch:a@npm%3A1.0.0#./a.patch::version=1.0.0&hash=01", "a@patch:a@npm%3A1.0.0#./a.patch", locator{name: "a", kind: "patch", ref: "a@npm%3A1.0.0#./a.patch", version: "1.0.0"}},
		{"alias@patch:real@npm%3A2.0.0#~/a.patch", "real@patch", locator{name: "real", kind: "patch", ref: "real@npm%3A2.0.0#~/a.patch", version: "2.0.0"}},
		{"a@patch:a@patch%3Aa@npm%253A3.0.0%23one#two", "", locator{name: "a", kind: "patch", ref: "a@patch%3Aa@npm%253A3.0.0%23one#two", version: "3.0.0"}},
		{"a@https://git.example/x/a.git#commit=0123", "", locator{name: "a", kind: "https", ref: "//git.example/x/a.git#commit=0123"}},
	} {
		t.Run(tt.text, func(t *testing.T) {
			got := parseLocator(tt.text)
			if tt.key != "" && tt.key != "real@patch" && got.key() != tt.key {
				t.Errorf("key = %q", got.key())
			}
			got.text = ""
			if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(locator{})); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestLinesOfYarn1(t *testing.T) {
	for _, tt := range []struct {
		line  string
		words []string
		opens bool
	}{
		{`a@^1.0.0, "@x/b@>= 1.0.0 < 2":`, []string{"a@^1.0.0", "@x/b@>= 1.0.0 < 2"}, true},
		{`version "1.0.0"`, []string{"version", "1.0.0"}, false},
		{`"a\"b" "\u00e9"`, []string{`a"b`, "é"}, false},
		{`dependencies:`, []string{"dependencies"}, true},
		{`"not closed`, nil, false},
		{`a:b`, nil, false},
		{`: x`, nil, false},
	} {
		t.Run(tt.line, func(t *testing.T) {
			words, opens, ok := classicWords(tt.line)
			if diff := cmp.Diff(tt.words, words); diff != "" || opens != tt.opens || ok != (tt.words != nil) {
				t.Error(diff, opens, ok)
			}
		})
	}
}

func TestTargetsOfOverrides(t *testing.T) {
	for selector, want := range map[string]string{"a": "a", "a>b": "b", "a@1>@x/b@>=2": "@x/b@>=2", "a@>1": "a@>1", "a@1 || >2>b": "b"} {
		if got := overrideTarget(selector); got != want {
			t.Errorf("target of %q = %q, want %q", selector, got, want)
		}
	}
}

func TestPatternsOfResolutions(t *testing.T) {
	for pattern, want := range map[string][]string{"a": {"a"}, "**/a": {"a"}, "x/**/@s/a": {"x", "@s/a"}, "@s/x/a@^1": {"@s/x", "a@^1"}, "": nil} {
		if diff := cmp.Diff(want, patternParts(pattern)); diff != "" {
			t.Errorf("%q: %s", pattern, diff)
		}
	}
}

func TestGlobsOfWorkspaces(t *testing.T) {
	all := newManifests([]string{"package.json", "a/package.json", "a/b/package.json", "c/package.json", "c-d/package.json", "x/yarn.lock"})
	for _, tt := range []struct {
		dir       string
		globs     []string
		want, bad []string
	}{
		{"", []string{"*"}, []string{"a", "c", "c-d"}, nil},
		{"", []string{"./**/", "!c*"}, []string{"a", "a/b"}, nil},
		{"a", []string{"*"}, []string{"b"}, nil},
		{"", []string{"c", "missing"}, []string{"c"}, nil},
		{"", []string{".", ""}, nil, nil},
		{"", []string{"[", "{a,{b,{c,{d,{e}}}}}"}, nil, []string{"[", "{a,{b,{c,{d,{e}}}}}"}},
	} {
		g := newGlobs(tt.globs)
		got, whole := all.matching(tt.dir, g)
		if diff := cmp.Diff([][]string{tt.want, tt.bad}, [][]string{got, g.bad}); diff != "" || !whole {
			t.Errorf("%q of %q: %s", tt.globs, tt.dir, diff)
		}
	}
}
