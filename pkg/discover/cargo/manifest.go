package cargo

import (
	"fmt"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/document"
	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// manifest is a Cargo.toml.
type manifest struct {
	file, dir string
	name      string // of its package; "" for a virtual one
	workspace *workspace
	above     string // the folder that package.workspace names
	deps      []dependency
	patches   []dependency // of all sources, and of replace
	faults    []project.Fault
	enabled   map[string]bool // optional dependencies that the default features switch on, by name here
	settled   bool            // inherit was called
}

// maxGlobs bounds what each manifest below a workspace is compared with.
const maxGlobs = 2000

// workspace is the table of that name.
type workspace struct {
	members, exclude []string
	deps             map[string]dependency
}

// dependency is one entry of a table of dependencies.
type dependency struct {
	alias     string // its name here
	name      string // of the package
	req       string // the version that is asked for; "" for any
	path      string
	base      string // the folder that path is relative to
	git       string
	optional  bool
	inherited bool // from the workspace
	scope     fettle.Scope
	file      string
	line      int
}

// spec is what the dependency asks for, for people.
func (d dependency) spec() string {
	switch {
	case d.req != "":
		return d.req
	case d.git != "":
		return "git " + d.git
	case d.path != "":
		return "path " + d.path
	}
	return "*"
}

// tables are the kinds of dependencies, with the older spelling of each.
var tables = []struct {
	names []string
	scope fettle.Scope
}{
	{[]string{"dependencies"}, fettle.Production},
	{[]string{"build-dependencies", "build_dependencies"}, fettle.Development},
	{[]string{"dev-dependencies", "dev_dependencies"}, fettle.Development},
}

// parseManifest parses a Cargo.toml. The error is a *project.Fault.
func parseManifest(file string, data []byte) (*manifest, error) {
	doc, faults, err := document.ParseTOML(data)
	if err != nil {
		return nil, err
	}
	m := &manifest{file: file, dir: project.Parent(file), faults: faults}
	pkg := doc.Get("package")
	if pkg == nil {
		pkg = doc.Get("project") // the older spelling
	}
	m.name, m.above = pkg.Get("name").Str(), pkg.Get("workspace").Str()
	if w := doc.Get("workspace"); w.Is(document.Map) {
		m.workspace = &workspace{members: texts(w.Get("members")), exclude: texts(w.Get("exclude")), deps: map[string]dependency{}}
		if n := len(m.workspace.members) + len(m.workspace.exclude); n > maxGlobs {
			m.faults = append(m.faults, project.Fault{Line: w.Line, Msg: fmt.Sprintf("%d members and excluded folders are listed, of which the first %d count here", n, maxGlobs)})
			m.workspace.members = m.workspace.members[:min(len(m.workspace.members), maxGlobs/2)]
			m.workspace.exclude = m.workspace.exclude[:min(len(m.workspace.exclude), maxGlobs/2)]
		}
		for _, f := range w.Get("dependencies").Map() {
			m.workspace.deps[f.Key] = m.dependency(f, fettle.Production)
		}
	}
	m.addTables(doc)
	for _, target := range doc.Get("target").Map() {
		m.addTables(target.Value)
	}
	for _, source := range doc.Get("patch").Map() {
		for _, f := range source.Value.Map() {
			m.patches = append(m.patches, m.dependency(f, fettle.Production))
		}
	}
	for _, f := range doc.Get("replace").Map() {
		m.patches = append(m.patches, m.dependency(f, fettle.Production))
	}
	m.enable(doc.Get("features"))
	return m, nil
}

func (m *manifest) addTables(v *document.Value) {
	for _, t := range tables {
		for i, name := range t.names {
			if i > 0 && v.Get(t.names[0]) != nil {
				continue
			}
			for _, f := range v.Get(name).Map() {
				m.deps = append(m.deps, m.dependency(f, t.scope))
			}
		}
	}
}

func (m *manifest) dependency(f document.Field, scope fettle.Scope) dependency {
	d := dependency{alias: f.Key, name: f.Key, scope: scope, base: m.dir, file: m.file, line: f.Line}
	switch {
	case f.Value.Is(document.String):
		d.req = f.Value.Text
	case f.Value.Is(document.Map):
		d.req, d.path, d.git = f.Value.Get("version").Str(), f.Value.Get("path").Str(), f.Value.Get("git").Str()
		d.optional, d.inherited = f.Value.Get("optional").True(), f.Value.Get("workspace").True()
		if name := f.Value.Get("package").Str(); name != "" {
			d.name = name
		}
	case len(m.faults) < project.MaxFaults:
		m.faults = append(m.faults, project.Fault{Line: f.Line, Msg: fmt.Sprintf("dependency %.100q is %s; want a version or a table", f.Key, f.Value.Kind)})
	}
	return d
}

// enable finds the optional dependencies that the default features switch on.
func (m *manifest) enable(features *document.Value) {
	m.enabled = map[string]bool{}
	seen := map[string]bool{}
	queue := []string{"default"}
	for ; len(queue) > 0; queue = queue[1:] {
		name := queue[0]
		if seen[name] {
			continue
		}
		seen[name] = true
		if f := features.Get(name); f != nil {
			queue = append(queue, texts(f)...)
			continue
		}
		name = strings.TrimPrefix(name, "dep:")
		name, _, _ = strings.Cut(name, "/") // of "a?/b" remains "a?", which is nobody's name: it switches nothing on
		m.enabled[name] = true
	}
}

// scopeOf is d's scope: what is optional and not switched on by default is Optional.
func (m *manifest) scopeOf(d dependency) fettle.Scope {
	if d.optional && d.scope == fettle.Production && !m.enabled[d.alias] {
		return fettle.Optional
	}
	return d.scope
}

// inherit takes from the workspace what m leaves to it. Faults are what the workspace does not have.
func (m *manifest) inherit(w *manifest) {
	for i, d := range m.deps {
		if !d.inherited {
			continue
		}
		var from dependency
		ok := false
		if w != nil && w.workspace != nil {
			from, ok = w.workspace.deps[d.alias]
		}
		if !ok {
			if len(m.faults) < project.MaxFaults {
				m.faults = append(m.faults, project.Fault{Line: d.line, Msg: fmt.Sprintf("%.100q is left to the workspace, which does not declare it", d.alias)})
			}
			continue
		}
		from.optional, from.scope, from.inherited = d.optional, d.scope, true
		m.deps[i] = from
	}
}

// texts are the strings of a list.
func texts(v *document.Value) []string {
	var list []string
	for _, item := range v.List() {
		if item.Is(document.String) {
			list = append(list, item.Text)
		}
	}
	return list
}
