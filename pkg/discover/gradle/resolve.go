package gradle

import (
	"maps"
	"slices"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/osv"
)

// resolver works out what a project without a lockfile resolves to: of all versions that are asked for, the highest, apart
// for each kind of class path.
type resolver struct {
	*poms
	g       *project.Graph
	deps    []declared
	spring  bool // managed versions count before those that modules ask for
	managed map[string]string
	unknown map[string]bool
	linked  map[[2]string]bool // holder and package of the needs that are known
}

// classPaths are the scopes that are resolved together; the last of each is its own.
var classPaths = [][]fettle.Scope{
	{fettle.Production},
	{fettle.Production, fettle.Peer},
	{fettle.Production, fettle.Peer, fettle.Test},
	{fettle.Development},
}

// manageBy takes the versions that platforms and the plugin of Spring set.
func (r *resolver) manageBy(spring string) {
	r.managed, r.unknown, r.linked = map[string]string{}, map[string]bool{}, map[[2]string]bool{}
	var boms []module
	for _, d := range r.deps {
		if d.platform {
			if v, _ := lowest(d.version.text); v != "" {
				boms = append(boms, module{d.group, d.name, v})
			}
		}
	}
	if spring != "" && r.spring {
		boms = append(boms, module{"org.springframework.boot", "spring-boot-dependencies", spring})
	}
	for _, m := range boms {
		if p := r.pom(m, 0); p != nil {
			for id, v := range p.managed {
				if r.managed[id] == "" || newer(v, r.managed[id]) {
					r.managed[id] = v
				}
			}
		}
	}
}

// version is the one that a declaration comes to on its own.
func (r *resolver) version(d declared) (string, string) {
	if d.version.text == "" && d.version.why == "" && r.managed[d.id()] != "" {
		return lowest(r.managed[d.id()])
	}
	if d.version.why != "" {
		return "", d.version.why
	}
	return lowest(d.version.text)
}

// add puts all class paths into the graph.
func (r *resolver) add(scope func(declared) fettle.Scope) {
	before := map[string]string{} // what the class path of production took, by group:name
	for _, scopes := range classPaths {
		own := scopes[len(scopes)-1]
		pick := map[string]string{}
		var direct []declared
		for _, d := range r.deps {
			if s := scope(d); !slices.Contains(scopes, s) {
				continue
			}
			if v, _ := r.version(d); v != "" && !d.platform {
				if have := pick[d.id()]; !d.constraint && (have == "" || newer(v, have)) {
					pick[d.id()] = v
				}
				direct = append(direct, d)
			}
		}
		if !slices.ContainsFunc(direct, func(d declared) bool { return scope(d) == own }) {
			continue
		}
		for range 20 {
			if !r.raise(pick, direct) {
				break
			}
		}
		r.link(pick, direct, own, scope, before)
		if own == fettle.Production {
			before = pick
		}
	}
}

// raise follows all needs once and reports whether a version changed.
func (r *resolver) raise(pick map[string]string, direct []declared) bool {
	changed := false
	ask := func(id, version string) {
		v, _ := lowest(version)
		if m := r.managed[id]; m != "" && (r.spring || v == "" || newer(m, v)) {
			v = m
		}
		if have, ok := pick[id]; v != "" && (!ok || newer(v, have)) && len(pick) < project.MaxNodes {
			pick[id], changed = v, true
		}
	}
	for _, d := range direct {
		if v, _ := r.version(d); d.constraint && pick[d.id()] != "" && newer(v, pick[d.id()]) {
			pick[d.id()], changed = v, true
		}
	}
	seen := map[string]bool{}
	queue := ids(direct)
	for ; len(queue) > 0; queue = queue[1:] {
		id := queue[0]
		if seen[id] || pick[id] == "" {
			continue
		}
		seen[id] = true
		if p := r.pom(moduleOf(id, pick[id]), 0); p != nil {
			for _, n := range p.needs {
				ask(n.id(), n.version)
				queue = append(queue, n.id())
			}
		}
	}
	for _, id := range slices.Sorted(maps.Keys(pick)) { // what only an older version needed
		if !seen[id] {
			delete(pick, id)
		}
	}
	return changed
}

func ids(direct []declared) []string {
	var list []string
	for _, d := range direct {
		if !d.constraint {
			list = append(list, d.id())
		}
	}
	return list
}

func moduleOf(id, version string) module {
	m, _ := parseModule(id)
	m.version = version
	return m
}

// link adds the packages of one class path and who needs whom.
func (r *resolver) link(pick map[string]string, direct []declared, own fettle.Scope, scope func(declared) fettle.Scope, before map[string]string) {
	seen := map[string]bool{}
	for _, d := range direct {
		if d.constraint || pick[d.id()] == "" {
			continue
		}
		to := moduleOf(d.id(), pick[d.id()])
		at := d.version.at
		r.g.Add(nodeOf(to, d.at, &at))
		if scope(d) == own || before[d.id()] != to.version { // else it was linked for its own class path
			r.g.Need("", to.key(), d.version.text, own)
		}
		r.behind(to, d.at, pick, seen, own)
	}
}

// behind adds what is needed behind a direct dependency, which lends its line to it. A need that only one class path has is
// for that one.
func (r *resolver) behind(from module, at fettle.Location, pick map[string]string, seen map[string]bool, own fettle.Scope) {
	for queue := []module{from}; len(queue) > 0; queue = queue[1:] {
		m := queue[0]
		if seen[m.id()] {
			continue
		}
		seen[m.id()] = true
		p := r.pom(m, 0)
		if p == nil {
			r.unknown[m.key()] = true
			continue
		}
		for _, n := range p.needs {
			to := moduleOf(n.id(), pick[n.id()])
			if to.version == "" {
				open := nodeOf(to, at, nil)
				_, open.NoVersion = lowest(n.version)
				r.g.Add(open)
			} else {
				r.g.Add(nodeOf(to, at, nil))
				queue = append(queue, to)
			}
			if way := [2]string{m.key(), to.key()}; !r.linked[way] {
				r.linked[way] = true
				r.g.Need(m.key(), to.key(), n.version, own)
			}
		}
	}
}

func nodeOf(m module, at fettle.Location, manifest *fettle.Location) fettle.Node {
	if manifest != nil && manifest.Path == "" {
		manifest = &at
	}
	return fettle.Node{Package: fettle.Package{Ecosystem: "Maven", Name: m.id(), Version: m.version}, Key: m.key(), Location: at, Manifest: manifest}
}

func newer(a, b string) bool {
	if a == b {
		return false
	}
	order, err := osv.CompareVersions("Maven", a, b)
	return err == nil && order > 0
}
