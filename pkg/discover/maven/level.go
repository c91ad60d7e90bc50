package maven

import (
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/project"
)

// declared is what one POM says with its active profiles taken in. It is shared by all that inherit from it.
type declared struct {
	properties   map[string]property
	dependencies []dependency
	managed      map[string]dependency // by key, where the key holds no property
	odd          []dependency          // managed, where it does
	imports      []dependency          // of other POMs
	faults       []faultAt
}

// level is a POM in the lineage of another one.
type level struct {
	*declared
	inTree bool
	by     *parent // of the tree, by which what is not in the tree comes in; nil for none
}

// place returns at where the level is in the tree, else the element that brings it in.
func (l level) place(at place) place {
	if l.inTree || l.by == nil {
		return at
	}
	return l.by.at
}

// pin is place for where a version stands.
func (l level) pin(at place) place {
	if l.inTree || l.by == nil {
		return at
	}
	return orPlace(l.by.pin, l.by.at)
}

// declared reads p's sections.
func (w *workspace) declared(p *pom) *declared {
	if d, ok := w.sections[p]; ok {
		return d
	}
	d := &declared{properties: map[string]property{}, managed: map[string]dependency{}}
	s := w.merged(p, d)
	for _, prop := range s.properties {
		d.properties[prop.name] = prop
	}
	d.dependencies = s.dependencies
	for _, m := range s.managed {
		switch key := m.key(); {
		case m.scope == "import" || strings.Contains(m.scope, "${"):
			d.imports = append(d.imports, m)
		case strings.Contains(key, "${"):
			d.odd = append(d.odd, m)
		default:
			d.managed[key] = m
		}
	}
	w.sections[p] = d
	return d
}

// merged returns the sections of p with those of its active profiles, which win. Where a profile of the tree depends on the
// machine that builds, that is a fault: another machine may need something else.
func (w *workspace) merged(p *pom, d *declared) section {
	var config mavenConfig
	if p.file != "" {
		config = w.config(p.file)
	}
	active := w.profiles(p, config)
	if p.file != "" {
		for _, pr := range p.profiles {
			if !pr.activation.byMachine() || len(pr.body.dependencies)+len(pr.body.managed)+len(pr.body.properties) == 0 {
				continue
			}
			is := "is not"
			if slices.ContainsFunc(active, func(a profile) bool { return a.at == pr.at }) {
				is = "is"
			}
			d.faults = append(d.faults, newFault(pr.at, "the profile %.100s, which changes dependencies or properties, depends on the machine that builds; for Java %s on %s it %s active, others were not checked",
				pr.id, assumedJDK, assumedOS, is))
			if len(d.faults) == project.MaxFaults {
				break
			}
		}
	}
	s := p.body
	if len(active) == 0 {
		return s
	}
	s.properties = slices.Clone(s.properties)
	dependencies, managed := newOverlay(s.dependencies), newOverlay(s.managed)
	for _, pr := range active {
		s.properties = append(s.properties, pr.body.properties...)
		dependencies.put(pr.body.dependencies)
		managed.put(pr.body.managed)
	}
	s.dependencies, s.managed = dependencies.list, managed.list
	return s
}

// overlay is a list in which what is put takes the place of the same dependency, or the end.
type overlay struct {
	list  []dependency
	index map[string]int
}

func newOverlay(list []dependency) *overlay {
	o := &overlay{index: make(map[string]int, len(list))}
	o.put(list)
	return o
}

func (o *overlay) put(over []dependency) {
	for _, d := range over {
		key := d.key()
		if i, ok := o.index[key]; ok && d.scope != "import" {
			o.list[i] = d
			continue
		}
		o.index[key] = len(o.list)
		o.list = append(o.list, d)
	}
}
