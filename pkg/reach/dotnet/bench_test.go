package dotnet

import (
	"fmt"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/reach/program"
)

// application is a program of n files of about 10 KB, in which one calls the vulnerable code by way of two packages.
func application(n int) ([]txtar.File, fettle.Project) {
	files := []txtar.File{{Name: "app.csproj", Data: []byte(`<Project Sdk="Microsoft.NET.Sdk.Web"></Project>`)}}
	for i := range n {
		var b strings.Builder
		fmt.Fprintf(&b, "using System;\nusing System.Collections.Generic;\nusing Plain;\n\nnamespace Shop.Part%d\n{\n    public class Service%d\n    {\n        private readonly Dictionary<string, int> counts = new Dictionary<string, int>();\n", i, i)
		for m := range 24 {
			fmt.Fprintf(&b, "        public string Method%d(string name, int times)\n        {\n            var total = counts.TryGetValue(name, out var n) ? n : 0;\n"+
				"            for (var i = 0; i < times; i++)\n            {\n                total += i * %d;\n                counts[name + i] = total;\n            }\n"+
				"            if (total > 100) { throw new InvalidOperationException($\"{name} is over {total}\"); }\n            return Text.Trim(name + \" \" + total);\n        }\n", m, m)
		}
		if i == n/2 {
			b.WriteString("        public void Go() { new Far.Trip().Go(); }\n")
		}
		b.WriteString("    }\n}\n")
		files = append(files, txtar.File{Name: fmt.Sprintf("src/Part%d/Service%d.cs", i, i), Data: []byte(b.String())})
	}
	p := fettle.Project{Lockfile: "packages.lock.json"}
	for _, a := range assemblies {
		if a.id != "Plug.Host" {
			p.Nodes = append(p.Nodes, fettle.Node{Package: fettle.Package{Ecosystem: "NuGet", Name: a.id, Version: a.version}, Key: strings.ToLower(a.id) + "@" + a.version, Holders: []fettle.Edge{{}}})
		}
	}
	return files, p
}

// BenchmarkApplication walks, parses and judges an application of 200 files.
func BenchmarkApplication(b *testing.B) {
	files, p := application(200)
	subject := programOf(b, b.TempDir(), files, p)
	subject.Sources = nil // parsed anew each time
	target := program.Target{Node: p.Nodes[0], Symbols: []fettle.Symbols{{Names: []string{"Vuln.Json.JsonText.Parse"}}}}
	size := 0
	for _, f := range files {
		size += len(f.Data)
	}
	b.SetBytes(int64(size))
	for b.Loop() {
		v, _, err := Analyst{}.Analyze(b.Context(), subject, []program.Target{target})
		if err != nil || v[0].Reach != program.Called {
			b.Fatal(v, err)
		}
	}
}
