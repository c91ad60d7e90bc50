package golang

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"golang.org/x/mod/module"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/discover/projecttest"
)

var update = flag.Bool("update", false, "ask the go command and rewrite the golden files")

// TestBuildListAndEdgesAreThoseThatTheGoCommandGave compares without the go command: with -update it is asked again.
func TestBuildListAndEdgesAreThoseThatTheGoCommandGave(t *testing.T) {
	for _, name := range []string{"old", "new", "work"} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join("testdata", name+".txtar")
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			tree, told := files{}, map[string]string{}
			for _, f := range archive.Files {
				if slices.Contains([]string{"list", "edges", "modules"}, f.Name) {
					told[f.Name] = string(f.Data)
				} else {
					tree[f.Name] = string(f.Data)
				}
			}
			dir := tree.Write(t)
			if *update {
				told = tell(t, dir)
				archive.Files = slices.DeleteFunc(archive.Files, func(f txtar.File) bool { return tree[f.Name] == "" })
				for _, part := range []string{"list", "edges", "modules"} {
					archive.Files = append(archive.Files, txtar.File{Name: part, Data: []byte(told[part])})
				}
				if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			r := projecttest.Read(t, Reader{graphOf(told["modules"]).settings(t)}, dir)
			projecttest.WantGaps(t, r.Gaps)
			sums := tree["go.sum"] + tree["go.work.sum"] + tree["app/go.sum"] + tree["lib/go.sum"]
			compare(t, r.Projects[0], answerOf(told), nil, func(path, version string) bool {
				if name == "new" {
					return strings.Contains(tree["go.mod"], "\t"+path+" ")
				}
				return strings.Contains(sums, fmt.Sprintf("%s v%s h1:", path, version))
			})
		})
	}
}

// tell writes down what the go command says of dir.
func tell(t *testing.T, dir string) map[string]string {
	t.Helper()
	a := ask(t, dir)
	var list, edges, mods []string
	for at, mark := range a.list {
		list = append(list, at+" "+mark)
	}
	for holder, needs := range a.edges {
		for _, need := range needs {
			edges = append(edges, strings.TrimSpace(holder+" "+need))
		}
	}
	home, err := os.UserHomeDir()
	if err != nil {
		t.Fatal(err)
	}
	c := newCache(project.Settings{Home: home, Getenv: os.Getenv})
	lines := command(t, dir, "mod", "graph")
	for at := range a.list { // what replaces a module is not in the graph
		lines = append(lines, strings.Replace(at, "@", "@v", 1))
	}
	for _, line := range lines {
		for _, at := range strings.Fields(line) {
			name, version, _ := strings.Cut(at, "@")
			s := c.summary(module.Version{Path: name, Version: version})
			if s == nil {
				continue
			}
			short := at + map[bool]string{true: " 1.17", false: " 1.16"}[s.prunes]
			for _, r := range s.requires {
				short += " " + r.mod.Path + "@" + r.mod.Version + map[bool]string{true: "//"}[r.indirect]
			}
			mods = append(mods, short)
		}
	}
	text := func(lines []string) string {
		slices.Sort(lines)
		return strings.Join(slices.Compact(lines), "\n") + "\n"
	}
	return map[string]string{"list": text(list), "edges": text(edges), "modules": text(mods)}
}

func answerOf(told map[string]string) answer {
	a := answer{map[string]string{}, map[string][]string{}}
	for _, line := range strings.Split(strings.TrimSpace(told["list"]), "\n") {
		at, mark, _ := strings.Cut(line, " ")
		a.list[at] = mark
	}
	for _, line := range strings.Split(strings.TrimSpace(told["edges"]), "\n") {
		holder, need, ok := strings.Cut(line, " ")
		if !ok {
			holder, need = "", line
		}
		a.edges[holder] = append(a.edges[holder], need)
	}
	return a
}

// graphOf is a module cache of go.mod files in short: path@version, go line, path@version of each need, // where indirect.
func graphOf(text string) modules {
	mods := modules{}
	for _, line := range strings.Split(strings.TrimSpace(text), "\n") {
		f := strings.Fields(line)
		var requires []string
		for _, r := range f[2:] {
			name, indirect := strings.CutSuffix(r, "//")
			name = strings.Replace(name, "@", " ", 1)
			if indirect {
				name += " // indirect"
			}
			requires = append(requires, name)
		}
		name, _, _ := strings.Cut(f[0], "@")
		mods[f[0]] = mod(name, f[1], requires...)
	}
	return mods
}
