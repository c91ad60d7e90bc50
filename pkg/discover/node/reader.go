package node

import (
	"context"
	"path"
	"slices"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// Reader reads the lockfiles of JavaScript's package managers and the package.json files beside them.
type Reader struct{}

// locked is what one lockfile gave.
type locked struct {
	projects []fettle.Project // none where it cannot be read
	dirs     []string         // of the manifests that it answers for
	gaps     []fettle.Gap
}

// managers reads each kind of lockfile, by its name.
var managers = map[string]func(ctx context.Context, files *project.Files, file string) (locked, error){
	"npm-shrinkwrap.json": readNPM,
	"package-lock.json":   readNPM,
}

// Claims reports whether file is a lockfile or a package.json.
func (Reader) Claims(file string) bool {
	name := path.Base(file)
	return name == "package.json" || managers[name] != nil
}

// Helps reports whether file may be read on behalf of a claimed one.
func (Reader) Helps(string) bool { return false }

// Read reads every lockfile. A package.json that declares dependencies and that no lockfile answers for is a Gap.
func (Reader) Read(ctx context.Context, files *project.Files, claimed []string) (project.Reading, error) {
	var r project.Reading
	covered := map[string]bool{} // folders whose package.json a lockfile answers for
	var manifests []string
	for _, file := range claimed {
		if err := ctx.Err(); err != nil {
			return r, err
		}
		read := managers[path.Base(file)]
		switch {
		case read == nil:
			manifests = append(manifests, file)
			continue
		case path.Base(file) == "package-lock.json" && slices.Contains(claimed, path.Join(project.Parent(file), "npm-shrinkwrap.json")):
			continue // the shrinkwrap wins, as npm has it
		}
		l, err := read(ctx, files, file)
		if err != nil {
			return r, err
		}
		r.Gaps = append(r.Gaps, l.gaps...)
		r.Projects = append(r.Projects, l.projects...)
		for _, dir := range l.dirs {
			covered[dir] = true
		}
	}
	for _, file := range manifests {
		if !covered[project.Parent(file)] {
			r.Gaps = append(r.Gaps, unlocked(files, file)...)
		}
	}
	return r, nil
}

// unlocked returns a gap for a package.json that declares dependencies and has no lockfile to answer for it.
func unlocked(files *project.Files, file string) []fettle.Gap {
	m, gaps := readManifest(files, file)
	if m == nil || len(m.needs) == 0 || files.Above(project.Parent(file), unreadLocks...) != "" {
		return gaps
	}
	first := m.needs[0]
	reason := "declares dependencies but has no package-lock.json, so their versions are unknown; run npm install --package-lock-only"
	if above := files.Above(project.Parent(file), lockNames...); above != "" {
		reason = "declares dependencies and is no workspace of a lockfile that was read; if it is one of " + above + ", look at that folder too"
	}
	return append(gaps, project.Gap(file, m.lines[first.section+"\x00"+first.name], reason))
}

// unreadLocks are those of managers that are not read yet, which is a gap of its own.
var unreadLocks = []string{"yarn.lock", "pnpm-lock.yaml", "bun.lock", "bun.lockb"}

// lockNames are the names of all lockfiles, the one that counts first.
var lockNames = []string{"npm-shrinkwrap.json", "package-lock.json"}
