package golang

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/module"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/discover/projecttest"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

type files = projecttest.Tree

// modules is a module cache: go.mod files by module@version.
type modules map[string]string

// settings lays the cache out as the go command does.
func (mods modules) settings(t testing.TB) project.Settings {
	t.Helper()
	tree := files{}
	for at, text := range mods {
		name, version, _ := strings.Cut(at, "@")
		escaped, err := module.EscapePath(name)
		if err != nil {
			t.Fatal(err)
		}
		tree[path.Join("cache/download", escaped, "@v", version+".mod")] = text
	}
	dir := tree.Write(t)
	return project.Settings{Getenv: func(name string) string {
		if name == "GOMODCACHE" {
			return dir
		}
		return ""
	}}
}

// mod is the text of a go.mod.
func mod(name, goLine string, requires ...string) string {
	text := "module " + name + "\n"
	if goLine != "" {
		text += "go " + goLine + "\n"
	}
	for _, r := range requires {
		text += "require " + r + "\n"
	}
	return text
}

// packages are name@version scope [direct] <- holders of all but the standard library and the toolchain.
func packages(p fettle.Project) []string {
	var lines []string
	for _, n := range p.Nodes {
		if n.Name == "stdlib" || n.Name == "toolchain" {
			continue
		}
		line := fmt.Sprintf("%s %s %s", n.Package, n.Scope, n.Location)
		if n.Direct {
			line += " direct"
		}
		for _, h := range n.Holders {
			line += fmt.Sprintf(" <%s>", h.Holder)
		}
		lines = append(lines, line)
	}
	return lines
}

func find(t testing.TB, p fettle.Project, name string) fettle.Node {
	t.Helper()
	i := slices.IndexFunc(p.Nodes, func(n fettle.Node) bool { return n.Name == name })
	if i < 0 {
		t.Fatalf("no package %s", name)
	}
	return p.Nodes[i]
}

func one(t testing.TB, mods modules, tree files) (fettle.Project, []fettle.Gap) {
	t.Helper()
	r := projecttest.Read(t, Reader{mods.settings(t)}, tree.Write(t))
	if len(r.Projects) != 1 {
		t.Fatalf("%d projects, want 1; gaps:\n%s", len(r.Projects), strings.Join(projecttest.Gaps(r.Gaps), "\n"))
	}
	return r.Projects[0], r.Gaps
}
