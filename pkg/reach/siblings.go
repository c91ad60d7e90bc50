package reach

import (
	"context"
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
	homes, byHome := t.homesOf(a, all), map[string][]program.Source{}
	for _, file := range t.in(a) {
		if home := homes[file]; home != outside && !mine[file] {
			byHome[home] = append(byHome[home], t.sources[file])
		}
	}
	if len(byHome) == 0 {
		return nil
	}
	if a.Ecosystem() == "PyPI" {
		var led []program.Source
		for _, home := range slices.Sorted(maps.Keys(imported(subject.Sources, byHome))) {
			led = append(led, byHome[home]...)
			delete(byHome, home)
		}
		if err := elsewhere(ctx, a, subject, led, asked, verdicts); err != nil {
			return err
		}
	}
	groups := map[string][]int{} // targets that the same projects are asked about
	for k, v := range verdicts {
		if unused(v) {
			var homes []string
			for _, home := range slices.Sorted(maps.Keys(byHome)) {
				if !lists(all, home, asked[k].Node) {
					homes = append(homes, home)
				}
			}
			key := strings.Join(homes, "\x00")
			groups[key] = append(groups[key], k)
		}
	}
	subject.Unread, subject.Others = nil, nil
	for _, key := range slices.Sorted(maps.Keys(groups)) {
		subject.Sources = nil
		for _, home := range strings.Split(key, "\x00") {
			subject.Sources = append(subject.Sources, byHome[home]...)
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

// imported returns the folders of projects whose code the sources import, by the names of their files and folders, or that the
// code of one of these imports.
func imported(sources []program.Source, byHome map[string][]program.Source) map[string]bool {
	found := map[string]bool{}
	own := tops("", sources)
	for again := true; again; {
		again = false
		asked := map[string]bool{}
		for _, s := range sources {
			for _, i := range s.Imports {
				if first, _, _ := strings.Cut(i.Target, "."); first != "" && !own[first] {
					asked[first] = true
				}
			}
		}
		for home, theirs := range byHome {
			if found[home] {
				continue
			}
			for name := range tops(home, theirs) {
				if asked[name] {
					found[home], again = true, true
					sources = append(slices.Clip(sources), theirs...)
					break
				}
			}
		}
	}
	return found
}

// tops are the names by which Python may import files below home: those of the files, and of the folders that they lie in.
func tops(home string, sources []program.Source) map[string]bool {
	names := map[string]bool{}
	if home != "" {
		names[path.Base(home)] = true
	}
	for _, s := range sources {
		rel := strings.TrimPrefix(strings.TrimPrefix(s.Path, home), "/")
		for _, name := range strings.Split(strings.TrimSuffix(rel, path.Ext(rel)), "/") {
			names[name] = true
		}
	}
	return names
}
