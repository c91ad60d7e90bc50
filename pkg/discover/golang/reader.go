package golang

import (
	"context"
	"path"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// Reader reads Go modules and workspaces. Edges between modules, and before Go 1.17 the build list too, are those of the
// .mod files in the user's module cache.
//
// What is needed by tests only is Production: go.mod does not tell tests from other code.
type Reader struct {
	Settings project.Settings
}

// Claims reports whether file is a go.mod or go.work.
func (Reader) Claims(file string) bool {
	name := path.Base(file)
	return name == "go.mod" || name == "go.work"
}

// Helps reports whether file is a go.sum, go.work.sum or vendor/modules.txt.
func (Reader) Helps(file string) bool {
	name := path.Base(file)
	return name == "go.sum" || name == "go.work.sum" || name == "modules.txt" && path.Base(path.Dir(file)) == "vendor"
}

// Read makes one project of each go.work with the modules that it uses, and of each go.mod that none uses.
func (r Reader) Read(ctx context.Context, files *project.Files, claimed []string) (project.Reading, error) {
	var reading project.Reading
	cache := newCache(r.Settings)
	used := map[string]bool{} // go.mod files of a workspace
	for _, file := range claimed {
		if path.Base(file) != "go.work" {
			continue
		}
		w, gaps := readWorkspace(files, file)
		reading.Gaps = append(reading.Gaps, gaps...)
		if w == nil {
			continue
		}
		for _, m := range w.members {
			used[m.file] = true
		}
		if err := read(ctx, files, cache, w, &reading); err != nil {
			return reading, err
		}
	}
	for _, file := range claimed {
		if path.Base(file) != "go.mod" || used[file] {
			continue
		}
		m, gaps := readModule(files, file)
		reading.Gaps = append(reading.Gaps, gaps...)
		if m == nil || m.path == "" && len(m.requires) == 0 { // an empty one only keeps a folder out of the module around it
			continue
		}
		w := &workspace{file: file, dir: m.dir, members: []*mainModule{m}, replaces: m.replaces, goLine: m.goLine, toolchain: m.toolchain}
		if err := read(ctx, files, cache, w, &reading); err != nil {
			return reading, err
		}
	}
	return reading, nil
}

func read(ctx context.Context, files *project.Files, cache *cache, w *workspace, reading *project.Reading) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	b := newBuilder(files, cache, w)
	p, err := b.build(ctx)
	reading.Gaps = append(reading.Gaps, b.gaps...)
	if err == nil {
		reading.Projects = append(reading.Projects, p)
	}
	return err
}

// workspace is what is built together: the modules of a go.work, or one module alone.
type workspace struct {
	file      string // go.work or go.mod
	dir       string
	isWork    bool
	members   []*mainModule
	replaces  []replace // of go.work first, then of the members
	goLine    goVersion
	toolchain goVersion
}

// readWorkspace reads a go.work and its members; nil where it cannot be read.
func readWorkspace(files *project.Files, file string) (*workspace, []fettle.Gap) {
	data, err := readBounded(files, file)
	if err != nil {
		return nil, []fettle.Gap{project.Gap(file, 0, err.Error())}
	}
	f, err := modfile.ParseWork("go.work", data, canonical)
	if err != nil {
		return nil, modGaps(file, err)
	}
	w := &workspace{file: file, dir: project.Parent(file), isWork: true}
	if f.Go != nil {
		w.goLine = goVersion{f.Go.Version, file, f.Go.Syntax.Start.Line}
	}
	if f.Toolchain != nil {
		w.toolchain = goVersion{f.Toolchain.Name, file, f.Toolchain.Syntax.Start.Line}
	}
	replaced := map[module.Version]replace{}
	for _, r := range f.Replace {
		w.replaces = append(w.replaces, newReplace(r, file, w.dir))
		replaced[r.Old] = w.replaces[len(w.replaces)-1]
	}
	var gaps []fettle.Gap
	tell := teller{file: file}
	for _, use := range f.Use {
		line := use.Syntax.Start.Line
		dir, ok := inTree(w.dir, use.Path)
		at := path.Join(dir, "go.mod")
		switch {
		case !ok:
			tell.gap(line, "uses "+short(use.Path)+", which is outside of the repository, so its packages were not checked")
			continue
		case !files.Is(at):
			tell.gap(line, "uses "+short(use.Path)+", where there is no go.mod, so its packages were not checked")
			continue
		case slices.ContainsFunc(w.members, func(m *mainModule) bool { return m.file == at }):
			tell.gap(line, "uses "+short(use.Path)+" twice")
			continue
		}
		m, told := readModule(files, at)
		gaps = append(gaps, told...)
		if m == nil {
			continue
		}
		w.members = append(w.members, m)
		for _, r := range m.replaces {
			have, ok := replaced[r.old]
			switch {
			case !ok:
				replaced[r.old] = r
				w.replaces = append(w.replaces, r)
			case have.file != file && have.target != r.target:
				gaps = append(gaps, project.Gap(r.file, r.line, short(r.old.Path)+" is replaced otherwise in another module of the workspace; say in go.work which replacement counts"))
			}
		}
	}
	gaps = append(gaps, tell.done()...)
	return w, gaps
}

// inTree resolves a folder that a file in dir names; false where it leads out of the tree.
func inTree(dir, to string) (string, bool) {
	to = strings.ReplaceAll(to, "\\", "/")
	if path.IsAbs(to) || len(to) > 1 && to[1] == ':' {
		return "", false
	}
	to = path.Join(dir, to)
	if to == ".." || strings.HasPrefix(to, "../") {
		return "", false
	}
	if to == "." {
		to = ""
	}
	return to, true
}
