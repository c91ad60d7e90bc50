package discover

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// maxFile is the largest lockfile or manifest that is read, in bytes.
const maxFile = 128 << 20

// NPM finds vulnerable packages in package-lock.json and npm-shrinkwrap.json, versions 1 to 3, workspaces included.
type NPM struct {
	Database database
}

// Discover reads every npm lockfile below repo.Dir/repo.Path. What cannot be read, and every other ecosystem's manifest,
// is a Gap.
func (n NPM) Discover(ctx context.Context, repo fettle.Repo) (fettle.Discovery, error) {
	var d fettle.Discovery
	tree, err := walk(repo)
	if err != nil {
		return d, err
	}
	d.Gaps = append(d.Gaps, tree.gaps...)
	covered := map[string]bool{} // directories whose package.json a lockfile answers for
	for _, file := range tree.lockfiles {
		if err := ctx.Err(); err != nil {
			return d, err
		}
		project, dirs, gaps := n.project(ctx, repo.Dir, file)
		d.Gaps = append(d.Gaps, gaps...)
		covered[parentDir(file)] = true
		for _, dir := range dirs {
			covered[dir] = true
		}
		if project != nil {
			d.Inventory.Projects = append(d.Inventory.Projects, *project)
		}
	}
	d.Gaps = append(d.Gaps, unlocked(repo.Dir, tree.manifests, covered)...)
	for _, project := range d.Inventory.Projects {
		findings, gaps, err := match(n.Database, project)
		if err != nil {
			return d, err
		}
		d.Findings = append(d.Findings, findings...)
		d.Gaps = append(d.Gaps, gaps...)
	}
	return d, nil
}

// project reads one lockfile. dirs are the workspace members that it covers; project is nil where it cannot be read.
func (n NPM) project(ctx context.Context, root, file string) (project *fettle.Project, dirs []string, gaps []fettle.Gap) {
	data, err := readFile(root, file)
	if err != nil {
		return nil, nil, []fettle.Gap{gap(file, 0, err.Error())}
	}
	lock, err := parseNPMLock(data)
	if err != nil {
		return nil, nil, []fettle.Gap{lockGap(file, err)}
	}
	dir := parentDir(file)
	manifestPath := strings.TrimPrefix(dir+"/package.json", "/")
	manifest, manifestGap := readManifest(root, manifestPath)
	if manifestGap != nil {
		gaps = append(gaps, *manifestGap)
	}
	g := newNPMGraph(lock, manifest.needs)
	for _, i := range g.roots {
		if key := lock.entries[i].key; key != "" {
			dirs = append(dirs, path.Join(dir, key))
		}
	}
	if rootAt, ok := lock.byKey[""]; ok && manifestGap == nil {
		if what := manifest.drift(lock.entries[rootAt]); what != "" {
			gaps = append(gaps, gap(file, 0, "out of step with package.json: "+what+"; run npm install"))
		}
	}
	for _, need := range g.missing {
		gaps = append(gaps, gap(file, 0, fmt.Sprintf("%s %s is declared but not locked; run npm install", need.name, need.spec)))
	}
	p := buildProject(root, dir, file, g, manifest)
	p.Manifest = manifestPath
	gaps = append(gaps, secondOpinion(ctx, root, file, data, lock)...)
	return &p, dirs, gaps
}

func buildProject(root, dir, file string, g *npmGraph, manifest *npmManifest) fettle.Project {
	p := fettle.Project{Dir: dir, Lockfile: file}
	scopes, depths := g.reach()
	members := map[int]*npmManifest{}
	for i, e := range g.lock.entries {
		if g.isRoot[i] || e.link != "" {
			continue
		}
		node := fettle.Node{
			Package:  fettle.Package{Ecosystem: "npm", Name: e.name, Version: e.version},
			Key:      e.key,
			Scope:    scopes[i],
			Depth:    depths[i],
			Location: fettle.Location{Path: file, Line: e.line, EndLine: e.endLine},
		}
		if node.Scope == "" { // nothing needs it: npm's own flags are all there is
			node.Scope = flagScope(e)
		}
		for _, holder := range g.holders[i] {
			h := g.lock.entries[holder.at]
			node.Holders = append(node.Holders, fettle.Edge{Holder: h.key, Range: holder.spec, Scope: holder.scope})
			if !g.isRoot[holder.at] {
				continue
			}
			node.Direct = true
			declared, at := manifest, "package.json"
			if h.key != "" {
				if members[holder.at] == nil {
					members[holder.at], _ = readManifest(root, path.Join(dir, h.key, "package.json"))
				}
				declared, at = members[holder.at], h.key+"/package.json"
			}
			alias := nameOfKey(e.key)
			if line := declared.line(alias); line > 0 && node.Manifest == nil {
				node.Manifest = &fettle.Location{Path: path.Join(dir, at), Line: line}
			}
		}
		p.Nodes = append(p.Nodes, node)
	}
	return p
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

// readManifest returns an empty manifest and a gap where file cannot be read.
func readManifest(root, file string) (*npmManifest, *fettle.Gap) {
	data, err := readFile(root, file)
	if err != nil {
		g := gap(file, 0, err.Error())
		return &npmManifest{}, &g
	}
	m, err := parseNPMManifest(data)
	if err != nil {
		g := lockGap(file, err)
		return &npmManifest{}, &g
	}
	return m, nil
}

// unlocked returns a gap for each package.json that declares dependencies and has no lockfile to answer for it.
func unlocked(root string, manifests []string, covered map[string]bool) []fettle.Gap {
	var gaps []fettle.Gap
	for _, file := range manifests {
		if covered[parentDir(file)] {
			continue
		}
		m, g := readManifest(root, file)
		if g != nil {
			gaps = append(gaps, *g)
		} else if len(m.needs) > 0 {
			gaps = append(gaps, gap(file, m.line(m.needs[0].name),
				"declares dependencies but has no package-lock.json, so their versions are unknown; run npm install --package-lock-only"))
		}
	}
	return gaps
}

// readFile reads a regular file of the repository, never through a symbolic link that leads out of it.
func readFile(root, file string) ([]byte, error) {
	dir, err := os.OpenRoot(root)
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	f, err := dir.Open(filepath.FromSlash(file))
	if err != nil {
		var pe *fs.PathError
		if errors.As(err, &pe) {
			err = pe.Err
		}
		return nil, fmt.Errorf("cannot be read: %w", err)
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil, errors.New("cannot be read: not a regular file")
	}
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("cannot be read: %w", err)
	}
	if len(data) > maxFile {
		return nil, fmt.Errorf("larger than %d MiB, not read", maxFile>>20)
	}
	return data, nil
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
	return gap(file, 0, err.Error())
}

// tree is what a walk met.
type tree struct {
	lockfiles []string
	manifests []string
	gaps      []fettle.Gap
}

// walk lists the npm files below repo.Path in lexical order, leaving out folders that hold others' code. An npm-shrinkwrap
// beside a package-lock wins, as npm has it.
func walk(repo fettle.Repo) (tree, error) {
	var t tree
	other := map[string][]string{} // files of ecosystems not read yet
	start := filepath.Join(repo.Dir, filepath.FromSlash(repo.Path))
	err := filepath.WalkDir(start, func(p string, e fs.DirEntry, err error) error {
		rel, relErr := filepath.Rel(repo.Dir, p)
		if relErr != nil {
			return relErr
		}
		rel = filepath.ToSlash(rel)
		if err != nil {
			if p == start {
				return fmt.Errorf("read %s: %w", p, err)
			}
			t.gaps = append(t.gaps, gap(rel, 0, "cannot be read: "+err.Error()))
			return nil
		}
		switch name := e.Name(); {
		case e.IsDir():
			if p != start && slices.Contains(skippedDirs, name) {
				return fs.SkipDir
			}
		case name == "package-lock.json" || name == "npm-shrinkwrap.json":
			t.lockfiles = append(t.lockfiles, rel)
		case name == "package.json":
			t.manifests = append(t.manifests, rel)
		case unread[name] != "":
			other[unread[name]] = append(other[unread[name]], rel)
		}
		return nil
	})
	t.lockfiles = slices.DeleteFunc(t.lockfiles, func(file string) bool {
		return path.Base(file) == "package-lock.json" &&
			slices.Contains(t.lockfiles, strings.TrimPrefix(parentDir(file)+"/npm-shrinkwrap.json", "/"))
	})
	for _, kind := range sortedKeys(other) {
		reason := kind + " is not read by this version, so its packages were not checked"
		if n := len(other[kind]) - 1; n > 0 {
			reason += fmt.Sprintf(" (and %d more such files)", n)
		}
		t.gaps = append(t.gaps, gap(other[kind][0], 0, reason))
	}
	return t, err
}

// skippedDirs hold installed or foreign code, or version control.
var skippedDirs = []string{".git", ".hg", ".svn", "node_modules", "bower_components", "jspm_packages", ".fettle"}

// unread names the ecosystem of files that hold dependencies and are not read yet.
var unread = map[string]string{
	"yarn.lock": "yarn", "pnpm-lock.yaml": "pnpm", "bun.lock": "bun", "bun.lockb": "bun", "pom.xml": "Maven",
	"build.gradle": "Gradle", "build.gradle.kts": "Gradle", "gradle.lockfile": "Gradle", "requirements.txt": "pip",
	"poetry.lock": "Poetry", "uv.lock": "uv", "pdm.lock": "PDM", "Pipfile.lock": "Pipenv", "pyproject.toml": "Python",
	"go.mod": "Go", "packages.lock.json": "NuGet", "Cargo.lock": "Cargo", "Gemfile.lock": "Bundler", "composer.lock": "Composer",
}
