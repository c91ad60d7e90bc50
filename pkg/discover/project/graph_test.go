package project

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// needs builds a graph of one need a line: holder > key scope. "" and what begins with a slash are roots.
func needs(t testing.TB, lines ...string) (fettle.Project, []fettle.Gap) {
	t.Helper()
	g := NewGraph(fettle.Project{Lockfile: "x.lock"})
	for _, line := range lines {
		holder, rest, ok := strings.Cut(line, ">")
		key, scope, okScope := strings.Cut(strings.TrimSpace(rest), " ")
		if !ok || !okScope {
			t.Fatalf("bad line %q", line)
		}
		holder = strings.TrimSpace(holder)
		if strings.HasPrefix(holder, "/") {
			g.Root(holder)
		} else if holder != "" {
			g.Add(fettle.Node{Key: holder})
		}
		g.Add(fettle.Node{Key: key})
		g.Need(holder, key, "1", fettle.Scope(scope))
	}
	return g.Project()
}

func nodes(p fettle.Project) []string {
	var all []string
	for _, n := range p.Nodes {
		line := fmt.Sprintf("%s %s %d", n.Key, n.Scope, n.Depth)
		if n.Direct {
			line += " direct"
		}
		for _, h := range n.Holders {
			line += " <" + h.Holder
		}
		all = append(all, line)
	}
	return all
}

func TestGraphFindsScopesDepthsAndHolders(t *testing.T) {
	for _, tt := range []struct {
		name  string
		needs []string
		want  []string
	}{
		{"a chain", []string{"> a production", "a > b production"}, []string{"a production 1 direct <", "b production 2 <a"}},
		{"the widest way counts", []string{"> a development", "a > b production", "> c production", "c > d optional", "d > b production"},
			[]string{"a development 1 direct <", "b optional 2 <a <d", "c production 1 direct <", "d optional 2 <c"}},
		{"a way is as narrow as its narrowest edge", []string{"> a test", "a > b production", "b > c peer"},
			[]string{"a test 1 direct <", "b test 2 <a", "c test 3 <b"}},
		{"a cycle", []string{"> a peer", "a > b production", "b > a production", "b > b production"}, []string{"a peer 1 direct < <b", "b peer 2 <a"}},
		{"members are roots", []string{"/m > a production", "> b development", "b > a production"},
			[]string{"a production 1 direct </m <b", "b development 1 direct <"}},
		{"a holder that is nowhere is none", []string{"> a production", "a > b production", "/m > c production"},
			[]string{"a production 1 direct <", "b production 2 <a", "c production 1 direct </m"}},
		{"an equal need stands once", []string{"> a production", "> a production", "> a development"}, []string{"a production 1 direct < <"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, gaps := needs(t, tt.needs...)
			if diff := cmp.Diff(tt.want, nodes(p)); diff != "" || gaps != nil {
				t.Error(diff, gaps)
			}
		})
	}
}

func TestWhatNoRootReachesKeepsItsScope(t *testing.T) {
	g := NewGraph(fettle.Project{})
	g.Add(fettle.Node{Key: "a", Scope: fettle.Development})
	g.Add(fettle.Node{Key: "b"})
	g.Need("nobody", "a", "", fettle.Production)
	g.Need("", "nothing", "", fettle.Production)
	p, _ := g.Project()
	if diff := cmp.Diff([]string{"a development 0", "b production 0"}, nodes(p)); diff != "" {
		t.Error(diff)
	}
	if g.Add(fettle.Node{Key: "a", Scope: fettle.Test}) || !g.Has("a") || g.Has("c") || g.Node("a").Scope != fettle.Development || g.Node("c") != nil {
		t.Error("a second package of one key counts")
	}
}

func TestGraphIsBounded(t *testing.T) {
	g := NewGraph(fettle.Project{Lockfile: "x.lock"})
	for i := range MaxNodes + 5 {
		g.Add(fettle.Node{Key: fmt.Sprint(i)})
	}
	for i := range MaxEdges + 7 {
		g.Need("", fmt.Sprint(i%MaxNodes), "", fettle.Production)
	}
	p, gaps := g.Project()
	if len(p.Nodes) != MaxNodes || len(gaps) != 2 || !strings.Contains(gaps[0].Reason, "; 5 were not checked") || !strings.Contains(gaps[1].Reason, "; 7 were left out") {
		t.Errorf("%d nodes, gaps %v", len(p.Nodes), gaps)
	}
}

func BenchmarkGraph(b *testing.B) {
	for _, n := range []int{100, 1_000, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				g := NewGraph(fettle.Project{})
				for i := range n {
					g.Add(fettle.Node{Key: fmt.Sprint(i)})
					for j := range 4 {
						g.Need(fmt.Sprint((i-1)/(j+2)), fmt.Sprint(i), "^1", fettle.Production)
					}
				}
				g.Need("", "0", "^1", fettle.Production)
				if p, _ := g.Project(); p.Nodes[n-1].Depth == 0 {
					b.Fatal("not reached")
				}
			}
		})
	}
}
