package propose

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/osv"
	"github.com/fettle-dev/fettle/pkg/propose/manager"
)

// Compose applies fix to the tree at dir, in which other fixes may be applied already, and returns its edits against the
// tree as it was, and what moved. No edits mean that the tree needs this fix no more. An error that wraps ErrRefused is a
// verdict on the fix.
func (p *Planner) Compose(ctx context.Context, dir string, fix fettle.Fix) ([]fettle.Edit, []fettle.Move, error) {
	p.start()
	found, err := p.Discover.Discover(ctx, fettle.Repo{Dir: dir, Path: fix.Project})
	if err != nil {
		return nil, nil, err
	}
	project, m, ok := p.drafter(found.Inventory, fix)
	if !ok {
		return nil, nil, fmt.Errorf("there is no lockfile in %q any more: %w", fix.Project, fettle.ErrRefused)
	}
	traits := m.Traits(project)
	upgrades := standing(project, fix.Upgrades, traits.Single || traits.RootWins)
	if len(upgrades) == 0 {
		return nil, nil, nil
	}
	derived, err := m.Derive(ctx, dir, project, upgrades)
	if err != nil {
		if refused(err) && !errors.Is(err, fettle.ErrRefused) {
			err = fmt.Errorf("%w: %w", err, fettle.ErrRefused)
		}
		return nil, nil, err
	}
	edits, err := editsOf(dir, derived.Texts)
	if err != nil {
		return nil, nil, err
	}
	for name, text := range derived.Texts {
		if err := os.WriteFile(filepath.Join(dir, filepath.FromSlash(name)), []byte(text), 0o644); err != nil {
			return nil, nil, err
		}
	}
	after, err := p.Discover.Discover(ctx, fettle.Repo{Dir: dir, Path: fix.Project})
	if err != nil {
		return nil, nil, err
	}
	return edits, manager.Moves(project, manager.ProjectOf(after.Inventory, project.Lockfile)), nil
}

// drafter finds the project that fix is for, and who drafted it: of several in one directory the one that holds what moves.
func (p *Planner) drafter(inventory fettle.Inventory, fix fettle.Fix) (project fettle.Project, m manager.Manager, ok bool) {
	for _, candidate := range inventory.Projects {
		if candidate.Dir != fix.Project || fix.Lockfile != "" && candidate.Lockfile != fix.Lockfile {
			continue
		}
		if by := p.managerOf(candidate); by != nil && by.Name() == fix.Origin {
			return candidate, by, true
		}
	}
	return project, nil, false
}

// standing returns the upgrades whose package still waits for them, at the versions and keys it has now: another fix may
// have taken it a part of the way.
func standing(project fettle.Project, upgrades []fettle.Upgrade, single bool) []fettle.Upgrade {
	var still []fettle.Upgrade
	for _, u := range upgrades {
		for _, node := range project.Nodes {
			if !waits(node, u, single) || u.Kind == fettle.Override && len(u.Holders) > 0 && !heldByName(project, node, u.Holders) {
				continue
			}
			now := u
			now.Package, now.Keys = node.Package, []string{node.Key}
			still = addUpgrade(still, now)
		}
	}
	return still
}

// waits reports whether node is what u starts from, or has come from there towards where u leads. Single says that there is
// one version of a package in a project, so that what another fix moved a part of the way is the same one.
func waits(node fettle.Node, u fettle.Upgrade, single bool) bool {
	if node.Package == u.Package {
		return true
	}
	if node.Name != u.Package.Name || node.Ecosystem != u.Package.Ecosystem || !single && (u.Kind != fettle.Direct || !node.Direct) {
		return false
	}
	from, err := osv.CompareVersions(node.Ecosystem, u.Package.Version, node.Version)
	to, err2 := osv.CompareVersions(node.Ecosystem, node.Version, u.To)
	return err == nil && err2 == nil && from < 0 && to < 0
}

// heldByName reports whether one of the named packages needs node.
func heldByName(project fettle.Project, node fettle.Node, names []string) bool {
	return slices.ContainsFunc(node.Holders, func(e fettle.Edge) bool {
		return manager.NodeOf(project, e.Holder) != nil && slices.Contains(names, manager.NameAt(project, e.Holder))
	})
}
