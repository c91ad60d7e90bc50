package gradle

import (
	"maps"
	"slices"
	"strings"

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
	barred  map[string][]string // what the plugin of Spring leaves out behind a module, by group:name
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
	r.barred = map[string][]string{}
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
			for id, n := range p.managed {
				if r.spring {
					r.barred[id] = append(r.barred[id], n.excluded...)
				}
				if r.managed[id] == "" || newer(n.version, r.managed[id]) {
					r.managed[id] = n.version
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
	seen := r.reach(pick, direct, func(_ string, n need) { ask(n.id(), n.version) }, func(string) {})
	for _, id := range slices.Sorted(maps.Keys(pick)) { // what only an older version needed
		if _, ok := seen[id]; !ok {
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
	from := map[string]fettle.Location{} // the declaration that a module is behind, by group:name
	for _, d := range direct {
		if d.constraint || pick[d.id()] == "" {
			continue
		}
		to := moduleOf(d.id(), pick[d.id()])
		at := d.version.at
		r.g.Add(nodeOf(to, d.at, &at))
		if _, twice := from[d.id()]; !twice {
			from[d.id()] = d.at
		}
		if scope(d) == own || before[d.id()] != to.version { // else it was linked for its own class path
			r.g.Need("", to.key(), d.version.text, own)
		}
	}
	r.reach(pick, direct, func(holder string, n need) {
		to := moduleOf(n.id(), pick[n.id()])
		if _, known := from[n.id()]; !known {
			from[n.id()] = from[holder]
		}
		add := nodeOf(to, from[n.id()], nil)
		if to.version == "" {
			_, add.NoVersion = lowest(n.version)
		}
		if to.version != "" || add.NoVersion != "" {
			r.g.Add(add)
		}
		key := moduleOf(holder, pick[holder]).key()
		if way := [2]string{key, to.key()}; !r.linked[way] { // a need that only one class path has is for that one
			r.linked[way] = true
			r.g.Need(key, to.key(), n.version, own)
		}
	}, func(id string) { r.unknown[moduleOf(id, pick[id]).key()] = true })
}

// reach visits the needs of all modules behind the direct ones, those left out that every way to them leaves out. It
// returns for each module that was met what is left out behind it.
func (r *resolver) reach(pick map[string]string, direct []declared, visit func(holder string, n need), missing func(id string)) map[string][]string {
	left := map[string][]string{}
	queue := ids(direct)
	for _, id := range queue {
		left[id] = r.barred[id]
	}
	for steps := 0; len(queue) > 0 && steps < project.MaxEdges; queue = queue[1:] {
		id := queue[0]
		if pick[id] == "" {
			continue
		}
		p := r.pom(moduleOf(id, pick[id]), 0)
		if p == nil {
			missing(id)
			continue
		}
		for _, n := range p.needs {
			steps++
			if excludes(left[id], n.module) {
				continue
			}
			visit(id, n)
			out := slices.Concat(left[id], n.excluded, r.barred[n.id()])
			slices.Sort(out)
			out = slices.Compact(out)
			have, met := left[n.id()]
			if met {
				if out = both(have, out); slices.Equal(out, have) {
					continue
				}
			}
			left[n.id()] = out
			queue = append(queue, n.id())
		}
	}
	return left
}

// both returns what two lists of exclusions have in common.
func both(a, b []string) []string {
	var out []string
	for _, pair := range [][2][]string{{a, b}, {b, a}} {
		for _, x := range pair[0] {
			if group, name, _ := strings.Cut(x, ":"); excludes(pair[1], module{group: group, name: name}) {
				out = append(out, x)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// excludes reports whether one of the exclusions is of m.
func excludes(list []string, m module) bool {
	return slices.ContainsFunc(list, func(x string) bool {
		group, name, _ := strings.Cut(x, ":")
		return (group == "*" || group == m.group) && (name == "*" || name == m.name)
	})
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
