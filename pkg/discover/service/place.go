package service

import (
	"path"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/project"
)

// place is whom a statement is about. A place that is not sure takes only what raises urgency.
type place struct {
	dirs []string
	sure bool
}

// none is the place of what is not about the repository's code.
func (p place) none() bool { return len(p.dirs) == 0 }

// home returns the service that a file which lies beside code is about: the nearest unit at or above its folder, else the
// deepest folder above it that holds code. It is sure where that folder is the file's own, or holds one unit only.
func (f *finder) home(file string) place { return f.homeOf(project.Parent(file)) }

func (f *finder) homeOf(dir string) place {
	at, ok := f.homes[dir]
	if !ok {
		at = f.findHome(dir)
		f.homes[dir] = at
	}
	return at
}

func (f *finder) findHome(dir string) place {
	for at := dir; ; at = project.Parent(at) {
		units := f.below(at)
		switch {
		case len(units) == 1:
			return place{[]string{units[0].dir}, units[0].dir == dir || !f.manyBelow(at)}
		case len(units) > 0:
			return place{[]string{at}, at != "" && at == dir && f.isUnit(at)}
		case at == "":
			return place{[]string{""}, false}
		}
	}
}

// manyBelow reports whether images of more than one folder are built in dir, of which some may hold code without a manifest.
func (f *finder) manyBelow(dir string) bool {
	if many, ok := f.many[dir]; ok {
		return many
	}
	seen := map[string]bool{}
	for _, d := range f.docker {
		if within(d.file, dir) {
			seen[project.Parent(d.file)] = true
		}
	}
	f.many[dir] = len(seen) > 1
	return f.many[dir]
}

// named returns the units and folders of a Dockerfile that are called name. It is sure where there is one, or one that holds
// all others.
func (f *finder) named(name string) place {
	if name = plainName(name); name == "" {
		return place{}
	}
	return outermost(slices.Clone(f.byName[name]))
}

// outermost leaves out folders that lie in another one. The place is sure where one is left.
func outermost(dirs []string) place {
	slices.Sort(dirs)
	dirs = slices.Compact(dirs)
	var top []string
	for _, dir := range dirs {
		if !slices.ContainsFunc(top, func(t string) bool { return within(dir, t) }) {
			top = append(top, dir)
		}
	}
	return place{top, len(top) == 1}
}

// built returns the code that an image built in the folder context with a Dockerfile holds.
func (f *finder) built(context, dockerfile string) place {
	dir := project.Parent(dockerfile)
	if dir != context && within(dir, context) && len(f.below(dir)) > 0 && !mounts(dir) {
		return f.codeIn(dir)
	}
	if d := f.dockerfileAt(dockerfile); d != nil && len(f.below(context)) > 1 {
		if dirs := f.copied(d, context); len(dirs) > 0 {
			return place{dirs, true}
		}
	}
	return f.codeIn(context)
}

// mounts reports whether a folder is one that collects Dockerfiles, rather than one of a service.
func mounts(dir string) bool {
	switch path.Base(dir) {
	case "docker", "build", "deploy", "ci", "images", "dockerfiles", "containers", ".docker":
		return true
	}
	return false
}

// codeIn returns the place of a folder that is built as one. A folder in which there is no unit is part of the one above.
func (f *finder) codeIn(dir string) place {
	switch units := f.below(dir); {
	case len(units) == 1:
		return place{[]string{units[0].dir}, true}
	case len(units) > 1:
		return place{[]string{dir}, dir != ""}
	}
	for at := dir; at != ""; {
		if at = project.Parent(at); f.isUnit(at) {
			return place{[]string{at}, len(f.below(at)) == 1 && !f.manyBelow(at)}
		}
	}
	return place{[]string{dir}, true} // a folder of its own kind of code, which no manifest describes
}

// buildsImage notes that the tree builds an image of the code at a place.
func (f *finder) buildsImage(image string, at place) {
	if image = imageName(image); image != "" {
		last := image[strings.LastIndexByte(image, '/')+1:]
		f.builds[image] = f.builds[image].join(at)
		f.builtAs[last] = f.builtAs[last].join(at)
	}
}

// ofImage returns the code that an image holds; file is where it is named. An image that the tree does not build and that is
// a well-known one of others is at no place; for any other the nearest code is taken, which is not sure.
func (f *finder) ofImage(image, file string) place {
	image = imageName(image)
	last := image[strings.LastIndexByte(image, '/')+1:]
	for _, at := range []place{f.builds[image], f.builtAs[last]} {
		if image != "" && !at.none() {
			sure := at.sure
			at = outermost(slices.Clone(at.dirs))
			return place{at.dirs, at.sure && sure}
		}
	}
	if at := f.named(last); !at.none() && !(stockNames[last] && !strings.Contains(image, "/")) {
		return at
	}
	if stock(image) {
		return place{}
	}
	at := f.home(file)
	return place{at.dirs, false}
}

// join unites places; it is sure where both are.
func (p place) join(q place) place {
	switch {
	case p.none():
		return q
	case q.none():
		return p
	}
	dirs := append(slices.Clone(p.dirs), q.dirs...)
	slices.Sort(dirs)
	return place{slices.Compact(dirs), p.sure && q.sure}
}

// meets reports whether one of two places holds a folder of the other.
func (p place) meets(q place) bool {
	for _, a := range p.dirs {
		for _, b := range q.dirs {
			if concerns(a, b) {
				return true
			}
		}
	}
	return false
}
