package gradle

import (
	"context"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// Reader reads the lockfiles of Gradle, and build scripts and version catalogs as text: scripts are programs, and none is run.
type Reader struct {
	Settings project.Settings
}

// kind tells the files that are claimed apart.
func kind(file string) string {
	name := path.Base(file)
	switch {
	case name == "gradle.lockfile" || isLegacyLock(file):
		return "lock"
	case name == "buildscript-gradle.lockfile" || name == "settings-gradle.lockfile":
		return "buildscript"
	case strings.HasSuffix(name, ".versions.toml"):
		return "catalog"
	case strings.HasSuffix(name, ".gradle") || strings.HasSuffix(name, ".gradle.kts"):
		return "script"
	}
	return ""
}

// Claims reports whether file is a lockfile, a build script or a version catalog.
func (Reader) Claims(file string) bool { return kind(file) != "" }

// Helps reports whether file sets variables of build scripts.
func (Reader) Helps(file string) bool { return path.Base(file) == "gradle.properties" }

// reading is what Read has so far.
type reading struct {
	files   *project.Files
	poms    *poms
	out     project.Reading
	values  *values
	scripts map[string]*script
	order   []string
	owners  map[string][]string // of scripts: folders of the builds that apply them
	locks   map[string][]string // main lockfiles by folder of the build
	claimed []string
}

// Read makes a project of each folder that holds a lockfile or a script that declares something.
func (r Reader) Read(ctx context.Context, files *project.Files, claimed []string) (project.Reading, error) {
	in := &reading{files: files, poms: openPOMs(r.Settings), scripts: map[string]*script{}, owners: map[string][]string{}, locks: map[string][]string{}, claimed: claimed}
	defer in.poms.close()
	in.values = &values{files: files, byDir: map[string]variables{}, properties: map[string]map[string]variable{}, catalogs: &catalogs{files, map[string]*catalog{}}}
	for _, file := range claimed {
		if err := ctx.Err(); err != nil {
			return in.out, err
		}
		switch kind(file) {
		case "catalog":
			in.catalog(file)
		case "script":
			t := project.NewTeller(file)
			in.scripts[file] = readScript(files, file, t)
			in.order = append(in.order, file)
			in.out.Gaps = append(in.out.Gaps, t.All()...)
		case "lock":
			dir := project.Parent(file)
			if isLegacyLock(file) {
				dir = project.Parent(project.Parent(dir))
			}
			in.locks[dir] = append(in.locks[dir], file)
		}
	}
	in.apply()
	dirs := map[string][]string{} // scripts by folder of the build
	for _, file := range in.order {
		if err := ctx.Err(); err != nil {
			return in.out, err
		}
		owners := in.owners[file]
		if len(owners) == 0 {
			owners = []string{project.Parent(file)}
		}
		t := project.NewTeller(file)
		w := &walker{values: in.values, s: in.scripts[file], dir: owners[0], t: t}
		if w.byDir[w.dir] == nil {
			w.byDir[w.dir] = variables{}
		}
		w.walk(w.s.nodes, place{}, 0)
		in.out.Gaps = append(in.out.Gaps, t.All()...)
		for _, dir := range owners {
			dirs[dir] = append(dirs[dir], file)
		}
	}
	for dir := range in.locks {
		dirs[dir] = append([]string(nil), dirs[dir]...)
	}
	for _, dir := range slices.Sorted(maps.Keys(dirs)) {
		if err := ctx.Err(); err != nil {
			return in.out, err
		}
		in.build(dir, dirs[dir])
	}
	for _, file := range claimed {
		if kind(file) == "buildscript" {
			in.buildscript(file, dirs[project.Parent(file)])
		}
	}
	in.unused()
	return in.out, nil
}

func (in *reading) catalog(file string) {
	t := project.NewTeller(file)
	c, err := parseCatalog(in.files, file, t)
	if err != nil {
		t.Fault(file, err)
	} else {
		in.values.catalogs.read[file] = c
	}
	in.out.Gaps = append(in.out.Gaps, t.All()...)
}

// apply finds out which scripts are part of which builds, and gathers the variables of each folder.
func (in *reading) apply() {
	for _, file := range in.order {
		dir := project.Parent(file)
		todo, seen := []string{file}, map[string]bool{file: true}
		for len(todo) > 0 && len(seen) < 100 {
			s := in.scripts[todo[0]]
			todo = todo[1:]
			if s == nil {
				continue
			}
			set := in.values.byDir[dir]
			if set == nil {
				set = variables{}
				in.values.byDir[dir] = set
			}
			for _, name := range slices.Sorted(maps.Keys(s.vars)) {
				v := s.vars[name]
				set.set(name, v.value, v.at)
				if v.many {
					v = set[name]
					v.many = true
					set[name] = v
				}
			}
			for _, name := range s.applied {
				at := scriptFile(in.files, s.file, name)
				if at == "" {
					in.out.Gaps = append(in.out.Gaps, project.Gap(s.file, 0, "applies the script "+short(name)+", which is not in the repository, so what it declares was not checked"))
				} else if !seen[at] {
					seen[at] = true
					todo = append(todo, at)
					if !slices.Contains(in.owners[at], dir) && len(in.owners[at]) < 50 {
						in.owners[at] = append(in.owners[at], dir)
					}
				}
			}
		}
	}
}

// unused tells of libraries in catalogs that no script was seen to use, and checks them as if they counted.
func (in *reading) unused() {
	for _, file := range slices.Sorted(maps.Keys(in.values.catalogs.read)) {
		c := in.values.catalogs.read[file]
		build := project.Parent(project.Parent(file))
		if slices.ContainsFunc(in.claimed, func(f string) bool {
			return kind(f) == "lock" && (build == "" || strings.HasPrefix(f, build+"/"))
		}) {
			continue // what is used is locked
		}
		t := project.NewTeller(file)
		g := project.NewGraph(fettle.Project{Manager: "gradle", Dir: build, Lockfile: file, Manifest: file})
		n, line := 0, 0
		for _, name := range c.order {
			scope, l := fettle.Production, (*library)(nil)
			if alias, isPlugin := strings.CutPrefix(name, "plugin "); isPlugin {
				scope, l = fettle.Development, c.plugins[alias]
			} else {
				l = c.libraries[strings.TrimPrefix(name, "library ")]
			}
			if l.used {
				continue
			}
			if n++; line == 0 {
				line = l.at.Line
			}
			at := l.version.at
			m := l.module
			v, why := lowest(l.version.text)
			if l.version.why != "" {
				v, why = "", l.version.why
			}
			m.version = v
			d := nodeOf(m, l.at, &at)
			d.NoVersion = why
			g.Add(d)
			g.Need("", m.key(), l.version.text, scope)
		}
		if n > 0 {
			t.Tell(file, line, "%d of its entries are used by no script as far as text shows; they were checked as if they were used, and what they need is unknown", n)
			p, gaps := g.Project()
			in.out.Projects = append(in.out.Projects, p)
			t.Add(gaps)
		}
		in.out.Gaps = append(in.out.Gaps, t.All()...)
	}
}
