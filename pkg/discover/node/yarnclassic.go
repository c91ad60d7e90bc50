package node

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/project"
)

// classicGraph resolves the needs of a lockfile of Yarn 1, which says nothing of the project itself: what is direct, and
// for what, comes from the manifests.
type classicGraph struct {
	*assembly
	byDescriptor map[string]string // the key of the entry that meets it
	own          map[string]int    // members by name
	picks        map[string][]pick // by name
}

// maxPicks is how many resolutions of one package are looked at.
const maxPicks = 100

// pick is one of the resolutions of the root's manifest.
type pick struct {
	holder, name string // holder is "" for any
	only         string // the range that is replaced; "" for any
	spec         string // what replaces it
}

// picks reads the resolutions of Yarn: name, holder/name, **/name, holder/**/name, each perhaps with a range.
func (a *assembly) picks() map[string][]pick {
	if a.members[0].manifest == nil {
		return nil
	}
	all := map[string][]pick{}
	for pattern, spec := range a.members[0].manifest.resolutions {
		p := pick{spec: spec}
		parts := patternParts(pattern)
		if len(parts) == 0 {
			continue
		}
		p.name, p.only = splitDescriptor(parts[len(parts)-1])
		if len(parts) > 1 {
			p.holder, _ = splitDescriptor(parts[len(parts)-2])
		}
		all[p.name] = append(all[p.name], p)
	}
	for name, list := range all {
		slices.SortFunc(list, func(a, b pick) int { // the one that says most comes first
			return -cmp.Or(strings.Compare(a.holder, b.holder), strings.Compare(a.only, b.only), strings.Compare(a.spec, b.spec))
		})
		if len(list) > maxPicks {
			a.gap(0, "package.json has more than %d resolutions of %.100q; the others were not looked at", maxPicks, name)
			all[name] = list[:maxPicks]
		}
	}
	return all
}

// patternParts are the packages that a pattern of resolutions names, without those that stand for any.
func patternParts(pattern string) []string {
	var parts []string
	scope := ""
	for i, part := range strings.Split(pattern, "/") {
		switch {
		case part == "**" || part == "*" || part == "":
		case scope != "":
			parts, scope = append(parts, scope+"/"+part), ""
		case strings.HasPrefix(part, "@"):
			scope = part
		case i > 0 && len(parts) > 0 && strings.Contains(parts[len(parts)-1], ":"): // a range that holds a slash
			parts[len(parts)-1] += "/" + part
		default:
			parts = append(parts, part)
		}
	}
	return parts
}

func (a *assembly) classic(data []byte) locked {
	entries, faults, err := parseClassic(data)
	if err != nil {
		return a.failed(project.FaultGap(a.project.Lockfile, err))
	}
	a.faults(faults)
	g := &classicGraph{assembly: a, byDescriptor: map[string]string{}, own: a.membersByName(), picks: a.picks()}
	keys := make([]string, len(entries))
	for i, e := range entries {
		keys[i] = g.addClassic(e)
	}
	for i := range a.members {
		g.direct(&a.members[i])
	}
	for i, e := range entries {
		at, ok := a.index[keys[i]]
		if !ok {
			continue
		}
		for _, n := range append(e.needs, g.linked(a.entries[at])...) {
			holder := a.entries[at].name
			if key, ok := g.resolve(a.entries[at].dir, holder, n.name, n.spec); ok {
				a.entries[at].needs = append(a.entries[at].needs, need{key, n.name, n.spec, scopeOf(n)})
			} else if own, ok := g.own[n.name]; ok {
				a.own(e.line, holder, n.name, n.spec, a.members[own].dir)
			} else {
				a.missing(a.project.Lockfile, e.line, holder, n.name, n.spec)
			}
		}
	}
	return a.locked()
}

// addClassic adds an entry and returns its key.
func (g *classicGraph) addClassic(c classicEntry) string {
	first, spec := splitDescriptor(c.descriptors[0])
	e := entry{name: first, version: c.version, line: c.line, endLine: c.endLine}
	if real, ok := strings.CutPrefix(spec, "npm:"); ok {
		if e.name, spec = splitDescriptor(real); e.name == "" {
			e.name = first
		}
	}
	kind, dir, _ := strings.Cut(spec, ":")
	switch {
	case c.resolved == "" && (kind == "file" || kind == "link") && dir != "":
		e.isFolder, e.dir = true, plainDir(dir)
	case c.resolved == "" && (strings.HasPrefix(spec, "./") || strings.HasPrefix(spec, "../")):
		e.isFolder, e.dir = true, plainDir(spec)
	}
	e.key = e.name + "@" + e.version
	if e.name != first {
		e.key = first + "@npm:" + e.key
	}
	if _, twice := g.index[e.key]; twice || e.isFolder || e.version == "" {
		e.key = c.descriptors[0]
	}
	switch {
	case e.isFolder:
	case e.version == "":
		e.why = "the entry does not say it"
	case strings.ContainsAny(spec, ":/"):
		g.foreign(e, shown(c.resolved, spec))
	default:
		g.source(e, c.resolved)
	}
	g.add(e)
	for _, d := range c.descriptors {
		if other, twice := g.byDescriptor[d]; twice && other != e.key {
			g.tell("descriptors that stand twice", c.line, "%.200q stands twice; the last one counts", d)
		}
		if name, _ := splitDescriptor(d); name != first {
			g.tell("entries of two names", c.line, "entry %.100q is also that of %.100q; it was checked as the former", c.descriptors[0], d)
		}
		g.byDescriptor[d] = e.key
	}
	return e.key
}

// linked is what a folder needs that is linked: Yarn 1 locks that, and does not say who needs it.
func (g *classicGraph) linked(e entry) []npmNeed {
	file := path.Join(g.inRepo(e.dir), "package.json")
	if _, spec := splitDescriptor(e.key); !e.isFolder || !strings.HasPrefix(spec, "link:") || !g.files.Is(file) {
		return nil
	}
	m, gaps := readManifest(g.files, file)
	g.gaps = append(g.gaps, gaps...)
	if m == nil {
		return nil
	}
	return slices.DeleteFunc(m.needs, func(n npmNeed) bool { return n.section == "devDependencies" || n.section == "peerDependencies" })
}

// direct reads what the manifest of m declares. Yarn 1 installs no peers.
func (g *classicGraph) direct(m *member) {
	if m.manifest == nil {
		return
	}
	for _, n := range m.manifest.needs {
		if n.section == "peerDependencies" {
			continue
		}
		if key, ok := g.resolve(m.dir, m.manifest.name, n.name, n.spec); ok {
			m.needs = append(m.needs, need{key, n.name, n.spec, scopeOf(n)})
		} else if _, ok := g.own[n.name]; !ok && !strings.HasPrefix(n.spec, "link:") {
			g.missing(g.manifestFile(m), m.manifest.lineOf(n), "", n.name, n.spec)
		}
	}
}

// resolve finds the entry for what holder, in the folder dir, needs.
func (g *classicGraph) resolve(dir, holder, name, spec string) (string, bool) {
	if key, ok := g.byDescriptor[name+"@"+spec]; ok {
		return key, true
	}
	if kind, to, ok := strings.Cut(spec, ":"); ok && (kind == "file" || kind == "link") { // written relative to the root
		for _, at := range []string{path.Join(dir, to), "./" + path.Join(dir, to)} {
			if key, ok := g.byDescriptor[name+"@"+kind+":"+at]; ok {
				return key, true
			}
		}
	}
	var any string
	for _, p := range g.picks[name] { // what a resolution replaces does not stand in the lockfile
		key, ok := g.byDescriptor[name+"@"+p.spec]
		if !ok {
			continue
		}
		if p.holder == holder {
			return key, true
		}
		if any == "" || p.holder == "" {
			any = key
		}
	}
	return any, any != ""
}
