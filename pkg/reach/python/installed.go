package python

import (
	"bytes"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/osv"
)

// Bounds of what is read of installed distributions.
const (
	maxDists    = 20_000
	maxRecord   = 16 << 20
	maxModules  = 50_000 // of one distribution
	maxScript   = 4 << 20
	maxCompiled = 32 << 20
	maxRead     = 768 << 20 // in all
	maxUnpacked = 20_000    // folders of a cache
)

// site is a folder that distributions are installed in.
type site struct {
	root *os.Root
	fsys fs.FS
	name string // for people
}

// copied is one installed distribution.
type copied struct {
	site     *site
	name     string
	version  string
	info     string              // its .dist-info folder
	files    map[string]string   // source files by module
	compiled map[string]string   // compiled modules without source
	packages map[string]bool     // modules that are packages
	requires []string            // normalized names, extras and conditions included
	groups   map[string][]string // what its entry points name, by group
	scripts  []string            // its commands
	starts   string              // a .pth file that runs whenever Python starts
}

// openSite opens a folder outside of the tree.
func openSite(dir, name string) *site {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil
	}
	return &site{root, root.FS(), name}
}

// read returns a regular file of at most limit bytes; nil where there is none.
func (s *site) read(file string, limit int64) []byte {
	if !fs.ValidPath(file) {
		return nil
	}
	info, err := fs.Stat(s.fsys, file)
	if err != nil || !info.Mode().IsRegular() || info.Size() > limit {
		return nil
	}
	data, err := fs.ReadFile(s.fsys, file)
	if err != nil {
		return nil
	}
	return data
}

// findSites returns the folders of installed distributions that speak for the project at dir, the nearest first.
func findSites(files *project.Files, settings project.Settings, dir string) []*site {
	var sites []*site
	seen := map[string]bool{}
	add := func(dir, name string) {
		if !seen[dir] {
			seen[dir] = true
			if s := openSite(dir, name); s != nil {
				sites = append(sites, s)
			}
		}
	}
	if files != nil {
		root, err := os.OpenRoot(files.Dir())
		if err == nil {
			defer root.Close()
			for ; ; dir = project.Parent(dir) {
				for _, inside := range sitesBelow(files, dir) {
					if sub, err := root.OpenRoot(filepath.FromSlash(inside)); err == nil && !seen[inside] { // links that lead out are refused
						seen[inside] = true
						sites = append(sites, &site{sub, sub.FS(), inside})
					}
				}
				if dir == "" {
					break
				}
			}
		}
	}
	if venv := settings.Env("VIRTUAL_ENV"); venv != "" && filepath.IsAbs(venv) {
		for _, lib := range []string{"lib", "Lib", "lib64"} {
			matches, _ := filepath.Glob(filepath.Join(escapeGlob(venv), lib, "python3*", "site-packages"))
			for _, m := range matches {
				add(m, "VIRTUAL_ENV")
			}
		}
		add(filepath.Join(venv, "Lib", "site-packages"), "VIRTUAL_ENV")
	}
	if len(sites) == 0 && settings.Home != "" { // each folder of uv's archive is laid out like site-packages
		cache := settings.Env("UV_CACHE_DIR")
		if cache == "" {
			cache = filepath.Join(settings.Home, ".cache", "uv")
		}
		archive := filepath.Join(cache, "archive-v0")
		entries, _ := os.ReadDir(archive)
		for i, e := range entries {
			if e.IsDir() && i < maxUnpacked && hasInfo(filepath.Join(archive, e.Name())) {
				add(filepath.Join(archive, e.Name()), "uv's cache")
			}
		}
	}
	return sites
}

func escapeGlob(dir string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(dir)
}

func hasInfo(dir string) bool {
	matches, _ := filepath.Glob(filepath.Join(escapeGlob(dir), "*.dist-info"))
	return len(matches) == 1
}

// sitesBelow lists the virtual environments in one folder of the tree.
func sitesBelow(files *project.Files, dir string) []string {
	var found []string
	for _, name := range files.List(dir) {
		at := path.Join(dir, name)
		switch {
		case name == "site-packages":
			found = append(found, at)
		case name == "__pypackages__":
			for _, version := range files.List(at) {
				found = append(found, path.Join(at, version, "lib"))
			}
		case files.Is(path.Join(at, "pyvenv.cfg")):
			for _, lib := range []string{"lib", "Lib"} {
				for _, version := range files.List(path.Join(at, lib)) {
					switch {
					case version == "site-packages":
						found = append(found, path.Join(at, lib, version))
					case strings.HasPrefix(version, "python"):
						found = append(found, path.Join(at, lib, version, "site-packages"))
					}
				}
			}
		}
	}
	return found
}

// copies reads what is installed in the site.
func (s *site) copies() []*copied {
	entries, err := fs.ReadDir(s.fsys, ".")
	if err != nil {
		return nil
	}
	var all []*copied
	for _, e := range entries {
		name := e.Name()
		if len(all) >= maxDists || !e.IsDir() {
			continue
		}
		stem, ok := strings.CutSuffix(name, ".dist-info")
		if !ok {
			continue
		}
		dist, version, ok := strings.Cut(stem, "-")
		if !ok {
			continue
		}
		c := &copied{site: s, info: name, name: osv.NormalizeName("PyPI", dist), version: version}
		if c.load() {
			all = append(all, c)
		}
	}
	return all
}

// load reads the metadata. It reports whether all files of the distribution are known.
func (c *copied) load() bool {
	record := c.site.read(path.Join(c.info, "RECORD"), maxRecord)
	if record == nil {
		return false
	}
	c.files, c.compiled, c.packages, c.groups = map[string]string{}, map[string]string{}, map[string]bool{}, map[string][]string{}
	for line := range bytes.Lines(record) {
		file := strings.ReplaceAll(recordName(string(bytes.TrimSpace(line))), `\`, "/")
		if file == "" || !fs.ValidPath(file) {
			continue
		}
		if len(c.files)+len(c.compiled) > maxModules || strings.HasPrefix(file, "__editable__") {
			return false // its files are elsewhere
		}
		switch ext := path.Ext(file); ext {
		case ".py":
			if module, isPackage := moduleOf(file); module != "" {
				c.files[module] = file
				c.packages[module] = isPackage
			}
		case ".pyc":
			if strings.Contains(file, "__pycache__/") {
				continue
			}
			if module, _ := moduleOf(strings.TrimSuffix(file, "c")); module != "" {
				c.compiled[module] = file
			}
		case ".so", ".pyd":
			stem, _, _ := strings.Cut(path.Base(file), ".")
			if module, _ := moduleOf(path.Join(path.Dir(file), stem) + ".py"); module != "" {
				c.compiled[module] = file
			}
		case ".pth":
			switch runs, leads := startsWith(c.site.read(file, 1<<20)); {
			case leads:
				return false
			case runs && c.starts == "":
				c.starts = file
			}
		}
	}
	for module := range c.files {
		delete(c.compiled, module)
	}
	c.metadata()
	c.entryPoints()
	return true
}

// recordName is the first field of a line of RECORD.
func recordName(line string) string {
	if rest, ok := strings.CutPrefix(line, `"`); ok {
		name, _, _ := strings.Cut(rest, `"`)
		return name
	}
	name, _, _ := strings.Cut(line, ",")
	return name
}

// startsWith reports whether a .pth file holds code, which Python runs for any program, and whether it leads to another folder
// of modules.
func startsWith(text []byte) (runs, leads bool) {
	for line := range bytes.Lines(text) {
		switch line = bytes.TrimSpace(line); {
		case len(line) == 0 || line[0] == '#':
		case bytes.HasPrefix(line, []byte("import ")) || bytes.HasPrefix(line, []byte("import\t")):
			runs = true
		default:
			leads = true
		}
	}
	return runs, leads
}

// metadata reads the name, and what the distribution needs in any case or case of extras.
func (c *copied) metadata() {
	for line := range bytes.Lines(c.site.read(path.Join(c.info, "METADATA"), maxScript)) {
		text := strings.TrimSpace(string(line))
		if text == "" {
			break
		}
		if rest, ok := strings.CutPrefix(text, "Requires-Dist:"); ok {
			rest = strings.TrimSpace(rest)
			end := strings.IndexFunc(rest, func(r rune) bool { return !isWord(byte(min(r, 0x7f))) && r != '-' && r != '.' })
			if end < 0 {
				end = len(rest)
			}
			if name := osv.NormalizeName("PyPI", rest[:end]); name != "" {
				c.requires = append(c.requires, name)
			}
		}
	}
}

// entryPoints reads what the distribution offers to others.
func (c *copied) entryPoints() {
	group := ""
	for line := range bytes.Lines(c.site.read(path.Join(c.info, "entry_points.txt"), maxScript)) {
		text := strings.TrimSpace(string(line))
		if strings.HasPrefix(text, "[") {
			group = strings.TrimSpace(strings.Trim(text, "[]"))
			continue
		}
		name, object, ok := strings.Cut(text, "=")
		if !ok || strings.HasPrefix(text, "#") {
			continue
		}
		switch group {
		case "":
		case "console_scripts", "gui_scripts":
			c.scripts = append(c.scripts, strings.TrimSpace(name))
		default:
			c.groups[group] = append(c.groups[group], strings.TrimSpace(object))
		}
	}
}

// tops are the outermost modules that the distribution provides: the first that is a package with a file of its own, on each
// way down.
func (c *copied) tops() []string {
	var tops []string
	for _, files := range []map[string]string{c.files, c.compiled} {
		for module := range files {
			outermost := true
			for at := parent(module); at != ""; at = parent(at) {
				if _, ok := c.files[at]; ok {
					outermost = false
				}
			}
			if outermost {
				tops = append(tops, module)
			}
		}
	}
	return tops
}
