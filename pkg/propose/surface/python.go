package surface

import (
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/syntax"
)

// python holds the names that own code takes from the modules of a distribution against those of the new one.
func (l *look) python() error {
	before, after := newPython(l.ctx, l.old), newPython(l.ctx, l.new)
	l.links(wheelLinks(after.metadata))
	l.pythonToolchain(before, after)
	for _, f := range l.own.files {
		tops := before.topsOf(f)
		if len(tops) == 0 {
			continue
		}
		p := &pyLook{look: l, file: f, before: before, after: after}
		p.calls = pyCalls(l.ctx, f)
		p.imports()
		for _, u := range f.Uses {
			if u.Module == "" || strings.HasPrefix(u.Module, ".") || !tops[top(u.Module)] {
				continue
			}
			p.use(u.Module, u.Path, u.Line, u.Call)
		}
		p.instances()
	}
	return l.ctx.Err()
}

func top(module string) string {
	name, _, _ := strings.Cut(module, ".")
	return name
}

// pyLook is one file of own code.
type pyLook struct {
	*look
	file          source
	before, after *pyPackage
	calls         *pyOwn
}

// topsOf are the top modules of the distribution that f imports.
func (p *pyPackage) topsOf(f source) map[string]bool {
	var tops map[string]bool
	for _, i := range f.Imports {
		if name := top(i.Target); p.tops[name] {
			if tops == nil {
				tops = map[string]bool{}
			}
			tops[name] = true
		}
	}
	return tops
}

// imports looks at what the file's import statements name.
func (p *pyLook) imports() {
	for _, i := range p.file.Imports {
		if strings.HasPrefix(i.Target, ".") || !p.before.tops[top(i.Target)] || i.Optional {
			continue
		}
		if len(i.Names) == 0 {
			p.use(i.Target, "", i.Line, false)
		}
		for _, n := range i.Names {
			if n.Name == "*" {
				p.gap("takes all names of "+i.Target+", so that those in use cannot all be told", &fettle.Location{Path: p.file.Path, Line: i.Line})
				p.use(i.Target, "", i.Line, false)
				continue
			}
			p.use(i.Target, n.Name, p.importLine(i.Line, n.Name), false)
		}
	}
}

// importLine is where name stands in an import of several lines.
func (p *pyLook) importLine(line int, name string) int {
	for at := line; at < line+60 && at <= p.file.Lines; at++ {
		if locate(p.file, at, name).Column > 0 {
			return at
		}
		if strings.Contains(lineOf(p.file.text, at), ")") {
			break
		}
	}
	return line
}

// optionalImport reports whether an import of that module in the file may fail without harm.
func (p *pyLook) optionalImport(module string) bool {
	return slices.ContainsFunc(p.file.Imports, func(i syntax.Import) bool { return i.Optional && i.Target == module })
}

// use holds module.path against both versions.
func (p *pyLook) use(module, dotted string, line int, call bool) {
	full := module
	if dotted != "" {
		full += "." + dotted
	}
	if p.before.modules[module] != "" && !p.after.has(module) && !p.optionalImport(module) { // whatever else has its name
		p.used[module] = true
		p.broken(module, locate(p.file, line, module), "the new version has no module "+module)
		return
	}
	was := p.before.find(full)
	if was.state != found {
		if was.state == unknown && p.before.tops[top(module)] {
			p.gap("names of "+was.module+" are made as it runs, so that they cannot all be compared", nil)
		}
		if was.state == missing && !p.optionalImport(module) {
			p.unseen[full] = true
		}
		return
	}
	p.used[was.name] = true
	if p.optionalImport(module) {
		return
	}
	is := p.after.find(was.name)
	if is.lazy && is.state == found || is.state == missing && is.stub && !was.stub {
		is.state = unknown
	}
	switch is.state {
	case unknown:
		p.gap("names of "+is.module+" are made as the new version runs, so that "+was.name+" cannot be told", nil)
		return
	case missing:
		detail := "the new version has no " + is.missing
		if is.wholeModule {
			detail = "the new version has no module " + is.missing
		}
		p.broken(was.name, p.place(line, was.name, is.missing), detail)
		return
	}
	if call && full == was.name {
		for _, c := range p.calls.at(line, full[strings.LastIndexByte(full, '.')+1:], p.localNames(module, dotted)) {
			p.signature(was, is, c, line)
		}
	}
}

// localNames are what module.path may be called in the file.
func (p *pyLook) localNames(module, dotted string) map[string]bool {
	names := map[string]bool{}
	last := dotted[strings.LastIndexByte(dotted, '.')+1:]
	if last != "" {
		names[last] = true
	}
	for _, i := range p.file.Imports {
		for _, n := range i.Names {
			if n.Name == dotted && n.As != "" {
				names[n.As] = true
			}
		}
	}
	return names
}

// place is that of the name that is gone, where the line holds it, else of the last name.
func (p *pyLook) place(line int, name, gone string) fettle.Location {
	if at := locate(p.file, line, gone); at.Column > 0 {
		return at
	}
	return locate(p.file, line, name)
}

// instances looks at attributes of variables that hold an instance of a class of the package.
func (p *pyLook) instances() {
	if p.calls == nil {
		return
	}
	for _, a := range p.calls.attributes {
		class := p.calls.classes[a.object]
		if class == "" || class == "?" {
			continue
		}
		was := p.before.find(class)
		if was.state != found || was.def == nil || was.def.class == nil {
			continue
		}
		member := p.before.member(was, a.name)
		if member.state != found {
			continue
		}
		p.used[was.name+"."+a.name] = true
		is := p.after.find(was.name)
		if is.state != found || is.def == nil || is.def.class == nil {
			continue // told where the class is imported, or cannot be
		}
		now := p.after.member(is, a.name)
		switch {
		case now.state == missing:
			p.broken(was.name+"."+a.name, locate(p.file, a.line, a.name), "the new version's "+is.name+" has no "+a.name)
		case now.state == found && a.call != nil:
			p.signature(member, now, *a.call, a.line)
		}
	}
}

// signature compares how a call passes its arguments with what the new version takes, where both say so plainly.
func (p *pyLook) signature(was, is pyFound, c pyCall, line int) {
	before, ok := p.before.parameters(was)
	after, known := p.after.parameters(is)
	if !ok || !known || c.star {
		return
	}
	for _, k := range c.keywords {
		if before.takes(k) && !after.takes(k) {
			p.broken(was.name, locate(p.file, line, lastName(was.name)), "the new version's "+is.name+" takes no argument "+k)
			return
		}
	}
	if n := c.positional; !before.rest && n <= len(before.positional) && !after.rest && n > len(after.positional) {
		p.broken(was.name, locate(p.file, line, lastName(was.name)), plural(n, "positional argument")+" here, and the new version's "+is.name+" takes "+plural(len(after.positional), "")+" at most")
		return
	}
	if c.doubleStar {
		return
	}
	if missing := after.lacks(c); missing != "" && before.lacks(c) == "" {
		p.broken(was.name, locate(p.file, line, lastName(was.name)), "the new version's "+is.name+" needs the argument "+missing)
	}
}

func lastName(dotted string) string { return dotted[strings.LastIndexByte(dotted, '.')+1:] }
