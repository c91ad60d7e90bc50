package python

import (
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/document"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// poetry takes the tables that Poetry knew before it read those of the standards, and still does.
func (m *manifest) poetry(v *document.Value) {
	standard := map[string]bool{}
	for _, n := range m.declared {
		standard[n.name] = true
	}
	m.poetryTable(v.Get("dependencies"), fettle.Production, standard)
	m.poetryTable(v.Get("dev-dependencies"), fettle.Development, nil)
	for _, group := range v.Get("group").Map() {
		m.poetryTable(group.Value.Get("dependencies"), groupScope(group.Key), standard)
	}
}

// poetryTable takes one table of Poetry's. One name may hold several requirements, for different machines. What stands
// among the standard's tables too, and has no version here, is described further, not asked for once more.
func (m *manifest) poetryTable(v *document.Value, scope fettle.Scope, standard map[string]bool) {
	for _, f := range v.Map() {
		name := normalize(f.Key)
		if name == "python" {
			continue
		}
		if nameForm.FindString(f.Key) != f.Key {
			m.gap(f.Line, "%.100q is no name of a package, so it was not checked", f.Key)
			continue
		}
		if standard[name] && f.Value.Kind == document.Map && f.Value.Get("version") == nil {
			continue
		}
		several := []*document.Value{f.Value}
		if f.Value.Kind == document.List {
			several = f.Value.Items
		}
		for _, one := range several {
			n := need{requirement: requirement{name: name}, scope: scope, file: m.file, line: f.Line}
			switch one.Kind {
			case document.String:
				n.spec = one.Text
			case document.Map:
				n.requirement = tableRequirement(name, one)
				if one.Get("optional").True() && scope == fettle.Production {
					n.scope = fettle.Optional
				}
				n.line = max(n.line, one.Line)
			default:
				m.gap(f.Line, "%.100q is %s; want a range such as \"^1.0\"", f.Key, one.Kind)
				continue
			}
			n.poetry = true
			m.add(n)
		}
	}
}

// tableRequirement reads a requirement that is a table, as Poetry and Pipenv have it.
func tableRequirement(name string, v *document.Value) requirement {
	r := requirement{name: name, spec: v.Get("version").Str(), marker: v.Get("markers").Str()}
	if r.marker == "" {
		r.marker = v.Get("marker").Str()
	}
	for _, extra := range v.Get("extras").List() {
		r.extras = append(r.extras, normalize(extra.Str()))
	}
	for _, kind := range []string{"git", "hg", "svn"} {
		if address := v.Get(kind).Str(); address != "" {
			r.url = kind + "+" + address
			for _, at := range []string{"rev", "tag", "branch", "ref"} {
				if ref := v.Get(at).Str(); ref != "" {
					r.url += "@" + ref
					break
				}
			}
		}
	}
	for _, kind := range []string{"url", "path", "file"} {
		if address := v.Get(kind).Str(); address != "" {
			r.url = strings.TrimSpace(address)
		}
	}
	return r
}
