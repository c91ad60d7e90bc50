package sbom

import (
	"fmt"
	"strings"
	"testing"
)

// large is a document of n components in a graph.
func large(n int) []byte {
	var b strings.Builder
	b.WriteString("{\n  \"bomFormat\": \"CycloneDX\",\n  \"specVersion\": \"1.6\",\n  \"metadata\": {\"component\": {\"bom-ref\": \"root\", \"type\": \"application\", \"name\": \"root\"}},\n  \"components\": [")
	for i := range n {
		fmt.Fprintf(&b, "%s\n    {\n      \"bom-ref\": \"r%d\",\n      \"type\": \"library\",\n      \"name\": \"p%d\",\n      \"version\": \"1.%d.0\",\n      \"purl\": \"pkg:npm/p%d@1.%d.0\",\n      \"hashes\": [{\"alg\": \"SHA-512\", \"content\": \"%s\"}],\n      \"licenses\": [{\"license\": {\"id\": \"MIT\"}}]\n    }",
			[]string{",", ""}[b2i(i == 0)], i, i, i, i, i, strings.Repeat("a", 128))
	}
	b.WriteString("\n  ],\n  \"dependencies\": [\n    {\"ref\": \"root\", \"dependsOn\": [\"r0\"]}")
	for i := range n {
		var on []string
		for _, j := range []int{2*i + 1, 2*i + 2, i + 7} {
			if j < n {
				on = append(on, fmt.Sprintf("\"r%d\"", j))
			}
		}
		fmt.Fprintf(&b, ",\n    {\"ref\": \"r%d\", \"dependsOn\": [%s]}", i, strings.Join(on, ", "))
	}
	b.WriteString("\n  ]\n}\n")
	return []byte(b.String())
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

func BenchmarkParse(b *testing.B) {
	for _, n := range []int{100, 1_000, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			data := large(n)
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				if r := Parse("bom.json", data); len(r.Gaps) > 0 || len(r.Projects[0].Nodes) != n {
					b.Fatal(r.Gaps)
				}
			}
		})
	}
}
