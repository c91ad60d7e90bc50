package golang

import (
	"fmt"
	"strings"

	"golang.org/x/mod/module"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// drift tells where go.mod, the module graph and the vendor folder disagree.
func (b *builder) drift() {
	for _, m := range b.w.members {
		tell := teller{file: m.file}
		for _, r := range m.requires {
			if b.mods.excludes[r.mod] {
				tell.gap(r.line, fmt.Sprintf("%.200s is required and excluded, so its version is unknown; run go mod tidy", r.mod))
				continue
			}
			v := b.mods.selected[r.mod.Path]
			if v != "" && v != r.mod.Version && !b.w.isWork && prunes(m.goLine.text) {
				tell.gap(r.line, fmt.Sprintf("%.200s is required here, and other modules need %.100s, which was checked; run go mod tidy", r.mod, v))
			}
			b.vendorDrift(&tell, r, v)
		}
		b.gaps = append(b.gaps, tell.done()...)
	}
}

func (b *builder) vendorDrift(tell *teller, r require, selected string) {
	if b.vendor == nil || selected == "" {
		return
	}
	i, ok := b.vendor.byPath[r.mod.Path]
	switch {
	case !ok && !r.indirect:
		tell.gap(r.line, fmt.Sprintf("%.200s is not in %s, so the folder holds other code than go.mod says; run go mod vendor", r.mod, b.vendor.file))
	case ok && b.vendor.modules[i].mod.Version != selected && (b.complete() || b.vendor.modules[i].mod.Version != r.mod.Version):
		tell.gap(r.line, fmt.Sprintf("%.200s is here, and %s holds %.100s, which was not checked; run go mod vendor", module.Version{Path: r.mod.Path, Version: selected}, b.vendor.file, b.vendor.modules[i].mod.Version))
	}
}

// incomplete tells what is unknown because go.mod files of the module graph are.
func (b *builder) incomplete(p fettle.Project) {
	if b.mods.cut {
		b.gaps = append(b.gaps, project.Gap(b.w.file, 0, fmt.Sprintf("its module graph has more than %d go.mod files; the rest was not followed", maxLoaded)))
	}
	var first module.Version
	n := 0
	for _, m := range b.mods.missing {
		if r := b.mods.replacement(m); r == nil || r.target.Version != "" { // a folder is told of as a node
			if n++; n == 1 {
				first = m
				if r != nil {
					first = r.target
				}
			}
		}
	}
	if n == 0 {
		return
	}
	unreached := 0
	for _, node := range p.Nodes {
		if len(node.Holders) == 0 {
			unreached++
		}
	}
	reason := fmt.Sprintf("the go.mod files of %d of its modules are not in the module cache (%.200s is one), so ", n, first)
	if unreached > 0 {
		reason += fmt.Sprintf("the paths to %d of its %d packages are unknown", unreached, len(p.Nodes))
	} else {
		reason += "some paths to its packages may be missing"
	}
	if !b.listsAll() && b.vendor == nil {
		reason += ", and versions that go.mod does not name are taken from go.sum, which may hold more than a build does"
	}
	b.gaps = append(b.gaps, project.Gap(b.w.file, 0, reason+"; run go mod download"))
}

// forks tells of modules in whose place another one stands: advisories name the first, and the versions of the other are
// not its own.
func (b *builder) forks(p fettle.Project) {
	var first *replace
	n := 0
	for i := range b.w.replaces {
		r := &b.w.replaces[i]
		key := fettle.Package{Name: r.target.Path, Version: strings.TrimPrefix(r.target.Version, "v")}.String()
		if r.target.Version == "" || r.target.Path == r.old.Path || !b.graph.Has(key) || b.keys[r.old.Path] != key {
			continue
		}
		if n++; n == 1 {
			first = r
		}
	}
	if n == 0 {
		return
	}
	reason := fmt.Sprintf("%.200s stands in the place of %.200s and has versions of its own, so advisories about %.200s were not compared with it", first.target.Path, first.old.Path, first.old.Path)
	if n > 1 {
		reason += fmt.Sprintf(" (and %d more such replacements)", n-1)
	}
	b.gaps = append(b.gaps, project.Gap(first.file, first.line, reason))
}
