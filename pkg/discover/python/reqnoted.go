package python

import (
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// noted links a file by its annotations.
func (b *reqBuilder) noted(sources []string) []need {
	needs := b.sourceNeeds(sources)
	have := map[string]bool{}
	for _, n := range needs {
		have[n.name] = true
	}
	byName := map[string][]int{}
	for i, e := range b.lock.entries {
		byName[e.name] = append(byName[e.name], i)
	}
	steps := 0
	own := b.folders()
	for _, line := range b.file.lines {
		for _, who := range line.via {
			holder := normalize(strings.TrimSpace(strings.SplitN(who, "[", 2)[0]))
			switch m := viaFile.FindStringSubmatch(who); {
			case strings.HasPrefix(who, "-c ") || strings.HasPrefix(who, "--"):
			case m != nil:
				needs = append(needs, b.fromManifest(line, m[2]))
			case own[holder] != nil:
				needs = append(needs, b.declared(line, own[holder]))
			case strings.HasPrefix(who, "-r ") && !have[line.name]:
				needs = append(needs, need{requirement: requirement{name: line.name}, scope: b.scope})
			case strings.HasPrefix(who, "-r "):
			case len(byName[holder]) > 0:
				for _, at := range byName[holder] {
					if steps++; steps > maxSteps {
						break
					}
					e := &b.lock.entries[at]
					e.needs = append(e.needs, need{requirement: requirement{name: line.name}, line: line.line})
				}
			case nameForm.FindString(who) == who && b.names[""]: // a folder that names itself nowhere
				needs = append(needs, need{requirement: requirement{name: line.name}, scope: b.scope})
			default:
				b.lock.gap(line.line, "%.100s is needed by %.100q, which is not in this file, so that path is unknown", line.name, who)
			}
		}
	}
	if steps > maxSteps {
		b.lock.gap(0, "has so many annotations that name packages in several versions that not all were followed; some paths are unknown")
	}
	needs = append(needs, b.unnoted()...)
	return append(needs, b.outOfStep()...)
}

// folders are the manifests of the folder of the file and of those that it installs, by the name of the project.
func (b *reqBuilder) folders() map[string]*manifest {
	dir := project.Parent(b.file.file)
	all := map[string]*manifest{}
	add := func(dir string) {
		if m := b.pyproject(path.Join(dir, "pyproject.toml")); m != nil && m.name != "" {
			all[m.name] = m
			b.names[m.name] = true
		}
	}
	add(dir)
	for _, line := range b.file.lines {
		if local, ok := isLocal(line.url); ok && line.url != "" && !path.IsAbs(local) && !isArchive(local) {
			add(path.Join(dir, strings.ReplaceAll(local, `\`, "/")))
		}
	}
	return all
}

// fromManifest is the need of a project for what its pyproject.toml or setup.cfg declares.
func (b *reqBuilder) fromManifest(line reqLine, named string) need {
	for dir := project.Parent(b.file.file); ; dir = project.Parent(dir) {
		if m := b.pyproject(path.Join(dir, strings.ReplaceAll(named, `\`, "/"))); m != nil {
			return b.declared(line, m)
		}
		if dir == "" {
			return need{requirement: requirement{name: line.name}, scope: b.scope}
		}
	}
}

// declared is the need of the project of m for a line, and covers m.
func (b *reqBuilder) declared(line reqLine, m *manifest) need {
	b.covered[m.file] = true
	if b.lock.manifest == "" {
		b.lock.manifest = m.file
	}
	n, ok := m.need(line.name)
	if !ok {
		n = need{requirement: requirement{name: line.name}, scope: b.scope}
	}
	b.manifests[m] = b.manifests[m] || ok && n.scope == fettle.Production
	return n
}

// unnoted returns the needs of the packages that nobody is said to need and that a manifest declares, as uv leaves
// development groups without annotations, and tells of all others.
func (b *reqBuilder) unnoted() []need {
	var needs []need
	n, first := 0, 0
	for _, line := range b.file.lines {
		if len(line.via) > 0 || line.url != "" || line.name == "" {
			continue
		}
		found := false
		for _, m := range b.used() {
			if d, ok := m.need(line.name); ok {
				needs = append(needs, d)
				found = true
			}
		}
		if !found {
			if n++; n == 1 {
				first = line.line
			}
		}
	}
	if n > 0 {
		b.lock.gap(first, "%d packages here have no annotation that says who needs them, so the paths to them are unknown; compile it anew", n)
	}
	return needs
}

// outOfStep returns what a manifest of the file declares for production and the file has not.
func (b *reqBuilder) outOfStep() []need {
	var needs []need
	for _, m := range b.used() {
		for _, n := range m.declared {
			if b.manifests[m] && n.scope == fettle.Production && !b.names[n.name] {
				needs = append(needs, n)
			}
		}
	}
	return needs
}

// used are the manifests that the file is compiled of, in order.
func (b *reqBuilder) used() []*manifest {
	return slices.SortedFunc(maps.Keys(b.manifests), func(x, y *manifest) int { return strings.Compare(x.file, y.file) })
}

// need is what m declares of a package; several are for different machines.
func (m *manifest) need(name string) (found need, ok bool) {
	if m.byName == nil {
		m.byName = map[string]need{}
		for _, n := range m.declared {
			if before, ok := m.byName[n.name]; ok {
				before.spec = either(before.spec, n.spec)
				n = before
			}
			m.byName[n.name] = n
		}
	}
	found, ok = m.byName[name]
	return found, ok
}
