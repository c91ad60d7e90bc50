package node

import (
	"context"
	"path"
	"slices"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// Reader reads the lockfiles of JavaScript's package managers and the package.json files beside them.
//
// The root, the members of a workspace and linked folders are the project's own code and no packages, whatever their names
// are: advisories speak of releases of a registry, and a private name that somebody else took there would be a false alarm.
// Where a package from outside asks for such a name, and so the folder stands in for a release, that is a Gap.
type Reader struct{}

// locked is what one lockfile gave.
type locked struct {
	projects []fettle.Project // none where it cannot be read
	dirs     []string         // of the manifests that it answers for
	gaps     []fettle.Gap
}

// managers reads each kind of lockfile, by its name.
var managers = map[string]func(ctx context.Context, files *project.Files, file string, all *manifests) (locked, error){
	"npm-shrinkwrap.json": readNPM,
	"package-lock.json":   readNPM,
	"pnpm-lock.yaml":      readPNPM,
	"yarn.lock":           readYarn,
	"bun.lock":            readBun,
	"bun.lockb":           readBunBinary,
}

// Claims reports whether file is a lockfile or a package.json.
func (Reader) Claims(file string) bool {
	name := path.Base(file)
	return name == "package.json" || managers[name] != nil
}

// Helps reports whether file may be read on behalf of a claimed one.
func (Reader) Helps(file string) bool {
	name := path.Base(file)
	return name == "pnpm-workspace.yaml" || name == ".yarnrc.yml"
}

// Read reads every lockfile. A package.json that declares dependencies and that no lockfile answers for is a Gap.
func (Reader) Read(ctx context.Context, files *project.Files, claimed []string) (project.Reading, error) {
	var r project.Reading
	covered := map[string]bool{} // folders whose package.json a lockfile answers for
	locks := map[string]bool{}   // that were read
	var others []string
	all := newManifests(claimed)
	for _, file := range claimed {
		if err := ctx.Err(); err != nil {
			return r, err
		}
		read := managers[path.Base(file)]
		switch {
		case read == nil:
			others = append(others, file)
			continue
		case path.Base(file) == "package-lock.json" && slices.Contains(claimed, path.Join(project.Parent(file), "npm-shrinkwrap.json")):
			continue // the shrinkwrap wins, as npm has it
		}
		locks[file] = true
		l, err := read(ctx, files, file, all)
		if err != nil {
			return r, err
		}
		r.Gaps = append(r.Gaps, l.gaps...)
		r.Projects = append(r.Projects, l.projects...)
		for _, dir := range l.dirs {
			covered[dir] = true
		}
	}
	for _, file := range others {
		if !covered[project.Parent(file)] {
			r.Gaps = append(r.Gaps, unlocked(files, file, locks)...)
		}
	}
	return r, nil
}

// unlocked returns a gap for a package.json that declares dependencies and has no lockfile to answer for it.
func unlocked(files *project.Files, file string, locks map[string]bool) []fettle.Gap {
	m, gaps := readManifest(files, file)
	if m == nil || len(m.needs) == 0 {
		return gaps
	}
	var reason string
	switch above := files.Above(project.Parent(file), lockNames...); {
	case above == "":
		want := wantedLock(m.manager)
		reason = "declares dependencies but has no " + want[0] + ", so their versions are unknown; run " + want[1]
	case managerOf(above) == "npm" || !locks[above]:
		reason = "declares dependencies and is no workspace of a lockfile that was read; if it is one of " + above + ", look at that folder too"
	default:
		reason = "declares dependencies and is no workspace of " + above + ", so their versions are unknown; make it one, or give it a lockfile of its own"
	}
	return append(gaps, project.Gap(file, m.lineOf(m.needs[0]), reason))
}

// wantedLock is the lockfile that a manager writes, and the command for it.
func wantedLock(manager string) [2]string {
	switch manager {
	case "pnpm":
		return [2]string{"pnpm-lock.yaml", "pnpm install --lockfile-only"}
	case "yarn":
		return [2]string{"yarn.lock", "yarn install"}
	case "bun":
		return [2]string{"bun.lock", "bun install --lockfile-only"}
	}
	return [2]string{"package-lock.json", "npm install --package-lock-only"}
}

// managerOf is the manager that writes a lockfile.
func managerOf(file string) string {
	switch path.Base(file) {
	case "pnpm-lock.yaml":
		return "pnpm"
	case "yarn.lock":
		return "yarn"
	case "bun.lock", "bun.lockb":
		return "bun"
	}
	return "npm"
}

// lockNames are the names of all lockfiles, the one that counts first.
var lockNames = []string{"npm-shrinkwrap.json", "package-lock.json", "pnpm-lock.yaml", "yarn.lock", "bun.lock", "bun.lockb"}
