package python

import (
	"slices"

	"github.com/fettle-dev/fettle/pkg/discover/document"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// poetryLock reads poetry.lock, as Poetry 1 and 2 write it.
func (r *reading) poetryLock(file string) {
	l, doc := r.openTOML("poetry", file, "poetry lock")
	if l == nil {
		return
	}
	l.version(doc.Get("metadata", "lock-version"), "1", "2")
	packages := doc.Get("package").List()
	for _, v := range packages {
		e, ok := l.named(v)
		if !ok {
			continue
		}
		optional := v.Get("optional").True()
		switch category := v.Get("category").Str(); {
		case v.Get("groups") != nil:
			e.scope = groupsScope(v.Get("groups").List(), optional)
		case category == "main" && optional:
			e.scope = fettle.Optional
		case category != "":
			e.scope = groupScope(category)
		}
		l.poetrySource(&e, v.Get("source"))
		if e.version == "" && e.noVersion == "" && !e.local {
			e.noVersion = "the lockfile names none; run poetry lock"
		}
		e.needs = poetryNeeds(v)
		l.entries = append(l.entries, e)
	}
	l.roots = []root{{needs: r.manifestBeside(l)}}
	r.locals(l)
	r.finish(l)
}

func (l *lock) poetrySource(e *entry, v *document.Value) {
	address := v.Get("url").Str()
	switch v.Get("type").Str() {
	case "directory":
		if e.dir, e.local = l.folder(address); e.local {
			return
		}
		l.from(e, "the folder", address)
	case "git", "hg", "svn":
		l.from(e, "a commit of", address)
	case "url":
		l.from(e, "the address", address)
	case "file":
		l.from(e, "the file", address)
	}
}

// poetryNeeds are what a package of poetry.lock needs, always or for one of its extras.
func poetryNeeds(v *document.Value) []need {
	var needs []need
	of := map[string][]string{} // extras that bring a name in
	for _, extra := range v.Get("extras").Map() {
		for _, item := range extra.Value.List() {
			if r, err := parseRequirement(item.Str()); err == nil {
				if in := of[r.name]; len(in) < 100 && !slices.Contains(in, normalize(extra.Key)) {
					of[r.name] = append(in, normalize(extra.Key))
				}
			}
		}
	}
	for _, f := range v.Get("dependencies").Map() {
		name := normalize(f.Key)
		several := []*document.Value{f.Value}
		if f.Value.Kind == document.List {
			several = f.Value.Items
		}
		for _, one := range several {
			n := need{requirement: requirement{name: name, spec: one.Str()}, line: f.Line}
			if one.Kind == document.Map {
				n.requirement = tableRequirement(name, one)
			}
			if !one.Get("optional").True() {
				needs = append(needs, n)
				continue
			}
			n.silent = true
			for _, extra := range of[name] {
				n.of = extra
				needs = append(needs, n)
			}
			if len(of[name]) == 0 {
				for _, extra := range asks(n.marker) {
					n.of = extra
					needs = append(needs, n)
				}
			}
		}
	}
	return needs
}
