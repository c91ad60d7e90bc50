package node

import (
	"fmt"

	"github.com/fettle-dev/fettle/pkg/discover/project"
)

// npmManifest is what a package.json declares, with the line of each declaration.
type npmManifest struct {
	needs    []npmNeed
	lines    map[string]int // of the dependency's key, by section and name
	problems []project.Fault
}

// parseNPMManifest reads package.json. Errors are *project.Fault.
func parseNPMManifest(data []byte) (*npmManifest, error) {
	s, err := project.NewScanner(data)
	if err != nil {
		return nil, err
	}
	if first := s.Next(); first != '{' {
		return nil, project.NewFault(s.Line(), "is "+project.KindOf(first)+"; want an object")
	}
	m := &npmManifest{lines: map[string]int{}}
	var ranges sections
	s.Object(func(key string, line int) {
		declared := func(name string, line int) { m.lines[key+"\x00"+name] = line }
		switch key {
		case "dependencies":
			ranges.dependencies = rangesOf(s, key, line, declared)
		case "devDependencies":
			ranges.dev = rangesOf(s, key, line, declared)
		case "optionalDependencies":
			ranges.optional = rangesOf(s, key, line, declared)
		case "peerDependencies":
			ranges.peer = rangesOf(s, key, line, declared)
		default:
			if !ranges.take(s, "package.json", key, line) {
				s.Skip()
			}
		}
	})
	m.needs = ranges.needs()
	m.problems = s.Faults()
	return m, nil
}

// line returns where name is declared, in the section that npm would install it for first; 0 if it is not.
func (m *npmManifest) line(name string) int {
	for _, section := range []string{"dependencies", "optionalDependencies", "peerDependencies", "devDependencies"} {
		if line := m.lines[section+"\x00"+name]; line > 0 {
			return line
		}
	}
	return 0
}

// drift returns the first dependency in which manifest and lockfile disagree and the line that declares it, or "".
func (m *npmManifest) drift(locked npmEntry) (what string, line int) {
	type declaration struct{ section, name string }
	specs := map[declaration]string{}
	for _, n := range locked.needs {
		specs[declaration{n.section, n.name}] = n.spec
	}
	for _, n := range m.needs {
		at := declaration{n.section, n.name}
		spec, ok := specs[at]
		line := m.lines[n.section+"\x00"+n.name]
		if !ok {
			return fmt.Sprintf("%.100s is in %s of package.json and not in those of the lockfile", n.name, n.section), line
		}
		if spec != n.spec {
			return fmt.Sprintf("%.100s is %.100s in package.json and %.100s in the lockfile", n.name, n.spec, spec), line
		}
		delete(specs, at)
	}
	for _, n := range locked.needs {
		if _, left := specs[declaration{n.section, n.name}]; left {
			return fmt.Sprintf("%.100s is in %s of the lockfile and not in those of package.json", n.name, n.section), 0
		}
	}
	return "", 0
}
