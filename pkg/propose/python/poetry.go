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

// Poetry drafts for poetry.lock, with Poetry itself.
type Poetry struct{ *Tools }

// Name is "poetry".
func (*Poetry) Name() string { return "poetry" }

// Claims reports whether p is a poetry.lock.
func (*Poetry) Claims(p fettle.Project) bool {
	return p.Manager == "poetry" && path.Base(p.Lockfile) == "poetry.lock"
}

// Traits are those of Poetry, which has no pin that goes beyond what holders ask for.
func (*Poetry) Traits(fettle.Project) manager.Traits { return manager.Traits{Locks: true} }

// Reads reports whether Poetry reads files of this name.
func (*Poetry) Reads(file string) bool {
	base := path.Base(file)
	return base == "poetry.lock" || base == "pyproject.toml" || base == "setup.cfg" || base == "setup.py"
}

// pinGroup and pinSource are what the stage alone declares: exact versions for the moment, and the index of the user.
const (
	pinGroup  = "fettle-for-the-moment"
	pinSource = "fettle-index"
)

// Derive pins upgrades exactly, lets Poetry lock, and once more without the pins: what is locked stays then.
func (m *Poetry) Derive(ctx context.Context, root string, p fettle.Project, upgrades []fettle.Upgrade) (manager.Derivation, error) {
	if err := checked(upgrades); err != nil {
		return manager.Derivation{}, err
	}
	s, err := m.stageLock(root, p, "pyproject.toml")
	if err != nil {
		return manager.Derivation{}, err
	}
	defer os.RemoveAll(s.dir)
	own := path.Join(p.Dir, "pyproject.toml")
	if s.files[own] == "" {
		return manager.Derivation{}, fmt.Errorf("%s has no pyproject.toml beside it that Poetry could lock: %w", p.Lockfile, fettle.ErrRefused)
	}
	final, err := declare(p, s.files, upgrades)
	if err != nil {
		return manager.Derivation{}, err
	}
	d := manager.Derivation{Texts: final}
	derived, notes, err := m.minimal(ctx, p, upgrades, func(upgrades []fettle.Upgrade) (string, error) { return m.lock(ctx, s, p, final, upgrades) })
	if errors.Is(err, manager.ErrNoTool) {
		return stale(d.Texts, p, err, "poetry lock")
	}
	if err != nil {
		return manager.Derivation{}, err
	}
	d.Notes = notes
	if err := arrived(derived, upgrades); err != nil {
		return manager.Derivation{}, err
	}
	text := s.files[own]
	if moved, ok := final[own]; ok {
		text = moved
	}
	hash, err := contentHash(text)
	if err != nil {
		return manager.Derivation{}, fmt.Errorf("%s: %w: %w", own, err, fettle.ErrRefused)
	}
	lock, err := mergePoetry(s.files[s.lock], derived, hash)
	if err != nil {
		return manager.Derivation{}, err
	}
	if lock == s.files[s.lock] {
		return d, nil
	}
	d.Texts[s.lock] = lock
	if err := s.write(map[string]string{own: text, s.lock: lock}); err != nil {
		return manager.Derivation{}, err
	}
	if out, err := m.poetry(ctx, s, p, "check", "--lock"); err != nil && strings.Contains(out, "lock") && strings.Contains(out, "changed significantly") {
		return manager.Derivation{}, fmt.Errorf("poetry does not take the lockfile as it was merged: %s: %w", oneLine(out, 300), fettle.ErrRefused)
	}
	d.Notes = append(d.Notes, unbuilt(derived, upgrades)...)
	return d, nil
}

// unbuilt tells of packages that move and have no wheel: Poetry may have run their build, in the sandbox, to see what they need.
func unbuilt(lock string, upgrades []fettle.Upgrade) (notes []string) {
	for _, b := range parseTOMLLock(lock).packages {
		moves := slices.ContainsFunc(upgrades, func(u fettle.Upgrade) bool { return python.Normalize(u.Package.Name) == b.value("name") })
		if moves && !strings.Contains(b.text, ".whl") {
			notes = append(notes, fmt.Sprintf("%s %s has no wheel: to see what it needs, Poetry ran its build inside the sandbox", b.value("name"), b.value("version")))
		}
	}
	return notes
}

// lock locks upgrades on the staged manifests with texts in place, and returns the lockfile.
func (m *Poetry) lock(ctx context.Context, s *lockStage, p fettle.Project, texts map[string]string, upgrades []fettle.Upgrade) (string, error) {
	own := path.Join(p.Dir, "pyproject.toml")
	files := map[string]string{}
	for name, text := range s.files {
		files[name] = text
	}
	for name, text := range texts {
		files[name] = text
	}
	source := m.source(files[own])
	if derived, err := m.lockFrom(ctx, s, p, files, upgrades, source); source != "" || !refusal(err) || !strings.Contains(err.Error(), "not found") || strings.Contains(files[own], "[[tool.poetry.source]]") {
		return derived, err
	}
	// The index that Poetry goes to by itself may not have all that it asks for; that of pip's configuration has.
	indexes, err := m.where(ctx)
	if err != nil || len(indexes) == 0 {
		return "", fmt.Errorf("poetry finds no packages, and pip's index is not known (%v): %w", err, manager.ErrRegistry)
	}
	return m.lockFrom(ctx, s, p, files, upgrades, sourceOf(indexes[0]))
}

// source is the table that names the index of the user's configuration, where the project does not name one.
func (m *Poetry) source(manifest string) string {
	if strings.Contains(manifest, "[[tool.poetry.source]]") {
		return ""
	}
	for _, kv := range m.Env {
		if address, ok := strings.CutPrefix(kv, "PIP_INDEX_URL="); ok && address != "" {
			return sourceOf(address)
		}
	}
	return ""
}

func sourceOf(address string) string {
	if strings.ContainsAny(address, "\"\\\n\r") {
		return ""
	}
	return "\n[[tool.poetry.source]]\nname = \"" + pinSource + "\"\nurl = \"" + strings.TrimSuffix(address, "/") + "/\"\npriority = \"primary\"\n"
}

func (m *Poetry) lockFrom(ctx context.Context, s *lockStage, p fettle.Project, files map[string]string, upgrades []fettle.Upgrade, source string) (string, error) {
	own := path.Join(p.Dir, "pyproject.toml")
	pins := "\n[tool.poetry.group." + pinGroup + ".dependencies]\n"
	for _, u := range upgrades {
		pins += fmt.Sprintf("%q = %q\n", python.Normalize(u.Package.Name), "=="+u.To)
	}
	text := files[own]
	if !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	if err := s.write(files); err != nil {
		return "", err
	}
	command, err := m.command(ctx, s, p)
	if err != nil {
		return "", err
	}
	for _, manifest := range []string{text + pins + source, text + source} {
		if err := s.write(map[string]string{own: manifest}); err != nil {
			return "", err
		}
		if out, err := m.poetry(ctx, s, p, command...); err != nil {
			return "", poetryFault(out, err)
		}
	}
	return s.read(s.lock)
}

var poetryVersion = regexp.MustCompile(`version (\d+)\.(\d+)`)

// command locks without moving what is locked, which is the habit since Poetry 2.
func (m *Poetry) command(ctx context.Context, s *lockStage, p fettle.Project) ([]string, error) {
	out, err := m.poetry(ctx, s, p, "--version")
	if err != nil {
		return nil, poetryFault(out, err)
	}
	v := poetryVersion.FindStringSubmatch(out)
	switch {
	case v == nil:
		return nil, fmt.Errorf("poetry --version says %q: %w", oneLine(out, 100), manager.ErrNoTool)
	case v[1] == "0", v[1] == "1" && len(v[2]) == 1 && v[2] < "2":
		return nil, fmt.Errorf("poetry %s.%s is older than 1.2, which knows no groups: %w", v[1], v[2], manager.ErrNoTool)
	case v[1] == "1":
		return []string{"lock", "--no-update"}, nil
	}
	return []string{"lock"}, nil
}

func poetryFault(out string, err error) error {
	var refusal *toolError
	switch {
	case !errors.As(err, &refusal):
		return err
	case strings.Contains(out, "not compatible with the current version of Poetry"), strings.Contains(out, "does not satisfy the required version"), strings.Contains(out, "requires-poetry"):
		return fmt.Errorf("poetry: %s: %w", oneLine(out, 300), manager.ErrNoTool)
	case errors.Is(err, manager.ErrRegistry):
		return fmt.Errorf("poetry: %s: %w", oneLine(out, 300), manager.ErrRegistry)
	}
	return fmt.Errorf("poetry finds no set of versions that fit together: %s: %w", oneLine(out, 600), fettle.ErrRefused)
}

// poetry runs Poetry in the project's folder of the stage. Plugins, which a manifest may name, are off.
func (m *Poetry) poetry(ctx context.Context, s *lockStage, p fettle.Project, args ...string) (string, error) {
	env := []string{"POETRY_VIRTUALENVS_CREATE=false", "POETRY_NO_INTERACTION=1", "POETRY_KEYRING_ENABLED=false", "NO_COLOR=1"}
	return m.tool(ctx, s.dir, p.Dir, env, append([]string{"poetry", "--no-plugins", "--no-ansi", "--no-interaction"}, args...)...)
}
