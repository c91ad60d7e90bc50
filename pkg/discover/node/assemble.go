package node

import (
	"maps"
	"slices"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// locked makes the project.
func (a *assembly) locked() locked {
	g := project.NewGraph(a.project)
	limits := a.folders()
	l := locked{}
	for _, m := range a.members {
		g.Root(m.dir)
		l.dirs = append(l.dirs, a.inRepo(m.dir))
	}
	for _, e := range a.entries {
		switch {
		case e.isOut:
			continue
		case e.isFolder:
			g.Root(e.dir)
			l.dirs = append(l.dirs, a.inRepo(e.dir))
			continue
		}
		g.Add(fettle.Node{Package: fettle.Package{Ecosystem: "npm", Name: e.name, Version: e.version}, Key: e.key, NoVersion: e.why,
			Location: fettle.Location{Path: a.project.Lockfile, Line: e.line, EndLine: e.endLine}})
	}
	for i := range a.members {
		m := &a.members[i]
		for _, n := range m.needs {
			g.Need(m.dir, n.key, n.spec, n.scope)
			a.declared(g.Node(n.key), m, n.name)
		}
	}
	for i, e := range a.entries {
		holder := e.key
		if e.isFolder {
			holder = e.dir
		}
		for _, n := range e.needs {
			g.Need(holder, n.key, n.spec, narrower(n.scope, limits[i]))
		}
	}
	p, gaps := g.Project()
	a.orphans(p)
	for _, kind := range slices.Sorted(maps.Keys(a.told)) {
		if more := a.told[kind] - project.MaxFaults; more > 0 {
			a.gap(0, "and %d more %s", more, kind)
		}
	}
	l.projects, l.gaps = []fettle.Project{p}, append(a.gaps, gaps...)
	return l
}

// orphans tells of packages that nothing needs: the lockfile is older than what was taken out of a manifest.
func (a *assembly) orphans(p fettle.Project) {
	var first *fettle.Node
	count := 0
	for i, n := range p.Nodes {
		if n.Depth == 0 {
			if count++; count == 1 {
				first = &p.Nodes[i]
			}
		}
	}
	if count > 0 && a.project.Manager == "yarn" && a.isBerry {
		a.gap(first.Location.Line, "nothing that the lockfile tells of needs %.100s and %d more such packages; they were checked as needed in production; what Yarn itself adds to packages does not stand there, else run %s", first.Package, count-1, a.run)
	} else if count > 0 {
		a.gap(first.Location.Line, "nothing needs %.100s and %d more such packages, so why they are here is unknown; they were checked as needed in production; run %s", first.Package, count-1, a.run)
	}
}

// declared notes on n where m declares it.
func (a *assembly) declared(n *fettle.Node, m *member, name string) {
	if n == nil || n.Manifest != nil || m.manifest == nil {
		return
	}
	if line := m.manifest.line(name); line > 0 {
		n.Manifest = &fettle.Location{Path: a.manifestFile(m), Line: line}
	}
}

// folders returns for each entry the widest scope in which the members need it, Production where they do not: what a
// folder needs is needed no wider than the folder itself.
func (a *assembly) folders() []fettle.Scope {
	limits := make([]fettle.Scope, len(a.entries))
	if !slices.ContainsFunc(a.entries, func(e entry) bool { return e.isFolder }) {
		for i := range limits {
			limits[i] = fettle.Production
		}
		return limits
	}
	reached := make([]fettle.Scope, len(a.entries))
	for _, level := range []fettle.Scope{fettle.Production, fettle.Peer, fettle.Optional, fettle.Development} {
		seen := make([]bool, len(a.entries))
		var queue []int
		visit := func(needs []need) {
			for _, n := range needs {
				if at, ok := a.index[n.key]; ok && !seen[at] && !level.Wider(n.scope) {
					seen[at] = true
					queue = append(queue, at)
				}
			}
		}
		for _, m := range a.members {
			visit(m.needs)
		}
		for len(queue) > 0 {
			at := queue[0]
			queue = queue[1:]
			if reached[at] == "" {
				reached[at] = level
			}
			visit(a.entries[at].needs)
		}
	}
	for i, e := range a.entries {
		limits[i] = fettle.Production
		if e.isFolder && reached[i] != "" {
			limits[i] = reached[i]
		}
	}
	return limits
}
