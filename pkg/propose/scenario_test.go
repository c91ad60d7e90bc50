package propose_test

import (
	"strings"
	"testing"

	"github.com/fettle-dev/fettle/pkg/propose/npmtest"
	"github.com/google/go-cmp/cmp"
)

// app returns a package.json with dependencies given as name@range.
func app(dependencies ...string) string {
	var list []string
	for _, d := range dependencies {
		at := strings.LastIndex(d[1:], "@") + 1
		if i := strings.Index(d, "@npm:"); i > 0 {
			at = i
		}
		list = append(list, `    "`+d[:at]+`": "`+d[at+1:]+`"`)
	}
	return "{\n  \"name\": \"app\",\n  \"version\": \"1.0.0\",\n  \"dependencies\": {\n" + strings.Join(list, ",\n") + "\n  }\n}\n"
}

func installed(list ...string) map[string]string { return npmtest.Entries(list...) }

type scenario struct {
	name, served, advised string
	lock                  npmtest.Lock
	want                  string
}

// run tries scenario number i of a table; -short tries the first two.
func (c scenario) run(t *testing.T, i int) {
	t.Run(c.name, func(t *testing.T) {
		if testing.Short() && i > 1 {
			t.Skip("takes some seconds of npm")
		}
		t.Parallel()
		w := newWorld(t, c.served, c.advised, c.lock)
		if d := cmp.Diff(strings.TrimPrefix(c.want, "\n"), w.story(w.propose())); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
	})
}

func TestOwnDependencies(t *testing.T) {
	lib := installed("lib@1.0.0")
	for i, c := range []scenario{
		{"in range, the smallest and not the newest",
			"lib 1.0.0\nlib 1.0.5\nlib 1.9.0", "A-1 lib 0 1.0.5",
			npmtest.Lock{Manifest: app("lib@^1.0.0"), Entries: lib}, `
lockfile: upgrade lib from 1.0.0 to 1.0.5
  node_modules/lib 1.0.0>1.0.5
  clears A-1
`},
		{"an exact pin moves",
			"lib 1.0.0\nlib 1.0.5\nlib 1.9.0", "A-1 lib 0 1.0.5",
			npmtest.Lock{Manifest: app("lib@1.0.0"), Entries: lib}, `
direct: upgrade lib from 1.0.0 to 1.0.5
  node_modules/lib 1.0.0>1.0.5
  clears A-1
`},
		{"a tilde range moves only where it must",
			"lib 1.0.0\nlib 1.0.5\nlib 1.2.0\nlib 1.9.0", "A-1 lib 0 1.2.0",
			npmtest.Lock{Manifest: app("lib@~1.0.0"), Entries: lib}, `
direct: upgrade lib from 1.0.0 to 1.2.0
  node_modules/lib 1.0.0>1.2.0
  clears A-1
`},
		{"several findings are cleared at once",
			"lib 1.0.0\nlib 1.0.5\nlib 1.2.0\nlib 1.9.0", "A-1 lib 0 1.0.5\nA-2 lib 0.5.0 1.2.0",
			npmtest.Lock{Manifest: app("lib@^1.0.0"), Entries: lib}, `
lockfile: upgrade lib from 1.0.0 to 1.2.0
  node_modules/lib 1.0.0>1.2.0
  clears A-1 A-2
`},
		{"a version that brings a finding is passed over",
			"lib 1.0.0\nlib 1.0.5\nlib 1.0.6", "A-1 lib 0 1.0.5\nA-2 lib 1.0.5 1.0.6",
			npmtest.Lock{Manifest: app("lib@^1.0.0"), Entries: lib}, `
lockfile: upgrade lib from 1.0.0 to 1.0.6
  node_modules/lib 1.0.0>1.0.6
  clears A-1
`},
		{"a version whose dependency brings a finding is passed over",
			"lib 1.0.0\nlib 1.0.5 dep@1.0.0\nlib 1.0.6\ndep 1.0.0", "A-1 lib 0 1.0.5\nA-2 dep 0",
			npmtest.Lock{Manifest: app("lib@^1.0.0"), Entries: lib}, `
lockfile: upgrade lib from 1.0.0 to 1.0.6
  node_modules/lib 1.0.0>1.0.6
  clears A-1
`},
		{"a deprecated version is avoided",
			"lib 1.0.0\nlib 1.0.5 deprecated\nlib 1.0.6", "A-1 lib 0 1.0.5",
			npmtest.Lock{Manifest: app("lib@^1.0.0"), Entries: lib}, `
lockfile: upgrade lib from 1.0.0 to 1.0.6
  node_modules/lib 1.0.0>1.0.6
  clears A-1
`},
		{"a deprecated version is better than none",
			"lib 1.0.0\nlib 1.0.5 deprecated", "A-1 lib 0 1.0.5",
			npmtest.Lock{Manifest: app("lib@^1.0.0"), Entries: lib}, `
lockfile: upgrade lib from 1.0.0 to 1.0.5
  node_modules/lib 1.0.0>1.0.5
  clears A-1
`},
		{"the fixed version is not served, the next one is",
			"lib 1.0.0\nlib 1.0.9", "A-1 lib 0 1.0.5",
			npmtest.Lock{Manifest: app("lib@^1.0.0"), Entries: lib}, `
lockfile: upgrade lib from 1.0.0 to 1.0.9
  node_modules/lib 1.0.0>1.0.9
  clears A-1
`},
		{"prereleases are no fix",
			"lib 1.0.0\nlib 1.0.5-rc.1\nlib 1.0.5", "A-1 lib 0 1.0.1",
			npmtest.Lock{Manifest: app("lib@^1.0.0"), Entries: lib}, `
lockfile: upgrade lib from 1.0.0 to 1.0.5
  node_modules/lib 1.0.0>1.0.5
  clears A-1
`},
		{"a new major version alone is offered apart",
			"lib 1.0.0\nlib 2.0.0\nlib 2.1.0", "A-1 lib 0 2.0.0",
			npmtest.Lock{Manifest: app("lib@^1.0.0"), Entries: lib}, `
direct: upgrade lib from 1.0.0 to 2.0.0 (major)
  node_modules/lib 1.0.0>2.0.0
  clears A-1
`},
		{"a part is fixed within the major version, all beyond it",
			"lib 1.0.0\nlib 1.0.5\nlib 2.0.0", "A-1 lib 0 1.0.5\nA-2 lib 0 2.0.0",
			npmtest.Lock{Manifest: app("lib@^1.0.0"), Entries: lib}, `
lockfile: upgrade lib from 1.0.0 to 1.0.5
  node_modules/lib 1.0.0>1.0.5
  clears A-1
  leaves A-2
direct: upgrade lib from 1.0.0 to 2.0.0 (major)
  node_modules/lib 1.0.0>2.0.0
  clears A-1 A-2
`},
		{"nothing fixes it",
			"lib 1.0.0\nlib 1.9.0", "A-1 lib 0",
			npmtest.Lock{Manifest: app("lib@^1.0.0"), Entries: lib}, `
no fix for A-1: the registry serves no version of lib after 1.0.0 that clears a finding and brings none
`},
		{"one finding has no fix, the other has",
			"lib 1.0.0\nlib 1.9.0", "A-1 lib 0\nA-2 lib 0 1.9.0",
			npmtest.Lock{Manifest: app("lib@^1.0.0"), Entries: lib}, `
lockfile: upgrade lib from 1.0.0 to 1.9.0
  node_modules/lib 1.0.0>1.9.0
  clears A-2
  leaves A-1
no fix for A-1: no version of lib within reach clears it and brings no other finding
`},
		{"the installed version is newer than all that are served",
			"lib 1.0.0", "A-1 gone 0 3.0.0",
			npmtest.Lock{Manifest: app("lib@^1.0.0"), Entries: lib}, ``},
		{"an alias stays one",
			"lib 1.0.0\nlib 1.0.5\nlib 1.9.0", "A-1 lib 0 1.0.5",
			npmtest.Lock{Manifest: app("old@npm:lib@1.0.0"), Entries: installed("old=lib@1.0.0")}, `
direct: upgrade lib from 1.0.0 to 1.0.5
  node_modules/old 1.0.0>1.0.5
  clears A-1
`},
	} {
		c.run(t, i)
	}
}

func TestDependenciesOfDependencies(t *testing.T) {
	for i, c := range []scenario{
		{"in range of the holder",
			"top 1.0.0 lib@^1.0.0\nlib 1.0.0\nlib 1.0.5\nlib 1.9.0", "A-1 lib 0 1.0.5",
			npmtest.Lock{Manifest: app("top@1.0.0"), Entries: installed("top@1.0.0", "lib@1.0.0")}, `
lockfile: upgrade lib from 1.0.0 to 1.0.5
  node_modules/lib 1.0.0>1.0.5
  clears A-1
`},
		{"the holder vouches for a new major version",
			"top 1.0.0 lib@>=1\nlib 1.0.0\nlib 2.0.0", "A-1 lib 0 2.0.0",
			npmtest.Lock{Manifest: app("top@1.0.0"), Entries: installed("top@1.0.0", "lib@1.0.0")}, `
lockfile: upgrade lib from 1.0.0 to 2.0.0
  node_modules/lib 1.0.0>2.0.0
  clears A-1
`},
		{"the holder rises within its range",
			"top 1.0.0 lib@1.0.0\ntop 1.1.0 lib@1.0.5\ntop 1.2.0 lib@1.9.0\nlib 1.0.0\nlib 1.0.5\nlib 1.9.0", "A-1 lib 0 1.0.5",
			npmtest.Lock{Manifest: app("top@^1.0.0"), Entries: installed("top@1.0.0", "lib@1.0.0")}, `
parent: upgrade top from 1.0.0 to 1.1.0, with lib
  node_modules/lib 1.0.0>1.0.5
  node_modules/top 1.0.0>1.1.0
  clears A-1
`},
		{"the holder that the project declares rises",
			"top 1.0.0 lib@1.0.0\ntop 1.1.0 lib@1.0.5\ntop 1.2.0 lib@1.9.0\nlib 1.0.0\nlib 1.0.5\nlib 1.9.0", "A-1 lib 0 1.0.5",
			npmtest.Lock{Manifest: app("top@1.0.0"), Entries: installed("top@1.0.0", "lib@1.0.0")}, `
parent: upgrade top from 1.0.0 to 1.1.0, with lib
  node_modules/lib 1.0.0>1.0.5
  node_modules/top 1.0.0>1.1.0
  clears A-1
`},
		{"a holder whose other dependency brings a finding is passed over",
			"top 1.0.0 lib@1.0.0\ntop 1.1.0 lib@1.0.5 dep@1.0.0\ntop 1.2.0 lib@1.0.5\ndep 1.0.0\nlib 1.0.0\nlib 1.0.5", "A-1 lib 0 1.0.5\nA-2 dep 0",
			npmtest.Lock{Manifest: app("top@^1.0.0"), Entries: installed("top@1.0.0", "lib@1.0.0")}, `
parent: upgrade top from 1.0.0 to 1.2.0, with lib
  node_modules/lib 1.0.0>1.0.5
  node_modules/top 1.0.0>1.2.0
  clears A-1
`},
		{"the holder needs it no more",
			"top 1.0.0 lib@1.0.0\ntop 1.1.0\nlib 1.0.0\nlib 1.0.5", "A-1 lib 0 1.0.5",
			npmtest.Lock{Manifest: app("top@^1.0.0"), Entries: installed("top@1.0.0", "lib@1.0.0")}, `
parent: upgrade top from 1.0.0 to 1.1.0
  node_modules/lib 1.0.0>
  node_modules/top 1.0.0>1.1.0
  clears A-1
`},
		{"two levels of holders rise",
			"a 1.0.0 b@1.0.0\na 1.1.0 b@1.1.0\nb 1.0.0 lib@1.0.0\nb 1.1.0 lib@1.0.5\nlib 1.0.0\nlib 1.0.5", "A-1 lib 0 1.0.5",
			npmtest.Lock{Manifest: app("a@1.0.0"), Entries: installed("a@1.0.0", "b@1.0.0", "lib@1.0.0")}, `
parent: upgrade a from 1.0.0 to 1.1.0, with b, lib
  node_modules/a 1.0.0>1.1.0
  node_modules/b 1.0.0>1.1.0
  node_modules/lib 1.0.0>1.0.5
  clears A-1
`},
		{"a holder that rises into a finding is passed over",
			"top 1.0.0 lib@1.0.0\ntop 1.1.0 lib@1.0.5\ntop 1.2.0 lib@1.0.5\nlib 1.0.0\nlib 1.0.5", "A-1 lib 0 1.0.5\nA-2 top 1.1.0 1.2.0",
			npmtest.Lock{Manifest: app("top@^1.0.0"), Entries: installed("top@1.0.0", "lib@1.0.0")}, `
parent: upgrade top from 1.0.0 to 1.2.0, with lib
  node_modules/lib 1.0.0>1.0.5
  node_modules/top 1.0.0>1.2.0
  clears A-1
`},
		{"an override where the holder does not let go",
			"top 1.0.0 lib@1.0.0\nlib 1.0.0\nlib 1.0.5\nlib 1.9.0", "A-1 lib 0 1.0.5",
			npmtest.Lock{Manifest: app("top@1.0.0"), Entries: installed("top@1.0.0", "lib@1.0.0")}, `
override: override lib below top from 1.0.0 to 1.0.5
  node_modules/lib 1.0.0>1.0.5
  clears A-1
`},
		{"one override for many holders, and one copy",
			"a 1.0.0 lib@1.0.0\nb 1.0.0 lib@1.0.0\nc 1.0.0 lib@1.0.0\nlib 1.0.0\nlib 1.0.5\nlib 1.9.0", "A-1 lib 0 1.0.5",
			npmtest.Lock{Manifest: app("a@1.0.0", "b@1.0.0", "c@1.0.0"), Entries: installed("a@1.0.0", "b@1.0.0", "c@1.0.0", "lib@1.0.0")}, `
override: override lib below a, b, c from 1.0.0 to 1.0.5
  node_modules/lib 1.0.0>1.0.5
  clears A-1
`},
		{"many holders share one copy after the fix",
			"a 1.0.0 lib@^1.0.0\nb 1.0.0 lib@^1.0.0\nc 1.0.0 lib@~1.0.0\nlib 1.0.0\nlib 1.0.5\nlib 1.9.0", "A-1 lib 0 1.0.5",
			npmtest.Lock{Manifest: app("a@1.0.0", "b@1.0.0", "c@1.0.0"), Entries: installed("a@1.0.0", "b@1.0.0", "c@1.0.0", "lib@1.0.0")}, `
lockfile: upgrade lib from 1.0.0 to 1.0.5
  node_modules/lib 1.0.0>1.0.5
  clears A-1
`},
		{"two versions are fixed each on its own line",
			"a 1.0.0 lib@^1.0.0\nb 1.0.0 lib@^2.0.0\nlib 1.0.0\nlib 1.0.5\nlib 2.0.0\nlib 2.0.5\nlib 2.9.0", "A-1 lib 0 1.0.5\nA-2 lib 2.0.0 2.0.5",
			npmtest.Lock{Manifest: app("a@1.0.0", "b@1.0.0"), Entries: installed("a@1.0.0", "b@1.0.0", "lib@1.0.0", "b>lib@2.0.0")}, `
lockfile: upgrade lib from 1.0.0 to 1.0.5, upgrade lib from 2.0.0 to 2.0.5
  node_modules/b/node_modules/lib 2.0.0>2.0.5
  node_modules/lib 1.0.0>1.0.5
  clears A-1 A-2
`},
		{"a newer copy within the same range is not taken back",
			"a 1.0.0 lib@^1.0.0\nb 1.0.0 lib@^1.0.0\nc 1.0.0 lib@^1.0.0\nlib 1.0.0\nlib 1.0.5\nlib 1.9.0", "A-1 lib 0 1.0.5",
			npmtest.Lock{Manifest: app("a@1.0.0", "b@1.0.0", "c@1.0.0"), Entries: installed("a@1.0.0", "b@1.0.0", "c@1.0.0", "lib@1.0.0", "c>lib@1.9.0")}, `
lockfile: upgrade lib from 1.0.0 to 1.0.5
  node_modules/lib 1.0.0>1.0.5
  clears A-1
`},
		{"an alias below a holder stays one",
			"top 1.0.0 old@npm:lib@^1.0.0\nlib 1.0.0\nlib 1.0.5\nlib 1.9.0\nold 1.0.5", "A-1 lib 0 1.0.5",
			npmtest.Lock{Manifest: app("top@1.0.0"), Entries: installed("top@1.0.0", "old=lib@1.0.0")}, `
lockfile: upgrade lib from 1.0.0 to 1.0.5
  node_modules/old 1.0.0>1.0.5
  clears A-1
`},
		{"an optional dependency is one too",
			"top 1.0.0 optional:lib@^1.0.0\nlib 1.0.0\nlib 1.0.5", "A-1 lib 0 1.0.5",
			npmtest.Lock{Manifest: app("top@1.0.0"), Entries: installed("top@1.0.0", "lib@1.0.0")}, `
lockfile: upgrade lib from 1.0.0 to 1.0.5
  node_modules/lib 1.0.0>1.0.5
  clears A-1
`},
		{"what both the project and a holder need moves for both",
			"top 1.0.0 lib@^1.0.0\nlib 1.0.0\nlib 1.0.5\nlib 1.9.0", "A-1 lib 0 1.0.5",
			npmtest.Lock{Manifest: app("top@1.0.0", "lib@1.0.0"), Entries: installed("top@1.0.0", "lib@1.0.0")}, `
direct: upgrade lib from 1.0.0 to 1.0.5
  node_modules/lib 1.0.0>1.0.5
  clears A-1
`},
		{"what moves along moves no further than it must",
			"top 1.0.0 x@1.0.0 y@1.0.0\ntop 1.1.0 x@^1.0.5 y@^1.0.5\nx 1.0.0\nx 1.0.5\nx 1.9.0\ny 1.0.0\ny 1.0.5\ny 1.9.0", "A-1 x 0 1.0.5\nA-2 y 0 1.0.5",
			npmtest.Lock{Manifest: app("top@^1.0.0"), Entries: installed("top@1.0.0", "x@1.0.0", "y@1.0.0")}, `
parent: upgrade top from 1.0.0 to 1.1.0, with x, y
  node_modules/top 1.0.0>1.1.0
  node_modules/x 1.0.0>1.0.5
  node_modules/y 1.0.0>1.0.5
  clears A-1 A-2
`},
		{"two targets of one holder become one fix",
			"top 1.0.0 x@1.0.0 y@1.0.0\ntop 1.1.0 x@1.0.5 y@1.0.5\nx 1.0.0\nx 1.0.5\ny 1.0.0\ny 1.0.5", "A-1 x 0 1.0.5\nA-2 y 0 1.0.5",
			npmtest.Lock{Manifest: app("top@^1.0.0"), Entries: installed("top@1.0.0", "x@1.0.0", "y@1.0.0")}, `
parent: upgrade top from 1.0.0 to 1.1.0, with x, y
  node_modules/top 1.0.0>1.1.0
  node_modules/x 1.0.0>1.0.5
  node_modules/y 1.0.0>1.0.5
  clears A-1 A-2
`},
	} {
		c.run(t, i)
	}
}
