package service

import (
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/project"
)

// buildsOfCompose notes which folder an image that compose files build is made of.
func (f *finder) buildsOfCompose() {
	for _, c := range f.compose {
		for _, s := range c.services {
			if s.dockerfile != "" && s.image != "" {
				f.buildsImage(s.image, f.built(s.context, s.dockerfile))
			}
		}
	}
}

// tellCompose says who reaches the services of compose files. A service is open where any file of the folder publishes it; it
// is controlled where none does, and nothing stands before it that may hand requests on.
func (f *finder) tellCompose() {
	for _, c := range f.compose {
		var siblings []*composed
		for _, other := range f.compose {
			if project.Parent(other.file) == project.Parent(c.file) {
				siblings = append(siblings, other.services...)
			}
		}
		front := slices.ContainsFunc(siblings, f.fronts)
		for _, s := range c.services {
			f.tellComposed(s, siblings, front)
		}
	}
}

// fronts reports whether a service is published and hands requests on to others.
func (f *finder) fronts(s *composed) bool {
	if len(s.published) == 0 && s.host == 0 {
		return false
	}
	if d := f.dockerfileAt(s.dockerfile); d != nil {
		return isProxy(d.image()) || isProxy(s.name)
	}
	return isProxy(s.image) || isProxy(s.name)
}

func (f *finder) tellComposed(s *composed, siblings []*composed, front bool) {
	at := f.placeOfComposed(s, siblings)
	if at.none() {
		return
	}
	const source = "compose"
	f.tellLabels(at, s.labels, source, s.file)
	switch {
	case s.host > 0:
		f.expose(at, open, source, s.file, s.host, "service %s is on the network of the host", s.name)
	case len(s.published) > 0:
		f.expose(at, open, source, s.file, s.published[0].line, "service %s publishes %s on all addresses", s.name, s.published[0].text)
	case s.reached != "":
		f.expose(at, open, source, s.file, s.reachedAt, "a proxy hands requests on to service %s: %s", s.name, s.reached)
	case front || rehearses(s.file) || slices.ContainsFunc(siblings, func(o *composed) bool { return o.name == s.name && o.opened() }):
	case s.local.line > 0:
		f.expose(at, controlled, source, s.file, s.local.line, "service %s publishes %s on the machine itself only", s.name, s.local.text)
	default:
		f.expose(at, controlled, source, s.file, s.line, "service %s publishes no port", s.name)
	}
}

// rehearsals are words in the name of a compose file that runs something else than the service as it is deployed.
var rehearsals = set("test tests testing ci dev devel development e2e integration debug local build lint bench benchmark devcontainer mock ide")

// rehearses reports whether a compose file is for tests or for development, where a port that is missing says nothing.
func rehearses(file string) bool {
	return aside(file) != "" || slices.ContainsFunc(strings.FieldsFunc(strings.ToLower(file), func(r rune) bool { return strings.ContainsRune("./-_", r) }),
		func(word string) bool { return rehearsals[word] })
}

// opened reports whether a file opens the service, or may do so by what is not read here.
func (s *composed) opened() bool {
	return len(s.published) > 0 || s.host > 0 || s.reached != "" || s.extends
}

// placeOfComposed is the code that is built, in this file or in one that it is laid over. An image that the tree does not
// build is none of its code.
func (f *finder) placeOfComposed(s *composed, siblings []*composed) place {
	if s.dockerfile != "" {
		return f.built(s.context, s.dockerfile)
	}
	for _, o := range siblings {
		if o.name == s.name && o.dockerfile != "" {
			return f.built(o.context, o.dockerfile)
		}
	}
	at := f.ofImage(s.image, s.file)
	if s.image == "" || f.builtHere(s.image) {
		return at
	}
	// An image of nobody known is likely that of others. What it publishes may be code of the tree all the same.
	if (len(s.published) > 0 || s.host > 0) && !at.none() {
		f.hushed = append(f.hushed, at.dirs...)
	}
	return place{}
}

// builtHere reports whether the tree builds an image, or has a folder of its name.
func (f *finder) builtHere(image string) bool {
	image = imageName(image)
	last := image[strings.LastIndexByte(image, '/')+1:]
	return !f.builds[image].none() || !f.builtAs[last].none() || !f.named(last).none()
}
