package python

import (
	"context"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// Reader reads lockfiles, requirements files and manifests of Python. It runs nothing, and fetches nothing.
type Reader struct {
	Settings project.Settings // for the metadata of installed packages, where a format has no edges
}

// kind is what a file is, by its name.
type kind int

const (
	noKind kind = iota
	requirementsFile
	constraintsFile
	sourceFile // what pip-compile and uv compile
	lockFile
	pyprojectFile
	pipfileFile
	setupCfgFile
	setupPyFile
)

// kindOf says what a file is, by its name.
func kindOf(file string) kind {
	base := strings.ToLower(path.Base(file))
	switch path.Base(file) {
	case "pyproject.toml":
		return pyprojectFile
	case "Pipfile":
		return pipfileFile
	case "setup.cfg":
		return setupCfgFile
	case "setup.py":
		return setupPyFile
	}
	inFolder := path.Base(project.Parent(file)) == "requirements"
	switch ext := path.Ext(base); {
	case lockReader(path.Base(file)) != nil:
		return lockFile
	case ext == ".txt" && (strings.HasPrefix(base, "constraints") || strings.HasSuffix(base, "constraints.txt")):
		return constraintsFile
	case ext == ".txt" && (inFolder || strings.Contains(base, "requirements")):
		return requirementsFile
	case ext == ".in" && (inFolder || strings.Contains(base, "requirements")):
		return sourceFile
	}
	return noKind
}

// Claims reports whether file is a lockfile, a requirements file or a manifest.
func (Reader) Claims(file string) bool { return kindOf(file) != noKind }

// Helps reports whether file may be one that a requirements file includes.
func (Reader) Helps(file string) bool {
	ext := path.Ext(file)
	return ext == ".txt" || ext == ".in" || ext == ".pip"
}

// reading is one Read under way.
type reading struct {
	ctx      context.Context
	files    *project.Files
	settings project.Settings
	claimed  []string
	covered  map[string]bool // manifests that a lockfile answers for
	parsed   map[string]*manifest
	site     *site
	projects []fettle.Project
	gaps     []fettle.Gap
}

// Read reads the lockfiles and requirements files, then the manifests that none of them answers for.
func (r Reader) Read(ctx context.Context, files *project.Files, claimed []string) (project.Reading, error) {
	rd := &reading{ctx: ctx, files: files, settings: r.Settings, claimed: claimed, covered: map[string]bool{}, parsed: map[string]*manifest{}}
	defer func() {
		if rd.site != nil {
			rd.site.close()
		}
	}()
	var requirements []string
	for _, file := range claimed {
		if err := ctx.Err(); err != nil {
			return project.Reading{}, err
		}
		switch kindOf(file) {
		case lockFile:
			lockReader(path.Base(file))(rd, file)
		case requirementsFile, constraintsFile, sourceFile:
			requirements = append(requirements, file)
		}
	}
	rd.requirements(append(requirements, rd.inherited()...))
	for _, file := range claimed {
		if err := ctx.Err(); err != nil {
			return project.Reading{}, err
		}
		if !rd.covered[file] {
			rd.unlocked(file)
		}
	}
	for _, file := range slices.Sorted(maps.Keys(rd.parsed)) {
		if m := rd.parsed[file]; m != nil {
			rd.gaps = append(rd.gaps, m.gaps...)
		}
	}
	return project.Reading{Projects: rd.projects, Gaps: rd.gaps}, ctx.Err()
}

// finish adds the project of a lock.
func (r *reading) finish(l *lock) {
	p, gaps := l.project()
	r.projects = append(r.projects, p)
	r.gaps = append(r.gaps, gaps...)
}

// lockReader returns what reads a lockfile of this name, nil if it is none.
func lockReader(base string) func(*reading, string) {
	switch base {
	case "poetry.lock":
		return (*reading).poetryLock
	case "uv.lock":
		return (*reading).uvLock
	case "pdm.lock":
		return (*reading).pdmLock
	case "Pipfile.lock":
		return (*reading).pipfileLock
	case "pylock.toml":
		return (*reading).pylock
	}
	if name, ok := strings.CutPrefix(base, "pylock."); ok && strings.Count(name, ".") == 1 && strings.HasSuffix(name, ".toml") {
		return (*reading).pylock
	}
	return nil
}

// pyproject returns the manifest file, read once; nil where it is not there or cannot be read.
func (r *reading) pyproject(file string) *manifest {
	if m, ok := r.parsed[file]; ok {
		return m
	}
	r.parsed[file] = nil
	if !r.files.Is(file) {
		return nil
	}
	var m *manifest
	var gaps []fettle.Gap
	if path.Base(file) == "setup.cfg" {
		m, gaps = readSetupCfg(r.files, file)
	} else if path.Base(file) == "pyproject.toml" {
		m, gaps = readPyproject(r.files, file)
	}
	r.gaps = append(r.gaps, gaps...)
	r.parsed[file] = m
	return m
}
