package composer

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/propose/manager"
	"github.com/fettle-dev/fettle/pkg/sandbox"
)

// Derive moves constraints of the project's manifest where an upgrade is direct, and has Composer lock exactly the versions
// asked for, without plugins and scripts. The result is written into the lockfile package by package.
func (c *Composer) Derive(ctx context.Context, root string, p fettle.Project, upgrades []fettle.Upgrade) (manager.Derivation, error) {
	for _, u := range upgrades {
		if err := check(u.Package, u.To); err != nil {
			return manager.Derivation{}, err
		}
		if u.Kind == fettle.Override {
			return manager.Derivation{}, fmt.Errorf("Composer has no pin for what other packages hold: %w", fettle.ErrRefused)
		}
	}
	files, err := load(root, p)
	if err != nil {
		return manager.Derivation{}, fmt.Errorf("read the files of %q: %w", p.Lockfile, err)
	}
	key := fmt.Sprintf("%x", sha256.Sum256(fmt.Appendf(nil, "%q %q %+v", p.Lockfile, files, upgrades)))
	have, ok := c.answered[key]
	if !ok {
		have.d, have.err = c.derive(ctx, files, p, upgrades)
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

func (c *Composer) derive(ctx context.Context, files map[string]string, p fettle.Project, upgrades []fettle.Upgrade) (manager.Derivation, error) {
	d := manager.Derivation{Texts: map[string]string{}}
	manifest := files[p.Manifest]
	for _, u := range upgrades {
		if u.Kind != fettle.Direct {
			continue
		}
		text, _, err := editManifest(p.Manifest, manifest, u)
		if err != nil {
			return d, err
		}
		manifest = text
	}
	if manifest != files[p.Manifest] {
		d.Texts[p.Manifest] = manifest
	}
	if !isLock(p.Lockfile) {
		return d, nil
	}
	original := files[p.Lockfile]
	after, notes, err := c.lock(ctx, manifest, original, upgrades)
	if errors.Is(err, manager.ErrNoTool) {
		return byHand(p, upgrades, d, err)
	}
	if err != nil {
		return manager.Derivation{}, err
	}
	for _, u := range upgrades {
		if got := versionIn(after, u.Package.Name); strings.TrimLeft(got, "vV") != strings.TrimLeft(u.To, "vV") {
			return manager.Derivation{}, fmt.Errorf("Composer locks %s %s where %s was asked for: %w", u.Package.Name, got, u.To, fettle.ErrRefused)
		}
	}
	hash := gjson.Get(strings.TrimPrefix(original, "\ufeff"), "content-hash")
	if manifest == files[p.Manifest] && hash.Str != gjson.Get(after, "content-hash").Str {
		d.Notes = append(d.Notes, p.Lockfile+" was out of step with "+p.Manifest+" before, and stays so; run composer update --lock")
		after, err = setHash(after, hash)
	}
	if err != nil {
		return manager.Derivation{}, err
	}
	text, err := merge(original, after)
	if err != nil {
		return manager.Derivation{}, err
	}
	if text != original {
		d.Texts[p.Lockfile] = text
	}
	d.Notes = append(d.Notes, notes...)
	return d, nil
}

// setHash puts back the hash of another manifest.
func setHash(lock string, hash gjson.Result) (string, error) {
	have := gjson.Get(lock, "content-hash")
	if have.Type != gjson.String || hash.Type != gjson.String || have.Index == 0 {
		return lock, nil
	}
	return lock[:have.Index] + hash.Raw + lock[have.Index+len(have.Raw):], nil
}

// byHand is what can be done without Composer: constraints have moved, and the lockfile stays behind.
func byHand(p fettle.Project, upgrades []fettle.Upgrade, d manager.Derivation, cause error) (manager.Derivation, error) {
	todo := "composer update --no-install --with-dependencies"
	for _, u := range upgrades {
		todo += " " + u.Package.Name + ":" + u.To
	}
	if len(d.Texts) == 0 {
		return manager.Derivation{}, fmt.Errorf("only %s moves, which takes Composer; run %s: %w: %w", p.Lockfile, todo, fettle.ErrRefused, cause)
	}
	d.Stale, d.Why = []string{p.Lockfile}, "there is no Composer that could be run here, so only the manifest was moved; run "+todo
	return d, nil
}

// lock has Composer move the packages: alone, or else with what they need, or else without regard to this machine's PHP.
func (c *Composer) lock(ctx context.Context, manifest, original string, upgrades []fettle.Upgrade) (after string, notes []string, err error) {
	args := []string{"update", "--no-install", "--no-scripts", "--no-plugins", "--no-interaction", "--no-audit", "--no-progress", "--no-ansi"}
	var names []string
	for _, u := range upgrades {
		names = append(names, u.Package.Name)
		args = append(args, "--with", u.Package.Name+":"+u.To)
	}
	ways := []struct {
		flags []string
		note  string
	}{
		{nil, ""},
		{[]string{"--with-dependencies"}, ""},
		{[]string{"--with-dependencies", "--ignore-platform-reqs"}, "Composer's check of PHP and its extensions was left out, since this machine has not those that the packages ask for; run composer check-platform-reqs where the project runs"},
	}
	for _, way := range ways {
		var again error
		_, after, again = c.run(ctx, manifest, original, append(append(slices.Clone(args), way.flags...), names...)...)
		if again == nil {
			if way.note != "" {
				notes = append(notes, way.note)
			}
			return after, notes, nil
		}
		if err == nil || !slices.Contains(way.flags, "--ignore-platform-reqs") {
			err = again
		}
		if !errors.Is(again, fettle.ErrRefused) || errors.Is(again, manager.ErrRegistry) {
			return "", nil, again
		}
		if len(way.flags) == 1 && !strings.Contains(again.Error(), "php") && !strings.Contains(again.Error(), "ext-") {
			break
		}
	}
	return "", nil, err
}

// maxBytes bounds a manifest and a lockfile.
const maxBytes = 32 << 20

// run runs Composer in a stage that holds a manifest, a lockfile and the user's configuration, and returns what it says and
// the lockfile that it leaves.
func (c *Composer) run(ctx context.Context, manifest, lock string, args ...string) (out, after string, err error) {
	dir, err := os.MkdirTemp(c.Temp, "composer-")
	if err != nil {
		return "", "", err
	}
	defer os.RemoveAll(dir)
	config := c.Config
	if config == "" {
		config = "{}"
	}
	files := map[string]string{"tree/composer.json": manifest, "home/config.json": config}
	if lock != "" {
		files["tree/composer.lock"] = lock
	}
	for name, text := range files {
		at := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			return "", "", err
		}
		if err := os.WriteFile(at, []byte(text), 0o644); err != nil {
			return "", "", err
		}
	}
	env := append(slices.Clone(c.Env), "COMPOSER_HOME=../home", "COMPOSER_ALLOW_SUPERUSER=1", "COMPOSER_NO_INTERACTION=1", "COMPOSER_DISABLE_XDEBUG_WARN=1", "COMPOSER_ROOT_VERSION=1.0.0", "COMPOSER_MEMORY_LIMIT=2G")
	result, err := c.Run.Run(ctx, dir, sandbox.Command{Args: append([]string{"composer"}, args...), Dir: "tree", Env: env, Network: true, Timeout: 5 * time.Minute, Output: 16 << 20})
	switch {
	case errors.Is(err, sandbox.ErrNotFound):
		return "", "", fmt.Errorf("there is no composer on the PATH; install Composer: %w", manager.ErrNoTool)
	case errors.Is(err, sandbox.ErrNoSandbox):
		return "", "", fmt.Errorf("Composer is not run without a sandbox: %w: %w", manager.ErrNoTool, err)
	case err != nil:
		return "", "", err
	case result.Ended != "":
		return "", "", fmt.Errorf("Composer was ended: %s: %w", result.Ended, manager.ErrRegistry)
	case result.Code != 0:
		return result.Output, "", fault(dir, result.Output)
	}
	if lock == "" {
		return result.Output, "", nil
	}
	at := filepath.Join(dir, "tree", "composer.lock")
	if info, err := os.Lstat(at); err != nil || !info.Mode().IsRegular() || info.Size() > maxBytes {
		return "", "", fmt.Errorf("Composer left no readable lockfile: %w", fettle.ErrRefused)
	}
	data, err := os.ReadFile(at)
	return result.Output, string(data), err
}

// Composer gives no codes that tell these apart: they are parts of its messages.
var (
	unreachable = []string{"Could not resolve host", "Failed to connect", "Connection refused", "curl error 6", "curl error 7"}
	unanswered  = []string{"could not be downloaded", "could not be fully loaded", "TransportException", "curl error", "HTTP/", "authentication required"}
)

func fault(dir, out string) error {
	has := func(parts []string) bool {
		return slices.ContainsFunc(parts, func(s string) bool { return strings.Contains(out, s) })
	}
	var lines []string
	for line := range strings.Lines(strings.NewReplacer(dir+"/", "", dir, ".").Replace(out)) {
		if line = strings.TrimSpace(line); line != "" && len(lines) < 12 {
			lines = append(lines, line)
		}
	}
	text := strings.Join(lines, "; ")
	if len(text) > 800 {
		text = strings.ToValidUTF8(text[:800], "") + " ..."
	}
	switch {
	case has(unreachable):
		return fmt.Errorf("Composer: %s: %w: %w", text, manager.ErrUnreached, manager.ErrRegistry)
	case has(unanswered):
		return fmt.Errorf("Composer: %s: %w", text, manager.ErrRegistry)
	}
	return fmt.Errorf("Composer: %s: %w", text, fettle.ErrRefused)
}

// load reads manifest and lockfile.
func load(root string, p fettle.Project) (map[string]string, error) {
	from, err := os.OpenRoot(root)
	if err != nil {
		return nil, err
	}
	defer from.Close()
	files := map[string]string{}
	for _, name := range []string{p.Manifest, p.Lockfile} {
		f, err := from.Open(filepath.FromSlash(name))
		if err != nil {
			return nil, fmt.Errorf("%s: %w: %w", path.Base(name), err, fettle.ErrRefused)
		}
		info, err := f.Stat()
		if err == nil && !info.Mode().IsRegular() {
			err = errors.New("it is not a regular file")
		}
		var data []byte
		if err == nil {
			data, err = io.ReadAll(io.LimitReader(f, maxBytes+1))
		}
		f.Close()
		if err == nil && len(data) > maxBytes {
			err = fmt.Errorf("it is larger than %d MiB", maxBytes>>20)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w: %w", path.Base(name), err, fettle.ErrRefused)
		}
		files[name] = string(data)
	}
	return files, nil
}
