package node

import (
	"fmt"
	"path"
	"path/filepath"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// maxMembers is how many workspace members one lockfile may have.
const maxMembers = 20_000

// assembly gathers what a lockfile of pnpm, Yarn or Bun says and turns it into a project.
type assembly struct {
	files   *project.Files
	all     *manifests
	run     string // the command that writes the lockfile anew
	project fettle.Project
	entries []entry
	index   map[string]int // of entries, by key
	members []member       // the first is the root
	byDir   map[string]int // of members
	gaps    []fettle.Gap
	told    map[string]int // gaps of each kind that may be many
	claims  map[string]bool
	isBerry bool // Yarn 2 or later
}

// entry is one package of a lockfile, or a folder of the tree that it holds as one.
type entry struct {
	key, name, version string
	why                string // where version is empty
	isFolder           bool
	dir                string // of a folder, relative to the lockfile's
	isOut              bool   // not installed
	line, endLine      int
	needs              []need
}

// need is one dependency that is locked.
type need struct {
	key   string // of the entry that meets it
	name  string // under which it is declared
	spec  string
	scope fettle.Scope
}

// member is the root project or a member of its workspace.
type member struct {
	dir      string // relative to the lockfile's; "" is the root
	manifest *npmManifest
	needs    []need
}

func newAssembly(files *project.Files, all *manifests, manager, file, run string) *assembly {
	dir := project.Parent(file)
	return &assembly{files: files, all: all, run: run, index: map[string]int{}, byDir: map[string]int{}, told: map[string]int{}, claims: map[string]bool{},
		project: fettle.Project{Manager: manager, Dir: dir, Lockfile: file, Manifest: path.Join(dir, "package.json")}}
}

// failed is the answer where the lockfile cannot be read: its gap speaks for the members that are known.
func (a *assembly) failed(gap fettle.Gap) locked {
	l := locked{dirs: []string{a.project.Dir}, gaps: append(a.gaps, gap)}
	for _, m := range a.members {
		l.dirs = append(l.dirs, path.Join(a.project.Dir, m.dir))
	}
	return l
}

func (a *assembly) gap(line int, format string, args ...any) {
	a.gaps = append(a.gaps, project.Gap(a.project.Lockfile, line, fmt.Sprintf(format, args...)))
}

// tell is gap for a kind of which a hostile file can hold very many.
func (a *assembly) tell(kind string, line int, format string, args ...any) {
	if a.told[kind]++; a.told[kind] <= project.MaxFaults {
		a.gap(line, format, args...)
	}
}

func (a *assembly) faults(faults []project.Fault) {
	for _, f := range faults {
		a.gap(f.Line, "%s", f.Msg)
	}
}

// add takes an entry; one whose key is there already is a problem.
func (a *assembly) add(e entry) {
	if _, twice := a.index[e.key]; twice {
		a.tell("entries that stand twice", e.line, "%.200q stands twice; the first counts, and this one was not checked", e.key)
		return
	}
	switch {
	case len(e.key) > maxKey:
		a.tell("keys that are too long", e.line, "entry %.100q has a key of %d bytes, so it was not checked", e.key, len(e.key))
		return
	case !e.isFolder && !validName(e.name):
		a.tell("names that no package can have", e.line, "entry %.100q: %.100q is no name of a package, so no advisory was compared with it", e.key, e.name)
	}
	a.index[e.key] = len(a.entries)
	a.entries = append(a.entries, e)
}

// source tells of an entry whose content is not the release of a registry that its name and version say.
func (a *assembly) source(e entry, address string) {
	if name, version, ok := tarball(address); ok && e.version != "" && (name != e.name || version != e.version) {
		a.tell("entries that download something else", e.line, "entry %.100q says it is %.100s@%.50s and downloads %.100s@%.50s; only the former was checked", e.key, e.name, e.version, name, version)
	}
}

// foreign tells of an entry that comes from a commit, an address or a file.
func (a *assembly) foreign(e entry, from string) {
	if e.version != "" {
		a.tell("packages from elsewhere", e.line, "%.100s comes from %.200s and not from a registry; advisories were compared with the version %.50s that it says it has", e.name, from, e.version)
	}
}

// missing tells of a need that the lockfile leaves open.
func (a *assembly) missing(file string, line int, holder, name, spec string) {
	what := fmt.Sprintf("%.100s %.100s is needed by %.100s and not in the lockfile, so it was not checked; run %s", name, spec, holder, a.run)
	if holder == "" {
		what = fmt.Sprintf("%.100s %.100s is declared but not in the lockfile, so it was not checked; run %s", name, spec, a.run)
	}
	if a.told["needs that lead nowhere"]++; a.told["needs that lead nowhere"] <= project.MaxFaults {
		a.gaps = append(a.gaps, project.Gap(file, line, what))
	}
}

// own tells, once for each folder, that a package asks for what is a part of the repository itself: its name is that of a
// package of the registry, so advisories may speak of the code in it, if it is a copy.
func (a *assembly) own(line int, holder, name, spec, dir string) {
	if at := path.Join(a.project.Dir, dir); !a.claims[at] {
		a.claims[at] = true
		a.gaps = append(a.gaps, project.Gap(a.project.Lockfile, line, ownReason(holder, name, spec, at)))
	}
}

func ownReason(holder, name, spec, dir string) string {
	return fmt.Sprintf("%.100s asks for %.100s %.100s and gets the folder %.200q of this repository, which was not compared with the advisories on the package of that name", holder, name, spec, dir)
}

// join makes the folder dir, relative to the lockfile's, a member and reads its manifest.
func (a *assembly) join(dir string, line int) *member {
	dir = plainDir(dir)
	if i, ok := a.byDir[dir]; ok {
		return &a.members[i]
	}
	if len(a.members) == maxMembers {
		a.tell("members", line, "more than %d workspace members; the others were not compared with their manifests", maxMembers)
	}
	m := member{dir: dir}
	at := path.Join(a.project.Dir, dir)
	switch {
	case len(a.members) >= maxMembers:
	case at != "" && !filepath.IsLocal(filepath.FromSlash(at)):
		a.tell("folders outside", line, "%.200q lies outside of the repository, so its manifest was not compared with the lockfile", dir)
	default:
		var gaps []fettle.Gap
		m.manifest, gaps = a.manifest(path.Join(at, "package.json"))
		if a.told["manifests that cannot be read"] += len(gaps); a.told["manifests that cannot be read"] <= project.MaxFaults {
			a.gaps = append(a.gaps, gaps...)
		}
	}
	a.byDir[dir] = len(a.members)
	a.members = append(a.members, m)
	return &a.members[len(a.members)-1]
}

// manifest is readManifest within the bounds of the tree: links can make many members of one large file.
func (a *assembly) manifest(file string) (*npmManifest, []fettle.Gap) {
	if a.all.bytes < 0 {
		return nil, []fettle.Gap{project.Gap(file, 0, fmt.Sprintf("was not read: the manifests of this tree are larger than %d MiB together", maxManifests>>20))}
	}
	data, err := a.files.Read(file)
	if err != nil {
		return nil, []fettle.Gap{project.Gap(file, 0, err.Error())}
	}
	a.all.bytes -= len(data)
	return manifestOf(file, data)
}

// plainDir is dir with "" for the lockfile's own folder.
func plainDir(dir string) string {
	if dir = path.Clean(dir); dir == "." {
		return ""
	}
	return dir
}

// inRepo is a folder, relative to the lockfile's, as one of the repository.
func (a *assembly) inRepo(dir string) string { return plainDir(path.Join(a.project.Dir, dir)) }

// manifestFile is the path of a member's manifest in the repository.
func (a *assembly) manifestFile(m *member) string {
	return path.Join(a.project.Dir, m.dir, "package.json")
}
