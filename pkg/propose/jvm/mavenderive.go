package jvm

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/maven"
	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/propose/manager"
)

// Derive writes each version where it stands and resolves what comes of it; an edit that takes a package back, or leads to a
// version that nobody serves, is not made. Packages that only move along are edited where they do not.
func (m *Maven) Derive(ctx context.Context, root string, p fettle.Project, upgrades []fettle.Upgrade) (manager.Derivation, error) {
	m.start()
	var d manager.Derivation
	s, err := m.stage(ctx, root)
	if err != nil {
		return d, err
	}
	defer s.close()
	w := &mover{stage: s, pom: p.Lockfile}
	for _, u := range upgrades {
		if !plainVersion.MatchString(u.To) {
			return d, fmt.Errorf("move %s to %.100q, which is no version: %w", u.Package, u.To, fettle.ErrRefused)
		}
	}
	for _, along := range []bool{false, true} { // what only moves along may be where it should already
		for _, u := range upgrades {
			if (u.Kind == fettle.LockOnly) != along {
				continue
			}
			if along {
				if there, err := w.there(ctx, u.Package.Name, u.To); there || err != nil {
					if err != nil {
						return d, err
					}
					continue
				}
			}
			if err := w.move(ctx, u.Package.Name, u.To, maxCompanions); err != nil {
				return d, err
			}
		}
	}
	d.Texts = s.changed()
	d.Notes = w.notes
	if !m.registry.Asks() && len(d.Texts) > 0 {
		d.Notes = append(d.Notes, "no repository was asked, so what the new versions need is known only as far as Maven's local repository holds it")
	}
	return d, nil
}

// maxCompanions bounds how far packages that must move along are followed.
const maxCompanions = 4

// mover moves packages of one project.
type mover struct {
	*stage
	pom   string
	notes []string
}

func (w *mover) note(format string, args ...any) {
	if text := fmt.Sprintf(format, args...); !slices.Contains(w.notes, text) {
		w.notes = append(w.notes, text)
	}
}

// there reports whether all copies of name are at a version or beyond, or gone.
func (w *mover) there(ctx context.Context, name, to string) (bool, error) {
	all, err := w.packages(ctx, w.pom)
	for _, p := range all {
		if p.name == name && (p.version == "" || lower(p.version, to)) {
			return false, err
		}
	}
	return true, err
}

// candidate is one way to bring a package to a version.
type candidate struct {
	texts   map[string]string
	note    string // what a reviewer should know where it is made
	title   string // as an alternative to another one
	another bool   // it is tried beside the one before, and the one that moves less is made
}

// move brings all copies of name to a version.
func (w *mover) move(ctx context.Context, name, to string, depth int) error {
	for range 10 { // one step for each type and classifier
		all, err := w.read().Standings(ctx, w.pom, name)
		if err != nil {
			return err
		}
		if len(all) == 0 {
			return fmt.Errorf("move %s to %s: %s does not need it: %w", name, to, w.pom, fettle.ErrRefused)
		}
		at := slices.IndexFunc(all, func(s maven.Standing) bool { return !same(s.Version, to) })
		if at < 0 {
			return nil
		}
		s := all[at]
		if s.Version != "" && lower(to, s.Version) {
			if len(w.changed()) > 0 { // by what else was asked for
				w.note("%s comes to %s by what moves with it, beyond the %s that was asked for", name, s.Version, to)
				return nil
			}
			return fmt.Errorf("move %s to %s: it is at %s already: %w", name, to, s.Version, fettle.ErrRefused)
		}
		if err := w.step(ctx, s, name, to); err != nil {
			return fmt.Errorf("move %s from %s to %s: %w", name, s.Version, to, err)
		}
		if err := w.companions(ctx, name, to, depth); err != nil {
			return err
		}
	}
	return fmt.Errorf("move %s to %s: it has too many variants: %w", name, to, fettle.ErrRefused)
}

// step makes the first edit for s that does what it should.
func (w *mover) step(ctx context.Context, s maven.Standing, name, to string) error {
	ways, err := w.ways(ctx, s, name, to)
	if err != nil {
		return err
	}
	why := ""
	for i := 0; i < len(ways); i++ {
		before := w.holding(ways[i].texts)
		out, err := w.try(ctx, w.pom, name, to, ways[i].texts)
		if errors.Is(err, errCandidate) {
			if why == "" {
				why = err.Error()
			}
			continue
		}
		if err != nil {
			return err
		}
		best := ways[i]
		if i+1 < len(ways) && ways[i+1].another {
			if best, out, err = w.weigh(ctx, best, ways[i+1], before, out, name, to); err != nil {
				return err
			}
		}
		if best.note != "" {
			w.note("%s", best.note)
		}
		if len(out.others) > 0 {
			w.note("packages move in %s too, since they share what is edited", strings.Join(out.others, ", "))
		}
		return nil
	}
	if why == "" {
		why = "no place is known where its version could be set"
	}
	return fmt.Errorf("%s; set it by hand and try the build: %w", why, fettle.ErrRefused)
}

// weigh tries other in place of best, which is made, and keeps the one that moves fewer packages; it tells of the other.
func (w *mover) weigh(ctx context.Context, best, other candidate, before map[string]string, out outcome, name, to string) (candidate, outcome, error) {
	if err := w.write(before); err != nil {
		return best, out, err
	}
	before = w.holding(other.texts)
	instead, err := w.try(ctx, w.pom, name, to, other.texts)
	switch {
	case errors.Is(err, errCandidate):
		return best, out, w.write(best.texts)
	case err != nil:
		return best, out, err
	case instead.moved < out.moved:
		return other, instead, nil
	}
	w.note("%s brings it too, and moves %d packages rather than %d", other.title, instead.moved, out.moved)
	if err := w.write(before); err != nil {
		return best, out, err
	}
	return best, out, w.write(best.texts)
}

// ways lists the edits that may bring s to a version, the best first.
func (w *mover) ways(ctx context.Context, s maven.Standing, name, to string) ([]candidate, error) {
	switch s.Kind {
	case maven.Written, maven.Managed:
		return w.set(ctx, s, name, to, name, to)
	case maven.Imported, maven.Inherited:
		return w.above(ctx, s, name, to)
	}
	return w.entries(ctx, s, to)
}

// entries are new ones in dependencyManagement: of the nearest parent of the tree that has some, else of the POM itself.
func (w *mover) entries(ctx context.Context, s maven.Standing, to string) ([]candidate, error) {
	lineage, err := w.read().Lineage(ctx, w.pom)
	if err != nil {
		return nil, err
	}
	var files []string
	for _, file := range lineage {
		if root, err := parseXML(w.now[file]); err == nil && root.child("dependencyManagement", "dependencies") != nil && len(files) == 0 {
			files = append(files, file)
		}
	}
	if !slices.Contains(files, w.pom) {
		files = append(files, w.pom)
	}
	var list []candidate
	for _, file := range files {
		text, err := addManaged(w.now[file], s, to)
		if err != nil {
			return nil, fmt.Errorf("edit %s: %w", file, err)
		}
		c := candidate{texts: map[string]string{file: text}}
		if file != w.pom {
			c.note = fmt.Sprintf("the entry is made in %s, which manages the versions of %s", file, w.pom)
		}
		list = append(list, c)
	}
	return list, nil
}

// set writes a version where it stands: a literal, or the property that holds it. name is moved to to by giving what of which
// the version stands there, itself or a POM above it, the version fresh.
func (w *mover) set(ctx context.Context, s maven.Standing, name, to, of, fresh string) ([]candidate, error) {
	p := s.Property
	switch {
	case p.Name == "" && p.Why == "":
		text, err := setVersion(w.now[s.At.Path], s.At, of, fresh)
		if err != nil {
			return nil, err
		}
		return []candidate{{texts: map[string]string{s.At.Path: text}}}, nil
	case p.Why != "":
		return nil, fmt.Errorf("its version stands at %s as %.100q, and %s; set it there by hand: %w", s.At, s.Text, p.Why, fettle.ErrRefused)
	case p.At.Path == "":
		return w.define(ctx, p.Name, fresh, s)
	}
	apart, err := w.shared(ctx, p, of, fresh)
	if err != nil {
		return nil, err
	}
	if apart == "" {
		text, err := setProperty(w.now[p.At.Path], p, fresh)
		if err != nil {
			return nil, err
		}
		return []candidate{{texts: map[string]string{p.At.Path: text}}}, nil
	}
	text, err := setVersion(w.now[s.At.Path], s.At, of, fresh)
	if err != nil {
		return nil, err
	}
	return []candidate{{texts: map[string]string{s.At.Path: text}, note: fmt.Sprintf("the version stands at %s itself now, no longer in the property %s: %s", s.At, p.Name, apart)}}, nil
}

// define sets a property of a parent outside of the tree where that parent is named, which all that it sets by the property
// follows.
func (w *mover) define(ctx context.Context, name, value string, s maven.Standing) ([]candidate, error) {
	lineage, err := w.read().Lineage(ctx, w.pom)
	if err != nil || len(lineage) == 0 {
		return nil, err
	}
	file := lineage[len(lineage)-1]
	if s.At.Path != "" && s.Kind == maven.Inherited {
		file = s.At.Path
	}
	text, err := addProperty(w.now[file], name, value)
	if err != nil {
		return nil, fmt.Errorf("edit %s: %w", file, err)
	}
	return []candidate{{texts: map[string]string{file: text}, title: "the property " + name + " set to " + value,
		note: fmt.Sprintf("the property %s, which a parent sets, is set in %s; take it out once the parent brings %s or later", name, file, value)}}, nil
}
