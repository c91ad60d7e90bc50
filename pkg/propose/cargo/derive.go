package cargo

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/propose/manager"
)

// Derive moves requirements of the project's manifests where an upgrade is direct, and has cargo lock exactly the versions
// asked for. What cargo changes in the lockfile of the unchanged tree as well is left out.
func (c *Cargo) Derive(ctx context.Context, root string, p fettle.Project, upgrades []fettle.Upgrade) (manager.Derivation, error) {
	for _, u := range upgrades {
		if err := check(u.Package, u.To); err != nil {
			return manager.Derivation{}, err
		}
	}
	s, err := c.stage(root, p)
	if err != nil {
		return manager.Derivation{}, err
	}
	defer s.remove()
	key := s.key(p, upgrades)
	have, ok := c.answered[key]
	if !ok {
		have.d, have.err = c.derive(ctx, s, p, upgrades)
		if verdict(have.err) {
			if c.answered == nil {
				c.answered = map[string]derived{}
			}
			c.answered[key] = have
		}
	}
	d := have.d
	d.Texts = maps.Clone(d.Texts)
	return d, have.err
}

func (c *Cargo) derive(ctx context.Context, s *stage, p fettle.Project, upgrades []fettle.Upgrade) (manager.Derivation, error) {
	d := manager.Derivation{Texts: map[string]string{}}
	for _, u := range upgrades {
		if err := c.declare(s, p, u, d.Texts); err != nil {
			return manager.Derivation{}, err
		}
	}
	if s.lock == "" {
		if len(d.Texts) == 0 {
			return manager.Derivation{}, fmt.Errorf("no manifest asks for %s below %s: %w", upgrades[0].Package, upgrades[0].To, fettle.ErrRefused)
		}
		return d, nil
	}
	before, err := c.unchanged(ctx, s, p)
	if errors.Is(err, manager.ErrNoTool) {
		return byHand(s, upgrades, d, err)
	}
	if err != nil {
		return manager.Derivation{}, err
	}
	if err := s.write(s.files); err != nil {
		return manager.Derivation{}, err
	}
	if err := s.write(d.Texts); err != nil {
		return manager.Derivation{}, err
	}
	for _, u := range upgrades {
		if err := c.lock(ctx, s, p, u); err != nil {
			return manager.Derivation{}, err
		}
	}
	after, err := s.now()
	if err != nil {
		return manager.Derivation{}, err
	}
	original := s.files[s.lock]
	if err := foreign(original, after); err != nil {
		return manager.Derivation{}, err
	}
	switch text, whole := mergeLock(original, before, after); {
	case isOld(original):
		d.Texts[s.lock] = after
		d.Notes = append(d.Notes, s.lock+" has the first format, which this cargo writes no more: it is rewritten as a whole")
	case text != original:
		d.Texts[s.lock] = text
		if whole {
			d.Notes = append(d.Notes, s.lock+" was out of step with its manifests, so cargo moved more than was asked for")
		}
	}
	if s.vendor != "" && len(d.Texts) > 0 {
		d.Stale = append(d.Stale, s.vendor)
		d.Why = "the folder that .cargo/config.toml takes crates from was not refreshed; run cargo vendor"
	}
	return d, nil
}

// unchanged returns the lockfile that cargo writes for the unchanged tree: what differs from the original is its own habit.
func (c *Cargo) unchanged(ctx context.Context, s *stage, p fettle.Project) (string, error) {
	key := s.key(p, nil)
	if text, ok := c.settled[key]; ok {
		return text, nil
	}
	if _, err := c.run(ctx, s.dir, s.at(p), "update", "--workspace"); err != nil {
		return "", err
	}
	text, err := s.now()
	if err != nil {
		return "", err
	}
	if c.settled == nil {
		c.settled = map[string]string{}
	}
	c.settled[key] = text
	return text, nil
}

// at is the project's folder, relative to the root of the copy.
func (s *stage) at(p fettle.Project) string { return filepath.Join(tree, filepath.FromSlash(p.Dir)) }

// declare moves the requirements of the project's own manifests on a package, where the upgrade says so.
func (c *Cargo) declare(s *stage, p fettle.Project, u fettle.Upgrade, texts map[string]string) error {
	if u.Kind != fettle.Direct {
		return nil
	}
	moved := 0
	for _, name := range slices.Sorted(maps.Keys(s.files)) {
		if path.Base(name) != "Cargo.toml" || !owns(p, name) {
			continue
		}
		text, ok := texts[name]
		if !ok {
			text = s.files[name]
		}
		edited, n, err := c.editManifest(name, text, u)
		if err != nil {
			return err
		}
		if n > 0 {
			texts[name], moved = edited, moved+n
		}
	}
	if moved == 0 && s.lock == "" {
		return fmt.Errorf("no manifest of the project asks a registry for %s %s: %w", u.Package.Name, u.Package.Version, fettle.ErrRefused)
	}
	return nil
}

// owns reports whether a manifest may be of the project: it is its own or lies below it, or declares what its nodes say.
func owns(p fettle.Project, manifest string) bool {
	if dir := path.Dir(manifest); p.Dir == "" || dir == p.Dir || strings.HasPrefix(dir, p.Dir+"/") {
		return true
	}
	return slices.ContainsFunc(p.Nodes, func(n fettle.Node) bool { return n.Manifest != nil && n.Manifest.Path == manifest })
}

// lock has cargo move one package to exactly the version asked for.
func (c *Cargo) lock(ctx context.Context, s *stage, p fettle.Project, u fettle.Upgrade) error {
	text, err := s.now()
	if err != nil {
		return err
	}
	if !slices.Contains(versionsOf(text, u.Package.Name), u.Package.Version) {
		return c.fresh(ctx, s, p, u, text) // it moved along with another
	}
	err = c.precise(ctx, s, p, u, u.Package.Version)
	if err == nil || u.Kind != fettle.Direct || !errors.Is(err, fettle.ErrRefused) {
		return err
	}
	// The old version may have to stay for others: then cargo locks what the new requirement brings beside it.
	if err := s.write(map[string]string{s.lock: text}); err != nil {
		return err
	}
	if _, again := c.run(ctx, s.dir, s.at(p), "update", "--workspace"); again != nil {
		return errors.Join(err, again)
	}
	if text, err = s.now(); err != nil {
		return err
	}
	return c.fresh(ctx, s, p, u, text)
}

// fresh takes versions of a package that the lockfile did not have before back to the one asked for: cargo locks the newest
// where nothing is locked.
func (c *Cargo) fresh(ctx context.Context, s *stage, p fettle.Project, u fettle.Upgrade, text string) error {
	had := versionsOf(s.files[s.lock], u.Package.Name)
	for _, v := range versionsOf(text, u.Package.Name) {
		if v == u.To || slices.Contains(had, v) {
			continue
		}
		if err := c.precise(ctx, s, p, u, v); err != nil {
			return err
		}
	}
	return nil
}

func (c *Cargo) precise(ctx context.Context, s *stage, p fettle.Project, u fettle.Upgrade, from string) error {
	_, err := c.run(ctx, s.dir, s.at(p), "update", "--package", u.Package.Name+"@"+from, "--precise", u.To)
	if err == nil {
		now, err := s.now()
		if have := versionsOf(now, u.Package.Name); err == nil && !slices.Contains(have, u.To) && len(have) > 0 {
			err = fmt.Errorf("cargo locks %s %s where %s was asked for: %w", u.Package.Name, strings.Join(have, " and "), u.To, fettle.ErrRefused)
		}
		return err
	}
	if said := new(fault); errors.As(err, &said) && strings.Contains(said.text, "no matching package named `"+u.Package.Name+"` found") {
		return fmt.Errorf("%s %s is not served, or it is yanked: %w", u.Package.Name, u.To, err)
	}
	return err
}

// byHand is what can be done without cargo: requirements have moved, and the lockfile stays behind.
func byHand(s *stage, upgrades []fettle.Upgrade, d manager.Derivation, cause error) (manager.Derivation, error) {
	var commands []string
	for _, u := range upgrades {
		commands = append(commands, fmt.Sprintf("cargo update -p %s@%s --precise %s", u.Package.Name, u.Package.Version, u.To))
	}
	todo := strings.Join(commands, " && ")
	if len(d.Texts) == 0 {
		return manager.Derivation{}, fmt.Errorf("only %s moves, which takes cargo; run %s: %w: %w", s.lock, todo, fettle.ErrRefused, cause)
	}
	d.Stale = append(d.Stale, s.lock)
	why := "there is no cargo here"
	if said := new(fault); errors.As(cause, &said) {
		why = "the installed cargo cannot read the project (" + said.text + ")"
	}
	d.Why = why + ", so only the manifest was moved; run " + todo
	return d, nil
}
