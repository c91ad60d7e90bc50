package python

import (
	"fmt"
	"path"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/document"
	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// pipfileLock reads Pipfile.lock. It has no edges; those come from the metadata of installed packages.
func (r *reading) pipfileLock(file string) {
	data, err := r.files.Read(file)
	if err != nil {
		r.gaps = append(r.gaps, project.Gap(file, 0, err.Error()))
		return
	}
	doc, faults, err := document.ParseJSON(data)
	if err != nil {
		r.gaps = append(r.gaps, project.FaultGap(file, err))
		return
	}
	l := &lock{manager: "pipenv", file: file, again: "pipenv lock"}
	l.faults(faults)
	if !doc.Is(document.Map) {
		l.gap(1, "is %s; want an object", doc.Kind)
	}
	l.version(doc.Get("_meta", "pipfile-spec"), "6")
	at := map[string]int{} // entries by name, version and place: one package may stand in several sections
	for _, section := range doc.Map() {
		if section.Key == "_meta" {
			continue
		}
		if section.Value.Kind != document.Map {
			l.gap(section.Line, "the section %.100q is %s; want an object of packages", section.Key, section.Value.Kind)
		}
		for _, f := range section.Value.Map() {
			e, ok := l.pipfileEntry(f, pipfileScope(section.Key))
			if !ok {
				continue
			}
			id := e.name + "\x00" + e.version + "\x00" + e.noVersion
			if i, there := at[id]; there {
				l.entries[i].scope = widest(l.entries[i].scope, e.scope)
				continue
			}
			at[id] = len(l.entries)
			l.entries = append(l.entries, e)
		}
	}
	manifest := path.Join(project.Parent(file), "Pipfile")
	r.covered[manifest] = true
	if m := r.pipfile(manifest); m != nil {
		l.manifest = manifest
		for i := range m.declared { // Pipenv leaves out what its machine does not need
			m.declared[i].silent = m.declared[i].marker != ""
		}
		l.roots = []root{{needs: m.declared}}
	} else if !r.files.Is(manifest) {
		l.gap(0, "has no Pipfile beside it, so which packages are direct is unknown")
	}
	r.locals(l)
	if len(l.entries) > 0 {
		r.metadata(l, fmt.Sprintf("does not say what its %d packages need, so the paths to those that the Pipfile does not declare are unknown; a virtual environment in the repository's folder would tell", len(l.entries)))
	}
	r.finish(l)
}

// pipfileScope is that of a section of a Pipfile or its lockfile.
func pipfileScope(section string) fettle.Scope {
	switch section {
	case "default", "packages":
		return fettle.Production
	case "develop", "dev-packages":
		return fettle.Development
	}
	return extraScope(section)
}

func (l *lock) pipfileEntry(f document.Field, scope fettle.Scope) (entry, bool) {
	e := entry{name: normalize(f.Key), line: f.Line, endLine: f.Value.EndLine, scope: scope}
	if nameForm.FindString(f.Key) != f.Key || f.Key == "" {
		l.gap(f.Line, "%.100q is no name of a package, so this entry was not checked", f.Key)
		return e, false
	}
	if f.Value.Kind != document.Map {
		l.gap(f.Line, "%.100q is %s; want an object with a version", f.Key, f.Value.Kind)
	}
	r := tableRequirement(e.name, f.Value)
	if v, ok := pin(r.spec); ok {
		e.version = v
	}
	switch local, isPath := isLocal(r.url); {
	case r.url == "":
		if e.version == "" {
			e.noVersion, e.atLeast = unpinned(r.spec, "run pipenv lock"), lowest(r.spec)
		}
	case isPath && !isArchive(local):
		if e.dir, e.local = l.folder(local); e.local {
			return e, true
		}
		l.from(&e, "the folder", local)
	case isVCS(r.url):
		l.from(&e, "a commit of", r.url)
	default:
		if name, version := archive(r.url); e.version == "" && name == e.name {
			e.version = version
		}
		l.from(&e, "the address", r.url)
	}
	return e, true
}

// pipfile reads a Pipfile; nil, and a gap, where it cannot be read.
func (r *reading) pipfile(file string) *manifest {
	if !r.files.Is(file) {
		return nil
	}
	data, err := r.files.Read(file)
	if err != nil {
		r.gaps = append(r.gaps, project.Gap(file, 0, err.Error()))
		return nil
	}
	doc, faults, err := document.ParseTOML(data)
	if err != nil {
		r.gaps = append(r.gaps, project.FaultGap(file, err))
		return nil
	}
	m := &manifest{file: file, manager: "pipenv"}
	for _, f := range faults {
		m.gaps = append(m.gaps, project.Gap(file, f.Line, f.Msg))
	}
	m.pipfileSections(doc)
	r.parsed[file] = m
	return m
}

func (m *manifest) pipfileSections(doc *document.Value) {
	for _, section := range doc.Map() {
		switch section.Key {
		case "source", "requires", "scripts", "pipenv", "pipfile":
			continue
		}
		m.pipfileTable(section.Value, pipfileScope(section.Key))
	}
}

func (m *manifest) pipfileTable(v *document.Value, scope fettle.Scope) {
	for _, f := range v.Map() {
		n := need{requirement: requirement{name: normalize(f.Key)}, scope: scope, file: m.file, line: f.Line}
		switch {
		case nameForm.FindString(f.Key) != f.Key:
			m.gap(f.Line, "%.100q is no name of a package, so it was not checked", f.Key)
			continue
		case f.Value.Kind == document.Map:
			n.requirement = tableRequirement(n.name, f.Value)
			for _, key := range []string{"sys_platform", "platform_machine", "os_name", "python_version", "platform_python_implementation"} {
				if n.marker == "" && f.Value.Get(key) != nil {
					n.marker = key + " " + f.Value.Get(key).Str()
				}
			}
		case f.Value.Kind == document.String:
			n.spec = f.Value.Text
		default:
			m.gap(f.Line, "%.100q is %s; want a range such as \"==1.0\" or \"*\"", f.Key, f.Value.Kind)
			continue
		}
		if n.spec = strings.TrimSpace(n.spec); n.spec == "*" {
			n.spec = ""
		}
		m.add(n)
	}
}
