package dotnet

import (
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/reach/program"
)

// scope is what the whole program declares.
type scope struct {
	*index
	globals    []using         // imports for every file
	types      map[string]bool // simple names of own types
	methods    map[string]bool // simple names of own members
	namespaces map[string]bool // own, with those around them
}

func newScope(ix *index, c *code) *scope {
	s := &scope{index: ix, types: map[string]bool{}, methods: map[string]bool{}, namespaces: map[string]bool{}}
	for _, name := range implicit {
		s.globals = append(s.globals, using{name: name})
	}
	if c.isWeb {
		for _, name := range implicitWeb {
			s.globals = append(s.globals, using{name: name})
		}
	}
	for _, key := range ix.keys {
		for _, name := range ix.libraries[key].usings {
			s.globals = append(s.globals, using{name: name})
		}
	}
	for _, b := range c.builds {
		s.globals = append(s.globals, b.usings...)
	}
	for _, f := range c.sources {
		for _, i := range f.Imports {
			if i.Exports {
				s.globals = append(s.globals, using{i.Target, i.As, len(i.Names) > 0, fettle.Location{Path: f.Path, Line: i.Line}})
			}
		}
		for _, d := range f.Defines {
			name := d.Name[strings.LastIndexByte(d.Name, '.')+1:]
			s.types[name], s.methods[name] = true, true
		}
		for _, n := range f.Namespaces {
			for ; n != ""; n = above(n) {
				s.namespaces[n] = true
			}
		}
	}
	return s
}

// above is the namespace around another; "" for none.
func above(namespace string) string {
	return namespace[:max(strings.LastIndexByte(namespace, '.'), 0)]
}

// match is what one file uses of the packages.
type match struct {
	sure  map[string]use // by key
	maybe map[string]use
}

type use struct {
	what string // the name that is used
	at   fettle.Location
}

// view is the namespaces whose types a file can name without more, in order, each with the import that says so.
type view struct {
	names []string
	at    map[string]fettle.Location
}

func (v *view) add(namespace string, at fettle.Location) {
	have, ok := v.at[namespace]
	if !ok {
		v.names = append(v.names, namespace)
	}
	if !ok || have.Path == "" {
		v.at[namespace] = at
	}
}

func (s *scope) sees(f program.Source) (visible *view, explicit []using) {
	visible = &view{at: map[string]fettle.Location{}}
	visible.add("", fettle.Location{})
	var around []string
	for _, n := range f.Namespaces {
		for ; n != ""; n = above(n) {
			if !slices.Contains(around, n) {
				around = append(around, n)
				visible.add(n, fettle.Location{})
			}
		}
	}
	for _, i := range f.Imports {
		if !i.Exports {
			explicit = append(explicit, using{i.Target, i.As, len(i.Names) > 0, fettle.Location{Path: f.Path, Line: i.Line}})
		}
	}
	explicit = append(explicit, s.globals...)
	for _, u := range explicit {
		if u.alias != "" || u.static {
			continue
		}
		for _, name := range append([]string{""}, around...) { // using B in namespace A may mean A.B
			if name != "" {
				name += "."
			}
			visible.add(name+u.name, u.at)
		}
	}
	return visible, explicit
}

// match finds what f uses.
func (s *scope) match(f program.Source) match {
	m := match{map[string]use{}, map[string]use{}}
	visible, explicit := s.sees(f)
	for _, u := range explicit {
		switch {
		case u.at.Path == "": // implicit: nobody wrote it
		case u.alias != "" || u.static:
			s.qualified(m, f, u.name, u.at)
		}
		if u.at.Path != "" && !s.namespaces[u.name] {
			for _, key := range s.exclusive(u.name) {
				m.add(true, key, u.name, u.at)
			}
			for _, key := range s.guess(u.name) {
				m.add(true, key, u.name, u.at)
			}
		}
	}
	for _, u := range f.Uses {
		at := fettle.Location{Path: f.Path, Line: u.Line}
		name := u.Path
		if u.Module != "" {
			name = strings.TrimSuffix(u.Module+"."+u.Path, ".")
		}
		head, _, dotted := strings.Cut(name, ".")
		if head != "" {
			s.simple(m, visible, head, at)
		}
		if dotted {
			s.qualified(m, f, name, at)
			s.extension(m, visible, name, at)
		} else if u.Call {
			s.extension(m, visible, "."+name, at)
		}
	}
	s.unnamed(m, visible, f)
	return m
}

func (m match) add(sure bool, key, what string, at fettle.Location) {
	to := m.maybe
	if sure {
		to = m.sure
	}
	if _, ok := to[key]; !ok {
		to[key] = use{what, at}
	}
}

// take notes the use of a name that keys hold: certain where they are copies of one package, or the first of them defines it and
// the others only forward to it.
func (s *scope) take(m match, keys []string, defines int, own bool, what string, at fettle.Location) {
	if len(keys) == 0 {
		return
	}
	if defines > 0 && s.only(keys[:defines]) {
		for _, key := range keys[defines:] {
			m.add(false, key, what, at)
		}
		keys = keys[:defines]
	}
	sure := !own && s.only(keys)
	for _, key := range keys {
		m.add(sure, key, what, at)
	}
}

// simple takes a name that stands alone, as a type of a visible namespace.
func (s *scope) simple(m match, visible *view, name string, at fettle.Location) {
	var found []string
	for _, namespace := range visible.names {
		found = append(found, s.index.types[typeName{namespace, name}]...)
	}
	if len(found) == 0 {
		return
	}
	unclear := s.types[name]
	for _, namespace := range visible.names {
		t := typeName{namespace, name}
		s.take(m, s.index.types[t], s.defines[t], unclear || !s.only(found) && len(s.index.types[t]) < len(found), t.full(), at)
	}
}

// qualified takes a dotted name as written out, or beginning in a namespace around.
func (s *scope) qualified(m match, f program.Source, name string, at fettle.Location) {
	roots := []string{""}
	for _, n := range f.Namespaces {
		for ; n != ""; n = above(n) {
			roots = append(roots, n+".")
		}
	}
	for _, root := range roots {
		full := root + name
		for i := len(full); i > 0; i = strings.LastIndexByte(full[:i], '.') {
			t := split(full[:i])
			if keys := s.index.types[t]; len(keys) > 0 && t.namespace != "" {
				s.take(m, keys, s.defines[t], false, full[:i], at)
				break
			}
			if root == "" && len(s.holds[full[:i]]) > 0 && !s.namespaces[full[:i]] {
				for _, key := range s.exclusive(full[:i]) {
					m.add(true, key, full[:i], at)
				}
			}
		}
		if root == "" && strings.Contains(name, ".") && !s.namespaces[name] {
			for _, key := range s.guess(name) {
				m.add(true, key, name, at)
			}
		}
	}
}

// extension takes each member of a dotted name as an extension method of a visible namespace.
func (s *scope) extension(m match, visible *view, name string, at fettle.Location) {
	_, rest, _ := strings.Cut(name, ".")
	for _, namespace := range visible.names {
		members := s.members[namespace]
		if len(members) == 0 {
			continue
		}
		for _, part := range strings.Split(rest, ".") {
			keys := members[part]
			if len(keys) == 0 {
				continue
			}
			own := s.methods[part] || len(s.others(visible, namespace, part)) > 0 || shared(namespace)
			s.take(m, keys, 0, own, namespace+": "+part, at)
		}
	}
}

// others are packages with an extension method of the name in another namespace that is visible.
func (s *scope) others(visible *view, namespace, name string) []string {
	var keys []string
	for _, n := range visible.names {
		if n != namespace {
			keys = append(keys, s.members[n][name]...)
		}
	}
	return keys
}

// patterns are the extension methods that the compiler calls without their names: foreach, await, collection initializers,
// deconstruction, queries.
var patterns = []string{"GetEnumerator", "GetAsyncEnumerator", "GetAwaiter", "Add", "Deconstruct", "Select", "SelectMany", "Where", "Join", "GroupJoin", "OrderBy", "GroupBy", "Slice"}

func (s *scope) unnamed(m match, visible *view, f program.Source) {
	for _, namespace := range visible.names {
		at := visible.at[namespace]
		for _, name := range patterns {
			for _, key := range s.members[namespace][name] {
				if at.Path == "" {
					at = fettle.Location{Path: f.Path}
				}
				m.add(false, key, namespace+": "+name, at)
			}
		}
	}
}
