package sbom

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// node is a package of the bill. One that no advisory can be compared with has no version, and says why.
func (g *builder) node(c component, key string) fettle.Node {
	n := fettle.Node{Key: key, Scope: c.scope, Location: fettle.Location{Path: g.file, Line: c.line, EndLine: c.endLine}}
	if c.purl == "" {
		n.Package.Name = strings.Trim(c.label(), `"`)
		n.NoVersion = "the entry has no package URL, which would say of what ecosystem it is"
		if c.cpe {
			n.NoVersion = "the entry has a CPE and no package URL, and CPEs are not compared"
		}
		return n
	}
	p, err := fettle.ParsePURL(c.purl)
	if err != nil {
		n.Package.Name, n.NoVersion = strings.Trim(c.label(), `"`), err.Error()
		return n
	}
	n.Package = p
	if p.Version == "" {
		n.Package.Version = c.version
		if p.Ecosystem == "Go" {
			n.Package.Version = strings.TrimPrefix(c.version, "v")
		}
	}
	if n.Package.Version == "" {
		n.NoVersion = "neither the package URL nor the entry gives one"
	}
	if p.Ecosystem == "Go" { // some tools write package URLs in lower case
		for _, name := range []string{c.name, c.group + "/" + c.name} {
			if strings.EqualFold(name, p.Name) {
				n.Package.Name = name
			}
		}
	}
	n.Source = source(c, n.Package)
	return n
}

// source is the package that advisories of a distribution speak of, where the bill says it: in the qualifier upstream or
// in a property.
func source(c component, p fettle.Package) *fettle.Package {
	if c.source != "" {
		if s, err := fettle.ParsePURL(c.source); err == nil && s.Version != "" {
			return &s
		}
	}
	if !bySource(p.Ecosystem) {
		return nil
	}
	upstream := qualifier(c.purl, "upstream")
	if upstream == "" {
		return nil
	}
	s := p
	if file, ok := strings.CutSuffix(upstream, ".src.rpm"); ok {
		parts := strings.Split(file, "-")
		if len(parts) < 3 {
			return nil
		}
		epoch, _, has := strings.Cut(p.Version, ":")
		s.Name, s.Version = strings.Join(parts[:len(parts)-2], "-"), strings.Join(parts[len(parts)-2:], "-")
		if has {
			s.Version = epoch + ":" + s.Version
		}
		return &s
	}
	name, version, ok := strings.Cut(upstream, "@")
	if s.Name = name; ok && version != "" {
		s.Version = version
	}
	return &s
}

// bySource reports whether advisories of an ecosystem speak of source packages.
func bySource(ecosystem string) bool {
	switch name, _, _ := strings.Cut(ecosystem, ":"); name {
	case "Debian", "Ubuntu", "Alpine", "Rocky Linux", "openSUSE", "SUSE", "Mageia", "openEuler", "Azure Linux":
		return true
	}
	return false
}

func qualifier(purl, key string) string {
	_, query, _ := strings.Cut(purl, "?")
	query, _, _ = strings.Cut(query, "#")
	for _, pair := range strings.Split(query, "&") {
		if name, value, ok := strings.Cut(pair, "="); ok && strings.EqualFold(name, key) {
			value, _ = url.PathUnescape(value)
			return value
		}
	}
	return ""
}

// judge says once for the whole file what is not known of many of its packages.
func (g *builder) judge(p fettle.Project) {
	if len(p.Nodes) == 0 {
		g.faults = append(g.faults, fault(0, "holds no packages"))
		return
	}
	var lost, unreleased, unsourced, places int
	for _, n := range p.Nodes {
		name, release, _ := strings.Cut(n.Ecosystem, ":")
		if n.Depth == 0 {
			lost++
		}
		if bySource(n.Ecosystem) || name == "Red Hat" || name == "AlmaLinux" {
			if release == "" {
				unreleased++
			}
			if n.Source == nil && bySource(n.Ecosystem) {
				unsourced++
			}
		}
	}
	for i, c := range g.components {
		if g.is[i] == library && strings.HasPrefix(strings.ToLower(c.purl), "pkg:github/") {
			places++
		}
	}
	tell := func(n int, format string) {
		if n > 0 {
			g.faults = append(g.faults, fault(0, fmt.Sprintf(format, n)))
		}
	}
	switch {
	case !g.graphed:
		tell(lost, "has no dependency graph, so how the project comes to %d of its packages is unknown")
	default:
		tell(lost, "its dependency graph leads from the project to all but %d of its packages; how it comes to those is unknown")
	}
	tell(unreleased, "does not say of which release of their distribution %d packages are, so they were compared with the advisories of all releases")
	tell(unsourced, "does not say of which source package %d packages of a distribution are made, so only advisories of their own names were compared with them")
	tell(places, "names %d packages by their places on GitHub only, so only advisories of actions were compared with them")
}
