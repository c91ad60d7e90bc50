package sbom

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fettle-dev/fettle/pkg/discover/projecttest"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// read parses one document and returns its nodes; it fails where the gaps are not those wanted.
func read(t testing.TB, file, text string, gaps ...string) fettle.Project {
	t.Helper()
	r := Parse(file, []byte(text))
	projecttest.WantGaps(t, r.Gaps, gaps...)
	if len(r.Projects) != 1 {
		t.Fatalf("%d projects", len(r.Projects))
	}
	return r.Projects[0]
}

func wantNodes(t testing.TB, p fettle.Project, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, projecttest.Nodes(p)); diff != "" {
		t.Error(diff)
	}
}

// shopJSON is a shop of two ecosystems, with all that a graph can have.
const shopJSON = `{
  "bomFormat": "CycloneDX",
  "specVersion": "1.6",
  "metadata": {
    "component": {"bom-ref": "shop", "type": "application", "name": "shop", "version": "1.0.0", "purl": "pkg:npm/shop@1.0.0"}
  },
  "components": [
    {
      "bom-ref": "e", "type": "library", "name": "express", "version": "4.18.0",
      "purl": "pkg:npm/express@4.18.0"
    },
    {"bom-ref": "q", "type": "library", "name": "qs", "version": "6.10.0", "scope": "required", "purl": "pkg:npm/qs@6.10.0"},
    {"bom-ref": "q2", "type": "library", "name": "qs", "version": "6.10.0", "purl": "pkg:npm/qs@6.10.0"},
    {"bom-ref": "m", "type": "library", "name": "mocha", "version": "10.0.0", "scope": "excluded", "purl": "pkg:npm/mocha@10.0.0",
      "components": [
        {"bom-ref": "inner", "type": "library", "name": "inner", "version": "1.0.0", "purl": "pkg:npm/inner@1.0.0"}
      ]
    },
    {"bom-ref": "f", "type": "library", "name": "fsevents", "scope": "optional", "version": "2.3.0", "purl": "pkg:npm/fsevents@2.3.0"},
    {"bom-ref": "l", "type": "library", "group": "org.example", "name": "core", "version": "1.0", "purl": "pkg:maven/org.example/core"},
    {"bom-ref": "x", "type": "file", "name": "README"}
  ],
  "dependencies": [
    {"ref": "shop", "dependsOn": ["e", "m", "f", "l"]},
    {"ref": "e", "dependsOn": ["q"]},
    {"ref": "m", "dependsOn": ["q2", "q"]},
    {"ref": "q", "dependsOn": ["e"]}
  ]
}
`

// shopXML is the same in XML.
const shopXML = `<?xml version="1.0" encoding="UTF-8"?>
<bom xmlns="http://cyclonedx.org/schema/bom/1.4" version="1">
  <metadata><component type="application" bom-ref="shop"><name>shop</name><purl>pkg:npm/shop@1.0.0</purl></component></metadata>
  <components>
    <component type="library" bom-ref="e">
      <name>express</name><version>4.18.0</version><purl>pkg:npm/express@4.18.0</purl>
    </component>
    <component type="library" bom-ref="q"><name>qs</name><version>6.10.0</version><scope>required</scope><purl>pkg:npm/qs@6.10.0</purl></component>
    <component type="library" bom-ref="q2"><name>qs</name><version>6.10.0</version><purl>pkg:npm/qs@6.10.0</purl></component>
    <component type="library" bom-ref="m"><name>mocha</name><version>10.0.0</version><scope>excluded</scope><purl>pkg:npm/mocha@10.0.0</purl>
      <components>
        <component type="library" bom-ref="inner"><name>inner</name><version>1.0.0</version><purl>pkg:npm/inner@1.0.0</purl></component>
      </components>
    </component>
    <component type="library" bom-ref="f"><name>fsevents</name><version>2.3.0</version><scope>optional</scope><purl>pkg:npm/fsevents@2.3.0</purl></component>
    <component type="library" bom-ref="l"><group>org.example</group><name>core</name><version>1.0</version><purl>pkg:maven/org.example/core</purl></component>
    <component type="file" bom-ref="x"><name>README</name></component>
  </components>
  <dependencies>
    <dependency ref="shop"><dependency ref="e"/><dependency ref="m"/><dependency ref="f"/><dependency ref="l"/></dependency>
    <dependency ref="e"><dependency ref="q"/></dependency>
    <dependency ref="m"><dependency ref="q2"/><dependency ref="q"/></dependency>
    <dependency ref="q"><dependency ref="e"/></dependency>
  </dependencies>
</bom>
`

// shopSPDX is a shop in SPDX, with relationships in both directions.
const shopSPDX = `{
  "spdxVersion": "SPDX-2.3",
  "SPDXID": "SPDXRef-DOCUMENT",
  "packages": [
    {"SPDXID": "SPDXRef-shop", "name": "shop", "externalRefs": [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": "pkg:npm/shop@1.0.0"}]},
    {"SPDXID": "SPDXRef-e", "name": "express", "versionInfo": "4.18.0",
      "externalRefs": [{"referenceCategory": "PACKAGE_MANAGER", "referenceType": "purl", "referenceLocator": "pkg:npm/express@4.18.0"}]},
    {"SPDXID": "SPDXRef-q", "name": "qs", "versionInfo": "6.10.0", "externalRefs": [{"referenceType": "http://spdx.org/rdf/references/purl", "referenceLocator": "pkg:npm/qs@6.10.0"}]},
    {"SPDXID": "SPDXRef-m", "name": "mocha", "versionInfo": "10.0.0", "externalRefs": [{"referenceType": "purl", "referenceLocator": "pkg:npm/mocha@10.0.0"}]},
    {"SPDXID": "SPDXRef-d", "name": "eslint", "versionInfo": "8.0.0", "externalRefs": [{"referenceType": "purl", "referenceLocator": "pkg:npm/eslint@8.0.0"}]},
    {"SPDXID": "SPDXRef-p", "name": "react", "versionInfo": "18.0.0", "externalRefs": [{"referenceType": "purl", "referenceLocator": "pkg:npm/react@18.0.0"}]},
    {"SPDXID": "SPDXRef-c", "name": "inner", "versionInfo": "1.0.0", "externalRefs": [{"referenceType": "purl", "referenceLocator": "pkg:npm/inner@1.0.0"}]}
  ],
  "relationships": [
    {"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES", "relatedSpdxElement": "SPDXRef-shop"},
    {"spdxElementId": "SPDXRef-shop", "relationshipType": "DEPENDS_ON", "relatedSpdxElement": "SPDXRef-e"},
    {"spdxElementId": "SPDXRef-q", "relationshipType": "DEPENDENCY_OF", "relatedSpdxElement": "SPDXRef-e"},
    {"spdxElementId": "SPDXRef-m", "relationshipType": "TEST_DEPENDENCY_OF", "relatedSpdxElement": "SPDXRef-shop"},
    {"spdxElementId": "SPDXRef-d", "relationshipType": "DEV_DEPENDENCY_OF", "relatedSpdxElement": "SPDXRef-shop"},
    {"spdxElementId": "SPDXRef-p", "relationshipType": "PROVIDED_DEPENDENCY_OF", "relatedSpdxElement": "SPDXRef-shop"},
    {"spdxElementId": "SPDXRef-shop", "relationshipType": "CONTAINS", "relatedSpdxElement": "SPDXRef-q"},
    {"spdxElementId": "SPDXRef-e", "relationshipType": "CONTAINS", "relatedSpdxElement": "SPDXRef-c"},
    {"spdxElementId": "SPDXRef-e", "relationshipType": "CONTAINS", "relatedSpdxElement": "SPDXRef-File-1"},
    {"spdxElementId": "SPDXRef-c", "relationshipType": "DEPENDS_ON", "relatedSpdxElement": "NONE"}
  ]
}
`

// shopTags is the same as tag-value.
func shopTags() string {
	var b strings.Builder
	b.WriteString("SPDXVersion: SPDX-2.3\nDataLicense: CC0-1.0\nSPDXID: SPDXRef-DOCUMENT\nDocumentName: shop\n# packages\n")
	for _, p := range [][3]string{{"shop", "shop", "1.0.0"}, {"e", "express", "4.18.0"}, {"q", "qs", "6.10.0"}, {"m", "mocha", "10.0.0"},
		{"d", "eslint", "8.0.0"}, {"p", "react", "18.0.0"}, {"c", "inner", "1.0.0"}} {
		fmt.Fprintf(&b, "\nPackageName: %s\nSPDXID: SPDXRef-%s\nPackageVersion: %s\nPackageComment: <text>of\nPackageName: no package\n</text>\n", p[1], p[0], p[2])
		fmt.Fprintf(&b, "ExternalRef: PACKAGE-MANAGER purl pkg:npm/%s@%s\n", p[1], p[2])
	}
	b.WriteString("\nFileName: ./README\nSPDXID: SPDXRef-File-1\n")
	for _, line := range strings.Split(shopSPDX, "\n") {
		f := strings.Split(line, `"`)
		if len(f) == 13 && f[1] == "spdxElementId" {
			fmt.Fprintf(&b, "Relationship: %s %s %s\n", f[3], f[7], f[11])
		}
	}
	return b.String()
}
