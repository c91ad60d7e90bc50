package surface

import (
	"context"
	"path"
	"strings"
)

// pyPackage is what the modules of one wheel define.
type pyPackage struct {
	ctx      context.Context
	files    *artifact
	tops     map[string]bool   // top modules
	modules  map[string]string // file of each module; "" for a folder without __init__, "!" for a compiled one
	stubs    map[string]string // file of types beside each module
	read     map[string]*pyModule
	metadata string
	steps    int
}

func newPython(ctx context.Context, a *artifact) *pyPackage {
	p := &pyPackage{ctx: ctx, files: a, tops: map[string]bool{}, modules: map[string]string{}, stubs: map[string]string{}, read: map[string]*pyModule{}}
	for _, name := range a.names {
		first, _, nested := strings.Cut(name, "/")
		switch {
		case strings.HasSuffix(first, ".dist-info"):
			if path.Base(name) == "METADATA" {
				text, _ := a.read(name)
				p.metadata = string(text)
			}
			continue
		case strings.HasSuffix(first, ".data"): // purelib and platlib hold modules, the rest scripts
			_, rest, _ := strings.Cut(strings.TrimPrefix(name, first+"/"), "/")
			if !strings.HasPrefix(name, first+"/purelib/") && !strings.HasPrefix(name, first+"/platlib/") {
				continue
			}
			p.add(name, rest)
			continue
		case nested && strings.Contains(first, "."):
			continue
		}
		p.add(name, name)
	}
	return p
}

// add notes the module in a file; in is its place among modules.
func (p *pyPackage) add(file, in string) {
	ext := path.Ext(in)
	compiled := ext == ".so" || ext == ".pyd"
	if ext != ".py" && ext != ".pyi" && !compiled {
		return
	}
	dir, base := path.Split(in)
	base, _, _ = strings.Cut(base, ".")
	name := strings.ReplaceAll(dir, "/", ".") + base
	if base == "__init__" {
		name = strings.TrimSuffix(strings.ReplaceAll(dir, "/", "."), ".")
	}
	if name == "" || strings.Contains(name, "..") {
		return
	}
	if compiled {
		file = "!"
	}
	switch have, ok := p.modules[name]; {
	case !ok || have == "" || ext == ".py" || have == "!" && ext == ".pyi":
		p.modules[name] = file
	}
	if ext == ".pyi" {
		p.stubs[name] = file
	}
	p.tops[top(name)] = true
	for i := strings.LastIndexByte(name, '.'); i > 0; i = strings.LastIndexByte(name[:i], '.') {
		if _, ok := p.modules[name[:i]]; !ok {
			p.modules[name[:i]] = ""
		}
	}
}

// has reports whether there is such a module, or a folder that holds some.
func (p *pyPackage) has(module string) bool {
	_, ok := p.modules[module]
	return ok
}

// state is how far a name can be told.
type state int

const (
	unknown state = iota
	found
	missing
)

// pyFound is the answer to a dotted name. Name is as far as it can be followed: a.f for a.f.x where f is a function.
type pyFound struct {
	state       state
	name        string
	module      string // where it was looked for
	missing     string // the first part that is not there, the module for a whole one
	wholeModule bool
	def         *pyDef
	owner       *pyModule
	stub        bool // told by the types that are shipped beside a module
	lazy        bool // most likely there, since a __getattr__ may make it
	method      bool // of a class, called on an instance or on the class
}

const maxPySteps = 200_000

// find follows a dotted name from its top module.
func (p *pyPackage) find(dotted string) pyFound { return p.follow(dotted, 0) }

func (p *pyPackage) follow(dotted string, depth int) pyFound {
	parts := strings.Split(dotted, ".")
	if depth > 20 || len(parts) > 40 || p.steps > maxPySteps {
		return pyFound{module: dotted}
	}
	p.steps++
	module := parts[0]
	if !p.tops[module] {
		return pyFound{state: missing, module: module, missing: module, wholeModule: true}
	}
	for i := 1; ; i++ {
		if i == len(parts) {
			return pyFound{state: found, name: dotted, module: module}
		}
		name := parts[i]
		m := p.module(module)
		// a name that the module binds hides a module of the same name, except where it imports just that
		if def := m.names[name]; def != nil && !(def.from == module && def.name == name) && !(def.from == module+"."+name && def.name == "") {
			return p.definition(m, def, module, parts, i, depth)
		}
		if _, ok := p.modules[module+"."+name]; ok {
			module += "." + name
			continue
		}
		if strings.HasPrefix(name, "__") {
			return pyFound{module: module}
		}
		open := m.open
		for _, star := range m.stars {
			if !p.tops[top(star)] {
				open = true
				continue
			}
			if got := p.follow(star+"."+strings.Join(parts[i:], "."), depth+1); got.state == found {
				got.name = strings.Join(parts[:min(len(parts), i+1+strings.Count(strings.TrimPrefix(got.name, star+"."), "."))], ".")
				return got
			} else if got.state == unknown {
				open = true
			} else if got.missing != parts[i] {
				return got
			}
		}
		switch {
		case open:
			return pyFound{module: module}
		case m.words[name]:
			return pyFound{state: found, name: strings.Join(parts[:i+1], "."), module: module, lazy: true}
		}
		return pyFound{state: missing, module: module, missing: name, name: strings.Join(parts[:i+1], "."), stub: m.stubbed}
	}
}

// definition follows the rest of parts below a definition.
func (p *pyPackage) definition(m *pyModule, def *pyDef, module string, parts []string, i, depth int) pyFound {
	here := strings.Join(parts[:i+1], ".")
	rest := parts[i+1:]
	if def.from != "" {
		if !p.tops[top(def.from)] {
			return pyFound{state: found, name: here, module: module, stub: m.stubbed} // of another package, which does not move with this one
		}
		target := def.from
		if def.name != "" {
			target += "." + def.name
		}
		got := p.follow(strings.Join(append([]string{target}, rest...), "."), depth+1)
		switch got.state {
		case found:
			got.name = strings.Join(parts[:min(len(parts), i+1+max(0, strings.Count(got.name, ".")-strings.Count(target, ".")))], ".")
		case missing:
			if len(rest) == 0 || strings.HasPrefix(target+".", got.name+".") {
				return pyFound{module: module} // an import that fails, or is made as it runs
			}
		}
		return got
	}
	got := pyFound{state: found, name: here, module: module, def: def, owner: m, stub: m.stubbed}
	if def.class == nil || len(rest) == 0 {
		return got
	}
	member := p.member(got, rest[0])
	if member.state == missing {
		member.missing = rest[0]
	}
	if member.state == unknown {
		member.module = here
	}
	return member
}

// member looks an attribute up in a class and its bases.
func (p *pyPackage) member(class pyFound, name string) pyFound {
	return p.memberOf(class, name, class.name, map[*pyDef]bool{})
}

func (p *pyPackage) memberOf(class pyFound, name, as string, seen map[*pyDef]bool) pyFound {
	result := pyFound{state: missing, module: class.module, name: as + "." + name, missing: name}
	if class.def == nil || class.def.class == nil || len(seen) > 60 {
		return pyFound{module: class.module}
	}
	if seen[class.def] {
		return result
	}
	seen[class.def] = true
	if strings.HasPrefix(name, "__") {
		return pyFound{module: class.module}
	}
	if def := class.def.class.members[name]; def != nil {
		return pyFound{state: found, name: as + "." + name, module: class.module, def: def, owner: class.owner, method: true}
	}
	if class.def.class.open {
		result.state = unknown
	}
	for _, base := range class.def.class.bases {
		if plainBases[base] {
			continue
		}
		got := p.base(class, base)
		if got.state == found && got.def != nil && got.def.class != nil {
			got = p.memberOf(got, name, as, seen)
		} else {
			got.state = unknown
		}
		switch got.state {
		case found:
			return got
		case unknown:
			result.state = unknown
		}
	}
	return result
}

// plainBases have no members that a program asks for by name.
var plainBases = map[string]bool{"object": true, "ABC": true, "abc.ABC": true, "Generic": true, "typing.Generic": true, "t.Generic": true, "Protocol": true, "typing.Protocol": true, "t.Protocol": true}

// base is what a base class is, as written in the module of class.
func (p *pyPackage) base(class pyFound, base string) pyFound {
	if class.owner == nil || base == "" {
		return pyFound{}
	}
	return p.follow(class.owner.name+"."+base, 1)
}
