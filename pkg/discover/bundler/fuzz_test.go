package bundler

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/fettle-dev/fettle/pkg/discover/projecttest"
)

// FuzzRead puts hostile text in the lockfile, the Gemfile and the gemspec. All end as a project or a gap, and in time.
func FuzzRead(f *testing.F) {
	lock, err := os.ReadFile("testdata/shop/Gemfile.lock")
	if err != nil {
		f.Fatal(err)
	}
	own, err := os.ReadFile("testdata/shop/Gemfile")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(lock, own)
	f.Add(lock[:300], own[:200])
	f.Add([]byte("\xef\xbb\xbf"+strings.ReplaceAll(string(lock), "\n", "\r\n")), []byte(strings.ReplaceAll(string(own), "\n", "\r\n")))
	f.Add([]byte("GEM\n  specs:\n    a (1-2-3)\n      a\n      b\n    b (1)\n      a\nDEPENDENCIES\n  a!\n"), []byte("gemspec\neval_gemfile 'Gemfile'\neval_gemfile '../../etc/passwd'\n"))
	f.Add([]byte("PATH\n  remote: ../../..\n  specs:\n    a (1)\nGIT\n  specs:\n    b ()\n"), []byte("group :a do |x|\n{ \"#{'\"'}\" => %w[ }\nend end\n"+strings.Repeat("group :x do\n", 500)))
	f.Add([]byte("PLUGIN SOURCE\n  remote: x\n  specs:\n    c (1)\n"), []byte("gem 'a', **o, x: [1, [2, {a: 3}]]\n__END__\ngem"))
	f.Fuzz(func(t *testing.T, lock, ruby []byte) {
		for _, tree := range []files{{"Gemfile.lock": string(lock), "Gemfile": string(ruby), "a.gemspec": string(ruby)}, {"gems.rb": string(ruby), "x/a.gemspec": string(ruby)}} {
			dir := tree.Write(t)
			begin := time.Now()
			r := projecttest.Read(t, Reader{}, dir)
			if took := time.Since(begin); took > 30*time.Second {
				t.Errorf("took %s", took)
			}
			if tree["Gemfile.lock"] != "" && len(r.Projects) == 0 && len(r.Gaps) == 0 {
				t.Error("neither a project nor a gap")
			}
			projecttest.CheckGaps(t, r.Gaps, dir)
			for _, p := range r.Projects {
				for _, n := range p.Nodes {
					if n.Location.Line < 1 || (n.Version == "") != (n.NoVersion != "") {
						t.Errorf("node %+v", n)
					}
				}
			}
		}
	})
}

func BenchmarkRead(b *testing.B) {
	for _, n := range []int{100, 1_000, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			var lock, own strings.Builder
			lock.WriteString("GEM\n  remote: https://registry.example/\n  specs:\n")
			for i := range n {
				fmt.Fprintf(&lock, "    p%d (1.0.0)\n      p%d (~> 1.0)\n      p%d (>= 1, < 3)\n", i, (2*i+1)%n, (3*i+2)%n)
				fmt.Fprintf(&own, "gem \"p%d\", \"~> 1.0\", group: :test\n", i)
			}
			lock.WriteString("\nDEPENDENCIES\n")
			for i := range n {
				fmt.Fprintf(&lock, "  p%d (~> 1.0)\n", i)
			}
			dir := files{"Gemfile": own.String(), "Gemfile.lock": lock.String()}.Write(b)
			for b.Loop() {
				if r := projecttest.Read(b, Reader{}, dir); len(r.Projects) != 1 || len(r.Projects[0].Nodes) != n || len(r.Gaps) > 0 {
					b.Fatal(r.Gaps)
				}
			}
		})
	}
}
