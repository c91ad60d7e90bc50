package propose

import (
	"context"
	"fmt"
	"slices"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// draft is the work on one project.
type draft struct {
	npm     *NPM
	repo    fettle.Repo
	project fettle.Project
	cases   []fettle.Case
	before  []fettle.Finding
	fixes   []fettle.Fix            // so far, before they are merged
	passed  map[fettle.Package]bool // versions that bring a finding in through what they need
	unasked []string                // packages for which the registry gave no answer
	silence error                   // the first such
}

// target is one package with findings, and every installed copy that is affected.
type target struct {
	name   string
	copies []fettle.Node
	ids    []fettle.ID
}

func (d *draft) run(ctx context.Context, p *fettle.Proposal) error {
	found, err := d.npm.Discover.Discover(ctx, fettle.Repo{Dir: d.repo.Dir, Path: d.project.Dir})
	if err != nil {
		return err
	}
	d.before = d.own(found.Findings)
	targets := d.targets()
	for i, t := range targets {
		d.npm.log("propose %d/%d: %s", i+1, len(targets), t.name)
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
			"the registry gave no answer for %d of %d packages with findings, so no fix was drafted for them (%v); check the network and npm's registry setting, and run again",
			len(d.unasked), len(targets), d.silence)})
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
	p.Fixes = append(p.Fixes, fixes...)
	return nil
}

// own returns the findings of this project's lockfile.
func (d *draft) own(findings []fettle.Finding) []fettle.Finding {
	var own []fettle.Finding
	for _, f := range findings {
		if f.Location.Path == d.project.Lockfile {
			own = append(own, f)
		}
	}
	return own
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
	if node := nodeOf(project, in.Key); node != nil {
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
