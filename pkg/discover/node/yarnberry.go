package node

import (
	"fmt"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/document"
	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// The versions of lockfiles that Yarn 2 to 4 write.
const (
	oldestBerry = 3
	newestBerry = 10
)

// berryLock is a lockfile of Yarn 2 or later.
type berryLock struct {
	*assembly
	picks        map[string][]pick   // by name
	byDescriptor map[string]string   // the key of the entry that meets it
	bare         map[string][]string // the same without what follows ::
	patched      map[string]string   // the key of the patch that Yarn puts on what a descriptor finds
	spaces       map[string]int      // members by the key of their entry
	peers        map[string][]npmNeed
	rc           yarnrc
}

func (a *assembly) berry(data []byte, members []string) locked {
	root, faults, err := document.ParseYAML(data)
	if err != nil {
		a.joinAll(members)
		return a.failed(project.FaultGap(a.project.Lockfile, err))
	}
	a.faults(faults)
	text, line := root.Get("__metadata", "version").Str(), 1
	if meta := root.Field("__metadata"); meta != nil {
		line = meta.Line
	}
	if version, err := strconv.Atoi(text); err != nil || version < oldestBerry || version > newestBerry {
		a.joinAll(members)
		return a.failed(project.Gap(a.project.Lockfile, line, fmt.Sprintf("unknown version %.20q of the lockfile; want %d to %d", text, oldestBerry, newestBerry)))
	}
	l := &berryLock{assembly: a, picks: a.picks(), byDescriptor: map[string]string{}, bare: map[string][]string{}, patched: map[string]string{}, spaces: map[string]int{}, peers: map[string][]npmNeed{}, rc: a.yarnrc()}
	keys := map[string]document.Field{}
	for _, f := range root.Fields {
		if f.Key == "__metadata" {
			continue
		}
		if !f.Value.Is(document.Map) {
			a.tell("entries of another kind", f.Line, "entry %.200q is %s, so it was not checked; want an object", f.Key, f.Value.Kind)
			continue
		}
		if key := l.take(f); key != "" {
			keys[key] = f
		}
	}
	for i := range a.members {
		l.direct(&a.members[i], keys)
	}
	for i := range a.entries {
		if f, ok := keys[a.entries[i].key]; ok {
			l.link(&a.entries[i], f)
		}
	}
	l.dropPatched()
	l.providePeers()
	out := a.locked()
	for _, dir := range members {
		if _, ok := a.byDir[dir]; !ok {
			out.dirs = append(out.dirs, a.inRepo(dir))
			out.gaps = append(out.gaps, a.unlockedMember(dir, a.project.Manifest)...)
		}
	}
	return out
}

// take adds an entry and returns its key.
func (l *berryLock) take(f document.Field) string {
	resolution := f.Value.Get("resolution").Str()
	if resolution == "" {
		resolution, _, _ = strings.Cut(f.Key, ", ")
		l.tell("entries without a resolution", f.Line, "entry %.200q has no resolution; run yarn install", f.Key)
	}
	at := parseLocator(resolution)
	key := at.key()
	if at.kind == "workspace" {
		dir := plainDir(at.ref)
		key = "workspace:" + dir
		m := l.join(dir, f.Line)
		l.spaces[key] = l.byDir[m.dir]
	} else {
		l.addBerry(key, at, f)
	}
	for _, d := range strings.Split(f.Key, ", ") {
		if other, twice := l.byDescriptor[d]; twice && other != key {
			l.tell("descriptors that stand twice", f.Line, "%.200q stands twice; the last one counts", d)
		}
		l.byDescriptor[d] = key
		bare, _, _ := strings.Cut(d, "::")
		if len(l.bare[bare]) < maxPicks {
			l.bare[bare] = append(l.bare[bare], key)
		}
		if name, spec := splitDescriptor(bare); strings.HasPrefix(spec, "patch:") && strings.Contains(spec, "builtin<") {
			source, _, _ := strings.Cut(strings.TrimPrefix(spec, "patch:"), "#")
			if plain, err := url.PathUnescape(source); err == nil {
				_, of := splitDescriptor(plain)
				l.patched[name+"@"+withProtocol(of)] = key
			}
		}
	}
	return key
}

func (l *berryLock) addBerry(key string, at locator, f document.Field) {
	e := entry{key: key, name: at.name, version: f.Value.Get("version").Str(), line: f.Line, endLine: max(f.Line, f.Value.EndLine)}
	switch at.kind {
	case "link", "portal":
		e.isFolder, e.dir = true, under(at.parent, at.ref)
	case "file":
		ref, _, _ := strings.Cut(at.ref, "#")
		if ext := filepath.Ext(ref); ext == ".tgz" || ext == ".gz" {
			l.foreign(e, "the file "+ref)
		} else {
			e.isFolder, e.dir = true, under(at.parent, ref)
		}
	case "npm":
		if e.version != at.ref {
			l.tell("entries that disagree", f.Line, "entry %.200q says it is version %.50s and installs %.50s, which was checked", f.Key, e.version, at.ref)
			e.version = at.ref
		}
		l.source(e, at.archive)
	case "patch":
		if at.version != "" {
			e.version = at.version
		}
	default:
		l.foreign(e, at.kind+":"+at.ref)
	}
	if e.version == "" && !e.isFolder {
		e.why = "it comes from " + at.kind + ":" + at.ref
	}
	l.add(e)
}

// direct reads what the member m needs, from its manifest and its entry.
func (l *berryLock) direct(m *member, keys map[string]document.Field) {
	key := "workspace:" + m.dir
	f, ok := keys[key]
	if !ok && m.manifest != nil && len(m.manifest.needs) > 0 {
		l.gap(0, "has no entry for the workspace %.200q, so what it needs is taken from package.json; run yarn install", m.dir)
	}
	ranges := f.Value.Get("dependencies")
	holder, _ := splitDescriptor(f.Value.Get("resolution").Str())
	var needs []npmNeed
	if m.manifest != nil {
		needs = m.manifest.needs
		l.berryDrift(m, f)
	} else {
		for _, d := range ranges.Map() {
			needs = append(needs, npmNeed{name: d.Key, spec: d.Value.Str(), section: "dependencies"})
		}
	}
	for _, n := range needs {
		if n.section == "peerDependencies" {
			continue
		}
		if f.Value.Get("dependenciesMeta", n.name, "optional").True() {
			n.optional = true
		}
		switch to, ok := l.resolve(m.dir, holder, n.name, n.spec); {
		case !ok:
			l.missing(l.manifestFile(m), m.manifest.lineOf(n), "", n.name, n.spec)
		default:
			m.needs = append(m.needs, need{to, n.name, n.spec, scopeOf(n)})
		}
	}
}

// link reads what the entry e needs.
func (l *berryLock) link(e *entry, f document.Field) {
	needs, peers := l.rc.extend(e, f.Value)
	lines := make([]int, len(needs), len(needs)+len(f.Value.Get("dependencies").Map()))
	for _, d := range f.Value.Get("dependencies").Map() {
		needs = append(needs, npmNeed{name: d.Key, spec: d.Value.Str(), section: "dependencies", optional: f.Value.Get("dependenciesMeta", d.Key, "optional").True()})
		lines = append(lines, d.Line)
	}
	for i, n := range needs {
		to, ok := l.resolve(e.dir, e.name, n.name, n.spec)
		if !ok {
			l.missing(l.project.Lockfile, lines[i], e.name, n.name, n.spec)
			continue
		}
		if at, isOwn := l.spaces[to]; isOwn && !e.isFolder {
			l.own(lines[i], e.name, n.name, n.spec, l.members[at].dir)
		}
		e.needs = append(e.needs, need{to, n.name, strings.TrimPrefix(n.spec, "npm:"), scopeOf(n)})
	}
	l.peers[e.key] = append(berryPeers(f.Value), peers...)
}

// resolve finds the entry for what holder, in the folder dir, needs.
func (l *berryLock) resolve(dir, holder, name, spec string) (string, bool) {
	spec = l.rc.catalog(name, spec)
	for _, p := range l.picks[name] {
		if (p.holder == "" || p.holder == holder) && (p.only == "" || withProtocol(p.only) == withProtocol(spec)) {
			spec = p.spec
			break
		}
	}
	full := name + "@" + withProtocol(spec)
	if key, ok := l.patched[full]; ok {
		return key, true
	}
	for _, d := range []string{name + "@" + spec, full} {
		if key, ok := l.byDescriptor[d]; ok {
			return key, true
		}
		if keys := l.bare[d]; len(keys) > 0 {
			for _, key := range keys { // the same words mean another folder where another member writes them
				if i, ok := l.index[key]; ok && l.entries[i].isFolder && strings.HasSuffix(spec, ":"+relative(dir, l.entries[i].dir)) {
					return key, true
				}
			}
			return keys[0], true
		}
	}
	return "", false
}

// relative is the folder to as the folder from would write it.
func relative(from, to string) string {
	rel, err := filepath.Rel(filepath.FromSlash("/"+from), filepath.FromSlash("/"+to))
	if err != nil {
		return to
	}
	return filepath.ToSlash(rel)
}

// withProtocol is a range as later lockfiles write it.
func withProtocol(spec string) string {
	if strings.Contains(spec, ":") {
		return spec
	}
	return "npm:" + spec
}

// dropPatched leaves out what only a patch of it is installed of: the same version of the same package.
func (l *berryLock) dropPatched() {
	needed := map[string]bool{}
	for _, m := range l.members {
		for _, n := range m.needs {
			needed[n.key] = true
		}
	}
	patched := map[fettle.Package]bool{}
	for _, e := range l.entries {
		for _, n := range e.needs {
			needed[n.key] = true
		}
		if strings.Contains(e.key, "@patch:") {
			patched[fettle.Package{Name: e.name, Version: e.version}] = true
		}
	}
	for i := range l.entries {
		if e := &l.entries[i]; !needed[e.key] && patched[fettle.Package{Name: e.name, Version: e.version}] && !strings.Contains(e.key, "@patch:") {
			e.isOut = true
		}
	}
}
