package composer

import (
	"fmt"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// builder turns a lockfile and its manifest into a project.
type builder struct {
	dir, file, manifest string
	t                   *project.Teller
	lock                *lock
	own                 *manifest // nil where it could not be read
	graph               *project.Graph
	byName              map[string]string   // keys, by name in lower case
	standIn             map[string][]string // keys of those that replace or provide a name
	isRoot              map[string]bool     // keys of packages that are folders of the tree
}

// maxStandIns bounds for how many packages one name may stand.
const maxStandIns = 50

func (b *builder) build(p fettle.Project) fettle.Project {
	b.graph = project.NewGraph(p)
	b.byName, b.standIn, b.isRoot = map[string]string{}, map[string][]string{}, map[string]bool{}
	for _, e := range b.lock.packages {
		b.add(e)
	}
	if b.own != nil {
		for _, n := range b.own.needs {
			scope := fettle.Production
			if n.dev {
				scope = fettle.Development
			}
			b.need("", "the project", n, scope, b.manifest)
		}
	}
	for _, e := range b.lock.packages {
		key, scope := keyOf(e), fettle.Production
		if b.isRoot[key] && e.dev {
			scope = fettle.Development
		}
		for _, n := range e.needs {
			b.need(key, e.name, n, scope, b.file)
		}
	}
	done, gaps := b.graph.Project()
	b.t.Add(gaps)
	return done
}

func keyOf(e entry) string { return strings.ToLower(e.name) + "@" + e.version }

func (b *builder) add(e entry) {
	key, lower := keyOf(e), strings.ToLower(e.name)
	if _, twice := b.byName[lower]; twice {
		b.t.Tell(b.file, e.line, "%.100s stands twice in the lockfile; both were checked, and needs lead to the first", e.name)
	} else {
		b.byName[lower] = key
	}
	for _, name := range e.stands {
		if len(b.standIn[name]) < maxStandIns {
			b.standIn[name] = append(b.standIn[name], key)
		}
	}
	if _, inTree := e.folder(b.dir); inTree {
		b.isRoot[key] = true
		b.graph.Root(key)
		return
	}
	n := fettle.Node{Package: fettle.Package{Ecosystem: "Packagist", Name: e.name, Version: e.version}, Key: key,
		Location: fettle.Location{Path: b.file, Line: e.line, EndLine: e.endLine}}
	if e.dev {
		n.Scope = fettle.Development
	}
	switch {
	case e.address != "":
		n.Version, n.NoVersion = "", fmt.Sprintf("it is the folder %.100q outside of the repository", e.address)
	case e.version == "":
		n.NoVersion = "its entry names no version; run composer update --lock"
	case isBranch(e.version):
		n.Version, n.NoVersion = "", fmt.Sprintf("it is the branch %.60s", e.version)
		if e.reference != "" {
			n.NoVersion += fmt.Sprintf(" at commit %.12s", e.reference)
		}
		if alias := b.lock.aliases[lower]; alias != "" {
			n.NoVersion += fmt.Sprintf(", which the project calls %.60s", alias)
		}
		n.NoVersion += "; require a release"
	}
	if b.own != nil {
		if line := b.own.lines[lower]; line > 0 {
			n.Manifest = &fettle.Location{Path: b.manifest, Line: line}
		}
	}
	b.graph.Add(n)
}

// need links holder with what it asks for: the package itself, or else all that stand in for it.
func (b *builder) need(holder, who string, n need, scope fettle.Scope, file string) {
	lower := strings.ToLower(n.name)
	if isPlatform(n.name) {
		return
	}
	key, ok := b.byName[lower]
	switch {
	case ok && !b.isRoot[key]:
		b.graph.Need(holder, key, n.constraint, scope)
	case ok: // a root already
	case b.own != nil && b.own.stands[lower]: // the project itself
	case len(b.standIn[lower]) > 0:
		for _, key := range b.standIn[lower] {
			if !b.isRoot[key] {
				b.graph.Need(holder, key, n.constraint, scope)
			}
		}
	case holder == "":
		b.t.Tell(file, n.line, "%.100s %.60s is declared and not locked, so it was not checked; run composer update %.100s", n.name, n.constraint, n.name)
	default:
		b.t.Tell(file, n.line, "%.100s %.60s is needed by %.100s and not locked, so it was not checked; run composer update", n.name, n.constraint, who)
	}
}
