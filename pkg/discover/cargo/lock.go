package cargo

import (
	"fmt"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/document"
	"github.com/fettle-dev/fettle/pkg/discover/project"
)

// lock is a Cargo.lock of version 1 to 4.
type lock struct {
	packages []locked
	byName   map[string][]int
	byFull   map[string]int // name version (source)
	faults   []project.Fault
	untold   int
}

// locked is one package of a lockfile.
type locked struct {
	name, version string
	source        string // "" for a folder
	replace       string // what stands in its place, as a dependency is written
	needs         []need
	line, endLine int
}

// need is a dependency as a lockfile writes it: name, name version, or name version (source).
type need struct {
	text string
	line int
}

func (p locked) full() string { return p.name + " " + p.version + " (" + plainSource(p.source) + ")" }

// plainSource leaves out what follows #, which is the commit of a git source: a dependency is written with and without it.
func plainSource(source string) string {
	source, _, _ = strings.Cut(source, "#")
	return source
}

// parseLock parses a Cargo.lock. The error is a *project.Fault.
func parseLock(data []byte) (*lock, error) {
	doc, faults, err := document.ParseTOML(data)
	if err != nil {
		return nil, err
	}
	l := &lock{byName: map[string][]int{}, byFull: map[string]int{}, faults: faults}
	if v := doc.Get("version"); v != nil && v.Str() != "1" && v.Str() != "2" && v.Str() != "3" && v.Str() != "4" {
		l.note(v.Line, "version %.50q of Cargo.lock is not known; want 1 to 4, so packages may be missing here", v.Text)
	}
	if root := doc.Get("root"); root != nil { // version 1, long ago
		l.add(root)
	}
	list := doc.Get("package")
	if list == nil && doc.Get("root") == nil && len(doc.Map()) > 0 && doc.Get("version") == nil {
		l.note(1, "holds no packages; it is no Cargo.lock")
	}
	if list != nil && !list.Is(document.List) {
		l.note(list.Line, "package is %s; want a list of tables", list.Kind)
	}
	for _, p := range list.List() {
		l.add(p)
	}
	return l, nil
}

func (l *lock) add(v *document.Value) {
	p := locked{name: v.Get("name").Str(), version: v.Get("version").Str(), source: v.Get("source").Str(), replace: v.Get("replace").Str(), line: v.Line, endLine: v.EndLine}
	if p.name == "" || p.version == "" {
		l.note(v.Line, "a package without a name or version; it was passed over")
		return
	}
	if s := v.Get("source"); s != nil && p.source == "" {
		l.note(s.Line, "the source of %.100s is %s; want a string", p.name, s.Kind)
	}
	deps := v.Get("dependencies")
	if deps != nil && !deps.Is(document.List) {
		l.note(deps.Line, "the dependencies of %.100s are %s; want a list", p.name, deps.Kind)
	}
	for _, d := range deps.List() {
		if !d.Is(document.String) {
			l.note(d.Line, "a dependency of %.100s is %s; want a string", p.name, d.Kind)
			continue
		}
		p.needs = append(p.needs, need{d.Text, d.Line})
	}
	if _, ok := l.byFull[p.full()]; ok {
		l.note(p.line, "%.100s %.100s stands twice; the second was passed over", p.name, p.version)
		return
	}
	l.byFull[p.full()] = len(l.packages)
	l.byName[p.name] = append(l.byName[p.name], len(l.packages))
	l.packages = append(l.packages, p)
}

// maxCandidates is how many packages of one name are looked at for a need that names no version. More than a few dozen
// are in no real lockfile.
const maxCandidates = 100

// find returns the package that a dependency means, or why there is none.
func (l *lock) find(text string) (int, string) {
	name, rest, _ := strings.Cut(text, " ")
	version, source, _ := strings.Cut(rest, " ")
	source = plainSource(strings.TrimSuffix(strings.TrimPrefix(source, "("), ")"))
	if source != "" {
		if at, ok := l.byFull[name+" "+version+" ("+source+")"]; ok {
			return l.replaced(at), ""
		}
		return 0, "is not in the lockfile"
	}
	found := -1
	candidates := l.byName[name]
	for _, at := range candidates[:min(len(candidates), maxCandidates)] {
		if version != "" && l.packages[at].version != version {
			continue
		}
		if found >= 0 {
			return 0, "may be one of several packages"
		}
		found = at
	}
	if found < 0 {
		return 0, "is not in the lockfile"
	}
	return l.replaced(found), ""
}

// replaced follows what [replace] of a manifest puts in the place of a package.
func (l *lock) replaced(at int) int {
	if text := l.packages[at].replace; text != "" {
		name, rest, _ := strings.Cut(text, " ")
		version, source, _ := strings.Cut(rest, " ")
		source = plainSource(strings.TrimSuffix(strings.TrimPrefix(source, "("), ")"))
		if to, ok := l.byFull[name+" "+version+" ("+source+")"]; ok {
			return to
		}
	}
	return at
}

func (l *lock) note(line int, format string, args ...any) {
	if len(l.faults) >= project.MaxFaults {
		l.untold++
		return
	}
	l.faults = append(l.faults, project.Fault{Line: line, Msg: fmt.Sprintf(format, args...)})
}

// told returns the faults, and how many more there were.
func (l *lock) told() []project.Fault {
	if l.untold > 0 {
		return append(l.faults, project.Fault{Msg: fmt.Sprintf("and %d more problems in this file", l.untold)})
	}
	return l.faults
}
