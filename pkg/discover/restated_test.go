package discover

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

func TestABillOfMaterialsTellsOnlyWhatNoLockfileOfItsFolderTells(t *testing.T) {
	node := func(name, version string) fettle.Node {
		return fettle.Node{Package: fettle.Package{Ecosystem: "npm", Name: name, Version: version}, Key: name + "@" + version}
	}
	projects := []fettle.Project{
		{Manager: "spdx", Dir: "app", Lockfile: "app/a.spdx", Nodes: []fettle.Node{node("lib", "1"), node("late", "1")}},
		{Manager: "cyclonedx", Dir: "app", Lockfile: "app/bom.json", Nodes: []fettle.Node{node("lib", "1"), node("late", "1"), node("lib", "2"), node("float", ""), node("web", "1")}},
		{Manager: "npm", Dir: "app", Lockfile: "app/package-lock.json", Nodes: []fettle.Node{node("lib", "1"), node("float", "")}},
		{Manager: "npm", Dir: "app/web", Lockfile: "app/web/package-lock.json", Nodes: []fettle.Node{node("web", "1")}},
		{Manager: "cyclonedx", Dir: "application", Lockfile: "application/bom.json", Nodes: []fettle.Node{node("lib", "1")}},
	}
	got := map[string][]string{}
	for i, p := range projects {
		var findings []fettle.Finding
		for _, n := range p.Nodes {
			if n.Version != "" {
				findings = append(findings, fettle.Finding{Instances: []fettle.Instance{{Key: n.Key}}})
			}
		}
		for _, f := range withoutRestated(findings, projects, i) {
			got[p.Lockfile] = append(got[p.Lockfile], f.Instances[0].Key)
		}
	}
	want := map[string][]string{"app/a.spdx": {"late@1"}, "app/bom.json": {"lib@2"}, "app/package-lock.json": {"lib@1"},
		"app/web/package-lock.json": {"web@1"}, "application/bom.json": {"lib@1"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	both := []fettle.Finding{{Instances: []fettle.Instance{{Key: "lib@1"}, {Key: "lib@2"}}}}
	if left := withoutRestated(both, projects, 1); len(left) != 1 || len(left[0].Instances) != 2 {
		t.Errorf("a finding that is told in part: %v", left)
	}
}
