package python

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/python"
	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/propose/manager"
)

// UV drafts for uv.lock, with uv itself.
type UV struct{ *Tools }

// Name is "uv".
func (*UV) Name() string { return "uv" }

// Claims reports whether p is a uv.lock.
func (*UV) Claims(p fettle.Project) bool {
	return p.Manager == "uv" && path.Base(p.Lockfile) == "uv.lock"
}

// Traits are those of uv: an override replaces what holders ask for, for all of them.
func (*UV) Traits(fettle.Project) manager.Traits { return manager.Traits{Locks: true, Pins: true} }

// Reads reports whether uv reads files of this name.
func (*UV) Reads(file string) bool {
	base := path.Base(file)
	return base == "uv.lock" || base == "pyproject.toml" || base == "setup.cfg" || base == "setup.py"
}

// Derive lets uv lock upgrades and nothing else.
func (m *UV) Derive(ctx context.Context, root string, p fettle.Project, upgrades []fettle.Upgrade) (manager.Derivation, error) {
	if err := checked(upgrades); err != nil {
		return manager.Derivation{}, err
	}
	s, err := m.stageLock(root, p, "pyproject.toml", "uv.toml")
	if err != nil {
		return manager.Derivation{}, err
	}
	defer os.RemoveAll(s.dir)
	final, err := declare(p, s.files, upgrades)
	if err != nil {
		return manager.Derivation{}, err
	}
	own := path.Join(p.Dir, "pyproject.toml")
	for _, u := range upgrades {
		if u.Kind != fettle.Override {
			continue
		}
		text, ok := final[own]
		if !ok {
			text = s.files[own]
		}
		if final[own], err = override(text, u); err != nil {
			return manager.Derivation{}, fmt.Errorf("%s: %w", own, err)
		}
	}
	if err := s.write(final); err != nil {
		return manager.Derivation{}, err
	}
	d := manager.Derivation{Texts: final}
	derived, notes, err := m.minimal(ctx, p, upgrades, func(upgrades []fettle.Upgrade) (string, error) {
		if err := s.write(map[string]string{s.lock: s.files[s.lock]}); err != nil {
			return "", err
		}
		if err := m.lock(ctx, s, p, upgrades); err != nil {
			return "", err
		}
		return s.read(s.lock)
	})
	if errors.Is(err, manager.ErrNoTool) {
		return stale(d.Texts, p, err, "uv lock")
	}
	if err != nil {
		return manager.Derivation{}, err
	}
	d.Notes = notes
	if err := arrived(derived, upgrades); err != nil {
		return manager.Derivation{}, err
	}
	names := mirrored(s.files[s.lock], derived)
	lock, err := mergeUV(s.files[s.lock], names.there(derived))
	if err != nil {
		return manager.Derivation{}, err
	}
	if lock != s.files[s.lock] {
		d.Texts[s.lock] = lock
		if err := s.write(map[string]string{s.lock: names.here(lock)}); err != nil {
			return manager.Derivation{}, err
		}
		if out, err := m.uv(ctx, s, p, "lock", "--check"); err != nil {
			return manager.Derivation{}, fmt.Errorf("uv does not take the lockfile as it was merged: %s: %w", oneLine(out, 300), fettle.ErrRefused)
		}
	}
	return d, nil
}

// refusal reports whether err is a verdict on the versions, not on the index or the tool.
func refusal(err error) bool {
	return errors.Is(err, fettle.ErrRefused) && !errors.Is(err, manager.ErrNoTool) && !errors.Is(err, manager.ErrRegistry)
}

// lock runs uv lock for exact versions.
func (m *UV) lock(ctx context.Context, s *lockStage, p fettle.Project, upgrades []fettle.Upgrade) error {
	args := []string{"lock"}
	for _, u := range upgrades {
		args = append(args, "--upgrade-package", python.Normalize(u.Package.Name)+"=="+u.To)
	}
	out, err := m.uv(ctx, s, p, args...)
	var refusal *toolError
	switch {
	case err == nil || !errors.As(err, &refusal):
		return err
	case strings.Contains(out, "required-version"), strings.Contains(out, "unsupported lockfile version"), strings.Contains(out, "only supports v"),
		strings.Contains(out, "No interpreter found"), strings.Contains(out, "unexpected argument"):
		return fmt.Errorf("uv: %s: %w", oneLine(out, 400), manager.ErrNoTool)
	case errors.Is(err, manager.ErrRegistry):
		return fmt.Errorf("uv: %s: %w", oneLine(out, 400), manager.ErrRegistry)
	case strings.Contains(out, "Building source distributions is disabled"), strings.Contains(out, "--no-build"):
		return fmt.Errorf("uv would have to run the build of a source archive, which is not done with network; run uv lock yourself: %s: %w", oneLine(out, 400), fettle.ErrRefused)
	}
	return fmt.Errorf("uv finds no set of versions that fit together: %s: %w", oneLine(out, 600), fettle.ErrRefused)
}

// uv runs uv in the project's folder of the stage, builds off.
func (m *UV) uv(ctx context.Context, s *lockStage, p fettle.Project, args ...string) (string, error) {
	env := []string{"UV_PYTHON_DOWNLOADS=never", "UV_NO_PROGRESS=1", "UV_NO_BUILD=1", "UV_NO_ENV_FILE=1", "NO_COLOR=1"}
	return m.tool(ctx, s.dir, p.Dir, env, append([]string{"uv"}, args...)...)
}

// stale is what can be done without the tool: the manifests alone.
func stale(texts map[string]string, p fettle.Project, why error, command string) (manager.Derivation, error) {
	if len(texts) == 0 {
		return manager.Derivation{}, why
	}
	return manager.Derivation{Texts: texts, Stale: []string{p.Lockfile}, Why: fmt.Sprintf("%s was not refreshed, since %v; run %s", p.Lockfile, why, command)}, nil
}

// arrived refuses a lockfile that does not hold what was asked for.
func arrived(lock string, upgrades []fettle.Upgrade) error {
	for _, u := range upgrades {
		name, there, gone := python.Normalize(u.Package.Name), false, true
		for _, b := range parseTOMLLock(lock).packages {
			if python.Normalize(b.value("name")) == name {
				gone = false
				there = there || b.value("version") == u.To || comparable(b.value("version")) && order(b.value("version"), u.To) == 0
			}
		}
		if !there && !gone {
			return fmt.Errorf("the lockfile keeps %s from %s: %w", u.Package.Name, u.To, fettle.ErrRefused)
		}
	}
	return nil
}

var uploadTime = regexp.MustCompile(`, upload-time = "[^"]*"`)

// mergeUV returns the derived lockfile in the revision of the original, with each package that did not move as it was.
func mergeUV(original, derived string) (string, error) {
	was, is := parseTOMLLock(unixLines(original)), parseTOMLLock(unixLines(derived))
	timed := strings.Contains(original, "upload-time")
	rules := mergeRules{sticky: []string{"wheels", "sdist"}, adapt: func(item tomlItem, _ *tomlBlock) (tomlItem, bool) {
		if !timed {
			item.text = uploadTime.ReplaceAllString(item.text, "")
		}
		return item, true
	}}
	head := mergeRules{sticky: []string{"version", "revision"}, absent: func(key string) bool { return key == "revision" }}
	if err := sameSources(was, is); err != nil {
		return "", err
	}
	texts := append([]string{head.merge(&was.head, is.head)}, rules.mergePackages(was, is)...)
	return likeLines(original, blocks(texts)), nil
}

// sameSources refuses packages from an index that the lockfile does not have, such as a mirror that was asked here.
func sameSources(was, is tomlLock) error {
	var known []string
	for _, b := range was.packages {
		known = append(known, squeeze(b.get("source")))
	}
	for _, b := range is.packages {
		source := squeeze(b.get("source"))
		if strings.Contains(source, "registry=") && !slices.Contains(known, source) {
			return fmt.Errorf("%s %s would come from %s, which is not a source that the lockfile has: %w", b.value("name"), b.value("version"), oneLine(b.get("source"), 200), fettle.ErrRefused)
		}
	}
	return nil
}

func unixLines(text string) string { return strings.ReplaceAll(text, "\r\n", "\n") }

// likeLines gives text the line ends of original.
func likeLines(original, text string) string {
	if strings.Contains(original, "\r\n") {
		return strings.ReplaceAll(text, "\n", "\r\n")
	}
	return text
}
