package node

import (
	"bytes"
	"fmt"
	"path"
	"regexp"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/syntax"
)

// listing are the ways to see what a folder holds.
var listing = regexp.MustCompile(`readdir|opendir|\bglob(?:by|Sync)?\b|\bfdir\b`)

// tells reports whether a file tells other code where it is.
func tells(data []byte) bool {
	for _, way := range []string{"__dirname", "__filename", "import.meta", "(module)", "(module,", ", module)", ",module)"} {
		if bytes.Contains(data, []byte(way)) {
			return true
		}
	}
	return false
}

// readFile notes what one file of a package imports. It is looked through first, and parsed only where that may tell more.
func (a *analysis) readFile(pkg *installed, file string) {
	data, err := a.p.Files.Read(path.Join(pkg.dir, file))
	if err != nil {
		a.opaque(pkg, file+" "+err.Error())
		return
	}
	a.spent.files++
	a.spent.bytes += len(data)
	s := scan(data)
	matters := s.open > 0 && a.spent.parsed+len(data) <= maxDoubtful
	for _, i := range s.imports {
		if local(i.target) {
			continue
		}
		for _, key := range a.find.within(pkg.key, packageName(i.target)) {
			matters = matters || a.targets[key]
		}
	}
	for token, line := range s.quoted {
		if name := strings.TrimSuffix(token, "/"); len(a.find.byName[name]) > 0 && pkg.quoted[name] == "" && s.times[token] > 0 {
			pkg.quoted[name] = fmt.Sprintf("%s:%d", file, line)
		}
		pkg.scans = pkg.scans || s.open > 0 && strings.Contains(token, "node_modules") && listing.Match(data)
	}
	pkg.places = pkg.places || tells(data)
	var parsed *syntax.File
	if matters && a.spent.parsed+len(data) <= maxParsed {
		a.spent.parsed += len(data)
		name := file
		if _, ok := syntax.LanguageOf(file); !ok {
			name = file + ".js"
		}
		if f, err := syntax.Read(a.ctx, name, data); err == nil && f.Broken == 0 {
			parsed = &f
		}
	}
	if parsed == nil {
		for _, i := range s.imports {
			a.within(pkg, i, file, nil)
		}
		if s.open > 0 {
			a.opens(pkg, file, s.open, "")
		}
		return
	}
	for _, i := range parsed.Imports {
		if !i.Types && !(i.Optional && i.Target == "react/jsx-runtime") {
			a.within(pkg, found{i.Target, i.Line}, file, parsed)
		}
	}
	for _, d := range parsed.Dynamic {
		a.opens(pkg, file, d.Line, d.Prefix)
	}
}

// within notes an import of a package's own file.
func (a *analysis) within(pkg *installed, i found, file string, parsed *syntax.File) {
	target, _, _ := strings.Cut(i.target, "?")
	if local(target) {
		pkg.add(a, path.Join(path.Dir(file), target))
		return
	}
	if strings.HasPrefix(target, "#") {
		for _, leaf := range expand(leavesByKey(pkg.manifest.Imports), target) {
			if local(leaf) {
				pkg.add(a, strings.TrimPrefix(path.Clean("/"+leaf), "/"))
			} else {
				a.within(pkg, found{leaf, i.line}, file, parsed)
			}
		}
		return
	}
	name := packageName(target)
	if target == "" || strings.HasPrefix(target, "node:") || builtin(name) && !strings.HasSuffix(target, "/") && !strings.Contains(target, "/") {
		return
	}
	at := fettle.Location{Path: file, Line: i.line}
	keys := a.find.within(pkg.key, name)
	if len(keys) == 0 && name == a.find.name[pkg.key] { // itself
		pkg.ask(subpath(target, name))
		a.askedFor(pkg, subpath(target, name))
		return
	}
	for _, key := range keys {
		a.graph.Import(pkg.key, key, at, target)
		pkg.uses = append(pkg.uses, key)
		if a.targets[key] {
			p := place{holder: pkg.key, path: file, target: target, line: i.line, parsed: parsed != nil}
			if parsed != nil {
				p.file = *parsed
			}
			a.uses[key] = append(a.uses[key], p)
		}
		a.packageAt(key).ask(subpath(target, name))
		a.enqueue(key)
	}
}

// opens notes a place in a package that loads what cannot be read: files of its own where the name begins so.
func (a *analysis) opens(pkg *installed, file string, line int, prefix string) {
	switch {
	case local(prefix):
		folder := path.Join(path.Dir(file), prefix[:strings.LastIndexByte(prefix, '/')+1])
		if strings.HasPrefix(folder, "..") {
			return
		}
		if folder == "." {
			folder = ""
		}
		pkg.all(a, folder)
	case prefix == "":
		pkg.all(a, "")
		if pkg.open == "" {
			pkg.open = fmt.Sprintf("%s:%d", file, line)
		}
	case strings.ContainsAny(prefix, ":#"):
	default:
		for name, keys := range a.find.byName {
			if strings.HasPrefix(name, prefix) || strings.HasPrefix(prefix, name+"/") {
				for _, key := range keys {
					a.doubt(pkg.key, key, fmt.Sprintf("%s loads what begins with %s", a.find.name[pkg.key], prefix), fettle.Location{Path: file, Line: line})
				}
			}
		}
	}
}
