package borrowed

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fettle-dev/fettle/pkg/discover/projecttest"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

type files = projecttest.Tree

// locks are small lockfiles of each kind.
var locks = files{
	"pubspec.lock": `packages:
  http:
    dependency: "direct main"
    description:
      name: http
      url: "https://registry.example"
    source: hosted
    version: "0.13.3"
  test:
    dependency: "direct dev"
    description: test
    source: hosted
    version: "1.16.0"
  path:
    dependency: transitive
    source: hosted
    version: "1.8.0"
sdks:
  dart: ">=2.12.0"
`,
	"mix.lock": `%{
  "plug": {:hex, :plug, "1.3.0", "6c0a", [:mix], [], "hexpm", "c0ff"},
  "app": {:hex, :other_name, "2.0.0", "6c0a", [:mix], [], "hexpm", "c0ff"},
  "own": {:git, "https://git.example/own.git", "c0ffee", []},
  "odd": [:no],
}
`,
	"Package.resolved": `{
  "pins" : [
    { "identity" : "nio", "kind" : "remoteSourceControl",
      "location" : "https://git.example/apple/nio.git",
      "state" : { "revision" : "c0ffee", "version" : "2.1.0" } },
    { "identity" : "log", "location" : "git@git.example:apple/log.git",
      "state" : { "branch" : "main", "revision" : "c0ffee" } },
    { "state" : { "version" : "1.0.0" } }
  ],
  "version" : 2
}
`,
	"conan.lock": `{
  "version": "0.5",
  "requires": [
    "zlib/1.2.11#c0ffee%1",
    "openssl/1.1.1"
  ],
  "build_requires": [
    "cmake/3.20.0@own/stable"
  ]
}
`,
	"renv.lock": `{
  "R": { "Version": "4.1.0" },
  "Packages": {
    "cli": { "Package": "cli", "Version": "3.0.0", "Source": "Repository", "Repository": "CRAN" },
    "glue": { "Package": "glue", "Version": "1.4.0", "Source": "Repository", "Repository": "RSPM" },
    "limma": { "Package": "limma", "Version": "3.48.0", "Source": "Bioconductor" },
    "own": { "Package": "own", "Version": "0.1.0", "Source": "GitHub" }
  }
}
`,
	"stack.yaml.lock": `packages:
- completed:
    hackage: aeson-2.0.3.0@sha256:c0ffee,100
    pantry-tree:
      size: 1
  original:
    hackage: aeson-2.0.3.0@sha256:c0ffee,100
- completed:
    commit: c0ffee
    git: https://git.example/own.git
    name: own
    version: 0.1.0
  original:
    git: https://git.example/own.git
snapshots:
- completed:
    url: https://registry.example/lts-18.yaml
`,
	"cabal.project.freeze": `active-repositories: x
constraints: any.aeson ==2.0.3.0,
             any.base ==4.15.1.0, any.text ==1.2.5.0,
-- any.old ==1.0
             aeson +ordered
`,
}

func lines(p fettle.Project) []string {
	var list []string
	for _, n := range p.Nodes {
		line := fmt.Sprintf("%s %s %s %d-%d", n.Ecosystem, n.Package, n.Scope, n.Location.Line, n.Location.EndLine)
		if n.Direct {
			line += " direct"
		}
		if n.NoVersion != "" {
			line += " (" + n.NoVersion + ")"
		}
		list = append(list, line)
	}
	return list
}

func TestPackagesOfEachFormat(t *testing.T) {
	const unknown = ": does not tell which package needs which, so the paths to %d of its %d packages are unknown"
	for _, tt := range []struct {
		name string
		want []string
		gaps []string
	}{
		{"pubspec.lock", []string{"Pub http@0.13.3 production 2-8 direct", "Pub test@1.16.0 development 9-13 direct", "Pub path@1.8.0 production 14-17"}, []string{fmt.Sprintf(unknown, 1, 3)}},
		{"mix.lock", []string{"Hex plug@1.3.0 production 2-2", "Hex other_name@2.0.0 production 3-3", "Hex own production 4-4 (it comes from git)", "Hex app@2.0.0 production 0-0"},
			[]string{":5: the entry of odd is not as mix writes it", fmt.Sprintf(unknown, 4, 4)}},
		{"Package.resolved", []string{"SwiftURL git.example/apple/nio@2.1.0 production 3-5", "SwiftURL git.example/apple/log production 6-7 (it is pinned to a branch or revision)"},
			[]string{":8: a pin without a location", fmt.Sprintf(unknown, 2, 2)}},
		{"conan.lock", []string{"ConanCenter zlib@1.2.11 production 4-4", "ConanCenter openssl@1.1.1 production 5-5", "ConanCenter cmake@3.20.0 development 8-8"}, []string{fmt.Sprintf(unknown, 3, 3)}},
		{"renv.lock", []string{"CRAN cli@3.0.0 production 4-4", "CRAN glue@1.4.0 production 5-5", "Bioconductor limma@3.48.0 production 6-6", "CRAN own production 7-7 (it comes from GitHub and not from a repository)"}, []string{fmt.Sprintf(unknown, 4, 4)}},
		{"stack.yaml.lock", []string{"Hackage aeson@2.0.3.0 production 2-7", "Hackage own@0.1.0 production 8-14"}, []string{":16: the packages of its snapshot are not in the lockfile", fmt.Sprintf(unknown, 2, 2)}},
		{"cabal.project.freeze", []string{"Hackage aeson@2.0.3.0 production 2-2", "Hackage base@4.15.1.0 production 3-3", "Hackage text@1.2.5.0 production 3-3"}, []string{fmt.Sprintf(unknown, 3, 3)}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := projecttest.Read(t, Reader{}, files{tt.name: locks[tt.name]}.Write(t))
			if diff := cmp.Diff(tt.want, lines(r.Projects[0])); diff != "" {
				t.Error(diff)
			}
			for i := range tt.gaps {
				tt.gaps[i] = tt.name + tt.gaps[i]
			}
			projecttest.WantGaps(t, r.Gaps, tt.gaps...)
		})
	}
}

func TestOlderFormsAreRead(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"Package.resolved", `{"object": {"pins": [{"package": "Nio", "repositoryURL": "https://git.example/apple/nio", "state": {"version": "1.0.0"}}]}, "version": 1}`, "SwiftURL git.example/apple/nio@1.0.0 production 1-1"},
		{"conan.lock", `{"version": "0.4", "graph_lock": {"nodes": {"0": {"path": "conanfile.txt"}, "1": {"ref": "zlib/1.2.11"}}}}`, "ConanCenter zlib@1.2.11 production 1-1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := projecttest.Read(t, Reader{}, files{tt.name: tt.text}.Write(t))
			if diff := cmp.Diff([]string{tt.want}, lines(r.Projects[0])); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestWhatCannotBeReadIsAGap(t *testing.T) {
	for name, text := range locks {
		for _, broken := range []string{"", text[:len(text)/2] + "\x00{[", "<<<<<<< HEAD\n" + text} {
			r := projecttest.Read(t, Reader{}, files{name: broken}.Write(t))
			if len(r.Gaps) == 0 {
				t.Errorf("%s %.30q leaves no gap", name, broken)
			}
		}
	}
}

func FuzzRead(f *testing.F) {
	var names []string
	for name := range locks {
		names = append(names, name)
	}
	slices.Sort(names)
	for i, name := range names {
		f.Add(i, []byte(locks[name]))
		f.Add(i, []byte("\xef\xbb\xbf"+strings.ReplaceAll(locks[name], "\n", "\r\n")))
		f.Add(i, []byte(strings.Repeat("[", 300)))
		f.Add(i, []byte("{\"Packages\": {\"a\": null, \"a\": 1}, \"pins\": [null], \"requires\": [\"/\", 1]}"))
	}
	f.Fuzz(func(t *testing.T, i int, data []byte) {
		if i < 0 {
			return
		}
		p, gaps := read(t.Context(), names[i%len(names)], data)
		if p == nil && len(gaps) == 0 {
			t.Error("nothing, and no gap")
		}
		if p == nil {
			return
		}
		last := strings.Count(strings.ReplaceAll(string(data), "\r", "\n"), "\n") + 2 + strings.Count(string(data), "\u0085") + strings.Count(string(data), "\u2028") + strings.Count(string(data), "\u2029")
		keys := map[string]bool{}
		for _, n := range p.Nodes {
			if keys[n.Key] || n.Name == "" || n.Version == "" && n.NoVersion == "" || n.Location.Line > last {
				t.Errorf("%+v", n)
			}
			keys[n.Key] = true
		}
	})
}

func BenchmarkRead(b *testing.B) {
	for _, n := range []int{100, 1_000, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			var text strings.Builder
			text.WriteString("packages:\n")
			for i := range n {
				fmt.Fprintf(&text, "  p%d:\n    dependency: transitive\n    source: hosted\n    version: \"1.0.0\"\n", i)
			}
			b.ReportAllocs()
			for b.Loop() {
				if p, _ := read(b.Context(), "pubspec.lock", []byte(text.String())); len(p.Nodes) != n {
					b.Fatal(len(p.Nodes))
				}
			}
		})
	}
}
