package python

import (
	"fmt"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/document"
	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// manifest is what a project declares.
type manifest struct {
	file     string
	name     string // normalized
	manager  string // poetry, pdm or uv where a table of that tool is there, else pip
	declared []need
	dynamic  bool // the build backend finds out the dependencies
	static   bool // the build backend must not
	inherits []string
	byName   map[string]need
	gaps     []fettle.Gap
}

// readPyproject reads a pyproject.toml; nil where there is none or it cannot be read, which is a gap then.
func readPyproject(files *project.Files, file string) (*manifest, []fettle.Gap) {
	data, err := files.Read(file)
	if err != nil {
		return nil, []fettle.Gap{project.Gap(file, 0, err.Error())}
	}
	return parsePyproject(file, data)
}

func parsePyproject(file string, data []byte) (*manifest, []fettle.Gap) {
	doc, faults, err := document.ParseTOML(data)
	if err != nil {
		return nil, []fettle.Gap{project.FaultGap(file, err)}
	}
	m := &manifest{file: file, manager: "pip"}
	for _, f := range faults {
		m.gaps = append(m.gaps, project.Gap(file, f.Line, f.Msg))
	}
	own := doc.Get("project")
	m.name = normalize(own.Get("name").Str())
	if m.name == "" {
		m.name = normalize(doc.Get("tool", "poetry", "name").Str())
	}
	for _, word := range own.Get("dynamic").List() {
		m.dynamic = m.dynamic || word.Str() == "dependencies" || word.Str() == "optional-dependencies"
	}
	m.static = own != nil && !m.dynamic
	for _, tool := range []string{"uv", "pdm", "poetry"} {
		if doc.Get("tool", tool) != nil {
			m.manager = tool
		}
	}
	m.list(own.Get("dependencies"), fettle.Production)
	for _, extra := range own.Get("optional-dependencies").Map() {
		m.list(extra.Value, extraScope(extra.Key))
	}
	m.groups(doc.Get("dependency-groups"))
	m.list(doc.Get("tool", "uv", "dev-dependencies"), fettle.Development)
	for _, group := range doc.Get("tool", "pdm", "dev-dependencies").Map() {
		m.list(group.Value, groupScope(group.Key))
	}
	m.poetry(doc.Get("tool", "poetry"))
	m.setuptools(doc.Get("tool", "setuptools", "dynamic"))
	return m, nil
}

func (m *manifest) gap(line int, format string, args ...any) {
	if len(m.gaps) <= project.MaxFaults {
		m.gaps = append(m.gaps, project.Gap(m.file, line, fmt.Sprintf(format, args...)))
	}
}

// list takes requirements as text.
func (m *manifest) list(v *document.Value, scope fettle.Scope) {
	if v != nil && v.Kind != document.List {
		m.gap(v.Line, "is %s where a list of requirements belongs, so it was not checked", v.Kind)
	}
	for _, item := range v.List() {
		if item.Kind != document.String {
			m.gap(item.Line, "is %s where a requirement belongs, so it was not checked", item.Kind)
			continue
		}
		m.take(item.Text, item.Line, scope)
	}
}

// take adds one requirement. Those on the project itself ask for its own extras, which are all taken anyway.
func (m *manifest) take(text string, line int, scope fettle.Scope) {
	text = strings.TrimSpace(text)
	req, err := parseRequirement(text)
	if address, ok := strings.CutPrefix(text, "-e "); ok { // PDM
		req, err = reference(strings.TrimSpace(address)), nil
	}
	if err != nil {
		m.gap(line, "%v", err)
		return
	}
	if req.name != "" && req.name == m.name {
		return
	}
	m.add(need{requirement: req, scope: scope, file: m.file, line: line})
}

// add declares n.
func (m *manifest) add(n need) {
	if len(m.declared) == project.MaxNodes {
		m.gap(n.line, "more than %d requirements; this one was not checked", project.MaxNodes)
		return
	}
	m.declared = append(m.declared, n)
}

// groups takes the table of PEP 735. What a group includes is another group, which is taken on its own.
func (m *manifest) groups(v *document.Value) {
	for _, group := range v.Map() {
		for _, item := range group.Value.List() {
			if item.Kind == document.Map {
				include := item.Get("include-group").Str()
				if !hasGroup(v, include) {
					m.gap(item.Line, "the group %.100q includes %.100q, which is not there, so that was not checked", group.Key, include)
				}
				continue
			}
			if item.Kind != document.String {
				m.gap(item.Line, "is %s where a requirement belongs, so it was not checked", item.Kind)
				continue
			}
			m.take(item.Text, item.Line, groupScope(group.Key))
		}
		if group.Value.Kind != document.List {
			m.gap(group.Line, "the group %.100q is %s; want a list of requirements", group.Key, group.Value.Kind)
		}
	}
}

func hasGroup(v *document.Value, name string) bool {
	for _, group := range v.Map() {
		if normalize(group.Key) == normalize(name) {
			return true
		}
	}
	return false
}

// setuptools notes the files that the dependencies are read from at a build.
func (m *manifest) setuptools(v *document.Value) {
	sources := []*document.Value{v.Get("dependencies")}
	for _, extra := range v.Get("optional-dependencies").Map() {
		sources = append(sources, extra.Value)
	}
	for _, source := range sources {
		from := source.Get("file")
		if text := from.Str(); text != "" {
			m.inherits = append(m.inherits, text)
		}
		for _, item := range from.List() {
			m.inherits = append(m.inherits, item.Str())
		}
	}
}
