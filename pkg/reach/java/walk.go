package java

import (
	"context"
	"path"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// step is how the walk came to a class.
type step struct {
	class string
	hop   *fettle.Hop // where the program's own code or configuration names it
	via   *step       // else the class that does
	how   string      // else than by naming it: "META-INF/services/x.Y"
	holds *jar        // where a resource names it: the jar
}

// walk follows who names whom. What strings and configuration of libraries name is left for the second walk.
type walk struct {
	*world
	ctx    context.Context
	wide   bool // follow what may be too
	seen   map[string]*step
	queue  []*step
	later  []*step         // what the narrow walk left
	jars   map[*jar]*step  // with the first class of each
	active map[string]bool // services and resources that are followed
}

func newWalk(ctx context.Context, w *world) *walk {
	return &walk{world: w, ctx: ctx, seen: map[string]*step{}, jars: map[*jar]*step{}, active: map[string]bool{}}
}

// meet notes that the step's class is named.
func (w *walk) meet(s *step) {
	if len(w.holders[s.class]) == 0 {
		w.platform(s)
	}
	w.serve(s)
	if w.seen[s.class] != nil || len(w.holders[s.class]) == 0 {
		return
	}
	w.seen[s.class] = s
	w.queue = append(w.queue, s)
}

// platform follows what a class of the JDK loads by itself: the drivers of databases, and providers of the same kind.
func (w *walk) platform(s *step) {
	if s.class == "java.sql.DriverManager" {
		w.serve(&step{class: "java.sql.Driver", via: s, hop: s.hop})
	}
	f := family(s.class)
	if f == "" || len(w.families[f]) == 0 || w.active["family "+f] {
		return
	}
	w.active["family "+f] = true
	for _, name := range w.families[f] {
		for _, offer := range w.services[name] {
			w.maybe(&step{class: offer.provider, via: s, how: "META-INF/services/" + name, holds: offer.jar})
		}
	}
}

// maybe notes that the step's class may be loaded.
func (w *walk) maybe(s *step) {
	if w.wide {
		w.meet(s)
	} else if w.seen[s.class] == nil && len(w.holders[s.class]) > 0 {
		w.later = append(w.later, s)
	}
}

// serve follows a service that the class is: whoever loads it finds all who offer it.
func (w *walk) serve(s *step) {
	if len(w.services[s.class]) == 0 || w.active[s.class] {
		return
	}
	w.active[s.class] = true
	for _, offer := range w.services[s.class] {
		if w.seen[offer.provider] == nil && len(w.holders[offer.provider]) > 0 {
			w.meet(&step{class: offer.provider, via: s, how: "META-INF/services/" + s.class, holds: offer.jar})
		}
	}
}

// run follows all that is to be followed.
func (w *walk) run() error {
	for n := 0; len(w.queue) > 0; n++ {
		if n%256 == 0 && w.ctx.Err() != nil {
			return w.ctx.Err()
		}
		s := w.queue[0]
		w.queue = w.queue[1:]
		for _, j := range w.holders[s.class] {
			if w.jars[j] == nil {
				w.jars[j] = s
				w.ownResources(j, s)
			}
		}
		c := w.class(s.class)
		if c == nil {
			continue
		}
		for _, ref := range c.refs {
			w.meet(&step{class: ref, via: s})
		}
		if !slices.Contains(refusals, s.class) {
			for _, text := range c.texts {
				w.text(s, text)
			}
		}
	}
	return nil
}

// refusals are classes whose strings name what they refuse to load.
var refusals = []string{"com.fasterxml.jackson.databind.jsontype.impl.SubTypeValidator", "org.codehaus.jackson.map.jsontype.impl.SubTypeValidator"}

// text follows a word in a string of the step's class: the name of a class, of a package to put names after, or of a resource.
func (w *walk) text(s *step, text string) {
	if simple.MatchString(text) {
		if i := strings.LastIndexByte(s.class, '.'); i > 0 {
			w.maybe(&step{class: s.class[:i+1] + strings.TrimPrefix(text, "."), via: s, how: "a string, to be put after its package"})
		}
		return
	}
	name := normal(text)
	if len(w.holders[name]) > 0 {
		w.maybe(&step{class: name, via: s, how: "a string"})
	} else if class, rest, ok := w.resolve(name); ok && !strings.Contains(rest, ".") {
		w.maybe(&step{class: class, via: s, how: "a string"})
	} else if (strings.HasSuffix(text, ".") || strings.HasSuffix(text, "/") && !strings.Contains(text, "META-INF")) && w.packages[name] && !w.active["package "+name] {
		if w.wide || !w.active["later package "+name] {
			w.active["later package "+name] = true
			for _, class := range w.below(name + ".") {
				w.maybe(&step{class: class, via: s, how: "a string that classes of the package may be added to"})
			}
		}
		if w.wide {
			w.active["package "+name] = true
		}
	}
	at := strings.TrimPrefix(text, "/")
	w.resource(s, at)
	if i := strings.LastIndexByte(s.class, '.'); i > 0 && !strings.Contains(at, "/") {
		w.resource(s, strings.ReplaceAll(s.class[:i], ".", "/")+"/"+at)
	}
	if strings.HasSuffix(at, "/") && strings.Count(at, "/") >= 2 && strings.HasPrefix(at, "META-INF/") && at != "META-INF/services/" {
		w.folder(s, at)
	}
}

// folder follows the resources below a folder that a string names.
func (w *walk) folder(s *step, dir string) {
	if w.active["folder "+dir] {
		return
	}
	w.active["folder "+dir] = true
	var names []string
	for name := range w.resources {
		if strings.HasPrefix(name, dir) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		w.resource(s, name)
	}
}

// resource follows what the resources of this path name, in whatever jar.
func (w *walk) resource(s *step, name string) {
	if len(w.resources[name]) == 0 || w.active["resource "+name] {
		return
	}
	w.active["resource "+name] = true
	for _, r := range w.resources[name] {
		w.names(s, r, certain(name))
	}
}

// certain reports whether the classes that a resource names are loaded when the resource is read.
func certain(name string) bool {
	return name == "META-INF/spring.factories" || path.Base(name) == "Log4j2Plugins.dat" || strings.HasPrefix(name, "META-INF/spring/") && strings.HasSuffix(name, ".imports")
}

// names follows the classes that a resource names, or is named for.
func (w *walk) names(s *step, r resource, certain bool) {
	data, err := w.budget.unpack(r.file, maxResource)
	if err != nil {
		w.broken[r.jar] = r.file.Name + " " + err.Error()
		return
	}
	binary := strings.IndexByte(string(data[:min(len(data), 1<<10)]), 0) >= 0
	take := func(word string) {
		class, rest, ok := w.resolve(normal(word))
		if !ok && binary { // the byte before a text is its length, which may look like a letter
			class, rest, ok = w.resolve(normal(word[1:]))
		}
		if !ok || strings.Contains(rest, ".") {
			return
		}
		to := &step{class: class, via: s, how: r.file.Name, holds: r.jar}
		if certain {
			w.meet(to)
		} else {
			w.maybe(to)
		}
	}
	words(string(data), take)
	words(path.Base(r.file.Name), take)
}

// ownResources follows the configuration that a jar has for itself.
func (w *walk) ownResources(j *jar, s *step) {
	for _, f := range j.others {
		if configures(f.Name) && !strings.HasPrefix(f.Name, "META-INF/services/") && !certain(f.Name) && (w.wide || !w.active["own "+j.label+f.Name]) {
			w.active["own "+j.label+f.Name] = true
			w.names(s, resource{f, j}, false)
		}
	}
}

// maxChain is how many steps of a way are told.
const maxChain = 30

// chain is the way to s, from the program's own code on.
func (w *world) chain(s *step) []fettle.Hop {
	var hops []fettle.Hop
	for ; s != nil && len(hops) < maxChain; s = s.via {
		if len(w.holders[s.class]) > 0 {
			hop := fettle.Hop{Package: w.holders[s.class][0].label, Symbol: s.class, Location: fettle.Location{Path: strings.ReplaceAll(s.class, ".", "/") + ".class"}}
			hops = append(hops, hop)
		}
		if s.holds != nil {
			hops = append(hops, fettle.Hop{Package: s.holds.label, Location: fettle.Location{Path: s.how}})
		}
		if s.hop != nil {
			hops = append(hops, *s.hop)
		}
	}
	slices.Reverse(hops)
	return hops
}
