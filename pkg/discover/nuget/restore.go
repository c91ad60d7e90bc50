package nuget

import (
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/osv"
)

// restore works out what a project without a lockfile restores: a direct reference wins over what others ask for, and of
// what several ask for, the highest of the lowest versions that fit is taken.
type restore struct {
	g       *project.Graph
	folder  *folder
	d       *declared
	t       *project.Teller
	directs []directRef
	at      map[string]fettle.Location // of each package, by key
}

type directRef struct {
	ref       reference
	version   string
	framework string // "" is each
}

func (r *restore) direct(i int, ref reference, version string) {
	r.directs = append(r.directs, directRef{ref, version, r.d.of[i]})
	r.at[key(ref.name, version)] = ref.at
}

// maxRounds bounds how often a version is raised before the graph is taken as it is.
const maxRounds = 20

// walk adds the packages that the direct ones need, for each target framework.
func (r *restore) walk() {
	unknown := map[string]bool{}
	for _, framework := range r.d.frameworks {
		r.framework(framework, unknown)
	}
	if n := len(unknown); n > 0 {
		r.t.Tell(r.d.file, r.d.line(), "what %d of its packages need is unknown, since they are not in the global packages folder, so packages behind them were not checked; run dotnet restore --use-lock-file", n)
	}
}

type chosen struct {
	name, version string
	direct        bool
}

func (r *restore) framework(framework string, unknown map[string]bool) {
	pick := map[string]chosen{}
	for _, d := range r.directs {
		if d.framework == "" || d.framework == framework {
			name := strings.ToLower(d.ref.name)
			if have, ok := pick[name]; !ok || newer(d.version, have.version) {
				pick[name] = chosen{d.ref.name, d.version, true}
			}
		}
	}
	for range maxRounds {
		if !r.raise(framework, pick) {
			break
		}
	}
	r.add(framework, pick, unknown)
}

// raise follows all needs once from the direct references and reports whether a version changed.
func (r *restore) raise(framework string, pick map[string]chosen) bool {
	changed := false
	queue := directs(pick)
	seen := map[string]bool{}
	for len(queue) > 0 && len(pick) < project.MaxNodes {
		name := queue[0]
		queue = queue[1:]
		if seen[name] {
			continue
		}
		seen[name] = true
		s := r.folder.spec(pick[name].name, pick[name].version)
		if s == nil {
			continue
		}
		for _, n := range s.needs(framework) {
			lower := strings.ToLower(n.name)
			version := parseRange(r.pinned(lower, n.version)).lowest
			have, ok := pick[lower]
			switch {
			case !ok && version != "":
				pick[lower] = chosen{n.name, version, false}
				changed = true
			case ok && !have.direct && version != "" && newer(version, have.version):
				pick[lower] = chosen{have.name, version, false}
				changed = true
			}
			if _, ok := pick[lower]; ok {
				queue = append(queue, lower)
			}
		}
	}
	for name := range pick { // what only an older version needed
		if !seen[name] {
			delete(pick, name)
		}
	}
	return changed
}

// pinned is the range that counts for a transitive package.
func (r *restore) pinned(name, version string) string {
	if pin, ok := r.d.pins[name]; ok {
		return pin.meta["version"]
	}
	return version
}

func (r *restore) add(framework string, pick map[string]chosen, unknown map[string]bool) {
	seen := map[string]bool{} // packages whose needs were followed, by name
	for _, name := range directs(pick) {
		r.nodes(framework, name, pick, unknown, seen)
	}
}

// nodes adds what is behind one direct reference, which lends its line to it.
func (r *restore) nodes(framework, from string, pick map[string]chosen, unknown, seen map[string]bool) {
	at := r.at[key(pick[from].name, pick[from].version)]
	for queue := []string{from}; len(queue) > 0; queue = queue[1:] {
		c := pick[queue[0]]
		holder := key(c.name, c.version)
		s := r.folder.spec(c.name, c.version)
		if s == nil {
			unknown[holder] = true
			continue
		}
		for _, n := range s.needs(framework) {
			lower := strings.ToLower(n.name)
			to, ok := pick[lower]
			if !ok {
				r.open(n, holder, at)
				continue
			}
			k := key(to.name, to.version)
			if !r.g.Has(k) {
				node := fettle.Node{Package: fettle.Package{Ecosystem: "NuGet", Name: to.name, Version: to.version}, Key: k, Location: at}
				if pin, ok := r.d.pins[lower]; ok {
					where := pin.at
					node.Manifest = &where
				}
				r.g.Add(node)
			}
			r.g.Need(holder, k, n.version, fettle.Production)
			if !seen[lower] && !to.direct {
				queue = append(queue, lower)
				seen[lower] = true
			}
		}
	}
}

// open adds a package that is needed in a version that cannot be known.
func (r *restore) open(n dependency, holder string, at fettle.Location) {
	k := key(n.name, "")
	r.g.Add(fettle.Node{Package: fettle.Package{Ecosystem: "NuGet", Name: n.name}, Key: k, NoVersion: parseRange(n.version).why, Location: at})
	r.g.Need(holder, k, n.version, fettle.Production)
}

func newer(a, b string) bool {
	if a == b {
		return false
	}
	order, err := osv.CompareVersions("NuGet", a, b)
	return err == nil && order > 0
}

// directs returns the names of the direct references of pick in order.
func directs(pick map[string]chosen) []string {
	var names []string
	for name, c := range pick {
		if c.direct {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
