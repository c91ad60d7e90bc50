package bundler

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// Reader reads the lockfiles of Bundler, and Gemfiles and gemspecs as text: they are programs, and none is run.
type Reader struct{}

// Claims reports whether file is a lockfile, a Gemfile or a gemspec.
func (Reader) Claims(file string) bool {
	return isLock(file) || isGemfile(file) || path.Ext(file) == ".gemspec"
}

// Helps reports whether a Gemfile may include file.
func (Reader) Helps(file string) bool {
	return strings.Contains(strings.ToLower(path.Base(file)), "gemfile")
}

func isLock(file string) bool {
	name := path.Base(file)
	return name == "Gemfile.lock" || name == "gems.locked" || strings.HasSuffix(name, ".gemfile.lock")
}

func isGemfile(file string) bool {
	name := path.Base(file)
	return name == "Gemfile" || name == "gems.rb" || path.Ext(name) == ".gemfile"
}

// manifestOf is the Gemfile of a lockfile.
func manifestOf(lock string) string {
	if dir, name := path.Split(lock); name == "gems.locked" {
		return dir + "gems.rb"
	}
	return strings.TrimSuffix(lock, ".lock")
}

// lockOf is the lockfile of a Gemfile.
func lockOf(gemfile string) string {
	if dir, name := path.Split(gemfile); name == "gems.rb" {
		return dir + "gems.locked"
	}
	return gemfile + ".lock"
}

// Read reads each lockfile with its Gemfile, and each Gemfile and gemspec that no lockfile answers for.
func (Reader) Read(ctx context.Context, files *project.Files, claimed []string) (project.Reading, error) {
	var out project.Reading
	answered := map[string]bool{} // files that were read as part of another
	for _, pass := range []func(string) bool{isLock, isGemfile, func(f string) bool { return !isLock(f) && !isGemfile(f) }} {
		for _, file := range claimed {
			if err := ctx.Err(); err != nil {
				return out, err
			}
			if !pass(file) || answered[file] {
				continue
			}
			t := project.NewTeller(file)
			switch {
			case isLock(file):
				readLock(files, file, t, &out, answered)
			case isGemfile(file):
				if !files.Is(lockOf(file)) {
					g := readGemfile(files, file, t)
					g.answer(answered)
					unlocked(file, g.list, t, &out)
				}
			default:
				unlocked(file, readGemspec(files, file, t), t, &out)
			}
			out.Gaps = append(out.Gaps, t.All()...)
		}
	}
	return out, nil
}

// answer notes which files g was made of.
func (g *gemfile) answer(answered map[string]bool) {
	if g == nil {
		return
	}
	for file := range g.seen {
		answered[file] = true
	}
	for _, file := range g.gemspecs {
		answered[file] = true
	}
}

func readLock(files *project.Files, file string, t *project.Teller, out *project.Reading, answered map[string]bool) {
	data, err := files.Read(file)
	var l *lock
	if err == nil {
		l, err = parseLock(data, file, t)
	}
	manifest := manifestOf(file)
	g := readGemfile(files, manifest, t)
	g.answer(answered)
	if err != nil {
		t.Fault(file, err)
		return
	}
	if g == nil {
		t.Tell(file, 0, "has no %s beside it, so the groups of its gems are unknown and all count as production", path.Base(manifest))
	}
	dir := project.Parent(file)
	b := &builder{dir: dir, file: file, t: t, lock: l, own: g}
	out.Projects = append(out.Projects, b.build(fettle.Project{Manager: "bundler", Dir: dir, Lockfile: file, Manifest: manifest}))
}

// unlocked makes a project of what is declared by an exact version, and tells of the rest.
func unlocked(file string, list []declaration, t *project.Teller, out *project.Reading) {
	if len(list) == 0 {
		return
	}
	dir := project.Parent(file)
	g := project.NewGraph(fettle.Project{Manager: "bundler", Dir: dir, Lockfile: file, Manifest: file})
	open := 0
	for _, d := range list {
		version := exact(d)
		if version == "" {
			open++
			continue
		}
		at := d.at
		key := d.name + "@" + version
		g.Add(fettle.Node{Package: fettle.Package{Ecosystem: "RubyGems", Name: d.name, Version: version}, Key: key, Location: at, Manifest: &at})
		g.Need("", key, strings.Join(d.requirements, ", "), d.scope)
	}
	line := 0
	if list[0].at.Path == file {
		line = list[0].at.Line
	}
	t.Tell(file, line, "%s", fmt.Sprintf("declares gems but has no lockfile, so the versions of %d of its %d gems and all that they need are unknown; run bundle lock", open, len(list)))
	p, gaps := g.Project()
	t.Add(gaps)
	if len(p.Nodes) > 0 {
		out.Projects = append(out.Projects, p)
	}
}

// exact is the version that a declaration alone allows, "" for all others.
func exact(d declaration) string {
	if len(d.requirements) != 1 || !d.plain || d.local {
		return ""
	}
	v := strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(d.requirements[0]), "="))
	if v == "" || len(v) > 100 || v[0] < '0' || v[0] > '9' || strings.ContainsAny(v, "<>~!=, -") {
		return ""
	}
	return v
}

// canonical writes requirements in one way, as the lockfile does not keep their order.
func canonical(requirements []string) string {
	var list []string
	for _, r := range requirements {
		for _, one := range strings.Split(r, ",") {
			one = strings.Join(strings.Fields(one), "")
			if one == "" || one == ">=0" {
				continue
			}
			if one[0] >= '0' && one[0] <= '9' {
				one = "=" + one
			}
			list = append(list, one)
		}
	}
	slices.Sort(list)
	return strings.Join(slices.Compact(list), ",")
}
