package python

import (
	"fmt"
	"path"
	"path/filepath"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// reqBuilder makes a project of one requirements file.
type reqBuilder struct {
	*requirementSet
	lock  *lock
	file  *reqFile
	names map[string]bool // what the file names
	scope fettle.Scope

	manifests map[*manifest]bool // what the file is compiled of, and whether that is for production
}

// entry is what a line installs; false where that is code of the repository, or a gap.
func (b *reqBuilder) entry(line reqLine, pins []map[string]reqPin) (entry, bool) {
	e := entry{name: line.name, line: line.line, endLine: line.end, scope: b.scope}
	if line.url != "" {
		return e, b.byAddress(&e, line.requirement)
	}
	if v, ok := pin(line.spec); ok {
		e.version = v
		return e, line.name != ""
	}
	for _, file := range pins {
		if p, ok := file[line.name]; ok {
			e.version, e.file, e.line, e.endLine = p.version, p.file, p.line, p.end
			return e, true
		}
	}
	e.noVersion, e.atLeast = unpinned(line.spec, "write it with pip-compile or uv pip compile, or pin it with =="), lowest(line.spec)
	return e, line.name != ""
}

// unpinned says why a requirement has no version.
func unpinned(spec, remedy string) string {
	if spec == "" {
		return "declared without a version; " + remedy
	}
	return fmt.Sprintf("declared as %.100s, which is no exact version; %s", spec, remedy)
}

// byAddress fills in e for a direct reference; false where nothing is left to check, or a gap says so.
func (b *reqBuilder) byAddress(e *entry, r requirement) bool {
	return b.lock.address(b.reading, e, r)
}

// address fills in e for a direct reference of l; false where it is code of the repository, or a gap.
func (l *lock) address(r *reading, e *entry, req requirement) bool {
	name, version := archive(req.url)
	local, isPath := isLocal(req.url)
	switch {
	case version != "" && (e.name == "" || e.name == name):
		e.name, e.version = name, version
		l.gap(e.line, "%.100s %.50s is not taken from an index but from %s; its name and version are those of the file name", name, version, shown(req.url))
		return true
	case isPath && !isArchive(local):
		folder := path.Join(project.Parent(l.file), strings.ReplaceAll(local, `\`, "/"))
		if !path.IsAbs(local) && filepath.IsLocal(filepath.FromSlash(folder)) {
			return false // it is of this repository, and read on its own
		}
		if e.name == "" {
			l.gap(e.line, "installs the folder %s, which lies outside of the repository, so it was not checked", shown(local))
			return false
		}
		e.noVersion = fmt.Sprintf("it comes from the folder %s, outside of the repository", shown(local))
		return true
	case e.name == "":
		l.gap(e.line, "installs %s, which names no package, so it was not checked; add #egg= and its name", shown(req.url))
		return false
	}
	kind := "the address"
	if isVCS(req.url) {
		kind = "a commit or branch of"
	}
	e.noVersion = fmt.Sprintf("it comes from %s %s, not from an index", kind, shown(req.url))
	return true
}

// sourceNeeds are what the files that this one is compiled of ask for.
func (b *reqBuilder) sourceNeeds(sources []string) []need {
	var needs []need
	for _, source := range sources {
		for _, line := range b.byFile[source].lines {
			if line.name != "" {
				needs = append(needs, need{requirement: line.requirement, scope: b.scope, file: source, line: line.line})
			}
		}
	}
	return needs
}

// twice tells of a package that is asked for in two versions on every machine, which pip refuses.
func (b *reqBuilder) twice() {
	first := map[string]entry{}
	lines := map[int]reqLine{}
	for _, line := range b.file.lines {
		lines[line.line] = line
	}
	for _, e := range b.lock.entries {
		if lines[e.line].marker != "" || e.file != "" || e.version == "" {
			continue
		}
		before, ok := first[e.name]
		if ok && before.version != e.version {
			b.lock.gap(e.line, "%.100s is asked for as %.50s here and as %.50s on line %d, which pip refuses; both were checked", e.name, e.version, before.version, before.line)
		}
		if !ok {
			first[e.name] = e
		}
	}
}
