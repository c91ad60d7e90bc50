package propose

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/osv"
)

// fix drafts for one target: the smallest upgrade that breaks no semantic version, and one that may where more is cleared
// by it. why says what stands in the way where some finding keeps no fix.
func (d *draft) fix(ctx context.Context, t target) (fixes []fettle.Fix, why string, err error) {
	cleared := map[fettle.ID]bool{}
	for _, major := range []bool{false, true} {
		if len(cleared) == len(t.ids) {
			break
		}
		f, reason, err := d.best(ctx, t, major, cleared)
		switch {
		case errors.Is(err, errRegistry):
			if unasked(err) {
				d.unasked = append(d.unasked, t.name)
				d.silence = cmp.Or(d.silence, err)
			}
			return fixes, err.Error(), nil
		case err != nil:
			return fixes, "", err
		case reason != "":
			why = reason
		}
		if f == nil {
			continue
		}
		for _, id := range t.ids {
			if slices.Contains(f.Resolves, id) {
				cleared[id] = true
			} else {
				f.Remains = append(f.Remains, id)
			}
		}
		fixes = append(fixes, *f)
	}
	if why == "" && len(cleared) < len(t.ids) {
		why = fmt.Sprintf("no version of %s within reach clears it and brings no other finding", t.name)
	}
	return fixes, why, nil
}

// maxRetries is how often a target is planned anew because what was tried brought a finding in.
const maxRetries = 4

// best returns the first fix of t that clears a finding which is not cleared yet, or nil, also where a fix that is drafted
// already clears them all, which cleared then tells. reason is what was wrong with what
// came before it.
func (d *draft) best(ctx context.Context, t target, major bool, cleared map[fettle.ID]bool) (best *fettle.Fix, reason string, err error) {
	d.passed = map[fettle.Package]bool{}
	for range maxRetries {
		plans, stuck, err := d.plans(ctx, t, major)
		if err != nil {
			return nil, "", err
		}
		if reason == "" {
			reason = stuck
		}
		again := false
		for _, plan := range plans {
			done, err := d.extend(ctx, plan, t, major)
			if err != nil {
				return nil, "", err
			}
			if done {
				for _, id := range t.ids {
					cleared[id] = true
				}
				return nil, "", nil
			}
			f, why, err := d.try(ctx, plan)
			if err != nil {
				return nil, "", err
			}
			if why != "" {
				reason = why
				again = d.pass(f) || again
				continue
			}
			if slices.ContainsFunc(t.ids, func(id fettle.ID) bool { return slices.Contains(f.Resolves, id) && !cleared[id] }) {
				f.Major = major
				return &f, reason, nil
			}
		}
		if !again {
			break
		}
	}
	return nil, reason, nil
}

// extend adds plan to a drafted fix that clears all findings of t already and that it would be merged with, so that what
// moves along moves no further than it must. done is false where there is no such fix.
func (d *draft) extend(ctx context.Context, p plan, t target, major bool) (done bool, err error) {
	own := fettle.Fix{Kind: p.kind, Upgrades: p.upgrades, Notes: p.notes, Resolves: t.ids, Major: major}
	for i, f := range d.fixes {
		if !mergeable(f, own) || !covers(f.Resolves, t.ids) {
			continue
		}
		joint, ok, err := d.join(ctx, f, own)
		if err != nil || !ok {
			return false, err
		}
		d.fixes[i] = joint
		return true, nil
	}
	return false, nil
}

// pass marks the upgrades of f that bring a finding in, so that the next plan takes other versions, and reports whether
// there were any.
func (d *draft) pass(f fettle.Fix) bool {
	found := false
	for _, in := range f.Introduces {
		for _, copy := range in.Instances {
			for _, way := range copy.Paths {
				for _, u := range f.Upgrades {
					to := u.Package
					to.Version = u.To
					if slices.Contains(way, to.String()) && !d.passed[to] {
						d.passed[to], found = true, true
					}
				}
			}
		}
	}
	return found
}

// try derives the tree of a plan and reads what became of the findings. reason says why the plan is no good.
func (d *draft) try(ctx context.Context, p plan) (f fettle.Fix, reason string, err error) {
	tree := d.repo.Dir
	texts, err := d.npm.derive(ctx, tree, d.project, p.upgrades)
	switch {
	case refused(err):
		return f, err.Error(), nil
	case err != nil:
		return f, "", err
	case len(texts) == 0:
		return f, fmt.Sprintf("npm keeps %s where it is", p.upgrades[0].Package), nil
	}
	after, err := d.npm.discover(ctx, tree, d.project, texts)
	if err != nil {
		return f, "", err
	}
	left := d.own(after.Findings)
	f = fettle.Fix{Kind: p.kind, Origin: "npm", Project: d.project.Dir, Upgrades: p.upgrades, Notes: p.notes}
	f.Moves = moves(d.project, projectOf(after.Inventory, d.project.Lockfile))
	f.Resolves = missing(d.before, left)
	for _, id := range missing(left, d.before) {
		at := slices.IndexFunc(left, func(x fettle.Finding) bool { return x.ID == id })
		f.Introduces = append(f.Introduces, left[at])
	}
	for _, m := range f.Moves {
		if order, err := osv.CompareVersions("npm", m.To, m.From); m.From != "" && m.To != "" && err == nil && order < 0 {
			return f, fmt.Sprintf("%s would take %s back from %s to %s", title(f), m.Name, m.From, m.To), nil
		}
	}
	f.Edits, err = editsOf(tree, texts)
	if err != nil {
		return f, "", err
	}
	if len(f.Introduces) > 0 {
		return f, fmt.Sprintf("%s would bring %s in %s", title(f), f.Introduces[0].Rule, f.Introduces[0].Package), nil
	}
	if len(f.Resolves) == 0 {
		return f, title(f) + " leaves every finding where it is", nil
	}
	name(&f)
	return f, "", nil
}
