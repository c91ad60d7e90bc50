package cargo

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fettle-dev/fettle/pkg/discover/projecttest"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

const index = "registry+https://registry.example/index"

// entry is a package of a lockfile.
func entry(name, version, source string, needs ...string) string {
	text := fmt.Sprintf("[[package]]\nname = %q\nversion = %q\n", name, version)
	if source != "" {
		text += fmt.Sprintf("source = %q\n", source)
	}
	if len(needs) > 0 {
		text += "dependencies = [\n"
		for _, n := range needs {
			text += fmt.Sprintf(" %q,\n", n)
		}
		text += "]\n"
	}
	return text + "\n"
}

// packages are name@version scope line [direct manifest] <- holders.
func packages(p fettle.Project) []string {
	var lines []string
	for _, n := range p.Nodes {
		line := fmt.Sprintf("%s %s %d", n.Package, n.Scope, n.Location.Line)
		if n.Direct {
			line += " direct"
		}
		if n.Manifest != nil {
			line += " " + n.Manifest.String()
		}
		for _, h := range n.Holders {
			line += strings.TrimRight(fmt.Sprintf(" <%s> %s", h.Holder, h.Range), " ")
		}
		lines = append(lines, line)
	}
	return lines
}

func TestPackagesAndEdges(t *testing.T) {
	pkg := "[package]\nname = \"x\"\nversion = \"0.1.0\"\n"
	for _, tt := range []struct {
		name string
		tree files
		want []string
		gaps []string
	}{
		{"a package", files{"Cargo.toml": pkg + "[dependencies]\na = \"1\"\n[dev-dependencies]\nc = \"1\"\n",
			"Cargo.lock": "version = 4\n" + entry("a", "1.2.0", index, "b") + entry("b", "1.0.0", index) + entry("c", "1.0.0", index, "b") + entry("x", "0.1.0", "", "a", "c")},
			[]string{"a@1.2.0 production 2 direct Cargo.toml:5 <> 1", "b@1.0.0 production 10 <a@1.2.0> <c@1.0.0>", "c@1.0.0 development 15 direct Cargo.toml:7 <> 1"}, nil},
		{"version 1, with a root and checksums apart", files{"Cargo.toml": pkg + "[dependencies]\na = \"1\"\n",
			"Cargo.lock": "[root]\nname = \"x\"\nversion = \"0.1.0\"\ndependencies = [\n \"a 1.0.0 (" + index + ")\",\n]\n\n" + entry("a", "1.0.0", index) + "[metadata]\n\"checksum a 1.0.0 (" + index + ")\" = \"00\"\n"},
			[]string{"a@1.0.0 production 8 direct Cargo.toml:5 <> 1"}, nil},
		{"two versions of one package, one renamed", files{"Cargo.toml": pkg + "[dependencies]\na = \"2\"\nold = { package = \"a\", version = \"1\" }\n",
			"Cargo.lock": "version = 3\n" + entry("a", "1.0.0", index) + entry("a", "2.0.0", index) + entry("x", "0.1.0", "", "a 1.0.0", "a 2.0.0")},
			[]string{"a@1.0.0 production 2 direct Cargo.toml:6 <> 1", "a@2.0.0 production 7 direct Cargo.toml:5 <> 2"}, nil},
		{"one version from two sources", files{"Cargo.toml": pkg + "[dependencies]\na = \"1\"\nb = \"1\"\n",
			"Cargo.lock": "version = 3\n" + entry("a", "1.0.0", "git+https://git.example/a#c0ffee") + entry("a", "1.0.0", index) + entry("b", "1.0.0", index, "a 1.0.0 (git+https://git.example/a)") + entry("x", "0.1.0", "", "a 1.0.0 ("+index+")", "b")},
			[]string{"a@1.0.0 production 2 <b@1.0.0>", "a@1.0.0 production 7 direct Cargo.toml:5 <> 1", "b@1.0.0 production 12 direct Cargo.toml:6 <> 1"},
			[]string{"Cargo.lock:2: a comes from git+https://git.example/a and not from a registry"}},
		{"optional, and switched on by default", files{"Cargo.toml": pkg + "[features]\ndefault = [\"full\"]\nfull = [\"dep:a\", \"c?/std\"]\n[dependencies]\na = { version = \"1\", optional = true }\nb = { version = \"1\", optional = true }\nc = { version = \"1\", optional = true }\n",
			"Cargo.lock": "version = 3\n" + entry("a", "1.0.0", index) + entry("b", "1.0.0", index) + entry("c", "1.0.0", index) + entry("x", "0.1.0", "", "a", "b", "c")},
			[]string{"a@1.0.0 production 2 direct Cargo.toml:8 <> 1", "b@1.0.0 optional 7 direct Cargo.toml:9 <> 1", "c@1.0.0 optional 12 direct Cargo.toml:10 <> 1"}, nil},
		{"for one target, and for builds", files{"Cargo.toml": pkg + "[target.'cfg(unix)'.dependencies.a]\nversion = \"1\"\n[build-dependencies]\nb = \"1\"\n",
			"Cargo.lock": "version = 3\n" + entry("a", "1.0.0", index) + entry("b", "1.0.0", index) + entry("x", "0.1.0", "", "a", "b")},
			[]string{"a@1.0.0 production 2 direct Cargo.toml:4 <> 1", "b@1.0.0 development 7 direct Cargo.toml:7 <> 1"}, nil},
		{"patched by a folder", files{"Cargo.toml": pkg + "[dependencies]\na = \"1\"\n[patch.\"https://registry.example\"]\na = { path = \"a\" }\n", "a/Cargo.toml": "[package]\nname = \"a\"\n",
			"Cargo.lock": "version = 3\n" + entry("a", "1.0.0", "") + entry("x", "0.1.0", "", "a")},
			[]string{"a@1.0.0 production 2 direct Cargo.toml:5 <> 1"}, []string{"Cargo.lock:2: a comes from a folder and not from a registry"}},
		{"replaced", files{"Cargo.toml": pkg + "[dependencies]\na = \"1\"\n[replace]\n\"a:1.0.0\" = { git = \"https://git.example/a\" }\n",
			"Cargo.lock": entry("a", "1.0.0", "git+https://git.example/a#c0ffee") + strings.Replace(entry("a", "1.0.0", index), "\n\n", "\nreplace = \"a 1.0.0 (git+https://git.example/a)\"\n\n", 1) + entry("x", "0.1.0", "", "a 1.0.0 ("+index+")")},
			[]string{"a@1.0.0 production 1 direct Cargo.toml:5 <> 1"}, []string{"Cargo.lock:1: a comes from git+https://git.example/a"}},
		{"a workspace of several folders", files{
			"ws/Cargo.toml": "[workspace]\nmembers = [\"m*\", \"deep/*\"]\nexclude = [\"m2\"]\n[workspace.dependencies]\na = \"1\"\nlib = { path = \"lib\" }\n", "ws/m1/Cargo.toml": "[package]\nname = \"m1\"\n[dependencies]\na = { workspace = true }\nlib.workspace = true\nout = { path = \"../../out\" }\n",
			"ws/m2/Cargo.toml": "[package]\nname = \"m2\"\n[dependencies]\nz = \"=1.0.0\"\n", "ws/deep/d/Cargo.toml": "[package]\nname = \"d\"\n[dev-dependencies]\nb = \"1\"\n",
			"ws/lib/Cargo.toml": "[package]\nname = \"lib\"\n[build-dependencies]\nc = \"1\"\n", "out/Cargo.toml": "[package]\nname = \"out\"\n[dependencies]\nc = \"1\"\n[dev-dependencies]\nunlocked = \"1\"\n",
			"ws/Cargo.lock": "version = 4\n" + entry("a", "1.0.0", index) + entry("b", "1.0.0", index) + entry("c", "1.0.0", index) + entry("d", "0.1.0", "", "b") + entry("lib", "0.1.0", "", "c") + entry("m1", "0.1.0", "", "a", "lib", "out") + entry("out", "0.1.0", "", "c")},
			[]string{"a@1.0.0 production 2 direct ws/Cargo.toml:5 <m1> 1", "b@1.0.0 development 7 direct ws/deep/d/Cargo.toml:4 <deep/d> 1", "c@1.0.0 production 12 direct ws/lib/Cargo.toml:4 <lib> 1 </out> 1"},
			[]string{"ws/m2/Cargo.toml:4: there is no Cargo.lock, so what its 1 dependencies need is unknown"}},
		{"members beside their workspace", files{"ws/Cargo.toml": "[workspace]\nmembers = [\"../a\"]\n", "a/Cargo.toml": "[package]\nname = \"a\"\n[dependencies]\nx = \"1\"\n",
			"b/Cargo.toml": "[package]\nname = \"b\"\nworkspace = \"../ws\"\n[dev-dependencies]\ny = \"1\"\n", "ws/Cargo.lock": "version = 4\n" + entry("a", "0.1.0", "", "x") + entry("b", "0.1.0", "", "y") + entry("x", "1.0.0", index) + entry("y", "1.0.0", index)},
			[]string{"x@1.0.0 production 16 direct a/Cargo.toml:4 </a> 1", "y@1.0.0 development 21 direct b/Cargo.toml:5 </b> 1"}, nil},
		{"without a manifest", files{"Cargo.lock": "version = 3\n" + entry("a", "1.0.0", index) + entry("x", "0.1.0", "", "a")},
			[]string{"a@1.0.0 production 2 direct <x@0.1.0>"}, []string{"Cargo.lock: has no Cargo.toml beside it"}},
		{"out of step", files{"Cargo.toml": pkg + "[dependencies]\na = \"2\"\nb = \"1\"\nd = { workspace = true }\n",
			"Cargo.lock": "version = 3\n" + entry("a", "1.0.0", index) + entry("c", "1.0.0", index) + entry("x", "0.1.0", "", "a", "c", "gone")},
			[]string{"a@1.0.0 production 2 direct Cargo.toml:5 <> 2", "c@1.0.0 production 7 direct <>"},
			[]string{"Cargo.toml:5: a 2 is declared, and Cargo.lock has 1.0.0, which was checked; run cargo update --workspace", "Cargo.toml:6: b 1 is declared and not in Cargo.lock",
				`Cargo.lock:18: "gone", which x needs, is not in the lockfile`, `Cargo.lock:17: out of step with Cargo.toml: "c" is locked for x and not declared there`,
				"Cargo.toml:7: d * is declared and not in Cargo.lock", `Cargo.toml:7: "d" is left to the workspace, which does not declare it`}},
		{"a member that is not locked", files{"Cargo.toml": pkg + "[workspace]\nmembers = [\"m\"]\n", "m/Cargo.toml": "[package]\nname = \"m\"\n", "Cargo.lock": "version = 3\n" + entry("x", "0.1.0", "")},
			nil, []string{"m/Cargo.toml: m is part of the workspace and not in Cargo.lock"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := projecttest.Read(t, Reader{}, tt.tree.Write(t))
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

func TestWithoutALockfileOnlyExactVersionsAreKnown(t *testing.T) {
	r := projecttest.Read(t, Reader{}, files{
		"Cargo.toml":   "[workspace]\nmembers = [\"*\"]\n[workspace.dependencies]\nb = \"1.2\"\n",
		"m/Cargo.toml": "[package]\nname = \"m\"\n[dependencies]\na = \"= 1.0.0\"\nb.workspace = true\nn = { path = \"../n\" }\n[dev-dependencies]\ng = { git = \"https://git.example/g\", version = \"=1.0.0\" }\n",
		"n/Cargo.toml": "[package]\nname = \"n\"\n",
	}.Write(t))
	p := r.Projects[0]
	want := []string{"a@1.0.0 production 4 direct m/Cargo.toml:4 <m> = 1.0.0", "b production 4 direct Cargo.toml:4 <m> 1.2", "g development 8 direct m/Cargo.toml:8 <m> =1.0.0"}
	if diff := cmp.Diff(want, packages(p)); diff != "" {
		t.Error(diff)
	}
	if p.Nodes[1].NoVersion != "Cargo.toml asks for 1.2, and there is no Cargo.lock; run cargo generate-lockfile" {
		t.Error(p.Nodes[1].NoVersion)
	}
	projecttest.WantGaps(t, r.Gaps, "m/Cargo.toml:4: there is no Cargo.lock, so what its 3 dependencies need is unknown")
	if len(r.Projects) != 1 {
		t.Errorf("%d projects", len(r.Projects))
	}
}

func TestWhatCannotBeReadIsAGap(t *testing.T) {
	for _, tt := range []struct {
		name string
		tree files
		want []string
	}{
		{"broken lockfile", files{"Cargo.lock": "version = 4\n[[package\n"}, []string{"Cargo.lock:2: not valid TOML"}},
		{"broken manifest", files{"Cargo.toml": "[package]\nname = \n", "Cargo.lock": "version = 4\n"}, []string{"Cargo.toml:2: not valid TOML"}},
		{"an unknown version", files{"Cargo.toml": "", "Cargo.lock": "version = 5\n"}, []string{`Cargo.lock:1: version "5" of Cargo.lock is not known; want 1 to 4`}},
		{"no Cargo.lock at all", files{"Cargo.toml": "", "Cargo.lock": "a = 1\n"}, []string{"Cargo.lock:1: holds no packages"}},
		{"parts of the wrong kind", files{"Cargo.toml": "[dependencies]\na = 1\n", "Cargo.lock": "version = 4\n[[package]]\nname = 1.0\n[[package]]\nname = \"b\"\nversion = \"1\"\nsource = []\ndependencies = \"c\"\n[[package]]\nname = \"c\"\nversion = \"1\"\nsource = \"" + index + "\"\ndependencies = [1]\n"},
			[]string{"Cargo.lock:2: a package without a name or version", "Cargo.lock:7: the source of b is a list", "Cargo.lock:8: the dependencies of b are a string", "Cargo.lock:13: a dependency of c is a number", "Cargo.toml:2: dependency \"a\" is a number", "Cargo.lock:4: b comes from a folder"}},
		{"twice", files{"Cargo.toml": "", "Cargo.lock": "version = 4\n" + entry("a", "1.0.0", index) + entry("a", "1.0.0", index)}, []string{"Cargo.lock:7: a 1.0.0 stands twice"}},
		{"one of several", files{"Cargo.toml": "", "Cargo.lock": "version = 4\n" + entry("a", "1.0.0", index) + entry("a", "2.0.0", index) + entry("b", "1.0.0", index, "a", "a 3.0.0")},
			[]string{`Cargo.lock:17: "a", which b needs, may be one of several packages`, `Cargo.lock:18: "a 3.0.0", which b needs, is not in the lockfile`}},
		{"a merge conflict", files{"Cargo.toml": "", "Cargo.lock": "version = 4\n<<<<<<< HEAD\n"}, []string{"Cargo.lock:2: not valid TOML"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := projecttest.Read(t, Reader{}, tt.tree.Write(t))
			projecttest.WantGaps(t, r.Gaps, tt.want...)
		})
	}
}

func TestMoreProblemsThanAreToldAreCounted(t *testing.T) {
	var needs []string
	for i := range 60 {
		needs = append(needs, fmt.Sprintf("gone%d", i))
	}
	r := projecttest.Read(t, Reader{}, files{"Cargo.toml": "", "Cargo.lock": "version = 4\n" + entry("a", "1.0.0", index, needs...)}.Write(t))
	if last := r.Gaps[len(r.Gaps)-1].Reason; len(r.Gaps) != 51 || last != "and 10 more problems of it and its manifests" {
		t.Errorf("%d gaps, the last %q", len(r.Gaps), last)
	}
}
