package node

import (
	"context"
	"fmt"
	"path"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/document"
	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// readPNPM reads pnpm-lock.yaml of the versions 5.x, 6.x and 9.x (https://github.com/pnpm/spec/tree/master/lockfile).
func readPNPM(_ context.Context, files *project.Files, file string, all *manifests) (locked, error) {
	a := newAssembly(files, all, "pnpm", file, "pnpm install --lockfile-only")
	a.join("", 0)
	space := a.pnpmSpace()
	members := a.spaceMembers(space.globs, space.file)
	data, err := files.Read(file)
	if err != nil {
		return a.failed(project.Gap(file, 0, err.Error())), nil
	}
	docs, faults, err := document.ParseYAMLs(data, 2) // what pnpm itself needs stands in one before that of the project
	if err != nil {
		a.joinAll(members)
		return a.failed(project.FaultGap(file, err)), nil
	}
	a.faults(faults)
	for _, doc := range docs {
		l := &pnpmLock{assembly: a, root: doc, space: space}
		if fault := l.read(); fault != nil {
			a.joinAll(members)
			return a.failed(project.FaultGap(file, fault)), nil
		}
	}
	l := a.locked()
	for _, dir := range members {
		if _, ok := a.byDir[dir]; !ok {
			l.dirs = append(l.dirs, path.Join(a.project.Dir, dir))
			l.gaps = append(l.gaps, a.unlockedMember(dir, space.file)...)
		}
	}
	return l, nil
}

// pnpmLock is one YAML document of a lockfile.
type pnpmLock struct {
	*assembly
	root      *document.Value
	major     string
	space     pnpmSpace
	overrides map[[2]string]bool // name and range
}

func (l *pnpmLock) read() *project.Fault {
	if !l.root.Is(document.Map) {
		return project.NewFault(max(l.root.Line, 1), "is "+l.root.Kind.String()+"; want an object")
	}
	version := l.root.Field("lockfileVersion")
	if version == nil {
		return project.NewFault(1, "no lockfileVersion; this is not a pnpm lockfile")
	}
	l.major, _, _ = strings.Cut(version.Value.Str(), ".")
	if l.major != "5" && l.major != "6" && l.major != "9" {
		return project.NewFault(version.Line, fmt.Sprintf("unknown lockfileVersion %.20q; want 5.x, 6.x or 9.x", version.Value.Str()))
	}
	packages, snapshots := l.section("packages"), l.section("snapshots")
	if l.major == "9" {
		l.addSnapshots(packages, snapshots)
	} else {
		for _, f := range packages {
			l.addPackage(f, f, f.Key)
		}
	}
	if importers := l.root.Field("importers"); importers != nil {
		for _, f := range l.section("importers") {
			l.importer(f.Key, f.Line, f.Value)
		}
	} else {
		l.importer(".", 1, l.root)
	}
	if l.major == "9" {
		for _, f := range snapshots {
			l.link(f, f.Key, l.peersOf(f.Key))
		}
	} else {
		for _, f := range packages {
			l.link(f, f.Key, f.Value)
		}
	}
	l.overridesDrift()
	return nil
}

// section returns the entries of a map at the top.
func (l *pnpmLock) section(name string) []document.Field {
	f := l.root.Field(name)
	if f == nil || f.Value.Is(document.Null) {
		return nil
	}
	if !f.Value.Is(document.Map) {
		l.gap(f.Line, "%s is %s, so it was not checked; want an object", name, f.Value.Kind)
	}
	return f.Value.Map()
}

// addSnapshots adds the packages of version 9, where packages holds what a release is, and snapshots each of its
// installations, which differ in the peers that they got.
func (l *pnpmLock) addSnapshots(packages, snapshots []document.Field) {
	byKey := make(map[string]document.Field, len(packages))
	for _, f := range packages {
		byKey[f.Key] = f
	}
	used := map[string]bool{}
	for _, f := range snapshots {
		base, _, _ := strings.Cut(f.Key, "(")
		p, ok := byKey[base]
		if !ok {
			l.tell("snapshots without a package", f.Line, "%.200q is in snapshots and not in packages; run %s", f.Key, l.run)
			p = f
		}
		used[base] = true
		l.addPackage(p, f, f.Key)
	}
	for _, f := range packages {
		if !used[f.Key] {
			l.tell("packages without a snapshot", f.Line, "%.200q is in packages and not in snapshots, so what it needs is unknown; run %s", f.Key, l.run)
			l.addPackage(f, f, f.Key)
		}
	}
}

// peersOf is the entry in packages of a snapshot.
func (l *pnpmLock) peersOf(key string) *document.Value {
	base, _, _ := strings.Cut(key, "(")
	return l.root.Get("packages", base)
}

// addPackage adds what p, an entry of packages, says of the installation key, which stands at f.
func (l *pnpmLock) addPackage(p, f document.Field, key string) {
	if !p.Value.Is(document.Map) && !p.Value.Is(document.Null) {
		l.tell("entries of another kind", p.Line, "entry %.200q is %s; want an object", key, p.Value.Kind)
	}
	e := entry{key: key, line: p.Line, endLine: max(p.Line, p.Value.EndLine)}
	at := parsePNPMKey(l.major, key)
	e.name, e.version = at.name, at.version
	if name := p.Value.Get("name").Str(); name != "" {
		e.name = name
	}
	if version := p.Value.Get("version").Str(); version != "" {
		e.version = version
	}
	resolution := p.Value.Get("resolution")
	if dir := resolution.Get("directory"); dir != nil || at.dir != "" && resolution.Get("type").Str() == "directory" {
		e.isFolder, e.dir = true, plainDir(dir.Str())
		if dir == nil {
			e.dir = plainDir(at.dir)
		}
		l.add(e)
		return
	}
	address := resolution.Get("tarball").Str()
	switch {
	case e.version == "":
		e.why = "it comes from " + shown(at.source, address, "what the lockfile does not say")
	case resolution.Get("commit") != nil:
		l.foreign(e, "the commit "+resolution.Get("commit").Str())
	case at.source != "":
		l.foreign(e, at.source)
	case address != "":
		l.source(e, address)
	}
	if e.name == "" {
		e.name = key
	}
	l.add(e)
}

// shown is the first text that says something.
func shown(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return fmt.Sprintf("%.200s", t)
		}
	}
	return ""
}

// importer makes a member of the workspace, whose needs stand in v.
func (l *pnpmLock) importer(dir string, line int, v *document.Value) {
	m := l.join(dir, line)
	var locked []npmNeed
	specs := v.Get("specifiers")
	for _, s := range []struct {
		section string
		scope   fettle.Scope
	}{{"dependencies", fettle.Production}, {"optionalDependencies", fettle.Optional}, {"devDependencies", fettle.Development},
		{"configDependencies", fettle.Development}, {"packageManagerDependencies", fettle.Development}} {
		for _, f := range v.Get(s.section).Map() {
			ref, spec := f.Value.Str(), specs.Get(f.Key).Str()
			if f.Value.Is(document.Map) {
				ref, spec = f.Value.Get("version").Str(), f.Value.Get("specifier").Str()
			}
			if s.scope != fettle.Development || s.section == "devDependencies" {
				locked = append(locked, npmNeed{name: f.Key, spec: spec, section: s.section})
			}
			scope := s.scope
			if s.section == "dependencies" && m.manifest.onlyPeer(f.Key) { // settings.autoInstallPeers
				scope = fettle.Peer
			}
			if key, ok := l.resolve(f.Key, ref); ok {
				m.needs = append(m.needs, need{key, f.Key, spec, scope})
			} else if !strings.HasPrefix(ref, "link:") {
				l.missing(l.project.Lockfile, f.Line, "", f.Key, spec)
			}
		}
	}
	if v.Field("configDependencies") == nil && v.Field("packageManagerDependencies") == nil {
		l.drift(m, locked, line)
	}
}

// link reads what the entry key needs, f being where it stands and p where its peers are declared.
func (l *pnpmLock) link(f document.Field, key string, p *document.Value) {
	i, ok := l.index[key]
	if !ok {
		return
	}
	for _, s := range []struct {
		section string
		scope   fettle.Scope
	}{{"dependencies", fettle.Production}, {"optionalDependencies", fettle.Optional}} {
		for _, d := range f.Value.Get(s.section).Map() {
			spec, scope := d.Value.Str(), s.scope
			if peer := p.Get("peerDependencies").Field(d.Key); peer != nil {
				spec, scope = peer.Value.Str(), narrower(scope, fettle.Peer)
				if p.Get("peerDependenciesMeta", d.Key, "optional").True() {
					scope = fettle.Optional
				}
			}
			to, ok := l.resolve(d.Key, d.Value.Str())
			switch dir, isLink := strings.CutPrefix(d.Value.Str(), "link:"); {
			case ok:
				l.entries[i].needs = append(l.entries[i].needs, need{to, d.Key, spec, scope})
			case isLink && !l.entries[i].isFolder:
				l.own(d.Line, l.entries[i].name, d.Key, d.Value.Str(), dir)
			case !isLink:
				l.missing(l.project.Lockfile, d.Line, l.entries[i].name, d.Key, d.Value.Str())
			}
		}
	}
}

// resolve finds the entry that a reference to a package installed as name means.
func (l *pnpmLock) resolve(name, ref string) (string, bool) {
	for _, key := range []string{name + "@" + ref, "/" + name + "@" + ref, "/" + name + "/" + ref, ref} {
		if _, ok := l.index[key]; ok {
			return key, true
		}
	}
	return "", false
}
