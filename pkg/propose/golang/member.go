package golang

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"

	"golang.org/x/mod/semver"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/propose/manager"
)

// asker is a member of the project and what is to move in it.
type asker struct {
	dir      string
	upgrades []fettle.Upgrade
}

// askers finds the members whose requirements are below what is asked for; where none says so itself, those whose build
// list is.
func (g *Go) askers(ctx context.Context, s *stage, upgrades []fettle.Upgrade) ([]asker, error) {
	if s.work == "" {
		return []asker{{s.members[0], upgrades}}, nil
	}
	byDir := map[string][]fettle.Upgrade{}
	for _, u := range upgrades {
		found := false
		for _, dir := range s.members {
			all, _, _, err := requirements(path.Join(dir, "go.mod"), s.files[path.Join(dir, "go.mod")])
			if err != nil {
				return nil, err
			}
			if r, ok := all[u.Package.Name]; ok && semver.Compare(r.version, canonical(u.To)) < 0 {
				byDir[dir], found = append(byDir[dir], u), true
			}
		}
		for _, dir := range s.members {
			if found {
				break
			}
			out, err := g.run(ctx, s.dir, call{dir: s.at(dir), args: []string{"list", "-mod=mod", "-m", "-f", "{{.Version}}", u.Package.Name}})
			if err := s.reset(path.Join(dir, "go.mod"), path.Join(dir, "go.sum")); err != nil {
				return nil, err
			}
			lines := strings.Fields(out)
			if err == nil && len(lines) > 0 && semver.Compare(lines[len(lines)-1], canonical(u.To)) < 0 {
				byDir[dir] = append(byDir[dir], u)
			}
		}
	}
	var list []asker
	for _, dir := range s.members {
		if len(byDir[dir]) > 0 {
			list = append(list, asker{dir, byDir[dir]})
		}
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("no module of %s asks for %s below %s: %w", s.work, upgrades[0].Package.Name, upgrades[0].To, fettle.ErrRefused)
	}
	return list, nil
}

// outcome is a module as the go command left it.
type outcome struct{ mod, sum string }

// member moves what a asks for in one module. A member of a workspace may need others of it in versions that nobody serves:
// then those stand in for them.
func (g *Go) member(ctx context.Context, s *stage, a asker, d *manager.Derivation) error {
	m := unit{dir: a.dir, mod: path.Join(a.dir, "go.mod"), sum: path.Join(a.dir, "go.sum")}
	err := g.move(ctx, s, m, a, d)
	if errors.Is(err, manager.ErrRegistry) && s.work != "" {
		m.siblings = true
		if again := g.move(ctx, s, m, a, d); again == nil || !errors.Is(again, manager.ErrRegistry) {
			return again
		}
	}
	return err
}

func (g *Go) move(ctx context.Context, s *stage, m unit, a asker, d *manager.Derivation) error {
	base, err := g.tidy(ctx, s, m)
	if err != nil {
		return err
	}
	get := call{dir: s.at(m.dir), args: []string{"get"}}
	for _, u := range a.upgrades {
		get.args = append(get.args, u.Package.Name+"@"+canonical(u.To))
	}
	if err := s.begin(m); err != nil {
		return err
	}
	if _, err := g.run(ctx, s.dir, get); err != nil {
		return err
	}
	got, err := s.outcome(m)
	if err != nil {
		return err
	}
	after := got
	if base.ok {
		if _, err := g.run(ctx, s.dir, call{dir: s.at(m.dir), args: base.args}); err != nil {
			return err
		}
		if after, err = s.outcome(m); err != nil {
			return err
		}
	} else {
		if after.sum, err = g.loaded(ctx, s, m); err != nil {
			return err
		}
		d.Notes = append(d.Notes, fmt.Sprintf("go mod tidy cannot run on the unchanged %s (%s), so requirements that are needed no more stay; run it where it can", m.mod, base.why))
	}
	return g.settle(s, m, a, base, got, after, d)
}

// platforms are those whose packages are loaded where tidying, which looks at all, cannot be had.
var platforms = [][]string{{"GOOS=linux", "GOARCH=amd64"}, {"GOOS=windows", "GOARCH=amd64"}, {"GOOS=darwin", "GOARCH=arm64"}}

// loaded loads all packages of a module, so that the go command adds the sums that a build needs, and returns its go.sum.
func (g *Go) loaded(ctx context.Context, s *stage, m unit) (string, error) {
	for _, platform := range platforms {
		_, err := g.run(ctx, s.dir, call{dir: s.at(m.dir), env: platform,
			args: []string{"list", "-mod=mod", "-e", "-deps", "-test", "-f", "{{.ImportPath}}", "./..."}})
		var said *fault
		if err != nil && !errors.As(err, &said) {
			return "", err
		}
	}
	o, err := s.outcome(m)
	return o.sum, err
}

func (s *stage) outcome(m unit) (o outcome, err error) {
	if o.mod, err = s.now(m.mod); err == nil {
		o.sum, err = s.now(m.sum)
	}
	return o, err
}
