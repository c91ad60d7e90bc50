package bundler

import (
	"fmt"
	"path"
	"path/filepath"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// builder turns a lockfile and its Gemfile into a project.
type builder struct {
	dir, file string
	t         *project.Teller
	lock      *lock
	own       *gemfile // nil where there is none
	graph     *project.Graph
	byName    map[string][]string // keys, one for each platform
	isRoot    map[string]bool     // names of gems that are folders of the tree
	scopes    map[string]fettle.Scope
}

// maxPlatforms bounds for how many platforms one gem may be locked.
const maxPlatforms = 30

func (b *builder) build(p fettle.Project) fettle.Project {
	b.graph = project.NewGraph(p)
	b.byName, b.isRoot, b.scopes = map[string][]string{}, map[string]bool{}, map[string]fettle.Scope{}
	declared := b.declared()
	for _, s := range b.lock.specs {
		b.add(s, declared)
	}
	for _, n := range b.lock.directs {
		scope := fettle.Production
		if d := declared[n.name]; d != nil {
			scope = d.scope
		} else if b.own != nil && !b.isRoot[n.name] {
			b.t.Tell(b.file, n.line, "%.100s is not found in the Gemfile, which was read as text and not run, so its groups are unknown and it counts as production", n.name)
		}
		b.scopes[n.name] = scope
		b.need("", "the project", n, scope)
	}
	for _, s := range b.lock.specs {
		holder, scope := keyOf(s), fettle.Production
		if b.isRoot[s.name] && b.scopes[s.name] != "" {
			scope = b.scopes[s.name]
		}
		for _, n := range s.needs {
			b.need(holder, s.name, n, scope)
		}
	}
	b.drift(declared)
	done, gaps := b.graph.Project()
	b.t.Add(gaps)
	return done
}

// declared returns the declarations by name, the widest scope of each.
func (b *builder) declared() map[string]*declaration {
	by := map[string]*declaration{}
	if b.own == nil {
		return by
	}
	for i := range b.own.list {
		d := &b.own.list[i]
		if have := by[d.name]; have == nil || d.scope.Wider(have.scope) {
			by[d.name] = d
		}
	}
	return by
}

func keyOf(s spec) string {
	if s.platform != "" {
		return s.name + "@" + s.version + "-" + s.platform
	}
	return s.name + "@" + s.version
}

func (b *builder) add(s spec, declared map[string]*declaration) {
	if s.source == "PATH" {
		if at := path.Join(b.dir, s.remote); !path.IsAbs(s.remote) && filepath.IsLocal(filepath.FromSlash("./"+at)) {
			b.isRoot[s.name] = true
			b.graph.Root(keyOf(s))
			b.byName[s.name] = append(b.byName[s.name][:0:0], keyOf(s))
			return
		}
	}
	n := fettle.Node{Package: fettle.Package{Ecosystem: "RubyGems", Name: s.name, Version: s.version}, Key: keyOf(s),
		Location: fettle.Location{Path: b.file, Line: s.line, EndLine: s.endLine}}
	switch s.source {
	case "PATH":
		n.Version, n.NoVersion = "", fmt.Sprintf("it is the folder %.100q outside of the repository", s.remote)
	case "GIT":
		n.Version, n.NoVersion = "", fmt.Sprintf("it is commit %.12s of %.100q, which calls itself %.60s; a released version could be checked", s.revision, s.remote, s.version)
	case "PLUGIN SOURCE":
		n.Version, n.NoVersion = "", fmt.Sprintf("it comes from %.100q through a plugin, which calls it %.60s", s.remote, s.version)
	default:
		if s.version == "" {
			n.NoVersion = "its entry names no version; run bundle lock"
		}
	}
	if d := declared[s.name]; d != nil {
		at := d.at
		n.Manifest = &at
	} else if b.own != nil {
		if at, ok := b.own.runtime[s.name]; ok {
			n.Manifest = &at
		}
	}
	switch added := b.graph.Add(n); {
	case !added && b.graph.Has(n.Key):
		b.t.Tell(b.file, s.line, "%.100s %.60s stands twice in the lockfile", s.name, s.version)
	case len(b.byName[s.name]) == maxPlatforms:
		b.t.Tell(b.file, s.line, "%.100s is locked for more than %d platforms; needs lead to the first", s.name, maxPlatforms)
	case added:
		b.byName[s.name] = append(b.byName[s.name], n.Key)
	}
}

// need links holder with a gem, for all platforms that it is locked for.
func (b *builder) need(holder, who string, n need, scope fettle.Scope) {
	to := b.byName[n.name]
	switch {
	case n.name == "bundler": // it locks itself in a section of its own
	case len(to) > 0:
		for _, key := range to {
			if !b.isRoot[n.name] {
				b.graph.Need(holder, key, n.requirement, scope)
			}
		}
	default:
		b.t.Tell(b.file, n.line, "%.100s %.60s is needed by %.100s and not locked, so it was not checked; run bundle lock", n.name, n.requirement, who)
	}
}

// drift tells where the Gemfile and the lockfile disagree, as far as the text is plain.
func (b *builder) drift(declared map[string]*declaration) {
	if b.own == nil {
		return
	}
	locked := map[string]need{}
	for _, n := range b.lock.directs {
		locked[n.name] = n
	}
	for i := range b.own.list {
		d := &b.own.list[i]
		n, ok := locked[d.name]
		switch {
		case d.conditional:
		case !ok && d.name != "bundler":
			b.t.Tell(d.at.Path, d.at.Line, "%.100s is declared and not locked, so it was not checked; run bundle lock", d.name)
		case ok && d.plain && !d.local && declared[d.name] == d && canonical(d.requirements) != canonical([]string{n.requirement}):
			b.t.Tell(d.at.Path, d.at.Line, "%.100s is declared as %.100q and locked as %.100q; run bundle lock", d.name, canonical(d.requirements), n.requirement)
		}
	}
}
