package program

import (
	"strings"
	"testing"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// chain is a project whose root needs a, which needs b, which needs c; and t, which nobody needs.
func chain() *Graph {
	node := func(key, holder string) fettle.Node {
		return fettle.Node{Package: fettle.Package{Name: key, Version: "1"}, Key: key, Holders: []fettle.Edge{{Holder: holder}}}
	}
	return NewGraph(fettle.Project{Nodes: []fettle.Node{node("a", ""), node("b", "a"), node("c", "b"), node("t", "")}})
}

func TestWhatTheGraphAnswers(t *testing.T) {
	at := fettle.Location{Path: "x.js", Line: 3}
	for _, test := range []struct {
		name string
		make func(g *Graph)
		key  string
		want string // reach or "?", then a part of why
	}{
		{"nothing imports it", func(g *Graph) {}, "a", "not_imported no file"},
		{"own code does", func(g *Graph) { g.Own("a", at, "", false) }, "a", "referenced is imported"},
		{"only tests do", func(g *Graph) { g.Own("a", at, "", true) }, "a", "not_imported only tests"},
		{"what it needs, not installed", func(g *Graph) { g.Own("a", at, "", false) }, "b", "? a@1 may import it: it is not installed"},
		{"what that needs in turn", func(g *Graph) { g.Own("a", at, "", false) }, "c", "? b@1 may import it"},
		{"what it needs, installed and not imported", func(g *Graph) { g.Own("a", at, "", false); g.Read("a") }, "b", "not_imported no file"},
		{"what it imports", func(g *Graph) { g.Own("a", at, "", false); g.Read("a"); g.Import("a", "b", at, "") }, "b", "referenced by way of a@1"},
		{"installed, and its imports cannot be told", func(g *Graph) { g.Own("a", at, "", false); g.Read("a"); g.Opaque("a", "eval") }, "b", "? eval"},
		{"what nobody imports needs it", func(g *Graph) { g.Opaque("a", "eval") }, "b", "not_imported"},
		{"a doubt about everything", func(g *Graph) { g.Doubt("", "", "require of an expression", at, false) }, "t", "? require of"},
		{"a doubt about another", func(g *Graph) { g.Doubt("", "a", "named in a file", at, false) }, "t", "not_imported"},
		{"a doubt about what it needs", func(g *Graph) { g.Doubt("", "a", "named in a file", at, false) }, "b", "? a@1 may import it"},
		{"a doubt in tests", func(g *Graph) { g.Doubt("", "", "eval", at, true) }, "t", "not_imported"},
		{"a doubt in a package that is imported", func(g *Graph) { g.Own("a", at, "", false); g.Read("a"); g.Doubt("a", "", "loads plugins", at, false) }, "t", "? loads plugins"},
		{"a doubt in a package that is not", func(g *Graph) { g.Read("a"); g.Doubt("a", "", "loads plugins", at, false) }, "t", "not_imported"},
		{"an import is certain beside a doubt", func(g *Graph) { g.Own("t", at, "", false); g.Doubt("", "", "eval", at, false) }, "t", "referenced"},
	} {
		t.Run(test.name, func(t *testing.T) {
			g := chain()
			test.make(g)
			v := g.Answer([]string{test.key})[0]
			got := "? " + v.Why
			if v.Known {
				got = string(v.Reach) + " " + v.Why
			}
			reach, why, _ := strings.Cut(test.want, " ")
			if !strings.HasPrefix(got, reach) || !strings.Contains(got, why) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
