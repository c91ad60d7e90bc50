package gradle

import (
	"path"
	"slices"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// build makes a project of the scripts of one folder and its lockfiles.
func (in *reading) build(dir string, scripts []string) {
	var deps []declared
	spring, managed, first := "", false, ""
	for _, file := range scripts {
		s := in.scripts[file]
		deps = append(deps, s.deps...)
		if s.spring != "" {
			spring = s.spring
		}
		managed = managed || s.managed
		if first == "" || path.Base(file) == "build.gradle" || path.Base(file) == "build.gradle.kts" {
			first = file
		}
	}
	for up := dir; up != "" && spring == ""; { // a plugin that a build above gives to all
		up = project.Parent(up)
		for _, name := range []string{"build.gradle", "build.gradle.kts"} {
			if s := in.scripts[path.Join(up, name)]; s != nil && s.spring != "" {
				spring, managed = s.spring, managed || s.managed
			}
		}
	}
	if locks := in.locks[dir]; len(locks) > 0 {
		in.locked(dir, first, locks, deps)
		return
	}
	if len(deps) == 0 {
		return
	}
	t := project.NewTeller(first)
	g := project.NewGraph(fettle.Project{Manager: "gradle", Dir: dir, Lockfile: first, Manifest: first})
	r := &resolver{poms: in.poms, g: g, deps: deps, spring: managed && spring != ""}
	r.manageBy(spring)
	open := 0
	for _, d := range deps {
		v, why := r.version(d)
		if d.constraint && v == "" {
			continue
		}
		if d.conditional {
			t.Tell(d.at.Path, d.at.Line, "%.100s is declared by code that decides; it was checked as if it counted", d.id())
		}
		if v == "" {
			n := nodeOf(d.module, d.at, nil)
			n.Version, n.Key, n.NoVersion = "", d.id()+"@", why
			where := d.version.at
			if n.Manifest = &where; where.Path == "" {
				n.Manifest = &n.Location
			}
			g.Add(n)
			g.Need("", n.Key, d.version.text, scopeOf(d.configuration))
			open++
		} else if d.platform {
			n := nodeOf(moduleOf(d.id(), v), d.at, nil)
			g.Add(n)
			g.Need("", n.Key, d.version.text, scopeOf(d.configuration))
		}
	}
	r.add(func(d declared) fettle.Scope { return scopeOf(d.configuration) })
	t.Tell(first, lineIn(deps, first), "has no gradle.lockfile, so what it resolves to is not certain: of %d declared modules %d have no version here, and what %d modules need is unknown; "+
		"add dependencyLocking { lockAllConfigurations() } and run gradle dependencies --write-locks", len(deps), open, len(r.unknown)+open)
	in.finish(g, t)
}

func lineIn(deps []declared, file string) int {
	for _, d := range deps {
		if d.at.Path == file {
			return d.at.Line
		}
	}
	return 0
}

func (in *reading) finish(g *project.Graph, t *project.Teller) {
	p, gaps := g.Project()
	in.out.Projects = append(in.out.Projects, p)
	t.Add(gaps)
	in.out.Gaps = append(in.out.Gaps, t.All()...)
}

// parse reads lockfiles of one build.
func (in *reading) parse(files []string, t *project.Teller) []locked {
	var list []locked
	for _, file := range files {
		data, err := in.files.Read(file)
		var lines []locked
		if err == nil {
			lines, err = parseLock(data, file, t)
		}
		if err != nil {
			t.Fault(file, err)
			continue
		}
		list = append(list, lines...)
	}
	return list
}

func (in *reading) locked(dir, script string, locks []string, deps []declared) {
	if slices.ContainsFunc(locks, func(f string) bool { return !isLegacyLock(f) }) {
		locks = slices.DeleteFunc(locks, isLegacyLock) // left over from an older Gradle, which the newer one does not read
	}
	t := project.NewTeller(locks[0])
	list := in.parse(locks, t)
	if len(list) == 0 && len(t.All()) > 0 && len(locks) == 1 {
		in.out.Gaps = append(in.out.Gaps, t.All()...)
		return
	}
	runtime := slices.ContainsFunc(list, func(l locked) bool {
		return slices.ContainsFunc(l.configurations, func(c string) bool { return scopeOf(c) == fettle.Production })
	})
	g := project.NewGraph(fettle.Project{Manager: "gradle", Dir: dir, Lockfile: locks[0], Manifest: script})
	byID := addLocked(g, list, func(l locked) fettle.Scope { return scopeOfAll(l.configurations, runtime) })
	in.declare(g, t, deps, byID, func(d declared) bool { return d.configuration != "classpath" })
	in.edges(g, t, list, byID)
	in.finish(g, t)
}

// declare links what scripts declare with what is locked.
func (in *reading) declare(g *project.Graph, t *project.Teller, deps []declared, byID map[string][]string, counts func(declared) bool) {
	for _, d := range deps {
		if !counts(d) || d.constraint {
			continue
		}
		v, _ := lowest(d.version.text)
		keys := byID[d.id()]
		scope := scopeOf(d.configuration)
		where := d.version.at
		if where.Path == "" {
			where = d.at
		}
		lower := false
		for _, key := range keys {
			n := g.Node(key)
			if n.Manifest == nil {
				n.Manifest = &where
			}
			g.Need("", key, d.version.text, scope)
			lower = lower || v != "" && newer(v, n.Version)
		}
		switch {
		case len(keys) == 0 && d.conditional:
		case len(keys) == 0:
			t.Tell(d.at.Path, d.at.Line, "%.100s is declared for %.60s and not locked; run gradle dependencies --write-locks", d.id(), d.configuration)
			if v != "" {
				m := moduleOf(d.id(), v)
				g.Add(nodeOf(m, d.at, &where))
				g.Need("", m.key(), d.version.text, scope)
			}
		case lower && len(keys) == 1:
			t.Tell(where.Path, where.Line, "%.100s is declared as %.60s and locked as an older version; run gradle dependencies --write-locks", d.id(), v)
		}
	}
}

// edges adds who needs whom, from the POMs on this machine.
func (in *reading) edges(g *project.Graph, t *project.Teller, list []locked, byID map[string][]string) {
	unknown := 0
	for _, l := range list {
		p := in.poms.pom(l.module, 0)
		if p == nil {
			unknown++
			continue
		}
		for _, n := range p.needs {
			for _, key := range byID[n.id()] {
				g.Need(l.key(), key, n.version, fettle.Production)
			}
		}
	}
	if unknown > 0 {
		t.Tell(list[0].file, list[0].line, "which packages need each other is unknown for %d of its %d packages: the lockfile does not say it, and their POMs are not in the caches of Gradle or Maven", unknown, len(list))
	}
}

// buildscript makes a project of the lockfile for plugins.
func (in *reading) buildscript(file string, scripts []string) {
	t := project.NewTeller(file)
	list := in.parse([]string{file}, t)
	first := ""
	var deps []declared
	for _, s := range scripts {
		if first = s; in.scripts[s] != nil {
			deps = append(deps, in.scripts[s].deps...)
		}
	}
	g := project.NewGraph(fettle.Project{Manager: "gradle", Dir: project.Parent(file), Lockfile: file, Manifest: first})
	byID := addLocked(g, list, func(locked) fettle.Scope { return fettle.Development })
	in.declare(g, t, deps, byID, func(d declared) bool { return d.configuration == "classpath" && len(byID[d.id()]) > 0 })
	in.edges(g, t, list, byID)
	in.finish(g, t)
}
