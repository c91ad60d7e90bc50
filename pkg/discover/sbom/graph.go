package sbom

import (
	"fmt"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// builder turns a bill into a project.
type builder struct {
	*bill
	file  string
	graph *project.Graph
	at    map[string]int // components by reference, the first where there are several
	keys  []string       // of each component in the graph; "" for a root of its own and what is left out
	is    []role
	taken map[string]int // keys, and the highest number that was tried behind each
}

// role is what a component is to the graph.
type role int

const (
	left    role = iota // neither a package nor a holder of any
	root                // the project itself or a part of it
	library             // a package
)

// reading makes the project, and a gap for each thing that was passed over.
func (b *bill) reading(file string) project.Reading {
	g := &builder{bill: b, file: file, at: map[string]int{}, taken: map[string]int{},
		graph: project.NewGraph(fettle.Project{Manager: b.manager, Dir: project.Parent(file), Lockfile: file}),
		keys:  make([]string, len(b.components)), is: make([]role, len(b.components))}
	g.index()
	g.roles()
	nodes := 0
	for i, c := range b.components {
		switch g.is[i] {
		case root:
			g.graph.Root(g.keys[i])
		case library:
			n := fettle.Node{Key: g.keys[i]} // beyond the bound it is only counted
			if nodes < project.MaxNodes {
				n = g.node(c, g.keys[i])
			}
			if g.graph.Add(n) {
				nodes++
			}
		}
	}
	g.link()
	p, gaps := g.graph.Project()
	g.scopes(p)
	g.judge(p)
	r := project.Reading{Projects: []fettle.Project{p}}
	for _, f := range b.faults {
		r.Gaps = append(r.Gaps, project.Gap(file, f.Line, f.Msg))
	}
	if b.untold > 0 {
		r.Gaps = append(r.Gaps, project.Gap(file, 0, fmt.Sprintf("and %d more problems in this file", b.untold)))
	}
	r.Gaps = append(r.Gaps, gaps...)
	return r
}

func (g *builder) index() {
	for i, c := range g.components {
		if c.ref == "" {
			continue
		}
		if first, ok := g.at[c.ref]; ok {
			g.note(c.line, "%.100q stands twice, first on line %d; edges are taken for those of the first", c.ref, g.components[first].line)
			continue
		}
		g.at[c.ref] = i
	}
}

// roles tells roots, packages and the rest apart. What the bill is about is a root if something else is in it; an
// application or a machine without a package URL is one if it holds something.
func (g *builder) roles() {
	holds := map[string]bool{}
	for _, n := range g.needs {
		holds[n.holder] = true
	}
	for _, ref := range g.roots {
		if i, ok := g.at[ref]; ok {
			g.components[i].described = true
		}
	}
	packages := 0
	for i, c := range g.components {
		isRoot := c.described && (g.manager == "cyclonedx" || holds[c.ref] || len(g.roots) == 1)
		switch own := c.purl == "" && (c.isPart() || c.kind == "application" && !c.cpe); {
		case isRoot, own && holds[c.ref] && c.ref != "":
			g.is[i] = root
		case !own:
			g.is[i] = library
			packages++
		case c.kind == "application": // it says nothing of what is in it
			g.is[i] = library
			packages++
		}
	}
	first := true
	for i, c := range g.components {
		if g.is[i] != root {
			continue
		}
		if packages == 0 && c.purl != "" { // a bill of one thing
			g.is[i] = library
			continue
		}
		if !first || !c.described {
			g.keys[i] = c.ref
		}
		first = first && !c.described
	}
	for i, c := range g.components {
		if g.is[i] == library {
			g.keys[i] = g.key(c)
		}
	}
}

// key is the package URL, which is the same in the next bill, with a number where it stands twice.
func (g *builder) key(c component) string {
	key := c.purl
	if key == "" {
		key = orElse(c.ref, strings.Trim(c.name+"@"+c.version, "@"))
	}
	for base := key; g.taken[key] > 0; { // the number that was free last is where to go on
		g.taken[base]++
		key = fmt.Sprintf("%s#%d", base, g.taken[base])
	}
	g.taken[key] = 1
	return key
}

// holderOf returns the key of what a need names as its holder.
func (g *builder) holderOf(ref string) (key string, ok bool) {
	if ref == documentID && g.manager == "spdx" {
		return "", true
	}
	i, ok := g.at[ref]
	if !ok || g.is[i] == left {
		return "", false
	}
	return g.keys[i], true
}

// link adds the edges. What is said to contain a package stands in for what needs it, where nothing does.
func (g *builder) link() {
	needed := make([]bool, len(g.components))
	rooted := false
	for pass := range 2 { // needs first
		for _, n := range g.needs {
			if n.part != (pass == 1) {
				continue
			}
			at, known := g.at[n.ref]
			holder, ok := g.holderOf(n.holder)
			if !known || !ok {
				g.dangling(n, known)
				continue
			}
			fromRoot := ok && (n.holder == documentID || g.is[g.at[n.holder]] == root)
			if g.is[at] != library || n.part && (needed[at] || fromRoot && !g.graphed) {
				continue
			}
			if holder == g.keys[at] {
				continue
			}
			g.graph.Need(holder, g.keys[at], "", g.scope(n, g.components[at]))
			needed[at] = needed[at] || !n.part
			rooted = rooted || fromRoot
		}
	}
	g.tops(needed, rooted)
}

// tops makes packages that nothing needs those of the project, where the graph says nothing of the project itself.
func (g *builder) tops(needed []bool, rooted bool) {
	for i, c := range g.components {
		if g.is[i] == library && !needed[i] && (g.graphed && !rooted || c.described) {
			g.graph.Need("", g.keys[i], "", g.scope(need{}, c))
		}
	}
}

func (g *builder) scope(n need, c component) fettle.Scope {
	switch {
	case n.scope != "":
		return n.scope
	case c.scope != "":
		return c.scope
	}
	return fettle.Production
}

// dangling tells of an edge that leads nowhere. What contains what is no edge, and may be about files.
func (g *builder) dangling(n need, known bool) {
	ref := n.holder
	if !known {
		ref = n.ref
	}
	switch _, isThere := g.at[ref]; {
	case n.part || isThere:
	case strings.HasPrefix(ref, "DocumentRef-"), strings.HasPrefix(ref, "urn:cdx:"):
		g.note(n.line, "%.100q stands in another document, which was not read", ref)
	default:
		g.note(n.line, "%.100q is in a dependency and is no component of this document, so it was not checked", ref)
	}
}

// scopes lets what the document says of a package stand against what the graph says.
func (g *builder) scopes(p fettle.Project) {
	said := map[string]fettle.Scope{}
	for i, c := range g.components {
		if g.is[i] == library && c.scope != "" {
			said[g.keys[i]] = c.scope
		}
	}
	for i, n := range p.Nodes {
		if s := said[n.Key]; s != "" {
			p.Nodes[i].Scope = s
		}
	}
}
