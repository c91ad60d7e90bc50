package python

import (
	"fmt"
	"slices"
)

// pins are the exact versions that constraints of f, or of what includes it, set: one map for each constraints file.
func (s *requirementSet) pins(f *reqFile) []map[string]reqPin {
	var list []map[string]reqPin
	seen := map[string]bool{f.file: true}
	queue := []string{f.file}
	for i := 0; i < len(queue); i++ {
		for _, in := range s.included(queue[i]) {
			list = append(list, s.pinsOf(in))
		}
		for _, user := range s.users[queue[i]] {
			if !seen[user] {
				seen[user] = true
				queue = append(queue, user)
			}
		}
	}
	return list
}

// pinsOf are the exact versions that one constraints file sets.
func (s *requirementSet) pinsOf(file string) map[string]reqPin {
	if s.pinned[file] == nil {
		s.pinned[file] = map[string]reqPin{}
		for _, l := range s.byFile[file].lines {
			v, ok := pin(l.spec)
			if _, have := s.pinned[file][l.name]; ok && !have && l.name != "" {
				s.pinned[file][l.name] = reqPin{v, file, l.line, l.end}
			}
		}
	}
	return s.pinned[file]
}

// reqPin is a version that a constraint sets.
type reqPin struct {
	version, file string
	line, end     int
}

// included returns the constraint files that file reaches.
func (s *requirementSet) included(file string) []string {
	var list []string
	type at struct {
		file       string
		constraint bool
	}
	seen := map[at]bool{}
	queue := []at{{file, false}}
	for i := 0; i < len(queue); i++ {
		f := s.byFile[queue[i].file]
		if f == nil || seen[queue[i]] {
			continue
		}
		seen[queue[i]] = true
		if queue[i].constraint {
			list = append(list, f.file)
		}
		for _, in := range f.includes {
			queue = append(queue, at{in.file, in.constraint || queue[i].constraint})
		}
	}
	return list
}

// constraints makes a project of the pins that no file which they constrain names: what something else needs gets them.
func (s *requirementSet) constraints(f *reqFile) {
	named := map[string]bool{}
	seen := map[string]bool{}
	queue := slices.Clone(s.constrain[f.file])
	for i := 0; i < len(queue); i++ {
		user := s.byFile[queue[i]]
		if user == nil || seen[queue[i]] {
			continue
		}
		seen[queue[i]] = true
		for _, l := range user.lines {
			named[l.name] = true
		}
		for _, in := range user.includes {
			if !in.constraint {
				queue = append(queue, in.file)
			}
		}
	}
	l := &lock{manager: "pip", file: f.file, gaps: f.gaps}
	for _, line := range f.lines {
		if v, ok := pin(line.spec); ok && line.name != "" && !named[line.name] {
			l.entries = append(l.entries, entry{name: line.name, version: v, line: line.line, endLine: line.end, scope: fileScope(f.file)})
		}
	}
	if len(l.entries) > 0 {
		s.metadata(l, fmt.Sprintf("its %d pins that no requirement names hold for what other packages need, so the paths to them are unknown", len(l.entries)))
		s.finish(l)
		return
	}
	s.gaps = append(s.gaps, l.gaps...)
}
