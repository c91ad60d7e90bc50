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
	if derived, err := m.lockFrom(ctx, s, p, files, upgrades, source); source != "" || err == nil || !strings.Contains(err.Error(), "not found") || strings.Contains(files[own], "[[tool.poetry.source]]") {
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

var (
	formatKey   = regexp.MustCompile(`(?m)^lock-version = "([^"]*)"`)
	hashLine    = regexp.MustCompile(`(?m)^content-hash = "[^"]*"`)
	categoryKey = regexp.MustCompile(`(?m)^category = "`)
)

// mergePoetry returns the derived lockfile in the format of the original, with each package that did not move as it was.
func mergePoetry(original, derived, hash string) (string, error) {
	was, is := parseTOMLLock(unixLines(original)), parseTOMLLock(unixLines(derived))
	format := formatKey.FindStringSubmatch(unixLines(original))
	if format == nil {
		return "", fmt.Errorf("the lockfile does not say its lock-version; run poetry lock: %w", fettle.ErrRefused)
	}
	grouped := slices.ContainsFunc(was.packages, func(b tomlBlock) bool { return b.find("groups") >= 0 })
	categories := categoryKey.MatchString(unixLines(original))
	apart := slices.ContainsFunc(was.tail, func(b tomlBlock) bool { return b.find("[metadata.files]") >= 0 })
	rules := mergeRules{
		sticky: []string{"files", "description", "python-versions", "develop", "[package.extras]"},
		absent: func(key string) bool {
			return !grouped && (key == "groups" || key == "markers") || apart && key == "files"
		},
		adapt: func(item tomlItem, before *tomlBlock) (tomlItem, bool) {
			if item.key == "[package.source]" && strings.Contains(item.text, `reference = "`+pinSource+`"`) {
				if before != nil && before.find(item.key) >= 0 {
					return before.items[before.find(item.key)], true
				}
				return item, false
			}
			return item, true
		},
		keep: func(item tomlItem) bool { return item.key == "category" || item.key == "[package.source]" },
	}
	texts := []string{was.head.text}
	for i, b := range is.packages {
		is.packages[i] = b.without(pinSource)
	}
	merged := rules.mergePackages(was, is)
	if categories {
		for i, b := range is.packages {
			if !strings.Contains(merged[i], "\ncategory = ") {
				merged[i] = categorized(merged[i], b)
			}
		}
	}
	texts = append(texts, merged...)
	for _, b := range was.tail {
		switch {
		case b.find("[metadata]") >= 0:
			texts = append(texts, hashLine.ReplaceAllString(metadataLike(b, is), `content-hash = "`+hash+`"`))
		case b.find("[metadata.files]") >= 0:
			texts = append(texts, filesApart(b, is))
		default:
			texts = append(texts, tailLike(b, is))
		}
	}
	for _, b := range is.tail { // extras may be new
		if len(b.items) > 0 && !slices.ContainsFunc(was.tail, func(have tomlBlock) bool { return have.items[0].key == b.items[0].key }) {
			texts = slices.Insert(texts, len(texts)-len(was.tail), b.text)
		}
	}
	out := blocks(texts)
	if !strings.HasPrefix(out, strings.TrimRight(was.head.text, "\n")) {
		return "", fmt.Errorf("the lockfile begins in a way that is not known: %w", fettle.ErrRefused)
	}
	return likeLines(original, out), nil
}

// without leaves a source out that the stage alone had.
func (b tomlBlock) without(source string) tomlBlock {
	at := b.find("[package.source]")
	if at < 0 || !strings.Contains(b.items[at].text, `reference = "`+source+`"`) {
		return b
	}
	b.items = slices.Delete(slices.Clone(b.items), at, at+1)
	return b
}

// metadataLike is the table of metadata with its own versions of Python where they differ.
func metadataLike(b tomlBlock, is tomlLock) string {
	text := b.text
	for _, other := range is.tail {
		if now, was := other.get("python-versions"), b.get("python-versions"); now != "" && was != "" && squeeze(now) != squeeze(was) {
			text = strings.Replace(text, was, now, 1)
		}
	}
	return text
}

// tailLike is a table after the packages, as it was unless it means something else now; gone where it is gone.
func tailLike(b tomlBlock, is tomlLock) string {
	for _, other := range is.tail {
		if len(other.items) > 0 && len(b.items) > 0 && other.items[0].key == b.items[0].key {
			if squeeze(other.text) == squeeze(b.text) {
				return b.text
			}
			return other.text
		}
	}
	return ""
}

// categorized adds the category that lockfiles before version 2 have, by the groups that need the package.
func categorized(text string, b tomlBlock) string {
	category := "dev"
	if strings.Contains(b.get("groups"), `"main"`) {
		category = "main"
	}
	for _, key := range []string{"description", "version"} {
		lines := strings.SplitAfter(text, "\n")
		for i, line := range lines {
			if strings.HasPrefix(line, key+" = ") {
				return strings.Join(lines[:i+1], "") + "category = \"" + category + "\"\n" + strings.Join(lines[i+1:], "")
			}
		}
	}
	return text
}

// filesApart is the table of files that lockfiles before version 2 have, one list for each name.
func filesApart(b tomlBlock, is tomlLock) string {
	lists := map[string]string{}
	for _, p := range is.packages {
		_, list, _ := strings.Cut(p.get("files"), "= ")
		lists[p.value("name")] += strings.TrimSuffix(strings.TrimPrefix(list, "[\n"), "]")
	}
	var names []string
	for name := range lists {
		names = append(names, name)
	}
	slices.Sort(names)
	before := parseFiles(b.text)
	var out strings.Builder
	out.WriteString("[metadata.files]\n")
	for _, name := range names {
		list := lists[name]
		if list != "" && !strings.HasSuffix(list, "\n") {
			list += "\n"
		}
		if was, ok := before[name]; ok && sameFiles(was, list) {
			out.WriteString(was)
			continue
		}
		if list == "" {
			out.WriteString(name + " = []\n")
			continue
		}
		out.WriteString(name + " = [\n" + list + "]\n")
	}
	return out.String()
}

// parseFiles takes the table of files apart: the text of each name.
func parseFiles(text string) map[string]string {
	all := map[string]string{}
	name := ""
	for line := range strings.Lines(text) {
		if m := tomlKey.FindStringSubmatch(strings.TrimRight(line, "\n")); m != nil {
			name = strings.Trim(m[1], `"`)
		}
		if name != "" && strings.TrimSpace(line) != "" {
			all[name] += line
		}
	}
	return all
}

var digest = regexp.MustCompile(`[a-z0-9]+:[0-9a-f]{32,}`)

// sameFiles reports whether two lists share a file, so that they are of one version: an index may have more by now.
func sameFiles(a, b string) bool {
	have := map[string]bool{}
	for _, hash := range digest.FindAllString(a, -1) {
		have[hash] = true
	}
	for _, hash := range digest.FindAllString(b, -1) {
		if have[hash] {
			return true
		}
	}
	return len(have) == 0
}
