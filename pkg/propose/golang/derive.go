package golang

import (
	"context"
	"errors"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/propose/manager"
)

// Derive asks the go command for exactly the versions of upgrades and tidies. What tidying changes on its own accord, in the
// unchanged module as well, is left out. Upgrades that raise the go line are refused unless g.Raise.
func (g *Go) Derive(ctx context.Context, root string, p fettle.Project, upgrades []fettle.Upgrade) (manager.Derivation, error) {
	var modules, goes []fettle.Upgrade
	for _, u := range upgrades {
		if err := check(u.Package.Name, u.To); err != nil {
			return manager.Derivation{}, err
		}
		if isGo(u.Package.Name) {
			goes = append(goes, u)
		} else {
			modules = append(modules, u)
		}
	}
	s, err := g.stage(root, p, len(modules) == 0)
	if err != nil {
		return manager.Derivation{}, err
	}
	defer s.remove()
	key := s.key(p, upgrades)
	have, ok := g.answered[key]
	if !ok {
		have.d, have.err = g.derive(ctx, s, modules, goes)
		if verdict(have.err) {
			if g.answered == nil {
				g.answered = map[string]derived{}
			}
			g.answered[key] = have
		}
	}
	d := have.d
	d.Texts = maps.Clone(d.Texts)
	if have.err == nil {
		d = vendored(root, p, d)
	}
	return d, have.err
}

func (g *Go) derive(ctx context.Context, s *stage, modules, goes []fettle.Upgrade) (manager.Derivation, error) {
	d := manager.Derivation{Texts: map[string]string{}}
	for _, u := range modules {
		if err := s.replaced(u.Package.Name); err != nil {
			return manager.Derivation{}, err
		}
	}
	if len(modules) > 0 {
		err := g.deriveModules(ctx, s, modules, &d)
		if errors.Is(err, manager.ErrNoTool) {
			d = manager.Derivation{Texts: map[string]string{}}
			err = s.byHand(modules, err, &d)
		}
		if err != nil {
			return manager.Derivation{}, err
		}
	}
	if len(goes) > 0 {
		if err := s.raiseGo(goes, &d); err != nil {
			return manager.Derivation{}, err
		}
	}
	return d, nil
}

// deriveModules moves modules in each member that asks for them.
func (g *Go) deriveModules(ctx context.Context, s *stage, upgrades []fettle.Upgrade, d *manager.Derivation) error {
	askers, err := g.askers(ctx, s, upgrades)
	if err != nil {
		return err
	}
	sumsBefore := ""
	if s.work != "" {
		if sumsBefore, err = g.workSums(ctx, s); err != nil {
			return err
		}
	}
	for _, a := range askers {
		if err := g.member(ctx, s, a, d); err != nil {
			return err
		}
	}
	if s.work == "" || len(d.Texts) == 0 {
		return nil
	}
	after := &stage{dir: s.dir, files: maps.Clone(s.files), work: s.work, members: s.members}
	maps.Copy(after.files, d.Texts)
	if err := after.reset(slices.Collect(maps.Keys(after.files))...); err != nil {
		return err
	}
	sumsAfter, err := g.workSums(ctx, after)
	if err != nil {
		return err
	}
	name := path.Join(parent(s.work), "go.work.sum")
	original, ok := s.files[name]
	if text := mergeSums(original, sumsBefore, sumsAfter); ok && text != original { // without one, the go command writes its own
		d.Texts[name] = text
	}
	return nil
}

// unit is one module of a stage.
type unit struct {
	dir, mod, sum string
	siblings      bool // other modules of the workspace stand in for what it needs of them
}

// workSums returns the go.work.sum that the go command needs to load all packages of the workspace.
func (g *Go) workSums(ctx context.Context, s *stage) (string, error) {
	name := path.Join(parent(s.work), "go.work.sum")
	if err := s.reset(name); err != nil {
		return "", err
	}
	args := []string{"list", "-e", "-deps", "-test", "-f", "{{.ImportPath}}"}
	for _, dir := range s.members {
		args = append(args, folder(relative(parent(s.work), dir))+"/...")
	}
	_, err := g.run(ctx, s.dir, call{dir: s.at(parent(s.work)), work: filepath.Join(s.dir, tree, filepath.FromSlash(s.work)), args: args})
	var said *fault
	if err != nil && !errors.As(err, &said) {
		return "", err
	}
	return s.now(name)
}

// relative returns dir as seen from base.
func relative(base, dir string) string {
	rel, err := filepath.Rel("/"+base, "/"+dir)
	if err != nil {
		return dir
	}
	return filepath.ToSlash(rel)
}

// at is a folder of the repository, relative to the root of the copy.
func (s *stage) at(dir string) string { return filepath.Join(tree, filepath.FromSlash(dir)) }

func asked(upgrades []fettle.Upgrade) string {
	var list []string
	for _, u := range upgrades {
		list = append(list, u.Package.Name+" "+u.To)
	}
	return strings.Join(list, ", ")
}
