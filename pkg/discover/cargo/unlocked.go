package cargo

import (
	"fmt"
	"path"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// unlocked makes a project of what the manifests say where there is no Cargo.lock.
func (t *tree) unlocked(root *manifest) {
	g := project.NewGraph(fettle.Project{Manager: "cargo", Dir: root.dir, Lockfile: root.file, Manifest: root.file})
	n, first := 0, 0
	for _, p := range t.own(root) {
		g.Root(p.key)
		for _, d := range p.deps {
			if dir, ok := inTree(d.base, d.path); d.path != "" && ok && t.manifests[dir] != nil {
				continue
			}
			at := fettle.Location{Path: d.file, Line: d.line, EndLine: d.line}
			node := fettle.Node{Package: fettle.Package{Ecosystem: ecosystem, Name: d.name}, Key: fmt.Sprintf("%s@%s", d.name, d.spec()), Location: at, Manifest: &at}
			if exact, ok := exactly(d.req); ok && d.git == "" && d.path == "" {
				node.Version = exact
			} else {
				node.NoVersion = fmt.Sprintf("%.100s asks for %.100s, and there is no Cargo.lock; run cargo generate-lockfile", path.Base(d.file), d.spec())
			}
			if g.Add(node) && n == 0 {
				first = d.line
			}
			n++
			g.Need(p.key, node.Key, d.spec(), p.scopeOf(d))
		}
	}
	if n == 0 {
		return
	}
	p, gaps := g.Project()
	t.reading.Projects = append(t.reading.Projects, p)
	gap := project.Gap(root.file, first, fmt.Sprintf("there is no Cargo.lock, so what its %d dependencies need is unknown; run cargo generate-lockfile", len(p.Nodes)))
	if gap.Location != nil {
		gap.Location.Path = p.Nodes[0].Location.Path
	}
	t.reading.Gaps = append(append(t.reading.Gaps, gap), gaps...)
}
