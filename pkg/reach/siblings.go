package reach

import (
	"context"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/reach/program"
)

// siblings doubts each "not imported" that an import in the code of another project of Node or Python speaks against. Such an
// import means the package of another project's list where that names it, and where it does not, somebody else's: Node looks in
// the folders above, and Python in the environment that a person made. Where the code of a Python project imports that of
// another, both run in one environment, so it counts as code outside of all projects does. That any other code loads what nobody
// can read is no doubt: it would be one about every project of the repository.
func (t *tree) siblings(ctx context.Context, a program.Analyst, subject program.Program, all []fettle.Project, asked []program.Target, verdicts []program.Verdict) error {
	if shared(a, "") || !slices.ContainsFunc(verdicts, unused) {
		return nil // all there is was asked before
	}
	mine := map[string]bool{}
	for _, s := range subject.Sources {
		mine[s.Path] = true
	}
	homes, others := slices.Collect(maps.Keys(t.neighbours(a, all))), t.near[a.Ecosystem()]
	slices.Sort(homes)
	if a.Ecosystem() == "PyPI" {
		led := imported(subject.Project.Dir, subject.Sources, others)
		var sources []program.Source
		for _, home := range homes {
			if led[home] {
				sources = append(sources, without(others[home].sources, mine)...)
			}
		}
		homes = slices.DeleteFunc(homes, func(home string) bool { return led[home] })
		if err := elsewhere(ctx, a, subject, sources, asked, verdicts); err != nil {
			return err
		}
	}
	groups := map[string][]int{} // targets that the same projects are asked about
	for k, v := range verdicts {
		if unused(v) {
			var hear []string
			for _, home := range homes {
				if home != subject.Project.Dir && !lists(all, home, asked[k].Node) {
					hear = append(hear, home)
				}
			}
			key := strings.Join(hear, "\x00")
			groups[key] = append(groups[key], k)
		}
	}
	subject.Unread, subject.Others = nil, nil
	for _, key := range slices.Sorted(maps.Keys(groups)) {
		subject.Sources = nil
		for _, home := range strings.Split(key, "\x00") {
			if n := others[home]; n != nil {
				subject.Sources = append(subject.Sources, without(n.importers, mine)...)
			}
		}
		if len(subject.Sources) == 0 {
			continue
		}
		targets := make([]program.Target, len(groups[key]))
		for n, k := range groups[key] {
			targets[n] = asked[k]
		}
		second, _, err := a.Analyze(ctx, subject, targets)
		if err != nil {
			return err
		}
		for n, k := range groups[key] {
			if v := second[n]; v.Known && v.Reach != program.NotImported && len(v.Chain) > 0 {
				verdicts[k] = program.Verdict{Why: v.Chain[0].Location.String() + " imports it, in the folder of another project that does not list it", Chain: v.Chain}
			}
		}
	}
	return nil
}

// lists reports whether a project in the folder dir names the package of n.
func lists(all []fettle.Project, dir string, n fettle.Node) bool {
	return slices.ContainsFunc(all, func(p fettle.Project) bool {
		return p.Dir == dir && !slices.Contains(unsourced, p.Manager) && slices.ContainsFunc(p.Nodes, func(m fettle.Node) bool {
			return m.Ecosystem == n.Ecosystem && m.Name == n.Name
		})
	})
}

// neighbour is the code in the folder of one project.
type neighbour struct {
	sources   []program.Source
	importers []program.Source // as few of them as hold each import of another's module once
	tops      map[string]bool  // the names by which Python may import them: those of the files, and of the folders they lie in
}

// neighbours sorts, once for an ecosystem, the sources of all projects by their folders.
func (t *tree) neighbours(a program.Analyst, all []fettle.Project) map[string]*neighbour {
	if found, ok := t.near[a.Ecosystem()]; ok {
		return found
	}
	found, seen := map[string]*neighbour{}, map[string]bool{}
	homes := t.homesOf(a, all)
	for _, file := range t.in(a) {
		home, s := homes[file], t.sources[file]
		if home == outside {
			continue
		}
		n := found[home]
		if n == nil {
			n = &neighbour{tops: map[string]bool{path.Base(home): home != ""}}
			found[home] = n
		}
		n.sources = append(n.sources, s)
		rel := strings.TrimPrefix(strings.TrimPrefix(file, home), "/")
		for name := range strings.SplitSeq(strings.TrimSuffix(rel, path.Ext(rel)), "/") {
			n.tops[name] = true
		}
		fresh := false
		for _, i := range s.Imports {
			if i.Types || strings.HasPrefix(i.Target, ".") {
				continue
			}
			key := fmt.Sprint(home, "\x00", s.Test, i.Target, "\x00")
			for _, name := range i.Names {
				key += name.Name + ","
			}
			fresh = fresh || !seen[key]
			seen[key] = true
		}
		if fresh {
			n.importers = append(n.importers, s)
		}
	}
	t.near[a.Ecosystem()] = found
	return found
}

func without(sources []program.Source, files map[string]bool) []program.Source {
	return slices.DeleteFunc(slices.Clone(sources), func(s program.Source) bool { return files[s.Path] })
}

// imported returns the folders of projects other than dir whose code the sources import, or that the code of one of these does.
func imported(dir string, sources []program.Source, others map[string]*neighbour) map[string]bool {
	found := map[string]bool{}
	var own map[string]bool
	if n := others[dir]; n != nil {
		own = n.tops
	}
	for len(sources) > 0 {
		asked := map[string]bool{}
		for _, s := range sources {
			for _, i := range s.Imports {
				if first, _, _ := strings.Cut(i.Target, "."); first != "" && !own[first] {
					asked[first] = true
				}
			}
		}
		sources = nil
		for home, n := range others {
			if home == dir || found[home] {
				continue
			}
			for name := range asked {
				if n.tops[name] {
					found[home] = true
					sources = append(sources, n.sources...)
					break
				}
			}
		}
	}
	return found
}
