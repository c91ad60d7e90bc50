package composer

import (
	"path"
	"path/filepath"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/document"
	"github.com/fettle-dev/fettle/pkg/discover/project"
)

// lock is what composer.lock or installed.json says.
type lock struct {
	packages []entry
	hash     string
	hashLine int
	aliases  map[string]string // what the project calls a branch, by name of the package
}

// entry is one package that is locked.
type entry struct {
	name, version string
	reference     string // the commit or the like
	address       string // of a path repository: where it is
	dev           bool
	line, endLine int
	needs         []need
	stands        []string // names that it replaces or provides
}

// need asks for a package by a constraint.
type need struct {
	name, constraint string
	line             int
	dev              bool
}

// parse reads a file as JSON that is an object.
func parse(files *project.Files, file string, t *project.Teller) (*document.Value, error) {
	data, err := files.Read(file)
	if err != nil {
		return nil, err
	}
	doc, faults, err := document.ParseJSON(data)
	if err != nil {
		return nil, err
	}
	t.Faults(file, faults)
	if !doc.Is(document.Map) {
		return nil, project.NewFault(doc.Line, "is "+doc.Kind.String()+"; want an object")
	}
	return doc, nil
}

func parseLock(files *project.Files, file string, t *project.Teller) (*lock, error) {
	doc, err := parse(files, file, t)
	if err != nil {
		return nil, err
	}
	if !doc.Get("packages").Is(document.List) {
		return nil, project.NewFault(doc.Line, `has no list "packages"; run composer update --lock`)
	}
	l := &lock{aliases: map[string]string{}}
	l.take(doc.Get("packages"), false, file, t)
	if dev := doc.Field("packages-dev"); dev != nil && !dev.Value.Is(document.Null) {
		if !dev.Value.Is(document.List) {
			t.Tell(file, dev.Line, `"packages-dev" is %s; want a list, so packages for development were not checked`, dev.Value.Kind)
		}
		l.take(dev.Value, true, file, t)
	}
	if h := doc.Field("content-hash"); h != nil {
		l.hash, l.hashLine = h.Value.Str(), h.Line
	}
	for _, a := range doc.Get("aliases").List() {
		l.aliases[strings.ToLower(a.Get("package").Str())] = a.Get("alias").Str()
	}
	return l, nil
}

// parseInstalled reads vendor/composer/installed.json of Composer 2, or the list that Composer 1 wrote.
func parseInstalled(files *project.Files, file string, t *project.Teller) (*lock, error) {
	data, err := files.Read(file)
	if err != nil {
		return nil, err
	}
	doc, faults, err := document.ParseJSON(data)
	if err != nil {
		return nil, err
	}
	t.Faults(file, faults)
	list := doc
	if doc.Is(document.Map) {
		list = doc.Get("packages")
	}
	if !list.Is(document.List) {
		return nil, project.NewFault(doc.Line, "has no list of packages; run composer install")
	}
	l := &lock{aliases: map[string]string{}}
	l.take(list, false, file, t)
	dev := map[string]bool{}
	for _, name := range doc.Get("dev-package-names").List() {
		dev[strings.ToLower(name.Str())] = true
	}
	for i := range l.packages {
		l.packages[i].dev = dev[strings.ToLower(l.packages[i].name)]
	}
	return l, nil
}

func (l *lock) take(list *document.Value, dev bool, file string, t *project.Teller) {
	for _, v := range list.List() {
		e := entry{name: v.Get("name").Str(), version: v.Get("version").Str(), dev: dev, line: v.Line, endLine: v.EndLine}
		if e.name == "" {
			t.Tell(file, v.Line, "a package without a name was not checked")
			continue
		}
		if v.Get("dist", "type").Str() == "path" {
			e.address = v.Get("dist", "url").Str()
		}
		if e.reference = v.Get("source", "reference").Str(); e.reference == "" {
			e.reference = v.Get("dist", "reference").Str()
		}
		e.needs = needsOf(v.Get("require"), false)
		for _, section := range []string{"replace", "provide"} {
			for _, f := range v.Get(section).Map() {
				e.stands = append(e.stands, strings.ToLower(f.Key))
			}
		}
		l.packages = append(l.packages, e)
	}
}

func needsOf(section *document.Value, dev bool) []need {
	var list []need
	for _, f := range section.Map() {
		list = append(list, need{f.Key, f.Value.Str(), f.Line, dev})
	}
	return list
}

// isPlatform reports whether name is PHP, an extension, a library of the machine or Composer itself, none of which is a package.
func isPlatform(name string) bool { return !strings.Contains(name, "/") }

// folder returns where in the tree a package of a path repository is; false for all other packages.
func (e entry) folder(dir string) (string, bool) {
	if e.address == "" {
		return "", false
	}
	at := path.Join(dir, filepath.ToSlash(e.address))
	return at, !path.IsAbs(e.address) && filepath.IsLocal(filepath.FromSlash(at))
}

// isBranch reports whether version is a branch rather than a release.
func isBranch(version string) bool {
	v := strings.ToLower(version)
	return strings.HasPrefix(v, "dev-") || strings.HasSuffix(v, "-dev") || strings.HasSuffix(v, ".x") || strings.HasSuffix(v, ".*")
}
