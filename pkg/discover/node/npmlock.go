package node

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/project"
)

// Bounds of a lockfile. The largest known have some 20,000 entries.
const (
	maxEntries = 100_000
	maxNeeds   = 2_000_000
	maxKey     = 4096 // bytes of one key, as much as Linux takes for a path
	maxNesting = 200  // of the dependencies of version 1
)

// npmLock is what an npm lockfile says, whatever its version.
type npmLock struct {
	version  int
	entries  []npmEntry      // in the order of the file; the root project is the entry with key ""
	byKey    map[string]int  // index into entries
	legacy   bool            // version 1: no packages section, so the root's needs come from package.json
	problems []project.Fault // what was passed over
	needs    int
}

// npmEntry is one entry of the packages section, or its equivalent of version 1.
type npmEntry struct {
	key     string // node_modules/a/node_modules/b; a workspace member by its directory
	name    string // the package's true name, also where it is installed under an alias
	version string // empty where no registry version names the content
	address string // what version 1 has in place of a version that names no release
	isLink  bool
	link    string // the key that this one points to, for workspace members and folders
	dev     bool
	opt     bool
	peer    bool
	spaces  bool // declares workspaces
	needs   []npmNeed
	line    int // of the key
	endLine int
}

// npmNeed is one dependency that an entry declares.
type npmNeed struct {
	name, spec string
	section    string // dependencies, devDependencies, optionalDependencies, peerDependencies
	optional   bool   // may be missing
}

// parseNPMLock reads package-lock.json or npm-shrinkwrap.json of versions 1 to 3
// (npm documentation, "package-lock.json"). An entry that does not make sense is a problem of the
// lockfile and is passed over; an error is a *project.Fault, and nothing could be read.
func parseNPMLock(data []byte) (*npmLock, error) {
	s, err := project.NewScanner(data)
	if err != nil {
		return nil, err
	}
	if first := s.Next(); first != '{' {
		return nil, project.NewFault(s.Line(), "is "+project.KindOf(first)+"; want an object")
	}
	lock := &npmLock{byKey: map[string]int{}}
	old := &npmLock{byKey: map[string]int{}} // the dependencies section
	var sawPackages, sawDependencies, sawVersion bool
	var fault *project.Fault
	s.Object(func(key string, line int) {
		switch {
		case key == "lockfileVersion":
			sawVersion = true
			from := s.Pos()
			first := s.Next()
			s.Skip()
			text := strings.TrimSpace(string(s.Raw(from, s.Pos())))
			if lock.version, err = strconv.Atoi(text); err != nil || lock.version < 1 || lock.version > 3 {
				fault = project.NewFault(line, fmt.Sprintf("unknown lockfileVersion %.20s (%s); want 1, 2 or 3", text, project.KindOf(first)))
			}
		case key == "packages" && s.Next() != 'n': // null is absent
			sawPackages = true
			lock.entries, lock.byKey = nil, map[string]int{}
			s.Fields("packages", line, func(key string, line int) { lock.addPackage(s, key, line) })
		case key == "dependencies" && s.Next() != 'n':
			sawDependencies = true
			old.entries, old.byKey = nil, map[string]int{}
			old.addDependencies(s, "", line, 0)
		default:
			s.Skip()
		}
	})
	switch {
	case fault != nil:
		return nil, fault
	case !sawVersion && !sawPackages && !sawDependencies:
		return nil, project.NewFault(1, "no lockfileVersion; this is not an npm lockfile")
	case !sawPackages && lock.version > 1:
		return nil, project.NewFault(1, fmt.Sprintf("lockfileVersion is %d but there is no packages section", lock.version))
	case !sawPackages:
		lock.legacy, lock.entries, lock.byKey, lock.needs = true, old.entries, old.byKey, old.needs
	case sawDependencies:
		lock.compare(s, old)
	}
	if len(lock.entries) > maxEntries || lock.needs > maxNeeds {
		return nil, project.NewFault(1, fmt.Sprintf("more than %d packages or %d dependencies between them; not read", maxEntries, maxNeeds))
	}
	lock.problems = s.Faults()
	return lock, nil
}

// compare tells of packages that only the section for npm 6 holds: npm 6 would install what no later version sees.
func (l *npmLock) compare(s *project.Scanner, old *npmLock) {
	type release struct{ name, version string }
	have := map[release]bool{}
	for _, e := range l.entries {
		have[release{e.name, e.version}] = true
	}
	for _, e := range old.entries {
		if e.version != "" && !have[release{e.name, e.version}] {
			s.Note(e.line, "%.200s@%.50s is in the dependencies section, which npm 6 reads, and not in the packages section; it was not checked", e.name, e.version)
		}
	}
}

func (l *npmLock) add(e npmEntry) {
	l.needs += len(e.needs)
	if len(l.entries) > maxEntries || l.needs > maxNeeds {
		return
	}
	if i, ok := l.byKey[e.key]; ok { // a repeated key: the last one counts, as JSON.parse has it
		l.entries[i] = e
		return
	}
	l.byKey[e.key] = len(l.entries)
	l.entries = append(l.entries, e)
}

// addPackage reads one entry of the packages section.
func (l *npmLock) addPackage(s *project.Scanner, key string, line int) {
	what := fmt.Sprintf("entry %.100q", key)
	key, ok := entryKey(s, what, "path", key, line)
	if !ok {
		return
	}
	e := npmEntry{key: key, line: line}
	var resolved string
	var ranges sections
	s.Object(func(field string, line int) {
		switch field {
		case "name":
			e.name = s.Text(what+": name", line)
		case "version":
			e.version = s.Text(what+": version", line)
		case "resolved":
			resolved = plainText(s) // false in some old files
		case "link":
			e.isLink = s.Flag(what+": link", line)
		case "dev":
			e.dev = s.Flag(what+": dev", line)
		case "optional", "devOptional":
			e.opt = s.Flag(what+": "+field, line) || e.opt
		case "peer":
			e.peer = s.Flag(what+": peer", line)
		case "workspaces":
			e.spaces = s.Next() != 'n'
			s.Skip()
		default:
			if !ranges.take(s, what, field, line) {
				s.Skip()
			}
		}
	})
	e.endLine = s.Line()
	e.needs = ranges.needs()
	if e.name == "" {
		e.name = nameOfKey(e.key)
	}
	if e.isLink {
		e.link = plainKey(resolved)
	} else if !e.local() {
		checkNames(s, what, e, resolved)
	}
	l.add(e)
}

// entryKey returns the plain key of the object that comes next. What is no object, or has a key that is too long, is passed
// over with all that is in it, and told of.
func entryKey(s *project.Scanner, what, kind, key string, line int) (string, bool) {
	if first := s.Next(); first != '{' {
		s.Note(line, "%s is %s, so it was not checked; want an object", what, project.KindOf(first))
		s.Skip()
		return "", false
	}
	if len(key) > maxKey {
		s.Note(line, "%s has a key of %d bytes, so it was not checked, nor was what is in it", what, len(key))
		s.Skip()
		return "", false
	}
	plain := plainKey(key)
	if plain != key {
		s.Note(line, "%s is not a plain %s; read as %q", what, kind, plain)
	}
	return plain, true
}

// local reports whether the entry is the root, a workspace member or another folder outside of node_modules.
func (e npmEntry) local() bool { return !strings.Contains("/"+e.key+"/", "/node_modules/") }

// sections are the ranges of one entry or manifest, by section and name.
type sections struct {
	dependencies, dev, optional, peer map[string]string
	mayMiss                           map[string]bool // peers that need not be there
}

// take reads field if it is one of the sections.
func (r *sections) take(s *project.Scanner, what, field string, line int) bool {
	switch field {
	case "dependencies":
		r.dependencies = rangesOf(s, what+": "+field, line, nil)
	case "devDependencies":
		r.dev = rangesOf(s, what+": "+field, line, nil)
	case "optionalDependencies":
		r.optional = rangesOf(s, what+": "+field, line, nil)
	case "peerDependencies":
		r.peer = rangesOf(s, what+": "+field, line, nil)
	case "peerDependenciesMeta":
		r.mayMiss = map[string]bool{}
		s.Fields(what+": "+field, line, func(name string, line int) {
			s.Fields(what+": "+field, line, func(key string, line int) {
				if key == "optional" {
					r.mayMiss[name] = s.Flag(what+": "+field, line)
				} else {
					s.Skip()
				}
			})
		})
	default:
		return false
	}
	return true
}

// rangesOf reads an object of ranges and tells declared, which may be nil, of the line of each.
func rangesOf(s *project.Scanner, what string, line int, declared func(name string, line int)) map[string]string {
	ranges := map[string]string{}
	s.Fields(what, line, func(name string, line int) {
		if len(name) > maxKey {
			s.Note(line, "%s has a name of %d bytes, which was passed over", what, len(name))
			s.Skip()
			return
		}
		ranges[name] = s.Text(fmt.Sprintf("%s: %.100q", what, name), line)
		if declared != nil {
			declared(name, line)
		}
	})
	return ranges
}

func (r *sections) needs() []npmNeed {
	var needs []npmNeed
	for _, name := range slices.Sorted(maps.Keys(r.dependencies)) {
		if _, twice := r.optional[name]; !twice { // npm writes optional ones into both
			needs = append(needs, npmNeed{name, r.dependencies[name], "dependencies", false})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(r.optional)) {
		needs = append(needs, npmNeed{name, r.optional[name], "optionalDependencies", true})
	}
	for _, name := range slices.Sorted(maps.Keys(r.peer)) {
		needs = append(needs, npmNeed{name, r.peer[name], "peerDependencies", r.mayMiss[name]})
	}
	for _, name := range slices.Sorted(maps.Keys(r.dev)) {
		needs = append(needs, npmNeed{name, r.dev[name], "devDependencies", false})
	}
	return needs
}

// plainKey returns key as npm would resolve it, slash-separated and relative.
func plainKey(key string) string {
	if key == "" {
		return ""
	}
	key = path.Clean(strings.TrimLeft(strings.ReplaceAll(key, `\`, "/"), "/"))
	if key == "." {
		return ""
	}
	return key
}
