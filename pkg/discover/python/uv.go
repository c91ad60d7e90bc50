package python

import (
	"path"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/document"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// uvLock reads uv.lock, workspaces and forks by resolution markers included.
func (r *reading) uvLock(file string) {
	l, doc := r.openTOML("uv", file, "uv lock")
	if l == nil {
		return
	}
	l.version(doc.Get("version"), "1")
	byRoot := map[string]int{}
	l.roots = append(l.roots, root{})
	for _, v := range doc.Get("package").List() {
		e, ok := l.named(v)
		if !ok {
			continue
		}
		source := v.Get("source")
		var dir string
		for _, kind := range []string{"virtual", "editable", "directory"} {
			at := source.Get(kind)
			if at == nil {
				continue
			}
			if dir, e.local = l.folder(at.Str()); !e.local {
				l.from(&e, "the folder", at.Str())
			}
		}
		switch {
		case source.Get("git") != nil:
			l.from(&e, "a commit of", source.Get("git").Str())
		case source.Get("url") != nil:
			l.from(&e, "the address", source.Get("url").Str())
		case source.Get("path") != nil:
			l.from(&e, "the file", source.Get("path").Str())
		}
		if e.local {
			key := l.relative(dir)
			if _, there := byRoot[key]; !there {
				byRoot[key] = len(l.roots)
			}
			l.roots = append(l.roots, r.uvRoot(l, v, key, dir))
		} else {
			if e.version == "" && e.noVersion == "" {
				e.noVersion = "the lockfile names none; run uv lock"
			}
			e.needs = uvNeeds(v.Get("dependencies"), "")
			for _, extra := range v.Get("optional-dependencies").Map() {
				e.needs = append(e.needs, uvNeeds(extra.Value, normalize(extra.Key))...)
			}
		}
		l.entries = append(l.entries, e)
	}
	own := doc.Get("manifest")
	var top []need
	top = append(top, uvDeclared(own.Get("requirements"), fettle.Production)...)
	for _, group := range own.Get("dependency-groups").Map() {
		top = append(top, uvDeclared(group.Value, groupScope(group.Key))...)
	}
	if _, ok := byRoot[""]; !ok {
		needs, more := r.merge(l, top, path.Join(path.Dir(file), "pyproject.toml"))
		l.roots[0].needs = append(needs, more...)
		r.cover(strings.TrimPrefix(path.Dir(file), "."))
	}
	r.finish(l)
}

// addSpec notes the range that a package's metadata names; several are for other machines.
func addSpec(specs map[string]string, d *document.Value) {
	name, spec := normalize(d.Get("name").Str()), d.Get("specifier").Str()
	if before, ok := specs[name]; ok {
		spec = either(before, spec)
	}
	specs[name] = spec
}

// uvRoot is the project or a member of its workspace.
func (r *reading) uvRoot(l *lock, v *document.Value, key, dir string) root {
	specs := map[string]string{}
	for _, d := range v.Get("metadata", "requires-dist").List() {
		addSpec(specs, d)
	}
	needs := uvNeeds(v.Get("dependencies"), "")
	for _, extra := range v.Get("optional-dependencies").Map() {
		needs = append(needs, scoped(uvNeeds(extra.Value, ""), extraScope(extra.Key))...)
	}
	for i := range needs {
		needs[i].spec = specs[needs[i].name]
	}
	for _, group := range v.Get("dev-dependencies").Map() {
		specs := map[string]string{}
		for _, d := range v.Get("metadata", "requires-dev", group.Key).List() {
			addSpec(specs, d)
		}
		more := scoped(uvNeeds(group.Value, ""), groupScope(group.Key))
		for i := range more {
			more[i].spec = specs[more[i].name]
		}
		needs = append(needs, more...)
	}
	r.cover(dir)
	needs, more := r.merge(l, needs, path.Join(dir, "pyproject.toml"))
	return root{key: key, needs: append(needs, more...)}
}

// uvNeeds reads a list of dependencies as they stand in a package.
func uvNeeds(v *document.Value, of string) []need {
	var needs []need
	for _, d := range v.List() {
		n := need{requirement: requirement{name: normalize(d.Get("name").Str()), marker: d.Get("marker").Str()}, version: d.Get("version").Str(), of: of, line: d.Line}
		for _, extra := range d.Get("extra").List() {
			n.extras = append(n.extras, normalize(extra.Str()))
		}
		needs = append(needs, n)
	}
	return needs
}

// uvDeclared reads a list of requirements as they stand in the manifest section.
func uvDeclared(v *document.Value, scope fettle.Scope) []need {
	var needs []need
	for _, d := range v.List() {
		n := need{requirement: requirement{name: normalize(d.Get("name").Str()), spec: d.Get("specifier").Str(), marker: d.Get("marker").Str()}, scope: scope}
		for _, extra := range d.Get("extras").List() {
			n.extras = append(n.extras, normalize(extra.Str()))
		}
		needs = append(needs, n)
	}
	return needs
}
