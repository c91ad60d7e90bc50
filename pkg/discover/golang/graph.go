package golang

import (
	"context"
	"path"
	"slices"
	"strings"

	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"

	"github.com/fettle-dev/fettle/pkg/discover/project"
)

// maxLoaded is how many go.mod files the module graph of one project may have. The largest known have some 10,000.
const maxLoaded = 100_000

// pruning says how far the requirements of a module are followed (https://go.dev/ref/mod#graph-pruning).
type pruning int

const (
	unpruned pruning = iota // all the way
	pruned                  // no further than its own
	whole                   // its own, and theirs as they ask: a module of a workspace
)

func pruningOf(prunes bool) pruning {
	if prunes {
		return pruned
	}
	return unpruned
}

// modGraph is the module graph of a workspace, by minimal version selection (https://go.dev/ref/mod#minimal-version-selection).
type modGraph struct {
	files     *project.Files
	cache     *cache
	w         *workspace
	replaces  map[module.Version]*replace // by what is replaced; without version, every one
	excludes  map[module.Version]bool
	main      map[string]bool   // module paths of the members
	selected  map[string]string // the version of each module
	summaries map[module.Version]*summary
	missing   []module.Version // whose go.mod is not there
	loads     int
	cut       bool
}

func newModGraph(files *project.Files, cache *cache, w *workspace) *modGraph {
	g := &modGraph{files: files, cache: cache, w: w, replaces: map[module.Version]*replace{}, excludes: map[module.Version]bool{},
		main: map[string]bool{}, selected: map[string]string{}, summaries: map[module.Version]*summary{}}
	for i := range w.replaces {
		r := &w.replaces[i]
		if g.replaces[r.old] == nil {
			g.replaces[r.old] = r
		}
	}
	for _, m := range w.members {
		g.main[m.path] = true
		for e := range m.excludes {
			g.excludes[e] = true
		}
	}
	return g
}

type load struct {
	mod     module.Version
	pruning pruning
}

// load follows the requirements of all members.
func (g *modGraph) load(ctx context.Context) error {
	var queue []load
	seen := map[load]bool{}
	enqueue := func(m module.Version, p pruning) {
		if l := (load{m, p}); !seen[l] {
			seen[l] = true
			queue = append(queue, l)
		}
	}
	drain := func() error {
		for ; len(queue) > 0; queue = queue[1:] {
			if g.loads++; g.loads%64 == 0 && ctx.Err() != nil {
				return ctx.Err()
			}
			if g.loads > maxLoaded {
				g.cut, queue = true, nil
				return nil
			}
			g.follow(queue[0], enqueue)
		}
		return nil
	}
	for _, m := range g.w.members {
		for _, r := range m.requires {
			if g.require(r.mod) {
				enqueue(r.mod, pruningOf(prunes(m.goLine.text)))
			}
		}
	}
	if err := drain(); err != nil || !g.w.isWork {
		return err
	}
	return g.reload(enqueue, drain)
}

// reload follows what a workspace raises above the version that a member, or a module raised before, asks for: its
// requirements may matter to the packages of the members, and pruning may have left them out.
func (g *modGraph) reload(enqueue func(module.Version, pruning), drain func() error) error {
	raised := map[module.Version]bool{}
	var asked [][]require
	for _, m := range g.w.members {
		asked = append(asked, m.requires)
	}
	for len(asked) > 0 && !g.cut {
		var fresh []module.Version
		for _, requires := range asked {
			for _, r := range requires {
				s := module.Version{Path: r.mod.Path, Version: g.selected[r.mod.Path]}
				if s.Version != "" && semver.Compare(s.Version, r.mod.Version) > 0 && !raised[s] {
					raised[s] = true
					fresh = append(fresh, s)
					enqueue(s, whole)
				}
			}
		}
		if err := drain(); err != nil {
			return err
		}
		asked = asked[:0]
		if len(fresh) == 0 {
			break
		}
		for _, m := range g.w.members {
			asked = append(asked, m.requires)
		}
		for s := range raised {
			if sum := g.summaries[s]; sum != nil {
				asked = append(asked, sum.requires)
			}
		}
	}
	return nil
}

// follow reads the go.mod of one module and notes what it asks for.
func (g *modGraph) follow(l load, enqueue func(module.Version, pruning)) {
	s := g.summary(l.mod)
	if s == nil {
		return
	}
	next := pruningOf(s.prunes)
	if l.pruning == unpruned {
		next = unpruned
	}
	for _, r := range s.requires {
		if g.require(r.mod) && (l.pruning != pruned || !s.prunes) {
			enqueue(r.mod, next)
		}
	}
}

// require raises the version of a module; false where the requirement does not count.
func (g *modGraph) require(m module.Version) bool {
	if g.main[m.Path] || g.excludes[m] || m.Path == "go" || m.Path == "toolchain" {
		return false
	}
	if have, ok := g.selected[m.Path]; !ok || semver.Compare(m.Version, have) > 0 {
		g.selected[m.Path] = m.Version
	}
	return true
}

// summary returns what the go.mod of m, or of what replaces m, says; nil where it is not there.
func (g *modGraph) summary(m module.Version) *summary {
	if s, ok := g.summaries[m]; ok {
		return s
	}
	var s *summary
	switch r := g.replacement(m); {
	case r == nil:
		s = g.cache.summary(m)
	case r.target.Version != "":
		s = g.cache.summary(r.target)
	default:
		s = g.local(r)
	}
	if s == nil {
		g.missing = append(g.missing, m)
	}
	g.summaries[m] = s
	return s
}

// replacement returns what the main modules put in the place of m, nil where they do not.
func (g *modGraph) replacement(m module.Version) *replace {
	if r := g.replaces[m]; r != nil {
		return r
	}
	return g.replaces[module.Version{Path: m.Path}]
}

// local reads the go.mod of a folder that replaces a module.
func (g *modGraph) local(r *replace) *summary {
	dir, ok := inTree(r.dir, r.target.Path)
	if !ok {
		return nil
	}
	data, err := readBounded(g.files, path.Join(dir, "go.mod"))
	if err != nil {
		return nil
	}
	return parseSummary(data)
}

// buildList returns every module of the graph, by path.
func (g *modGraph) buildList() []module.Version {
	list := make([]module.Version, 0, len(g.selected))
	for p, v := range g.selected {
		list = append(list, module.Version{Path: p, Version: v})
	}
	slices.SortFunc(list, func(a, b module.Version) int { return strings.Compare(a.Path, b.Path) })
	return list
}
