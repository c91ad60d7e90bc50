package python

import (
	"path"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// locals makes roots of the folders of the repository that a lockfile installs from.
func (r *reading) locals(l *lock) {
	for _, e := range l.entries {
		key := l.relative(e.dir)
		if !e.local || key == "" {
			continue
		}
		var needs []need
		for _, n := range e.needs {
			if n.of != "" {
				n.scope = extraScope(n.of)
			}
			needs = append(needs, n)
		}
		r.cover(e.dir)
		file := path.Join(e.dir, "pyproject.toml")
		if m := r.pyproject(file); m != nil && len(needs) == 0 { // the format has no edges
			for _, n := range m.declared {
				if n.silent = true; n.scope == fettle.Production {
					needs = append(needs, n)
				}
			}
		}
		needs, _ = r.merge(l, needs, file)
		l.roots = append(l.roots, root{key: key, needs: needs})
	}
}

// relative is a folder as seen from that of the lockfile.
func (l *lock) relative(dir string) string {
	own := path.Dir(l.file)
	switch {
	case own == ".":
		return dir
	case dir == own:
		return ""
	}
	return strings.TrimPrefix(dir, own+"/")
}

// merge tells where the manifest declares each need, and returns also what only the manifest declares.
func (r *reading) merge(l *lock, needs []need, file string) (merged, more []need) {
	m := r.pyproject(file)
	if m == nil {
		return needs, nil
	}
	if l.manifest == "" || file == path.Join(path.Dir(l.file), "pyproject.toml") {
		l.manifest = file
	}
	type place struct {
		name  string
		scope fettle.Scope
	}
	declared := map[place]need{}
	for _, n := range m.declared {
		at := place{n.name, n.scope}
		if before, ok := declared[at]; ok { // for other machines
			before.spec = either(before.spec, n.spec)
			n = before
		}
		declared[at] = n
	}
	locked := map[string]bool{}
	for i, n := range needs {
		locked[n.name] = true
		if d, ok := declared[place{n.name, scopeOr(n.scope)}]; ok {
			needs[i].file, needs[i].line, needs[i].spec = d.file, d.line, d.spec
		}
	}
	for _, n := range m.declared {
		if !locked[n.name] {
			more = append(more, n)
		}
	}
	return needs, more
}

func scopeOr(s fettle.Scope) fettle.Scope {
	if s == "" {
		return fettle.Production
	}
	return s
}

func scoped(needs []need, scope fettle.Scope) []need {
	for i := range needs {
		needs[i].scope = scope
	}
	return needs
}
