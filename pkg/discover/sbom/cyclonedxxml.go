package sbom

import (
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/document"
	"github.com/fettle-dev/fettle/pkg/discover/project"
)

// parseXML reads CycloneDX. SPDX in RDF is refused.
func parseXML(e *document.Element) (*bill, error) {
	version := ""
	for _, value := range e.Attrs {
		if rest, ok := strings.CutPrefix(value, "http://cyclonedx.org/schema/bom/"); ok && e.Name == "bom" {
			version = rest
		}
	}
	switch {
	case e.Name == "RDF":
		return nil, project.NewFault(e.Line, "is RDF, which is not read; write SPDX as JSON or tag-value too")
	case version == "":
		return nil, project.NewFault(e.Line, neither)
	}
	b := &bill{manager: "cyclonedx"}
	b.checkVersion(version, e.Line)
	if root := e.Child("metadata", "component"); root != nil {
		b.root(component{ref: root.Attr("bom-ref"), group: root.Content("group"), name: root.Content("name"), version: root.Content("version"),
			purl: root.Content("purl"), kind: root.Attr("type"), line: root.Line, endLine: root.EndLine})
		b.nestedXML(root.Child("components"), root.Attr("bom-ref"))
	}
	b.nestedXML(e.Child("components"), "")
	for _, d := range e.Child("dependencies").All("dependency") {
		b.graphed = true
		for _, on := range d.All("dependency") {
			b.needs = append(b.needs, need{holder: d.Attr("ref"), ref: on.Attr("ref"), line: on.Line})
		}
	}
	if list := e.Child("vulnerabilities"); list != nil && len(list.Children) > 0 {
		b.vulnerabilities(list.Line, len(list.Children))
	}
	for _, c := range e.Child("compositions").All("composition") {
		b.composition(c.Content("aggregate"), c.Line)
	}
	return b, nil
}

func (b *bill) nestedXML(list *document.Element, parent string) {
	for _, e := range list.All("component") {
		c := component{ref: e.Attr("bom-ref"), group: e.Content("group"), name: e.Content("name"), version: e.Content("version"),
			purl: e.Content("purl"), cpe: e.Content("cpe") != "", kind: e.Attr("type"), scope: scopeOf(e.Content("scope")),
			line: e.Line, endLine: e.EndLine}
		for _, p := range e.Child("properties").All("property") {
			c.property(p.Attr("name"), p.Text)
		}
		b.add(c, parent)
		for _, r := range e.Child("externalReferences").All("reference") {
			b.reference(c, r.Attr("type"), r.Line)
		}
		b.nestedXML(e.Child("components"), orElse(c.ref, parent))
	}
}
