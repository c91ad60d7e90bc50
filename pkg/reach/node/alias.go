package node

import (
	"fmt"
	"slices"
	"strings"
)

// hosted are modules and schemes that what runs the program provides, and no package.
var hosted = []string{"electron", "original-fs", "vscode", "atom", "k6", "bun", "node:", "bun:", "deno:", "cloudflare:", "http:", "https:", "file:", "jsr:"}

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
	return len(a.compiled(target)) > 0 || len(a.aliased(target)) > 0 || asset(target)
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
