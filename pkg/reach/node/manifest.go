package node

import (
	"encoding/json"
	"maps"
	"path"
	"slices"
	"strings"
)

// manifest is what a package.json says that matters here. Its fields are of any type, since packages' are.
type manifest struct {
	Name         string            `json:"name"`
	Version      string            `json:"version"`
	Main         any               `json:"main"`
	Module       any               `json:"module"`
	ESNext       any               `json:"jsnext:main"`
	Browser      any               `json:"browser"`
	Native       any               `json:"react-native"`
	Exports      any               `json:"exports"`
	Imports      map[string]any    `json:"imports"`
	Bin          any               `json:"bin"`
	Dependencies map[string]string `json:"dependencies"`
	Dev          map[string]string `json:"devDependencies"`
	Optional     map[string]string `json:"optionalDependencies"`
	Peer         map[string]string `json:"peerDependencies"`
	Scripts      map[string]string `json:"scripts"`
}

// parseManifest reads a package.json; of a field of a wrong type, only that is lost.
func parseManifest(data []byte) (manifest, bool) {
	var m manifest
	var fields map[string]json.RawMessage
	if json.Unmarshal(data, &fields) != nil {
		return m, false
	}
	for name, into := range map[string]any{"name": &m.Name, "version": &m.Version, "main": &m.Main, "module": &m.Module, "jsnext:main": &m.ESNext, "browser": &m.Browser, "react-native": &m.Native,
		"exports": &m.Exports, "imports": &m.Imports, "bin": &m.Bin, "dependencies": &m.Dependencies, "devDependencies": &m.Dev, "optionalDependencies": &m.Optional, "peerDependencies": &m.Peer, "scripts": &m.Scripts} {
		if raw, ok := fields[name]; ok {
			_ = json.Unmarshal(raw, into) // what does not fit stays empty
		}
	}
	return m, true
}

const maxLeaves = 2000

// leaves are all texts within v, sorted.
func leaves(v any) []string {
	var list []string
	var walk func(v any, depth int)
	walk = func(v any, depth int) {
		if depth > 20 || len(list) >= maxLeaves {
			return
		}
		switch v := v.(type) {
		case string:
			list = append(list, v)
		case []any:
			for _, item := range v {
				walk(item, depth+1)
			}
		case map[string]any:
			for _, key := range slices.Sorted(maps.Keys(v)) {
				if key != "types" && key != "typings" {
					walk(v[key], depth+1)
				}
			}
		}
	}
	walk(v, 0)
	slices.Sort(list)
	return slices.Compact(list)
}

func leavesByKey(m map[string]any) map[string][]string {
	all := map[string][]string{}
	for key, v := range m {
		all[key] = leaves(v)
	}
	return all
}

// expand returns what the key name of targets may mean, with patterns filled in.
func expand(targets map[string][]string, name string) []string {
	if list, ok := targets[name]; ok {
		return list
	}
	var list []string
	for _, key := range slices.Sorted(maps.Keys(targets)) {
		before, after, ok := strings.Cut(key, "*")
		if ok && strings.HasPrefix(name, before) && strings.HasSuffix(name, after) && len(name) >= len(before)+len(after) {
			for _, leaf := range targets[key] {
				list = append(list, strings.ReplaceAll(leaf, "*", name[len(before):len(name)-len(after)]))
			}
		}
	}
	return list
}

// entries are the files that an import of the package, but for one of its subpaths, may load, and the other packages that a
// bundler may put in place of parts of it.
func (m manifest) entries() (files, packages []string) {
	all := append(append(append(append(leaves(m.Main), leaves(m.Module)...), leaves(m.ESNext)...), leaves(m.Native)...), "index.js")
	for _, leaf := range append(leaves(m.Browser), leaves(m.Exports)...) {
		if strings.Contains(leaf, "*") {
			continue
		}
		all = append(all, leaf)
	}
	replaced := leaves(m.Browser)
	for _, leaf := range all {
		if !local(leaf) && slices.Contains(replaced, leaf) && path.Ext(leaf) == "" {
			packages = append(packages, leaf)
			continue
		}
		files = append(files, strings.TrimPrefix(path.Clean("/"+leaf), "/"))
	}
	return files, packages
}

// commands are the package's programs: names and files.
func (m manifest) commands() map[string]string {
	switch bin := m.Bin.(type) {
	case string:
		return map[string]string{path.Base(m.Name): bin}
	case map[string]any:
		all := map[string]string{}
		for name, file := range bin {
			if text, ok := file.(string); ok {
				all[name] = text
			}
		}
		return all
	}
	return nil
}
