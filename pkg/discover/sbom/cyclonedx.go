package sbom

import (
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/document"
	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// versions of CycloneDX that are known; a later one is read as far as it is like them.
var versions = []string{"1.0", "1.1", "1.2", "1.3", "1.4", "1.5", "1.6", "1.7"}

func (b *bill) checkVersion(version string, line int) {
	if !slices.Contains(versions, version) {
		b.note(line, "is CycloneDX %.20q, which is not known; it was read as 1.7", version)
	}
}

func parseCycloneDX(v *document.Value, faults []project.Fault) *bill {
	b := &bill{manager: "cyclonedx", faults: faults}
	b.checkVersion(v.Get("specVersion").Str(), v.Line)
	if root := v.Get("metadata", "component"); root.Is(document.Map) {
		b.root(component{ref: root.Get("bom-ref").Str(), purl: root.Get("purl").Str(), name: root.Get("name").Str(), group: root.Get("group").Str(),
			version: root.Get("version").Str(), kind: root.Get("type").Str(), line: root.Line, endLine: root.EndLine})
		b.nested(root.Get("components"), root.Get("bom-ref").Str())
	}
	b.nested(v.Get("components"), "")
	for _, d := range v.Get("dependencies").List() {
		b.graphed = true
		for _, on := range d.Get("dependsOn").List() {
			b.needs = append(b.needs, need{holder: d.Get("ref").Str(), ref: on.Str(), line: on.Line})
		}
	}
	if list := v.Get("vulnerabilities"); len(list.List()) > 0 {
		b.vulnerabilities(list.Line, len(list.List()))
	}
	for _, c := range v.Get("compositions").List() {
		b.composition(c.Get("aggregate").Str(), c.Line)
	}
	return b
}

// nested takes components and those inside of them.
func (b *bill) nested(list *document.Value, parent string) {
	for _, v := range list.List() {
		c := component{ref: v.Get("bom-ref").Str(), group: v.Get("group").Str(), name: v.Get("name").Str(), version: v.Get("version").Str(),
			purl: v.Get("purl").Str(), cpe: v.Get("cpe").Str() != "", kind: v.Get("type").Str(), scope: scopeOf(v.Get("scope").Str()),
			line: v.Line, endLine: v.EndLine}
		for _, p := range v.Get("properties").List() {
			c.property(p.Get("name").Str(), p.Get("value").Str())
		}
		b.add(c, parent)
		for _, r := range v.Get("externalReferences").List() {
			b.reference(c, r.Get("type").Str(), r.Line)
		}
		b.nested(v.Get("components"), orElse(c.ref, parent))
	}
}

// add takes a component, and notes what contains it.
func (b *bill) add(c component, parent string) {
	b.components = append(b.components, c)
	if parent != "" && c.ref != "" {
		b.needs = append(b.needs, need{holder: parent, ref: c.ref, part: true, line: c.line})
	}
}

func orElse(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// root takes what the bill is about.
func (b *bill) root(c component) {
	c.described = true
	b.components = append(b.components, c)
}

func scopeOf(word string) fettle.Scope {
	switch word {
	case "required":
		return fettle.Production
	case "optional":
		return fettle.Optional
	case "excluded":
		return fettle.Development
	}
	return ""
}

// property takes what tools say beside the format.
func (c *component) property(name, value string) {
	switch name {
	case "fettle:scope":
		for _, s := range []fettle.Scope{fettle.Production, fettle.Peer, fettle.Optional, fettle.Development, fettle.Test} {
			if value == string(s) {
				c.scope = s
			}
		}
	case "fettle:source":
		c.source = value
	case "cdx:npm:package:development":
		if value == "true" {
			c.scope = fettle.Development
		}
	}
}

func (b *bill) reference(c component, kind string, line int) {
	if kind == "bom" {
		b.note(line, "%s has a bill of materials of its own elsewhere, which was not read", c.label())
	}
}

func (b *bill) vulnerabilities(line, n int) {
	b.note(line, "holds %d entries about vulnerabilities, which were not taken over: neither as findings nor, where they say not_affected, as exceptions; put those into fettle.yaml", n)
}

func (b *bill) composition(aggregate string, line int) {
	if strings.HasPrefix(aggregate, "incomplete") {
		b.note(line, "says of itself that it is %.60s, so what is missing was not checked", strings.ReplaceAll(aggregate, "_", " "))
	}
}
