package golang

import (
	"fmt"
	"strings"

	"golang.org/x/mod/module"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// party is a module that asks for others.
type party struct {
	key      string
	requires []require
	isMember bool
}

// connect adds who needs whom, and returns the keys of nodes that only the indirect requirements of a member ask for.
//
// Since Go 1.17 a go.mod repeats, marked indirect, what its dependencies need. Such a line is an edge only where no way
// over direct requirements leads from the same module to the same need.
func (b *builder) connect() map[string]bool {
	parties := b.parties()
	ways := newWays()
	direct := map[string]bool{} // what a member asks for itself
	for _, p := range parties {
		tools := b.tools(p)
		for _, r := range p.requires {
			key, ok := b.need(r)
			scope := fettle.Production
			if r.indirect {
				scope = fettle.Development
				ok = ok && tools[r.mod.Path]
			}
			if ok {
				ways.add(p.key, key)
				b.hold(p.key, key, r.mod.Version, scope)
				direct[key] = direct[key] || p.isMember
			}
		}
	}
	asked := map[string]bool{}
	for _, p := range parties {
		if p.isMember && !b.complete() {
			continue
		}
		var open []string
		specs := map[string]string{}
		for _, r := range p.requires {
			if key, ok := b.need(r); ok && r.indirect {
				open = append(open, key)
				specs[key] = r.mod.Version + " // indirect"
			}
		}
		for _, key := range ways.missing(p.key, open) {
			b.hold(p.key, key, specs[key], fettle.Production)
			if p.isMember && !direct[key] {
				asked[key] = true
			}
		}
	}
	b.bridge()
	return asked
}

func (b *builder) hold(holder, key, spec string, scope fettle.Scope) {
	b.held[key] = true
	b.graph.Need(holder, key, spec, scope)
}

// bridge finds a holder for nodes that only modules ask for that were not chosen: those of other versions, and those without
// code. It is the nearest chosen module on the shortest way through them.
func (b *builder) bridge() {
	type step struct {
		mod    module.Version
		holder string // the last chosen module on the way
	}
	var queue []step
	seen := map[module.Version]bool{}
	visit := func(holder string, requires []require, isMember bool) {
		for _, r := range requires {
			if _, ok := b.mods.summaries[r.mod]; !ok || seen[r.mod] || b.mods.excludes[r.mod] {
				continue
			}
			seen[r.mod] = true
			at := holder
			if key, ok := b.keys[r.mod.Path]; ok && b.mods.selected[r.mod.Path] == r.mod.Version {
				if !b.held[key] && !(isMember && r.indirect) {
					b.hold(holder, key, r.mod.Version, fettle.Production)
				}
				at = key
			}
			queue = append(queue, step{r.mod, at})
		}
	}
	for _, m := range b.w.members {
		visit(b.holder(m), m.requires, true)
	}
	for ; len(queue) > 0; queue = queue[1:] {
		if s := b.mods.summaries[queue[0].mod]; s != nil {
			visit(queue[0].holder, s.requires, false)
		}
	}
}

// need returns the node or folder that meets a requirement.
func (b *builder) need(r require) (string, bool) {
	if b.mods.main[r.mod.Path] || b.mods.excludes[r.mod] {
		return "", false
	}
	key, ok := b.keys[r.mod.Path]
	return key, ok
}

// parties are the members, the project's own folders and the modules that were chosen.
func (b *builder) parties() []party {
	var list []party
	for _, m := range b.w.members {
		list = append(list, party{b.holder(m), m.requires, true})
	}
	owned := map[string]bool{}
	for _, o := range b.own {
		owned[o.mod.Path] = true
		list = append(list, party{o.key, b.mods.summary(o.mod).requires, false})
	}
	for _, m := range b.mods.buildList() {
		key, ok := b.keys[m.Path]
		if s := b.mods.summaries[m]; ok && s != nil && !owned[m.Path] {
			list = append(list, party{key, s.requires, false})
		}
	}
	return list
}

// tools returns the modules that a member needs as tools, and tells of tools that no required module holds.
func (b *builder) tools(p party) map[string]bool {
	if !p.isMember {
		return nil
	}
	found := map[string]bool{}
	for _, m := range b.w.members {
		if b.holder(m) != p.key || len(m.tools) == 0 {
			continue
		}
		tell := teller{file: m.file}
		required := map[string]bool{}
		for _, r := range m.requires {
			required[r.mod.Path] = true
		}
		for _, t := range m.tools {
			at := t.path
			for at != "" && !required[at] && !b.mods.main[at] {
				at = project.Parent(at)
			}
			switch {
			case required[at]:
				found[at] = true
			case at == "" && strings.Contains(strings.SplitN(t.path, "/", 2)[0], "."):
				tell.gap(t.line, fmt.Sprintf("no required module holds the tool %.200q, so it was not checked; run go get -tool %.200s", t.path, t.path))
			}
		}
		b.gaps = append(b.gaps, tell.done()...)
	}
	return found
}
