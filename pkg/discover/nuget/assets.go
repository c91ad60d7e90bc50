package nuget

import (
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/document"
	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// parseTargets reads what project.assets.json and *.deps.json have in common: the packages of each target as Name/Version,
// with the kind that the library of that name has.
func parseTargets(data []byte, file string, t *project.Teller) (*document.Value, []*target, error) {
	doc, faults, err := document.ParseJSON(data)
	if err != nil {
		return nil, nil, err
	}
	t.Faults(file, faults)
	if !doc.Is(document.Map) {
		return nil, nil, project.NewFault(doc.Line, "is "+doc.Kind.String()+"; want an object")
	}
	list := doc.Field("targets")
	if list == nil || !list.Value.Is(document.Map) {
		return nil, nil, project.NewFault(doc.Line, `has no object "targets"`)
	}
	libraries := doc.Get("libraries")
	seen := map[string]bool{}
	var targets []*target
	for _, f := range list.Value.Map() {
		tg := &target{name: f.Key, index: map[string]int{}}
		for _, e := range f.Value.Map() {
			seen[e.Key] = true
			tg.library(e, libraries.Get(e.Key).Get("type").Str(), file, t)
		}
		targets = append(targets, tg)
	}
	rest := &target{name: "libraries", index: map[string]int{}}
	for _, e := range libraries.Map() {
		if !seen[e.Key] {
			rest.library(e, e.Value.Get("type").Str(), file, t)
		}
	}
	return doc, append(targets, rest), nil
}

func (t *target) library(f document.Field, kind, file string, tell *project.Teller) {
	name, version, ok := strings.Cut(f.Key, "/")
	if !ok || name == "" || version == "" || !f.Value.Is(document.Map) {
		tell.Tell(file, f.Line, "entry %.100q is no package as name/version, so it was not checked", f.Key)
		return
	}
	if kind == "" {
		kind = f.Value.Get("type").Str()
	}
	e := lockEntry{name: name, version: version, line: f.Line, endLine: f.Value.EndLine, needs: f.Value.Get("dependencies").Map()}
	switch strings.ToLower(kind) {
	case "project":
		e.kind = "Project"
	case "reference", "referenceassembly":
		e.kind = notPackage
	case "runtimepack":
		e.kind, e.name = "Transitive", strings.TrimPrefix(name, "runtimepack.")
	default: // package; what else there may be is looked up as one
		e.kind = "Transitive"
	}
	for _, n := range []string{name, e.name} {
		t.index[strings.ToLower(n)] = len(t.entries)
	}
	t.entries = append(t.entries, e)
}

// addAssets puts what was restored into g: the targets, and from the project's part who is declared.
func addAssets(g *project.Graph, file string, doc *document.Value, targets []*target, t *project.Teller, d *declared) {
	addLock(g, file, targets, t, d.scope)
	frameworks := doc.Get("project", "frameworks").Map()
	for _, tg := range targets {
		base, _, _ := strings.Cut(tg.name, "/")
		want, known := ParseFramework(base)
		for _, f := range frameworks {
			have, ok := ParseFramework(f.Key)
			if len(frameworks) > 1 && f.Key != base && (!ok || !known || have != want) {
				continue
			}
			for _, n := range f.Value.Get("dependencies").Map() {
				e := tg.find(n.Key)
				switch {
				case tg.name == "libraries":
				case e == nil && strings.EqualFold(n.Value.Get("target").Str(), "Package"):
					t.Tell(file, n.Line, "%.100s is declared and was not restored for %.60s, so it was not checked; run dotnet restore", n.Key, tg.name)
				case e != nil && e.kind == "Transitive":
					scope := d.scope(e.name)
					if strings.EqualFold(n.Value.Get("suppressParent").Str(), "All") && scope.Wider(fettle.Development) {
						scope = fettle.Development
					}
					g.Need("", key(e.name, e.version), n.Value.Get("version").Str(), scope)
				}
			}
		}
	}
}
