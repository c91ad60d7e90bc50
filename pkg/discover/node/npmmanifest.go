package node

import (
	"fmt"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/project"
)

// npmManifest is what a package.json declares, with the line of each declaration.
type npmManifest struct {
	name         string
	version      string
	manager      string // packageManager, without its version
	needs        []npmNeed
	lines        map[string]int    // of the dependency's key, by section and name
	workspaces   []string          // globs
	resolutions  map[string]string // of Yarn, and of others for its sake
	overrides    map[string]string // of the section pnpm
	npmOverrides map[string]string // of the top, those that are plain
	problems     []project.Fault
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
		case "name":
			m.name = plainText(s)
		case "version":
			m.version = plainText(s)
		case "packageManager":
			m.manager, _, _ = strings.Cut(plainText(s), "@")
		case "workspaces":
			m.takeWorkspaces(s)
		case "resolutions":
			m.resolutions = textsOf(s)
		case "overrides":
			m.npmOverrides = textsOf(s)
		case "pnpm":
			s.Object(func(key string, _ int) {
				if key == "overrides" {
					m.overrides = textsOf(s)
				} else {
					s.Skip()
				}
			})
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

// takeWorkspaces takes a list of globs, or an object that holds one.
func (m *npmManifest) takeWorkspaces(s *project.Scanner) {
	if s.Next() != '{' {
		m.workspaces = listOf(s)
		return
	}
	s.Object(func(key string, _ int) {
		if key == "packages" {
			m.workspaces = listOf(s)
		} else {
			s.Skip()
		}
	})
}

// listOf takes the texts of a list; what else comes is passed over.
func listOf(s *project.Scanner) []string {
	var all []string
	s.List(func() {
		if text := plainText(s); text != "" {
			all = append(all, text)
		}
	})
	return all
}

// textsOf takes the texts of an object; what else comes is passed over.
func textsOf(s *project.Scanner) map[string]string {
	all := map[string]string{}
	s.Object(func(key string, _ int) {
		if text := plainText(s); text != "" {
			all[key] = text
		}
	})
	return all
}

func plainText(s *project.Scanner) string {
	if s.Next() == '"' {
		return s.Quoted()
	}
	s.Skip()
	return ""
}

// lineOf returns where n is declared.
func (m *npmManifest) lineOf(n npmNeed) int {
	if m == nil {
		return 0
	}
	return m.lines[n.section+"\x00"+n.name]
}

// onlyPeer reports whether name is declared as a peer and as nothing else.
func (m *npmManifest) onlyPeer(name string) bool {
	if m == nil || m.lines["peerDependencies\x00"+name] == 0 {
		return false
	}
	for _, section := range []string{"dependencies", "optionalDependencies", "devDependencies"} {
		if m.lines[section+"\x00"+name] > 0 {
			return false
		}
	}
	return true
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
