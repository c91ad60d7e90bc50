package node

import (
	"path"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/reach/program"
)

// resolver finds the nodes of the lockfile that a name means.
type resolver struct {
	dir      string              // of the project
	byName   map[string][]string // keys, by the package's own name and by the names it is installed under
	paths    map[string]string   // npm: key by the folder, relative to the project; the same text
	name     map[string]string   // by key
	version  map[string]string
	holders  map[string][]string // by key
	needs    map[string][]string // keys, by the holder's key
	aliases  map[string]string   // the package's own name, by that which a manifest gives it
	imports  []subimports
	declared map[string]bool // names that a manifest gives a meaning to: its own and those of packages
}

// subimports is the field imports of a package.json.
type subimports struct {
	dir     string
	targets map[string][]string // # name to what it may mean
}

func newResolver(p program.Program) *resolver {
	r := &resolver{dir: p.Project.Dir, byName: map[string][]string{}, paths: map[string]string{}, name: map[string]string{}, version: map[string]string{}, holders: map[string][]string{}, needs: map[string][]string{}, aliases: map[string]string{}, declared: map[string]bool{}}
	for _, n := range p.Project.Nodes {
		r.byName[n.Name] = append(r.byName[n.Name], n.Key)
		r.name[n.Key], r.version[n.Key] = n.Name, n.Version
		if i := strings.LastIndex(n.Key, "node_modules/"); i >= 0 && (i == 0 || n.Key[i-1] == '/') {
			r.paths[n.Key] = n.Key
			if alias := n.Key[i+len("node_modules/"):]; alias != n.Name {
				r.byName[alias] = append(r.byName[alias], n.Key)
			}
		}
		for _, h := range n.Holders {
			r.holders[n.Key] = append(r.holders[n.Key], h.Holder)
			if h.Holder != "" {
				r.needs[h.Holder] = append(r.needs[h.Holder], n.Key)
			}
		}
	}
	for _, file := range p.Others {
		if path.Base(file) != "package.json" {
			continue
		}
		data, err := p.Files.Read(file)
		if err != nil {
			continue
		}
		m, ok := parseManifest(data)
		if !ok {
			continue
		}
		r.declare(m)
		for _, section := range []map[string]string{m.Dependencies, m.Dev, m.Optional} {
			for alias, spec := range section {
				if real, ok := strings.CutPrefix(spec, "npm:"); ok {
					if at := strings.LastIndexByte(real, '@'); at > 0 {
						real = real[:at]
					}
					r.aliases[alias] = real
				}
			}
		}
		if len(m.Imports) > 0 {
			r.imports = append(r.imports, subimports{project.Parent(file), leavesByKey(m.Imports)})
		}
	}
	return r
}

// packageName is the name of the package that a specifier begins with.
func packageName(target string) string {
	parts := strings.SplitN(target, "/", 3)
	if strings.HasPrefix(target, "@") && len(parts) > 1 {
		return parts[0] + "/" + parts[1]
	}
	return parts[0]
}

// subpath is the rest of the specifier.
func subpath(target, name string) string {
	if rest, ok := strings.CutPrefix(target, name); ok {
		return strings.Trim(rest, "/")
	}
	return "*" // by another name: anything
}

// specifiers returns the names of the packages that target may mean, as imported by a file of the program's own.
func (r *resolver) specifiers(file, target string) []string {
	target, _, _ = strings.Cut(target, "?")
	var list []string
	for part := range strings.SplitSeq(target, "!") { // a bundler's loaders
		part = strings.TrimPrefix(part, "-")
		part = strings.TrimPrefix(part, "npm:")
		if i := strings.LastIndex(part, "node_modules/"); i >= 0 {
			part = part[i+len("node_modules/"):]
		}
		if rest, ok := strings.CutPrefix(part, "~"); ok && !strings.HasPrefix(rest, "/") {
			part = rest
		}
		switch {
		case part == "" || local(part):
		case strings.HasPrefix(part, "#"):
			for _, s := range r.imports {
				if s.dir == "" || strings.HasPrefix(file, s.dir+"/") {
					for _, leaf := range expand(s.targets, part) {
						if i := strings.LastIndex(leaf, "node_modules/"); i >= 0 {
							leaf = leaf[i+len("node_modules/"):]
						}
						if !local(leaf) {
							list = append(list, packageName(leaf))
						}
					}
				}
			}
		case strings.HasPrefix(part, "node:"):
		default:
			list = append(list, packageName(part))
		}
	}
	return list
}

// from returns the nodes that the program's own file gets by name. phantom: only such as were installed for others.
func (r *resolver) from(file, name string) (keys []string, phantom bool) {
	if len(r.byName[name]) == 0 && r.aliases[name] != "" {
		name = r.aliases[name]
	}
	all := r.byName[name]
	if len(all) == 0 {
		return nil, false
	}
	dir := strings.TrimPrefix(strings.TrimPrefix(project.Parent(file), r.dir), "/")
	if len(r.paths) > 0 {
		for at := dir; ; at = project.Parent(at) {
			if key, ok := r.paths[path.Join(at, "node_modules", name)]; ok {
				return []string{key}, false
			}
			if at == "" {
				break
			}
		}
		if r.installedByPath(all) {
			return all, true
		}
	}
	for at := dir; ; at = project.Parent(at) {
		for _, key := range all {
			if slices.Contains(r.holders[key], at) {
				keys = append(keys, key)
			}
		}
		if len(keys) > 0 || at == "" {
			break
		}
	}
	if len(keys) == 0 {
		return all, false // hoisted
	}
	return keys, false
}

// own returns the nodes that the program's own file gets by name, none of those that were installed for others.
func (r *resolver) own(file, name string) []string {
	keys, phantom := r.from(file, name)
	if phantom {
		return nil
	}
	return keys
}

func (r *resolver) installedByPath(keys []string) bool {
	return !slices.ContainsFunc(keys, func(key string) bool { return r.paths[key] == "" })
}

// within returns the nodes that a file of the package holder gets by name.
func (r *resolver) within(holder, name string) []string {
	all := r.byName[name]
	if len(all) == 0 {
		return nil
	}
	if r.paths[holder] != "" {
		for at := holder; ; at = project.Parent(at) {
			if path.Base(at) != "node_modules" {
				if key, ok := r.paths[path.Join(at, "node_modules", name)]; ok {
					return []string{key}
				}
			}
			if at == "" {
				return nil // not installed for it
			}
		}
	}
	var keys []string
	for _, key := range all {
		if slices.Contains(r.holders[key], holder) {
			keys = append(keys, key)
		}
	}
	if len(keys) == 0 {
		return all // hoisted, or declared under another name
	}
	return keys
}

// named returns the packages that a text names: the whole of it, its words, and what its paths lead to.
func (r *resolver) named(text string) []string {
	var list []string
	add := func(name string) {
		if real := r.aliases[name]; real != "" {
			name = real
		}
		if len(r.byName[name]) > 0 && !slices.Contains(list, name) {
			list = append(list, name)
		}
	}
	if len(text) < 2 || text == "use strict" {
		return nil
	}
	words := strings.FieldsFunc(text, func(c rune) bool {
		return !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.ContainsRune("@/._-~", c))
	})
	if len(words) > 3 && !strings.ContainsAny(text, "/!|=") && !strings.Contains(text, "--") && !strings.Contains(text, " -") {
		return nil // a sentence
	}
	for _, word := range words {
		word = strings.Trim(word, "/~.")
		if word == "" {
			continue
		}
		add(word)
		if strings.Contains(word, "/") {
			add(packageName(word))
			for rest := word; ; {
				_, after, ok := strings.Cut(rest, "node_modules/")
				if !ok {
					break
				}
				add(packageName(strings.TrimPrefix(after, ".bin/")))
				rest = after
			}
		}
	}
	return list
}
