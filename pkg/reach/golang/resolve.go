package golang

import (
	"os"
	"path"
	"path/filepath"
	"strings"
)

// identify says of which module a directory is, and the import path; the module of own code is "".
func (o *outsides) identify(dir string) (module, version, name string) {
	b := o.b
	if rel, ok := below(filepath.Join(b.goroot, "src"), dir); ok {
		return "stdlib", strings.TrimPrefix(b.goVersion, "go"), rel
	}
	for _, m := range b.modules {
		if m.Main || m.Dir == "" {
			continue
		}
		if rel, ok := below(m.Dir, dir); ok {
			p := listed{ImportPath: path.Join(m.Path, rel), Module: &m}
			module, version = p.module(b.goVersion)
			if m.Replace != nil && m.Replace.Version == "" {
				module, version = "", "" // a folder of the repository
			}
			return module, version, p.importPath()
		}
	}
	if at := strings.LastIndex(filepath.ToSlash(dir), "/vendor/"); at >= 0 {
		name = filepath.ToSlash(dir)[at+len("/vendor/"):]
		for _, p := range b.packages {
			if p.Module != nil && (name == p.Module.Path || strings.HasPrefix(name, p.Module.Path+"/")) && len(p.Module.Path) > len(module) {
				like := listed{ImportPath: name, Module: p.Module}
				module, version = like.module(b.goVersion)
			}
		}
		for _, t := range b.job.Targets { // a module of which the default build has no package
			if name == t.Module || strings.HasPrefix(name, t.Module+"/") && len(t.Module) > len(module) {
				module = t.Module
			}
		}
		return module, version, name
	}
	for _, m := range b.members {
		if rel, ok := below(m.Dir, dir); ok {
			return "", "", path.Join(m.Path, rel)
		}
	}
	return "", "", filepath.Base(dir)
}

func below(base, dir string) (string, bool) {
	if base == "" {
		return "", false
	}
	rel, err := filepath.Rel(base, dir)
	if err != nil || !filepath.IsLocal(rel) {
		return "", false
	}
	if rel == "." {
		rel = ""
	}
	return filepath.ToSlash(rel), true
}

// resolve returns the directory of an import, "" where there is none.
func (o *outsides) resolve(name, from string) string {
	b := o.b
	if name == "C" || name == "unsafe" {
		return ""
	}
	if first, _, _ := strings.Cut(name, "/"); !strings.Contains(first, ".") {
		if dir := filepath.Join(b.goroot, "src", filepath.FromSlash(name)); o.isDir(dir) {
			return dir
		}
	}
	if _, ok := below(filepath.Join(b.goroot, "src"), from); ok {
		if dir := filepath.Join(b.goroot, "src", "vendor", filepath.FromSlash(name)); o.isDir(dir) {
			return dir
		}
		return ""
	}
	if dir, ok := o.at[name]; ok {
		return dir
	}
	o.at[name] = o.find(name)
	return o.at[name]
}

func (o *outsides) find(name string) string {
	b := o.b
	if p := b.packages[name]; p != nil && p.Dir != "" {
		return p.Dir
	}
	try := func(module, dir string) string {
		if dir == "" || name != module && !strings.HasPrefix(name, module+"/") {
			return ""
		}
		if at := filepath.Join(dir, filepath.FromSlash(strings.TrimPrefix(name, module))); o.isDir(at) {
			return at
		}
		return ""
	}
	for _, m := range b.members {
		if dir := try(m.Path, m.Dir); dir != "" {
			return dir
		}
	}
	for _, m := range b.modules {
		if dir := try(m.Path, m.Dir); dir != "" {
			return dir
		}
	}
	for _, m := range b.members {
		if dir := filepath.Join(m.Dir, "vendor", filepath.FromSlash(name)); o.isDir(dir) {
			return dir
		}
	}
	dir := filepath.Join(b.tree, filepath.FromSlash(b.job.Dir), "vendor", filepath.FromSlash(name))
	if o.isDir(dir) {
		return dir
	}
	if first, _, _ := strings.Cut(name, "/"); !strings.Contains(first, ".") {
		return "" // of App Engine's old library and the like: no module has such a name
	}
	return unresolved
}

func (o *outsides) isDir(dir string) bool {
	info, err := os.Stat(dir)
	return err == nil && info.IsDir()
}
