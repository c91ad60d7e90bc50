package maven

import (
	"context"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// Tree is the POMs of a repository, read for those who want to change them.
type Tree struct{ w *workspace }

// Open reads the POMs of a tree. What they lead to is asked of the same repositories as r asks.
func (r *Registry) Open(files *project.Files, poms []string) *Tree {
	w := newWorkspace(files, r.w.repositories)
	for _, file := range poms {
		w.load(file)
	}
	return &Tree{w}
}

// Project resolves what the POM in file needs.
func (t *Tree) Project(ctx context.Context, file string) (fettle.Project, error) {
	p := t.w.load(file)
	if p == nil {
		return fettle.Project{}, nil
	}
	return t.w.project(ctx, p)
}

// Lineage lists the POM in file and those parents of it that are in the tree, the nearest first.
func (t *Tree) Lineage(ctx context.Context, file string) ([]string, error) {
	p := t.w.load(file)
	if p == nil {
		return nil, nil
	}
	all, err := t.w.lineage(ctx, p, &model{})
	var list []string
	for _, q := range all {
		if q.file != "" {
			list = append(list, q.file)
		}
	}
	return list, err
}

// Kind says what decides on a version.
type Kind int

const (
	Free      Kind = iota // who needs it
	Written               // the dependency's own element
	Managed               // an entry of dependencyManagement
	Imported              // a POM that an entry of dependencyManagement in the tree imports
	Inherited             // a parent outside of the tree
)

// Standing says where the version of one package of a project stands.
type Standing struct {
	Key      string // group:artifact, and extension and classifier where it is no plain jar
	Version  string
	Direct   bool            // the project or a parent of it declares it
	Declared fettle.Location // where, if that is in the tree
	Kind     Kind
	At       fettle.Location // the element that decides: a dependency, or the parent
	Text     string          // the version as it is written there; "" where there is none
	Property Property        // where Text is nothing but a reference to a property

	By         string // of Imported and Inherited: group:artifact of the POM that decides
	ByVersion  string
	Through    string // group:artifact of a POM that By imports by that property and that decides in the end; "" for none
	Scope      string // what the deciding entry says beside the version, as it is written
	Optional   string
	Exclusions [][2]string
}

// Property is one by which a version is set.
type Property struct {
	Name string
	At   fettle.Location // where its text stands, if that is in the tree
	Text string
	Why  string // why the text cannot be changed there, one line
}

// Standings says of each package of the POM in file that is called name, which is group:artifact, where its version stands.
func (t *Tree) Standings(ctx context.Context, file, name string) ([]Standing, error) {
	p := t.w.load(file)
	if p == nil {
		return nil, nil
	}
	m, err := t.w.model(ctx, p)
	if err != nil || m == nil {
		return nil, err
	}
	r, err := t.w.resolve(ctx, m)
	if err != nil {
		return nil, err
	}
	var all []Standing
	for _, a := range r.order {
		if a.group+":"+a.artifact == name && !a.module {
			all = append(all, m.standing(a))
		}
	}
	return all, nil
}

func (m *model) standing(a *artifact) Standing {
	s := Standing{Direct: a.depth == 1}
	found := false
	if s.Direct {
		for _, l := range m.levels {
			for _, d := range l.dependencies {
				if d.key() != a.id && m.fill(d, l).key() != a.id || found {
					continue
				}
				found = true
				if l.inTree {
					s.Declared = locate(d.at)
				}
				if d.version != "" {
					m.decide(&s, l, d, Written)
				}
			}
		}
	}
	if s.Kind == Free {
		m.managing(&s, a.id, 0)
	}
	s.Key, s.Version = a.id, a.version
	return s
}

func locate(p place) fettle.Location {
	if at := p.location(); at != nil {
		return *at
	}
	return fettle.Location{}
}

// decide fills in that d, which stands in l, decides.
func (m *model) decide(s *Standing, l level, d dependency, kind Kind) {
	s.Kind, s.At, s.Text = kind, locate(d.at), d.version
	s.Scope, s.Optional, s.Exclusions = d.scope, d.optional, nil
	for _, x := range d.exclusions {
		s.Exclusions = append(s.Exclusions, [2]string{x.group, x.artifact})
	}
	if strings.Contains(d.version, "${") {
		s.Property = m.property(d.version)
	}
	if l.inTree {
		return
	}
	s.Kind, s.At = Inherited, fettle.Location{}
	if l.by != nil {
		s.At, s.By, s.ByVersion = locate(l.by.at), l.by.name(), l.by.version
	}
}

// managing fills in what of m decides on key, if anything does.
func (m *model) managing(s *Standing, key string, depth int) {
	odd, isOdd := m.odd[key]
	for i, l := range m.levels {
		if d, ok := l.managed[key]; ok {
			m.decide(s, l, d, Managed)
			return
		}
		if isOdd && odd.level == i {
			for _, d := range l.odd {
				if m.fill(d, l).key() == key {
					m.decide(s, l, d, Managed)
					return
				}
			}
		}
	}
	for _, im := range m.imports {
		managed := im.from.manages(key)
		if managed == nil {
			continue
		}
		if im.from.file != "" && depth < maxParents { // a POM of the tree
			im.from.managing(s, key, depth+1)
			return
		}
		m.importing(s, im)
		s.Scope, s.Optional, s.Exclusions = managed.scope, managed.optional, nil
		for _, x := range managed.exclusions {
			s.Exclusions = append(s.Exclusions, [2]string{x.group, x.artifact})
		}
		return
	}
}

// importing fills in that an import decides.
func (m *model) importing(s *Standing, im imported) {
	for _, l := range m.levels {
		for _, raw := range l.declared.imports {
			if d := m.fill(raw, l); d.coords() != im.by.coords() || d.at != im.by.at {
				continue
			}
			m.decide(s, l, raw, Imported)
			if name := im.by.coords().name(); s.Kind == Imported {
				s.By, s.ByVersion = name, im.by.version
			} else {
				s.Through = name
			}
			return
		}
	}
}

// property follows text, which should be nothing but a reference, to the property that holds a version literally.
func (m *model) property(text string) Property {
	var p Property
	for range maxNesting {
		name, rest, _ := strings.Cut(strings.TrimPrefix(text, "${"), "}")
		if !strings.HasPrefix(text, "${") || rest != "" {
			return Property{Name: p.Name, Why: "it is put together of several texts"}
		}
		if _, ok := m.values.fixed[name]; ok {
			return Property{Name: name, Why: "the property " + name + " is the project's own or that of the command line"}
		}
		at, ok := m.values.property(name)
		if !ok {
			return Property{Name: name, Why: "the property " + name + " is not defined"}
		}
		for _, l := range m.levels {
			if raw, ok := l.properties[name]; ok {
				if !l.inTree { // a property of the same name in the tree would win
					return Property{Name: name, Text: at.value}
				}
				p = Property{Name: name, At: locate(raw.at), Text: at.value}
				break
			}
		}
		if !strings.Contains(at.value, "${") {
			return p
		}
		text = at.value
	}
	return Property{Why: "its properties refer to each other"}
}
