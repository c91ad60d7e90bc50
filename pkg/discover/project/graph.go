package project

import (
	"fmt"
	"slices"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// Bounds of one project. The largest known lockfiles have some 20,000 entries.
const (
	MaxNodes = 100_000
	MaxEdges = 2_000_000
)

// Graph gathers the packages and needs of one project, in any order, and turns them into a fettle.Project.
type Graph struct {
	project fettle.Project
	index   map[string]int // of project.Nodes, by key
	roots   map[string]bool
	needs   []need
	most    int // nodes beyond MaxNodes, which were left out
	edges   int // needs beyond MaxEdges
}

type need struct {
	holder, key string
	edge        fettle.Edge
}

// NewGraph begins the graph of p, whose root is the holder "".
func NewGraph(p fettle.Project) *Graph {
	return &Graph{project: p, index: map[string]int{}, roots: map[string]bool{"": true}}
}

// Root makes key a root too: a workspace member or another part of the project itself. Roots are no nodes.
func (g *Graph) Root(key string) { g.roots[key] = true }

// Add takes a package. Its Direct, Depth and Holders are found out by Project; its Scope counts only where no way from a
// root leads to it. A key that is there already is left as it is, and false returned.
func (g *Graph) Add(n fettle.Node) bool {
	if _, ok := g.index[n.Key]; ok {
		return false
	}
	if len(g.project.Nodes) == MaxNodes {
		g.most++
		return false
	}
	g.index[n.Key] = len(g.project.Nodes)
	g.project.Nodes = append(g.project.Nodes, n)
	return true
}

// Has reports whether a package of this key was added.
func (g *Graph) Has(key string) bool {
	_, ok := g.index[key]
	return ok
}

// Node returns the package of this key for a change of what Add took; nil where there is none. It is good until the next Add.
func (g *Graph) Node(key string) *fettle.Node {
	i, ok := g.index[key]
	if !ok {
		return nil
	}
	return &g.project.Nodes[i]
}

// Need says that holder, a root or a package, needs the package key by a range and for a scope. Either may be added later;
// a need of what never is added, or that the project's own root meets, is no edge.
func (g *Graph) Need(holder, key, spec string, scope fettle.Scope) {
	if len(g.needs) == MaxEdges {
		g.edges++
		return
	}
	g.needs = append(g.needs, need{holder, key, fettle.Edge{Holder: holder, Range: spec, Scope: scope}})
}

// Project returns the project with the scope, depth and holders of each package, and a gap where a bound was met. Holders
// are in the order of the needs; an equal one stands once.
func (g *Graph) Project() (fettle.Project, []fettle.Gap) {
	p := g.project
	p.Nodes = slices.Clone(g.project.Nodes)
	out := make([][]arc, len(p.Nodes)) // what each node needs
	var fromRoots []arc
	for _, n := range g.needs {
		at, ok := g.index[n.key]
		if !ok {
			continue
		}
		holder, isNode := g.index[n.holder]
		isRoot := g.roots[n.holder] && !isNode
		if !isNode && !isRoot || isNode && holder == at {
			continue
		}
		node := &p.Nodes[at]
		if k := len(node.Holders); k < 100 && slices.Contains(node.Holders, n.edge) {
			continue
		}
		node.Holders = append(node.Holders, n.edge)
		a := arc{at, n.edge.Scope}
		if isRoot {
			node.Direct = true
			fromRoots = append(fromRoots, a)
		} else {
			out[holder] = append(out[holder], a)
		}
	}
	reach(p.Nodes, fromRoots, out)
	for i := range p.Nodes {
		if p.Nodes[i].Scope == "" {
			p.Nodes[i].Scope = fettle.Production
		}
	}
	return p, g.gaps()
}

func (g *Graph) gaps() []fettle.Gap {
	var gaps []fettle.Gap
	if g.most > 0 {
		gaps = append(gaps, Gap(g.project.Lockfile, 0, fmt.Sprintf("more than %d packages; %d were not checked", MaxNodes, g.most)))
	}
	if g.edges > 0 {
		gaps = append(gaps, Gap(g.project.Lockfile, 0, fmt.Sprintf("more than %d dependencies between packages; %d were left out", MaxEdges, g.edges)))
	}
	return gaps
}

// arc is an edge on the way down.
type arc struct {
	to    int
	scope fettle.Scope
}

// scopes are all scopes, the widest first.
var scopes = []fettle.Scope{fettle.Production, fettle.Peer, fettle.Optional, fettle.Development, fettle.Test}

// reach fills in each node's scope, which is the widest over all ways from a root, where that of a way is its narrowest
// edge; and its depth.
func reach(nodes []fettle.Node, roots []arc, out [][]arc) {
	reached := make([]bool, len(nodes))
	for _, level := range scopes {
		walk(nodes, roots, out, func(a arc) bool { return !level.Wider(a.scope) }, func(at, _ int) {
			if !reached[at] {
				reached[at] = true
				nodes[at].Scope = level
			}
		})
	}
	walk(nodes, roots, out, func(arc) bool { return true }, func(at, depth int) { nodes[at].Depth = depth })
}

// walk visits, breadth first, the nodes that arcs which may be taken lead to.
func walk(nodes []fettle.Node, roots []arc, out [][]arc, may func(arc) bool, visit func(at, depth int)) {
	seen := make([]bool, len(nodes))
	level := roots
	for depth := 1; len(level) > 0; depth++ {
		var next []arc
		for _, a := range level {
			if seen[a.to] || !may(a) {
				continue
			}
			seen[a.to] = true
			visit(a.to, depth)
			next = append(next, out[a.to]...)
		}
		level = next
	}
}
