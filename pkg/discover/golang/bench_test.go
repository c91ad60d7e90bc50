package golang

import (
	"fmt"
	"strings"
	"testing"

	"github.com/fettle-dev/fettle/pkg/discover/projecttest"
)

// large is a module of n dependencies, each of which needs the next three and repeats ten more as indirect.
func large(n int) (files, modules) {
	mods := modules{}
	var own, sum strings.Builder
	own.WriteString("module x\ngo 1.20\nrequire (\n")
	for i := range n {
		fmt.Fprintf(&own, "\tex.org/m%d v1.0.0%s\n", i, map[bool]string{true: " // indirect"}[i%10 > 0])
		fmt.Fprintf(&sum, "ex.org/m%d v1.0.0 h1:x\nex.org/m%d v1.0.0/go.mod h1:x\n", i, i)
		var requires []string
		for j := i + 1; j < min(n, i+14); j++ {
			requires = append(requires, fmt.Sprintf("ex.org/m%d v1.0.0%s", j, map[bool]string{true: " // indirect"}[j > i+3]))
		}
		mods[fmt.Sprintf("ex.org/m%d@v1.0.0", i)] = mod(fmt.Sprintf("ex.org/m%d", i), "1.20", requires...)
	}
	own.WriteString(")\n")
	return files{"go.mod": own.String(), "go.sum": sum.String()}, mods
}

func BenchmarkRead(b *testing.B) {
	for _, n := range []int{100, 1_000, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			tree, mods := large(n)
			r := Reader{mods.settings(b)}
			dir := tree.Write(b)
			b.ReportAllocs()
			for b.Loop() {
				if got := projecttest.Read(b, r, dir); len(got.Projects) != 1 || len(got.Gaps) > 0 {
					b.Fatal(projecttest.Gaps(got.Gaps))
				}
			}
		})
	}
}
