package discover

import (
	"context"
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// NPM finds vulnerable packages in package-lock.json and npm-shrinkwrap.json, versions 1 to 3, workspaces included.
type NPM struct {
	Database database
}

// Discover reads every npm lockfile below repo.Dir/repo.Path. What cannot be read, and every other ecosystem's manifest,
// is a Gap.
func (n NPM) Discover(ctx context.Context, repo fettle.Repo) (fettle.Discovery, error) {
	var d fettle.Discovery
	tree, err := walk(ctx, repo)
	if err != nil {
		return d, err
	}
	d.Gaps = append(d.Gaps, tree.gaps...)
	covered := map[string]bool{} // directories whose package.json a lockfile answers for
	for _, file := range tree.lockfiles {
		if err := ctx.Err(); err != nil {
			return d, err
		}
		read, err := readProject(ctx, repo.Dir, file)
		if err != nil {
			return d, err
		}
		d.Gaps = append(d.Gaps, read.gaps...)
		for _, dir := range read.dirs {
			covered[dir] = true
		}
		if read.project != nil {
			d.Inventory.Projects = append(d.Inventory.Projects, *read.project)
		}
	}
	d.Gaps = append(d.Gaps, unlocked(repo.Dir, tree, covered)...)
	for _, project := range d.Inventory.Projects {
		if err := ctx.Err(); err != nil {
			return d, err
		}
		findings, gaps, err := match(n.Database, project)
		if err != nil {
			return d, err
		}
		d.Findings = append(d.Findings, findings...)
		d.Gaps = append(d.Gaps, gaps...)
	}
	return d, nil
}

// reading is what one lockfile gave.
type reading struct {
	project *fettle.Project // nil where it cannot be read
	dirs    []string        // of the manifests that it answers for
	gaps    []fettle.Gap
}

func readProject(ctx context.Context, root, file string) (reading, error) {
	dir := parentDir(file)
	r := reading{dirs: []string{dir}}
	data, err := readFile(root, file)
	if err != nil {
		r.gaps = append(r.gaps, gap(file, 0, err.Error()))
		return r, nil
	}
	lock, err := parseNPMLock(data)
	if err != nil {
		r.gaps = append(r.gaps, lockGap(file, err))
		return r, nil
	}
	for _, p := range lock.problems {
		r.gaps = append(r.gaps, gap(file, p.line, p.msg))
	}
	b := &projectBuilder{root: root, dir: dir, file: file, manifests: map[int]*npmManifest{}}
	b.project = fettle.Project{Dir: dir, Lockfile: file, Manifest: path.Join(dir, "package.json")}
	b.build(lock)
	r.dirs = append(r.dirs, b.members...)
	r.gaps = append(r.gaps, b.gaps...)
	second, err := secondOpinion(ctx, file, data, lock)
	r.gaps = append(r.gaps, second...)
	r.project = &b.project
	return r, err
}

// projectBuilder turns a lockfile and the manifests beside it into a project.
type projectBuilder struct {
	root, dir, file string
	graph           *npmGraph
	manifests       map[int]*npmManifest // of the root and the members; nil where it could not be read
	members         []string             // directories of the members, relative to the repository
	project         fettle.Project
	gaps            []fettle.Gap
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
		if told++; told <= maxProblems {
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
	if told > maxProblems {
		b.gap(0, fmt.Sprintf("and %d more links and needs that lead nowhere", told-maxProblems))
	}
}

// manifest reads a package.json; nil, and a gap, where it cannot be read.
func (b *projectBuilder) manifest(file string) *npmManifest {
	m, gaps := readManifest(b.root, file)
	b.gaps = append(b.gaps, gaps...)
	return m
}

// compare tells where a manifest and entry at of the lockfile disagree.
func (b *projectBuilder) compare(m *npmManifest, at int, manifest string) {
	if m == nil {
		return
	}
	if what, line := m.drift(b.graph.lock.entries[at]); what != "" {
		g := gap(b.file, b.graph.lock.entries[at].line, "out of step with package.json: "+what+"; run npm install")
		if line > 0 {
			g.Location = &fettle.Location{Path: manifest, Line: line}
		}
		b.gaps = append(b.gaps, g)
	}
}

func (b *projectBuilder) gap(line int, reason string) {
	b.gaps = append(b.gaps, gap(b.file, line, reason))
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
func readManifest(root, file string) (*npmManifest, []fettle.Gap) {
	data, err := readFile(root, file)
	if err != nil {
		return nil, []fettle.Gap{gap(file, 0, err.Error())}
	}
	m, err := parseNPMManifest(data)
	if err != nil {
		return nil, []fettle.Gap{lockGap(file, err)}
	}
	var gaps []fettle.Gap
	for _, p := range m.problems {
		gaps = append(gaps, gap(file, p.line, p.msg))
	}
	return m, gaps
}

// unlocked returns a gap for each package.json that declares dependencies and has no lockfile to answer for it.
func unlocked(root string, t tree, covered map[string]bool) []fettle.Gap {
	var gaps []fettle.Gap
	for _, file := range t.manifests {
		dir := parentDir(file)
		if covered[dir] {
			continue
		}
		m, problems := readManifest(root, file)
		gaps = append(gaps, problems...)
		if m == nil || len(m.needs) == 0 || t.foreign(dir) {
			continue
		}
		first := m.needs[0]
		reason := "declares dependencies but has no package-lock.json, so their versions are unknown; run npm install --package-lock-only"
		if above := lockAbove(root, dir); above != "" {
			reason = "declares dependencies and is no workspace of a lockfile that was read; if it is one of " + above + ", look at that folder too"
		}
		gaps = append(gaps, gap(file, m.lines[first.section+"\x00"+first.name], reason))
	}
	return gaps
}

// lockAbove returns the nearest lockfile in a folder above dir, or "".
func lockAbove(root, dir string) string {
	for dir != "" {
		dir = parentDir(dir)
		for _, name := range lockNames {
			if file := path.Join(dir, name); isFile(root, file) {
				return file
			}
		}
	}
	return ""
}

func gap(file string, line int, reason string) fettle.Gap {
	g := fettle.Gap{Stage: "discover", Subject: file, Reason: reason}
	if line > 0 {
		g.Location = &fettle.Location{Path: file, Line: line}
	}
	return g
}

func lockGap(file string, err error) fettle.Gap {
	var le *lockError
	if errors.As(err, &le) {
		return gap(file, le.line, le.msg)
	}
	return gap(file, 0, strings.TrimSpace(err.Error()))
}
