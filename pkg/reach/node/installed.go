package node

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
)

// Bounds of what is read of installed packages in one analysis.
const (
	maxPackageFiles = 3000      // of one package
	maxFiles        = 40_000    // of all
	maxBytes        = 256 << 20 // looked through
	maxParsed       = 24 << 20  // parsed
	maxDoubtful     = 8 << 20   // parsed where files name no target
)

type spent struct{ files, bytes, parsed int }

// installed is one package and what is known of its files.
type installed struct {
	key      string
	dir      string // relative to the repository
	manifest manifest
	asked    []string        // subpaths that others import
	answered int             // how many of them were looked at
	seen     map[string]bool // files that were read, or are in queue
	queue    []string
	found    bool
	opaque   bool
	looked   bool
	open     string            // the place that loads what it does not name
	whole    bool              // all files are asked for
	blind    string            // what loads it beside imports
	doubted  string            // why it may be imported
	quoted   map[string]string // packages that it names in texts, with the place
	uses     []string          // keys of the packages that it imports
	scans    bool              // it looks through node_modules
	places   bool              // it tells others where its files are
	told     map[string]bool   // keys of the packages that it may load by name; "" for any
}

func (a *analysis) packageAt(key string) *installed {
	pkg := a.packages[key]
	if pkg == nil {
		pkg = &installed{key: key, seen: map[string]bool{}, quoted: map[string]string{}, told: map[string]bool{}}
		a.packages[key] = pkg
	}
	return pkg
}

func (a *analysis) opaque(pkg *installed, why string) {
	pkg.opaque = true
	a.graph.Opaque(pkg.key, why)
	a.queue = append(a.queue, a.find.needs[pkg.key]...)
}

// ask notes that a file of the package is imported by a subpath; "" is its main one.
func (p *installed) ask(subpath string) {
	if subpath != "" && !slices.Contains(p.asked, subpath) {
		p.asked = append(p.asked, subpath)
	}
}

func (a *analysis) enqueue(key string) {
	if a.find.name[key] != "" {
		a.queue = append(a.queue, key)
	}
}

// readPackages follows imports through the installed packages until nothing new comes up.
func (a *analysis) readPackages() {
	for {
		for len(a.queue) > 0 {
			if a.ctx.Err() != nil {
				return
			}
			key := a.queue[0]
			a.queue = a.queue[1:]
			pkg := a.packageAt(key)
			if pkg.looked && len(pkg.queue) == 0 && pkg.answered == len(pkg.asked) {
				continue
			}
			a.readPackage(pkg)
		}
		if !a.byName() {
			return
		}
	}
}

// readPackage reads the files of a package that an import may load, or says why it cannot.
func (a *analysis) readPackage(pkg *installed) {
	if !pkg.looked {
		pkg.looked = true
		a.hosts(pkg.key)
		pkg.dir, pkg.found = a.locate(pkg.key)
		if !pkg.found {
			if pkg.dir != "" {
				a.opaque(pkg, fmt.Sprintf("%s holds another version of it; install what the lockfile says", pkg.dir))
			}
			a.queue = append(a.queue, a.find.needs[pkg.key]...) // any of which it may import
			return
		}
		data, err := a.p.Files.Read(path.Join(pkg.dir, "package.json"))
		if err != nil {
			a.opaque(pkg, "its package.json "+err.Error())
			return
		}
		pkg.manifest, _ = parseManifest(data)
		if len(a.find.byName["react-native"]) == 0 {
			pkg.manifest.Native = nil
		}
		files, others := pkg.manifest.entries()
		for _, file := range files {
			pkg.add(a, file)
		}
		for _, other := range others {
			a.within(pkg, found{other, 0}, "package.json", nil)
		}
		for name, file := range pkg.manifest.commands() {
			if a.run[name] {
				pkg.add(a, strings.TrimPrefix(path.Clean("/"+file), "/"))
			}
		}
		a.graph.Read(pkg.key)
	}
	if !pkg.found {
		return
	}
	for ; pkg.answered < len(pkg.asked); pkg.answered++ {
		a.askedFor(pkg, pkg.asked[pkg.answered])
	}
	for len(pkg.queue) > 0 && a.ctx.Err() == nil {
		file := pkg.queue[0]
		pkg.queue = pkg.queue[1:]
		if len(pkg.seen) > maxPackageFiles || a.spent.files > maxFiles || a.spent.bytes > maxBytes {
			a.opaque(pkg, "it has more files than are read")
			return
		}
		a.readFile(pkg, file)
	}
}

// locate returns the folder that the package is installed in. Where it holds another version, found is false.
func (a *analysis) locate(key string) (dir string, found bool) {
	name, version := a.find.name[key], a.find.version[key]
	var folders []string
	if a.find.paths[key] != "" {
		folders = []string{key}
	} else {
		folders = append(folders, path.Join("node_modules", name))
		store := strings.ReplaceAll(name, "/", "+") + "@" + version
		for _, entry := range a.store() {
			if rest, ok := strings.CutPrefix(entry, store); ok && (rest == "" || rest[0] == '_' || rest[0] == '(') {
				folders = append(folders, path.Join("node_modules/.pnpm", entry, "node_modules", name))
			}
		}
		for _, holder := range a.find.holders[key] {
			if other := a.find.name[holder]; other != "" {
				folders = append(folders, path.Join("node_modules", other, "node_modules", name))
			} else if holder != "" {
				folders = append(folders, path.Join(holder, "node_modules", name))
			}
		}
	}
	for _, folder := range folders {
		folder = path.Join(a.p.Project.Dir, folder)
		data, err := a.p.Files.Read(path.Join(folder, "package.json"))
		if err != nil {
			continue
		}
		if m, ok := parseManifest(data); ok && (m.Version == version || version == "" || m.Version == "") {
			return folder, true
		}
		dir = folder
	}
	return dir, false
}

// store lists pnpm's folder of packages.
func (a *analysis) store() []string {
	if a.listed == nil {
		a.listed = append([]string{""}, a.p.Files.List(path.Join(a.p.Project.Dir, "node_modules/.pnpm"))...)
	}
	return a.listed
}

var codeExtensions = []string{".js", ".cjs", ".mjs", ".jsx"}

// add puts the file of the package that base means into its queue, and reports whether there is one.
func (p *installed) add(a *analysis, base string) bool {
	if strings.HasPrefix(base, "../") {
		return false
	}
	ok := false
	list := []string{base}
	for _, e := range codeExtensions {
		list = append(list, base+e)
	}
	for _, e := range codeExtensions {
		list = append(list, path.Join(base, "index"+e))
	}
	for _, file := range list {
		if p.seen[file] {
			return true
		}
		switch path.Ext(file) {
		case ".json", ".node", ".wasm", ".css", ".scss", ".less", ".html", ".svg", ".png", ".map", ".md", ".txt":
			if file == base && a.p.Files.Is(path.Join(p.dir, file)) {
				return true
			}
			continue
		}
		if strings.HasSuffix(file, ".d.ts") || file == "" || file == "." {
			continue
		}
		if a.p.Files.Is(path.Join(p.dir, file)) {
			p.seen[file] = true
			p.queue = append(p.queue, file)
			ok = true
			break
		}
	}
	if inner := path.Join(base, "package.json"); !ok && base != "" && base != "." && a.p.Files.Is(path.Join(p.dir, inner)) { // a folder with a main file of its own
		if data, err := a.p.Files.Read(path.Join(p.dir, inner)); err == nil {
			m, _ := parseManifest(data)
			for _, leaf := range append(append(leaves(m.Main), leaves(m.Module)...), leaves(m.Browser)...) {
				file := path.Join(base, leaf)
				if !strings.HasPrefix(file, "../") && file != base && !p.seen["//"+file] {
					p.seen["//"+file] = true
					ok = p.add(a, file) || ok
				}
			}
		}
	}
	return ok
}

// askedFor adds the files that a subpath of the package means.
func (a *analysis) askedFor(pkg *installed, sub string) {
	if sub == "package.json" || pkg.whole {
		return
	}
	ok := false
	if !strings.Contains(sub, "*") {
		ok = pkg.add(a, path.Clean(sub))
		if exports, is := pkg.manifest.Exports.(map[string]any); is {
			for _, leaf := range expand(leavesByKey(exports), "./"+sub) {
				ok = pkg.add(a, strings.TrimPrefix(path.Clean("/"+leaf), "/")) || ok
			}
		}
	}
	if !ok {
		pkg.all(a, "")
	}
}

var asideFolders = regexp.MustCompile(`(?i)^(?:tests?|__tests__|spec|examples?|docs?|benchmarks?|bench|coverage|demos?|fixtures?|node_modules|types?|typings|website|\..*)$`)

// all adds all files of code below a folder of the package, but for tests and examples where it is the top.
func (p *installed) all(a *analysis, folder string) {
	if folder == "" {
		p.whole = true
	}
	folders := []string{folder}
	for n := 0; len(folders) > 0 && n < 2000; n++ {
		at := folders[0]
		folders = folders[1:]
		for _, name := range a.p.Files.List(path.Join(p.dir, at)) {
			file := path.Join(at, name)
			switch ext := path.Ext(name); {
			case slices.Contains(codeExtensions, ext):
				if !p.seen[file] && len(p.seen) <= maxPackageFiles && a.p.Files.Is(path.Join(p.dir, file)) {
					p.seen[file] = true
					p.queue = append(p.queue, file)
				}
			case ext == "" && !asideFolders.MatchString(name):
				folders = append(folders, file)
			}
		}
	}
}
