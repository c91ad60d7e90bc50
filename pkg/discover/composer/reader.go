package composer

import (
	"context"
	"path"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// Reader reads composer.lock and the composer.json beside it; where there is no lockfile, what is installed in vendor.
type Reader struct{}

// installed is where Composer notes what it put into vendor.
const installed = "vendor/composer/installed.json"

// Claims reports whether file is a lockfile or a manifest of Composer.
func (Reader) Claims(file string) bool {
	name := path.Base(file)
	return name == "composer.lock" || name == "composer.json"
}

// Helps reports whether file says what is installed.
func (Reader) Helps(file string) bool { return strings.HasSuffix("/"+file, "/"+installed) }

// Read reads each lockfile, and each manifest that has none.
func (Reader) Read(ctx context.Context, files *project.Files, claimed []string) (project.Reading, error) {
	var out project.Reading
	local := map[string]bool{} // manifests of packages that a project takes from the tree, which its lockfile answers for
	for _, file := range claimed {
		if err := ctx.Err(); err != nil {
			return out, err
		}
		if path.Base(file) == "composer.lock" {
			readLock(files, file, &out, local)
		}
	}
	for _, file := range claimed {
		if err := ctx.Err(); err != nil {
			return out, err
		}
		dir := project.Parent(file)
		if path.Base(file) == "composer.json" && !files.Is(path.Join(dir, "composer.lock")) {
			readUnlocked(files, file, local[file], &out)
		}
	}
	return out, nil
}

// readLock makes a project of a lockfile and of the manifest beside it.
func readLock(files *project.Files, file string, out *project.Reading, local map[string]bool) {
	t := project.NewTeller(file)
	dir := project.Parent(file)
	l, err := parseLock(files, file, t)
	if err != nil {
		t.Fault(file, err)
		out.Gaps = append(out.Gaps, t.All()...)
		return
	}
	manifest := path.Join(dir, "composer.json")
	m, err := parseManifest(files, manifest, t)
	switch {
	case err != nil && !files.Is(manifest):
		t.Tell(file, 0, "has no composer.json beside it, so what the project itself needs is unknown, and the paths of its packages too")
	case err != nil:
		t.Fault(manifest, err)
	default:
		m.drift(l, t)
	}
	b := &builder{dir: dir, file: file, manifest: manifest, t: t, lock: l, own: m}
	out.Projects = append(out.Projects, b.build(fettle.Project{Manager: "composer", Dir: dir, Lockfile: file, Manifest: manifest}))
	for _, p := range l.packages {
		if at, ok := p.folder(dir); ok {
			local[path.Join(at, "composer.json")] = true
		}
	}
	out.Gaps = append(out.Gaps, t.All()...)
}

// readUnlocked reads what is installed for a manifest without a lockfile, or else what it declares by exact version.
func readUnlocked(files *project.Files, file string, answered bool, out *project.Reading) {
	dir := project.Parent(file)
	t := project.NewTeller(file)
	m, err := parseManifest(files, file, t)
	if err != nil {
		t.Fault(file, err)
	} else if have := path.Join(dir, installed); files.Is(have) {
		t.Tell(file, m.line(), "has no composer.lock, so what is installed in vendor was checked; run composer update --lock to lock it")
		l, err := parseInstalled(files, have, t)
		if err != nil {
			t.Fault(have, err)
		} else {
			b := &builder{dir: dir, file: have, manifest: file, t: t, lock: l, own: m}
			out.Projects = append(out.Projects, b.build(fettle.Project{Manager: "composer", Dir: dir, Lockfile: have, Manifest: file}))
		}
	} else if !answered && len(m.needs) > 0 {
		if p := m.pinned(file, dir, t); len(p.Nodes) > 0 {
			out.Projects = append(out.Projects, p)
		}
	}
	out.Gaps = append(out.Gaps, t.All()...)
}
