package python

import (
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/document"
	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// openTOML begins the reading of a lockfile in TOML; nil, and a gap, where it cannot be read.
func (r *reading) openTOML(manager, file, again string) (*lock, *document.Value) {
	data, err := r.files.Read(file)
	if err != nil {
		r.gaps = append(r.gaps, project.Gap(file, 0, err.Error()))
		return nil, nil
	}
	doc, faults, err := document.ParseTOML(data)
	if err != nil {
		r.gaps = append(r.gaps, project.FaultGap(file, err))
		return nil, nil
	}
	l := &lock{manager: manager, file: file, again: again}
	l.faults(faults)
	return l, doc
}

// version tells of a lockfile of a version that is not among those known, each up to its first dot.
func (l *lock) version(v *document.Value, known ...string) {
	text := v.Str()
	major, _, _ := strings.Cut(text, ".")
	line := 0
	if v != nil {
		line = v.Line
	}
	switch {
	case text == "":
		l.gap(line, "says no version of its format; it was read as version %s", known[len(known)-1])
	case !slices.Contains(known, major):
		l.gap(line, "is of format version %.20s, which this version does not know; it was read as version %s", text, known[len(known)-1])
	}
}

// named begins the entry of a table with name and version; ok is false, and a gap told, where there is no name.
func (l *lock) named(v *document.Value) (e entry, ok bool) {
	name := v.Get("name").Str()
	e = entry{name: normalize(name), version: strings.TrimSpace(v.Get("version").Str()), line: v.Line, endLine: endOf(v)}
	if nameForm.FindString(name) != name || name == "" {
		l.gap(v.Line, "%.100q is no name of a package, so this entry was not checked", name)
		return e, false
	}
	return e, true
}

// folder reports whether a path that is named beside l lies in the repository, and where. It is "" for the lockfile's own.
func (l *lock) folder(named string) (string, bool) {
	dir := path.Join(project.Parent(l.file), strings.ReplaceAll(named, `\`, "/"))
	if path.IsAbs(named) || !filepath.IsLocal(filepath.FromSlash(dir)) && dir != "" {
		return "", false
	}
	if dir == "." {
		dir = ""
	}
	return dir, true
}

// from tells where an entry is taken from that is no index. A lockfile knows the version of that too.
func (l *lock) from(e *entry, what, where string) {
	if e.version == "" {
		e.noVersion = "it comes from " + what + " " + shown(where) + ", not from an index"
		return
	}
	l.gap(e.line, "%.100s %.50s is not taken from an index but from %s %s; it was checked as if it were what the index has", e.name, e.version, what, shown(where))
}

// manifestBeside covers the pyproject.toml beside a lockfile and returns what it declares.
func (r *reading) manifestBeside(l *lock) []need {
	file := path.Join(project.Parent(l.file), "pyproject.toml")
	m := r.pyproject(file)
	r.cover(project.Parent(l.file))
	if m == nil {
		if !r.files.Is(file) {
			l.gap(0, "has no pyproject.toml beside it, so which packages are direct is unknown")
		}
		return nil
	}
	l.manifest = file
	return m.declared
}

// cover notes that the manifests of a folder are answered for.
func (r *reading) cover(dir string) {
	for _, name := range []string{"pyproject.toml", "setup.cfg", "setup.py"} {
		r.covered[path.Join(dir, name)] = true
	}
}

// groupsScope is the widest scope of groups; those of the main group are optional where the package is.
func groupsScope(groups []*document.Value, optional bool) fettle.Scope {
	var scope fettle.Scope
	for _, g := range groups {
		s := groupScope(g.Str())
		if s == fettle.Production && optional {
			s = fettle.Optional
		}
		scope = widest(scope, s)
	}
	return scope
}
