package nuget

import (
	"path"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/document"
	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// readConfig makes a project of packages.config, which lists all packages of a project, those that others need too.
func readConfig(l *loader, f *folder, file string, test bool, t *project.Teller) (fettle.Project, bool) {
	doc, err := l.load(file)
	if err != nil {
		t.Fault(file, err)
		return fettle.Project{}, false
	}
	if !strings.EqualFold(doc.Name, "packages") {
		t.Tell(file, doc.Line, "its root is <%.40s>; want <packages>, so nothing of it was read", doc.Name)
		return fettle.Project{}, false
	}
	g := project.NewGraph(fettle.Project{Manager: "nuget", Dir: project.Parent(file), Lockfile: file, Manifest: file})
	keys := map[string]string{} // by name in lower case
	var entries []*document.Element
	for _, e := range doc.Children {
		if strings.EqualFold(e.Name, "package") {
			entries = append(entries, e)
		}
	}
	for _, e := range entries {
		name, version := strings.TrimSpace(attr(e, "id")), normalize(attr(e, "version"))
		if name == "" {
			t.Tell(file, e.Line, "a package without id was not checked")
			continue
		}
		n := fettle.Node{Package: fettle.Package{Ecosystem: "NuGet", Name: name, Version: version}, Key: key(name, version),
			Location: fettle.Location{Path: file, Line: e.Line, EndLine: e.EndLine}}
		n.Manifest = &fettle.Location{Path: file, Line: e.Line, EndLine: e.EndLine}
		if version == "" {
			n.NoVersion = short(attr(e, "version")) + " is not a version; want one such as 1.2.3"
		}
		if !g.Add(n) {
			t.Tell(file, e.Line, "%.100s %.60s stands twice", name, version)
		}
		keys[strings.ToLower(name)] = n.Key
		scope := fettle.Production
		switch {
		case strings.EqualFold(attr(e, "developmentDependency"), "true"):
			scope = fettle.Development
		case test:
			scope = fettle.Test
		}
		g.Need("", n.Key, version, scope)
	}
	unknown := 0
	for _, e := range entries {
		name, version := strings.TrimSpace(attr(e, "id")), normalize(attr(e, "version"))
		s := f.spec(name, version)
		if name == "" {
			continue
		}
		if s == nil {
			s = unpacked(l, file, name, version)
		}
		if s == nil {
			unknown++
			continue
		}
		for _, n := range s.needs(attr(e, "targetFramework")) {
			to, ok := keys[strings.ToLower(n.name)]
			if !ok {
				t.Tell(file, e.Line, "%.100s needs %.100s, which is not listed, so it was not checked", name, n.name)
				continue
			}
			g.Need(key(name, version), to, n.version, fettle.Production)
		}
	}
	if unknown > 0 {
		t.Tell(file, 0, "who needs what is unknown for %d of its packages: packages.config does not say it, and they are not in the global packages folder; each counts as declared", unknown)
	}
	p, gaps := g.Project()
	t.Add(gaps)
	return p, true
}

// unpacked is the .nuspec in the folder "packages" of the tree, where there is one.
func unpacked(l *loader, file, name, version string) *nuspec {
	if name == "" || strings.ContainsAny(name+version, "/\\\x00") {
		return nil
	}
	for dir := project.Parent(file); ; dir = project.Parent(dir) {
		at := path.Join(dir, "packages", name+"."+version, name+".nuspec")
		if l.files.Is(at) {
			data, err := l.files.Read(at)
			if err != nil {
				return nil
			}
			s, _ := parseNuspec(data)
			return s
		}
		if dir == "" {
			return nil
		}
	}
}
