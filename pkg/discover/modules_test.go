package discover

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

func TestAFindingIsToldWhereItsModuleNeedsThePackage(t *testing.T) {
	node := func(name, version string, holders ...string) fettle.Node {
		n := fettle.Node{Package: fettle.Package{Ecosystem: "Maven", Name: name, Version: version}, Key: name + "@" + version}
		for _, h := range holders {
			n.Holders = append(n.Holders, fettle.Edge{Holder: h})
		}
		return n
	}
	projects := []fettle.Project{
		{Manager: "maven", Dir: "", Lockfile: "pom.xml", Nodes: []fettle.Node{
			node("x:own", "1", ""), node("x:lib", "1", "lib"), node("x:deep", "1", "x:lib@1"), node("x:both", "1", "", "lib"),
			node("x:mediated", "2", "lib"), node("x:lost", "1", "nowhere"), node("x:other", "1", "other"),
		}},
		{Manager: "maven", Dir: "lib", Lockfile: "lib/pom.xml", Nodes: []fettle.Node{
			node("x:lib", "1", ""), node("x:deep", "1", "x:lib@1"), node("x:both", "1", ""), node("x:mediated", "1", ""),
			node("x:circle", "1", "."), node("x:lost", "1", ""),
		}},
		{Manager: "gradle", Dir: "other", Lockfile: "other/gradle.lockfile", Nodes: []fettle.Node{node("x:other", "1", "")}},
	}
	found := func(p fettle.Project) []fettle.Finding {
		var all []fettle.Finding
		for _, n := range p.Nodes {
			all = append(all, fettle.Finding{Package: n.Package, Instances: []fettle.Instance{{Key: n.Key, Version: n.Version}}})
		}
		return all
	}
	names := func(findings []fettle.Finding) []string {
		var all []string
		for _, f := range findings {
			all = append(all, f.Package.Name)
		}
		return all
	}
	m := newModules(projects)
	for i, want := range [][]string{
		{"x:own", "x:both", "x:mediated", "x:other"},
		{"x:lib", "x:deep", "x:both", "x:mediated", "x:circle", "x:lost"},
		{"x:other"},
	} {
		if diff := cmp.Diff(want, names(m.without(found(projects[i]), i))); diff != "" {
			t.Errorf("%s: %s", projects[i].Lockfile, diff)
		}
	}
}
