package fettle

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCompareTellsWhatIsAddedRemovedAndMoved(t *testing.T) {
	inventory := func(lockfile string, packages ...Package) Inventory {
		p := Project{Lockfile: lockfile}
		for _, pkg := range packages {
			p.Nodes = append(p.Nodes, Node{Package: pkg})
		}
		return Inventory{Projects: []Project{p}}
	}
	npm := func(name, version string) Package { return Package{"npm", name, version} }
	before := inventory("a.lock", npm("same", "1"), npm("gone", "1"), npm("moved", "1"), npm("moved", "3"), npm("twice", "1"))
	after := inventory("a.lock", npm("same", "1"), npm("new", "2"), npm("moved", "3"), npm("moved", "2"), npm("twice", "1"), npm("twice", "1"), Package{"PyPI", "same", "1"})
	want := []PackageChange{
		{Lockfile: "a.lock", Ecosystem: "npm", Name: "gone", From: []string{"1"}},
		{Lockfile: "a.lock", Ecosystem: "npm", Name: "moved", From: []string{"1", "3"}, To: []string{"2", "3"}},
		{Lockfile: "a.lock", Ecosystem: "npm", Name: "new", To: []string{"2"}},
		{Lockfile: "a.lock", Ecosystem: "PyPI", Name: "same", To: []string{"1"}},
	}
	if diff := cmp.Diff(want, Compare(before, after)); diff != "" {
		t.Error(diff)
	}
	if got := Compare(after, after); got != nil {
		t.Errorf("an inventory differs from itself: %v", got)
	}
	moved := inventory("b.lock", npm("same", "1"))
	if got := Compare(inventory("a.lock", npm("same", "1")), moved); len(got) != 2 {
		t.Errorf("another lockfile: %v", got)
	}
}
