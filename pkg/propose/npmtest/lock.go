package npmtest

import (
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"testing"
)

// Lock is a lockfile to write. Entries are given by key, as name@version.
type Lock struct {
	Version  int               // 1 to 3; 0 is 3
	Resolved bool              // with the addresses of tarballs
	Manifest string            // the text of package.json
	Members  map[string]string // workspace members' package.json by directory
	Entries  map[string]string // node_modules/a/node_modules/b -> b@1.2.3
	Loose    bool              // leave out what npm would add, as an older npm did: licences
}

// Lock returns the text of the lockfile, in npm's order and indentation, with the integrity of what the registry serves.
func (r *Registry) Lock(t testing.TB, l Lock) string {
	t.Helper()
	text, err := r.LockText(l)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// LockText is Lock for callers without a test.
func (r *Registry) LockText(l Lock) (string, error) {
	if l.Version == 0 {
		l.Version = 3
	}
	var root struct{ Name, Version string }
	if err := json.Unmarshal([]byte(l.Manifest), &root); err != nil {
		return "", fmt.Errorf("package.json: %w", err)
	}
	doc := object{{"name", root.Name}, {"version", root.Version}, {"lockfileVersion", l.Version}, {"requires", true}}
	if l.Version >= 2 {
		packages, err := r.packagesOf(l)
		if err != nil {
			return "", err
		}
		doc = append(doc, field{"packages", packages})
	}
	if l.Version <= 2 {
		nested, err := r.nested(l, "")
		if err != nil {
			return "", err
		}
		doc = append(doc, field{"dependencies", nested})
	}
	doc = slices.DeleteFunc(doc, func(f field) bool { return f.value == "" })
	var out strings.Builder
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	err := enc.Encode(doc)
	return out.String(), err
}

func (r *Registry) packagesOf(l Lock) (object, error) {
	packages := object{}
	own, err := sectionsOf(l.Manifest, "name", "version", "license", "workspaces")
	if err != nil {
		return nil, err
	}
	packages = append(packages, field{"", own})
	entries := maps.Clone(l.Entries)
	if entries == nil {
		entries = map[string]string{}
	}
	for dir, manifest := range l.Members {
		var m struct{ Name string }
		if err := json.Unmarshal([]byte(manifest), &m); err != nil {
			return nil, err
		}
		entries[dir] = manifest
		entries["node_modules/"+m.Name] = "link:" + dir
	}
	for _, key := range slices.Sorted(maps.Keys(entries)) {
		what := entries[key]
		if dir, ok := strings.CutPrefix(what, "link:"); ok {
			packages = append(packages, field{key, object{{"resolved", dir}, {"link", true}}})
			continue
		}
		if strings.HasPrefix(what, "{") {
			member, err := sectionsOf(what, "name", "version", "license")
			if err != nil {
				return nil, err
			}
			packages = append(packages, field{key, member})
			continue
		}
		e, p, err := r.entry(l, key, what)
		if err != nil {
			return nil, err
		}
		for name, section := range map[string]map[string]string{"dependencies": p.Dependencies, "optionalDependencies": p.Optional, "peerDependencies": p.Peer} {
			if len(section) > 0 {
				e = append(e, field{name, section})
			}
		}
		slices.SortStableFunc(e, func(a, b field) int { return order(a.name) - order(b.name) })
		packages = append(packages, field{key, e})
	}
	return packages, nil
}

// entry returns what every version of lockfile says of one package, and the package.
func (r *Registry) entry(l Lock, key, what string) (object, Package, error) {
	name, version := split(what)
	p, ok := r.find(name, version)
	if !ok {
		return nil, p, fmt.Errorf("the registry serves no %s for the entry %q", what, key)
	}
	e := object{}
	if name != nameOf(key) && l.Version > 1 {
		e = append(e, field{"name", name})
	}
	if l.Version == 1 && name != nameOf(key) {
		version = "npm:" + what
	}
	e = append(e, field{"version", version})
	if l.Resolved {
		e = append(e, field{"resolved", r.URL + p.file()})
	}
	e = append(e, field{"integrity", p.integrity()})
	if !l.Loose && l.Version > 1 {
		e = append(e, field{"license", "MIT"})
	}
	return e, p, nil
}

// nested returns the dependencies below parent, in the form of version 1.
func (r *Registry) nested(l Lock, parent string) (object, error) {
	all := object{}
	for _, key := range slices.Sorted(maps.Keys(l.Entries)) {
		if path.Dir(strings.TrimSuffix(key, nameOf(key))+"x") != strings.TrimPrefix(parent+"/node_modules", "/") {
			continue
		}
		old := l
		old.Version = 1
		e, p, err := r.entry(old, key, l.Entries[key])
		if err != nil {
			return nil, err
		}
		requires := maps.Clone(p.Dependencies)
		if requires == nil {
			requires = map[string]string{}
		}
		maps.Copy(requires, p.Optional)
		if len(requires) > 0 {
			e = append(e, field{"requires", requires})
		}
		below, err := r.nested(l, key)
		if err != nil {
			return nil, err
		}
		if len(below) > 0 {
			e = append(e, field{"dependencies", below})
		}
		all = append(all, field{nameOf(key), e})
	}
	return all, nil
}

// sectionsOf returns the fields of a package.json that a lockfile repeats.
func sectionsOf(manifest string, names ...string) (object, error) {
	var m map[string]any
	if err := json.Unmarshal([]byte(manifest), &m); err != nil {
		return nil, err
	}
	own := object{}
	for _, name := range append(names, "dependencies", "devDependencies", "optionalDependencies", "peerDependencies") {
		if value, ok := m[name]; ok {
			own = append(own, field{name, value})
		}
	}
	return own, nil
}

func nameOf(key string) string {
	if i := strings.LastIndex("/"+key, "/node_modules/"); i >= 0 {
		return ("/" + key)[i+len("/node_modules/"):]
	}
	return path.Base(key)
}

func split(what string) (name, version string) {
	at := strings.LastIndex(what, "@")
	return what[:at], what[at+1:]
}

// order is the place of a field in npm's lockfile.
func order(name string) int {
	return slices.Index([]string{"name", "version", "resolved", "integrity", "dev", "license", "dependencies", "optionalDependencies", "peerDependencies"}, name)
}

// object is a JSON object that keeps the order of its fields.
type object []field

type field struct {
	name  string
	value any
}

// MarshalJSON writes the fields in their order.
func (o object) MarshalJSON() ([]byte, error) {
	var out strings.Builder
	for i, f := range o {
		if i > 0 {
			out.WriteString(",")
		}
		name, err := json.Marshal(f.name)
		if err != nil {
			return nil, err
		}
		var value strings.Builder
		enc := json.NewEncoder(&value)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(f.value); err != nil {
			return nil, err
		}
		out.Write(name)
		out.WriteString(":" + value.String())
	}
	return []byte("{" + out.String() + "}"), nil
}

// Entries returns the entries of a Lock from a list such as
//
//	lib@1.0.0  other>lib@2.0.0  alias=lib@1.0.0
//
// where > stands between a package and one that is installed below it.
func Entries(list ...string) map[string]string {
	entries := map[string]string{}
	for _, e := range list {
		key, what, ok := strings.Cut(e, "=")
		if !ok {
			key = e[:strings.LastIndex(e, "@")]
			what = e[strings.LastIndex(e, ">")+1:]
		}
		entries["node_modules/"+strings.ReplaceAll(key, ">", "/node_modules/")] = what
	}
	return entries
}
