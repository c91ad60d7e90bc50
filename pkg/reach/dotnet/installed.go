package dotnet

import (
	"path"
	"path/filepath"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// Bounds of what is read of installed packages.
const (
	maxFiles  = 4_000   // assemblies of all packages
	maxBytes  = 1 << 30 // of them
	maxFolder = 20_000  // entries of one package's folder
)

// library is a package and what its files say.
type library struct {
	node       fettle.Node
	installed  bool
	opaque     string // why its files do not tell all that it loads; "" where they do
	assemblies []*assembly
	where      []string // of the assemblies, relative to the package
	generators []*assembly
	natives    []string // names of native libraries that it brings, without lib and extension
	compiles   string   // a file of it that adds to what the project compiles
	usings     []string // namespaces that its build files import everywhere
	isTool     bool
}

// store finds installed packages: in the global packages folder of the user, and below the tree in folders called packages.
type store struct {
	global    *project.Files // nil for none
	tree      *project.Files
	dir       string // of the project
	left      int
	bytesLeft int
}

func openStore(s project.Settings, tree *project.Files, dir string) *store {
	st := &store{tree: tree, dir: dir, left: maxFiles, bytesLeft: maxBytes}
	folder := s.Env("NUGET_PACKAGES")
	if folder == "" && s.Home != "" {
		folder = filepath.Join(s.Home, ".nuget", "packages")
	}
	if folder != "" {
		st.global, _ = project.OpenFiles(folder) // it need not exist: then nothing is restored, and verdicts say so
	}
	return st
}

func (st *store) close() {
	if st.global != nil {
		st.global.Close()
	}
}

// find returns the folder of a package.
func (st *store) find(p fettle.Package) (*project.Files, string, bool) {
	if p.Name == "" || p.Version == "" || strings.ContainsAny(p.Name+p.Version, "/\\\x00") || strings.Contains(p.Name, "..") {
		return nil, "", false
	}
	id := strings.ToLower(p.Name)
	for _, version := range versions(p.Version) {
		if dir := path.Join(id, strings.ToLower(version)); st.global != nil && st.global.Is(path.Join(dir, id+".nuspec")) {
			return st.global, dir, true
		}
	}
	for dir := st.dir; ; dir = project.Parent(dir) {
		for _, version := range versions(p.Version) {
			at := path.Join(dir, "packages", p.Name+"."+version)
			if st.tree.Is(path.Join(at, p.Name+"."+version+".nupkg")) || st.tree.Is(path.Join(at, p.Name+".nuspec")) || len(st.tree.List(path.Join(at, "lib"))) > 0 {
				return st.tree, at, true
			}
		}
		if dir == "" {
			return nil, "", false
		}
	}
}

// versions are the ways to write a version: NuGet takes 1.0 and 1.0.0.0 for 1.0.0, and leaves out what is after a plus.
func versions(v string) []string {
	v, _, _ = strings.Cut(v, "+")
	number, label, _ := strings.Cut(v, "-")
	parts := strings.Split(number, ".")
	for len(parts) < 3 {
		parts = append(parts, "0")
	}
	if len(parts) == 4 && parts[3] == "0" {
		parts = parts[:3]
	}
	normal := strings.Join(parts, ".")
	if label != "" {
		normal += "-" + label
	}
	if normal == v {
		return []string{v}
	}
	return []string{v, normal}
}

// read reads the assemblies of a package that count for the frameworks.
func (st *store) read(n fettle.Node, frameworks []string) *library {
	l := &library{node: n}
	files, dir, ok := st.find(n.Package)
	if !ok {
		return l
	}
	l.installed = true
	all, complete := listAll(files, dir)
	if !complete {
		l.opaque = "it has too many files"
	}
	folders := map[string][]string{} // of frameworks, by what holds them: lib, ref, runtimes/unix/lib
	for _, file := range all {
		if holder, folder, ok := assemblyFolder(file); ok {
			folders[holder] = append(folders[holder], folder)
		}
	}
	chosen := map[string]map[string]bool{}
	for holder, list := range folders {
		chosen[holder] = nearest(frameworks, list)
	}
	for _, file := range all {
		l.take(st, files, dir, file, chosen)
	}
	return l
}

// assemblyFolder takes apart lib/net8.0/a.dll.
func assemblyFolder(file string) (holder, folder string, ok bool) {
	parts := strings.Split(file, "/")
	switch {
	case len(parts) >= 2 && (parts[0] == "lib" || parts[0] == "ref"):
		if len(parts) == 2 {
			return parts[0], "", true
		}
		return parts[0], strings.ToLower(parts[1]), len(parts) == 3
	case len(parts) == 5 && parts[0] == "runtimes" && parts[2] == "lib":
		return strings.Join(parts[:3], "/"), strings.ToLower(parts[3]), true
	}
	return "", "", false
}

// take reads one file of the package as far as it counts.
func (l *library) take(st *store, files *project.Files, dir, file string, chosen map[string]map[string]bool) {
	lower := strings.ToLower(file)
	ext := path.Ext(lower)
	holder, folder, isLib := assemblyFolder(file)
	top, _, _ := strings.Cut(lower, "/")
	switch {
	case isLib && (ext == ".dll" || ext == ".exe" || ext == ".winmd"):
		if !chosen[holder][folder] {
			return
		}
		if a := l.assembly(st, files, dir, file); a != nil {
			l.assemblies, l.where = append(l.assemblies, a), append(l.where, file)
		}
	case top == "analyzers" && ext == ".dll":
		if a := l.assembly(st, files, dir, file); a != nil && a.generates() {
			l.generators = append(l.generators, a)
		}
	case strings.Contains(lower, "/native/") && (top == "runtimes" || top == "build" || top == "buildtransitive"):
		l.natives = append(l.natives, nativeName(path.Base(lower)))
	case top == "contentfiles" && (ext == ".cs" || strings.HasSuffix(lower, ".cs.pp")), top == "content" && strings.HasSuffix(lower, ".cs.pp"):
		l.compiles = file
	case strings.HasPrefix(top, "build") && (ext == ".props" || ext == ".targets"):
		l.build(files, dir, file)
	case top == "tools" && (ext == ".dll" || ext == ".exe"):
		l.isTool = true
	}
}

// assembly reads a managed assembly; nil for what is none. One that cannot be read makes the package opaque.
func (l *library) assembly(st *store, files *project.Files, dir, file string) *assembly {
	if st.left <= 0 || st.bytesLeft <= 0 {
		l.opaque = "the installed packages have more assemblies than are read"
		return nil
	}
	data, err := files.Read(path.Join(dir, file))
	if err != nil {
		l.opaque = file + " of it " + err.Error()
		return nil
	}
	st.left--
	st.bytesLeft -= len(data)
	a, err := readAssembly(data)
	if err == errNative {
		l.natives = append(l.natives, nativeName(path.Base(strings.ToLower(file))))
		return nil
	}
	if err != nil {
		l.opaque = file + " of it " + err.Error()
		return nil
	}
	return a
}

// build looks for what a package does to the build of the project that uses it.
func (l *library) build(files *project.Files, dir, file string) {
	data, err := files.Read(path.Join(dir, file))
	if err != nil || len(data) > 4<<20 {
		l.compiles = file
		return
	}
	text := string(data)
	if strings.Contains(text, "<Compile ") || strings.Contains(text, "<UsingTask") || strings.Contains(text, "RoslynCodeTaskFactory") {
		l.compiles = file
	}
	for _, part := range strings.Split(text, "<Using ")[1:] {
		if _, rest, ok := strings.Cut(part, `Include="`); ok {
			if name, _, ok := strings.Cut(rest, `"`); ok && len(name) < maxName {
				l.usings = append(l.usings, name)
			}
		}
	}
}

// nativeName is a native library's name as code has it.
func nativeName(file string) string {
	name, _, _ := strings.Cut(file, ".so")
	for _, ext := range []string{".dll", ".dylib", ".a", ".lib"} {
		name = strings.TrimSuffix(name, ext)
	}
	return strings.TrimPrefix(name, "lib")
}

// listAll returns the files below dir, relative to it, and whether that is all of them.
func listAll(files *project.Files, dir string) (list []string, complete bool) {
	type at struct {
		dir   string
		depth int
	}
	queue, seen := []at{{"", 0}}, 0
	for len(queue) > 0 {
		here := queue[0]
		queue = queue[1:]
		for _, name := range files.List(path.Join(dir, here.dir)) {
			if seen++; seen > maxFolder {
				return list, false
			}
			file := path.Join(here.dir, name)
			switch {
			case files.Is(path.Join(dir, file)):
				list = append(list, file)
			case here.depth < 8:
				queue = append(queue, at{file, here.depth + 1})
			}
		}
	}
	return list, true
}
