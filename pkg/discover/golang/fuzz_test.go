package golang

import (
	"bytes"
	"strings"
	"testing"

	"golang.org/x/mod/modfile"

	"github.com/fettle-dev/fettle/pkg/discover/projecttest"
)

var seeds = []string{
	mod("x", "1.20", "ex.org/a v1.0.0", "ex.org/b v1.0.0 // indirect"), mod("x", "1.16", "ex.org/d v1.0.0") + "exclude ex.org/c v1.5.0\nreplace ex.org/d => ./d\nreplace ex.org/d v1.0.0 => ex.org/a v1.0.0\n",
	"", "\xef\xbb\xbfmodule x\r\ngo 1.20\r\nrequire ex.org/a v1.0.0\r\n", "module x\nrequire (\n", "module x\nrequire ex.org/a v1.0.0\nrequire ex.org/a v1.5.0\n",
	"module ../x\nrequire ../../etc v1.0.0\nreplace ../../etc => ../../../etc\n", "module \"x\nrequire `a` \"v1\"", "replace a => b => c\n", "require ex.org/a v1.0.0 // indirect; x\n",
	"go 1.99999999999999999999\ntoolchain go1.99\n", "tool (\n\tx\n\t/\n)\n", strings.Repeat("require (\n", 2000), "retract [v1.0.0, v1.9.9] // why\nignore ./x\ngodebug a=b\n",
}

func FuzzModule(f *testing.F) {
	for _, s := range seeds {
		f.Add([]byte(s), []byte("ex.org/c v1.5.0 h1:x\nex.org/c v1.5.0/go.mod h1:x\n"), []byte("# ex.org/a v1.0.0 => ./a\n## explicit\nex.org/a/b\n"))
	}
	settings := small.settings(f)
	f.Fuzz(func(t *testing.T, data, sum, vendor []byte) {
		r := projecttest.Read(t, Reader{settings}, files{"go.mod": text(data), "go.sum": text(sum), "vendor/modules.txt": text(vendor)}.Write(t))
		lines := map[string]int{"go.mod": count(data), "go.sum": count(sum), "vendor/modules.txt": count(vendor)}
		keys := map[string]bool{}
		for _, p := range r.Projects {
			for _, n := range p.Nodes {
				if keys[n.Key] || n.Key == "" {
					t.Errorf("key %q stands twice or is empty", n.Key)
				}
				keys[n.Key] = true
				if n.Location.Line > lines[n.Location.Path] || n.Version == "" && n.NoVersion == "" {
					t.Errorf("%+v", n)
				}
			}
		}
		for _, g := range r.Gaps {
			if g.Reason == "" || g.Location != nil && g.Location.Line > lines[g.Subject] {
				t.Errorf("gap %+v", g)
			}
		}
		if _, err := modfile.Parse("go.mod", bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")), nil); err != nil && len(r.Gaps) == 0 {
			t.Errorf("modfile says %v, and no gap does", err)
		}
	})
}

func FuzzWorkspace(f *testing.F) {
	for _, s := range append([]string{"go 1.20\nuse ./a\nuse ./b\nreplace ex.org/a => ./b\n", "use (\n\t.\n\t..\n\t/\n\t\"\"\n)\n"}, seeds...) {
		f.Add([]byte(s), []byte(seeds[0]), []byte(seeds[1]))
	}
	settings := small.settings(f)
	f.Fuzz(func(t *testing.T, work, a, b []byte) {
		r := projecttest.Read(t, Reader{settings}, files{"go.work": text(work), "a/go.mod": text(a), "b/go.mod": text(b)}.Write(t))
		if _, err := modfile.ParseWork("go.work", bytes.TrimPrefix(work, []byte("\xef\xbb\xbf")), nil); err != nil && len(r.Gaps) == 0 {
			t.Errorf("modfile says %v, and no gap does", err)
		}
	})
}

// text keeps a file from being taken for a link.
func text(data []byte) string { return strings.TrimPrefix(string(data), "-> ") }

func count(data []byte) int { return strings.Count(string(data), "\n") + 2 }
