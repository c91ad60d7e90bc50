package cargo

import (
	"fmt"
	"strings"
	"testing"

	"github.com/fettle-dev/fettle/pkg/discover/projecttest"
)

// large is a package of n others, a tenth of them direct, each of which needs the next three.
func large(n int) files {
	var lock, manifest strings.Builder
	lock.WriteString("version = 4\n")
	manifest.WriteString("[package]\nname = \"x\"\n[dependencies]\n")
	var own []string
	for i := range n {
		var needs []string
		for j := i + 1; j < min(n, i+4); j++ {
			needs = append(needs, fmt.Sprintf("p%d", j))
		}
		lock.WriteString(entry(fmt.Sprintf("p%d", i), "1.0.0", index, needs...))
		if i%10 == 0 {
			own = append(own, fmt.Sprintf("p%d", i))
			fmt.Fprintf(&manifest, "p%d = \"1\"\n", i)
		}
	}
	lock.WriteString(entry("x", "0.1.0", "", own...))
	return files{"Cargo.lock": lock.String(), "Cargo.toml": manifest.String()}
}

func BenchmarkRead(b *testing.B) {
	for _, n := range []int{100, 1_000, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			dir := large(n).Write(b)
			b.ReportAllocs()
			for b.Loop() {
				if r := projecttest.Read(b, Reader{}, dir); len(r.Gaps) > 0 || len(r.Projects[0].Nodes) != n {
					b.Fatal(projecttest.Gaps(r.Gaps))
				}
			}
		})
	}
}
