package python

import (
	"github.com/fettle-dev/fettle/pkg/discover/document"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// pdmLock reads pdm.lock.
func (r *reading) pdmLock(file string) {
	l, doc := r.openTOML("pdm", file, "pdm lock -G :all")
	if l == nil {
		return
	}
	meta := doc.Get("metadata")
	l.version(meta.Get("lock_version"), "3", "4")
	top := r.manifestBeside(l)
	declared := len(top) > 0
	type place struct{ name, version, source string }
	bases := map[place]int{} // of l.entries
	for _, v := range doc.Get("package").List() {
		e, ok := l.named(v)
		if !ok {
			continue
		}
		e.scope = groupsScope(v.Get("groups").List(), false)
		for _, g := range v.Get("groups").List() { // of the project's extras or its groups; only the manifest knows
			if !declared && groupScope(g.Str()) == fettle.Development {
				e.scope = widest(e.scope, extraScope(g.Str()))
			}
		}
		l.pdmSource(&e, v)
		if e.version == "" && e.noVersion == "" && !e.local {
			e.noVersion = "the lockfile names none; run pdm lock"
		}
		needs := l.pdmNeeds(e.name, v.Get("dependencies"))
		extras := v.Get("extras").List()
		at := place{e.name, e.version, v.Get("path").Str() + v.Get("git").Str() + v.Get("url").Str()}
		base, there := bases[at]
		if len(extras) > 100 {
			l.gap(e.line, "has %d extras; the needs of the first 100 were read", len(extras))
			extras = extras[:100]
		}
		for i := range extras { // the entry of a package with extras needs what they bring in; another has the package itself
			for _, n := range needs {
				n.of = normalize(extras[i].Str())
				e.needs = append(e.needs, n)
			}
		}
		if len(extras) == 0 {
			e.needs = needs
		}
		if !there {
			bases[at] = len(l.entries)
			l.entries = append(l.entries, e)
			continue
		}
		have := &l.entries[base]
		have.needs = append(have.needs, e.needs...)
		have.scope = widest(have.scope, e.scope)
		if len(extras) == 0 {
			have.line, have.endLine = e.line, e.endLine
		}
	}
	l.roots = []root{{needs: top}}
	r.locals(l)
	r.finish(l)
}

func (l *lock) pdmSource(e *entry, v *document.Value) {
	switch {
	case v.Get("path") != nil:
		var ok bool
		e.dir, ok = l.folder(v.Get("path").Str())
		if e.local = ok && !isArchive(e.dir); e.local {
			return
		}
		l.from(e, "the path", v.Get("path").Str())
	case v.Get("git") != nil:
		l.from(e, "a commit of", v.Get("git").Str())
	case v.Get("url") != nil:
		l.from(e, "the address", v.Get("url").Str())
	}
}

// pdmNeeds reads requirements as text. That of a package with extras on itself is none.
func (l *lock) pdmNeeds(holder string, v *document.Value) []need {
	var needs []need
	for _, item := range v.List() {
		req, err := parseRequirement(item.Str())
		if err != nil {
			l.gap(item.Line, "%v", err)
			continue
		}
		if req.name != holder {
			needs = append(needs, need{requirement: req, line: item.Line, silent: req.marker != ""})
		}
	}
	return needs
}
