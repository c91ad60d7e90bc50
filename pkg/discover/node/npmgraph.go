package node

import (
	"path"
	"slices"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// npmGraph resolves an npm lockfile's needs as Node does, by walking up the folders.
type npmGraph struct {
	lock    *npmLock
	folders map[string]map[string]int // what a folder's node_modules holds, by name
	holders [][]npmEdge               // for each entry, who needs it
	needs   [][]npmEdge               // for each entry, what it needs; at is the needed entry
	roots   []int                     // the root project, the workspace members and other folders outside of node_modules
	isRoot  []bool
	missing []npmMissing
	dangles []int // links whose target the lockfile does not hold
	own     []npmOwn
}

type npmEdge struct {
	at    int
	spec  string
	scope fettle.Scope
}

// npmMissing is a need that the lockfile leaves open.
type npmMissing struct {
	holder int
	need   npmNeed
}

// npmOwn is a need of a package that a folder of the project meets.
type npmOwn struct {
	holder, folder int
	need           npmNeed
}

// newNPMGraph links the entries of lock. manifest holds the root's needs where the lockfile does not, as in version 1.
func newNPMGraph(lock *npmLock, manifest []npmNeed) *npmGraph {
	if _, ok := lock.byKey[""]; !ok {
		lock.byKey[""] = len(lock.entries)
		lock.entries = append(lock.entries, npmEntry{needs: manifest})
	}
	n := len(lock.entries)
	g := &npmGraph{lock: lock, folders: map[string]map[string]int{}, holders: make([][]npmEdge, n), needs: make([][]npmEdge, n), isRoot: make([]bool, n)}
	for i, e := range lock.entries {
		if e.local() && !e.isLink {
			g.roots = append(g.roots, i)
			g.isRoot[i] = true
		}
		if e.isLink {
			target, ok := lock.byKey[e.link]
			if !ok || lock.entries[target].isLink {
				g.dangles = append(g.dangles, i)
			}
		}
		if folder, name, ok := installed(e.key); ok {
			if g.folders[folder] == nil {
				g.folders[folder] = map[string]int{}
			}
			g.folders[folder][name] = i
		}
	}
	for i := range lock.entries {
		g.link(i)
	}
	return g
}

// link resolves what entry i needs.
func (g *npmGraph) link(i int) {
	e := g.lock.entries[i]
	if e.isLink {
		return
	}
	reach := g.visible(e.key)
	for _, need := range e.needs {
		if need.section == "devDependencies" && !g.isRoot[i] {
			continue
		}
		at, ok := g.resolve(reach, need.name)
		if !ok {
			if !need.optional && need.section != "peerDependencies" {
				g.missing = append(g.missing, npmMissing{i, need})
			}
			continue
		}
		if g.isRoot[at] && !g.isRoot[i] {
			g.own = append(g.own, npmOwn{i, at, need})
		}
		scope := scopeOf(need)
		if g.lock.legacy && !e.opt && g.lock.entries[at].opt { // version 1 does not say which needs are optional
			scope = narrower(scope, fettle.Optional)
		}
		g.needs[i] = append(g.needs[i], npmEdge{at, need.spec, scope})
		g.holders[at] = append(g.holders[at], npmEdge{i, need.spec, scope})
	}
}

func scopeOf(need npmNeed) fettle.Scope {
	switch {
	case need.section == "devDependencies":
		return fettle.Development
	case need.optional:
		return fettle.Optional
	case need.section == "peerDependencies":
		return fettle.Peer
	}
	return fettle.Production
}

func narrower(a, b fettle.Scope) fettle.Scope {
	if a.Wider(b) {
		return b
	}
	return a
}

// visible returns the node_modules folders that code in the folder key sees, the nearest first.
func (g *npmGraph) visible(key string) []map[string]int {
	var list []map[string]int
	for dir := key; ; dir = project.Parent(dir) {
		base := path.Base(dir)
		if names := g.folders[dir]; names != nil && base != "node_modules" {
			list = append(list, names)
		}
		if dir == "" || base == ".." { // above the project nothing is known but what is named so
			return list
		}
	}
}

// resolve finds the entry that Node would load for name, following a link to its target.
func (g *npmGraph) resolve(visible []map[string]int, name string) (int, bool) {
	for _, names := range visible {
		if i, ok := names[name]; ok {
			if e := g.lock.entries[i]; e.isLink {
				i, ok = g.lock.byKey[e.link]
				return i, ok && !g.lock.entries[i].isLink
			}
			return i, true
		}
	}
	return 0, false
}

// sources are the roots that are installed in their own right: the root project and, where it has workspaces or nothing
// asks for them, the others. A folder that is only a dependency has the scope in which it is needed.
func (g *npmGraph) sources() []int {
	spaces := false
	if at, ok := g.lock.byKey[""]; ok {
		spaces = g.lock.entries[at].spaces
	}
	var list []int
	for _, at := range g.roots {
		if g.lock.entries[at].key == "" || spaces || len(g.holders[at]) == 0 {
			list = append(list, at)
		}
	}
	return list
}

// reach returns for each entry the widest scope in which a root needs it and its distance from the nearest root; scope is
// empty where nothing needs it.
func (g *npmGraph) reach() (scopes []fettle.Scope, depths []int) {
	scopes = make([]fettle.Scope, len(g.lock.entries))
	depths = make([]int, len(g.lock.entries))
	for _, level := range []fettle.Scope{fettle.Production, fettle.Peer, fettle.Optional, fettle.Development} {
		queue := g.sources()
		seen := make([]bool, len(g.lock.entries))
		for len(queue) > 0 {
			at := queue[0]
			queue = queue[1:]
			for _, edge := range g.needs[at] {
				if seen[edge.at] || level.Wider(edge.scope) {
					continue
				}
				seen[edge.at] = true
				if scopes[edge.at] == "" {
					scopes[edge.at] = level
				}
				queue = append(queue, edge.at)
			}
		}
	}
	queue := slices.Clone(g.roots)
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		for _, edge := range g.needs[at] {
			if depths[edge.at] == 0 && !g.isRoot[edge.at] {
				depths[edge.at] = depths[at] + 1
				queue = append(queue, edge.at)
			}
		}
	}
	return scopes, depths
}
