package ospkg

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
)

// marks are files by which packages of languages are known, which are not read here.
type marks struct {
	kinds map[string]string // kind by path
	more  int               // beyond maxMarks
}

func newMarks() *marks { return &marks{kinds: map[string]string{}} }

// meet notes file if it is one.
func (m *marks) meet(file string) {
	kind := markOf(file)
	switch {
	case kind == "":
	case len(m.kinds) >= maxMarks:
		m.more++
	default:
		m.kinds[file] = kind
	}
}

// systems are folders in which the packages of the operating system put those of languages.
var systems = []string{"usr/lib/python3/dist-packages/", "usr/share/nodejs/", "usr/share/java/", "usr/share/perl5/", "usr/share/rubygems-integration/"}

// markOf returns the kind of package that file stands for, "" for none.
func markOf(file string) string {
	if slices.ContainsFunc(systems, func(dir string) bool { return strings.HasPrefix(file, dir) }) {
		return ""
	}
	base := path.Base(file)
	above := path.Base(path.Dir(file))
	switch ext := path.Ext(base); {
	case base == "package.json" && (path.Base(path.Dir(path.Dir(file))) == "node_modules" || path.Base(path.Dir(path.Dir(path.Dir(file)))) == "node_modules"):
		return "npm"
	case base == "METADATA" && strings.HasSuffix(above, ".dist-info"), base == "PKG-INFO" && strings.HasSuffix(above, ".egg-info"):
		return "Python"
	case ext == ".jar", ext == ".war", ext == ".ear":
		return "Java"
	case ext == ".gemspec" && above == "specifications":
		return "Ruby"
	case base == "installed.json" && above == "composer":
		return "PHP"
	case strings.HasSuffix(base, ".deps.json"):
		return ".NET"
	case base == "Cargo.lock", base == "go.sum", base == "package-lock.json", base == "yarn.lock", base == "poetry.lock", base == "Gemfile.lock":
		return "locked"
	}
	return ""
}

// tellMarks adds a gap for each kind.
func (s *system) tellMarks(m *marks) {
	byKind := map[string][]string{}
	for file, kind := range m.kinds {
		byKind[kind] = append(byKind[kind], file)
	}
	for _, kind := range slices.Sorted(maps.Keys(byKind)) {
		files := byKind[kind]
		slices.Sort(files)
		reason := fmt.Sprintf("is a package of %s, which is not read in a file system: only packages of the operating system were checked", kind)
		if kind == "locked" {
			reason = "is a lockfile, which is not read in a file system; scan the folder that it is in too"
		}
		if n := len(files) - 1; n > 0 {
			reason += fmt.Sprintf(" (and %d more such files)", n)
		}
		s.gap(files[0], 0, "%s", reason)
	}
	if m.more > 0 {
		s.gap(".", 0, "and %d more files of packages of languages", m.more)
	}
}
