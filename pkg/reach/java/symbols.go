package java

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/reach/program"
)

// weak is a method or class that an advisory names; name is "" for all of the class.
type weak struct{ class, name string }

func (w weak) String() string {
	if w.name == "" {
		return w.class
	}
	return w.class + "." + w.name
}

// weaknesses are the symbols of t as classes of its jars, and how many there are that its jars do not have.
func (c *investigation) weaknesses(t program.Target, jars []*jar) (all []weak, foreign int) {
	has := func(name string) bool {
		return slices.ContainsFunc(jars, func(j *jar) bool { return len(j.classes[name]) > 0 })
	}
	for _, s := range t.Symbols {
		names := s.Names
		if len(names) == 0 {
			names = []string{""}
		}
		for _, name := range names {
			name, _, _ = strings.Cut(name, "(")
			whole := strings.Trim(s.Path+"."+strings.ReplaceAll(name, "#", "."), ".")
			class, rest, ok := resolveIn(strings.ReplaceAll(whole, "/", "."), has)
			if !ok || strings.Contains(rest, ".") {
				foreign++
				continue
			}
			all = append(all, weak{class, rest})
		}
	}
	return all, foreign
}

// within answers for a target that production code leads to by way of s.
func (c *investigation) within(t program.Target, jars []*jar, s *step) program.Verdict {
	v := program.Verdict{Reach: program.Referenced, Known: true, Why: "production code names classes of the package", Chain: c.world.chain(s)}
	for via := s.via; via != nil; via = via.via { // past classes of the JDK
		if holders := c.world.holders[via.class]; len(holders) > 0 {
			v.Why = "production code leads to classes of the package by way of " + holders[0].label
			break
		}
	}
	all, foreign := c.weaknesses(t, jars)
	if len(all) == 0 {
		if foreign > 0 {
			v.Why += "; the code that the advisory names is not in this version"
		}
		return v
	}
	for _, w := range all {
		if chain := c.calls(w); chain != nil {
			v.Reach, v.Chain = program.Called, chain
			v.Why = fmt.Sprintf("the program's own code calls %s", w)
			return v
		}
	}
	if c.leads(all, &v) {
		return v
	}
	if why, _ := c.doubt(t.Node, jars); why != "" || foreign > 0 {
		if why == "" {
			why = "other code that the advisory names is not in this version"
		}
		v.Why = fmt.Sprintf("no way leads to %s, but not all can be seen: %s", all[0], why)
		return v
	}
	v.Reach = program.NoPath
	v.Why = fmt.Sprintf("the package is used; no class that production code leads to names %s", all[0].class)
	if len(all) > 1 {
		v.Why += fmt.Sprintf(", nor the other %d that the advisory names", len(all)-1)
	}
	return v
}

// leads says how the walk from class to class comes to one of all, if it does. Whether the methods on the way are run is not
// known: that a class names another is no call.
func (c *investigation) leads(all []weak, v *program.Verdict) bool {
	for _, w := range all {
		if s := c.through(w); s != nil {
			v.Chain = append(c.world.chain(s), w.hop(c.world))
			v.Why = fmt.Sprintf("%s is reached, as far as classes tell: %s calls %s; no call of it in the program's own code was found", w.class, s.class, w)
			return true
		}
	}
	for _, w := range all {
		if s := c.narrow.seen[w.class]; s != nil {
			v.Chain = c.world.chain(s)
			v.Why = fmt.Sprintf("%s is reached, as far as classes tell; no call of %s was found", w.class, w)
			return true
		}
	}
	for _, w := range all {
		if c.wide.seen[w.class] != nil {
			v.Why = fmt.Sprintf("%s may be used; no call of it was found", w)
			return true
		}
	}
	return false
}

// hop is the end of a way to w.
func (w weak) hop(of *world) fettle.Hop {
	return fettle.Hop{Package: of.holders[w.class][0].label, Symbol: w.String(), Location: fettle.Location{Path: strings.ReplaceAll(w.class, ".", "/") + ".class"}}
}

// calls is the call of w in the program's own code; nil where none was found.
func (c *investigation) calls(w weak) []fettle.Hop {
	for _, k := range c.own.calls {
		if !k.test && c.certainly(k.member, w) {
			return []fettle.Hop{k.hop, w.hop(c.world)}
		}
	}
	return nil
}

// certainly reports whether a call of m runs w: on its class, or on one that extends it and has no such method itself.
func (c *investigation) certainly(m member, w weak) bool {
	if m.class == w.class {
		return w.name == "" || m.name == w.name
	}
	if m.name != w.name || w.name == "<init>" || !c.world.extends(m.class, w.class) {
		return false
	}
	k := c.world.class(m.class)
	return k != nil && !slices.Contains(k.own, m.name)
}

// through is the nearest class of a library on the way that calls w; nil for none.
func (c *investigation) through(w weak) *step {
	if c.narrow.seen[w.class] == nil {
		return nil
	}
	var best *step
	length := 0
	for name, s := range c.narrow.seen {
		k := c.world.class(name)
		if k == nil || name == w.class && w.name == "" || !slices.ContainsFunc(k.calls, func(m member) bool { return c.calling(m, w) }) {
			continue
		}
		n := 0
		for at := s; at != nil; at = at.via {
			n++
		}
		if best == nil || n < length || n == length && name < best.class {
			best, length = s, n
		}
	}
	return best
}

// calling reports whether a call of m may run w: on its class, on one that it extends, or on one that extends it.
func (c *investigation) calling(m member, w weak) bool {
	if w.name == "" {
		return m.class == w.class
	}
	if m.name != w.name {
		return false
	}
	if m.class == w.class {
		return true
	}
	return w.name != "<init>" && (c.world.extends(w.class, m.class) || c.world.extends(m.class, w.class))
}

// extends reports whether class is a kind of super, as far as the classpath has them.
func (w *world) extends(class, super string) bool {
	if len(w.holders[super]) == 0 {
		return false
	}
	seen, open := map[string]bool{class: true}, []string{class}
	for len(open) > 0 && len(seen) < 1_000 {
		c := w.class(open[0])
		open = open[1:]
		if c == nil {
			continue
		}
		for _, s := range c.supers {
			if s == super {
				return true
			}
			if !seen[s] && len(w.holders[s]) > 0 {
				seen[s] = true
				open = append(open, s)
			}
		}
	}
	return false
}
