package jvm

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/maven"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// plainVersion is a version that needs no escape anywhere.
var plainVersion = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._+~-]{0,199}$`)

// find returns the element of one of names whose first tag ends at a line; of several the one for which is holds.
func (e *element) find(line int, is func(*element) bool, names ...string) *element {
	var found []*element
	for _, name := range names {
		for _, c := range e.all(name) {
			if c.line == line && is(c) {
				found = append(found, c)
			}
		}
	}
	if len(found) != 1 {
		return nil
	}
	return found[0]
}

// replace puts fresh in place of what stands in e, white space around it kept.
func replace(text string, e *element, fresh string) (string, error) {
	inner := text[e.open:e.shut]
	old := strings.TrimSpace(inner)
	if len(e.children) > 0 || old == "" || strings.ContainsAny(old, "<&") {
		return "", fmt.Errorf("<%s> holds more than a text; change it by hand to %s: %w", e.name, fresh, fettle.ErrRefused)
	}
	at := e.open + strings.Index(inner, old)
	return text[:at] + fresh + text[at+len(old):], nil
}

// setVersion writes a version into the dependency, or the parent, that stands at a place of a POM.
func setVersion(text string, at fettle.Location, name, fresh string) (string, error) {
	root, err := parseXML(text)
	if err != nil {
		return "", fmt.Errorf("edit %s: %w", at.Path, err)
	}
	_, artifact, _ := strings.Cut(name, ":")
	e := root.find(at.Line, func(e *element) bool {
		own := e.content(text, "artifactId")
		return own == artifact || strings.Contains(own, "${")
	}, "dependency", "parent")
	if e == nil {
		return "", fmt.Errorf("edit %s: what sets the version of %s is not found there; set it to %s by hand: %w", at, name, fresh, fettle.ErrRefused)
	}
	if v := e.child("version"); v != nil {
		if text, err = replace(text, v, fresh); err != nil {
			return "", fmt.Errorf("edit %s: %w", at, err)
		}
		return text, nil
	}
	after := e.child("artifactId")
	if after == nil {
		return "", fmt.Errorf("edit %s: no artifactId: %w", at, fettle.ErrRefused)
	}
	return text[:after.end] + lead(text, after) + "<version>" + fresh + "</version>" + text[after.end:], nil
}

// lead is the white space before e: an end of line and its indentation, or nothing where it shares a line.
func lead(text string, e *element) string {
	from := e.start
	for from > 0 && strings.IndexByte(" \t", text[from-1]) >= 0 {
		from--
	}
	if from == 0 || text[from-1] != '\n' {
		return ""
	}
	return newline(text) + text[from:e.start]
}

// newline is how lines of a text end.
func newline(text string) string {
	if i := strings.IndexByte(text, '\n'); i > 0 && text[i-1] == '\r' {
		return "\r\n"
	}
	return "\n"
}

// setProperty writes the value of a property that stands at a place of a POM.
func setProperty(text string, p maven.Property, fresh string) (string, error) {
	root, err := parseXML(text)
	if err != nil {
		return "", fmt.Errorf("edit %s: %w", p.At.Path, err)
	}
	e := root.find(p.At.Line, func(e *element) bool { return e.up != nil && e.up.name == "properties" }, p.Name)
	if e == nil {
		return "", fmt.Errorf("edit %s: the property %s is not found there; set it to %s by hand: %w", p.At, p.Name, fresh, fettle.ErrRefused)
	}
	if text, err = replace(text, e, fresh); err != nil {
		return "", fmt.Errorf("edit %s: %w", p.At, err)
	}
	return text, nil
}

// behind are the elements of a project before which properties and dependencyManagement are put.
var behind = []string{"dependencyManagement", "dependencies", "repositories", "pluginRepositories", "build", "reporting", "profiles"}

// addProperty defines a property.
func addProperty(text, name, value string) (string, error) {
	item := func(string) string { return "<" + name + ">" + value + "</" + name + ">" }
	return addTo(text, item, behind, "properties")
}

// addManaged adds an entry to dependencyManagement, with what the entry that it takes the place of says beside the version.
func addManaged(text string, s maven.Standing, version string) (string, error) {
	parts := strings.Split(s.Key, ":")
	if len(parts) < 2 {
		return "", fmt.Errorf("%q is no group:artifact: %w", s.Key, fettle.ErrRefused)
	}
	item := func(indent string) string {
		step, end := "", ""
		if indent != "" {
			step, end = indent+unit(text), indent
		}
		var b strings.Builder
		line := func(name, value string) {
			if value != "" {
				b.WriteString(step + "<" + name + ">" + value + "</" + name + ">")
			}
		}
		b.WriteString("<dependency>")
		line("groupId", parts[0])
		line("artifactId", parts[1])
		line("version", version)
		if len(parts) > 2 && parts[2] != "jar" {
			line("type", parts[2])
		}
		if len(parts) > 3 {
			line("classifier", parts[3])
		}
		line("scope", s.Scope)
		line("optional", s.Optional)
		if len(s.Exclusions) > 0 {
			inner := func(n int) string {
				if step == "" {
					return ""
				}
				return step + strings.Repeat(unit(text), n)
			}
			b.WriteString(step + "<exclusions>")
			for _, x := range s.Exclusions {
				b.WriteString(inner(1) + "<exclusion>" + inner(2) + "<groupId>" + x[0] + "</groupId>" + inner(2) + "<artifactId>" + x[1] + "</artifactId>" + inner(1) + "</exclusion>")
			}
			b.WriteString(step + "</exclusions>")
		}
		b.WriteString(end + "</dependency>")
		return b.String()
	}
	return addTo(text, item, behind[1:], "dependencyManagement", "dependencies")
}

// addTo puts item at the end of the list at path, which is made before the first of behind where it is missing. item is
// given the end of line and the indentation that begin it, "" where all stands in one line.
func addTo(text string, item func(indent string) string, behind []string, path ...string) (string, error) {
	root, err := parseXML(text)
	if err != nil {
		return "", err
	}
	if root.name != "project" || root.selfClosing(text) {
		return "", fmt.Errorf("the root element is <%s>, want <project> with something in it: %w", root.name, fettle.ErrRefused)
	}
	at := root
	for i, name := range path {
		next := at.child(name)
		if next != nil && next.selfClosing(text) {
			indent := lead(text, next)
			return text[:next.start] + wrap(text, item, indent, path[i:]) + text[next.end:], nil
		}
		if next != nil {
			at = next
			continue
		}
		if i == 0 {
			for _, c := range root.children {
				if slices.Contains(behind, c.name) {
					start := withComments(text, root, c)
					return text[:start] + wrap(text, item, lead(text, c), path) + blank(text, c, start) + text[start:], nil
				}
			}
		}
		if n := len(at.children); n > 0 {
			last := at.children[n-1]
			indent := lead(text, last)
			return text[:last.end] + indent + wrap(text, item, indent, path[i:]) + text[last.end:], nil
		}
		return text[:at.open] + wrap(text, item, "", path[i:]) + text[at.open:], nil
	}
	if n := len(at.children); n > 0 {
		last := at.children[n-1]
		indent := lead(text, last)
		return text[:last.end] + indent + item(indent) + text[last.end:], nil
	}
	indent := lead(text, at)
	inner := indent
	if inner != "" {
		inner += unit(text)
	}
	return text[:at.open] + inner + item(inner) + indent + text[at.shut:], nil
}

// wrap puts item into the elements of path.
func wrap(text string, item func(string) string, indent string, path []string) string {
	inner := indent
	if inner != "" {
		inner += unit(text)
	}
	if len(path) == 0 {
		return item(indent)
	}
	return "<" + path[0] + ">" + inner + wrap(text, item, inner, path[1:]) + indent + "</" + path[0] + ">"
}

// withComments is where c begins with the comments right before it, which speak of it.
func withComments(text string, root, c *element) int {
	floor := root.open
	for _, sibling := range root.children {
		if sibling.end <= c.start {
			floor = max(floor, sibling.end)
		}
	}
	start := c.start
	for {
		before := strings.TrimRight(text[floor:start], " \t\r\n")
		open := strings.LastIndex(before, "<!--")
		if !strings.HasSuffix(before, "-->") || open < 0 || strings.Count(text[floor+len(before):start], "\n") > 1 || lead(text, &element{start: floor + open}) == "" {
			return start
		}
		start = floor + open
	}
}

// blank is what parts c, which begins at start, from the element before it: its own indentation, after an empty line where
// there is one.
func blank(text string, c *element, start int) string {
	from := start
	for from > 0 && strings.IndexByte(" \t\r\n", text[from-1]) >= 0 {
		from--
	}
	if strings.Count(text[from:start], "\n") > 1 {
		return newline(text) + lead(text, c)
	}
	return lead(text, c)
}

// unit is one step of the indentation of a POM: that of the first element in it.
func unit(text string) string {
	root, err := parseXML(text)
	if err != nil || len(root.children) == 0 {
		return "  "
	}
	indent := strings.TrimLeft(lead(text, root.children[0]), "\r\n")
	if len(indent) > 16 {
		return "  "
	}
	return indent
}
