package nuget

import (
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/document"
	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// lockEntry is one package of one target framework.
type lockEntry struct {
	name, kind, requested, version string
	line, endLine                  int
	needs                          []document.Field
}

// target is the packages of one target framework, or what a runtime adds to those of its framework.
type target struct {
	name    string
	entries []lockEntry
	index   map[string]int // by name in lower case
	base    *target        // of a runtime
}

// find returns the entry that name means in t.
func (t *target) find(name string) *lockEntry {
	for ; t != nil; t = t.base {
		if i, ok := t.index[strings.ToLower(name)]; ok {
			return &t.entries[i]
		}
	}
	return nil
}

// parseLock reads packages.lock.json of version 1 or 2.
func parseLock(data []byte, file string, t *project.Teller) ([]*target, error) {
	doc, faults, err := document.ParseJSON(data)
	if err != nil {
		return nil, err
	}
	t.Faults(file, faults)
	if !doc.Is(document.Map) {
		return nil, project.NewFault(doc.Line, "is "+doc.Kind.String()+"; want an object")
	}
	if v := doc.Get("version"); v.Str() != "1" && v.Str() != "2" {
		t.Tell(file, lineOf(v, doc), "lockfile version %.40q is not known here; it was read as version 2, so packages may be missing", v.Str())
	}
	frameworks := doc.Field("dependencies")
	if frameworks == nil || !frameworks.Value.Is(document.Map) {
		return nil, project.NewFault(doc.Line, `has no object "dependencies"; run dotnet restore --force-evaluate`)
	}
	var targets []*target
	byName := map[string]*target{}
	for _, f := range frameworks.Value.Map() {
		tg := &target{name: f.Key, index: map[string]int{}}
		for _, e := range f.Value.Map() {
			tg.add(e, file, t)
		}
		if !f.Value.Is(document.Map) {
			t.Tell(file, f.Line, "%.100q is %s; want an object, so its packages were not checked", f.Key, f.Value.Kind)
		}
		byName[f.Key] = tg
		targets = append(targets, tg)
	}
	for _, tg := range targets {
		if base, _, isRuntime := cutLast(tg.name, "/"); isRuntime && byName[base] != tg {
			tg.base = byName[base]
		}
	}
	return targets, nil
}

func (t *target) add(f document.Field, file string, tell *project.Teller) {
	e := lockEntry{name: f.Key, kind: f.Value.Get("type").Str(), requested: f.Value.Get("requested").Str(),
		version: f.Value.Get("resolved").Str(), line: f.Line, endLine: f.Value.EndLine, needs: f.Value.Get("dependencies").Map()}
	if !f.Value.Is(document.Map) {
		tell.Tell(file, f.Line, "%.100q is %s; want an object, so it was not checked", f.Key, f.Value.Kind)
		return
	}
	if _, twice := t.index[strings.ToLower(e.name)]; twice {
		tell.Tell(file, e.line, "%.100q stands twice in %.60s; NuGet knows no case, and which one counts is not certain", e.name, t.name)
	}
	t.index[strings.ToLower(e.name)] = len(t.entries)
	t.entries = append(t.entries, e)
}

// key is that of a package in a graph.
func key(name, version string) string { return strings.ToLower(name) + "@" + version }

// addLock puts the packages of all targets into g. The roots are the project and the projects that it refers to.
func addLock(g *project.Graph, file string, targets []*target, t *project.Teller, scope func(name string) fettle.Scope) {
	for _, tg := range targets {
		for _, e := range tg.entries {
			switch {
			case e.kind == notPackage:
			case strings.EqualFold(e.kind, "Project"):
				g.Root(projectKey(e.name))
			case e.version == "":
				g.Add(fettle.Node{Package: fettle.Package{Ecosystem: "NuGet", Name: e.name}, Key: key(e.name, ""),
					NoVersion: "its entry has no resolved version; run dotnet restore --force-evaluate",
					Location:  fettle.Location{Path: file, Line: e.line, EndLine: e.endLine}})
			default:
				g.Add(fettle.Node{Package: fettle.Package{Ecosystem: "NuGet", Name: e.name, Version: e.version}, Key: key(e.name, e.version),
					Location: fettle.Location{Path: file, Line: e.line, EndLine: e.endLine}})
			}
		}
	}
	for _, tg := range targets {
		for _, e := range tg.entries {
			tg.link(g, e, file, t, scope)
		}
	}
}

// notPackage is the kind of an entry that is a plain assembly.
const notPackage = "assembly"

func projectKey(name string) string { return "project:" + strings.ToLower(name) }

func (t *target) link(g *project.Graph, e lockEntry, file string, tell *project.Teller, scope func(name string) fettle.Scope) {
	holder, with := key(e.name, e.version), fettle.Production
	switch strings.ToLower(e.kind) {
	case "direct":
		g.Need("", holder, e.requested, scope(e.name))
	case "project":
		holder, with = projectKey(e.name), scope("")
	case "transitive", "centraltransitive":
	case notPackage:
		return
	default:
		tell.Tell(file, e.line, "%.100s is of the unknown type %.40q; want Direct, Transitive, CentralTransitive or Project", e.name, e.kind)
	}
	for _, n := range e.needs {
		to := t.find(n.Key)
		switch {
		case to == nil:
			tell.Tell(file, n.Line, "%.100s %.60s is needed by %.100s and not in the lockfile, so it was not checked; run dotnet restore --force-evaluate", n.Key, n.Value.Str(), e.name)
		case strings.EqualFold(to.kind, "Project") || to.kind == notPackage: // a root already, or nothing that advisories know
		default:
			g.Need(holder, key(to.name, to.version), n.Value.Str(), with)
		}
	}
}

func lineOf(v, otherwise *document.Value) int {
	if v != nil {
		return v.Line
	}
	return otherwise.Line
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}
