package node

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/project"
)

// addDependencies reads the nested section of version 1 and gives each package the key that later versions would.
func (l *npmLock) addDependencies(s *project.Scanner, parent string, line, depth int) {
	if depth > maxNesting {
		s.Note(line, "dependencies nested deeper than %d were not checked", maxNesting)
		s.Skip()
		return
	}
	s.Fields("dependencies", line, func(name string, line int) {
		what := fmt.Sprintf("entry %.100q", name)
		key, ok := entryKey(s, what, "name", strings.TrimPrefix(parent+"/node_modules/"+name, "/"), line)
		if !ok {
			return
		}
		at := len(l.entries)
		l.add(npmEntry{key: key, line: line}) // before what is nested in it
		e := l.dependency(s, what, name, key, line, depth)
		e.endLine = s.Line()
		l.needs += len(e.needs)
		if i, ok := l.byKey[key]; ok && i <= at {
			l.entries[i] = e
		}
	})
}

func (l *npmLock) dependency(s *project.Scanner, what, name, key string, line, depth int) npmEntry {
	e := npmEntry{key: key, name: name, line: line}
	var resolved string
	s.Object(func(field string, line int) {
		switch field {
		case "version":
			e.version = s.Text(what+": version", line)
		case "resolved":
			resolved = plainText(s) // false in some old files
		case "dev":
			e.dev = s.Flag(what+": dev", line)
		case "optional":
			e.opt = s.Flag(what+": optional", line)
		case "requires": // true or false in the oldest files
			if s.Next() != '{' {
				s.Skip()
				return
			}
			ranges := rangesOf(s, what+": requires", line, nil)
			e.needs = nil
			for _, name := range slices.Sorted(maps.Keys(ranges)) {
				e.needs = append(e.needs, npmNeed{name, ranges[name], "dependencies", false})
			}
		case "dependencies":
			l.addDependencies(s, key, line, depth+1)
		default:
			s.Skip()
		}
	})
	if alias, ok := strings.CutPrefix(e.version, "npm:"); ok {
		if i := strings.LastIndex(alias, "@"); i > 0 {
			e.name, e.version = alias[:i], alias[i+1:]
		} else {
			s.Note(line, "%s is an alias without a version, %.100q, so it was not checked; want npm:name@version", what, e.version)
			e.address, e.version = e.version, ""
		}
	} else if strings.ContainsAny(e.version, ":/") { // file:, git+ssh:, an address of a tarball
		e.address, e.version = e.version, ""
	}
	if e.version != "" {
		checkNames(s, what, e, resolved)
	}
	return e
}
