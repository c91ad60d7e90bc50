package python

import (
	"path"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/project"
)

// Bounds of the search for installed packages.
const (
	maxSites     = 20_000 // folders that hold installed packages
	maxInstalled = 200_000
	maxMetadata  = 512 << 20 // bytes of all metadata that is read
)

// site is the installed packages that were found, by name. Their metadata says what they need, and is the same wherever
// one version of a package is installed.
type site struct {
	byName map[string][]installed
	seen   map[string]bool // virtual environments of the tree
	count  int
	sites  int
	bytes  int // read so far
	open   []*project.Files
}

// installed is one package and where its metadata is.
type installed struct {
	version string
	files   *project.Files
	file    string
}

// metadata takes the edges of l from the metadata of installed packages: those of a virtual environment in the tree, else
// those of the user. Where they are not there, a gap says why the paths are unknown.
func (r *reading) metadata(l *lock, why string) {
	if r.site == nil {
		r.site = &site{byName: map[string][]installed{}, seen: map[string]bool{}}
		r.site.user(r.settings)
	}
	r.site.tree(r.files, project.Parent(l.file))
	known, all := 0, 0
	for i := range l.entries {
		e := &l.entries[i]
		if e.version == "" || e.local {
			continue
		}
		all++
		if needs, ok := r.site.needs(e.name, e.version); ok {
			known++
			e.needs = needs
		}
	}
	switch {
	case known == 0:
		l.gap(0, "%s", why)
	case known < all:
		l.gap(0, "%d of its %d packages are installed nowhere that was looked at, so what those need, and the paths through them, are unknown", all-known, all)
	}
}

// needs returns what a version of a package needs; false where it is installed nowhere.
func (s *site) needs(name, version string) ([]need, bool) {
	for _, in := range s.byName[name] {
		if in.version != version && compareStrict(in.version, version) != 0 {
			continue
		}
		data, err := in.files.Read(in.file)
		if s.bytes += len(data); err != nil || s.bytes > maxMetadata {
			continue
		}
		return parseMetadata(string(data)), true
	}
	return nil, false
}

// compareStrict is not 0 for what cannot be compared.
func compareStrict(a, b string) int {
	if undecided(a, b) {
		return 1
	}
	return compare(a, b)
}

// parseMetadata returns the requirements that the head of a METADATA file names.
func parseMetadata(text string) []need {
	var needs []need
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		if line == "" || len(needs) == 10_000 {
			break
		}
		value, ok := strings.CutPrefix(line, "Requires-Dist:")
		if !ok {
			continue
		}
		req, err := parseRequirement(value)
		if err != nil {
			continue
		}
		n := need{requirement: req, silent: req.marker != ""}
		extras := asks(req.marker)
		if len(extras) == 0 || holds(req.marker, func(string) bool { return false }) {
			needs = append(needs, n)
		}
		for _, extra := range slices.Compact(extras) {
			n.of = extra
			needs = append(needs, n)
		}
	}
	return needs
}

// tree looks for virtual environments in dir and the folders above it.
func (s *site) tree(files *project.Files, dir string) {
	for ; !s.seen[dir]; dir = project.Parent(dir) {
		s.seen[dir] = true
		for _, name := range []string{".venv", "venv", "env", ".env"} {
			if env := path.Join(dir, name); files.Is(path.Join(env, "pyvenv.cfg")) {
				s.environment(files, env)
			}
		}
		for _, version := range files.List(path.Join(dir, "__pypackages__")) {
			s.packages(files, path.Join(dir, "__pypackages__", version, "lib"))
		}
	}
}

// user looks where the user's package managers keep what they installed.
func (s *site) user(settings project.Settings) {
	each := func(root, below string) {
		if files := s.openDir(root); files != nil {
			for _, name := range files.List(below) {
				s.environment(files, path.Join(below, name))
			}
		}
	}
	if env := settings.Env("VIRTUAL_ENV"); env != "" {
		if files := s.openDir(env); files != nil {
			s.environment(files, "")
		}
	}
	if home := settings.Env("WORKON_HOME"); home != "" {
		each(home, "")
	}
	if settings.Home == "" {
		return
	}
	each(settings.Home, ".local/share/virtualenvs")
	each(settings.Home, ".virtualenvs")
	each(settings.Home, ".cache/pypoetry/virtualenvs")
	if files := s.openDir(settings.Home); files != nil {
		for _, name := range files.List(".cache/uv/archive-v0") {
			s.packages(files, path.Join(".cache/uv/archive-v0", name))
		}
	}
}

func (s *site) openDir(dir string) *project.Files {
	files, err := project.OpenFiles(dir)
	if err != nil {
		return nil
	}
	s.open = append(s.open, files)
	return files
}

// close lets go of the folders that user opened.
func (s *site) close() {
	for _, files := range s.open {
		files.Close()
	}
}

// environment takes what a virtual environment holds.
func (s *site) environment(files *project.Files, env string) {
	s.packages(files, path.Join(env, "Lib/site-packages")) // Windows
	for _, python := range files.List(path.Join(env, "lib")) {
		s.packages(files, path.Join(env, "lib", python, "site-packages"))
	}
}

func (s *site) packages(files *project.Files, dir string) {
	if s.sites++; s.sites > maxSites {
		return
	}
	for _, name := range files.List(dir) {
		base, ok := strings.CutSuffix(name, ".dist-info")
		at := strings.LastIndex(base, "-")
		if !ok || at < 0 || s.count == maxInstalled {
			continue
		}
		s.count++
		key := normalize(base[:at])
		s.byName[key] = append(s.byName[key], installed{base[at+1:], files, path.Join(dir, name, "METADATA")})
	}
}
