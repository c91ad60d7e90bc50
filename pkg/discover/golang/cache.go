package golang

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"

	"github.com/fettle-dev/fettle/pkg/discover/project"
)

// cache is the user's module cache, and others after it. What was read once is kept for the other modules of a scan.
type cache struct {
	dirs []string
	read map[module.Version]*summary
}

// summary is what a go.mod says of the module graph; nil where it could not be read.
type summary struct {
	requires []require
	prunes   bool
}

func newCache(s project.Settings) *cache {
	c := &cache{read: map[module.Version]*summary{}}
	dir := ""
	switch {
	case s.Env("GOMODCACHE") != "":
		dir = s.Env("GOMODCACHE")
	case s.Env("GOPATH") != "":
		first, _, _ := strings.Cut(s.Env("GOPATH"), string(os.PathListSeparator))
		dir = filepath.Join(first, "pkg", "mod")
	case s.Home != "":
		dir = filepath.Join(s.Home, "go", "pkg", "mod")
	}
	for _, dir := range append([]string{dir}, s.Modules...) {
		if filepath.IsAbs(dir) { // nothing of the tree is the user's cache
			c.dirs = append(c.dirs, dir)
		}
	}
	return c
}

// summary returns the go.mod of m, nil where the cache does not have it.
func (c *cache) summary(m module.Version) *summary {
	s, ok := c.read[m]
	if !ok {
		s = c.load(m)
		c.read[m] = s
	}
	return s
}

func (c *cache) load(m module.Version) *summary {
	name, err := module.EscapePath(m.Path) // refuses what is no module path, .. among it
	if err != nil {
		return nil
	}
	version, err := module.EscapeVersion(m.Version)
	if err != nil {
		return nil
	}
	for _, dir := range c.dirs {
		data, err := readFile(filepath.Join(dir, "cache", "download", filepath.FromSlash(name), "@v", version+".mod"))
		if err != nil {
			data, err = readFile(filepath.Join(dir, filepath.FromSlash(name)+"@"+version, "go.mod"))
		}
		if err == nil {
			return parseSummary(data)
		}
	}
	return nil
}

// parseSummary reads the go.mod of a dependency, or of a folder that replaces one.
func parseSummary(data []byte) *summary {
	f, err := modfile.ParseLax("go.mod", bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")), canonical)
	if err != nil {
		return nil
	}
	s := &summary{prunes: f.Go != nil && prunes(f.Go.Version)}
	for _, r := range f.Require {
		s.requires = append(s.requires, require{mod: r.Mod, indirect: r.Indirect})
	}
	return s
}

func readFile(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() || info.Size() > maxGoMod {
		return nil, errors.New("not a go.mod")
	}
	data, err := io.ReadAll(io.LimitReader(f, maxGoMod))
	if bytes.Count(data, []byte("\n")) > maxLines {
		return nil, errors.New("too many lines")
	}
	return data, err
}
