package python

import (
	"fmt"
	"strings"
	"testing"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/reach/program"
	"github.com/fettle-dev/fettle/pkg/syntax"
)

// BenchmarkAnalyze is an application of 200 files of 10 KB with 200 packages, parsed and answered for.
func BenchmarkAnalyze(b *testing.B) {
	var text strings.Builder
	text.WriteString("import os\nfrom p7 import models\nfrom . import util as u\n\n")
	for i := 0; text.Len() < 10_000; i++ {
		fmt.Fprintf(&text, "class Model%d(models.Model):\n    name = models.CharField(max_length=%d)\n\n    def save(self, *args):\n        self.slug = u.slugify(self.name, f'{self.pk}-x')\n        return super().save(*args)\n\n", i, i)
	}
	var p program.Program
	var targets []program.Target
	for i := range 200 {
		name := fmt.Sprintf("p%d", i)
		n := fettle.Node{Package: fettle.Package{Ecosystem: "PyPI", Name: name, Version: "1"}, Key: name, Holders: []fettle.Edge{{}}}
		p.Project.Nodes = append(p.Project.Nodes, n)
		targets = append(targets, program.Target{Node: n, Symbols: []fettle.Symbols{{Names: []string{name + ".models.risky"}}}})
	}
	for b.Loop() {
		p.Sources = p.Sources[:0]
		for i := range 200 {
			f, err := syntax.Read(b.Context(), fmt.Sprintf("app/m%d.py", i), []byte(text.String()))
			if err != nil {
				b.Fatal(err)
			}
			p.Sources = append(p.Sources, program.Source{File: f})
		}
		if _, _, err := (Analyst{}).Analyze(b.Context(), p, targets); err != nil {
			b.Fatal(err)
		}
	}
}
