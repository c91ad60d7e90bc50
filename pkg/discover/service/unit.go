package service

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/document"
	"github.com/fettle-dev/fettle/pkg/discover/project"
)

// unit is a folder of code: one that holds a manifest or a lockfile. Facts are about units, since findings are.
type unit struct {
	dir   string
	files []string // its manifests and lockfiles, sorted
	names []string // what an image or a workload made of it may be called, normalized
}

// findUnits groups the manifests by folder.
func (f *finder) findUnits() {
	for _, file := range f.of(manifestKind) {
		dir := project.Parent(file)
		i, ok := slices.BinarySearchFunc(f.units, dir, func(u unit, dir string) int { return strings.Compare(u.dir, dir) })
		if !ok {
			f.units = slices.Insert(f.units, i, unit{dir: dir})
		}
		f.units[i].files = append(f.units[i].files, file)
	}
	for i := range f.units {
		f.units[i].names = f.namesOf(f.units[i])
	}
}

// generic are folder names that say nothing of what the folder holds; the folder above does.
var generic = map[string]bool{"src": true, "app": true, "code": true, "source": true, "server": true, "main": true, "cmd": true}

// namesOf returns the name of the folder and the name that a manifest declares.
func (f *finder) namesOf(u unit) []string {
	var names []string
	add := func(name string) {
		if name = plainName(name); name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for dir := u.dir; dir != ""; dir = project.Parent(dir) {
		add(path.Base(dir))
		if !generic[path.Base(dir)] {
			break
		}
	}
	for _, file := range u.files {
		add(f.declaredName(file))
	}
	return names
}

var (
	goModule  = regexp.MustCompile(`(?m)^module\s+"?([^\s"]+)`)
	major     = regexp.MustCompile(`/v\d+$`)
	pomName   = regexp.MustCompile(`<artifactId>\s*([^<\s]+)\s*</artifactId>`)
	pomParent = regexp.MustCompile(`(?s)<parent>.*?</parent>`)
	tomlName  = regexp.MustCompile(`(?m)^name\s*=\s*["']([^"']+)["']`)
)

// declaredName returns the last part of the name that a manifest gives its package, or "".
func (f *finder) declaredName(file string) string {
	base := path.Base(file)
	if base != "package.json" && base != "go.mod" && base != "pom.xml" && base != "pyproject.toml" && base != "Cargo.toml" {
		if strings.HasSuffix(base, "proj") {
			return strings.TrimSuffix(base, path.Ext(base))
		}
		return ""
	}
	data, ok := f.read(file, maxConfig, false)
	if !ok {
		return ""
	}
	first := func(re *regexp.Regexp, data []byte) string {
		if m := re.FindSubmatch(data); m != nil {
			return string(m[1])
		}
		return ""
	}
	switch base {
	case "package.json":
		if v, _, err := document.ParseJSON(data); err == nil {
			return path.Base(v.Get("name").Str())
		}
	case "go.mod":
		return path.Base(major.ReplaceAllString(first(goModule, data), ""))
	case "pom.xml":
		return first(pomName, pomParent.ReplaceAll(data, nil))
	default:
		return first(tomlName, data)
	}
	return ""
}

// plainName makes names comparable: shop_api, Shop.Api and shop-api are one.
func plainName(name string) string {
	name = strings.ToLower(name)
	name = strings.Trim(strings.NewReplacer("_", "-", ".", "-", " ", "-").Replace(name), "-/")
	if name == "" || name == "-" {
		return ""
	}
	return name
}

// below returns the units in dir and below it. They are sorted, so those below stand together.
func (f *finder) below(dir string) []unit {
	if dir == "" {
		return f.units
	}
	find := func(from string) int {
		i, _ := slices.BinarySearchFunc(f.units, from, func(u unit, from string) int { return strings.Compare(u.dir, from) })
		return i
	}
	inside := f.units[find(dir+"/"):find(dir+"0")] // 0 is what follows /
	if i := find(dir); i < len(f.units) && f.units[i].dir == dir {
		return append([]unit{f.units[i]}, inside...)
	}
	return inside
}

// isUnit reports whether dir itself is one.
func (f *finder) isUnit(dir string) bool {
	_, ok := slices.BinarySearchFunc(f.units, dir, func(u unit, dir string) int { return strings.Compare(u.dir, dir) })
	return ok
}

// indexNames notes by which names units and the folders of Dockerfiles are known.
func (f *finder) indexNames() {
	f.byName = map[string][]string{}
	for _, u := range f.units {
		for _, name := range u.names {
			f.byName[name] = append(f.byName[name], u.dir)
		}
	}
	for _, d := range f.docker {
		if dir := project.Parent(d.file); dir != "" {
			name := plainName(path.Base(dir))
			if !slices.Contains(f.byName[name], dir) {
				f.byName[name] = append(f.byName[name], dir)
			}
		}
	}
}
