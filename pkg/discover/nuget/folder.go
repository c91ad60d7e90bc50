package nuget

import (
	"path"
	"path/filepath"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/document"
	"github.com/fettle-dev/fettle/pkg/discover/project"
)

// folder is the global packages folder of the user, which holds the .nuspec of each package that was ever restored.
type folder struct {
	files *project.Files // nil where there is none
	specs map[string]*nuspec
}

// nuspec is what a package says that it needs.
type nuspec struct {
	frameworks []Framework
	known      []bool // of frameworks
	groups     [][]dependency
}

type dependency struct{ name, version string }

func openFolder(s project.Settings) *folder {
	f := &folder{specs: map[string]*nuspec{}}
	dir := s.Env("NUGET_PACKAGES")
	if dir == "" && s.Home != "" {
		dir = filepath.Join(s.Home, ".nuget", "packages")
	}
	if dir != "" {
		f.files, _ = project.OpenFiles(dir) // it need not exist: then no needs are known, and a gap says so
	}
	return f
}

func (f *folder) close() {
	if f.files != nil {
		f.files.Close()
	}
}

// spec returns what a package needs; nil where that is unknown.
func (f *folder) spec(name, version string) *nuspec {
	name, version = strings.ToLower(name), strings.ToLower(version)
	if f.files == nil || strings.ContainsAny(name+version, "/\\\x00") {
		return nil
	}
	at := path.Join(name, version, name+".nuspec")
	if s, ok := f.specs[at]; ok {
		return s
	}
	var s *nuspec
	if data, err := f.files.Read(at); err == nil {
		s, _ = parseNuspec(data) // one that cannot be read is as good as none
	}
	f.specs[at] = s
	return s
}

func parseNuspec(data []byte) (*nuspec, error) {
	doc, err := document.ParseXML(data)
	if err != nil {
		return nil, err
	}
	s := &nuspec{}
	list := doc.Child("metadata", "dependencies")
	add := func(framework string, of *document.Element) {
		f, known := ParseFramework(framework)
		var deps []dependency
		for _, d := range of.All("dependency") {
			deps = append(deps, dependency{d.Attr("id"), d.Attr("version")})
		}
		s.frameworks, s.known, s.groups = append(s.frameworks, f), append(s.known, known), append(s.groups, deps)
	}
	if list == nil {
		return s, nil
	}
	if groups := list.All("group"); len(groups) > 0 {
		for _, g := range groups {
			add(g.Attr("targetFramework"), g)
		}
		return s, nil
	}
	add("", list)
	return s, nil
}

// needs returns what the package needs in a project of a framework; of all groups where the framework is not known.
func (s *nuspec) needs(framework string) []dependency {
	f, known := ParseFramework(framework)
	if !known || f.Any() {
		var all []dependency
		for _, g := range s.groups {
			all = append(all, g...)
		}
		return all
	}
	at := nearest(f, s.frameworks)
	for i, k := range s.known {
		if !k && i == at {
			at = -1
		}
	}
	if at < 0 {
		return nil
	}
	return s.groups[at]
}
