package golang

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/discover/projecttest"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// answer is what the go command says of a module or workspace.
type answer struct {
	list  map[string]string   // path@version without v, of the build list after replacement: direct, indirect or folder
	edges map[string][]string // of the module graph at the selected versions, by the path of the holder; "" is a main module
}

// ask runs go list -m all and go mod graph in dir.
func ask(t *testing.T, dir string) answer {
	t.Helper()
	a := answer{map[string]string{}, map[string][]string{}}
	selected := map[string]string{}
	main := map[string]bool{}
	const format = `{{.Path}} {{.Version}} {{if .Main}}main{{else if .Indirect}}indirect{{else}}direct{{end}}{{with .Replace}} {{.Path}} {{.Version}}{{end}}`
	for _, line := range command(t, dir, "list", "-m", "-f", format, "all") {
		f := strings.Split(line, " ")
		switch {
		case f[2] == "main":
			main[f[0]] = true
		case len(f) == 3:
			a.list[f[0]+"@"+strings.TrimPrefix(f[1], "v")] = f[2]
		case f[4] == "":
			a.list[f[0]] = "folder"
		default:
			a.list[f[3]+"@"+strings.TrimPrefix(f[4], "v")] = f[2]
		}
		selected[f[0]] = f[1]
	}
	for _, line := range command(t, dir, "mod", "graph") {
		from, to, _ := strings.Cut(line, " ")
		holder, version, _ := strings.Cut(from, "@")
		need, _, _ := strings.Cut(to, "@")
		if main[holder] {
			holder = ""
		} else if selected[holder] != version {
			continue
		}
		if need != "go" && need != "toolchain" && holder != "go" && !main[need] {
			a.edges[holder] = append(a.edges[holder], need)
		}
	}
	return a
}

func command(t *testing.T, dir string, args ...string) []string {
	t.Helper()
	c := exec.Command("go", args...)
	c.Dir = dir
	c.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOTOOLCHAIN=local")
	if files, _ := filepath.Glob(filepath.Join(dir, "go.work")); len(files) > 0 {
		c.Env = append(c.Env, "GOFLAGS=")
	}
	out, err := c.Output()
	if err != nil {
		t.Skipf("go %v: %v", args, err)
	}
	return strings.Split(strings.TrimSpace(string(out)), "\n")
}

// held returns the needs of each holder by name, as edges of an answer.
func held(p fettle.Project, originals map[string]string) map[string]map[string]bool {
	names := map[string]string{}
	for _, n := range p.Nodes {
		names[n.Key] = original(n.Name, originals)
	}
	all := map[string]map[string]bool{}
	for _, n := range p.Nodes {
		for _, h := range n.Holders {
			holder := names[h.Holder]
			if all[holder] == nil {
				all[holder] = map[string]bool{}
			}
			all[holder][names[n.Key]] = true
		}
	}
	return all
}

func original(name string, originals map[string]string) string {
	if old := originals[name]; old != "" {
		return old
	}
	return name
}

// compare checks p against what go says: each package is in the build list with the same mark, and what is left out is so
// for a reason; each edge is one of the module graph, and each edge of the module graph is one of p or follows from them.
func compare(t *testing.T, p fettle.Project, a answer, originals map[string]string, listed func(path, version string) bool) {
	t.Helper()
	have := map[string]bool{}
	for _, n := range p.Nodes {
		if n.Name == "stdlib" || n.Name == "toolchain" {
			continue
		}
		at := n.Package.String()
		have[at] = true
		if want := a.list[at]; want == "" {
			t.Errorf("%s is not in the build list", at)
		} else if got := map[bool]string{true: "direct", false: "indirect"}[n.Direct]; got != want && want != "folder" {
			t.Errorf("%s is %s, want %s", at, got, want)
		}
		if len(n.Holders) == 0 {
			t.Errorf("%s has no holder", at)
		}
	}
	for at := range a.list {
		name, version, _ := strings.Cut(at, "@")
		if !have[at] && a.list[at] != "folder" && listed(name, version) {
			t.Errorf("%s is in the build list and missing here", at)
		}
	}
	edges := held(p, originals)
	wayless, extra := 0, 0
	for holder, needs := range edges {
		for need := range needs {
			if need != "stdlib" && need != "toolchain" && !slices.Contains(a.edges[holder], need) {
				extra++
				t.Logf("only here: %q needs %s", holder, need)
			}
		}
	}
	nodes := map[string]bool{"": true}
	for _, n := range p.Nodes {
		nodes[original(n.Name, originals)] = true
	}
	for holder, needs := range a.edges {
		if !nodes[holder] {
			continue
		}
		reached := map[string]bool{}
		queue := []string{holder}
		for ; len(queue) > 0; queue = queue[1:] {
			for need := range edges[queue[0]] {
				if !reached[need] {
					reached[need] = true
					queue = append(queue, need)
				}
			}
		}
		for _, need := range needs {
			if nodes[need] && !reached[need] && need != holder {
				wayless++
				t.Errorf("go says %q needs %s, and no way leads there", holder, need)
			}
		}
	}
	t.Logf("%d packages here, %d in the build list; %d edges only here", len(have), len(a.list), extra)
}

// The real modules beside the repository, and its own, against the go command. It needs the module cache or a network.
func TestBuildListAndEdgesAreThoseOfTheGoCommand(t *testing.T) {
	if os.Getenv("FETTLE_LIVE") == "" {
		t.Skip("runs the go command; set FETTLE_LIVE=1")
	}
	home, err := os.UserHomeDir()
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range append(projecttest.Shared(t, 3, "go.mod"), "../../../go.mod") {
		t.Run(filepath.Base(filepath.Dir(file)), func(t *testing.T) {
			tree := projecttest.Tree{}
			for _, name := range []string{"go.mod", "go.sum"} {
				if text, err := os.ReadFile(filepath.Join(filepath.Dir(file), name)); err == nil {
					tree[name] = string(text)
				}
			}
			dir := tree.Write(t)
			a := ask(t, dir)
			for name, text := range tree { // go may have written to them
				if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			r := projecttest.Read(t, Reader{project.Settings{Home: home, Getenv: os.Getenv}}, dir)
			for _, g := range projecttest.Gaps(r.Gaps) {
				t.Log(g)
			}
			m, _, err := parseModule([]byte(tree["go.mod"]))
			if err != nil {
				t.Fatal(err)
			}
			originals := map[string]string{}
			for _, r := range m.replaces {
				originals[r.target.Path] = r.old.Path
			}
			compare(t, r.Projects[0], a, originals, func(path, version string) bool {
				if prunes(m.goLine.text) {
					return slices.ContainsFunc(m.requires, func(r require) bool { return r.mod.Path == original(path, originals) })
				}
				return strings.Contains(tree["go.sum"], fmt.Sprintf("%s v%s h1:", path, version))
			})
		})
	}
}
