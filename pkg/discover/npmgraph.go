package discover

import (
	"path"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// npmGraph resolves an npm lockfile's needs as Node does, by walking up the folders.
type npmGraph struct {
	lock    *npmLock
	holders [][]npmEdge // for each entry, who needs it
	needs   [][]npmEdge // for each entry, what it needs; at is the needed entry
	roots   []int       // the root project and the workspace members
	isRoot  []bool
	missing []npmNeed // what a root needs and the lockfile does not hold
}

type npmEdge struct {
	at    int
	spec  string
	scope fettle.Scope
}

// newNPMGraph links the entries of lock. manifest holds the root's needs where the lockfile is of version 1.
func newNPMGraph(lock *npmLock, manifest []npmNeed) *npmGraph {
	if lock.legacy {
		lock.add(npmEntry{key: "", needs: manifest})
	}
	g := &npmGraph{lock: lock, holders: make([][]npmEdge, len(lock.entries)), needs: make([][]npmEdge, len(lock.entries)),
		isRoot: make([]bool, len(lock.entries))}
	for i, e := range lock.entries {
		if e.key == "" || e.local && e.link == "" && !strings.Contains("/"+e.key, "/node_modules/") {
			g.roots = append(g.roots, i)
			g.isRoot[i] = true
		}
	}
	for i, e := range lock.entries {
		isRoot := g.isRoot[i]
		for _, need := range e.needs {
			if need.section == "devDependencies" && !isRoot {
				continue
			}
			at, ok := g.resolve(e.key, need.name)
			if !ok {
				if isRoot && !need.optional && need.section != "peerDependencies" {
					g.missing = append(g.missing, need)
				}
				continue
			}
			scope := scopeOf(need)
			g.needs[i] = append(g.needs[i], npmEdge{at, need.spec, scope})
			g.holders[at] = append(g.holders[at], npmEdge{i, need.spec, scope})
		}
	}
	return g
}

func scopeOf(need npmNeed) fettle.Scope {
	switch need.section {
	case "devDependencies":
		return fettle.Development
	case "optionalDependencies":
		return fettle.Optional
	case "peerDependencies":
		return fettle.Peer
	}
	return fettle.Production
}

// resolve finds the entry that Node would load for name from the folder key, following a link to its target.
func (g *npmGraph) resolve(key, name string) (int, bool) {
	for dir := key; ; dir = parentDir(dir) {
		if path.Base(dir) != "node_modules" {
			if i, ok := g.lock.byKey[strings.TrimPrefix(dir+"/node_modules/"+name, "/")]; ok {
				if e := g.lock.entries[i]; e.link != "" {
					i, ok = g.lock.byKey[e.link]
					return i, ok
				}
				return i, true
			}
		}
		if dir == "" {
			return 0, false
		}
	}
}

func parentDir(dir string) string {
	if i := strings.LastIndex(dir, "/"); i >= 0 {
		return dir[:i]
	}
	return ""
}

// reach returns for each entry the widest scope in which a root needs it and its distance from the nearest root; scope is
// empty where nothing needs it.
func (g *npmGraph) reach() (scopes []fettle.Scope, depths []int) {
	scopes = make([]fettle.Scope, len(g.lock.entries))
	depths = make([]int, len(g.lock.entries))
	for _, level := range []fettle.Scope{fettle.Production, fettle.Peer, fettle.Optional, fettle.Development} {
		queue := slices.Clone(g.roots)
		seen := map[int]bool{}
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

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
