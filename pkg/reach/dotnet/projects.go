package dotnet

import (
	"path"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/document"
	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// Bounds of the search for project files.
const (
	maxEntries  = 200_000
	maxProjects = 2_000
)

// build is one project file.
type build struct {
	file       string
	isTest     bool
	isWeb      bool
	frameworks []string
	usings     []using
	refs       []string // project files that it refers to
	folders    []string // outside of its own that it compiles files of
	doubts     []place  // why what it compiles cannot be told
	protos     []place  // definitions that it makes code of
}

type using struct {
	name, alias string
	static      bool
	at          fettle.Location
}

type place struct {
	why string
	at  fettle.Location
}

// solution is the project files of the tree, and its other files by folder.
type solution struct {
	files  *project.Files
	builds map[string]*build
	order  []string
	below  map[string][]string // project files by their folder
	whole  bool                // every folder was looked into
	cs     []string
	others []string // files that may name packages
}

// survey finds the project files and the C# sources of the tree.
func survey(files *project.Files) *solution {
	s := &solution{files: files, builds: map[string]*build{}, below: map[string][]string{}, whole: true}
	queue, seen := []string{""}, 0
	for len(queue) > 0 {
		dir := queue[0]
		queue = queue[1:]
		for _, name := range files.List(dir) {
			if seen++; seen > maxEntries {
				s.whole = false
				return s
			}
			file := path.Join(dir, name)
			ext := strings.ToLower(path.Ext(name))
			switch {
			case ext == ".cs" || ext == ".csproj" || ext == ".fsproj" || ext == ".vbproj":
				if !files.Is(file) {
					continue
				}
				if ext == ".cs" {
					s.cs = append(s.cs, file)
				} else if len(s.builds) < maxProjects {
					s.order = append(s.order, file)
					s.below[dir] = append(s.below[dir], file)
					s.builds[file] = nil // read when it is asked for
				} else {
					s.whole = false
				}
			case Analyst{}.Mentions(file) && files.Is(file):
				s.others = append(s.others, file)
			case files.Is(file), name == "packages", name == "bin", name == "obj", strings.Count(file, "/") > 30:
			case !project.SkippedDir(path.Join(files.Dir(), file), name):
				queue = append(queue, file)
			}
		}
	}
	slices.Sort(s.order)
	return s
}

// build reads a project file, the Directory.Build files above it, and what they import from the tree; nil for what is none.
func (s *solution) build(file string) *build {
	b, ok := s.builds[file]
	if b != nil || !ok {
		return b
	}
	b = &build{file: file}
	s.builds[file] = b
	dir := project.Parent(file)
	seen := map[string]bool{}
	for _, name := range []string{"Directory.Build.props", "Directory.Packages.props", "Directory.Build.targets"} {
		if above := s.files.Above(dir, name); above != "" {
			b.read(s.files, above, seen, 0)
		}
	}
	b.read(s.files, file, seen, 0)
	return b
}

func (b *build) read(files *project.Files, file string, seen map[string]bool, depth int) {
	if seen[file] || depth > 10 || len(seen) > 100 {
		return
	}
	seen[file] = true
	data, err := files.Read(file)
	var doc *document.Element
	if err == nil {
		doc, err = document.ParseXML(data)
	}
	if err != nil {
		b.doubt(file, 0, "%s cannot be read, so nobody can tell what it compiles")
		return
	}
	sdk := strings.ToLower(doc.Attr("Sdk"))
	b.isWeb = b.isWeb || strings.Contains(sdk, "sdk.web") || strings.Contains(sdk, "sdk.razor") || strings.Contains(sdk, "blazor")
	b.element(files, doc, file, seen, depth, 0)
}

func (b *build) doubt(file string, line int, why string) {
	b.doubts = append(b.doubts, place{strings.ReplaceAll(why, "%s", fettle.Location{Path: file, Line: line}.String()), fettle.Location{Path: file, Line: line}})
}

// testPackages are the packages by which a project is one of tests.
var testPackages = []string{"microsoft.net.test.sdk", "xunit", "xunit.core", "xunit.v3", "nunit", "nunit3testadapter", "mstest.testframework", "mstest", "tunit"}

func (b *build) element(files *project.Files, of *document.Element, file string, seen map[string]bool, depth, nesting int) {
	if nesting > 20 {
		return
	}
	for _, e := range of.Children {
		include := expand(e.Attr("Include"), file)
		at := fettle.Location{Path: file, Line: e.Line}
		switch name := strings.ToLower(e.Name); name {
		case "targetframework", "targetframeworks":
			for _, f := range strings.Split(e.Text, ";") {
				if f = strings.TrimSpace(f); f != "" {
					b.frameworks = append(b.frameworks, f)
				}
			}
		case "targetframeworkversion":
			b.frameworks = append(b.frameworks, "net"+strings.ReplaceAll(strings.TrimPrefix(e.Text, "v"), ".", ""))
		case "istestproject":
			b.isTest = b.isTest || strings.EqualFold(e.Text, "true")
		case "packagereference":
			b.isTest = b.isTest || slices.Contains(testPackages, strings.ToLower(include))
		case "using":
			for _, n := range strings.Split(include, ";") {
				if n = strings.TrimSpace(n); n != "" {
					b.usings = append(b.usings, using{n, e.Attr("Alias"), strings.EqualFold(e.Attr("Static"), "true"), at})
				}
			}
		case "projectreference":
			for _, ref := range strings.Split(include, ";") {
				b.refer(files, ref, at)
			}
		case "compile":
			for _, pattern := range strings.Split(include, ";") {
				b.compile(files, pattern, at)
			}
		case "protobuf", "openapireference", "antlr4":
			b.protos = append(b.protos, place{e.Name + " of " + at.String(), at})
		case "import":
			b.follow(files, expand(e.Attr("Project"), file), file, seen, depth)
		default:
			b.element(files, e, file, seen, depth, nesting+1)
		}
	}
}

// expand replaces the properties that say where a file is, and turns the path the usual way round.
func expand(text, file string) string {
	dir := "./"
	for _, name := range []string{"$(MSBuildThisFileDirectory)", "$(MSBuildProjectDirectory)", "$(ProjectDir)", "$(MSBuildProjectDir)"} {
		text = strings.ReplaceAll(text, name, dir)
	}
	return strings.ReplaceAll(text, `\`, "/")
}

// at returns a path that a build file names relative to the tree; false where it is outside or cannot be known.
func at(file, name string) (string, bool) {
	name = strings.TrimSpace(name)
	if strings.Contains(name, "$(") || strings.Contains(name, "@(") || path.IsAbs(name) || strings.Contains(name, ":") {
		return "", false
	}
	full := path.Join(project.Parent(file), name)
	return full, full != ".." && !strings.HasPrefix(full, "../")
}

func (b *build) refer(files *project.Files, ref string, from fettle.Location) {
	if strings.TrimSpace(ref) == "" {
		return
	}
	to, ok := at(from.Path, ref)
	if !ok || !files.Is(to) {
		b.doubt(from.Path, from.Line, "%s refers to a project that cannot be found in the repository, whose code may use it")
		return
	}
	b.refs = append(b.refs, to)
}

// compile notes sources that lie elsewhere. Those below the project's own folder are read in any case.
func (b *build) compile(files *project.Files, pattern string, from fettle.Location) {
	if pattern = strings.TrimSpace(pattern); pattern == "" || strings.HasPrefix(pattern, "@(") {
		return
	}
	to, ok := at(from.Path, pattern)
	if !ok {
		b.doubt(from.Path, from.Line, "%s compiles files that cannot be found without building, which may use it")
		return
	}
	if i := strings.IndexAny(to, "*?"); i >= 0 {
		to = project.Parent(to[:i] + "x")
	} else if !files.Is(to) {
		return
	}
	b.folders = append(b.folders, to)
}

func (b *build) follow(files *project.Files, name, file string, seen map[string]bool, depth int) {
	if to, ok := at(file, name); ok && files.Is(to) && strings.ToLower(path.Ext(to)) != ".dll" {
		b.read(files, to, seen, depth+1)
	}
}

// implicit are the namespaces that the SDKs import everywhere.
var implicit = []string{"System", "System.Collections.Generic", "System.IO", "System.Linq", "System.Net.Http", "System.Threading", "System.Threading.Tasks"}

var implicitWeb = []string{"System.Net.Http.Json", "Microsoft.AspNetCore.Builder", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Http", "Microsoft.AspNetCore.Routing",
	"Microsoft.Extensions.Configuration", "Microsoft.Extensions.DependencyInjection", "Microsoft.Extensions.Hosting", "Microsoft.Extensions.Logging"}
