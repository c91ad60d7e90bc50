package jvm

import (
	"context"
	"fmt"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/maven"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// maxAbove bounds the releases of a parent or of an imported POM that are looked at.
const maxAbove = 15

// above lists the ways to move what a parent outside of the tree, or an imported POM, decides on: that POM itself, where the
// package is one of its own; the property by which a parent sets it; else a version of the project's own.
func (w *mover) above(ctx context.Context, s maven.Standing, name, to string) ([]candidate, error) {
	var ways []candidate
	raised, err := w.raise(ctx, s, name, to)
	if err != nil {
		return nil, err
	}
	group, _, _ := strings.Cut(name, ":")
	own, _, _ := strings.Cut(s.By, ":")
	if group == own && s.Version == s.ByVersion {
		if len(raised) == 0 {
			return nil, fmt.Errorf("it goes with %s %s, of which no release brings it; move both by hand: %w", s.By, s.ByVersion, fettle.ErrRefused)
		}
		return raised, nil
	}
	if s.Kind == maven.Inherited && s.Property.Name != "" && s.Property.Why == "" {
		value := to
		if s.Through != "" {
			if value, err = w.bringing(ctx, s.Through, s.Property.Text, s.Key, to, false); err != nil {
				return nil, err
			}
		}
		if value != "" {
			set, err := w.set(ctx, s, name, to, name, value)
			if err != nil {
				return nil, err
			}
			ways = append(ways, set...)
			if len(raised) > 0 {
				raised[0].another = true
				ways = append(ways, raised...)
				raised = nil
			}
		}
	}
	if s.Direct && s.Declared.Path != "" {
		text, err := setVersion(w.now[s.Declared.Path], s.Declared, name, to)
		if err != nil {
			return nil, err
		}
		ways = append(ways, candidate{texts: map[string]string{s.Declared.Path: text}, note: fmt.Sprintf("%s has a version of its own now, apart from the one that %s manages", name, s.By)})
	} else {
		entries, err := w.entries(ctx, s, to)
		if err != nil {
			return nil, err
		}
		for i := range entries {
			entries[i].note = strings.TrimPrefix(entries[i].note+fmt.Sprintf("; %s is managed apart from %s now", name, s.By), "; ")
		}
		ways = append(ways, entries...)
	}
	if len(raised) > 0 { // the last resort, and told beside the others
		raised[0].another = len(ways) == 1
		ways = append(ways, raised...)
	}
	return ways, nil
}

// raise moves the POM that decides on s to its smallest release which brings the version.
func (w *mover) raise(ctx context.Context, s maven.Standing, name, to string) ([]candidate, error) {
	if s.By == "" || s.At.Path == "" {
		return nil, nil
	}
	train := s.Version == s.ByVersion
	fresh, err := w.bringing(ctx, s.By, s.ByVersion, s.Key, to, train)
	if err != nil || fresh == "" {
		return nil, err
	}
	above := s
	if s.Kind == maven.Inherited { // the parent's version, not what it says of the package
		above.Property = maven.Property{}
	}
	ways, err := w.set(ctx, above, name, to, s.By, fresh)
	if err != nil {
		return nil, nil // the other ways are left
	}
	for i := range ways {
		ways[i].title = s.By + " " + fresh
	}
	return ways, nil
}

// bringing returns the smallest release of by after its version which manages key at to: a patch of it, or where they count
// together any.
func (w *mover) bringing(ctx context.Context, by, version, key, to string, together bool) (string, error) {
	if !plainVersion.MatchString(version) {
		return "", nil
	}
	var list []string
	if together {
		list = []string{to}
	} else if w.registry.Asks() {
		served, err := w.registry.Versions(ctx, by)
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		if err == nil {
			list = candidates(served, version)
		}
	}
	looked := 0
	for _, v := range list {
		if !lower(version, v) || !together && !sameMinor(version, v) {
			continue
		}
		if looked++; looked > maxAbove {
			break
		}
		managed, err := w.registry.Manages(ctx, by, v, key)
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		switch {
		case err != nil || managed == "":
		case same(managed, to):
			return v, nil
		case lower(to, managed):
			return "", nil
		}
	}
	return "", nil
}

// companions moves what the new version of name asks for and the project would have older, where it is of the same group: such
// packages are made to go together. Others are told.
func (w *mover) companions(ctx context.Context, name, to string, depth int) error {
	is, err := w.registry.Release(ctx, name, to)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil || depth == 0 {
		return nil // what it asks for is unknown; the tree that comes of it tells
	}
	group, _, _ := strings.Cut(name, ":")
	all, err := w.packages(ctx, w.pom)
	if err != nil {
		return err
	}
	for _, n := range is.Needs {
		for _, have := range all {
			if have.name != n.Name || !plainVersion.MatchString(n.Version) || have.version == "" || !lower(have.version, n.Version) {
				continue
			}
			if of, _, _ := strings.Cut(n.Name, ":"); of != group {
				w.note("%s %s asks for %s %s; the project has %s", name, to, n.Name, n.Version, have.version)
				break
			}
			if err := w.move(ctx, n.Name, n.Version, depth-1); err != nil {
				return fmt.Errorf("%s %s goes with %s %s: %w", name, to, n.Name, n.Version, err)
			}
			w.note("%s moves to %s along with %s, which asks for it", n.Name, n.Version, name)
			break
		}
	}
	return nil
}
