package cargo

import (
	"fmt"
	"regexp"
	"strings"

	"deps.dev/util/semver"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

const ecosystem = "crates.io"

// builder makes the project of one lockfile.
type builder struct {
	file, dir string
	lock      *lock
	own       []part
	graph     *project.Graph
	keys      []string // of each locked package: its node, or the folder of the project's own
	isOwn     []bool
	told      int
	gaps      []fettle.Gap
}

func (b *builder) build() fettle.Project {
	manifest := b.dir
	if manifest += "/"; b.dir == "" {
		manifest = ""
	}
	b.graph = project.NewGraph(fettle.Project{Manager: "cargo", Dir: b.dir, Lockfile: b.file, Manifest: manifest + "Cargo.toml"})
	for _, f := range b.lock.told() {
		b.gaps = append(b.gaps, project.Gap(b.file, f.Line, f.Msg))
	}
	parts := b.addPackages()
	for i, p := range b.lock.packages {
		if part, ok := parts[i]; ok {
			b.connectPart(i, part)
			continue
		}
		for _, n := range p.needs {
			if at, ok := b.find(n, p); ok && !b.isOwn[at] {
				b.graph.Need(b.keys[i], b.keys[at], "", fettle.Production)
			}
		}
	}
	b.unlockedParts(parts)
	b.unlike()
	if b.told > project.MaxFaults {
		b.gaps = append(b.gaps, project.Gap(b.file, 0, fmt.Sprintf("and %d more problems of it and its manifests", b.told-project.MaxFaults)))
	}
	p, gaps := b.graph.Project()
	b.gaps = append(b.gaps, gaps...)
	return p
}

// addPackages makes a node of each package, or a root where it is the project's own. It returns the latter.
func (b *builder) addPackages() map[int]part {
	byName := map[string]part{}
	for _, p := range b.own {
		if _, ok := byName[p.name]; !ok && p.name != "" {
			byName[p.name] = p
		}
	}
	parts := map[int]part{}
	b.keys = make([]string, len(b.lock.packages))
	b.isOwn = make([]bool, len(b.lock.packages))
	for i, p := range b.lock.packages {
		part, ok := byName[p.name]
		switch {
		case p.source == "" && ok:
			delete(byName, p.name)
			parts[i] = part
			b.keys[i], b.isOwn[i] = part.key, true
			b.graph.Root(part.key)
			continue
		case p.source == "" && b.own == nil: // no manifest tells
			b.keys[i], b.isOwn[i] = p.name+"@"+p.version, true
			b.graph.Root(b.keys[i])
			continue
		}
		n := fettle.Node{Package: fettle.Package{Ecosystem: ecosystem, Name: p.name, Version: p.version},
			Key: p.name + "@" + p.version, Location: fettle.Location{Path: b.file, Line: p.line, EndLine: p.endLine}}
		if b.graph.Has(n.Key) {
			n.Key += " (" + plainSource(p.source) + ")"
		}
		b.keys[i] = n.Key
		if b.lock.replaced(i) == i {
			b.graph.Add(n)
		}
	}
	return parts
}

// met is a need of the lockfile and the package that it means.
type met struct {
	need
	at   int
	used bool
}

// connectPart adds what the project's own package i needs, as its manifest says, and tells where the two disagree.
func (b *builder) connectPart(i int, p part) {
	locked := b.lock.packages[i]
	byName := map[string][]*met{}
	var order []*met
	for _, n := range locked.needs {
		name, _, _ := strings.Cut(n.text, " ")
		m := &met{need: n, at: -1}
		if at, ok := b.find(n, locked); ok {
			m.at = at
			order = append(order, m)
		}
		byName[name] = append(byName[name], m)
	}
	for _, d := range p.deps {
		needs := byName[d.name]
		if len(needs) == 0 {
			if p.isMember || d.scope == fettle.Production {
				b.drift(d, fmt.Sprintf("%.100s %.100s is declared and not in %s, so it was not checked; run cargo update --workspace", d.name, d.spec(), b.file))
			}
			continue
		}
		m := b.choose(d, needs)
		if m == nil {
			continue
		}
		m.used = true
		if b.isOwn[m.at] {
			continue
		}
		b.graph.Need(p.key, b.keys[m.at], d.spec(), p.scopeOf(d))
		if n := b.graph.Node(b.keys[m.at]); n != nil && n.Manifest == nil {
			n.Manifest = &fettle.Location{Path: d.file, Line: d.line}
		}
	}
	for _, m := range order {
		if m.used || b.isOwn[m.at] {
			continue
		}
		b.graph.Need(p.key, b.keys[m.at], "", fettle.Production)
		b.gap(m.line, fmt.Sprintf("out of step with %s: %.200q is locked for %.100s and not declared there; run cargo update --workspace", p.file, m.text, p.name))
	}
}

// choose returns which of the locked needs of one name answers a dependency: the first whose version it accepts.
func (b *builder) choose(d dependency, needs []*met) *met {
	var first *met
	for _, m := range needs {
		if m.at < 0 {
			continue
		}
		if first == nil {
			first = m
		}
		if accepts(d.req, b.lock.packages[m.at].version) {
			return m
		}
	}
	if first != nil {
		b.drift(d, fmt.Sprintf("%.100s %.100s is declared, and %s has %.100s, which was checked; run cargo update --workspace", d.name, d.spec(), b.file, b.lock.packages[first.at].version))
	}
	return first
}

// unlockedParts tells of members that the lockfile does not know.
func (b *builder) unlockedParts(parts map[int]part) {
	locked := map[string]bool{}
	for _, p := range parts {
		locked[p.dir] = true
	}
	for _, p := range b.own {
		if p.name != "" && p.isMember && !locked[p.dir] {
			b.gaps = append(b.gaps, project.Gap(p.file, 0, fmt.Sprintf("%.100s is part of the workspace and not in %s, so what it needs was not checked; run cargo update --workspace", p.name, b.file)))
		}
	}
}

// unlike tells of packages that come from no registry: their version is what their own manifest says, which holds for every
// commit and change since the release.
func (b *builder) unlike() {
	first, n := -1, 0
	for i, p := range b.lock.packages {
		if b.isOwn[i] || strings.HasPrefix(p.source, "registry+") || strings.HasPrefix(p.source, "sparse+") || strings.HasPrefix(p.source, "local-registry+") || b.lock.replaced(i) != i {
			continue
		}
		if n++; n == 1 {
			first = i
		}
	}
	if n == 0 {
		return
	}
	p := b.lock.packages[first]
	from := "a folder"
	if p.source != "" {
		from = plainSource(p.source)
	}
	reason := fmt.Sprintf("%.100s comes from %.200s and not from a registry, so advisories were compared with %.100s, which its manifest says and which need not be the release of that number", p.name, from, p.version)
	if n > 1 {
		reason += fmt.Sprintf(" (and %d more such packages)", n-1)
	}
	b.gap(p.line, reason)
}

// find returns the package that a need of holder means, and tells where there is none.
func (b *builder) find(n need, holder locked) (int, bool) {
	at, why := b.lock.find(n.text)
	if why != "" {
		b.gap(n.line, fmt.Sprintf("%.200q, which %.100s needs, %s; run cargo generate-lockfile", n.text, holder.name, why))
		return 0, false
	}
	return at, true
}

func (b *builder) drift(d dependency, reason string) {
	if b.told++; b.told <= project.MaxFaults {
		b.gaps = append(b.gaps, project.Gap(d.file, d.line, reason))
	}
}

func (b *builder) gap(line int, reason string) {
	if b.told++; b.told <= project.MaxFaults {
		b.gaps = append(b.gaps, project.Gap(b.file, line, reason))
	}
}

// accepts reports whether version meets req. What cannot be told is taken for met.
func accepts(req, version string) bool {
	if req == "" || req == "*" || len(req) > 200 || len(version) > 200 {
		return true
	}
	c, err := semver.Cargo.ParseConstraint(req)
	if err != nil {
		return true
	}
	v, err := semver.Cargo.Parse(version)
	return err != nil || c.MatchVersionPrerelease(v)
}

var exact = regexp.MustCompile(`^=\s*([0-9]+\.[0-9]+\.[0-9]+(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?)$`)

// exactly returns the one version that req accepts.
func exactly(req string) (string, bool) {
	m := exact.FindStringSubmatch(strings.TrimSpace(req))
	if m == nil {
		return "", false
	}
	return m[1], true
}
