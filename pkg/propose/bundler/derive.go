package bundler

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/propose/manager"
)

// Derive moves requirements of the project's Gemfile and gemspecs where an upgrade is direct, and has Bundler resolve
// exactly the versions asked for, all other gems held where they are. Where that cannot be, what the moved gems need may
// move as well. The result is written into the lockfile gem by gem.
func (b *Bundler) Derive(ctx context.Context, root string, p fettle.Project, upgrades []fettle.Upgrade) (manager.Derivation, error) {
	for _, u := range upgrades {
		if err := check(u.Package, u.To); err != nil {
			return manager.Derivation{}, err
		}
		if u.Kind == fettle.Override {
			return manager.Derivation{}, fmt.Errorf("Bundler has no pin for what other gems hold: %w", fettle.ErrRefused)
		}
	}
	files, err := load(root, p)
	if err != nil {
		return manager.Derivation{}, fmt.Errorf("read the files of %q: %w", p.Lockfile, err)
	}
	key := keyOf(files, p, upgrades)
	have, ok := b.answered[key]
	if !ok {
		have.d, have.err = b.derive(ctx, files, p, upgrades)
		if verdict(have.err) {
			if b.answered == nil {
				b.answered = map[string]derived{}
			}
			b.answered[key] = have
		}
	}
	d := have.d
	d.Texts = maps.Clone(d.Texts)
	return d, have.err
}

func (b *Bundler) derive(ctx context.Context, files map[string]string, p fettle.Project, upgrades []fettle.Upgrade) (manager.Derivation, error) {
	d := manager.Derivation{Texts: map[string]string{}}
	declared := map[string]string{}
	for _, u := range upgrades {
		if err := b.declare(files, p, u, d.Texts, declared); err != nil {
			return manager.Derivation{}, err
		}
	}
	if !isLock(p.Lockfile) {
		return d, nil
	}
	original := parseLock(files[p.Lockfile])
	r, err := newResolution(original, declared, upgrades)
	if err != nil {
		return manager.Derivation{}, err
	}
	moved, notes, err := b.resolve(ctx, r)
	if errors.Is(err, manager.ErrNoTool) {
		return byHand(p, upgrades, d, err)
	}
	if err != nil {
		return manager.Derivation{}, err
	}
	d.Notes = append(d.Notes, notes...)
	if text := original.merge(moved, declared, nil); text != files[p.Lockfile] {
		d.Texts[p.Lockfile] = text
		if original.has("CHECKSUMS") {
			d.Notes = append(d.Notes, p.Lockfile+" has no checksums of the gems that move yet; bundle install fills them in")
		}
	}
	return d, nil
}

// declare moves the requirements of the project's own files on a gem, where the upgrade says so.
func (b *Bundler) declare(files map[string]string, p fettle.Project, u fettle.Upgrade, texts, declared map[string]string) error {
	if u.Kind != fettle.Direct {
		return nil
	}
	moved, found := 0, 0
	for _, file := range slices.Sorted(maps.Keys(files)) {
		if file == p.Lockfile && isLock(file) {
			continue
		}
		text, ok := texts[file]
		if !ok {
			text = files[file]
		}
		edited, n, now, err := b.edit(file, text, u)
		if err != nil {
			return err
		}
		if now != nil {
			declared[u.Package.Name] = canonical(now)
			found++
		}
		if n > 0 {
			texts[file], moved = edited, moved+n
		}
	}
	if moved == 0 && found == 0 {
		return fmt.Errorf("no plain declaration of %s was found in the Gemfile, which was read as text and not run; ask for %s by hand: %w", u.Package.Name, u.To, fettle.ErrRefused)
	}
	return nil
}

// byHand is what can be done without Bundler: requirements have moved, and the lockfile stays behind.
func byHand(p fettle.Project, upgrades []fettle.Upgrade, d manager.Derivation, cause error) (manager.Derivation, error) {
	var names []string
	for _, u := range upgrades {
		names = append(names, u.Package.Name)
	}
	todo := "bundle lock --conservative --update " + strings.Join(names, " ")
	if len(d.Texts) == 0 {
		return manager.Derivation{}, fmt.Errorf("only %s moves, which takes Bundler; run %s: %w: %w", p.Lockfile, todo, fettle.ErrRefused, cause)
	}
	d.Stale = append(d.Stale, p.Lockfile)
	d.Why = "there is no Bundler that could be run here, so only the Gemfile was moved; run " + todo
	return d, nil
}

// Bounds of what is read of a project.
const (
	maxFiles = 200
	maxBytes = 32 << 20
)

// load reads the lockfile, the Gemfile and the other files that the project's gems are declared in.
func load(root string, p fettle.Project) (map[string]string, error) {
	from, err := os.OpenRoot(root)
	if err != nil {
		return nil, err
	}
	defer from.Close()
	wanted := map[string]bool{p.Lockfile: true, p.Manifest: true}
	for _, n := range p.Nodes {
		if n.Manifest != nil {
			wanted[n.Manifest.Path] = true
		}
	}
	delete(wanted, "")
	if len(wanted) > maxFiles {
		return nil, fmt.Errorf("more than %d files: %w", maxFiles, fettle.ErrRefused)
	}
	files := map[string]string{}
	left := maxBytes
	for _, name := range slices.Sorted(maps.Keys(wanted)) {
		text, err := read(from, name, left)
		if errors.Is(err, fs.ErrNotExist) && name != p.Lockfile {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w: %w", path.Base(name), err, fettle.ErrRefused)
		}
		left -= len(text)
		files[name] = text
	}
	return files, nil
}

func read(from *os.Root, name string, limit int) (string, error) {
	f, err := from.Open(filepath.FromSlash(name))
	if err != nil {
		return "", err
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return "", errors.New("it is not a regular file")
	}
	data, err := io.ReadAll(io.LimitReader(f, int64(limit)+1))
	if err == nil && len(data) > limit {
		err = fmt.Errorf("the files of the project are larger than %d MiB", maxBytes>>20)
	}
	return string(data), err
}

func keyOf(files map[string]string, p fettle.Project, upgrades []fettle.Upgrade) string {
	h := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(files)) {
		fmt.Fprintf(h, "%q %q\n", name, files[name])
	}
	fmt.Fprintf(h, "%q\n", p.Lockfile)
	for _, u := range upgrades {
		fmt.Fprintf(h, "%q %q %q\n", u.Package, u.To, u.Kind)
	}
	return hex.EncodeToString(h.Sum(nil))
}
