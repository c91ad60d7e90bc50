package python

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/fettle-dev/fettle/pkg/discover/python"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

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
