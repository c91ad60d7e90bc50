package python

import (
	"context"
	"fmt"

	"github.com/fettle-dev/fettle/pkg/discover/python"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// nearer looks at what a tool moved beyond what it was asked for: lockfiles do not always say what holders ask for, so a tool
// may move a holder, to the newest version. It returns upgrades with the smallest version of each such holder that admits
// what was asked for; ok is false where all are that small, or nothing is known of them.
func (t *Tools) nearer(ctx context.Context, p fettle.Project, derived string, upgrades []fettle.Upgrade) (all []fettle.Upgrade, notes []string, ok bool, err error) {
	all = append(all, upgrades...)
	asked := map[string]string{}
	for _, u := range upgrades {
		asked[python.Normalize(u.Package.Name)] = u.To
	}
	after := map[string][]string{}
	for _, b := range parseTOMLLock(unixLines(derived)).packages {
		name := python.Normalize(b.value("name"))
		after[name] = append(after[name], b.value("version"))
	}
	before := map[string]int{}
	for _, n := range p.Nodes {
		before[n.Name]++
	}
	for _, n := range p.Nodes {
		now := after[n.Name]
		if asked[n.Name] != "" || before[n.Name] != 1 || len(now) != 1 || !comparable(n.Version) || !comparable(now[0]) || order(now[0], n.Version) <= 0 {
			continue
		}
		to, found, err := t.admitting(ctx, n, now[0], asked)
		if err != nil {
			return nil, nil, false, err
		}
		if found && order(to, now[0]) < 0 {
			ok = true
			all = append(all, fettle.Upgrade{Package: n.Package, To: to, Kind: fettle.LockOnly, Keys: []string{n.Key}})
			notes = append(notes, fmt.Sprintf("%s moves to %s, since it does not admit before what is asked for", n.Package, to))
		}
	}
	return all, notes, ok, nil
}

// admitting is the smallest version of holder, after its own and up to most, that admits all that is asked for.
func (t *Tools) admitting(ctx context.Context, holder fettle.Node, most string, asked map[string]string) (string, bool, error) {
	p, err := t.page(ctx, holder.Name)
	if err != nil {
		return "", false, err
	}
	var versions []string
	for _, v := range p.versions(holder.Version) {
		if order(v, holder.Version) > 0 && order(v, most) <= 0 && p.release(v, nil).Yanked == "" {
			versions = append(versions, v)
		}
	}
	heads, err := t.metadata(ctx, p, versions[:min(len(versions), maxHeads)])
	if err != nil {
		return "", false, err
	}
	for _, v := range versions {
		text, known := heads[v]
		fits := known
		for _, need := range needsOf(text, nil) {
			if to := asked[need.Name]; to != "" && need.Marker == "" && !python.Admits(need.Spec, to) {
				fits = false
			}
		}
		if fits {
			return v, true, nil
		}
	}
	return "", false, nil
}

// minimal locks upgrades with lock, with the smallest moves of what must move along: what they need first, then what holds
// them. A tool by itself takes the newest.
func (t *Tools) minimal(ctx context.Context, p fettle.Project, upgrades []fettle.Upgrade, lock func([]fettle.Upgrade) (string, error)) (derived string, notes []string, err error) {
	all, notes, err := t.follow(ctx, p, upgrades)
	if err != nil || len(all) == len(upgrades) {
		all, notes = upgrades, nil
	}
	derived, err = lock(all)
	if refusal(err) && len(all) > len(upgrades) {
		all, notes = upgrades, nil
		derived, err = lock(all)
	}
	if err != nil {
		return "", nil, err
	}
	closer, more, ok, nearErr := t.nearer(ctx, p, derived, all)
	if nearErr != nil || !ok {
		return derived, notes, nil
	}
	if better, err := lock(closer); err == nil {
		return better, append(notes, more...), nil
	}
	return derived, notes, nil
}
