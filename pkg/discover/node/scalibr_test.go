package node

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fettle-dev/fettle/pkg/discover/projecttest"
)

func opinion(t *testing.T, text string) []string {
	t.Helper()
	lock, err := parseNPMLock([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	gaps, err := secondOpinion(t.Context(), "package-lock.json", []byte(text), lock)
	if err != nil {
		t.Fatal(err)
	}
	return gapLines(gaps)
}

func TestTheSecondOpinionAgrees(t *testing.T) {
	for name, text := range map[string]string{"version 1": shopLock1, "version 2": shopLock2, "version 3": shopLock3, "workspaces": projecttest.WorkspaceLock,
		"addresses":     `{"lockfileVersion": 1, "dependencies": {"a": {"version": "https://x.example/a.tgz"}, "b": {"version": "git+ssh://git@x.example/b.git#abc"}, "c": {"version": "file:c"}}}`,
		"scoped folder": `{"lockfileVersion": 3, "packages": {"": {}, "libs/@x/y": {"version": "1.0.0"}}}`,
	} {
		t.Run(name, func(t *testing.T) {
			if got := opinion(t, text); got != nil {
				t.Errorf("gaps = %v, want none", got)
			}
		})
	}
}

func TestAPanicOfTheSecondOpinionIsAGap(t *testing.T) {
	got := opinion(t, `{"lockfileVersion": 1, "dependencies": {"a": {"version": "npm:lodash"}}}`)
	want := []string{"package-lock.json: osv-scalibr cannot read all of it: runtime error: slice bounds out of range [:-1]"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestADisagreementOfTheSecondOpinionIsAGap(t *testing.T) {
	got := opinion(t, `{"lockfileVersion": 3, "packages": {"node_modules/lodash": {"version": "4.17.21", "Version": "4.17.11"}}}`)
	want := []string{"package-lock.json: osv-scalibr reads lodash@4.17.11 here and fettle does not, so it was not checked"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestTheSecondOpinionReadsOnAfterABadPart(t *testing.T) {
	text := `{"lockfileVersion": 3, "packages": {"node_modules/0": {"version": 1}`
	for _, c := range "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" {
		text += `, "node_modules/` + string(c) + `": {"version": "1.0.0"}`
	}
	text += `, "node_modules/zz": {"version": "1.0.0", "VERSION": "2.0.0"}}}`
	got := opinion(t, text)
	if len(got) != 2 || got[1] != "package-lock.json: osv-scalibr reads zz@2.0.0 here and fettle does not, so it was not checked" {
		t.Errorf("gaps = %v", got)
	}
}
