package nuget

import (
	"context"
	"path"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// Reader reads the lockfiles and project files of .NET. For a project the first of these counts: its packages.lock.json,
// obj/project.assets.json, packages.config, and what it declares.
type Reader struct {
	Settings project.Settings
}

// kind tells the files that are claimed apart.
func kind(file string) string {
	name := strings.ToLower(path.Base(file))
	switch ext := path.Ext(name); {
	case name == "packages.lock.json" || strings.HasPrefix(name, "packages.") && strings.HasSuffix(name, ".lock.json"):
		return "lock"
	case ext == ".csproj" || ext == ".fsproj" || ext == ".vbproj":
		return "project"
	case name == "packages.config" || strings.HasPrefix(name, "packages.") && ext == ".config":
		return "config"
	case name == "project.assets.json":
		return "assets"
	case strings.HasSuffix(name, ".deps.json"):
		return "deps"
	case name == "dotnet-tools.json":
		return "tools"
	}
	return ""
}

// Claims reports whether file locks, declares, restores or ships packages of NuGet.
func (Reader) Claims(file string) bool { return kind(file) != "" }

// Helps reports whether file may be imported by a project file.
func (Reader) Helps(file string) bool {
	ext := strings.ToLower(path.Ext(file))
	return ext == ".props" || ext == ".targets" || ext == ".nuspec"
}

// reading is what Read has so far.
type reading struct {
	*loader
	folder   *folder
	out      project.Reading
	declared map[string]*declared   // by project file
	locks    map[string][]*declared // by lockfile
	assets   map[string][]*declared
	configs  map[string]bool // whether it is of a test project
}

// Read reads each project by the file that says most about it.
func (r Reader) Read(ctx context.Context, files *project.Files, claimed []string) (project.Reading, error) {
	in := &reading{loader: newLoader(files), folder: openFolder(r.Settings), declared: map[string]*declared{},
		locks: map[string][]*declared{}, assets: map[string][]*declared{}, configs: map[string]bool{}}
	defer in.folder.close()
	for _, file := range claimed {
		if err := ctx.Err(); err != nil {
			return in.out, err
		}
		if kind(file) == "project" {
			in.project(file)
		}
	}
	for _, file := range claimed {
		if err := ctx.Err(); err != nil {
			return in.out, err
		}
		in.read(file)
	}
	return in.out, nil
}

// project evaluates a project file and hands it to the file that answers for it.
func (in *reading) project(file string) {
	t := project.NewTeller(file)
	d := declare(in.loader, file, t)
	in.declared[file] = d
	in.out.Gaps = append(in.out.Gaps, t.All()...)
	dir, name := project.Parent(file), strings.TrimSuffix(path.Base(file), path.Ext(file))
	for _, lock := range []string{d.lockfile, path.Join(dir, "packages."+strings.ReplaceAll(name, " ", "_")+".lock.json"), path.Join(dir, "packages.lock.json")} {
		if lock != "" && in.files.Is(lock) {
			in.locks[lock] = append(in.locks[lock], d)
			d.answered = true
			return
		}
	}
	if assets := path.Join(dir, "obj", "project.assets.json"); in.files.Is(assets) {
		in.assets[assets] = append(in.assets[assets], d)
		d.answered = true
		return
	}
	for _, config := range []string{path.Join(dir, "packages."+strings.ReplaceAll(name, " ", "_")+".config"), path.Join(dir, "packages.config")} {
		if in.files.Is(config) && len(d.refs) == 0 {
			in.configs[config] = in.configs[config] || d.isTest
			d.answered = true
			return
		}
	}
}

// read makes a project of a claimed file, where no other answers for it.
func (in *reading) read(file string) {
	t := project.NewTeller(file)
	switch kind(file) {
	case "lock":
		in.lock(file, t)
	case "assets":
		in.restored(file, t)
	case "config":
		if p, ok := readConfig(in.loader, in.folder, file, in.configs[file], t); ok {
			in.out.Projects = append(in.out.Projects, p)
		}
	case "deps":
		in.built(file, t)
	case "tools":
		in.tools(file, t)
	case "project":
		d := in.declared[file]
		if d.lockfile != "" && kind(d.lockfile) != "lock" && d.answered {
			in.lock(d.lockfile, t) // its name says nothing, so it is read here
			break
		}
		in.outside(d, t)
		if d.answered || len(d.refs) == 0 {
			break
		}
		p, gaps := d.unlocked(in.folder, t)
		in.out.Projects = append(in.out.Projects, p)
		t.Add(gaps)
	}
	in.out.Gaps = append(in.out.Gaps, t.All()...)
}

// outside tells of references to projects that are not in the tree.
func (in *reading) outside(d *declared, t *project.Teller) {
	for _, p := range d.projects {
		at := place(p.name, project.Parent(p.at.Path))
		if strings.ContainsAny(p.name, "*?$") || in.files.Is(at) || d.answered {
			continue
		}
		t.Tell(p.at.Path, p.at.Line, "refers to the project %.200q, which is not in the repository, so what it needs was not checked", p.name)
	}
}

func (in *reading) lock(file string, t *project.Teller) {
	data, err := in.files.Read(file)
	var targets []*target
	if err == nil {
		targets, err = parseLock(data, file, t)
	}
	if err != nil {
		t.Fault(file, err)
		return
	}
	d := together(in.locks[file])
	g := project.NewGraph(fettle.Project{Manager: "nuget", Dir: project.Parent(file), Lockfile: file, Manifest: d.file})
	addLock(g, file, targets, t, d.scope)
	drift(d, targets, t)
	in.finish(g, d, targets, t)
}

func (in *reading) restored(file string, t *project.Teller) {
	owners := in.assets[file]
	dir := project.Parent(project.Parent(file))
	if len(owners) == 0 && slices.ContainsFunc(in.files.List(dir), func(name string) bool { return kind(name) == "project" }) {
		return // a lockfile answers for the project
	}
	data, err := in.files.Read(file)
	d := together(owners)
	if err == nil {
		var targets []*target
		doc, parsed, problem := parseTargets(data, file, t)
		if targets, err = parsed, problem; err == nil {
			g := project.NewGraph(fettle.Project{Manager: "nuget", Dir: dir, Lockfile: file, Manifest: d.file})
			addAssets(g, file, doc, targets, t, d)
			drift(d, targets, t)
			in.finish(g, d, targets, t)
		}
	}
	if err != nil {
		t.Fault(file, err)
	}
}

// built reads what a build put together, unless the project it is of was read.
func (in *reading) built(file string, t *project.Teller) {
	for dir := project.Parent(file); dir != ""; dir = project.Parent(dir) {
		if path.Base(dir) != "bin" {
			continue
		}
		above := project.Parent(dir)
		for f, d := range in.declared {
			if project.Parent(f) == above && d.answered {
				return
			}
		}
	}
	data, err := in.files.Read(file)
	if err == nil {
		var targets []*target
		if _, targets, err = parseTargets(data, file, t); err == nil {
			g := project.NewGraph(fettle.Project{Manager: "nuget", Dir: project.Parent(file), Lockfile: file})
			addLock(g, file, targets, t, func(string) fettle.Scope { return fettle.Production })
			in.finish(g, &declared{}, targets, t)
		}
	}
	if err != nil {
		t.Fault(file, err)
	}
}

// finish adds where each package is declared.
func (in *reading) finish(g *project.Graph, d *declared, targets []*target, t *project.Teller) {
	of := []*declared{d}
	for _, p := range d.projects {
		if other := in.declared[place(p.name, project.Parent(p.at.Path))]; other != nil {
			of = append(of, other)
		}
	}
	for _, tg := range targets {
		for _, e := range tg.entries {
			n := g.Node(key(e.name, e.version))
			if n == nil || n.Manifest != nil {
				continue
			}
			for _, from := range of {
				if ref := from.find(e.name); ref != nil {
					where := ref.pinned
					n.Manifest = &where
					break
				}
			}
			if pin, ok := d.pins[strings.ToLower(e.name)]; ok && n.Manifest == nil {
				where := pin.at
				n.Manifest = &where
			}
		}
	}
	p, gaps := g.Project()
	in.out.Projects = append(in.out.Projects, p)
	t.Add(gaps)
}
