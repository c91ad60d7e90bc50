package sandbox

import (
	"os"
	"path/filepath"
	"slices"
)

// Bounds of the search for what the programs of a PATH consist of.
const (
	maxPrograms = 4096 // of one directory
	maxLinks    = 4    // from a directory of programs to the next: a launcher, its environment, the interpreter of that
)

// visit finds the directories that programs need beside themselves.
type visit struct {
	home string
	add  func(string)
	seen map[string]bool
}

// programs adds a directory of programs, what its prefix has, and whereto its symbolic links lead.
func (v visit) programs(dir string, links int) {
	v.add(dir)
	for _, d := range realAndNamed(dir) {
		if v.seen[d] {
			continue
		}
		v.seen[d] = true
		if slices.Contains(programDirs, filepath.Base(d)) {
			v.prefix(filepath.Dir(d))
		}
		if links < maxLinks && !covered(systemDirs, d) {
			v.follow(d, links+1)
		}
	}
}

// prefix adds what toolchains keep in an install prefix.
func (v visit) prefix(prefix string) {
	if exposes(prefix, v.home) {
		return
	}
	_, err := os.Stat(filepath.Join(prefix, "VERSION"))
	goroot := err == nil
	for _, part := range prefixParts {
		switch {
		case (part == "pkg" || part == "src" || part == "api" || part == "misc") && !goroot:
		case part == "share" && filepath.Base(prefix) == ".local":
		default:
			v.add(filepath.Join(prefix, part))
		}
	}
}

// follow adds what the symbolic links of a directory of programs lead to: installers such as pipx keep a launcher in one
// place and its environment in another. A link to what is no directory of programs adds that file alone.
func (v visit) follow(dir string, links int) {
	f, err := os.Open(dir)
	if err != nil {
		return
	}
	defer f.Close()
	entries, _ := f.ReadDir(maxPrograms)
	for _, e := range entries {
		if e.Type()&os.ModeSymlink == 0 {
			continue
		}
		real, err := filepath.EvalSymlinks(filepath.Join(dir, e.Name()))
		if err != nil || covered(systemDirs, real) || filepath.Dir(real) == dir {
			continue
		}
		if info, err := os.Stat(real); err != nil || !info.Mode().IsRegular() || info.Mode()&0o111 == 0 {
			continue
		}
		if slices.Contains(programDirs, filepath.Base(filepath.Dir(real))) {
			v.programs(filepath.Dir(real), links)
		} else {
			v.add(real)
		}
	}
}
