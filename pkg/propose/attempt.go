package propose

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/osv"
	"github.com/fettle-dev/fettle/pkg/propose/manager"
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
		case errors.Is(err, manager.ErrRegistry):
			if errors.Is(err, manager.ErrUnreached) {
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
		for i, plan := range plans {
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
				f.Major = major || d.crosses(&f)
				f.Alternatives, err = d.others(ctx, t, f, plan, plans[i+1:])
				return &f, reason, err
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
	derived, err := d.manager.Derive(ctx, tree, d.project, p.upgrades)
	switch {
	case refused(err):
		return f, err.Error(), nil
	case err != nil:
		return f, "", err
	case len(derived.Texts) == 0:
		return f, fmt.Sprintf("%s keeps %s where it is", d.manager.Name(), p.upgrades[0].Package), nil
	}
	after, err := d.discover(ctx, derived.Texts)
	if err != nil {
		return f, "", err
	}
	then := manager.ProjectOf(after.Inventory, d.project.Lockfile)
	left := own(then, after.Findings)
	f = fettle.Fix{Kind: p.kind, Origin: d.manager.Name(), Project: d.project.Dir, Lockfile: d.project.Lockfile, Upgrades: p.upgrades, Notes: union(p.notes, derived.Notes), Stale: derived.Stale}
	f.Moves = manager.Moves(d.project, then)
	f.Resolves = missing(d.before, left)
	if len(f.Stale) > 0 {
		if left, err = d.expected(p.upgrades); err != nil {
			return f, "", err
		}
		f.Resolves = missing(d.before, left)
		for _, lock := range f.Stale {
			d.stale[lock] = derived.Why
		}
	}
	for _, id := range missing(left, d.before) {
		at := slices.IndexFunc(left, func(x fettle.Finding) bool { return x.ID == id })
		f.Introduces = append(f.Introduces, left[at])
	}
	for _, m := range f.Moves {
		if order, err := osv.CompareVersions(d.ecosystem(m), m.To, m.From); m.From != "" && m.To != "" && err == nil && order < 0 {
			return f, fmt.Sprintf("%s would take %s back from %s to %s", title(f), m.Name, m.From, m.To), nil
		}
	}
	f.Edits, err = editsOf(tree, derived.Texts)
	if err != nil {
		return f, "", err
	}
	f.Cost = d.cost(f)
	if len(f.Introduces) > 0 {
		return f, fmt.Sprintf("%s would bring %s in %s", title(f), f.Introduces[0].Rule, f.Introduces[0].Package), nil
	}
	if len(f.Resolves) == 0 {
		return f, title(f) + " leaves every finding where it is", nil
	}
	name(&f)
	return f, "", nil
}

// refused reports whether err is a verdict on what was asked of the manager, not a fault of the run.
func refused(err error) bool {
	return errors.Is(err, fettle.ErrRefused) || errors.Is(err, manager.ErrRegistry) || errors.Is(err, manager.ErrNoTool)
}

// expected returns the findings that stay once upgrades reach the lockfile, where that was not refreshed.
func (d *draft) expected(upgrades []fettle.Upgrade) ([]fettle.Finding, error) {
	var left []fettle.Finding
	for _, f := range d.before {
		stays := true
		for _, u := range upgrades {
			if u.Package.Name != f.Package.Name || u.Package.Ecosystem != f.Package.Ecosystem {
				continue
			}
			then, err := d.planner.affecting(at(u.Package, u.To))
			if err != nil {
				return nil, err
			}
			stays = slices.Contains(then, f.Rule)
		}
		if stays {
			left = append(left, f)
		}
	}
	return left, nil
}

// ecosystem returns that of the package that m moves.
func (d *draft) ecosystem(m fettle.Move) string {
	for _, n := range d.project.Nodes {
		if n.Name == m.Name {
			return n.Ecosystem
		}
	}
	return ""
}

// crosses reports whether f takes a package that the project itself declares to a new major version, which its range admits
// as well. For a package further down that is noted: what holds it vouches for it.
func (d *draft) crosses(f *fettle.Fix) bool {
	own := false
	for _, u := range f.Upgrades {
		if !breaking(u.Package.Version, u.To) {
			continue
		}
		if slices.ContainsFunc(u.Keys, func(key string) bool { n := manager.NodeOf(d.project, key); return n != nil && n.Direct }) {
			own = true
			continue
		}
		f.Notes = append(f.Notes, fmt.Sprintf("%s moves to the major version %s, which the ranges of its holders admit", u.Package, u.To))
	}
	return own
}
