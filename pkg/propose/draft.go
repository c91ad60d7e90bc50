package propose

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/propose/manager"
)

// draft is the work on one project.
type draft struct {
	planner *Planner
	manager manager.Manager
	traits  manager.Traits
	repo    fettle.Repo
	project fettle.Project
	cases   []fettle.Case
	before  []fettle.Finding
	fixes   []fettle.Fix            // so far, before they are merged
	passed  map[fettle.Package]bool // versions that bring a finding in through what they need
	unasked []string                // packages for which the registry gave no answer
	silence error                   // the first such
	mirror  *mirror                 // the files that the project's discovery reads
	stale   map[string]string       // lockfiles that could not be refreshed, and why
	untold  map[string]bool         // packages whose versions were taken from advisories, as nobody could be asked
}

// target is one package with findings, and every installed copy that is affected.
type target struct {
	name      string
	copies    []fettle.Node
	ids       []fettle.ID
	rules     []string // the advisories of the findings that matter now
	exploited bool     // one of them is known to be exploited
}

func (d *draft) run(ctx context.Context, p *fettle.Proposal) error {
	d.stale, d.untold = map[string]string{}, map[string]bool{}
	found, err := d.planner.Discover.Discover(ctx, fettle.Repo{Dir: d.repo.Dir, Path: d.project.Dir})
	if err != nil {
		return err
	}
	d.before = own(d.project, found.Findings)
	defer d.close()
	targets := d.targets()
	for i, t := range targets {
		d.planner.log("propose %d/%d: %s", i+1, len(targets), t.name)
		drafted, why, err := d.fix(ctx, t)
		if err != nil {
			return err
		}
		d.fixes = append(d.fixes, drafted...)
		for _, id := range t.ids {
			if why != "" {
				p.Unfixed[id] = why
			}
		}
	}
	if d.silence != nil {
		p.Gaps = append(p.Gaps, fettle.Gap{Stage: "propose", Subject: d.project.Lockfile, Reason: fmt.Sprintf(
			"the registry gave no answer for %d of %d packages with findings, so no fix was drafted for them (%v); check the network and the registry setting of %s, and run again",
			len(d.unasked), len(targets), d.silence, d.manager.Name())})
	}
	fixes, err := d.merge(ctx, d.fixes)
	if err != nil {
		return err
	}
	for _, f := range fixes {
		for _, id := range f.Resolves {
			delete(p.Unfixed, id)
		}
	}
	for _, f := range fixes {
		if err := d.describe(ctx, &f); err != nil {
			return err
		}
		p.Fixes = append(p.Fixes, f)
	}
	p.Gaps = append(p.Gaps, d.gaps()...)
	return nil
}

// gaps says which lockfiles stay behind and which packages nobody could be asked about.
func (d *draft) gaps() []fettle.Gap {
	var gaps []fettle.Gap
	for _, lock := range slices.Sorted(maps.Keys(d.stale)) {
		gaps = append(gaps, fettle.Gap{Stage: "propose", Subject: lock, Reason: "fixes change the manifest, the lockfile was not refreshed: " + d.stale[lock]})
	}
	if n := len(d.untold); n > 0 {
		gaps = append(gaps, fettle.Gap{Stage: "propose", Subject: d.project.Lockfile, Reason: fmt.Sprintf(
			"no registry was asked about %d packages (%s), since %s is not there to ask it: the versions proposed are those that advisories call fixed; whether they are served, "+
				"how old they are and what they need is not known", n, few(slices.Sorted(maps.Keys(d.untold))), d.manager.Name())})
	}
	return gaps
}

// own returns the findings of project.
func own(project fettle.Project, findings []fettle.Finding) []fettle.Finding {
	var own []fettle.Finding
	for _, f := range findings {
		if belongs(project, f) {
			own = append(own, f)
		}
	}
	return own
}

// belongs reports whether f is of project: several may live in one directory.
func belongs(project fettle.Project, f fettle.Finding) bool {
	if f.Kind != fettle.Dependency && f.Kind != "" || f.Project != project.Dir {
		return false
	}
	if f.Location.Path == project.Lockfile || len(f.Instances) == 0 {
		return f.Location.Path == project.Lockfile
	}
	node := manager.NodeOf(project, f.Instances[0].Key)
	return node != nil && node.Location == f.Instances[0].Location
}

// targets lists the packages with findings, that of the most urgent case first.
func (d *draft) targets() []target {
	var list []target
	for _, c := range d.cases {
		at := slices.IndexFunc(list, func(t target) bool { return t.name == c.Finding.Package.Name })
		if at < 0 {
			at = len(list)
			list = append(list, target{name: c.Finding.Package.Name})
		}
		t := &list[at]
		t.ids = append(t.ids, c.Finding.ID)
		if c.Priority.Outcome.Surfaced() {
			t.rules = append(t.rules, c.Finding.Rule)
		}
		t.exploited = t.exploited || exploited(c)
		for _, in := range c.Finding.Instances {
			t.add(d.project, in)
		}
	}
	return list
}

func (t *target) add(project fettle.Project, in fettle.Instance) {
	if slices.ContainsFunc(t.copies, func(n fettle.Node) bool { return n.Key == in.Key }) {
		return
	}
	if node := manager.NodeOf(project, in.Key); node != nil {
		t.copies = append(t.copies, *node)
	}
}

// missing returns the ids of a's findings that b has not, sorted.
func missing(a, b []fettle.Finding) []fettle.ID {
	have := map[fettle.ID]bool{}
	for _, f := range b {
		have[f.ID] = true
	}
	var ids []fettle.ID
	for _, f := range a {
		if !have[f.ID] {
			ids = append(ids, f.ID)
		}
	}
	slices.Sort(ids)
	return ids
}

// exploited reports whether a catalogue knows the finding of c to be exploited.
func exploited(c fettle.Case) bool {
	return slices.ContainsFunc(c.Evidence, func(e fettle.Evidence) bool { return e.Signal == fettle.KEV && e.Status == fettle.Known })
}

// few names the first of names.
func few(names []string) string {
	if len(names) > 3 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:3], ", "), len(names)-3)
	}
	return strings.Join(names, ", ")
}
