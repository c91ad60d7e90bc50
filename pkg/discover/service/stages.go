package service

import (
	"slices"
	"strconv"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

func itoa(n int) string { return strconv.Itoa(n) }

// recipe is one way to build a Dockerfile.
type recipe struct {
	context, file, target string
}

// recipes are the ways that compose files and skaffold name; a Dockerfile that none names is built in its own folder.
func (f *finder) recipes() []recipe {
	var list []recipe
	named, seen := map[string]bool{}, map[recipe]bool{}
	for _, c := range f.compose {
		for _, s := range c.services {
			if r := (recipe{s.context, s.dockerfile, s.target}); s.dockerfile != "" && !seen[r] {
				list = append(list, r)
				named[s.dockerfile], seen[r] = true, true
			}
		}
	}
	for _, d := range f.docker {
		if !named[d.file] {
			list = append(list, recipe{project.Parent(d.file), d.file, ""})
		}
	}
	return list
}

// tellStages says what images ship, and that something listens where a Dockerfile exposes a port. EXPOSE opens nothing by
// itself: it is a hint, and counts only where nothing else says who reaches the service.
func (f *finder) tellStages() {
	shipped, left := map[string]bool{}, map[string]claim{}
	for _, r := range f.recipes() {
		d := f.dockerfileAt(r.file)
		if d == nil || len(d.stages) == 0 {
			continue
		}
		last, closure := d.final(r.target)
		f.tellShipped(d, r, last, closure, shipped, left)
		if at := f.built(r.context, r.file); !isProxy(d.image()) {
			f.tellExposed(d, closure, at)
		}
	}
	for _, u := range f.units {
		if c, ok := left[u.dir]; ok && !shipped[u.dir] && f.work >= 0 {
			f.say(place{[]string{u.dir}, true}, c)
		}
	}
}

func (f *finder) tellExposed(d *dockerfile, closure map[*stage]bool, at place) {
	for _, s := range d.stages {
		if !closure[s] || len(s.exposes) == 0 {
			continue
		}
		p := s.exposes[0]
		f.serves(at, "dockerfile", d.file, p.line, "EXPOSE %s", p.text)
		if d.whole && !f.says(at, fettle.Exposure) {
			f.say(at, claim{signal: fettle.Exposure, text: controlled, strength: fettle.Hinted, source: "dockerfile", file: d.file, line: p.line,
				why: "EXPOSE " + p.text + ", and nothing in the repository publishes it"})
		}
		return
	}
}

// says reports whether a configuration says something of a folder of at, or of one that holds it.
func (f *finder) says(at place, signal fettle.Signal) bool {
	if f.work -= len(f.facts); f.work < 0 {
		return true
	}
	for _, dir := range at.dirs {
		if slices.ContainsFunc(f.hushed, func(h string) bool { return concerns(h, dir) }) {
			return true
		}
	}
	for _, fact := range f.facts {
		for _, dir := range at.dirs {
			if fact.Signal == signal && fact.Source != "dockerfile" && concerns(fact.Service, dir) {
				return true
			}
		}
	}
	return false
}

// tellShipped notes the units that stages copy from the context: of those that the last one is made of, and of the others.
func (f *finder) tellShipped(d *dockerfile, r recipe, last *stage, closure map[*stage]bool, shipped map[string]bool, left map[string]claim) {
	for _, s := range d.stages {
		for _, c := range s.copies {
			if c.from != "" {
				continue
			}
			for _, source := range c.sources {
				wild := strings.ContainsAny(source, "*?[$")
				dir, ok := inside(r.context, strings.TrimLeft(source, "/"))
				if wild || !ok {
					dir = r.context
				}
				if f.work -= len(f.units); f.work < 0 {
					return
				}
				if closure[s] && !wild {
					f.sayShips(d, dir, c, last)
				}
				for _, u := range f.units {
					f.noteShipped(d, u, dir, c, closure[s], wild, shipped, left)
				}
			}
		}
		if s.network && closure[s] { // a mount shows the whole context
			for _, u := range f.below(r.context) {
				shipped[u.dir] = true
			}
		}
	}
}

func (f *finder) noteShipped(d *dockerfile, u unit, dir string, c transfer, ships, wild bool, shipped map[string]bool, left map[string]claim) {
	whole := within(u.dir, dir)
	switch {
	case ships && (whole || within(dir, u.dir)): // the unit, or a file or folder of it
		shipped[u.dir] = true
	case !ships && whole && !wild && u.dir != "" && d.whole:
		if _, ok := left[u.dir]; !ok {
			left[u.dir] = claim{signal: fettle.Shipped, text: "no", source: "dockerfile", file: d.file, line: c.line,
				why: "COPY " + strings.Join(c.sources, " ") + " is in a stage that the final image takes nothing from"}
		}
	}
}

// sayShips says that a folder which the image is made of ships: once, whatever units it holds.
func (f *finder) sayShips(d *dockerfile, dir string, c transfer, last *stage) {
	units := f.below(dir)
	if len(units) == 0 || isFixture(dir) {
		return
	}
	why := "the image is made of what COPY " + strings.Join(c.sources, " ") + " takes"
	if last.lean > 0 {
		why += ", without development dependencies by line " + itoa(last.lean)
	}
	if len(units) == 1 {
		dir = units[0].dir
	}
	f.say(place{[]string{dir}, true}, claim{signal: fettle.Shipped, text: "yes", source: "dockerfile", file: d.file, line: c.line, why: why})
}
