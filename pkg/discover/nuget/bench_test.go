package nuget

import (
	"fmt"
	"strings"
	"testing"

	"github.com/fettle-dev/fettle/pkg/discover/projecttest"
)

func bigLock(n int) files {
	var lock, refs strings.Builder
	lock.WriteString("{\n  \"version\": 1,\n  \"dependencies\": {\n    \"net6.0\": {")
	for i := range n {
		kind := "Transitive"
		if i%10 == 0 {
			kind = `Direct", "requested": "[1.0.0, )`
			fmt.Fprintf(&refs, "<PackageReference Include=\"P%d\" Version=\"1.0.0\" />\n", i)
		}
		fmt.Fprintf(&lock, "%s\n      \"P%d\": {\n        \"type\": \"%s\",\n        \"resolved\": \"1.0.0\",\n        \"dependencies\": {\"P%d\": \"1.0.0\", \"P%d\": \"1.0.0\"}\n      }",
			map[bool]string{true: ",", false: ""}[i > 0], i, kind, (2*i+1)%n, (3*i+2)%n)
	}
	lock.WriteString("\n    }\n  }\n}\n")
	return files{"A.csproj": "<Project><ItemGroup>\n" + refs.String() + "</ItemGroup></Project>", "packages.lock.json": lock.String()}
}

func BenchmarkRead(b *testing.B) {
	for _, n := range []int{100, 1_000, 10_000} {
		locked := bigLock(n)
		for name, tree := range map[string]files{"lock": locked, "project": {"A.csproj": "<Project><ItemGroup>" + manyRefs(n)}} {
			dir := tree.Write(b)
			b.Run(fmt.Sprint(name, n), func(b *testing.B) {
				for b.Loop() {
					if r := projecttest.Read(b, Reader{}, dir); len(r.Projects) != 1 || len(r.Projects[0].Nodes) != n {
						b.Fatal(r.Gaps)
					}
				}
			})
		}
	}
}

func manyRefs(n int) string {
	var refs strings.Builder
	for i := range n {
		fmt.Fprintf(&refs, "<PackageReference Include=\"P%d\" Version=\"1.0.0\" />\n", i)
	}
	return refs.String() + "</ItemGroup></Project>"
}
