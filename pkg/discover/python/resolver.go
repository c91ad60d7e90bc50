package python

import (
	"fmt"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// resolver finds what needs lead to.
type resolver struct {
	*lock
	graph  *project.Graph
	byName map[string][]int
	byID   map[string][]int // by name and version
	byKey  map[string]int
	steps  int             // entries and needs that were looked at to find what needs lead to
	asked  map[string]bool // entries whose extra was followed, as key and extra
	queue  []pull
	told   int
}

// pull is an extra of an entry that somebody asks for.
type pull struct {
	at    int
	extra string
}

// project turns the lock into a project and its gaps.
func (l *lock) project() (fettle.Project, []fettle.Gap) {
	g := project.NewGraph(fettle.Project{Manager: l.manager, Dir: project.Parent(l.file), Lockfile: l.file, Manifest: l.manifest})
	r := &resolver{lock: l, graph: g, byName: map[string][]int{}, byID: map[string][]int{}, byKey: map[string]int{}, asked: map[string]bool{}}
	taken := map[string]int{}
	for i := range l.entries {
		e := &l.entries[i]
		r.byName[e.name] = append(r.byName[e.name], i)
		if e.local {
			continue
		}
		e.key = fettle.Package{Name: e.name, Version: e.version}.String()
		if taken[e.key]++; taken[e.key] > 1 {
			e.key = fmt.Sprintf("%s#%d", e.key, taken[e.key])
		}
		r.byID[e.name+"@"+e.version] = append(r.byID[e.name+"@"+e.version], i)
		r.byKey[e.key] = i
		file := l.file
		if e.file != "" {
			file = e.file
		}
		g.Add(fettle.Node{Package: fettle.Package{Ecosystem: "PyPI", Name: e.name, Version: e.version}, Key: e.key, NoVersion: e.noVersion, AtLeast: e.atLeast,
			Scope: e.scope, Location: fettle.Location{Path: file, Line: e.line, EndLine: max(e.line, e.endLine)}})
	}
	for i := range l.roots {
		g.Root(l.roots[i].key)
		for _, n := range l.roots[i].needs {
			r.declared(l.roots[i].key, n)
		}
	}
	for i := range l.entries {
		r.follow(pull{i, ""})
	}
	for len(r.queue) > 0 {
		next := r.queue[0]
		r.queue = r.queue[1:]
		r.follow(next)
	}
	if r.told > project.MaxFaults {
		l.gap(0, "and %d more needs that the lockfile does not meet", r.told-project.MaxFaults)
	}
	if l.untold > 0 {
		l.gaps = append(l.gaps, project.Gap(l.file, 0, fmt.Sprintf("and %d more problems in this file", l.untold)))
	}
	if r.steps > maxSteps {
		l.gap(0, "has so many needs of packages in several versions that not all were followed; some paths are unknown")
	}
	p, gaps := g.Project()
	for i, n := range p.Nodes {
		if flagged := l.entries[r.byKey[n.Key]].scope; flagged.Wider(n.Scope) {
			p.Nodes[i].Scope = flagged // the lockfile knows a way that its edges do not show
		}
	}
	return p, append(l.gaps, gaps...)
}

func (r *resolver) tell(file string, line int, format string, args ...any) {
	if r.told++; r.told <= project.MaxFaults {
		r.gaps = append(r.gaps, project.Gap(file, line, fmt.Sprintf(format, args...)))
	}
}

// declared links a root to what it asks for, and tells where the lockfile does not meet it.
func (r *resolver) declared(key string, n need) {
	found, fits := r.find(n)
	file := n.file
	if file == "" {
		file = r.file
	}
	switch {
	case r.steps > maxSteps:
	case len(found) == 0 && n.name != "" && !n.silent && !strings.Contains(n.marker, "python_"):
		r.tell(file, n.line, "%.100s %.100s is declared but not in %s, so it was not checked; run %s", n.name, n.spec, r.file, r.again)
	case len(found) > 0 && !fits:
		r.tell(file, n.line, "%.100s is declared as %.100s and is %.100s in %s, so the two are out of step; run %s", n.name, n.spec, r.entries[found[0]].version, r.file, r.again)
	}
	for _, at := range found {
		r.link(key, at, n)
		node := r.graph.Node(r.entries[at].key)
		if node != nil && node.Manifest == nil && n.line > 0 && n.file != "" {
			node.Manifest = &fettle.Location{Path: n.file, Line: n.line}
		}
	}
}

// link adds an edge, and goes after the extras that it asks for.
func (r *resolver) link(holder string, at int, n need) {
	e := &r.entries[at]
	scope := n.scope
	if scope == "" {
		scope = fettle.Production
	}
	if !e.local {
		r.graph.Need(holder, e.key, n.spec, scope)
	}
	for _, extra := range n.extras {
		r.queue = append(r.queue, pull{at, extra})
	}
}

// follow adds the edges of an entry that hold for an extra of it.
func (r *resolver) follow(p pull) {
	e := &r.entries[p.at]
	id := fmt.Sprintf("%d %s", p.at, p.extra)
	if e.local || r.asked[id] || r.steps > maxSteps {
		return
	}
	r.asked[id] = true
	r.steps += len(e.needs)
	for _, n := range e.needs {
		if n.of != p.extra || !holds(n.marker, func(name string) bool { return name == p.extra }) {
			continue
		}
		if n.of == "" && p.extra != "" {
			continue
		}
		found := r.byName[n.name]
		if len(found) > 1 {
			found, _ = r.find(n)
		}
		if len(found) == 0 && r.steps < maxSteps && n.marker == "" && n.of == "" && !n.silent {
			r.tell(r.file, max(n.line, e.line), "%.100s %.100s is needed by %.100s and not in the lockfile, so it was not checked; run %s", n.name, n.spec, e.name, r.again)
		}
		for _, at := range found {
			if at != p.at || len(n.extras) > 0 {
				r.link(e.key, at, n)
			}
		}
	}
}

// maxSteps bounds the search for what needs lead to, which grows with their number times that of the versions of a package.
const maxSteps = 5_000_000

// find returns the entries that meet n. Where none of the name does, all of the name, and fits is false.
func (r *resolver) find(n need) (found []int, fits bool) {
	all := r.byName[n.name]
	if n.version != "" {
		found = r.byID[n.name+"@"+n.version]
		if r.steps += len(found); r.steps > maxSteps {
			return nil, true
		}
		if len(found) > 0 {
			return found, true
		}
		return all, false
	}
	for _, i := range all {
		if r.steps++; r.steps > maxSteps {
			return nil, true
		}
		if e := r.entries[i]; e.version == "" || n.url != "" || admits(n.spec, e.version) {
			found = append(found, i)
		}
	}
	if len(found) == 0 {
		return all, false
	}
	return found, true
}
