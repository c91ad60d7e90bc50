package maven

import (
	"fmt"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// graph turns a resolution into a project.
type graph struct {
	*resolution
	*project.Graph
	file   string
	scopes map[*artifact]fettle.Scope // of modules, by which way ever they are needed
}

func (g *graph) project() (fettle.Project, []fettle.Gap) {
	g.widths()
	for _, a := range g.order {
		if a.module {
			g.Root(holderKey(a))
			continue
		}
		g.Add(g.node(a))
		if a.model == nil && a.why == "" && a.scope != "system" && !bundled(a.kind) {
			g.w.lost.note(a.coords(), g.declaration(a))
		}
		if a.model != nil {
			for _, l := range a.model.lacks {
				g.w.lost.note(l.coords, g.declaration(a))
			}
		}
	}
	for _, n := range g.needs {
		to := g.chosen[n.key]
		if to == nil || to.module {
			continue
		}
		g.Need(holderKey(n.holder), nodeKey(to), n.spec, g.scope(n, to))
	}
	made, gaps := g.Graph.Project()
	if g.cut > 0 {
		gaps = append(gaps, project.Gap(g.file, 0, fmt.Sprintf("%d needs are more than %d levels deep, or the scan took more than %d steps; they were not checked", g.cut, maxDepth, maxWork)))
	}
	return made, append(gaps, g.unmet()...)
}

// unmet tells of needs that no version is for.
func (g *graph) unmet() []fettle.Gap {
	var gaps []fettle.Gap
	told := map[string]bool{}
	for _, n := range g.needs {
		if g.chosen[n.key] != nil || told[n.key] || len(told) == project.MaxFaults {
			continue
		}
		told[n.key] = true
		at := place{file: g.file}
		if n.holder != nil {
			at = g.declaration(n.holder)
		}
		gaps = append(gaps, project.Gap(at.file, at.line, fmt.Sprintf("no version of %.200s is in all of the ranges %.200s that are asked for, so it was not checked", n.key, strings.Join(g.specs[n.key], " and "))))
	}
	return gaps
}

// widths finds out what each module is needed for: what it needs itself is needed for nothing more.
func (g *graph) widths() {
	g.scopes = map[*artifact]fettle.Scope{}
	if !hasModule(g.order) {
		return
	}
	for pass, changed := 0, true; changed && pass < 50; pass++ { // nearer needs come first, so one or two are enough
		changed = false
		for _, n := range g.needs {
			to := g.chosen[n.key]
			if to == nil {
				continue
			}
			scope := n.scope
			if n.holder != nil {
				if scope = narrower(scope, g.scopes[n.holder]); g.scopes[n.holder] == "" {
					continue
				}
			}
			if scope = g.declared(to, scope); g.scopes[to] == "" || scope.Wider(g.scopes[to]) {
				g.scopes[to], changed = scope, true
			}
		}
	}
}

func hasModule(all []*artifact) bool {
	for _, a := range all {
		if a.module {
			return true
		}
	}
	return false
}

// scope is that of an edge.
func (g *graph) scope(n need, to *artifact) fettle.Scope {
	scope := n.scope
	if n.holder != nil && n.holder.module {
		scope = narrower(scope, g.scopes[n.holder])
	}
	return g.declared(to, scope)
}

// declared narrows a scope to that which the root itself declares for to: Maven does not widen what is declared.
func (g *graph) declared(to *artifact, scope fettle.Scope) fettle.Scope {
	if to.depth == 1 {
		return narrower(scope, scopeOf(to.dependency))
	}
	return scope
}

func (g *graph) node(a *artifact) fettle.Node {
	n := fettle.Node{Package: fettle.Package{Ecosystem: "Maven", Name: a.group + ":" + a.artifact, Version: a.version}, Key: nodeKey(a)}
	if a.why != "" {
		n.Version, n.NoVersion = "", a.why
	}
	at := g.declaration(a)
	n.Location = *at.location()
	n.Manifest = a.at.location()
	pin := a.pin
	if a.managed != nil && a.managed.version != "" {
		pin = a.managed.pin
	}
	if !pin.within(a.at) {
		n.Pin = pin.location()
	}
	return n
}

// declaration is the line of the tree by which a is needed: its own, or that of the dependency it comes with.
func (g *graph) declaration(a *artifact) place {
	for ; a.via != nil; a = a.via {
	}
	if a.at.file != "" {
		return a.at
	}
	return place{file: g.file}
}

// holderKey is the key of the root, a module or a node.
func holderKey(a *artifact) string {
	switch {
	case a == nil:
		return ""
	case a.module:
		return orElse(project.Parent(a.model.file), ".") // "" is the root
	}
	return nodeKey(a)
}

func nodeKey(a *artifact) string { return a.id + "@" + a.version }
