package node

import (
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/document"
	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// pnpmSpace is what pnpm-workspace.yaml says.
type pnpmSpace struct {
	file  string
	globs []string
	root  *document.Value
}

// pnpmSpace reads pnpm-workspace.yaml beside the lockfile, if there is one.
func (a *assembly) pnpmSpace() pnpmSpace {
	s := pnpmSpace{file: path.Join(a.project.Dir, "pnpm-workspace.yaml")}
	if !a.files.Is(s.file) {
		return s
	}
	data, err := a.files.Read(s.file)
	if err != nil {
		a.gaps = append(a.gaps, project.Gap(s.file, 0, err.Error()))
		return s
	}
	root, faults, err := document.ParseYAML(data)
	if err != nil {
		a.gaps = append(a.gaps, project.FaultGap(s.file, err))
		return s
	}
	for _, f := range faults {
		a.gaps = append(a.gaps, project.Gap(s.file, f.Line, f.Msg))
	}
	s.root = root
	for _, v := range root.Get("packages").List() {
		s.globs = append(s.globs, v.Str())
	}
	return s
}

// spaceMembers returns the folders that globs of file name.
func (a *assembly) spaceMembers(texts []string, file string) []string {
	g := newGlobs(texts)
	found, whole := a.all.matching(a.project.Dir, g)
	if !whole {
		a.gaps = append(a.gaps, project.Gap(file, 0, "names members of its workspace by more globs than can be compared with the folders here, so some members are unknown"))
	}
	for i, glob := range g.bad {
		if i == project.MaxFaults {
			break
		}
		a.gaps = append(a.gaps, project.Gap(file, 0, "the workspace glob "+quoted(glob)+" was not read; want one such as packages/*"))
	}
	return found
}

func (a *assembly) joinAll(dirs []string) {
	for _, dir := range dirs {
		a.join(dir, 0)
	}
}

// unlockedMember is the gap about a member of the workspace of which the lockfile knows nothing.
func (a *assembly) unlockedMember(dir, by string) []fettle.Gap {
	file := path.Join(a.project.Dir, dir, "package.json")
	m, gaps := readManifest(a.files, file)
	if m == nil || len(m.needs) == 0 {
		return gaps
	}
	return append(gaps, project.Gap(file, m.lineOf(m.needs[0]), "is a workspace by "+by+" and not in "+a.project.Lockfile+", so its dependencies were not checked; run "+a.run))
}

// overridesDrift tells of an override or a catalog entry by which the lockfile was made and that is another one now.
func (l *pnpmLock) overridesDrift() {
	declared := []map[string]string{texts(l.space.root.Get("overrides"))}
	if len(l.members) > 0 && l.members[0].manifest != nil {
		declared = append(declared, l.members[0].manifest.overrides, l.members[0].manifest.resolutions)
	}
	made := texts(l.root.Get("overrides"))
	for _, name := range slices.Sorted(maps.Keys(made)) {
		ok := false
		for _, d := range declared {
			spec := d[name]
			ok = ok || spec == made[name] || strings.HasPrefix(spec, "$") || strings.HasPrefix(spec, "catalog:")
		}
		if !ok {
			l.tell("overrides out of step", l.root.Get("overrides").Field(name).Line, "out of step: the override of %.100s to %.100s is not declared so; run %s", name, made[name], l.run)
		}
	}
	for _, f := range l.space.root.Get("overrides").Map() {
		if _, ok := made[f.Key]; !ok && l.settled() {
			l.gaps = append(l.gaps, project.Gap(l.space.file, f.Line, "out of step: the override of "+quoted(f.Key)+" is not in "+l.project.Lockfile+"; run "+l.run))
		}
	}
	for _, catalog := range l.root.Get("catalogs").Map() {
		now := l.space.root.Get("catalogs", catalog.Key)
		if catalog.Key == "default" && now == nil {
			now = l.space.root.Get("catalog")
		}
		for _, f := range catalog.Value.Map() {
			if was, is := f.Value.Get("specifier").Str(), now.Get(f.Key).Str(); was != is {
				l.tell("catalog entries out of step", f.Line, "out of step: the catalog gives %.100s as %.100q and the lockfile was made of %.100q; run %s", f.Key, is, was, l.run)
			}
		}
	}
}

// settled reports whether this is the document of the project, and not that of pnpm's own needs.
func (l *pnpmLock) settled() bool { return l.root.Field("settings") != nil }

// texts are the entries of a map that are texts.
func texts(v *document.Value) map[string]string {
	all := map[string]string{}
	for _, f := range v.Map() {
		all[f.Key] = f.Value.Str()
	}
	return all
}
