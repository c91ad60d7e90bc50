package node

import (
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"
)

// hosted are modules and schemes that what runs the program provides, and no package.
var hosted = []string{"electron", "original-fs", "vscode", "atom", "k6", "bun", "node:", "bun:", "deno:", "cloudflare:", "http:", "https:", "data:", "file:", "jsr:"}

// declare notes the names that a manifest gives a meaning to: a package of that name and no other.
func (r *resolver) declare(m manifest) {
	r.declared[m.Name] = true
	for _, section := range []map[string]string{m.Dependencies, m.Dev, m.Optional, m.Peer} {
		for name := range section {
			r.declared[name] = true
		}
	}
}

// unknown doubts every package where the program's own file imports a name that nobody is known to provide: a bundler, a
// compiler or a hook may take it for another name of any of them.
func (a *analysis) unknown(file, target string, line int, parsed bool) {
	target, _, _ = strings.Cut(target, "?")
	if a.unsure != "" || !parsed && strings.ContainsAny(target, " \t\r\n") { // prose
		return
	}
	for part := range strings.SplitSeq(target, "!") {
		part = strings.TrimPrefix(part, "-")
		if part != "" && !a.known(file, part) {
			a.doubtAll(fmt.Sprintf("%s:%d imports %s, which the lockfile does not have, so it may be another name of any package", file, line, part), file, line, false)
			return
		}
	}
}

// known reports whether it is known what target means, be it a package or none. A * at its end stands for anything.
func (a *analysis) known(file, target string) bool {
	r := a.find
	if i := strings.LastIndex(target, "node_modules/"); i >= 0 {
		target = target[i+len("node_modules/"):]
	}
	target = strings.TrimPrefix(target, "npm:")
	if local(target) {
		return true
	}
	if strings.HasPrefix(target, "#") && r.inside(file, target) {
		return true
	}
	for _, name := range []string{packageName(target), packageName(strings.TrimPrefix(target, "~"))} {
		types := "@types/" + strings.ReplaceAll(strings.TrimPrefix(name, "@"), "/", "__")
		if name != "" && (len(r.byName[name]) > 0 || r.aliases[name] != "" || r.declared[name] || len(r.byName[types]) > 0 || builtin(name) || slices.Contains(hosted, name)) {
			return true
		}
	}
	if scheme, _, ok := strings.Cut(target, ":"); ok {
		return slices.Contains(hosted, scheme+":")
	}
	if target == "react/jsx-runtime" { // what a compiler puts in, where it is set so
		return true
	}
	return a.compiled(file, target) || a.aliased(target)
}

// inside reports whether a # name is one of the project's imports, and leads nowhere but to its own files or to packages that
// are known by name.
func (r *resolver) inside(file, target string) bool {
	found := false
	for _, s := range r.imports {
		if s.dir != "" && !strings.HasPrefix(file, s.dir+"/") {
			continue
		}
		for _, leaf := range expand(s.targets, target) {
			found = true
			if i := strings.LastIndex(leaf, "node_modules/"); i >= 0 {
				leaf = leaf[i+len("node_modules/"):]
			}
			if !local(leaf) && len(r.byName[packageName(leaf)]) == 0 && !builtin(strings.TrimPrefix(leaf, "node:")) {
				return false
			}
		}
	}
	return found
}

// compilerOptions is what a tsconfig.json says of names.
type compilerOptions struct {
	dir   string
	base  string // "" for none
	paths map[string][]string
}

// compiled reports whether a compiler's options lead target to the program's own files.
func (a *analysis) compiled(file, target string) bool {
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
		} else if a.ownAt(path.Join(base, target)) {
			return true
		}
		for _, leaf := range expand(o.paths, target) {
			if !strings.Contains(leaf, "node_modules") && a.ownAt(path.Join(base, leaf)) {
				return true
			}
		}
	}
	return false
}

// aliased reports whether target is a short name for a folder and the path of one of the program's own files in it: @/views/a.
func (a *analysis) aliased(target string) bool {
	_, rest, ok := strings.Cut(target, "/")
	if !ok || rest == "" {
		return false
	}
	if a.tails == nil {
		a.tails = map[string]bool{}
		for name := range a.sources {
			for at := name; ; {
				_, after, ok := strings.Cut(at, "/")
				if !ok {
					break
				}
				at = after
				a.tails[at] = true
				for folder := path.Dir(at); folder != "."; folder = path.Dir(folder) {
					a.tails[folder+"/"] = true
				}
			}
		}
	}
	if folder, ok := strings.CutSuffix(rest, "*"); ok {
		return a.tails[folder[:strings.LastIndexByte(folder, '/')+1]]
	}
	switch path.Ext(rest) {
	case ".css", ".scss", ".sass", ".less", ".styl", ".svg", ".png", ".jpg", ".jpeg", ".gif", ".webp", ".ico", ".woff", ".woff2", ".mp3", ".mp4", ".pdf":
		return strings.HasPrefix(target, "@/") || strings.HasPrefix(target, "~") // no code
	}
	return slices.ContainsFunc(candidates(rest), func(file string) bool { return a.tails[file] })
}

// ownAt reports whether one of the program's own files lies at base, or with a * at its end, below it.
func (a *analysis) ownAt(base string) bool {
	if strings.HasPrefix(base, "../") {
		return false
	}
	if folder, ok := strings.CutSuffix(base, "*"); ok {
		for name := range a.sources {
			if strings.HasPrefix(name, folder) {
				return true
			}
		}
		return false
	}
	return slices.ContainsFunc(candidates(base), func(file string) bool {
		return a.sources[file] != nil || path.Ext(file) == ".json" && a.p.Files.Is(file)
	})
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
