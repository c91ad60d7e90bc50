package node

import (
	"context"
	"path"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/document"
	"github.com/fettle-dev/fettle/pkg/discover/project"
)

// bunLock is a bun.lock, whose keys are the folders of node_modules: a/b is b in the folder of a.
type bunLock struct {
	*assembly
	spaces map[string]int    // members by the key of their entry
	names  map[string]string // names of the members by folder
	info   map[string]*document.Value
}

// readBunBinary says what to do about bun.lockb, which no other program reads.
func readBunBinary(_ context.Context, files *project.Files, file string, all *manifests) (locked, error) {
	a := newAssembly(files, all, "bun", file, "bun install --save-text-lockfile")
	if files.Is(path.Join(a.project.Dir, "bun.lock")) {
		return locked{}, nil // which Bun reads before it
	}
	a.joinAll(a.workspace())
	return a.failed(project.Gap(file, 0, "is a binary lockfile, which is not read, so its packages were not checked; run bun install --save-text-lockfile --frozen-lockfile --lockfile-only")), nil
}

// readBun reads bun.lock.
func readBun(_ context.Context, files *project.Files, file string, all *manifests) (locked, error) {
	a := newAssembly(files, all, "bun", file, "bun install --lockfile-only")
	members := a.workspace()
	data, err := files.Read(file)
	if err != nil {
		a.joinAll(members)
		return a.failed(project.Gap(file, 0, err.Error())), nil
	}
	doc, faults, err := document.ParseJSONC(data)
	if err != nil {
		a.joinAll(members)
		return a.failed(project.FaultGap(file, err)), nil
	}
	a.faults(faults)
	if fault := bunVersion(doc); fault != nil {
		a.joinAll(members)
		return a.failed(project.FaultGap(file, fault)), nil
	}
	l := &bunLock{assembly: a, spaces: map[string]int{}, names: map[string]string{}, info: map[string]*document.Value{}}
	l.read(doc)
	out := a.locked()
	for _, dir := range members {
		if _, ok := a.byDir[dir]; !ok {
			out.dirs = append(out.dirs, a.inRepo(dir))
			out.gaps = append(out.gaps, a.unlockedMember(dir, a.project.Manifest)...)
		}
	}
	return out, nil
}

func bunVersion(doc *document.Value) *project.Fault {
	if !doc.Is(document.Map) {
		return project.NewFault(max(doc.Line, 1), "is "+doc.Kind.String()+"; want an object")
	}
	switch f := doc.Field("lockfileVersion"); {
	case f == nil:
		return project.NewFault(1, "no lockfileVersion; this is not a lockfile of Bun")
	case f.Value.Str() != "0" && f.Value.Str() != "1" && f.Value.Str() != "2":
		return project.NewFault(f.Line, "unknown lockfileVersion "+quoted(f.Value.Text)+"; want 0, 1 or 2")
	}
	return nil
}

func (l *bunLock) read(doc *document.Value) {
	for _, f := range doc.Get("workspaces").Map() {
		m := l.join(f.Key, f.Line)
		l.names[m.dir] = f.Value.Get("name").Str()
	}
	for _, f := range doc.Get("packages").Map() {
		l.take(f)
	}
	for _, f := range doc.Get("workspaces").Map() {
		m := &l.members[l.byDir[plainDir(f.Key)]]
		locked := bunNeeds(f.Value)
		if m.manifest != nil {
			if what, line := m.manifest.drift(npmEntry{needs: locked}); what != "" {
				l.outOfStep(m, line, what)
			}
		}
		prefix := l.names[m.dir]
		if m.dir == "" {
			prefix = ""
		}
		for _, n := range locked {
			if to, ok := l.resolve(prefix, n.name); ok {
				m.needs = append(m.needs, need{to, n.name, n.spec, scopeOf(n)})
			} else if n.section != "peerDependencies" {
				l.missing(l.project.Lockfile, f.Line, "", n.name, n.spec)
			}
		}
	}
	for i := range l.entries {
		e := &l.entries[i]
		for _, n := range bunNeeds(l.info[e.key]) {
			if n.section == "devDependencies" {
				continue
			}
			to, ok := l.resolve(e.key, n.name)
			if !ok {
				if n.section != "peerDependencies" {
					l.missing(l.project.Lockfile, e.line, e.name, n.name, n.spec)
				}
				continue
			}
			if at, isOwn := l.spaces[to]; isOwn && !e.isFolder {
				l.own(e.line, e.name, n.name, n.spec, l.members[at].dir)
			}
			e.needs = append(e.needs, need{to, n.name, n.spec, scopeOf(n)})
		}
	}
	l.bunOverrides(doc)
}

// take adds one entry of packages: ["name@version", registry, {what it needs}, checksum].
func (l *bunLock) take(f document.Field) {
	items := f.Value.List()
	if len(items) == 0 || !items[0].Is(document.String) {
		l.tell("entries of another kind", f.Line, "entry %.200q is no list that begins with name@version, so it was not checked", f.Key)
		return
	}
	name, version := splitDescriptor(items[0].Text)
	e := entry{key: f.Key, name: name, line: f.Line, endLine: max(f.Line, f.Value.EndLine)}
	for _, item := range items[1:] {
		if item.Is(document.Map) {
			l.info[f.Key] = item
			break
		}
	}
	kind, ref, hasKind := strings.Cut(version, ":")
	switch {
	case hasKind && kind == "workspace":
		m := l.join(ref, f.Line)
		l.spaces[f.Key] = l.byDir[m.dir]
		return
	case hasKind && kind == "root":
		l.spaces[f.Key] = 0
		return
	case hasKind && kind == "link" || kind == "file" && !strings.HasSuffix(ref, ".tgz") && !strings.HasSuffix(ref, ".tar.gz"):
		e.isFolder, e.dir = true, plainDir(ref)
	case hasKind || strings.ContainsAny(version, "/#"):
		e.why = "it comes from " + shown(version)
	case version == "":
		e.why = "the entry does not say it"
	default:
		e.version = version
		if len(items) > 1 {
			l.source(e, items[1].Str())
		}
	}
	l.add(e)
}

// bunNeeds reads the sections of an entry or a member.
func bunNeeds(v *document.Value) []npmNeed {
	mayMiss := map[string]bool{}
	for _, p := range v.Get("optionalPeers").List() {
		mayMiss[p.Str()] = true
	}
	s := sections{dependencies: texts(v.Get("dependencies")), dev: texts(v.Get("devDependencies")), optional: texts(v.Get("optionalDependencies")),
		peer: texts(v.Get("peerDependencies")), mayMiss: mayMiss}
	return s.needs()
}

// resolve finds the entry that code in the folder of the entry from would load as name.
func (l *bunLock) resolve(from, name string) (string, bool) {
	for ; ; from = bunParent(from) {
		key := strings.TrimPrefix(from+"/"+name, "/")
		if _, ok := l.index[key]; ok {
			return key, true
		}
		if _, ok := l.spaces[key]; ok {
			return key, true
		}
		if from == "" {
			return "", false
		}
	}
}

// bunParent is the entry in whose folder that of key lies.
func bunParent(key string) string {
	key = project.Parent(key)
	if strings.HasPrefix(key[strings.LastIndex(key, "/")+1:], "@") { // only the scope of the last name is left
		key = project.Parent(key)
	}
	return key
}

// bunOverrides tells of an override by which the lockfile was made and that is another one now.
func (l *bunLock) bunOverrides(doc *document.Value) {
	m := l.members[0].manifest
	if m == nil {
		return
	}
	for _, f := range doc.Get("overrides").Map() {
		if spec := f.Value.Str(); spec != "" && m.npmOverrides[f.Key] != spec && m.resolutions[f.Key] != spec {
			l.tell("overrides out of step", f.Line, "out of step: the override of %.100s to %.100s is not declared so; run %s", f.Key, spec, l.run)
		}
	}
}
