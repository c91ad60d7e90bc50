package dotnet

import (
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/reach/program"
)

// symbol is vulnerable code: a type, or a method of it. In Full the two are not told apart.
type symbol struct {
	full    string
	methods map[method]bool // what it is in the installed assemblies
}

func symbolsOf(t program.Target) []symbol {
	var list []symbol
	for _, s := range t.Symbols {
		if len(s.Names) == 0 && s.Path != "" {
			list = append(list, symbol{full: s.Path})
		}
		for _, name := range s.Names {
			full := name
			if s.Path != "" && !begins(name, s.Path) {
				full = s.Path + "." + name
			}
			list = append(list, symbol{full: full})
		}
	}
	return list
}

// locate finds the methods that a symbol means: all of a type, or those of its last name.
func (s *symbol) locate(l *library) {
	s.methods = map[method]bool{}
	for _, a := range l.assemblies {
		if at := a.find(split(s.full)); at >= 0 {
			for _, m := range a.methods(at) {
				s.methods[m] = true
			}
		}
		for at, d := range a.types { // nested types too
			name, ok := strings.CutPrefix(s.full, d.full()+".")
			if !ok || strings.Contains(name, ".") && name != ".ctor" {
				continue
			}
			for _, m := range a.named(at, name) {
				s.methods[m] = true
			}
		}
	}
}

// call is a place of the program's own code that certainly calls into a package.
type call struct {
	key  string
	to   string // the full name
	into []method
	at   fettle.Location
	in   string
}

// symbols looks for the vulnerable code itself, where the package is imported and somebody names that code.
func (a *analysis) symbols(t program.Target, v *program.Verdict, matches map[string]match) {
	list := symbolsOf(t)
	if !v.Known || v.Reach != program.Referenced || len(list) == 0 {
		return
	}
	l := a.index.libraries[t.Node.Key]
	goals := map[method]bool{}
	for i := range list {
		list[i].locate(l)
		for m := range list[i].methods {
			goals[m] = true
		}
	}
	var from []method
	origin := map[method]call{}
	for _, c := range a.allCalls() {
		for _, s := range list {
			if c.key == t.Node.Key && (c.to == s.full || strings.HasPrefix(c.to, s.full+".") && len(s.methods) == 0 || slices.ContainsFunc(c.into, func(m method) bool { return s.methods[m] })) {
				*v = program.Verdict{Reach: program.Called, Known: true, Why: c.at.String() + " calls " + s.full, Chain: []fettle.Hop{{Symbol: c.to, Location: c.at}}}
				return
			}
		}
		for _, m := range c.into {
			if _, ok := origin[m]; !ok {
				origin[m] = c
				from = append(from, m)
			}
		}
	}
	if len(goals) == 0 {
		v.Why += "; nobody can tell here where in it the vulnerable code is"
		return
	}
	if p := a.index.walk(from, goals); p != nil {
		*v = a.called(p, origin)
		return
	}
	if a.reflects == "" {
		a.reflects = a.reflection()
	}
	if a.reflects == none && !a.index.may(a.entries(l), goals) {
		v.Reach, v.Why = program.NoPath, "the package is imported, and no code that the program names leads to "+list[0].full
		return
	}
	v.Why += "; no call of " + list[0].full + " is certain"
}

// called is the verdict for a way through packages.
func (a *analysis) called(p *way, origin map[method]call) program.Verdict {
	goal := p.at.full()
	var hops []fettle.Hop
	for ; p != nil; p = p.prev {
		if p.prev == nil {
			c := origin[p.at]
			hops = append(hops, fettle.Hop{Symbol: c.to, Location: c.at})
		} else {
			l, where := a.index.holderOf(p.prev.at.of)
			hops = append(hops, fettle.Hop{Package: l, Symbol: p.prev.at.full(), Location: fettle.Location{Path: where}})
		}
	}
	slices.Reverse(hops)
	return program.Verdict{Reach: program.Called, Known: true, Why: hops[0].Location.String() + " calls " + hops[0].Symbol + ", which leads to " + goal, Chain: hops}
}

// holderOf returns the package that an assembly is of, and its file.
func (ix *index) holderOf(a *assembly) (name, file string) {
	for _, key := range ix.keys {
		if at := slices.Index(ix.libraries[key].assemblies, a); at >= 0 {
			return ix.libraries[key].node.String(), ix.libraries[key].where[at]
		}
	}
	return "", ""
}

// allCalls finds the calls of the production code once.
func (a *analysis) allCalls() []call {
	if a.calls == nil {
		a.calls = []call{}
		for _, f := range a.code.sources {
			if !f.Test {
				a.calls = append(a.calls, a.scope.calls(f)...)
			}
		}
	}
	return a.calls
}

// calls finds where f certainly calls a method of a package: its type is named there, or declared in the file.
func (s *scope) calls(f program.Source) []call {
	visible, explicit := s.sees(f)
	var list []call
	for _, u := range f.Uses {
		at := fettle.Location{Path: f.Path, Line: u.Line}
		name := u.Path
		if u.Module != "" {
			name = strings.TrimSuffix(u.Module+"."+u.Path, ".")
		}
		add := func(t typeName, member string) bool {
			keys := s.index.types[t]
			defines := s.defines[t]
			if defines > 0 {
				keys = keys[:defines]
			}
			if len(keys) == 0 || !s.only(keys) {
				return false
			}
			if member == "" {
				if !u.Call {
					return true
				}
				member = ".ctor"
			}
			member, _, _ = strings.Cut(member, ".")
			if member == "" {
				member = ".ctor"
			}
			for _, key := range keys {
				c := call{key: key, to: t.full() + "." + strings.TrimPrefix(member, "."), at: at, in: u.In}
				if member == ".ctor" {
					c.to = t.full()
				}
				s.index.resolveIn(key, t, member, func(m method) {
					if u.Call || property(m.name()) != m.name() { // else a method that is only named: handed on, or its name asked for
						c.into = append(c.into, m)
					}
				})
				if u.Call || len(c.into) > 0 {
					list = append(list, c)
				}
			}
			return true
		}
		head, rest, dotted := strings.Cut(name, ".")
		found := false
		if head != "" && !s.types[head] {
			for _, namespace := range visible.names {
				found = found || add(typeName{namespace, head}, rest)
			}
		}
		for i := len(name); !found && dotted && head != "" && i > 0; i = strings.LastIndexByte(name[:i], '.') {
			if t := split(name[:i]); t.namespace != "" {
				found = add(t, strings.TrimPrefix(name[i:], "."))
			}
		}
		if found || !u.Call {
			continue
		}
		if !dotted {
			for _, e := range explicit {
				if e.static {
					add(split(e.name), head)
				}
			}
			continue
		}
		list = append(list, s.extensionCalls(visible, lastName(name), at, u.In)...)
		if keys := s.guess(name); len(keys) > 0 {
			list = append(list, call{key: keys[0], to: name, at: at, in: u.In})
		} else if head != "" {
			list = append(list, s.guessed(explicit, name, at, u.In)...)
		}
	}
	return list
}

// guessed takes a call of a type of an imported namespace whose package is not installed.
func (s *scope) guessed(explicit []using, name string, at fettle.Location, in string) []call {
	var list []call
	for _, e := range explicit {
		if keys := s.guess(e.name); len(keys) > 0 && e.alias == "" && !e.static {
			list = append(list, call{key: keys[0], to: e.name + "." + name, at: at, in: in})
		}
	}
	return list
}

// extensionCalls takes a call on something of unknown type for one of an extension method, where only one can be meant.
func (s *scope) extensionCalls(visible *view, name string, at fettle.Location, in string) []call {
	var list []call
	for _, namespace := range visible.names {
		keys := s.members[namespace][name]
		if len(keys) != 1 || s.methods[name] || shared(namespace) || len(s.others(visible, namespace, name)) > 0 {
			continue
		}
		for _, as := range s.libraries[keys[0]].assemblies {
			for at2, d := range as.types {
				if d.namespace == namespace && slices.Contains(d.extensions, name) {
					list = append(list, call{key: keys[0], to: d.full() + "." + name, into: as.named(at2, name), at: at, in: in})
				}
			}
		}
	}
	return list
}

// resolveIn yields the methods of a type of a package.
func (ix *index) resolveIn(key string, t typeName, name string, yield func(method)) {
	for _, a := range ix.libraries[key].assemblies {
		if a.find(t) >= 0 {
			ix.resolve(typeRef{t, a.name}, name, 0, yield)
		}
	}
}
