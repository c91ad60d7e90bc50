package python

import (
	"fmt"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// maxIncludes bounds the requirements files that others include.
const maxIncludes = 1000

// requirementSet is all requirements files of the tree. Each is a project of its own, so what several include is told once.
type requirementSet struct {
	*reading
	byFile    map[string]*reqFile
	order     []string
	users     map[string][]string // who includes a file, by file
	constrain map[string][]string // who is constrained by a file, by file
	pinned    map[string]map[string]reqPin
}

// requirements reads the claimed requirements files and what they include.
func (r *reading) requirements(claimed []string) {
	s := &requirementSet{reading: r, byFile: map[string]*reqFile{}, users: map[string][]string{}, constrain: map[string][]string{}, pinned: map[string]map[string]reqPin{}}
	for _, file := range claimed {
		s.load(file)
	}
	s.compiled()
	for i := 0; i < len(s.order); i++ { // it grows
		s.follow(s.byFile[s.order[i]])
	}
	compiled := map[string]bool{} // files that another is compiled of
	for _, file := range s.order {
		for _, source := range s.sources(s.byFile[file]) {
			compiled[source] = true
		}
	}
	for _, file := range s.order {
		f := s.byFile[file]
		switch {
		case compiled[file] && !f.compiled && !f.noted:
			r.gaps = append(r.gaps, f.gaps...)
		case len(s.constrain[file]) > 0 && kindOf(file) != requirementsFile:
			s.constraints(f)
		default:
			s.build(f)
		}
	}
}

// compiled loads pairs of files of any name of which one is compiled of the other, beside a claimed file.
func (s *requirementSet) compiled() {
	seen := map[string]bool{}
	for _, file := range s.claimed {
		dir := project.Parent(file)
		if seen[dir] {
			continue
		}
		seen[dir] = true
		names := s.files.List(dir)
		for _, name := range names {
			base, ok := strings.CutSuffix(name, ".in")
			source, made := path.Join(dir, name), path.Join(dir, base+".txt")
			if !ok || s.byFile[source] != nil || !slices.Contains(names, base+".txt") || len(s.order) >= maxIncludes {
				continue
			}
			data, err := s.files.ReadLines(made)
			if err != nil || !compiledBy.Match(data[:min(len(data), 2000)]) {
				continue
			}
			s.load(source)
			s.load(made)
		}
	}
}

// load reads a file once; nil where it cannot be read.
func (s *requirementSet) load(file string) *reqFile {
	if f, ok := s.byFile[file]; ok {
		return f
	}
	data, err := s.files.ReadLines(file)
	if err != nil {
		s.gaps = append(s.gaps, project.Gap(file, 0, err.Error()))
		s.byFile[file] = nil
		return nil
	}
	f := parseRequirements(file, data)
	s.byFile[file] = f
	s.order = append(s.order, file)
	return f
}

// follow loads what f includes.
func (s *requirementSet) follow(f *reqFile) {
	for _, in := range f.includes {
		switch _, known := s.byFile[in.file]; {
		case known:
		case !filepath.IsLocal(filepath.FromSlash(in.file)):
			f.gap(in.line, "includes %.200q, which lies outside of the repository, so its packages were not checked", in.file)
			continue
		case len(s.order) >= maxIncludes && !slices.Contains(s.claimed, in.file):
			f.gap(in.line, "includes %.200q, which is one of more than %d files, so its packages were not checked", in.file, maxIncludes)
			continue
		case !s.files.Is(in.file):
			f.gap(in.line, "includes %.200q, which is not there, so its packages were not checked", in.file)
			continue
		default:
			s.load(in.file)
		}
		if in.constraint {
			s.constrain[in.file] = append(s.constrain[in.file], f.file)
		} else if in.file != f.file {
			s.users[in.file] = append(s.users[in.file], f.file)
		}
	}
}

// sources are the .in files that f says it is compiled of, or that stands beside it.
func (s *requirementSet) sources(f *reqFile) []string {
	var list []string
	add := func(file string) {
		if file != f.file && s.byFile[file] != nil && !slices.Contains(list, file) {
			list = append(list, file)
		}
	}
	if f.compiled || f.noted {
		if base, ok := strings.CutSuffix(f.file, ".txt"); ok {
			add(base + ".in")
		}
	}
	for _, l := range f.lines {
		for _, who := range l.via {
			if named, ok := strings.CutPrefix(who, "-r "); ok {
				add(s.beside(f, strings.TrimSpace(named)))
			}
		}
	}
	return list
}

// beside finds a file that was named from the folder of f or, as the command may have run there, one above it.
func (s *requirementSet) beside(f *reqFile, named string) string {
	named = strings.ReplaceAll(named, `\`, "/")
	for dir := project.Parent(f.file); ; dir = project.Parent(dir) {
		if file := path.Join(dir, named); s.byFile[file] != nil {
			return file
		}
		if dir == "" {
			return named
		}
	}
}

// fileScope says what a requirements file is for, by its name.
func fileScope(file string) fettle.Scope {
	base := path.Base(file)
	for word := range strings.FieldsFuncSeq(strings.ToLower(strings.TrimSuffix(base, path.Ext(base))), func(r rune) bool { return strings.ContainsRune("-_.", r) }) {
		switch word {
		case "test", "tests", "testing":
			return fettle.Test
		case "dev", "develop", "development", "local", "doc", "docs", "lint", "linting", "ci", "typing", "tools", "build", "bench", "benchmark":
			return fettle.Development
		}
	}
	return fettle.Production
}

var viaFile = regexp.MustCompile(`^(\S+) \((.*(?:pyproject\.toml|setup\.cfg|setup\.py))\)$`)

// build makes a project of f.
func (s *requirementSet) build(f *reqFile) {
	l := &lock{manager: "pip", file: f.file, gaps: f.gaps, again: "pip-compile or uv pip compile"}
	sources := s.sources(f)
	if len(sources) > 0 {
		l.manifest = sources[0]
	}
	pins := s.pins(f)
	var top root
	installed := map[[3]string]bool{} // what stands twice is installed once
	names := map[string]bool{}
	for _, line := range f.lines {
		names[line.name] = true
	}
	b := reqBuilder{requirementSet: s, lock: l, file: f, names: names, scope: fileScope(f.file), manifests: map[*manifest]bool{}}
	for _, line := range f.lines {
		e, ok := b.entry(line, pins)
		if !ok {
			continue
		}
		if f.noted && e.scope == fettle.Production {
			e.scope = "" // its edges say
		}
		same := [3]string{e.name, e.version, e.noVersion}
		if !installed[same] {
			installed[same] = true
			l.entries = append(l.entries, e)
		}
		if !f.noted {
			top.needs = append(top.needs, need{requirement: line.requirement, scope: b.scope, file: f.file, line: line.line, version: e.version})
		}
	}
	if f.noted {
		top.needs = b.noted(sources)
	} else if f.compiled && len(sources) > 0 { // compiled without annotations
		top.needs = b.sourceNeeds(sources)
	}
	l.roots = []root{top}
	b.twice()
	switch {
	case len(l.entries) == 0:
	case f.noted:
	case f.compiled:
		s.metadata(l, fmt.Sprintf("does not say who needs its %d packages, so the paths to those that are not direct are unknown; compile it with annotations", len(l.entries)))
	default:
		s.metadata(l, fmt.Sprintf("does not say what its %d packages need, so the paths between them, and packages that it may not name, are unknown; write it with pip-compile or uv pip compile", len(l.entries)))
	}
	if len(l.entries) > 0 || len(f.includes) == 0 && len(f.lines) > 0 {
		s.finish(l)
		return
	}
	s.gaps = append(s.gaps, l.gaps...)
}
