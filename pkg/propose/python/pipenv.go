package python

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
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

// sections are those of packages in a Pipfile.lock.
func sections(lock string) []string {
	var list []string
	gjson.Parse(lock).ForEach(func(key, value gjson.Result) bool {
		if key.Str != "_meta" && value.IsObject() && !slices.Contains(list, key.Str) {
			list = append(list, key.Str)
		}
		return true
	})
	return list
}

// entryOf returns the entry of a package in a section; its place is that in lock.
func entryOf(lock, section, name string) (entry gjson.Result) {
	gjson.Get(lock, gjson.Escape(section)).ForEach(func(key, value gjson.Result) bool {
		if python.Normalize(key.Str) == name {
			entry = gjson.Get(lock, gjson.Escape(section)+"."+gjson.Escape(key.Str))
			return false
		}
		return true
	})
	return entry
}

// replaced puts text in the place of v.
func replaced(lock string, v gjson.Result, text string) string {
	if v.Index <= 0 || v.Index+len(v.Raw) > len(lock) || lock[v.Index:v.Index+len(v.Raw)] != v.Raw {
		return lock
	}
	return lock[:v.Index] + text + lock[v.Index+len(v.Raw):]
}

// moveLocked moves the entries of one package.
func moveLocked(lock string, u fettle.Upgrade, p page) (string, error) {
	name := python.Normalize(u.Package.Name)
	hashes := p.hashes(u.To)
	for _, section := range sections(lock) {
		at := func(key string) gjson.Result {
			return entryOf(lock, section, name).Get(key)
		}
		version := at("version")
		v, ok := python.Pinned(version.Str)
		if !ok || !comparable(v) || order(v, u.Package.Version) != 0 {
			continue
		}
		lock = replaced(lock, version, `"==`+u.To+`"`)
		if old := at("hashes"); old.IsArray() {
			if len(hashes) == 0 {
				return "", fmt.Errorf("the index gives no SHA-256 hashes of %s %s, and the entry has hashes: %w", name, u.To, fettle.ErrRefused)
			}
			lock = replaced(lock, old, hashList(hashes, indentOf(lock, old.Index)))
		}
		if old, marker := at("markers"), pythonMarker(p.of(u.To)); marker != "" && old.Exists() && onlyPython(old.Str) {
			lock = replaced(lock, old, jsonString(marker))
		}
	}
	return lock, nil
}

// indentOf is the indentation of the line at which i stands.
func indentOf(text string, i int) string {
	i = max(0, min(i, len(text)))
	line := text[strings.LastIndex(text[:i], "\n")+1:]
	return line[:len(line)-len(strings.TrimLeft(line, " \t"))]
}

func hashList(hashes []string, indent string) string {
	var lines []string
	for _, hash := range hashes {
		lines = append(lines, indent+`    "sha256:`+hash+`"`)
	}
	return "[\n" + strings.Join(lines, ",\n") + "\n" + indent + "]"
}

func jsonString(text string) string {
	var b strings.Builder
	pythonString(&b, text)
	return b.String()
}

// pythonMarker is what pipenv writes of the range of Pythons of a release.
func pythonMarker(files []file) string {
	var parts []string
	for _, f := range files {
		if f.python == "" {
			continue
		}
		for clause := range strings.SplitSeq(f.python, ",") {
			m := clauseForm.FindStringSubmatch(clause)
			if m == nil || m[2] == "" {
				return ""
			}
			parts = append(parts, fmt.Sprintf("python_version %s '%s'", m[2], strings.TrimSuffix(m[4], ".*")))
		}
		return strings.Join(parts, " and ")
	}
	return ""
}

// onlyPython reports whether a marker speaks of the version of Python alone, so that it is the release's own.
func onlyPython(marker string) bool {
	rest := strings.ReplaceAll(marker, "python_version", "")
	return rest != marker && !strings.ContainsAny(strings.NewReplacer(" and ", "", " not in ", "").Replace(rest), "abcdefghijklmnopqrstuvwxyz_")
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

// lockedDemand is all that a Pipfile.lock pins, and the section that each package stands in, the first where several.
func lockedDemand(lock string) (d demand, where map[string]string) {
	where = map[string]string{}
	for _, section := range sections(lock) {
		gjson.Get(lock, gjson.Escape(section)).ForEach(func(key, entry gjson.Result) bool {
			name := python.Normalize(key.Str)
			v, ok := python.Pinned(entry.Get("version").Str)
			if where[name] == "" {
				where[name] = section
			}
			if !ok || !comparable(v) || !nameForm.MatchString(name) {
				d.left = append(d.left, name)
				return true
			}
			line := name + "==" + v
			if marker := entry.Get("markers").Str; marker != "" && !strings.ContainsAny(marker, "\r\n#\\") {
				line += " ; " + marker
			}
			if !slices.Contains(d.requirements, line) {
				d.requirements = append(d.requirements, line)
			}
			return true
		})
	}
	return d, where
}

// insertLocked adds an entry in its alphabetical place, in the layout that pipenv writes.
func insertLocked(lock, section string, r resolved, p page) string {
	object := gjson.Get(lock, gjson.Escape(section))
	if !object.IsObject() || object.Index <= 0 {
		return lock
	}
	indent := indentOf(lock, object.Index) + "    "
	entry := indent + jsonString(r.name) + ": {\n"
	if hashes := p.hashes(r.version); len(hashes) > 0 {
		entry += indent + `    "hashes": ` + hashList(hashes, indent+"    ") + ",\n"
	}
	if marker := pythonMarker(p.of(r.version)); marker != "" {
		entry += indent + `    "markers": ` + jsonString(marker) + ",\n"
	}
	entry += indent + `    "version": "==` + r.version + "\"\n" + indent + "}"
	before, empty := "", true
	object.ForEach(func(key, value gjson.Result) bool {
		empty = false
		if key.Str > r.name {
			before = key.Raw
			return false
		}
		return true
	})
	end := object.Index + len(object.Raw) - 1
	switch {
	case empty:
		return lock[:object.Index] + "{\n" + entry + "\n" + indent[:len(indent)-4] + "}" + lock[end+1:]
	case before == "":
		last := strings.TrimRight(lock[:end], " \t\r\n")
		return last + ",\n" + entry + lock[len(last):]
	}
	// At the key's own place: keys repeat deeper down, so the first at this indentation is meant.
	i := strings.Index(lock[object.Index:], "\n"+indent+before+":")
	if i < 0 {
		last := strings.TrimRight(lock[:end], " \t\r\n")
		return last + ",\n" + entry + lock[len(last):]
	}
	i += object.Index + 1
	return lock[:i] + entry + ",\n" + lock[i:]
}
