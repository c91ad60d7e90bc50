package surface

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// BenchmarkCheck holds one upgrade against 300 files of own code of each language, artifacts at hand.
func BenchmarkCheck(b *testing.B) {
	own := map[string]string{"go.mod": "module own.example/own\n\ngo 1.22\n"}
	var js, py, gosrc strings.Builder
	for i := range 200 {
		fmt.Fprintf(&js, "exports.f%d = function (a) { return a.b%d; };\n", i, i)
		fmt.Fprintf(&py, "def f%d(a, b=1):\n    return a\n", i)
		fmt.Fprintf(&gosrc, "func F%d(a int) int { return a }\n", i)
	}
	for i := range 300 {
		own[fmt.Sprintf("js/a%d.js", i)] = "const p = require('p');\n" + strings.Repeat(fmt.Sprintf("p.f%d(p.gone());\n", i%200), 50)
		own[fmt.Sprintf("py/a%d.py", i)] = "import p\n" + strings.Repeat(fmt.Sprintf("p.f%d(p.gone())\n", i%200), 50)
		own[fmt.Sprintf("go/a%d.go", i)] = "package a\n\nimport (\n\t\"net/http\"\n\t\"m.example/m\"\n)\n\n" + fmt.Sprintf("func f%d(r *http.Request) {\n", i) + strings.Repeat(fmt.Sprintf("\tm.F%d(m.Gone())\n", i%200), 50) + "}\n"
	}
	dir := lay(b, own)
	for _, test := range []struct {
		ecosystem, name string
		before, after   map[string]string
	}{
		{"npm", "p", map[string]string{"package.json": "{}", "index.js": js.String() + "exports.gone = 1"}, map[string]string{"package.json": "{}", "index.js": js.String()}},
		{"PyPI", "p", map[string]string{"p.py": py.String() + "def gone(): pass\n"}, map[string]string{"p.py": py.String()}},
		{"Go", "m.example/m", map[string]string{"m.go": "package m\n" + gosrc.String() + "func Gone() int { return 1 }\n"}, map[string]string{"m.go": "package m\n" + gosrc.String()}},
	} {
		b.Run(test.ecosystem, func(b *testing.B) {
			fetch := served(b, map[string]map[string]string{"1": test.before, "2": test.after})
			got := fetch(b.Context(), []fettle.Package{{Ecosystem: test.ecosystem, Name: test.name, Version: "1"}, {Ecosystem: test.ecosystem, Name: test.name, Version: "2"}})
			for b.Loop() {
				c := &Checker{Temp: b.TempDir(), Fetch: map[string]Fetch{test.ecosystem: func(context.Context, []fettle.Package) map[fettle.Package]Artifact { return got }}}
				r, err := c.Check(b.Context(), fettle.Repo{Dir: dir}, fettle.Project{}, []fettle.Upgrade{{Package: fettle.Package{Ecosystem: test.ecosystem, Name: test.name, Version: "1"}, To: "2"}})
				if err != nil || len(r.Breaks) == 0 {
					b.Fatalf("%d breaks, %v", len(r.Breaks), err)
				}
			}
		})
	}
}
