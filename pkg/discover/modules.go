package discover

import (
	"path"
	"slices"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// modules knows what the projects of a tree bring into each other: where a module needs another one, its packages are in
// the projects of both.
type modules struct {
	projects []fettle.Project
	byDir    map[string][]int        // projects by folder
	own      map[int]map[string]bool // keys of the packages that a project brings itself
	said     map[int]map[fettle.Package]bool
}

func newModules(projects []fettle.Project) *modules {
	m := &modules{projects: projects, byDir: map[string][]int{}, own: map[int]map[string]bool{}, said: map[int]map[fettle.Package]bool{}}
	for i, p := range projects {
		m.byDir[p.Dir] = append(m.byDir[p.Dir], i)
	}
	return m
}

// without leaves out findings of the project at index that another module tells: every instance comes through that module
// alone, and the module itself needs the package in the same version.
func (m *modules) without(findings []fettle.Finding, index int) []fettle.Finding {
	if len(findings) == 0 || len(m.projects) == 1 {
		return findings
	}
	p := m.projects[index]
	others := m.others(p, index)
	if len(others) == 0 {
		return findings
	}
	own := m.brought(index)
	told := map[string]bool{}
	for _, n := range p.Nodes {
		told[n.Key] = !own[n.Key] && n.Version != "" && slices.ContainsFunc(others, func(other int) bool { return m.tells(other)[n.Package] })
	}
	return untold(findings, told)
}

// others are the projects that stand among the roots of p as modules of the same manager.
func (m *modules) others(p fettle.Project, index int) []int {
	nodes := map[string]bool{}
	for _, n := range p.Nodes {
		nodes[n.Key] = true
	}
	roots := map[string]bool{}
	var others []int
	for _, n := range p.Nodes {
		for _, h := range n.Holders {
			if h.Holder == "" || nodes[h.Holder] || roots[h.Holder] {
				continue
			}
			roots[h.Holder] = true
			dir := path.Clean(h.Holder)
			if dir == "." {
				dir = ""
			}
			for _, at := range m.byDir[dir] {
				if at != index && m.projects[at].Manager == p.Manager {
					others = append(others, at)
				}
			}
		}
	}
	return others
}

// tells are the packages that the project at index brings itself.
func (m *modules) tells(index int) map[fettle.Package]bool {
	if said, ok := m.said[index]; ok {
		return said
	}
	own, said := m.brought(index), map[fettle.Package]bool{}
	for _, n := range m.projects[index].Nodes {
		if own[n.Key] {
			said[n.Package] = true
		}
	}
	m.said[index] = said
	return said
}

// brought returns the keys of the packages that a way from the project's own root leads to.
func (m *modules) brought(index int) map[string]bool {
	if own, ok := m.own[index]; ok {
		return own
	}
	needs := map[string][]string{}
	for _, n := range m.projects[index].Nodes {
		for _, h := range n.Holders {
			needs[h.Holder] = append(needs[h.Holder], n.Key)
		}
	}
	own := map[string]bool{}
	queue := slices.Clone(needs[""])
	for len(queue) > 0 {
		key := queue[0]
		queue = queue[1:]
		if !own[key] {
			own[key] = true
			queue = append(queue, needs[key]...)
		}
	}
	m.own[index] = own
	return own
}
