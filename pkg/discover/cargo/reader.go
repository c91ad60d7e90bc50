package cargo

import (
	"context"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/fettle-dev/fettle/pkg/discover/project"
)

// Reader reads Cargo.lock files, and the Cargo.toml files that say what is needed directly and what for.
//
// Cargo.lock does not tell the build dependencies of a package from its others, so only what the project itself needs for
// builds and tests alone is Development.
type Reader struct{}

// Claims reports whether file is a Cargo.lock or Cargo.toml.
func (Reader) Claims(file string) bool {
	name := path.Base(file)
	return name == "Cargo.lock" || name == "Cargo.toml"
}

// Helps reports that nothing else is read.
func (Reader) Helps(string) bool { return false }

// Read makes one project of each Cargo.lock, and of each package or workspace that none answers for.
func (Reader) Read(ctx context.Context, files *project.Files, claimed []string) (project.Reading, error) {
	t := &tree{manifests: map[string]*manifest{}, broken: map[string]bool{}, covered: map[string]bool{}, naming: map[string][]string{}}
	for _, file := range claimed {
		if err := ctx.Err(); err != nil {
			return t.reading, err
		}
		if path.Base(file) == "Cargo.toml" {
			t.readManifest(files, file)
		}
	}
	t.dirs = slices.Sorted(maps.Keys(t.manifests))
	for _, dir := range t.dirs {
		if m := t.manifests[dir]; m.above != "" {
			if above, ok := inTree(dir, m.above); ok {
				t.naming[above] = append(t.naming[above], dir)
			}
		}
	}
	for _, file := range claimed {
		if err := ctx.Err(); err != nil {
			return t.reading, err
		}
		if path.Base(file) == "Cargo.lock" {
			t.readLock(files, file)
		}
	}
	for _, spaces := range []bool{true, false} { // a workspace first: it answers for its members
		for _, file := range claimed {
			m := t.manifests[project.Parent(file)]
			if path.Base(file) == "Cargo.toml" && m != nil && !t.covered[m.dir] && (m.workspace != nil) == spaces {
				t.unlocked(m)
			}
		}
	}
	for _, file := range claimed {
		if m := t.manifests[project.Parent(file)]; path.Base(file) == "Cargo.toml" && m != nil {
			for _, f := range m.faults {
				t.reading.Gaps = append(t.reading.Gaps, project.Gap(file, f.Line, f.Msg))
			}
		}
	}
	return t.reading, nil
}

// tree is all manifests, by folder.
type tree struct {
	manifests map[string]*manifest
	dirs      []string            // of manifests, sorted
	naming    map[string][]string // folders of manifests that name their workspace, by its folder
	broken    map[string]bool     // folders whose manifest cannot be read
	covered   map[string]bool     // folders of manifests that a project answers for
	reading   project.Reading
}

func (t *tree) readManifest(files *project.Files, file string) {
	data, err := files.Read(file)
	if err != nil {
		t.reading.Gaps = append(t.reading.Gaps, project.Gap(file, 0, err.Error()))
		t.broken[project.Parent(file)] = true
		return
	}
	m, err := parseManifest(file, data)
	if err != nil {
		t.reading.Gaps = append(t.reading.Gaps, project.FaultGap(file, err))
		t.broken[project.Parent(file)] = true
		return
	}
	t.manifests[m.dir] = m
}

func (t *tree) readLock(files *project.Files, file string) {
	data, err := files.Read(file)
	if err != nil {
		t.reading.Gaps = append(t.reading.Gaps, project.Gap(file, 0, err.Error()))
		return
	}
	l, err := parseLock(data)
	if err != nil {
		t.reading.Gaps = append(t.reading.Gaps, project.FaultGap(file, err))
		return
	}
	dir := project.Parent(file)
	b := &builder{file: file, dir: dir, lock: l}
	if root := t.manifests[dir]; root != nil {
		b.own = t.own(root)
	} else if !t.broken[dir] {
		b.gaps = append(b.gaps, project.Gap(file, 0, "has no Cargo.toml beside it, so which packages are needed directly, and what for, is unknown"))
	}
	p := b.build()
	t.reading.Projects = append(t.reading.Projects, p)
	t.reading.Gaps = append(t.reading.Gaps, b.gaps...)
}

// part is a manifest of the project itself.
type part struct {
	*manifest
	key      string // its folder, relative to that of the lockfile
	isMember bool   // and no mere path dependency, whose dev-dependencies are not locked
}

// own returns root, the members of its workspace and the packages that they need by path, and marks them as answered for.
func (t *tree) own(root *manifest) []part {
	var parts []part
	seen := map[string]bool{}
	add := func(m *manifest, isMember bool) {
		if seen[m.dir] {
			return
		}
		seen[m.dir], t.covered[m.dir] = true, true
		if !m.settled {
			m.settled = true
			m.inherit(root)
		}
		parts = append(parts, part{m, relative(root.dir, m.dir), isMember})
	}
	add(root, true)
	if root.workspace != nil {
		for _, dir := range t.below(root.dir) {
			if rel, ok := below(root.dir, dir); ok && root.workspace.has(rel) {
				add(t.manifests[dir], true)
			}
		}
		for _, dir := range t.beside(root) {
			add(t.manifests[dir], true)
		}
	}
	for i := 0; i < len(parts); i++ {
		for _, d := range parts[i].deps {
			if d.path == "" {
				continue
			}
			dir, ok := inTree(d.base, d.path)
			if !ok || t.manifests[dir] == nil {
				continue
			}
			rel, inside := below(root.dir, dir)
			add(t.manifests[dir], root.workspace != nil && inside && !root.workspace.excludes(rel))
		}
	}
	return parts
}

// below returns the folders of manifests below root, sorted.
func (t *tree) below(root string) []string {
	if root == "" {
		return t.dirs
	}
	from, _ := slices.BinarySearch(t.dirs, root+"/")
	to := from
	for to < len(t.dirs) && strings.HasPrefix(t.dirs[to], root+"/") {
		to++
	}
	return t.dirs[from:to]
}

// maxBeside bounds the globs that lead out of the folder of a workspace. Members beyond it have no lockfile, which is told.
const maxBeside = 20

// beside returns the folders of members that do not lie below their workspace: it lists them, or they name it.
func (t *tree) beside(root *manifest) []string {
	dirs := t.naming[root.dir]
	n := 0
	for _, glob := range root.workspace.members {
		if glob = path.Clean(glob); !strings.HasPrefix(glob, "../") {
			continue
		}
		if n++; n > maxBeside {
			break
		}
		for _, dir := range t.dirs {
			if in, err := doublestar.Match(path.Join(root.dir, glob), dir); err == nil && in {
				dirs = append(dirs, dir)
			}
		}
	}
	return dirs
}

// has reports whether the folder dir, relative to the workspace, is listed as a member.
func (w *workspace) has(dir string) bool {
	if w.excludes(dir) {
		return false
	}
	return slices.ContainsFunc(w.members, func(glob string) bool {
		in, err := doublestar.Match(path.Clean(glob), dir)
		return err == nil && in
	})
}

func (w *workspace) excludes(dir string) bool {
	listed := slices.ContainsFunc(w.members, func(member string) bool { return path.Clean(member) == dir })
	return !listed && slices.ContainsFunc(w.exclude, func(ex string) bool {
		ex = path.Clean(ex)
		return dir == ex || strings.HasPrefix(dir, ex+"/")
	})
}

// below returns dir relative to root where it is root or lies below it.
func below(root, dir string) (string, bool) {
	switch {
	case dir == root:
		return ".", true
	case root == "":
		return dir, true
	}
	return strings.CutPrefix(dir, root+"/")
}

// relative returns the key of a folder: "" for that of the project, and one that begins with / for one outside of it.
func relative(root, dir string) string {
	if dir == root {
		return ""
	}
	if rel, ok := below(root, dir); ok {
		return rel
	}
	return "/" + dir
}

// inTree resolves a folder that a manifest in base names; false where it leads out of the tree.
func inTree(base, to string) (string, bool) {
	to = strings.ReplaceAll(to, "\\", "/")
	if path.IsAbs(to) || len(to) > 1 && to[1] == ':' {
		return "", false
	}
	switch to = path.Join(base, to); {
	case to == "..", strings.HasPrefix(to, "../"):
		return "", false
	case to == ".":
		to = ""
	}
	return to, true
}
