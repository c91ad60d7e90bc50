package python

import (
	"fmt"
	"slices"

	"github.com/fettle-dev/fettle/pkg/discover/document"
	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// lock is what one lockfile says, in the terms that all of Python's share.
type lock struct {
	manager, file, manifest string
	again                   string // the command that writes the lockfile anew
	entries                 []entry
	roots                   []root
	gaps                    []fettle.Gap
	untold                  int
}

// entry is one locked package.
type entry struct {
	name, version string
	line, endLine int
	file          string // where it is another than that of the lock
	noVersion     string // where version is empty: why
	atLeast       string // where version is empty: the lowest that the range admits
	local         bool   // code of this repository, which is a root
	dir           string // where that is
	scope         fettle.Scope
	needs         []need
	key           string
}

// need is what an entry or a root asks for.
type need struct {
	requirement
	version string // where the lockfile says which
	of      string // the extra of the holder that brings it in; "" is always
	scope   fettle.Scope
	file    string // where a root declares it
	line    int
	poetry  bool // spec is as Poetry has it: a version alone is exact
	silent  bool // it may be missing: the lockfile leaves out what the project cannot use
}

// root is the project or a member of its workspace.
type root struct {
	key   string // "" or a folder
	needs []need
}

// maxGaps bounds what is told of one lockfile.
const maxGaps = 4 * project.MaxFaults

func (l *lock) gap(line int, format string, args ...any) {
	if len(l.gaps) >= maxGaps {
		l.untold++
		return
	}
	l.gaps = append(l.gaps, project.Gap(l.file, line, fmt.Sprintf(format, args...)))
}

// faults takes over what is wrong with a document.
func (l *lock) faults(faults []project.Fault) {
	for _, f := range faults {
		l.gap(f.Line, "%s", f.Msg)
	}
}

// widest is the widest of scopes, "" where there are none.
func widest(scopes ...fettle.Scope) fettle.Scope {
	var w fettle.Scope
	for _, s := range scopes {
		if s.Wider(w) {
			w = s
		}
	}
	return w
}

// groupScope says what a group of this name is for. Names are all there is: no format says it otherwise.
func groupScope(name string) fettle.Scope {
	switch name = normalize(name); {
	case name == "" || name == "main" || name == "default":
		return fettle.Production
	case name == "test" || name == "tests" || name == "testing":
		return fettle.Test
	}
	return fettle.Development
}

// developmentExtras are extras of a project that are for those who work on it, by a habit older than dependency groups.
var developmentExtras = []string{"dev", "develop", "development", "doc", "docs", "lint", "typing", "build"}

func extraScope(name string) fettle.Scope {
	switch name = normalize(name); {
	case groupScope(name) == fettle.Test:
		return fettle.Test
	case slices.Contains(developmentExtras, name):
		return fettle.Development
	}
	return fettle.Optional
}

// endOf is the last line of all that v holds.
func endOf(v *document.Value) int {
	if v == nil {
		return 0
	}
	end := v.EndLine
	for _, f := range v.Fields {
		end = max(end, endOf(f.Value))
	}
	if len(v.Items) > 0 {
		end = max(end, endOf(v.Items[len(v.Items)-1]))
	}
	return end
}
