package python

import (
	"fmt"
	"path"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/document"
	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// pylock reads pylock.toml and pylock.NAME.toml, as PEP 751 has them.
func (r *reading) pylock(file string) {
	l, doc := r.openTOML("pip", file, "what wrote it")
	if l == nil {
		return
	}
	l.version(doc.Get("lock-version"), "1")
	edges := false
	for _, v := range doc.Get("packages").List() {
		e, ok := l.named(v)
		if !ok {
			continue
		}
		e.scope = pylockScope(v.Get("marker").Str())
		l.pylockSource(&e, v)
		if e.version == "" && e.noVersion == "" && !e.local {
			e.noVersion = "the lockfile names none"
		}
		for _, d := range v.Get("dependencies").List() {
			edges = true
			n := need{requirement: requirement{name: normalize(d.Get("name").Str())}, version: d.Get("version").Str(), line: d.Line}
			e.needs = append(e.needs, n)
		}
		l.entries = append(l.entries, e)
	}
	dir := project.Parent(file)
	if m := r.pyproject(path.Join(dir, "pyproject.toml")); m != nil && len(m.declared) > 0 {
		l.manifest = m.file
		needs := m.declared
		if path.Base(file) != "pylock.toml" { // one of several, which may leave out much
			needs = silenced(needs)
		}
		l.roots = append(l.roots, root{needs: needs})
	}
	if path.Base(file) == "pylock.toml" {
		r.cover(dir)
	}
	if !edges && len(l.entries) > 0 {
		r.metadata(l, fmt.Sprintf("does not say what its %d packages need, so the paths between them are unknown", len(l.entries)))
	} else if len(l.roots) == 0 && len(l.entries) > 0 {
		l.gap(0, "names no roots and has no pyproject.toml beside it that does, so which packages are direct is unknown")
	}
	r.locals(l)
	r.finish(l)
}

func silenced(needs []need) []need {
	list := make([]need, len(needs))
	for i, n := range needs {
		n.silent = true
		list[i] = n
	}
	return list
}

// pylockScope is that of a package with this marker: production where it holds without any extra and group.
func pylockScope(marker string) fettle.Scope {
	if holds(marker, func(string) bool { return false }) {
		return fettle.Production
	}
	var scope fettle.Scope
	for _, name := range asks(marker) {
		if strings.Contains(marker, "dependency_groups") && !strings.Contains(marker, "extras") {
			scope = widest(scope, groupScope(name))
		} else {
			scope = widest(scope, extraScope(name))
		}
	}
	return scope
}

func (l *lock) pylockSource(e *entry, v *document.Value) {
	switch {
	case v.Get("directory") != nil:
		where := v.Get("directory", "path").Str()
		if e.dir, e.local = l.folder(where); e.local {
			return
		}
		l.from(e, "the folder", where)
	case v.Get("vcs") != nil:
		where := v.Get("vcs", "url").Str()
		if where == "" {
			where = v.Get("vcs", "path").Str()
		}
		l.from(e, "a commit of", where)
	case v.Get("archive") != nil:
		where := v.Get("archive", "url").Str()
		if where == "" {
			where = v.Get("archive", "path").Str()
		}
		l.from(e, "the archive", where)
	}
}
