package maven

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/project"
)

// Bounds of what a POM inherits.
const (
	maxParents = 50
	maxImports = 500 // and how many POMs one imports, as Maven's own largest have some 60
)

// model is an effective POM: its parents, active profiles, properties and imports taken in.
type model struct {
	coords
	file         string // in the tree, or ""
	packaging    string
	dependencies []dependency // with what is managed filled in
	relocation   *coords
	lacks        []lack   // parents and imports whose POM could not be had
	repositories []string // ids that the POM and its parents name
	faults       []faultAt

	values  *values
	levels  []level
	odd     map[string]managedAt // what keys with properties come to
	imports []imported
	memo    map[string]*dependency
}

type managedAt struct {
	level int
	dependency
}

type imported struct {
	from *model
	by   dependency
}

type faultAt struct {
	at  place
	msg string
}

func newFault(at place, format string, args ...any) faultAt {
	return faultAt{at, fmt.Sprintf(format, args...)}
}

func (m *model) fault(at place, format string, args ...any) {
	if len(m.faults) < project.MaxFaults {
		m.faults = append(m.faults, newFault(at, format, args...))
	}
}

// lack is a POM that could not be had, and the line of the tree that asks for it.
type lack struct {
	coords
	at place
}

// lack notes a POM that could not be had, once.
func (m *model) lack(c coords, at place) {
	if len(m.lacks) < project.MaxFaults && !slices.ContainsFunc(m.lacks, func(l lack) bool { return l.coords == c }) {
		m.lacks = append(m.lacks, lack{c, at})
	}
}

// model returns the effective POM of p; nil where it is being built, which is a cycle. The error is that of ctx.
func (w *workspace) model(ctx context.Context, p *pom) (*model, error) {
	if m, ok := w.models[p]; ok {
		return m, nil
	}
	w.models[p] = nil
	m := &model{file: p.file, packaging: orElse(p.packaging, "jar"), odd: map[string]managedAt{}, memo: map[string]*dependency{}}
	lineage, err := w.lineage(ctx, p, m)
	if err != nil {
		return nil, err
	}
	var by *parent
	for _, q := range lineage {
		m.levels = append(m.levels, level{w.declared(q), q.file != "", by})
		if q.parent != nil && q.file != "" {
			by = q.parent
		}
		m.repositories = append(m.repositories, q.repositories...)
	}
	if p.file != "" {
		m.faults = append(m.faults, m.levels[0].faults...)
	}
	m.identify(p, lineage, w.config(p.file))
	if err := w.manage(ctx, m); err != nil {
		return nil, err
	}
	m.declare()
	m.relocate(p)
	w.models[p] = m
	return m, nil
}

// lineage returns p and its parents, the nearest first, as far as they can be had.
func (w *workspace) lineage(ctx context.Context, p *pom, m *model) ([]*pom, error) {
	lineage := []*pom{p}
	var anchor place
	for q := p; q.parent != nil; {
		if q.file != "" {
			anchor = q.parent.at
		}
		next, err := w.parent(ctx, q)
		if err != nil {
			return nil, err
		}
		switch {
		case next == nil:
			m.lack(q.parent.coords, anchor)
			return lineage, nil
		case slices.Contains(lineage, next):
			m.fault(p.parent.at, "the parent %.200s is among its own children; it was passed over", q.parent.coords)
			return lineage, nil
		case len(lineage) == maxParents:
			m.fault(p.parent.at, "has more than %d parents; the rest was passed over", maxParents)
			return lineage, nil
		}
		lineage, q = append(lineage, next), next
	}
	return lineage, nil
}

// identify fills in the coordinates of m, and the properties that Maven itself defines.
func (m *model) identify(p *pom, lineage []*pom, config mavenConfig) {
	v := &values{fixed: map[string]string{}, weak: map[string]string{}, memo: map[string]value{}, levels: m.levels}
	m.values = v
	m.coords = p.coords
	for _, q := range lineage {
		m.group, m.version = orElse(m.group, q.group), orElse(m.version, q.version)
		if q.parent != nil { // which may not be had
			m.group, m.version = orElse(m.group, q.parent.group), orElse(m.version, q.parent.version)
		}
	}
	set := func(name, text string) {
		if text != "" {
			v.fixed["project."+name], v.fixed["pom."+name], v.weak[name] = text, text, text
		}
	}
	set("groupId", m.group)
	set("artifactId", m.artifact)
	set("version", m.version)
	set("packaging", m.packaging)
	if p.parent != nil {
		set("parent.groupId", p.parent.group)
		set("parent.artifactId", p.parent.artifact)
		set("parent.version", p.parent.version)
	}
	for name, text := range config.properties {
		v.fixed[name] = text
	}
	m.group, _, _ = v.fill(m.group, place{})
	m.version, _, _ = v.fill(m.version, place{})
}

// relocate notes where the artifact went, if it did.
func (m *model) relocate(p *pom) {
	if p.relocation == nil {
		return
	}
	to := coords{orElse(p.relocation.group, m.group), orElse(p.relocation.artifact, m.artifact), orElse(p.relocation.version, m.version)}
	for _, s := range []*string{&to.group, &to.artifact, &to.version} {
		*s, _, _ = m.values.fill(*s, place{})
	}
	m.relocation = &to
}

// declare fills m.dependencies, with what is managed where they leave it open.
func (m *model) declare() {
	seen, taken := map[string]bool{}, map[string]bool{}
	for _, l := range m.levels {
		for _, d := range l.dependencies {
			raw := d.key()
			if seen[raw] {
				continue
			}
			seen[raw] = true
			d = m.fill(d, l)
			if d.group == "" || d.artifact == "" {
				m.fault(d.at, "a dependency without groupId or artifactId, which was not checked")
				continue
			}
			key := raw
			if strings.Contains(raw, "${") {
				if key = d.key(); taken[key] {
					continue
				}
			}
			taken[key] = true
			if managed := m.manages(key); managed != nil {
				if d.version == "" {
					d.version, d.pin, d.why = managed.version, managed.pin, orElse(d.why, managed.why)
				}
				d.scope = orElse(d.scope, managed.scope)
				if len(d.exclusions) == 0 {
					d.exclusions = managed.exclusions
				}
			}
			m.dependencies = append(m.dependencies, d)
		}
	}
}

// fill returns d, which stands in l, with properties filled in and its places those of the tree.
func (m *model) fill(d dependency, l level) dependency {
	d.at, d.pin = l.place(d.at), l.pin(d.pin)
	if d.pin.file == "" {
		d.pin = d.at
	}
	for _, s := range []*string{&d.group, &d.artifact, &d.kind, &d.classifier, &d.scope, &d.optional} {
		text, _, why := m.values.fill(*s, place{})
		*s, d.why = text, orElse(d.why, why)
	}
	text, pin, why := m.values.fill(d.version, d.pin)
	d.version, d.pin, d.why = text, pin, orElse(d.why, why)
	if slices.ContainsFunc(d.exclusions, func(x exclusion) bool { return strings.Contains(x.group+x.artifact, "${") }) {
		d.exclusions = slices.Clone(d.exclusions)
		for i := range d.exclusions {
			x := &d.exclusions[i]
			x.group, _, _ = m.values.fill(x.group, place{})
			x.artifact, _, _ = m.values.fill(x.artifact, place{})
		}
	}
	return d
}
