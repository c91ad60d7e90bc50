package python

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/python"
	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/propose/manager"
)

// Pip drafts for requirements files, and for manifests that pin versions and have no lockfile. It edits the pins where they
// stand; pip itself says whether the result still resolves.
type Pip struct{ *Tools }

// Name is "pip".
func (*Pip) Name() string { return "pip" }

// Claims reports whether p is a requirements file, or a manifest without a lockfile.
func (*Pip) Claims(p fettle.Project) bool {
	return python.IsManifest(p.Lockfile) && isPython(p.Manager) || p.Manager == "pip" && !isPylock(p.Lockfile)
}

func isPython(tool string) bool {
	return slices.Contains([]string{"pip", "poetry", "uv", "pdm", "pipenv"}, tool)
}

func isPylock(file string) bool {
	base := path.Base(file)
	return strings.HasPrefix(base, "pylock.") && strings.HasSuffix(base, ".toml")
}

// Traits are those of a list of pins: what pip-compile or uv wrote of another file is a lockfile in all but name.
func (*Pip) Traits(p fettle.Project) manager.Traits {
	locks := p.Manifest != "" && p.Manifest != p.Lockfile
	return manager.Traits{Locks: locks, Declares: !locks, Single: true}
}

// Reads reports whether pip or pip-compile reads or writes files of this name, those of any name that others include among them.
func (*Pip) Reads(file string) bool {
	ext := path.Ext(file)
	return python.IsRequirements(file) || python.IsManifest(file) || ext == ".txt" || ext == ".in" || ext == ".pip"
}

// Derive edits the pins of upgrades, and of what must move along, in all files that have to do with p.
func (m *Pip) Derive(ctx context.Context, root string, p fettle.Project, upgrades []fettle.Upgrade) (manager.Derivation, error) {
	if err := checked(upgrades); err != nil {
		return manager.Derivation{}, err
	}
	return m.lifted(ctx, p, upgrades, func(upgrades []fettle.Upgrade) (manager.Derivation, error) { return m.derive(ctx, root, p, upgrades) })
}

// lifted derives, and where pinned holders refuse what is asked for, once more with the holders moved.
func (t *Tools) lifted(ctx context.Context, p fettle.Project, upgrades []fettle.Upgrade, derive func([]fettle.Upgrade) (manager.Derivation, error)) (manager.Derivation, error) {
	d, refusal := derive(upgrades)
	if !errors.Is(refusal, fettle.ErrRefused) {
		return d, refusal
	}
	all, notes, ok, err := t.lift(ctx, p, upgrades)
	if err != nil || !ok {
		return d, refusal
	}
	if d, err = derive(all); err != nil {
		return manager.Derivation{}, refusal
	}
	d.Notes = append(notes, d.Notes...)
	return d, nil
}

func (m *Pip) derive(ctx context.Context, root string, p fettle.Project, upgrades []fettle.Upgrade) (manager.Derivation, error) {
	all, notes, err := m.follow(ctx, p, upgrades)
	if errors.Is(err, manager.ErrNoTool) {
		all, notes, err = upgrades, []string{"no Python is there to ask whether the new versions suit the others; try pip install --dry-run with them"}, nil
	}
	if err != nil {
		return manager.Derivation{}, err
	}
	if python.IsManifest(p.Lockfile) {
		return m.deriveManifest(ctx, root, p, all, notes)
	}
	tree, err := readTree(root, p)
	if err != nil {
		return manager.Derivation{}, err
	}
	for _, u := range all {
		note, err := m.move(ctx, tree, p, u)
		if err != nil {
			return manager.Derivation{}, err
		}
		notes = append(notes, note...)
	}
	if len(tree.changed()) == 0 {
		return manager.Derivation{}, nil
	}
	more, err := m.settle(ctx, tree, p, all)
	if err != nil {
		return manager.Derivation{}, err
	}
	texts := tree.changed()
	if python.IsManifest(p.Manifest) { // that the list is compiled of
		text, changed, err := declareIn(root, p.Manifest, all)
		if err != nil {
			return manager.Derivation{}, err
		}
		if changed {
			texts[p.Manifest] = text
		}
	}
	return manager.Derivation{Texts: texts, Notes: append(notes, more...)}, nil
}

// checked refuses what must not reach a file or a command line.
func checked(upgrades []fettle.Upgrade) error {
	for _, u := range upgrades {
		if !nameForm.MatchString(u.Package.Name) || !comparable(u.To) || strings.ContainsAny(u.Range, "\r\n\"'`#;") {
			return fmt.Errorf("%q %q is no package and version of Python: %w", u.Package.Name, u.To, fettle.ErrRefused)
		}
	}
	return nil
}

// move edits what the files say of one package.
func (m *Pip) move(ctx context.Context, tree *reqTree, p fettle.Project, u fettle.Upgrade) (notes []string, err error) {
	name := python.Normalize(u.Package.Name)
	var hashes []string
	hashed := slices.ContainsFunc(tree.files(), func(file string) bool { return hasHashes(tree.now[file]) })
	if hashed {
		page, err := m.page(ctx, name)
		if err != nil {
			return nil, err
		}
		hashes = page.hashes(u.To)
	}
	if _, err := tree.raise(u, hashes); err != nil {
		return nil, err
	}
	for _, file := range tree.files() {
		for _, r := range tree.parsed[file].List {
			if v, ok := python.Pinned(r.Spec); ok && r.Name == name && r.Address == "" && comparable(v) && order(v, u.To) == 0 {
				return nil, nil
			}
		}
	}
	// It stands nowhere: a constraint says what is installed without asking for it.
	for _, file := range tree.files() {
		for _, in := range tree.parsed[file].Includes {
			if _, ok := tree.now[in.File]; ok && in.Constraint {
				return []string{fmt.Sprintf("%s did not stand anywhere, so %s constrains it now", name, in.File)}, tree.add(in.File, name, u.To, hashes, nil)
			}
		}
	}
	return []string{fmt.Sprintf("%s did not stand anywhere and there is no constraints file, so %s pins it now", name, p.Lockfile)}, tree.add(p.Lockfile, name, u.To, hashes, nil)
}

// settle lets pip resolve what the files say now, and adds to a complete list what the new versions bring along.
func (m *Pip) settle(ctx context.Context, tree *reqTree, p fettle.Project, upgrades []fettle.Upgrade) (notes []string, err error) {
	var moved []string
	for _, u := range upgrades {
		moved = append(moved, python.Normalize(u.Package.Name))
	}
	for _, top := range tree.tops(p.Lockfile) {
		d := tree.demand(top)
		set, without, err := m.prove(ctx, d)
		if err == nil && len(without) > 0 {
			note, err := m.fallback(ctx, tree, top, upgrades, fmt.Errorf("pip resolved it without %s, which have no wheel for the Python at hand", strings.Join(without, ", ")))
			if err != nil {
				return nil, err
			}
			notes = append(notes, note)
		}
		switch {
		case errors.Is(err, errUnproven), errors.Is(err, manager.ErrNoTool):
			note, err := m.fallback(ctx, tree, top, upgrades, err)
			if err != nil {
				return nil, err
			}
			notes = append(notes, note)
			continue
		case errors.Is(err, fettle.ErrRefused):
			if note, ok := m.before(ctx, tree, top, err); ok {
				notes = append(notes, note)
				continue
			}
			return nil, fmt.Errorf("%s: %w", top, err)
		case err != nil:
			return nil, err
		}
		if len(d.left) > 0 {
			notes = append(notes, fmt.Sprintf("%s: %d requirements that are addresses or folders were left out when pip resolved it", top, len(d.left)))
		}
		complete := tree.parsed[p.Lockfile].Compiled || tree.parsed[p.Lockfile].Noted || hasHashes(tree.now[p.Lockfile])
		if !complete || top != p.Lockfile {
			continue
		}
		have := func(name string) bool {
			return slices.ContainsFunc(append(slices.Clone(d.requirements), d.constraints...), func(line string) bool {
				r, err := python.ParseRequirement(line)
				return err == nil && r.Name == name
			})
		}
		added, via := newcomers(set, moved, have)
		for _, r := range added {
			page, err := m.page(ctx, r.name)
			if err != nil {
				return nil, err
			}
			if err := tree.add(p.Lockfile, r.name, r.version, page.hashes(r.version), via[r.name]); err != nil {
				return nil, err
			}
			notes = append(notes, fmt.Sprintf("%s %s is new: %s needs it", r.name, r.version, strings.Join(via[r.name], ", ")))
		}
	}
	return notes, nil
}

// before reports whether pip refused the files as they were for the same reason, so that the fix is not to blame.
func (m *Pip) before(ctx context.Context, tree *reqTree, top string, refusal error) (note string, ok bool) {
	was := &reqTree{texts: tree.texts, now: tree.texts, parsed: map[string]python.Requirements{}}
	for file, text := range tree.texts {
		was.parsed[file] = python.ParseRequirements(file, []byte(text))
	}
	_, _, err := m.prove(ctx, was.demand(top))
	if err == nil || !errors.Is(err, fettle.ErrRefused) || err.Error() != refusal.Error() {
		return "", false
	}
	return fmt.Sprintf("%s did not resolve before the fix either (%s)", top, oneLine(err.Error(), 300)), true
}

// fallback judges by metadata what pip could not resolve.
func (m *Pip) fallback(ctx context.Context, tree *reqTree, top string, upgrades []fettle.Upgrade, why error) (string, error) {
	if errors.Is(why, manager.ErrNoTool) {
		return fmt.Sprintf("pip is not there, so it is not proven that %s still resolves; run pip install --dry-run -r %s", top, path.Base(top)), nil
	}
	set := map[string]string{}
	d := tree.demand(top)
	for _, line := range append(d.requirements, d.constraints...) {
		if r, err := python.ParseRequirement(line); err == nil {
			if v, ok := python.Pinned(r.Spec); ok {
				set[r.Name] = v
			}
		}
	}
	unknown, err := m.check(ctx, set, upgrades)
	if err != nil {
		return "", err
	}
	note := fmt.Sprintf("%s: %s; the rest was checked by metadata", top, why)
	if len(unknown) > 0 {
		note += fmt.Sprintf("; nothing is known of what %s need", strings.Join(unknown[:min(len(unknown), 10)], ", "))
	}
	return note, nil
}
