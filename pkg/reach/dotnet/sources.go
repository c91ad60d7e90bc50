package dotnet

import (
	"context"
	"path"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/reach/program"
	"github.com/fettle-dev/fettle/pkg/syntax"
)

// maxOutside bounds the files that are parsed beside those of the project's folder.
const maxOutside = 5_000

// code is the program's own: its sources, with those of the projects that it refers to and that refer to it, since NuGet hands
// a project's packages on to these.
type code struct {
	sources    []program.Source
	unread     []program.Unread
	builds     []*build
	doubts     []place
	others     []string // files that are not C# and may name packages
	frameworks []string
	isWeb      bool
}

// gather finds the project files of the program and parses the sources that are not in p yet.
func gather(ctx context.Context, p program.Program, s *solution) (*code, error) {
	c := &code{}
	if !s.whole {
		c.doubts = append(c.doubts, place{"the tree has more files than are looked at", fettle.Location{Path: p.Project.Lockfile}})
	}
	chosen := s.closure(p.Project)
	have := map[string]bool{}
	for _, f := range p.Sources {
		if f.Language == syntax.CSharp && !have[f.Path] {
			have[f.Path] = true
			f.Test = s.tests(f.Path)
			c.sources = append(c.sources, f)
		}
	}
	for _, u := range p.Unread {
		have[u.Path] = true
		c.unread = append(c.unread, u)
	}
	var folders []string
	for _, file := range chosen {
		b := s.build(file)
		c.builds = append(c.builds, b)
		c.isWeb = c.isWeb || b.isWeb
		c.frameworks = append(c.frameworks, b.frameworks...)
		folders = append(append(folders, project.Parent(file)), b.folders...)
		if !b.isTest && !IsTest(file) {
			c.doubts = append(c.doubts, b.doubts...)
		}
	}
	slices.Sort(c.frameworks)
	c.frameworks = slices.Compact(c.frameworks)
	within := func(file string) bool {
		return slices.ContainsFunc(folders, func(dir string) bool { return dir == "" || file == dir || strings.HasPrefix(file, dir+"/") })
	}
	given := map[string]bool{}
	for _, file := range p.Others {
		given[file] = true
	}
	for _, file := range s.others {
		if within(file) && !given[file] {
			c.others = append(c.others, file)
		}
	}
	c.others = append(c.others, p.Others...)
	slices.Sort(c.others)
	outside := 0
	for _, file := range s.cs {
		if have[file] || !within(file) {
			continue
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if outside++; outside > maxOutside {
			c.doubts = append(c.doubts, place{"more files belong to the program than are parsed", fettle.Location{Path: file}})
			break
		}
		c.parse(ctx, p, s, file)
	}
	slices.SortStableFunc(c.sources, func(a, b program.Source) int { return strings.Compare(a.Path, b.Path) })
	return c, nil
}

func (c *code) parse(ctx context.Context, p program.Program, s *solution, file string) {
	if p.Parsed != nil {
		if f, ok := p.Parsed(file); ok {
			c.sources = append(c.sources, program.Source{File: f, Test: s.tests(file)})
			return
		}
	}
	data, err := p.Files.Read(file)
	var f syntax.File
	if err == nil {
		f, err = syntax.Read(ctx, file, data)
	}
	if err != nil {
		c.unread = append(c.unread, program.Unread{Path: file, Why: err.Error()})
		return
	}
	c.sources = append(c.sources, program.Source{File: f, Test: s.tests(file)})
}

// closure returns the project files below the program's folder, those that refer to them, and all that these refer to.
func (s *solution) closure(p fettle.Project) []string {
	var base []string
	for _, file := range s.order {
		if p.Dir == "" || strings.HasPrefix(file, p.Dir+"/") {
			base = append(base, file)
		}
	}
	if ext := strings.ToLower(path.Ext(p.Manifest)); len(base) > 0 && strings.HasSuffix(ext, "proj") && !strings.HasSuffix(p.Lockfile, ".lock.json") {
		base = slices.DeleteFunc(base, func(file string) bool { return project.Parent(file) != p.Dir })
	}
	chosen := map[string]bool{}
	var queue []string
	add := func(file string) {
		if _, ok := s.builds[file]; ok && !chosen[file] {
			chosen[file] = true
			queue = append(queue, file)
		}
	}
	for _, file := range base {
		add(file)
	}
	users := map[string][]string{}
	if len(base) < len(s.order) {
		for _, file := range s.order {
			for _, ref := range s.build(file).refs {
				users[ref] = append(users[ref], file)
			}
		}
	}
	for len(queue) > 0 { // those that refer to it, directly or through others
		file := queue[0]
		queue = queue[1:]
		for _, user := range users[file] {
			add(user)
		}
	}
	for _, file := range base {
		queue = append(queue, file)
	}
	for len(queue) > 0 {
		file := queue[0]
		queue = queue[1:]
		for _, ref := range s.build(file).refs {
			add(ref)
		}
	}
	var list []string
	for _, file := range s.order {
		if chosen[file] {
			list = append(list, file)
		}
	}
	return list
}
