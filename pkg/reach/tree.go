package reach

import (
	"context"
	"encoding/binary"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf16"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/reach/program"
	"github.com/fettle-dev/fettle/pkg/syntax"
)

// The bounds of what is read of one repository.
const (
	maxSources = 30_000
	maxBytes   = 400 << 20
	maxOthers  = 20_000
)

// tree is what a repository holds of sources, each parsed once.
type tree struct {
	files      *project.Files
	sources    map[string]program.Source // by path
	unread     map[string]string         // why, by path
	others     []string                  // files in no language of the analysts
	gaps       []fettle.Gap
	homes      map[string]map[string]string     // the folder of the project that a file belongs to, by ecosystem and path
	near       map[string]map[string]*neighbour // by ecosystem and the folder of a project
	names      map[string]bool                  // of all files that were met
	folders    map[string]bool                  // that hold one
	incomplete string                           // why not all was read; "" where all was
}

// survey walks repo and parses the files in the languages of asked.
func (i Imports) survey(ctx context.Context, repo fettle.Repo, files *project.Files, asked []program.Analyst) (*tree, error) {
	t := &tree{files: files, sources: map[string]program.Source{}, unread: map[string]string{}, homes: map[string]map[string]string{},
		near: map[string]map[string]*neighbour{}, names: map[string]bool{}, folders: map[string]bool{}}
	skip := map[string]bool{}
	for _, p := range repo.Skip {
		skip[strings.TrimSuffix(p, "/")] = true
	}
	bytes := 0
	err := filepath.WalkDir(repo.Dir, func(p string, e fs.DirEntry, err error) error {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		rel, relErr := filepath.Rel(repo.Dir, p)
		if relErr != nil {
			return relErr
		}
		rel = filepath.ToSlash(rel)
		switch {
		case err != nil && p == repo.Dir:
			return fmt.Errorf("read %s: %w", p, err)
		case err != nil:
			t.unread[rel] = "cannot be read"
			return nil
		case p != repo.Dir && (skip[rel] || i.Ignores != nil && i.Ignores(rel)) || e.IsDir() && p != repo.Dir && project.SkippedDir(p, e.Name()):
			if e.IsDir() {
				return fs.SkipDir
			}
			return nil
		case e.IsDir() || t.incomplete != "":
			return nil
		}
		return t.meet(ctx, rel, asked, &bytes)
	})
	if err == nil {
		t.startTests()
	}
	return t, err
}

// meet parses the file rel where an analyst reads its language, and else notes it.
func (t *tree) meet(ctx context.Context, rel string, asked []program.Analyst, bytes *int) error {
	t.names[rel] = true
	for dir := project.Parent(rel); dir != "" && !t.folders[dir]; dir = project.Parent(dir) {
		t.folders[dir] = true
	}
	language, ok := syntax.LanguageOf(rel)
	at := slices.IndexFunc(asked, func(a program.Analyst) bool { return ok && slices.Contains(a.Languages(), language) })
	if at < 0 {
		if !slices.ContainsFunc(asked, func(a program.Analyst) bool { return a.Mentions(rel) }) {
			return nil
		}
		if len(t.others) < maxOthers {
			t.others = append(t.others, rel)
			return nil
		}
		t.stop("the repository has more than %d files that may name packages and are no sources", maxOthers)
		return nil
	}
	data, err := t.files.Read(rel)
	if err != nil {
		t.unread[rel] = err.Error()
		return nil
	}
	if *bytes += len(data); *bytes > maxBytes || len(t.sources) >= maxSources {
		t.stop("the repository has more than %d source files, or more than %d MiB of them", maxSources, maxBytes>>20)
		return nil
	}
	f, err := syntax.Read(ctx, rel, text(data))
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		t.unread[rel] = err.Error()
		return nil
	}
	t.sources[rel] = program.Source{File: f, Test: asked[at].Tests(rel)}
	return nil
}

// stop notes why the tree is not read to its end.
func (t *tree) stop(format string, args ...any) {
	t.incomplete = fmt.Sprintf(format, args...)
	t.gaps = append(t.gaps, fettle.Gap{Stage: "correlate", Subject: "reachability", Reason: t.incomplete + "; how far the program gets into its packages was not looked at"})
}

// of returns the sources of p, those that lie elsewhere and may be part of it, and the other files that may name its packages.
func (t *tree) of(a program.Analyst, p fettle.Project, all []fettle.Project) (own, foreign []program.Source, others []string) {
	homes, mine := t.homesOf(a, all), t.ownedBy(a, p, all)
	paths := t.in(a)
	for _, file := range paths {
		switch {
		case mine(file):
			own = append(own, t.sources[file])
		case shared(a, homes[file]):
			foreign = append(foreign, t.sources[file])
		}
	}
	for _, file := range t.others {
		if mine(file) && a.Mentions(file) {
			others = append(others, file)
		}
	}
	return own, foreign, others
}

// ownedBy tells the files of p from those of others.
func (t *tree) ownedBy(a program.Analyst, p fettle.Project, all []fettle.Project) func(file string) bool {
	homes := t.homesOf(a, all)
	paths := t.in(a)
	for file := range t.unread {
		if language, ok := syntax.LanguageOf(file); ok && slices.Contains(a.Languages(), language) {
			paths = append(paths, file)
		}
	}
	home := p.Dir
	mine := func(file string) bool { return homes[file] == p.Dir }
	for home != "" && !slices.ContainsFunc(paths, mine) { // requirements/base.txt speaks for what is beside its folder
		home = project.Parent(home)
		mine = func(file string) bool {
			return below(file, home) && (homes[file] == p.Dir || homes[file] == outside || below(home+"/", homes[file]))
		}
	}
	return mine
}

// unreadOf lists the files of a's languages in p that could not be parsed.
func (t *tree) unreadOf(a program.Analyst, p fettle.Project, all []fettle.Project) []program.Unread {
	homes, mine := t.homesOf(a, all), t.ownedBy(a, p, all)
	var list []program.Unread
	for file, why := range t.unread {
		language, ok := syntax.LanguageOf(file)
		if ok && slices.Contains(a.Languages(), language) && (mine(file) || shared(a, homes[file])) {
			list = append(list, program.Unread{Path: file, Why: why})
		}
	}
	slices.SortFunc(list, func(x, y program.Unread) int { return strings.Compare(x.Path, y.Path) })
	return list
}

// outside is the home of a file that lies in no project's folder.
const outside = "\x00"

// homesOf finds, once for an ecosystem, the deepest folder of a project of it that each file lies below.
func (t *tree) homesOf(a program.Analyst, all []fettle.Project) map[string]string {
	if homes, ok := t.homes[a.Ecosystem()]; ok {
		return homes
	}
	dirs := map[string]bool{}
	for _, p := range all {
		if slices.ContainsFunc(p.Nodes, func(n fettle.Node) bool { return n.Ecosystem == a.Ecosystem() }) && !slices.Contains(unsourced, p.Manager) {
			dirs[p.Dir] = true
		}
	}
	homes := map[string]string{}
	settle := func(file string) {
		for dir := project.Parent(file); ; dir = project.Parent(dir) {
			if dirs[dir] {
				homes[file] = dir
				return
			}
			if dir == "" {
				homes[file] = outside
				return
			}
		}
	}
	for file := range t.sources {
		settle(file)
	}
	for file := range t.unread {
		settle(file)
	}
	for _, file := range t.others {
		settle(file)
	}
	t.homes[a.Ecosystem()] = homes
	return homes
}

// in lists the parsed files of a's languages.
func (t *tree) in(a program.Analyst) []string {
	var paths []string
	for file, s := range t.sources {
		if slices.Contains(a.Languages(), s.Language) {
			paths = append(paths, file)
		}
	}
	slices.Sort(paths)
	return paths
}

func below(file, dir string) bool { return dir == "" || strings.HasPrefix(file, dir+"/") }

// shared reports whether a file that is not in a project's folder, but in home, may be part of its program all the same. One of
// Node or Python that lies in another project is that one's first of all, see siblings; modules of Maven, Gradle and .NET pass
// their packages on to each other.
func shared(a program.Analyst, home string) bool {
	switch a.Ecosystem() {
	case "npm", "PyPI":
		return home == outside
	}
	return true
}

// parsed returns what a file of the tree says that was read for any analyst.
func (t *tree) parsed(file string) (syntax.File, bool) {
	s, ok := t.sources[file]
	return s.File, ok
}

// text returns data in UTF-8: compilers of Java and C#, and bundlers, read UTF-16 where its mark stands first.
func text(data []byte) []byte {
	if len(data) < 2 {
		return data
	}
	order := binary.ByteOrder(binary.LittleEndian)
	switch [2]byte(data[:2]) {
	case [2]byte{0xff, 0xfe}:
	case [2]byte{0xfe, 0xff}:
		order = binary.BigEndian
	default:
		return data
	}
	units := make([]uint16, 0, len(data)/2)
	for k := 2; k+1 < len(data); k += 2 {
		units = append(units, order.Uint16(data[k:]))
	}
	return []byte(string(utf16.Decode(units)))
}
