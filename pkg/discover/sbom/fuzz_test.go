package sbom

import (
	"strings"
	"testing"
)

func FuzzParse(f *testing.F) {
	for _, text := range []string{shopJSON, shopXML, shopSPDX, shopTags(), "", "{", "<", "\xef\xbb\xbf" + shopJSON, strings.ReplaceAll(shopTags(), "\n", "\r\n"),
		strings.Repeat("[", 100_000), `{"bomFormat":"CycloneDX","components":` + strings.Repeat(`[{"components":`, 3000),
		strings.Repeat("<a>", 10_000), shopJSON[:700], shopXML[:700],
		`{"bomFormat": "CycloneDX", "components": [{"bom-ref": "a", "purl": "pkg:npm/../../etc@1"}, {"bom-ref": "a"}, {"purl": "pkg:npm/a"}, {"purl": "pkg:npm/a"}],
		"dependencies": [{"ref": "a", "dependsOn": ["a"]}, {"ref": "", "dependsOn": [""]}, {"ref": null, "dependsOn": [1, null]}]}`,
		`{"spdxVersion": "SPDX-2.3", "documentDescribes": ["", null, 1], "relationships": [{}], "packages": [{}, {"SPDXID": ""}, null]}`,
		"spdxVersion: SPDX-2.3\npackages: [{name: a}]\n", "a: &a [*a]\n",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r := Parse("bom", data)
		if len(r.Projects) == 0 && len(r.Gaps) == 0 {
			t.Error("silence")
		}
		lines := strings.Count(string(data), "\n") + strings.Count(string(data), "\r") + 1
		for _, p := range r.Projects {
			keys := map[string]bool{}
			for _, n := range p.Nodes {
				if keys[n.Key] || n.Key == "" && n.Name != "" {
					t.Errorf("key %q stands twice or is empty", n.Key)
				}
				keys[n.Key] = true
				if n.Version == "" && n.NoVersion == "" {
					t.Errorf("%q has no version and no reason", n.Key)
				}
				if n.Location.Line < 1 || n.Location.EndLine < n.Location.Line || n.Location.EndLine > lines {
					t.Errorf("%q stands on lines %d to %d of %d", n.Key, n.Location.Line, n.Location.EndLine, lines)
				}
				if n.Scope == "" || n.Direct != (n.Depth == 1) {
					t.Errorf("%+v", n)
				}
			}
		}
	})
}
