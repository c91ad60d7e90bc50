package propose

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/osv"
)

// Compose applies fix to the tree at dir, in which other fixes may be applied already, and returns its edits against the
// tree as it was, and what moved. No edits mean that the tree needs this fix no more. An error that wraps ErrRefused is a
// verdict on the fix.
func (n *NPM) Compose(ctx context.Context, dir string, fix fettle.Fix) ([]fettle.Edit, []fettle.Move, error) {
	n.start()
	found, err := n.Discover.Discover(ctx, fettle.Repo{Dir: dir, Path: fix.Project})
	if err != nil {
		return nil, nil, err
	}
	at := slices.IndexFunc(found.Inventory.Projects, func(p fettle.Project) bool { return p.Manager == "npm" && p.Dir == fix.Project })
	if at < 0 {
		return nil, nil, fmt.Errorf("there is no lockfile in %q any more: %w", fix.Project, fettle.ErrRefused)
	}
	project := found.Inventory.Projects[at]
	upgrades := standing(project, fix.Upgrades)
	if len(upgrades) == 0 {
		return nil, nil, nil
	}
	texts, err := n.derive(ctx, dir, project, upgrades)
	if err != nil {
		if refused(err) && !errors.Is(err, fettle.ErrRefused) {
			err = fmt.Errorf("%w: %w", err, fettle.ErrRefused)
		}
		return nil, nil, err
	}
	edits, err := editsOf(dir, texts)
	if err != nil {
		return nil, nil, err
	}
	for name, text := range texts {
		if err := os.WriteFile(filepath.Join(dir, filepath.FromSlash(name)), []byte(text), 0o644); err != nil {
			return nil, nil, err
		}
	}
	after, err := n.Discover.Discover(ctx, fettle.Repo{Dir: dir, Path: fix.Project})
	if err != nil {
		return nil, nil, err
	}
	return edits, moves(project, projectOf(after.Inventory, project.Lockfile)), nil
}

// standing returns the upgrades whose package still waits for them, at the versions and keys it has now: another fix may
// have taken it a part of the way.
func standing(project fettle.Project, upgrades []fettle.Upgrade) []fettle.Upgrade {
	var still []fettle.Upgrade
	for _, u := range upgrades {
		for _, node := range project.Nodes {
			if !waits(node, u) || u.Kind == fettle.Override && !heldByName(project, node, u.Holders) {
				continue
			}
			now := u
			now.Package, now.Keys = node.Package, []string{node.Key}
			still = addUpgrade(still, now)
		}
	}
	return still
}

// waits reports whether node is what u starts from, or has come from there towards where u leads.
func waits(node fettle.Node, u fettle.Upgrade) bool {
	if node.Package == u.Package {
		return true
	}
	if node.Name != u.Package.Name || node.Ecosystem != u.Package.Ecosystem || u.Kind != fettle.Direct || !node.Direct {
		return false
	}
	from, err := osv.CompareVersions("npm", u.Package.Version, node.Version)
	to, err2 := osv.CompareVersions("npm", node.Version, u.To)
	return err == nil && err2 == nil && from < 0 && to < 0
}

// heldByName reports whether one of the named packages needs node.
func heldByName(project fettle.Project, node fettle.Node, names []string) bool {
	return slices.ContainsFunc(node.Holders, func(e fettle.Edge) bool {
		return nodeOf(project, e.Holder) != nil && slices.Contains(names, nameOfKey(e.Holder))
	})
}

// discover reads what the tree at root would be with texts in place.
func (n *NPM) discover(ctx context.Context, root string, project fettle.Project, texts map[string]string) (fettle.Discovery, error) {
	s, err := n.stage(root, project)
	if err != nil {
		return fettle.Discovery{}, err
	}
	defer os.RemoveAll(s.dir)
	// The stage stands for the project, the tree around it only gives it its place.
	top, err := os.MkdirTemp(n.Temp, "tree-")
	if err != nil {
		return fettle.Discovery{}, err
	}
	defer os.RemoveAll(top)
	place := filepath.Join(top, filepath.FromSlash(project.Dir))
	if project.Dir != "" {
		if err := os.MkdirAll(filepath.Dir(place), 0o755); err != nil {
			return fettle.Discovery{}, err
		}
	} else {
		place = filepath.Join(top, "root")
		top = place
	}
	if err := os.Rename(s.dir, place); err != nil {
		return fettle.Discovery{}, err
	}
	for name, text := range texts {
		if err := os.WriteFile(filepath.Join(top, filepath.FromSlash(name)), []byte(text), 0o644); err != nil {
			return fettle.Discovery{}, err
		}
	}
	return n.Discover.Discover(ctx, fettle.Repo{Dir: top, Path: project.Dir})
}

// sameMoves reports whether the same packages move in two changes of a lockfile, each from its first text to its second.
func (n *NPM) sameMoves(ctx context.Context, project fettle.Project, a, b [2]string) (bool, error) {
	var seen [2][]fettle.Move
	for i, change := range [][2]string{a, b} {
		before, err := n.lockOnly(ctx, project, change[0])
		if err != nil {
			return false, err
		}
		after, err := n.lockOnly(ctx, project, change[1])
		if err != nil {
			return false, err
		}
		seen[i] = moves(before, after)
	}
	return slices.Equal(seen[0], seen[1]), nil
}

// lockOnly reads the packages of a lockfile's text.
func (n *NPM) lockOnly(ctx context.Context, project fettle.Project, text string) (fettle.Project, error) {
	dir, err := os.MkdirTemp(n.Temp, "lock-")
	if err != nil {
		return fettle.Project{}, err
	}
	defer os.RemoveAll(dir)
	name := path.Base(project.Lockfile)
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
		return fettle.Project{}, err
	}
	found, err := n.Discover.Discover(ctx, fettle.Repo{Dir: dir})
	return projectOf(found.Inventory, name), err
}

func projectOf(inventory fettle.Inventory, lockfile string) fettle.Project {
	for _, p := range inventory.Projects {
		if p.Lockfile == lockfile {
			return p
		}
	}
	return fettle.Project{}
}
