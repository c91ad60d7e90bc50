package maven

import (
	"context"
	"fmt"
	"path"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// Reader reads every pom.xml as a project of its own.
type Reader struct {
	Settings project.Settings
}

// Claims reports whether file is a pom.xml.
func (Reader) Claims(file string) bool { return path.Base(file) == "pom.xml" }

// Helps reports whether file may be a parent of another name, or what .mvn says.
func (Reader) Helps(file string) bool {
	name := path.Base(file)
	return strings.HasSuffix(name, ".pom") || strings.HasSuffix(name, ".xml") && strings.Contains(strings.ToLower(name), "pom") || file == ".mvn/maven.config" || strings.HasSuffix(file, "/.mvn/maven.config")
}

// Read resolves each pom.xml. Those of the tree are found there; others in the user's local repository, in what was fetched
// before and, where there is a client, in the repositories of the settings.
func (r Reader) Read(ctx context.Context, files *project.Files, claimed []string) (project.Reading, error) {
	var reading project.Reading
	w := newWorkspace(files, newRepositories(r.Settings))
	for _, file := range claimed {
		if err := ctx.Err(); err != nil {
			return reading, err
		}
		w.load(file)
	}
	for _, file := range claimed {
		p := w.tree[file]
		if p == nil {
			continue
		}
		if w.work > maxWork {
			w.gap(project.Gap(file, 0, fmt.Sprintf("not resolved, and the POMs after it neither: resolving those before it took more than %d steps", maxWork)))
			break
		}
		made, err := w.project(ctx, p)
		if err != nil {
			return reading, err
		}
		reading.Projects = append(reading.Projects, made)
	}
	reading.Gaps = append(w.gaps, w.lost.gaps(w.repositories.client == nil)...)
	if len(w.lost.order) > 0 {
		for _, problem := range w.repositories.problems {
			reading.Gaps = append(reading.Gaps, project.Gap(claimed[0], 0, problem))
		}
	}
	return reading, nil
}

// project makes a project of a pom.xml.
func (w *workspace) project(ctx context.Context, p *pom) (fettle.Project, error) {
	made := fettle.Project{Manager: "maven", Dir: project.Parent(p.file), Lockfile: p.file, Manifest: p.file}
	m, err := w.model(ctx, p)
	if err != nil || m == nil {
		return made, err
	}
	for _, f := range m.faults {
		w.gap(project.Gap(orElse(f.at.file, p.file), f.at.line, f.msg))
	}
	for _, id := range m.repositories {
		w.lost.named[id] = true
	}
	for _, l := range m.lacks {
		w.lost.note(l.coords, orPlace(l.at, place{file: p.file}))
	}
	r, err := w.resolve(ctx, m)
	if err != nil {
		return made, err
	}
	m.memo = map[string]*dependency{} // a reactor has hundreds of roots
	g := graph{resolution: r, Graph: project.NewGraph(made), file: p.file}
	made, gaps := g.project()
	w.gaps = append(w.gaps, gaps...)
	return made, nil
}
