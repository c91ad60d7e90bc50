package golang

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fettle-dev/fettle/pkg/discover/projecttest"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// small is a graph in which b needs c, and a repeats that as indirect.
var small = modules{
	"ex.org/a@v1.0.0": mod("ex.org/a", "1.20", "ex.org/b v1.0.0", "ex.org/c v1.0.0 // indirect"),
	"ex.org/b@v1.0.0": mod("ex.org/b", "1.20", "ex.org/c v1.0.0"),
	"ex.org/c@v1.0.0": mod("ex.org/c", "1.20"),
	"ex.org/c@v1.5.0": mod("ex.org/c", "1.20"),
	"ex.org/d@v1.0.0": mod("ex.org/d", "", "ex.org/c v1.5.0", "ex.org/e v0.1.0"),
	"ex.org/e@v0.1.0": mod("ex.org/e", ""),
	"ex.org/f@v1.0.0": mod("ex.org/f", "1.20", "ex.org/c v1.0.0"),
}

func TestPackagesAndEdges(t *testing.T) {
	for _, tt := range []struct {
		name string
		tree files
		want []string
		gaps []string
	}{
		{"since Go 1.17 go.mod lists all",
			files{"go.mod": mod("x", "1.20", "ex.org/a v1.0.0", "ex.org/b v1.0.0 // indirect", "ex.org/c v1.0.0 // indirect")},
			[]string{"ex.org/a@1.0.0 production go.mod:3 direct <>", "ex.org/b@1.0.0 production go.mod:4 <ex.org/a@1.0.0>", "ex.org/c@1.0.0 production go.mod:5 <ex.org/b@1.0.0>"}, nil},
		{"before Go 1.17 the module graph does",
			files{"go.mod": mod("x", "1.16", "ex.org/d v1.0.0", "ex.org/b v1.0.0")},
			[]string{"ex.org/d@1.0.0 production go.mod:3 direct <>", "ex.org/b@1.0.0 production go.mod:4 direct <>", "ex.org/c@1.5.0 production go.mod <ex.org/b@1.0.0> <ex.org/d@1.0.0>", "ex.org/e@0.1.0 production go.mod <ex.org/d@1.0.0>"}, nil},
		{"before Go 1.17 code that go.sum does not vouch for is in no build",
			files{"go.mod": mod("x", "1.16", "ex.org/d v1.0.0"), "go.sum": "ex.org/c v1.5.0 h1:x\nex.org/c v1.0.0 h1:x\nex.org/e v0.1.0/go.mod h1:x\nex.org/d v1.0.0 h1:x\n"},
			[]string{"ex.org/d@1.0.0 production go.mod:3 direct <>", "ex.org/c@1.5.0 production go.sum:1 <ex.org/d@1.0.0>"}, nil},
		{"an excluded version is nobody's need",
			files{"go.mod": mod("x", "1.16", "ex.org/d v1.0.0") + "exclude ex.org/c v1.5.0\n"},
			[]string{"ex.org/d@1.0.0 production go.mod:3 direct <>", "ex.org/e@0.1.0 production go.mod <ex.org/d@1.0.0>"}, nil},
		{"a raised version counts",
			files{"go.mod": mod("x", "1.20", "ex.org/d v1.0.0", "ex.org/c v1.0.0 // indirect")},
			[]string{"ex.org/d@1.0.0 production go.mod:3 direct <>", "ex.org/c@1.5.0 production go.mod:4 <ex.org/d@1.0.0>"},
			[]string{"go.mod:4: ex.org/c@v1.0.0 is required here, and other modules need v1.5.0, which was checked; run go mod tidy"}},
		{"a tool is development, and so is what only it needs",
			files{"go.mod": mod("x", "1.24", "ex.org/f v1.0.0 // indirect", "ex.org/c v1.0.0 // indirect") + "tool ex.org/f/cmd/gen\n"},
			[]string{"ex.org/f@1.0.0 development go.mod:3 direct <>", "ex.org/c@1.0.0 development go.mod:4 <ex.org/f@1.0.0>"}, nil},
		{"a replacement has its own name, version and line",
			files{"go.mod": mod("x", "1.20", "ex.org/a v1.0.0", "ex.org/b v1.0.0 // indirect") + "replace (\n\tex.org/a v1.0.0 => ex.org/f v1.0.0\n\tex.org/b v1.9.0 => ex.org/none v1.9.9\n)\n"},
			[]string{"ex.org/f@1.0.0 production go.mod:6 direct <>", "ex.org/b@1.0.0 production go.mod:4 <>"},
			[]string{"go.mod:6: ex.org/f stands in the place of ex.org/a"}},
		{"a folder of the same owner is the project's own",
			files{"go.mod": mod("github.com/me/x/cmd", "1.20", "github.com/me/x v1.9.0") + "replace github.com/me/x => ./lib\n", "lib/go.mod": "", "unused/go.mod": ""},
			nil, nil},
		{"what an own folder needs is direct",
			files{"go.mod": mod("x", "1.20", "y v0.0.0", "ex.org/c v1.0.0 // indirect") + "replace y => ./lib\n", "lib/go.mod": "require ex.org/c v1.0.0\n"},
			[]string{"ex.org/c@1.0.0 production go.mod:4 direct <lib>"}, []string{"lib/go.mod:1: has no module line"}},
		{"a folder with a copy of another module has no version",
			files{"go.mod": mod("github.com/me/x", "1.20", "ex.org/a v1.0.0") + "replace ex.org/a => ./a\n", "a/go.mod": ""},
			[]string{"ex.org/a production go.mod:4 direct <>"}, nil},
		{"a folder outside of the repository has no version",
			files{"go.mod": mod("github.com/me/x", "1.20", "github.com/me/x/a v0.0.0") + "replace github.com/me/x/a => ../../a\n"},
			[]string{"github.com/me/x/a production go.mod:4 direct <>"}, nil},
		{"the vendor folder says what a build holds",
			files{"go.mod": mod("x", "1.16", "ex.org/d v1.0.0"), "vendor/modules.txt": "# ex.org/d v1.0.0\n## explicit\nex.org/d\n# ex.org/c v1.5.0\nex.org/c/x\n# ex.org/e v0.1.0\n"},
			[]string{"ex.org/d@1.0.0 production go.mod:3 direct <>", "ex.org/c@1.5.0 production vendor/modules.txt:4 <ex.org/d@1.0.0>"}, nil},
		{"a vendor folder out of step",
			files{"go.mod": mod("x", "1.20", "ex.org/a v1.0.0", "ex.org/b v1.0.0"), "vendor/modules.txt": "# ex.org/a v0.9.0\n## explicit\nex.org/a\n"},
			[]string{"ex.org/a@1.0.0 production go.mod:3 direct <>", "ex.org/b@1.0.0 production go.mod:4 direct <> <ex.org/a@1.0.0>"},
			[]string{"go.mod:3: ex.org/a@v1.0.0 is here, and vendor/modules.txt holds v0.9.0, which was not checked; run go mod vendor", "go.mod:4: ex.org/b@v1.0.0 is not in vendor/modules.txt"}},
		{"a need of two lines is the higher one",
			files{"go.mod": mod("x", "1.20", "ex.org/c v1.5.0", "ex.org/c v1.0.0")},
			[]string{"ex.org/c@1.5.0 production go.mod:3 direct <>"}, []string{`go.mod:4: "ex.org/c" is required twice, as v1.5.0 and as v1.0.0; the higher one counts`}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := projecttest.Read(t, Reader{small.settings(t)}, tt.tree.Write(t))
			if len(r.Projects) == 0 {
				t.Fatal(projecttest.Gaps(r.Gaps))
			}
			if diff := cmp.Diff(tt.want, packages(r.Projects[0])); diff != "" {
				t.Error(diff)
			}
			projecttest.WantGaps(t, r.Gaps, tt.gaps...)
		})
	}
}

// Minimal version selection counts the needs of every version that somebody asks for, also of those that it passes.
func TestANeedOfAPassedVersionHasAHolder(t *testing.T) {
	p, gaps := one(t, modules{
		"ex.org/a@v1.0.0": mod("ex.org/a", "", "ex.org/b v1.0.0"),
		"ex.org/b@v1.0.0": mod("ex.org/b", "", "ex.org/c v1.0.0"),
		"ex.org/b@v1.2.0": mod("ex.org/b", ""),
		"ex.org/c@v1.0.0": mod("ex.org/c", ""),
	}, files{"go.mod": mod("x", "1.16", "ex.org/a v1.0.0", "ex.org/b v1.2.0")})
	want := []string{"ex.org/a@1.0.0 production go.mod:3 direct <>", "ex.org/b@1.2.0 production go.mod:4 direct <> <ex.org/a@1.0.0>", "ex.org/c@1.0.0 production go.mod <ex.org/a@1.0.0>"}
	if diff := cmp.Diff(want, packages(p)); diff != "" {
		t.Error(diff)
	}
	projecttest.WantGaps(t, gaps)
}

func TestWithoutTheModuleCacheThePathsAreAGap(t *testing.T) {
	sum := "ex.org/a v1.0.0 h1:x\nex.org/a v0.9.0 h1:x\nex.org/c v1.5.0 h1:x\nex.org/c v1.0.0/go.mod h1:x\nbroken\n"
	for _, tt := range []struct {
		name, goLine string
		want         []string
		gaps         []string
	}{
		{"since Go 1.17", "1.20", []string{"ex.org/a@1.0.0 production go.mod:3 direct <>", "ex.org/b@1.0.0 production go.mod:4"},
			[]string{"go.sum:5: not a line of a go.sum", "go.mod: the go.mod files of 2 of its modules are not in the module cache (ex.org/a@v1.0.0 is one), so the paths to 1 of its 3 packages are unknown; run go mod download"}},
		{"before Go 1.17", "1.16", []string{"ex.org/a@1.0.0 production go.mod:3 direct <>", "ex.org/b@1.0.0 production go.mod:4", "ex.org/c@1.5.0 production go.sum:3"},
			[]string{"go.sum:5: not a line of a go.sum", "go.mod: the go.mod files of 2 of its modules are not in the module cache (ex.org/a@v1.0.0 is one), so the paths to 2 of its 4 packages are unknown, and versions that go.mod does not name are taken from go.sum"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, gaps := one(t, nil, files{"go.mod": mod("x", tt.goLine, "ex.org/a v1.0.0", "ex.org/b v1.0.0 // indirect"), "go.sum": sum})
			if diff := cmp.Diff(tt.want, packages(p)); diff != "" {
				t.Error(diff)
			}
			projecttest.WantGaps(t, gaps, tt.gaps...)
		})
	}
}

func TestTheMembersOfAWorkspaceAreBuiltTogether(t *testing.T) {
	p, gaps := one(t, small, files{
		"go.work":    "go 1.22\nuse (\n\t./app\n\t./lib\n)\nreplace ex.org/f => ex.org/e v0.1.0\n",
		"app/go.mod": mod("ex.org/me/app", "1.20", "ex.org/me/lib v1.0.0", "ex.org/b v1.0.0", "ex.org/c v1.0.0 // indirect"),
		"lib/go.mod": mod("ex.org/me/lib", "1.21.3", "ex.org/d v1.0.0", "ex.org/c v1.5.0 // indirect", "ex.org/e v0.1.0 // indirect", "ex.org/f v1.0.0") + "replace ex.org/f => ex.org/a v1.0.0\n",
	})
	want := []string{
		"ex.org/b@1.0.0 production app/go.mod:4 direct <app>",
		"ex.org/c@1.5.0 production lib/go.mod:4 <ex.org/b@1.0.0> <ex.org/d@1.0.0>",
		"ex.org/d@1.0.0 production lib/go.mod:3 direct <lib>",
		"ex.org/e@0.1.0 production lib/go.mod:5 direct <lib> <ex.org/d@1.0.0>",
	}
	if diff := cmp.Diff(want, packages(p)); diff != "" {
		t.Error(diff)
	}
	if p.Lockfile != "go.work" || find(t, p, "stdlib").Version != "1.22.0" {
		t.Errorf("lockfile %s, stdlib %s", p.Lockfile, find(t, p, "stdlib").Version)
	}
	projecttest.WantGaps(t, gaps, "go.work:6: ex.org/e stands in the place of ex.org/f")
}

// Pruning leaves out the needs of a version that only another module asks for; in a workspace they count.
func TestAVersionRaisedInAWorkspaceIsFollowed(t *testing.T) {
	p, _ := one(t, modules{
		"ex.org/b@v1.0.0": mod("ex.org/b", "1.20", "ex.org/d v1.0.0"),
		"ex.org/b@v1.1.0": mod("ex.org/b", "1.20", "ex.org/d v1.2.0"),
		"ex.org/e@v1.0.0": mod("ex.org/e", "1.20", "ex.org/b v1.1.0"),
		"ex.org/d@v1.0.0": mod("ex.org/d", "1.20"),
		"ex.org/d@v1.2.0": mod("ex.org/d", "1.20"),
	}, files{
		"go.work":  "go 1.22\nuse ./a\nuse ./c\n",
		"a/go.mod": mod("a", "1.20", "ex.org/b v1.0.0", "ex.org/d v1.0.0"),
		"c/go.mod": mod("c", "1.20", "ex.org/e v1.0.0"),
	})
	if got := find(t, p, "ex.org/d").Version; got != "1.2.0" {
		t.Errorf("ex.org/d is %s, want 1.2.0", got)
	}
}

func TestTheStandardLibraryIsTheLowestGoThatMayBuild(t *testing.T) {
	for _, tt := range []struct{ lines, version, at string }{
		{"go 1.22", "1.22.0", "go.mod:2"},
		{"go 1.22.3", "1.22.3", "go.mod:2"},
		{"go 1.22rc1", "1.22.0-rc.1", "go.mod:2"},
		{"go 1.13", "", "go.mod:2"},
		{"go 1.22.0\ntoolchain go1.22.5", "1.22.5", "go.mod:3"},
		{"go 1.22.7\ntoolchain go1.22.5", "1.22.7", "go.mod:2"},
		{"go 1.22\ntoolchain go1.22.5-custom", "1.22.5", "go.mod:3"},
		{"go 1.22\ntoolchain default", "1.22.0", "go.mod:2"},
		{"", "", "go.mod"},
	} {
		t.Run(tt.lines, func(t *testing.T) {
			p, _ := one(t, nil, files{"go.mod": "module x\n" + tt.lines + "\n"})
			n := find(t, p, "stdlib")
			if n.Version != tt.version || n.Location.String() != tt.at || !n.Direct || n.Scope != fettle.Production {
				t.Errorf("stdlib is %+v", n)
			}
			if n.Version == "" && !strings.Contains(n.NoVersion, "no go line") && !strings.Contains(n.NoVersion, "bounds the language") {
				t.Errorf("no version because %q", n.NoVersion)
			}
			if strings.HasPrefix(tt.version, "1.22") && find(t, p, "toolchain").Scope != fettle.Development {
				t.Error("the go command is no development tool")
			} else if tt.version == "" && len(p.Nodes) != 1 {
				t.Error("before Go 1.21 a go line chooses no go command")
			}
		})
	}
}

func TestWhatCannotBeReadIsAGap(t *testing.T) {
	for _, tt := range []struct {
		name string
		tree files
		want []string
	}{
		{"a broken line", files{"go.mod": "module x\ngo 1.20\nrequire ex.org/a\n"}, []string{"go.mod:3: not valid: usage: require module/path v1.2.3; it was passed over"}},
		{"cut off", files{"go.mod": "module x\ngo 1.20\nrequire (\n\tex.org/a v1.0.0\n"}, []string{"go.mod:5: not valid: syntax error"}},
		{"an unknown statement", files{"go.mod": "module x\ngo 1.20\nfuture x\n"}, []string{"go.mod:3: not valid: unknown directive: future; it was passed over"}},
		{"a merge conflict", files{"go.mod": "module x\n<<<<<<< HEAD\ngo 1.20\n=======\ngo 1.21\n>>>>>>> x\n"}, []string{"go.mod:2", "go.mod:4", "go.mod:5", "go.mod:6"}},
		{"a broken go.work", files{"go.work": "go 1.20\nuse\n", "go.mod": ""}, []string{"go.work:2: not valid"}},
		{"a member that is not there", files{"go.work": "go 1.20\nuse ./a\nuse ../b\nuse /c\n"},
			[]string{"go.work:2: uses ./a, where there is no go.mod", "go.work:3: uses ../b, which is outside", "go.work:4: uses /c, which is outside"}},
		{"replaced in two ways", files{"go.work": "go 1.20\nuse ./a\nuse ./b\n", "a/go.mod": mod("a", "1.20") + "replace x => y v1.0.0\n", "b/go.mod": mod("b", "1.20") + "replace x => y v1.1.0\n"},
			[]string{"b/go.mod:3: x is replaced otherwise in another module"}},
		{"required and excluded", files{"go.mod": mod("x", "1.20", "ex.org/c v1.0.0") + "exclude ex.org/c v1.0.0\n"}, []string{"go.mod:3: ex.org/c@v1.0.0 is required and excluded"}},
		{"a tool of nobody", files{"go.mod": mod("x", "1.24") + "tool ex.org/g/cmd\ntool x/cmd\n"}, []string{`go.mod:3: no required module holds the tool "ex.org/g/cmd"`}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := projecttest.Read(t, Reader{small.settings(t)}, tt.tree.Write(t))
			projecttest.WantGaps(t, r.Gaps, tt.want...)
		})
	}
}

func TestABadLineHidesNoOther(t *testing.T) {
	p, gaps := one(t, small, files{"go.mod": mod("x", "1.20", "ex.org/a main", "ex.org/c v1.0.0")})
	if diff := cmp.Diff([]string{"ex.org/c@1.0.0 production go.mod:4 direct <>"}, packages(p)); diff != "" {
		t.Error(diff)
	}
	projecttest.WantGaps(t, gaps, `go.mod:3: not valid: require ex.org/a: version "main" invalid: should be v0 or v1, not; it was passed over`)
}
