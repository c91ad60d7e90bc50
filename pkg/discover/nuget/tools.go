package nuget

import (
	"github.com/fettle-dev/fettle/pkg/discover/document"
	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// tools reads dotnet-tools.json, which names exact versions of tools that work on the project.
func (in *reading) tools(file string, t *project.Teller) {
	p, err := readTools(in.files, file, t)
	if err != nil {
		t.Fault(file, err)
		return
	}
	in.out.Projects = append(in.out.Projects, p)
}

func readTools(files *project.Files, file string, t *project.Teller) (fettle.Project, error) {
	data, err := files.Read(file)
	if err != nil {
		return fettle.Project{}, err
	}
	doc, faults, err := document.ParseJSON(data)
	if err != nil {
		return fettle.Project{}, err
	}
	t.Faults(file, faults)
	g := project.NewGraph(fettle.Project{Manager: "nuget", Dir: project.Parent(file), Lockfile: file, Manifest: file})
	for _, f := range doc.Get("tools").Map() {
		v := normalize(f.Value.Get("version").Str())
		n := fettle.Node{Package: fettle.Package{Ecosystem: "NuGet", Name: f.Key, Version: v}, Key: key(f.Key, v),
			Location: fettle.Location{Path: file, Line: f.Line, EndLine: f.Value.EndLine}}
		n.Manifest = &fettle.Location{Path: file, Line: f.Line, EndLine: f.Value.EndLine}
		if v == "" {
			n.NoVersion = "its entry names no version; want one such as 1.2.3"
		}
		g.Add(n)
		g.Need("", n.Key, v, fettle.Development)
	}
	p, gaps := g.Project()
	t.Add(gaps)
	return p, nil
}
