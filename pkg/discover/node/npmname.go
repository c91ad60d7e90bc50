package node

import (
	"net/url"
	"path"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/project"
)

// nameOfKey returns the package name at the end of a key: node_modules/@a/b is @a/b.
func nameOfKey(key string) string {
	scope := path.Base(path.Dir(key))
	if strings.HasPrefix(scope, "@") {
		return scope + "/" + path.Base(key)
	}
	return path.Base(key)
}

// installed splits a key into the folder that holds node_modules and the name in there; ok is false for a key of another
// form, such as a folder inside a package.
func installed(key string) (folder, name string, ok bool) {
	i := strings.LastIndex("/"+key, "/node_modules/")
	if i < 0 {
		return "", "", false
	}
	name = ("/" + key)[i+len("/node_modules/"):]
	folder = strings.TrimPrefix(("/" + key)[:i], "/")
	return folder, name, validName(name)
}

// validName reports whether name can be that of a package: name or @scope/name.
func validName(name string) bool {
	if rest, scoped := strings.CutPrefix(name, "@"); scoped {
		scope, base, ok := strings.Cut(rest, "/")
		return ok && validPart(scope) && validPart(base)
	}
	return validPart(name)
}

func validPart(part string) bool {
	return part != "" && part[0] != '.' && part != "node_modules" && len(part) <= 214 &&
		!strings.ContainsFunc(part, func(r rune) bool { return r <= ' ' || r == '/' || r == '\\' || r == '@' || r == 0x7f })
}

// checkNames tells of an entry whose name no package can have, or that downloads something else than it says it is: its
// content would be judged by the wrong advisories.
func checkNames(s *project.Scanner, what string, e npmEntry, resolved string) {
	if !validName(e.name) {
		s.Note(e.line, "%s: %.100q is no name of a package, so no advisory was compared with it", what, e.name)
		return
	}
	name, version, ok := tarball(resolved)
	if ok && (name != e.name || version != e.version) {
		s.Note(e.line, "%s says it is %.100s@%.50s and downloads %.100s@%.50s; only the former was checked", what, e.name, e.version, name, version)
	}
}

// tarball returns what a registry address names, by the form name/-/name-version.tgz that registries share.
func tarball(address string) (name, version string, ok bool) {
	u, err := url.Parse(address)
	if err != nil {
		return "", "", false
	}
	i := strings.LastIndex(u.Path, "/-/")
	if i < 0 {
		return "", "", false
	}
	name = nameOfKey(u.Path[:i])
	file, isTar := strings.CutSuffix(path.Base(u.Path), ".tgz")
	version, named := strings.CutPrefix(file, path.Base(name)+"-")
	return name, version, isTar && named && validName(name)
}
