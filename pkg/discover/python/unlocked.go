package python

import (
	"fmt"
	"path"
	"path/filepath"
	"slices"

	"github.com/fettle-dev/fettle/pkg/discover/project"
)

// unlocked makes a project of a manifest that no lockfile answers for.
func (r *reading) unlocked(file string) {
	switch kindOf(file) {
	case pyprojectFile, setupCfgFile:
		if m := r.pyproject(file); m != nil {
			r.manifestProject(m)
		}
	case pipfileFile:
		if m := r.pipfile(file); m != nil {
			r.manifestProject(m)
		}
	case setupPyFile:
		r.setupPy(file)
	}
}

// remedies say how the versions of a manifest become known.
var remedies = map[string]string{
	"poetry": "run poetry lock", "uv": "run uv lock", "pdm": "run pdm lock", "pipenv": "run pipenv lock",
	"pip": "lock it, for example with uv lock or pip-compile",
}

// manifestProject makes a project of what m declares: exact versions are checked, all else has none.
func (r *reading) manifestProject(m *manifest) {
	if m.dynamic && len(m.declared)+len(m.inherits) == 0 && !r.declaresElsewhere(m) {
		m.gap(0, "lets its build find out the dependencies, which is not run, so they were not checked; lock them, for example with uv lock or pip-compile")
	}
	if len(m.declared) == 0 {
		return
	}
	l := &lock{manager: m.manager, file: m.file, manifest: m.file, again: "a lock"}
	var top root
	for _, n := range m.declared {
		e := entry{name: n.name, line: n.line, endLine: n.line, scope: n.scope}
		v, ok := pin(n.spec)
		if n.poetry {
			v, ok = poetryPin(n.spec)
		}
		switch {
		case n.url != "":
			if !l.address(r, &e, n.requirement) {
				continue
			}
		case ok:
			e.version = v
		default:
			e.noVersion, e.atLeast = unpinned(n.spec, remedies[m.manager]), lowest(n.spec)
		}
		l.entries = append(l.entries, e)
		n.version = e.version
		n.name = e.name
		top.needs = append(top.needs, n)
	}
	l.roots = []root{top}
	pinned := 0
	for _, e := range l.entries {
		if e.version != "" {
			pinned++
		}
	}
	if pinned > 0 {
		r.metadata(l, fmt.Sprintf("pins %d packages and does not say what those need, which was not checked; %s", pinned, remedies[m.manager]))
	}
	r.finish(l)
}

// declaresElsewhere reports whether setup.cfg or setup.py beside m says what m leaves open; each is read, or told of, on its own.
func (r *reading) declaresElsewhere(m *manifest) bool {
	dir := project.Parent(m.file)
	return path.Base(m.file) == "pyproject.toml" && (r.files.Is(path.Join(dir, "setup.cfg")) || r.files.Is(path.Join(dir, "setup.py")))
}

// inherited are the files that manifests which no lockfile answers for take their dependencies from.
func (r *reading) inherited() []string {
	var list []string
	for _, file := range r.claimed {
		if k := kindOf(file); r.covered[file] || k != pyprojectFile && k != setupCfgFile {
			continue
		}
		m := r.pyproject(file)
		if m == nil {
			continue
		}
		for _, named := range m.inherits {
			from := path.Join(project.Parent(file), named)
			switch {
			case slices.Contains(r.claimed, from):
			case !filepath.IsLocal(filepath.FromSlash(from)) || !r.files.Is(from):
				m.gap(0, "takes dependencies from %.200q, which is not there, so they were not checked", named)
			default:
				list = append(list, from)
			}
		}
	}
	return list
}
