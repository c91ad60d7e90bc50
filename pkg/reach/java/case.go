package java

import (
	"context"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/reach/program"
)

// investigation is what is known of one program.
type investigation struct {
	ctx     context.Context
	program program.Program
	world   *world
	own     *own
	missing map[string]string   // by key of a node on the classpath of production: why its jar cannot be read
	lost    map[string]bool     // keys of nodes that something missing needs, directly or not
	needs   map[string][]string // keys by holder
	nodes   map[string]fettle.Node
	narrow  *walk // what the program's own code leads to
	wide    *walk // what it may lead to
	tests   *walk // what its tests lead to
	gaps    []fettle.Gap
}

func newCase(ctx context.Context, p program.Program) *investigation {
	w := newWorld()
	c := &investigation{ctx: ctx, program: p, world: w, missing: map[string]string{}, lost: map[string]bool{}, needs: map[string][]string{}, nodes: map[string]fettle.Node{},
		own: &own{world: w, classes: map[string]bool{}, packages: map[string]bool{}, seen: map[string]bool{}, inner: map[string]bool{}}}
	for _, n := range p.Project.Nodes {
		c.nodes[n.Key] = n
		for _, h := range n.Holders {
			c.needs[h.Holder] = append(c.needs[h.Holder], n.Key)
		}
	}
	return c
}

// load reads the jars and the program's own files.
func (c *investigation) load() error {
	c.installed()
	if err := c.carried(); err != nil {
		return err
	}
	sources, others, err := c.siblings()
	if err != nil {
		return err
	}
	c.own.elsewhere = len(sources) > 0
	sources = append(slices.Clone(c.program.Sources), sources...)
	c.own.define(sources)
	c.compile(sources)
	for _, s := range sources {
		c.own.read(s)
	}
	for _, file := range append(slices.Clone(c.program.Others), others...) {
		if err := c.ctx.Err(); err != nil {
			return err
		}
		if !(Analyst{}).Tests(file) {
			c.own.other(c.program, file)
		}
	}
	for _, u := range c.program.Unread {
		if !(Analyst{}).Tests(u.Path) {
			c.own.doubts = append(c.own.doubts, doubt{"was not parsed: " + u.Why, fettle.Location{Path: u.Path}, ""})
		}
	}
	c.lose()
	c.makers()
	return nil
}

// installed opens the jars that the package managers fetched.
func (c *investigation) installed() {
	repo := repositoryOf(c.program.Settings)
	for _, n := range c.program.Project.Nodes {
		if n.Scope == fettle.Test {
			continue
		}
		files, ok := repo.jars(n)
		if !ok && len(files) == 0 {
			c.missing[n.Key] = "its jar is not on this machine"
		}
		for _, file := range files {
			j, err := openJar(file)
			if err == nil {
				j.key, j.label = n.Key, n.Package.String()
				if err = c.world.add(j); err != nil {
					j.close()
				}
			}
			if err != nil {
				c.missing[n.Key] = "its jar cannot be read: " + err.Error()
			}
		}
	}
}

// carriers are the folders in which programs bring jars along.
var carriers = []string{"lib", "libs", "WEB-INF/lib", "src/main/webapp/WEB-INF/lib", "WebContent/WEB-INF/lib", "web/WEB-INF/lib"}

const maxCarried = 256 << 20 // bytes of jars in the tree

// carried opens the jars that lie in the tree.
func (c *investigation) carried() error {
	total := 0
	for _, dir := range carriers {
		for _, name := range c.program.Files.List(path.Join(c.program.Project.Dir, dir)) {
			file := path.Join(c.program.Project.Dir, dir, name)
			if !strings.HasSuffix(name, ".jar") || strings.HasSuffix(name, "-sources.jar") || !c.program.Files.Is(file) {
				continue
			}
			if err := c.ctx.Err(); err != nil {
				return err
			}
			data, err := c.program.Files.Read(file)
			if total += len(data); total > maxCarried {
				err = fmt.Errorf("more than %d MiB of jars in the tree", maxCarried>>20)
			}
			var j *jar
			if err == nil {
				j, err = jarOf(data)
			}
			if err == nil {
				j.label = file
				for key, n := range c.nodes {
					if _, artifact, _ := strings.Cut(n.Name, ":"); name == artifact+"-"+n.Version+".jar" && c.missing[key] != "" {
						j.key, j.label = key, n.Package.String()
						delete(c.missing, key)
					}
				}
				err = c.world.add(j)
			}
			if err != nil {
				c.own.doubts = append(c.own.doubts, doubt{"cannot be read: " + err.Error(), fettle.Location{Path: file}, ""})
			}
		}
	}
	return nil
}

// lose finds out what may be imported by jars that are not here.
func (c *investigation) lose() {
	open := slices.Sorted(maps.Keys(c.missing))
	for len(open) > 0 {
		key := open[0]
		open = open[1:]
		for _, to := range c.needs[key] {
			if !c.lost[to] {
				c.lost[to] = true
				open = append(open, to)
			}
		}
	}
	if len(c.missing) > 0 {
		first := slices.Sorted(maps.Keys(c.missing))[0]
		c.gaps = append(c.gaps, fettle.Gap{Stage: "correlate", Subject: c.program.Project.Lockfile, Reason: fmt.Sprintf(
			"how far the program gets into some packages cannot be told: of %d packages, %d have no jar on this machine, the first is %.200s; run %s first", len(c.nodes), len(c.missing), first, c.fetch())})
	}
}

// fetch is what brings the jars here.
func (c *investigation) fetch() string {
	if c.program.Project.Manager == "gradle" {
		return "gradle build"
	}
	return "mvn dependency:go-offline"
}

// makers notes annotation processors on the classpath: what they write is not among the sources.
func (c *investigation) makers() {
	if c.own.compiled {
		return
	}
	for _, s := range c.world.services["javax.annotation.processing.Processor"] {
		n, ok := c.nodes[s.jar.key]
		if !ok || slices.Contains(tame, n.Name) {
			continue
		}
		c.own.doubts = append(c.own.doubts, doubt{fmt.Sprintf("%s writes code when the program is compiled; compile it first, so that its classes can be read", n.Package), n.Location, ""})
	}
	for _, name := range []string{"META-INF/quarkus-extension.properties"} {
		if list := c.world.resources[name]; len(list) > 0 {
			n := c.nodes[list[0].jar.key]
			c.own.doubts = append(c.own.doubts, doubt{fmt.Sprintf("%s has Quarkus write code when the program is built", n.Package), n.Location, ""})
		}
	}
}

// follow walks from the program's own code to the classes of the jars, as far as the targets ask for it.
func (c *investigation) follow(targets []program.Target) error {
	c.narrow, c.wide, c.tests = newWalk(c.ctx, c.world), newWalk(c.ctx, c.world), newWalk(c.ctx, c.world)
	c.wide.wide = true
	for i := range c.own.mentions {
		m := &c.own.mentions[i]
		s := step{class: m.class, hop: &m.hop}
		if m.test {
			c.tests.meet(&s)
			continue
		}
		if m.soft {
			s.how = "a name in a text"
		} else {
			narrow := s
			c.narrow.meet(&narrow)
		}
		c.wide.meet(&s)
	}
	for _, d := range c.own.doubts {
		if d.prefix == "" {
			continue
		}
		at := d.at
		for _, class := range c.world.below(d.prefix) {
			c.wide.meet(&step{class: class, hop: &fettle.Hop{Location: at}, how: d.why})
		}
	}
	c.platform()
	for _, w := range []*walk{c.narrow, c.wide, c.tests} {
		if w != c.narrow && !c.undecided(targets) {
			break
		}
		if err := w.run(); err != nil {
			return err
		}
	}
	return nil
}

// undecided reports whether a target needs more than the narrow walk.
func (c *investigation) undecided(targets []program.Target) bool {
	reached := map[string]bool{}
	for j := range c.narrow.jars {
		reached[j.key] = true
	}
	return slices.ContainsFunc(targets, func(t program.Target) bool { return len(t.Symbols) > 0 || !reached[t.Node.Key] })
}

// platform follows what the JDK loads whatever a program does, and what the container of a web application does.
func (c *investigation) platform() {
	web := c.web()
	if web {
		c.contained()
	}
	for _, name := range slices.Sorted(maps.Keys(c.world.services)) {
		contained := web && (strings.HasPrefix(name, "javax.") || strings.HasPrefix(name, "jakarta."))
		if len(c.world.holders[name]) > 0 || slices.Contains(unasked, name) || !contained && (!ofJDK(name) || family(name) != "") {
			continue
		}
		for _, s := range c.world.services[name] {
			if len(c.world.holders[s.provider]) > 0 {
				c.wide.meet(&step{class: s.provider, how: "META-INF/services/" + name, holds: s.jar})
			}
		}
	}
}
