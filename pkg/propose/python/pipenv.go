package python

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/discover/python"
	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/propose/manager"
)

// Pipenv drafts for Pipfile.lock. pipenv itself locks everything anew, so the entries are edited one by one, and pip, which
// pipenv resolves with, says whether the result fits together.
type Pipenv struct{ *Tools }

// Name is "pipenv".
func (*Pipenv) Name() string { return "pipenv" }

// Claims reports whether p is a Pipfile.lock.
func (*Pipenv) Claims(p fettle.Project) bool {
	return p.Manager == "pipenv" && path.Base(p.Lockfile) == "Pipfile.lock"
}

// Traits are those of pipenv, which has no pin that goes beyond what holders ask for.
func (*Pipenv) Traits(fettle.Project) manager.Traits {
	return manager.Traits{Locks: true, Single: true}
}

// Reads reports whether pipenv reads files of this name.
func (*Pipenv) Reads(file string) bool {
	base := path.Base(file)
	return base == "Pipfile" || base == "Pipfile.lock"
}

// Derive edits the entries of upgrades and of what must move along.
func (m *Pipenv) Derive(ctx context.Context, root string, p fettle.Project, upgrades []fettle.Upgrade) (manager.Derivation, error) {
	if err := checked(upgrades); err != nil {
		return manager.Derivation{}, err
	}
	return m.lifted(ctx, p, upgrades, func(upgrades []fettle.Upgrade) (manager.Derivation, error) { return m.derive(ctx, root, p, upgrades) })
}

func (m *Pipenv) derive(ctx context.Context, root string, p fettle.Project, upgrades []fettle.Upgrade) (manager.Derivation, error) {
	files, err := project.OpenFiles(root)
	if err != nil {
		return manager.Derivation{}, err
	}
	defer files.Close()
	own := path.Join(p.Dir, "Pipfile")
	was := map[string]string{}
	for _, file := range []string{p.Lockfile, own} {
		data, err := files.Read(file)
		if err != nil {
			return manager.Derivation{}, fmt.Errorf("%s: %w: %w", file, err, fettle.ErrRefused)
		}
		was[file] = string(data)
	}
	texts, err := declare(p, was, upgrades)
	if err != nil {
		return manager.Derivation{}, err
	}
	all, notes, err := m.follow(ctx, p, upgrades)
	if errors.Is(err, manager.ErrNoTool) {
		return stale(texts, p, err, "pipenv lock")
	}
	if err != nil {
		return manager.Derivation{}, err
	}
	lock := was[p.Lockfile]
	if !gjson.Valid(lock) {
		return manager.Derivation{}, fmt.Errorf("%s is not JSON: %w", p.Lockfile, fettle.ErrRefused)
	}
	for _, u := range all {
		page, err := m.page(ctx, u.Package.Name)
		if err != nil {
			return manager.Derivation{}, err
		}
		if lock, err = moveLocked(lock, u, page); err != nil {
			return manager.Derivation{}, fmt.Errorf("%s: %w", p.Lockfile, err)
		}
	}
	lock, more, err := m.settle(ctx, lock, all)
	if err != nil {
		return manager.Derivation{}, fmt.Errorf("%s: %w", p.Lockfile, err)
	}
	notes = append(notes, more...)
	if text, ok := texts[own]; ok {
		hash, note, err := pipfileHash(lock, was[own], text)
		if err != nil {
			return manager.Derivation{}, fmt.Errorf("%s: %w: %w", own, err, fettle.ErrRefused)
		}
		if note != "" {
			notes = append(notes, note)
		} else {
			lock = replaced(lock, gjson.Get(lock, "_meta.hash.sha256"), `"`+hash+`"`)
		}
	}
	if lock != was[p.Lockfile] {
		texts[p.Lockfile] = lock
	}
	return manager.Derivation{Texts: texts, Notes: notes}, nil
}

// settle lets pip resolve all that is locked, and adds what the new versions bring along.
func (m *Pipenv) settle(ctx context.Context, lock string, upgrades []fettle.Upgrade) (text string, notes []string, err error) {
	d, where := lockedDemand(lock)
	set, _, err := m.prove(ctx, d)
	switch {
	case errors.Is(err, manager.ErrNoTool):
		return lock, []string{"pip is not there, so it is not proven that the lockfile still resolves"}, nil
	case errors.Is(err, errUnproven):
		versions := map[string]string{}
		for _, line := range d.requirements {
			if r, err := python.ParseRequirement(line); err == nil {
				versions[r.Name], _ = python.Pinned(r.Spec)
			}
		}
		unknown, checkErr := m.check(ctx, versions, upgrades)
		if checkErr != nil {
			return "", nil, checkErr
		}
		return lock, []string{fmt.Sprintf("checked by metadata only (%v); nothing is known of %d packages", err, len(unknown))}, nil
	case err != nil:
		return "", nil, err
	}
	var moved []string
	for _, u := range upgrades {
		moved = append(moved, python.Normalize(u.Package.Name))
	}
	added, via := newcomers(set, moved, func(name string) bool { return where[name] != "" })
	for _, r := range added {
		page, err := m.page(ctx, r.name)
		if err != nil {
			return "", nil, err
		}
		section := where[via[r.name][0]]
		if section == "" {
			section = "default"
		}
		where[r.name] = section
		lock = insertLocked(lock, section, r, page)
		notes = append(notes, fmt.Sprintf("%s %s is new: %s needs it", r.name, r.version, strings.Join(via[r.name], ", ")))
	}
	return lock, notes, nil
}
