package gradle

import (
	"bytes"
	"path"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// module is a group, a name and a version.
type module struct{ group, name, version string }

func (m module) id() string { return m.group + ":" + m.name }

func (m module) key() string { return m.id() + "@" + m.version }

// locked is one line of a lockfile.
type locked struct {
	module
	configurations []string
	file           string
	line           int
}

// maxLine bounds a line of a lockfile, in bytes.
const maxLine = 256 << 10

// parseLock reads group:name:version=configurations, or group:name:version alone in a file of the configuration whose name
// it has.
func parseLock(data []byte, file string, t *project.Teller) ([]locked, error) {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	only := ""
	if isLegacyLock(file) {
		only = strings.TrimSuffix(path.Base(file), ".lockfile")
	}
	var list []locked
	seen := map[string]bool{}
	ended := only != ""
	number := -1
	for raw := range bytes.SplitSeq(data, []byte("\n")) {
		number++
		line := strings.TrimSpace(string(raw))
		switch {
		case len(raw) > maxLine:
			return nil, project.NewFault(number+1, "a line is longer than 256 KiB; not a lockfile of Gradle")
		case line == "" || strings.HasPrefix(line, "#"):
			continue
		case strings.HasPrefix(line, "<<<<<<<") || strings.HasPrefix(line, ">>>>>>>") || strings.HasPrefix(line, "======="):
			return nil, project.NewFault(number+1, "holds a merge conflict; resolve it and run gradle dependencies --write-locks")
		case strings.HasPrefix(line, "empty="):
			ended = true
			continue
		}
		what, configurations, found := strings.Cut(line, "=")
		m, ok := parseModule(what)
		if !ok || m.version == "" || !found && only == "" {
			t.Tell(file, number+1, "%.100q is no group:name:version=configurations, so it was not checked", line)
			continue
		}
		l := locked{module: m, configurations: strings.Split(configurations, ","), file: file, line: number + 1}
		if only != "" {
			l.configurations = []string{only}
		}
		if seen[m.key()] {
			t.Tell(file, number+1, "%.100s %.60s stands twice in the lockfile", m.id(), m.version)
		}
		seen[m.key()] = true
		list = append(list, l)
	}
	if !ended {
		t.Tell(file, 0, "has no last line beginning with empty=, so it may be cut off; run gradle dependencies --write-locks")
	}
	return list, nil
}

// isLegacyLock reports whether file is the lockfile of one configuration, as Gradle wrote it before version 7.
func isLegacyLock(file string) bool {
	return strings.HasSuffix(file, ".lockfile") && path.Base(project.Parent(file)) == "dependency-locks"
}

// parseModule reads group:name or group:name:version, with a classifier and a type after it that do not matter here.
func parseModule(text string) (module, bool) {
	text, _, _ = strings.Cut(text, "@")
	parts := strings.Split(text, ":")
	if len(parts) < 2 || len(parts) > 4 || len(text) > 1000 || strings.ContainsAny(text, " \t\n/\\\"'") || parts[0] == "" || parts[1] == "" {
		return module{}, false
	}
	m := module{group: parts[0], name: parts[1]}
	if len(parts) > 2 {
		m.version = parts[2]
	}
	return m, true
}

// addLocked puts the lines of a lockfile into g and returns the keys by group:name.
func addLocked(g *project.Graph, list []locked, scope func(locked) fettle.Scope) map[string][]string {
	byID := map[string][]string{}
	for _, l := range list {
		s := scope(l)
		n := fettle.Node{Package: fettle.Package{Ecosystem: "Maven", Name: l.id(), Version: l.version}, Key: l.key(), Scope: s,
			Location: fettle.Location{Path: l.file, Line: l.line, EndLine: l.line}}
		if g.Add(n) {
			byID[l.id()] = append(byID[l.id()], l.key())
		} else if have := g.Node(l.key()); have != nil && s.Wider(have.Scope) { // another configuration
			have.Scope = s
		}
	}
	return byID
}
