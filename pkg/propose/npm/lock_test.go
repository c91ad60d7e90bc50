package npm

import (
	"errors"
	"strings"
	"testing"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/google/go-cmp/cmp"
	"github.com/tidwall/gjson"
)

const lockHead = `{"lockfileVersion":3,"packages":{`

func TestKeepSourcesTakesPackagesFromTheLockfilesRegistry(t *testing.T) {
	original := lockHead + `"":{},
"node_modules/a":{"version":"1.0.0","resolved":"https://one.example/a/-/a-1.0.0.tgz"},
"node_modules/@s/b":{"version":"1.0.0","resolved":"https://two.example/npm/@s/b/-/b-1.0.0.tgz"},
"node_modules/c":{"version":"1.0.0","resolved":"https://one.example/c/-/c-1.0.0.tgz"}}}`
	derived := lockHead + `"":{},
"node_modules/a":{"version":"1.0.5","resolved":"https://mirror.example/x/a/-/a-1.0.5.tgz"},
"node_modules/@s/b":{"version":"1.0.5","resolved":"https://mirror.example/x/@s/b/-/b-1.0.5.tgz"},
"node_modules/c":{"version":"1.0.0","resolved":"https://one.example/c/-/c-1.0.0.tgz"},
"node_modules/d":{"version":"1.0.0","resolved":"https://mirror.example/x/d/-/d-1.0.0.tgz"},
"node_modules/e":{"name":"@s/f","version":"2.0.0","resolved":"https://mirror.example/x/@s/f/-/f-2.0.0.tgz"}}}`
	want := lockHead + `"":{},
"node_modules/a":{"version":"1.0.5","resolved":"https://one.example/a/-/a-1.0.5.tgz"},
"node_modules/@s/b":{"version":"1.0.5","resolved":"https://two.example/npm/@s/b/-/b-1.0.5.tgz"},
"node_modules/c":{"version":"1.0.0","resolved":"https://one.example/c/-/c-1.0.0.tgz"},
"node_modules/d":{"version":"1.0.0","resolved":"https://one.example/d/-/d-1.0.0.tgz"},
"node_modules/e":{"name":"@s/f","version":"2.0.0","resolved":"https://two.example/npm/@s/f/-/f-2.0.0.tgz"}}}`
	got, err := keepSources(original, derived)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestKeepSourcesRefusesAnAddressThatIsNew(t *testing.T) {
	original := lockHead + `"node_modules/a":{"version":"1.0.0","resolved":"https://one.example/a/-/a-1.0.0.tgz"},
"node_modules/g":{"version":"1.0.0","resolved":"git+ssh://git@host.example/g.git#0123"}}}`
	for _, resolved := range []string{"https://elsewhere.example/a.tgz", "git+ssh://git@host.example/x.git#0123", "file:../x.tgz", "https://one.example/b/-/a-1.0.5.tgz", ""} {
		derived := strings.Replace(original, "https://one.example/a/-/a-1.0.0.tgz", resolved, 1)
		if _, err := keepSources(original, strings.Replace(derived, `"1.0.0"`, `"1.0.5"`, 1)); !errors.Is(err, fettle.ErrRefused) {
			t.Errorf("%q: got %v", resolved, err)
		}
	}
	omitted := lockHead + `"node_modules/a":{"version":"1.0.0"}}}`
	if _, err := keepSources(omitted, original); !errors.Is(err, fettle.ErrRefused) {
		t.Errorf("addresses in a lockfile that had none: %v", err)
	}
	old := `{"lockfileVersion":1,"dependencies":{"a":{"version":"1.0.0","resolved":"https://one.example/a/-/a-1.0.0.tgz"}}}`
	for _, entry := range []string{`"b":{"version":"https://elsewhere.example/b.tgz"}`, `"b":{"version":"git+https://host.example/b.git#1"}`,
		`"a":{"version":"1.0.5","resolved":"https://one.example/a/-/a-1.0.5.tgz","dependencies":{"b":{"version":"file:b"}}}`} {
		if _, err := keepSources(old, `{"lockfileVersion":1,"dependencies":{`+entry+`}}`); !errors.Is(err, fettle.ErrRefused) {
			t.Errorf("%s: got %v", entry, err)
		}
	}
	if got, err := keepSources(old, old); err != nil || got != old {
		t.Errorf("no change: got %q, %v", got, err)
	}
}

func TestMergeSectionKeepsNPMsHabitsOut(t *testing.T) {
	original := "{\n \"packages\": {\n  \"a\": {\"v\": 1},\n  \"b\": {\"v\": 1},\n  \"extra\": {\"v\": 1},\n  \"z\": {\"v\": 1}\n }\n}\n"
	normal := "{\n \"packages\": {\n  \"a\": {\"v\": 1, \"l\": 1},\n  \"added\": {},\n  \"b\": {\"v\": 1, \"l\": 1},\n  \"z\": {\"v\": 1, \"l\": 1}\n }\n}\n"
	derived := "{\n \"packages\": {\n  \"0\": {\"v\": 1},\n  \"a\": {\"v\": 1, \"l\": 1},\n  \"added\": {},\n  \"b\": {\"v\": 2, \"l\": 1},\n  \"c\": {\"v\": 1}\n }\n}\n"
	want := "{\n \"packages\": {\n  \"0\": {\"v\": 1},\n  \"a\": {\"v\": 1},\n  \"b\": {\"v\": 2, \"l\": 1},\n  \"c\": {\"v\": 1},\n  \"extra\": {\"v\": 1}\n }\n}\n"
	got, ok := mergeSection(original, normal, derived, "packages")
	if d := cmp.Diff(want, got); !ok || d != "" {
		t.Errorf("%v (-want +got):\n%s", ok, d)
	}
	if got, ok := mergeSection(original, normal, derived, "dependencies"); !ok || got != original {
		t.Errorf("a section that none has: %v %q", ok, got)
	}
	if _, ok := mergeSection(original, "{}", derived, "packages"); ok {
		t.Error("a section that one lacks was merged")
	}
}

func FuzzLockfilesAreMergedWellFormed(f *testing.F) {
	f.Add(lockHead+`"a":{"version":"1"}}}`, lockHead+`"a":{"version":"1","x":1}}}`, lockHead+`"a":{"version":"2","x":1},"b":{}}}`)
	f.Add(`{"packages":{}}`, `{"packages":{}}`, `{"packages":{"a":1}}`)
	f.Add(`{"packages":{"a":1,"a":2}}`, `{"packages":{"a":1}}`, `{"packages":{}}`)
	f.Add(`{"dependencies":{"a":{"version":"1","resolved":"https://x/a/-/a-1.tgz"}}}`, `{}`, `{"dependencies":{"a":{"version":"npm:b@1"}}}`)
	f.Fuzz(func(t *testing.T, original, normal, derived string) {
		if gjson.Valid(original) && gjson.Valid(normal) && gjson.Valid(derived) {
			if got, err := keepSources(original, derived); err == nil && !gjson.Valid(got) {
				t.Errorf("keepSources(%q, %q) = %q", original, derived, got)
			}
		}
		_, _ = mergeSection(original, normal, derived, "packages") // what it gives is checked after it
		_, _ = keepSources(original, derived)
	})
}
