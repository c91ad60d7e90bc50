package node

import (
	"encoding/json"
	"maps"
	"path"
	"slices"
	"strings"
)

// compilerOptions is what a tsconfig.json says of names.
type compilerOptions struct {
	dir   string
	base  string // "" for none
	paths map[string][]string
}

// compiled returns the program's own files that a compiler's options lead target to.
func (a *analysis) compiled(target string) (files []string) {
	if a.options == nil {
		a.options = []compilerOptions{}
		for _, other := range a.p.Others {
			if base := path.Base(other); !strings.HasPrefix(base, "tsconfig") && !strings.HasPrefix(base, "jsconfig") || path.Ext(base) != ".json" {
				continue
			}
			data, err := a.p.Files.Read(other)
			if err != nil || len(data) > maxOther {
				continue
			}
			var c struct {
				CompilerOptions struct {
					BaseURL string              `json:"baseUrl"`
					Paths   map[string][]string `json:"paths"`
				} `json:"compilerOptions"`
			}
			if json.Unmarshal(plainJSON(data), &c) != nil {
				continue
			}
			dir := path.Dir(other)
			o := compilerOptions{dir: dir, paths: c.CompilerOptions.Paths}
			if c.CompilerOptions.BaseURL != "" {
				o.base = path.Join(dir, c.CompilerOptions.BaseURL)
			}
			a.options = append(a.options, o)
		}
	}
	for _, o := range a.options {
		base := o.base
		if base == "" {
			base = o.dir
		} else {
			files = append(files, a.ownAt(path.Join(base, target))...)
		}
		for _, leaf := range expand(o.paths, target) {
			if !strings.Contains(leaf, "node_modules") {
				files = append(files, a.ownAt(path.Join(base, leaf))...)
			}
		}
	}
	return files
}

// aliased returns the program's own files that target may mean by a short name for a folder, @/views/a, or by their path from
// some folder on: views/a.
func (a *analysis) aliased(target string) []string {
	first, rest, ok := strings.Cut(target, "/")
	if !ok || rest == "" {
		return nil
	}
	if first != "@" && first != "~" && first[:min(1, len(first))] != "$" && first != "#" { // a name that a package could have
		rest = strings.TrimLeft(target, "@~#")
	}
	if folder, ok := strings.CutSuffix(rest, "*"); ok {
		return a.ownTails()[folder[:strings.LastIndexByte(folder, '/')+1]]
	}
	return a.first(rest, func(file string) []string { return a.ownTails()[file] })
}

// ownByName returns the program's own files that a name, and no path, may mean to one of them.
func (a *analysis) ownByName(target string) (files []string) {
	target, _, _ = strings.Cut(target, "?")
	if target == "" || local(target) || builtin(target) || len(a.find.byName[packageName(target)]) > 0 {
		return nil
	}
	for _, s := range a.find.imports {
		for _, leaf := range expand(s.targets, target) {
			files = append(files, a.ownAt(path.Join(s.dir, leaf))...)
		}
	}
	return append(append(files, a.compiled(target)...), a.aliased(target)...)
}

// ownTails are the program's own files by all ends of their paths, and by those of their folders with a / at the end.
func (a *analysis) ownTails() map[string][]string {
	if a.tails != nil {
		return a.tails
	}
	a.tails = map[string][]string{}
	for _, name := range slices.Sorted(maps.Keys(a.ownPaths())) {
		for at, ok := name, true; ok; _, at, ok = strings.Cut(at, "/") {
			a.tails[at] = append(a.tails[at], name)
			for folder := path.Dir(at); folder != "."; folder = path.Dir(folder) {
				a.tails[folder+"/"] = append(a.tails[folder+"/"], name)
			}
		}
	}
	return a.tails
}

// ownPaths are the paths of the program's own files, sources or not.
func (a *analysis) ownPaths() map[string]bool {
	if a.paths == nil {
		a.paths = map[string]bool{}
		for _, s := range a.p.Sources {
			a.paths[s.Path] = true
		}
		for _, u := range a.p.Unread {
			a.paths[u.Path] = true
		}
		for _, other := range a.p.Others {
			a.paths[other] = true
		}
	}
	return a.paths
}

// ownAt returns the program's own files that base may mean, or with a * at its end those that begin so.
func (a *analysis) ownAt(base string) (files []string) {
	start, open := strings.CutSuffix(base, "*")
	if !open {
		return a.first(base, func(file string) []string {
			if a.ownPaths()[file] {
				return []string{file}
			}
			return nil
		})
	}
	for name := range a.ownPaths() {
		if strings.HasPrefix(name, start) {
			files = append(files, name)
		}
	}
	slices.Sort(files)
	return files
}

// first returns what find has of the first file that base may mean.
func (a *analysis) first(base string, find func(file string) []string) []string {
	for _, file := range append(candidates(base), base+".d.ts", base+".json") {
		if found := find(file); len(found) > 0 {
			return found
		}
	}
	return nil
}

// asset reports whether target is a file of no code, below a short name that no package has.
func asset(target string) bool {
	switch path.Ext(target) {
	case ".css", ".scss", ".sass", ".less", ".styl", ".svg", ".png", ".jpg", ".jpeg", ".gif", ".webp", ".ico", ".woff", ".woff2", ".mp3", ".mp4", ".pdf":
		return strings.HasPrefix(target, "@/") || strings.HasPrefix(target, "~/")
	}
	return false
}

// plainJSON takes comments, and commas before a closing bracket, out of JSON.
func plainJSON(data []byte) []byte {
	var out []byte
	for i := 0; i < len(data); i++ {
		switch c := data[i]; {
		case c == '"':
			start := i
			for i++; i < len(data) && data[i] != '"'; i++ {
				if data[i] == '\\' {
					i++
				}
			}
			out = append(out, data[start:min(i+1, len(data))]...)
		case c == '/' && i+1 < len(data) && data[i+1] == '/':
			for i < len(data) && data[i] != '\n' {
				i++
			}
		case c == '/' && i+1 < len(data) && data[i+1] == '*':
			for i += 2; i+1 < len(data) && (data[i] != '*' || data[i+1] != '/'); i++ {
			}
			i++
		case c == ']' || c == '}':
			for n := len(out) - 1; n >= 0; n-- {
				if out[n] == ',' {
					out = append(out[:n], out[n+1:]...)
				} else if out[n] == ' ' || out[n] == '\t' || out[n] == '\r' || out[n] == '\n' {
					continue
				}
				break
			}
			out = append(out, c)
		default:
			out = append(out, c)
		}
	}
	return out
}
