package npm

import (
	"context"
	"os"
	"path"
	"path/filepath"
	"slices"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/propose/manager"
)

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
		seen[i] = manager.Moves(before, after)
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
	return manager.ProjectOf(found.Inventory, name), err
}
