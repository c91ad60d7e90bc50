package jvm

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/maven"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// use is a version that a property sets.
type use struct{ name, at string }

// shared looks at all that a property sets. It refuses where that is something else than versions of the groups of name, and
// says in apart which of them has no such version to move to.
func (w *mover) shared(ctx context.Context, p maven.Property, name, fresh string) (apart string, err error) {
	uses, err := w.uses(ctx, p)
	if err != nil {
		return "", err
	}
	for _, u := range uses {
		switch {
		case !related(u.name, name):
			return "", fmt.Errorf("the property %s (%s) sets its version and that of %s (%s); move them apart by hand: %w", p.Name, p.At, u.name, u.at, fettle.ErrRefused)
		case u.name == name || !w.registry.Asks():
			continue
		}
		ok, err := w.registry.Serves(ctx, u.name, fresh)
		if err != nil {
			return "", err
		}
		if !ok {
			apart = fmt.Sprintf("that sets %s as well, which has no version %s", u.name, fresh)
		}
	}
	return apart, nil
}

// related reports whether two artifacts are of the same group, or of groups that begin alike.
func related(a, b string) bool {
	groupA, _, _ := strings.Cut(a, ":")
	groupB, _, _ := strings.Cut(b, ":")
	if groupA == groupB {
		return true
	}
	partsA, partsB := strings.Split(groupA, "."), strings.Split(groupB, ".")
	return len(partsA) > 1 && len(partsB) > 1 && slices.Equal(partsA[:2], partsB[:2])
}

// uses lists the versions that a property sets, in the POM that holds it and in those that inherit from it. It refuses where
// the property stands in anything else.
func (w *mover) uses(ctx context.Context, p maven.Property) ([]use, error) {
	var list []use
	for _, pom := range w.heirs(ctx, p.At.Path) {
		text := w.now[pom]
		root, err := parseXML(text)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", pom, err)
		}
		names := map[string]bool{p.Name: true}
		for range 5 { // properties that are set by properties
			for _, props := range root.all("properties") {
				for _, e := range props.children {
					if inner := strings.TrimSpace(text[e.open:e.shut]); len(inner) > 3 && strings.HasPrefix(inner, "${") && names[inner[2:len(inner)-1]] {
						names[e.name] = true
					}
				}
			}
		}
		for _, e := range root.every() {
			inner := text[e.open:max(e.open, e.shut)]
			if len(e.children) > 0 || !strings.Contains(inner, "${") {
				continue
			}
			for name := range names {
				if !strings.Contains(inner, "${"+name+"}") {
					continue
				}
				at := fmt.Sprintf("%s:%d", pom, e.line)
				switch {
				case e.up.name == "properties" && names[e.name]:
				case e.name == "version" && strings.TrimSpace(inner) == "${"+name+"}" && slices.Contains([]string{"dependency", "plugin", "extension"}, e.up.name):
					group := e.up.content(text, "groupId")
					if group == "" && e.up.name == "plugin" {
						group = "org.apache.maven.plugins"
					}
					list = append(list, use{group + ":" + e.up.content(text, "artifactId"), at})
				default:
					return nil, fmt.Errorf("the property %s (%s) sets its version and <%s> at %s; move them apart by hand: %w", p.Name, p.At, e.name, at, fettle.ErrRefused)
				}
			}
		}
	}
	return list, nil
}

// heirs lists the POMs of the tree that file is, or that inherit from it.
func (w *mover) heirs(ctx context.Context, file string) []string {
	list := []string{file}
	for _, pom := range w.poms {
		lineage, err := w.read().Lineage(ctx, pom)
		if err == nil && pom != file && slices.Contains(lineage, file) {
			list = append(list, pom)
		}
	}
	return list
}

// every returns all elements below e.
func (e *element) every() []*element {
	var list []*element
	for _, c := range e.children {
		list = append(append(list, c), c.every()...)
	}
	return list
}
