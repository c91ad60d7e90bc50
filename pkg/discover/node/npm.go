package node

import (
	"context"
	"fmt"
	"path"
	"path/filepath"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// readNPM reads package-lock.json and npm-shrinkwrap.json, versions 1 to 3, workspaces included.
func readNPM(ctx context.Context, files *project.Files, file string, _ *manifests) (locked, error) {
	dir := project.Parent(file)
	r := locked{dirs: []string{dir}}
	data, err := files.Read(file)
	if err != nil {
		r.gaps = append(r.gaps, project.Gap(file, 0, err.Error()))
		return r, nil
	}
	lock, err := parseNPMLock(data)
	if err != nil {
		r.gaps = append(r.gaps, project.FaultGap(file, err))
		return r, nil
	}
	for _, p := range lock.problems {
		r.gaps = append(r.gaps, project.Gap(file, p.Line, p.Msg))
	}
	b := &projectBuilder{files: files, dir: dir, file: file, manifests: map[int]*npmManifest{}}
	b.project = fettle.Project{Manager: "npm", Dir: dir, Lockfile: file, Manifest: path.Join(dir, "package.json")}
	b.build(lock)
	r.dirs = append(r.dirs, b.members...)
	r.gaps = append(r.gaps, b.gaps...)
	second, err := secondOpinion(ctx, file, data, lock)
	r.gaps = append(r.gaps, second...)
	r.projects = append(r.projects, b.project)
	return r, err
}

// projectBuilder turns a lockfile and the manifests beside it into a project.
type projectBuilder struct {
	files     *project.Files
	dir, file string
	graph     *npmGraph
	manifests map[int]*npmManifest // of the root and the members; nil where it could not be read
	members   []string             // directories of the members, relative to the repository
	project   fettle.Project
	gaps      []fettle.Gap
}

func (b *projectBuilder) build(lock *npmLock) {
	own := b.manifest(b.project.Manifest)
	var needs []npmNeed
	if own != nil {
		needs = own.needs
	}
	at, rooted := lock.byKey[""]
	if !rooted && !lock.legacy {
		b.gap(0, "has no entry for the project itself, so what it needs is taken from package.json; run npm install")
	}
	b.graph = newNPMGraph(lock, needs)
	if rooted {
		b.compare(own, at, b.project.Manifest)
	} else {
		at = lock.byKey[""]
	}
	b.manifests[at] = own
	b.readMembers(at)
	b.dangling()
	b.owned()
	scopes, depths := b.graph.reach()
	for i, e := range lock.entries {
		if !b.graph.isRoot[i] && !e.isLink {
			b.project.Nodes = append(b.project.Nodes, b.node(i, scopes[i], depths[i]))
		}
	}
}

// readMembers reads the manifests of the workspace members and linked folders.
func (b *projectBuilder) readMembers(root int) {
	for _, i := range b.graph.roots {
		if i == root {
			continue
		}
		e := b.graph.lock.entries[i]
		dir := path.Join(b.dir, e.key)
		if !filepath.IsLocal(filepath.FromSlash(dir)) {
			b.gap(e.line, fmt.Sprintf("%.200q lies outside of the repository, so its manifest was not compared with the lockfile", e.key))
			continue
		}
		b.members = append(b.members, dir)
		file := path.Join(dir, "package.json")
		b.manifests[i] = b.manifest(file)
		b.compare(b.manifests[i], i, file)
	}
}

// dangling tells of links and needs that lead nowhere.
func (b *projectBuilder) dangling() {
	var told int
	tell := func(line int, reason string) {
		if told++; told <= project.MaxFaults {
			b.gap(line, reason)
		}
	}
	lock := b.graph.lock
	for _, i := range b.graph.dangles {
		e := lock.entries[i]
		tell(e.line, fmt.Sprintf("entry %.100q is a link to %.100q, which is not in the lockfile, so it was not checked", e.key, e.link))
	}
	for _, m := range b.graph.missing {
		holder, line := lock.entries[m.holder], lock.entries[m.holder].line
		what := fmt.Sprintf("%.100s %.100s is needed by %.100s and not in the lockfile, so it was not checked; run npm install", m.need.name, m.need.spec, holder.name)
		if b.graph.isRoot[m.holder] {
			what = fmt.Sprintf("%.100s %.100s is declared but not in the lockfile, so it was not checked; run npm install", m.need.name, m.need.spec)
		}
		tell(line, what)
	}
	if told > project.MaxFaults {
		b.gap(0, fmt.Sprintf("and %d more links and needs that lead nowhere", told-project.MaxFaults))
	}
}

// owned tells, once for each folder, of packages that ask for what is a part of the repository itself.
func (b *projectBuilder) owned() {
	told := map[int]bool{}
	for _, o := range b.graph.own {
		if told[o.folder] || len(told) == project.MaxFaults {
			continue
		}
		told[o.folder] = true
		holder, folder := b.graph.lock.entries[o.holder], b.graph.lock.entries[o.folder]
		b.gap(holder.line, ownReason(holder.name, o.need.name, o.need.spec, path.Join(b.dir, folder.key)))
	}
}

// manifest reads a package.json; nil, and a gap, where it cannot be read.
func (b *projectBuilder) manifest(file string) *npmManifest {
	m, gaps := readManifest(b.files, file)
	b.gaps = append(b.gaps, gaps...)
	return m
}

// compare tells where a manifest and entry at of the lockfile disagree.
func (b *projectBuilder) compare(m *npmManifest, at int, manifest string) {
	if m == nil {
		return
	}
	if what, line := m.drift(b.graph.lock.entries[at]); what != "" {
		g := project.Gap(b.file, b.graph.lock.entries[at].line, "out of step with package.json: "+what+"; run npm install")
		if line > 0 {
			g.Location = &fettle.Location{Path: manifest, Line: line}
		}
		b.gaps = append(b.gaps, g)
	}
}

func (b *projectBuilder) gap(line int, reason string) {
	b.gaps = append(b.gaps, project.Gap(b.file, line, reason))
}

func (b *projectBuilder) node(i int, scope fettle.Scope, depth int) fettle.Node {
	e := b.graph.lock.entries[i]
	node := fettle.Node{
		Package:  fettle.Package{Ecosystem: "npm", Name: e.name, Version: e.version},
		Key:      e.key,
		Scope:    scope,
		Depth:    depth,
		Location: fettle.Location{Path: b.file, Line: e.line, EndLine: e.endLine},
	}
	if node.Scope == "" { // nothing needs it: npm's own flags are all there is
		node.Scope = flagScope(e)
	}
	for _, holder := range b.graph.holders[i] {
		h := b.graph.lock.entries[holder.at]
		node.Holders = append(node.Holders, fettle.Edge{Holder: h.key, Range: holder.spec, Scope: holder.scope})
		if !b.graph.isRoot[holder.at] {
			continue
		}
		node.Direct = true
		if m := b.manifests[holder.at]; m != nil && node.Manifest == nil {
			if line := m.line(nameOfKey(e.key)); line > 0 {
				node.Manifest = &fettle.Location{Path: path.Join(b.dir, h.key, "package.json"), Line: line}
			}
		}
	}
	return node
}

func flagScope(e npmEntry) fettle.Scope {
	switch {
	case e.dev:
		return fettle.Development
	case e.opt:
		return fettle.Optional
	case e.peer:
		return fettle.Peer
	}
	return fettle.Production
}

// readManifest returns nil and a gap where file cannot be read, and a gap for each part that was passed over.
func readManifest(files *project.Files, file string) (*npmManifest, []fettle.Gap) {
	data, err := files.Read(file)
	if err != nil {
		return nil, []fettle.Gap{project.Gap(file, 0, err.Error())}
	}
	return manifestOf(file, data)
}

func manifestOf(file string, data []byte) (*npmManifest, []fettle.Gap) {
	m, err := parseNPMManifest(data)
	if err != nil {
		return nil, []fettle.Gap{project.FaultGap(file, err)}
	}
	var gaps []fettle.Gap
	for _, p := range m.problems {
		gaps = append(gaps, project.Gap(file, p.Line, p.Msg))
	}
	return m, gaps
}
