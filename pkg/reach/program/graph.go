package program

import (
	"fmt"
	"maps"
	"slices"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// Graph is who imports whom: the program's own code, and the packages by the keys of their nodes. What nobody could read is in
// it as a doubt, so that it never looks like the absence of an import.
type Graph struct {
	own    []edge              // from production code
	tests  []edge              // from tests
	edges  map[string][]edge   // from a package's own files
	closed map[string]bool     // packages whose files were read whole
	opaque map[string]string   // packages whose files were not, and why
	needs  map[string][]string // by holder's key, as the lockfile has them
	doubts map[string][]doubt  // by the package that holds the place
	names  map[string]string   // name@version by key
}

type edge struct {
	to  string // key
	hop fettle.Hop
}

// doubt is a place that may import anything, or any one package.
type doubt struct {
	key  string // "" for any
	why  string
	hop  fettle.Hop
	test bool
}

// NewGraph returns a graph over the packages of p that holds no import yet. A package is opaque until Read says otherwise.
func NewGraph(p fettle.Project) *Graph {
	g := &Graph{edges: map[string][]edge{}, closed: map[string]bool{}, opaque: map[string]string{}, needs: map[string][]string{}, doubts: map[string][]doubt{}, names: map[string]string{}}
	for _, n := range p.Nodes {
		g.names[n.Key] = n.Package.String()
		for _, h := range n.Holders {
			g.needs[h.Holder] = append(g.needs[h.Holder], n.Key)
		}
	}
	return g
}

// Own notes that the program's own code imports the package key.
func (g *Graph) Own(key string, at fettle.Location, symbol string, test bool) {
	e := edge{key, fettle.Hop{Symbol: symbol, Location: at}}
	if test {
		g.tests = append(g.tests, e)
		return
	}
	g.own = append(g.own, e)
}

// Import notes that a file of the package holder imports the package key; at is relative to the holder.
func (g *Graph) Import(holder, key string, at fettle.Location, symbol string) {
	g.edges[holder] = append(g.edges[holder], edge{key, fettle.Hop{Package: g.names[holder], Symbol: symbol, Location: at}})
}

// Read notes that all files of the package key were read, so that what Import does not say of it, it does not import.
func (g *Graph) Read(key string) { g.closed[key] = true }

// Opaque says why the files of the package key cannot tell what it imports. It outweighs Read.
func (g *Graph) Opaque(key, why string) { g.opaque[key] = why }

// Doubt notes a place that may import the package key, or with "" any package: from the program's own code where holder is "",
// else from that package's.
func (g *Graph) Doubt(holder, key, why string, at fettle.Location, test bool) {
	g.doubts[holder] = append(g.doubts[holder], doubt{key, why, fettle.Hop{Package: g.names[holder], Location: at}, test})
}

// trail is how the walk came to a package.
type trail struct {
	key  string
	by   fettle.Hop
	prev *trail // nil: from the program's own code
}

func (t *trail) chain() []fettle.Hop {
	var hops []fettle.Hop
	for ; t != nil; t = t.prev {
		hops = append(hops, t.by)
	}
	slices.Reverse(hops)
	return hops
}

// guess is why a package may be imported, and where that is seen.
type guess struct {
	why string
	hop *fettle.Hop
}

// sure follows edges from the program's own code, the shortest way first, and returns the packages that certainly are imported.
func (g *Graph) sure(from []edge) map[string]*trail {
	sure := map[string]*trail{}
	var queue []*trail
	visit := func(e edge, prev *trail) {
		if sure[e.to] == nil {
			t := &trail{e.to, e.hop, prev}
			sure[e.to] = t
			queue = append(queue, t)
		}
	}
	for _, e := range from {
		visit(e, nil)
	}
	for len(queue) > 0 {
		t := queue[0]
		queue = queue[1:]
		for _, e := range g.edges[t.key] {
			visit(e, t)
		}
	}
	return sure
}

// maybe returns the packages that may be imported beside those that surely are.
func (g *Graph) maybe(sure map[string]*trail) map[string]guess {
	maybe := map[string]guess{}
	open := append([]string{""}, slices.Sorted(maps.Keys(sure))...) // packages yet to be expanded; "" is the program's own code
	add := func(key string, why guess) {
		if _, ok := maybe[key]; !ok && sure[key] == nil {
			maybe[key] = why
			open = append(open, key)
		}
	}
	all := slices.Sorted(maps.Keys(g.names))
	for len(open) > 0 {
		key := open[0]
		open = open[1:]
		for _, e := range g.edges[key] {
			add(e.to, maybe[key])
		}
		if why := g.unreadable(key); why != "" {
			for _, to := range g.needs[key] {
				add(to, guess{why: fmt.Sprintf("%s may import it: %s", g.names[key], why)})
			}
		}
		for _, d := range g.doubts[key] {
			switch {
			case d.test:
			case d.key != "":
				add(d.key, guess{d.why, &d.hop})
			default:
				for _, to := range all {
					add(to, guess{d.why, &d.hop})
				}
			}
		}
	}
	return maybe
}

// unreadable says why the imports of the package key are not known; "" where they are. Those of the program's own code are, but
// for doubts.
func (g *Graph) unreadable(key string) string {
	if why, ok := g.opaque[key]; ok {
		return why
	}
	if key == "" || g.closed[key] {
		return ""
	}
	return "it is not installed here"
}

// Answer returns for each key whether production code imports it. Referenced is the furthest that it says; whether vulnerable
// code is called is for the analyst to find out.
func (g *Graph) Answer(keys []string) []Verdict {
	sure, tested := g.sure(g.own), g.sure(g.tests)
	maybe := g.maybe(sure)
	verdicts := make([]Verdict, len(keys))
	for i, key := range keys {
		v := &verdicts[i]
		if t := sure[key]; t != nil {
			*v = Verdict{Reach: Referenced, Known: true, Why: "the package is imported", Chain: t.chain()}
			if len(v.Chain) > 1 {
				v.Why = "the package is imported by way of " + v.Chain[len(v.Chain)-1].Package
			}
			continue
		}
		if guess, ok := maybe[key]; ok {
			v.Why = guess.why
			if guess.hop != nil {
				v.Chain = []fettle.Hop{*guess.hop}
			}
			continue
		}
		*v = Verdict{Reach: NotImported, Known: true, Why: "no file imports the package"}
		if t := tested[key]; t != nil {
			v.Why, v.Chain = "only tests import the package", t.chain()
		}
	}
	return verdicts
}
