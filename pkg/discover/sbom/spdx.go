package sbom

import (
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/document"
	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// documentID is how SPDX calls the document itself.
const documentID = "SPDXRef-DOCUMENT"

// parseSPDX reads SPDX 2 as JSON or YAML.
func parseSPDX(v *document.Value, faults []project.Fault) (*bill, error) {
	b := &bill{manager: "spdx", faults: faults}
	if err := b.checkSPDX(v.Get("spdxVersion").Str(), v.Line); err != nil {
		return nil, err
	}
	for _, p := range v.Get("packages").List() {
		c := component{ref: p.Get("SPDXID").Str(), name: p.Get("name").Str(), version: unless(p.Get("versionInfo").Str()),
			kind: purpose(p.Get("primaryPackagePurpose").Str()), line: p.Line, endLine: p.EndLine}
		for _, r := range p.Get("externalRefs").List() {
			b.external(&c, r.Get("referenceType").Str(), r.Get("referenceLocator").Str(), r.Line)
		}
		b.components = append(b.components, c)
	}
	for _, d := range v.Get("documentDescribes").List() {
		b.describes(d.Str())
	}
	for _, r := range v.Get("relationships").List() {
		b.relate(r.Get("spdxElementId").Str(), r.Get("relationshipType").Str(), r.Get("relatedSpdxElement").Str(), r.Line)
	}
	return b, nil
}

func (b *bill) checkSPDX(version string, line int) error {
	if !strings.HasPrefix(version, "SPDX-2.") {
		return project.NewFault(line, "is of version "+strings.ToValidUTF8(clip(version), "?")+"; want SPDX-2.2 or SPDX-2.3")
	}
	return nil
}

func clip(s string) string { return s[:min(len(s), 40)] }

// unless leaves out the words that SPDX has for nothing.
func unless(s string) string {
	if s == "NOASSERTION" || s == "NONE" {
		return ""
	}
	return s
}

// purpose is a primaryPackagePurpose as CycloneDX would have it.
func purpose(word string) string {
	switch word {
	case "FILE", "CONTAINER", "OPERATING-SYSTEM", "OPERATING_SYSTEM":
		return strings.ReplaceAll(strings.ToLower(word), "_", "-")
	case "APPLICATION":
		return "application"
	}
	return "library"
}

func (b *bill) external(c *component, kind, locator string, line int) {
	switch kind[strings.LastIndex(kind, "/")+1:] {
	case "purl":
		if c.purl != "" && c.purl != locator {
			b.note(line, "%s has several package URLs; only the first was checked", c.label())
			return
		}
		c.purl = locator
	case "cpe22Type", "cpe23Type":
		c.cpe = true
	}
}

func (b *bill) describes(ref string) {
	for _, have := range b.roots {
		if have == ref {
			return
		}
	}
	b.roots = append(b.roots, ref)
}

// relations are the types of relationships that are needs: of the second for the first or, where back is set, of the first
// for the second.
var relations = map[string]struct {
	back  bool
	scope fettle.Scope
}{
	"DEPENDS_ON": {}, "HAS_PREREQUISITE": {}, "STATIC_LINK": {}, "DYNAMIC_LINK": {}, "RUNTIME_DEPENDENCY_OF": {back: true, scope: fettle.Production},
	"DEPENDENCY_OF": {back: true}, "PREREQUISITE_FOR": {back: true}, "BUILD_DEPENDENCY_OF": {true, fettle.Development},
	"DEV_DEPENDENCY_OF": {true, fettle.Development}, "DEV_TOOL_OF": {true, fettle.Development}, "BUILD_TOOL_OF": {true, fettle.Development},
	"TEST_DEPENDENCY_OF": {true, fettle.Test}, "TEST_TOOL_OF": {true, fettle.Test}, "OPTIONAL_DEPENDENCY_OF": {true, fettle.Optional},
	"OPTIONAL_COMPONENT_OF": {true, fettle.Optional}, "PROVIDED_DEPENDENCY_OF": {true, fettle.Peer},
}

func (b *bill) relate(from, kind, to string, line int) {
	if unless(from) == "" || unless(to) == "" {
		return
	}
	switch kind {
	case "DESCRIBES":
		b.describes(to)
		return
	case "DESCRIBED_BY":
		b.describes(from)
		return
	case "CONTAINED_BY", "PACKAGE_OF":
		from, to = to, from
		fallthrough
	case "CONTAINS":
		b.needs = append(b.needs, need{holder: from, ref: to, part: true, line: line})
		return
	}
	r, ok := relations[kind]
	if !ok {
		return
	}
	if r.back {
		from, to = to, from
	}
	b.graphed = true
	b.needs = append(b.needs, need{holder: from, ref: to, scope: r.scope, line: line})
}
