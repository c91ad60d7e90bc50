package surface

import (
	"encoding/json"
	"path"
	"slices"
	"strings"

	"deps.dev/util/semver"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/syntax"
)

// nodeSubpath is the part of a package that an import's target names: "." for lodash, "./fp" for lodash/fp.
func nodeSubpath(target, name string) (string, bool) {
	if target == name {
		return ".", true
	}
	if rest, ok := strings.CutPrefix(target, name+"/"); ok && rest != "" {
		return "./" + rest, true
	}
	return "", false
}

// nodeLook holds the names that own code takes from a package against those of the new one.
type nodeLook struct {
	*look
	before, after *nodePackage
	file          source
	name          string
	told          map[string]bool // subpaths of the file whose loading breaks
}

func (l *look) node() error {
	before, err := newNode(l.ctx, l.old)
	if err != nil {
		return err
	}
	after, err := newNode(l.ctx, l.new)
	if err != nil {
		return err
	}
	n := &nodeLook{look: l, before: before, after: after, name: l.upgrade.Package.Name}
	l.links([]string{after.manifest.address()})
	n.toolchain()
	n.bins()
	for _, f := range l.own.files {
		if err := l.ctx.Err(); err != nil {
			return err
		}
		n.file, n.told = f, map[string]bool{}
		n.imports()
		for _, u := range f.Uses {
			if subpath, ok := nodeSubpath(u.Module, n.name); ok && !n.told[subpath] {
				n.use(subpath, u.Path, u.Line, u.Call)
			}
		}
		n.results()
	}
	return l.ctx.Err()
}

// toolchain tells where engines.node rises above what the project itself asks for.
func (n *nodeLook) toolchain() {
	was, is := n.before.manifest.nodeEngine(), n.after.manifest.nodeEngine()
	if !raised(was, is) {
		return
	}
	var own nodeManifest
	_ = json.Unmarshal(n.own.texts[joinDir(n.own.project.Dir, "package.json")], &own)
	if asked := floor(own.nodeEngine()); asked != "" && semver.DefaultSystem.Compare(asked, floor(is)) >= 0 {
		return
	}
	n.result.Toolchain[n.name] = "node " + plain(is)
}

// scripts are those of the project's package.json files, by file.
func (s *sources) scripts() map[string]map[string]string {
	all := map[string]map[string]string{}
	for file, text := range s.texts {
		if path.Base(file) != "package.json" {
			continue
		}
		var m struct {
			Scripts map[string]any `json:"scripts"`
		}
		if json.Unmarshal(text, &m) != nil {
			continue
		}
		all[file] = map[string]string{}
		for name, v := range m.Scripts {
			if command := asText(v); command != "" && len(command) < 10_000 {
				all[file][name] = command
			}
		}
	}
	return all
}

// runsBin reports whether a script may run a command of the package: one that bears its name.
func (s *sources) runsBin(name string) bool {
	short := name[strings.LastIndexByte(name, '/')+1:]
	for _, scripts := range s.scripts() {
		for _, command := range scripts {
			if strings.Contains(command, short) {
				return true
			}
		}
	}
	return false
}

// bins tells commands that scripts run and the new version lacks.
func (n *nodeLook) bins() {
	now := n.after.manifest.bins()
	for _, bin := range n.before.manifest.bins() {
		for file, scripts := range n.own.scripts() {
			for name, command := range scripts {
				if !slices.Contains(strings.FieldsFunc(command, func(r rune) bool { return strings.ContainsRune(" \t;&|()", r) }), bin) {
					continue
				}
				n.used[bin] = true
				if slices.Contains(now, bin) {
					continue
				}
				at := fettle.Location{Path: file}
				for i, line := range strings.Split(string(n.own.texts[file]), "\n") {
					if strings.Contains(line, `"`+name+`"`) && strings.Contains(line, bin) {
						at.Line = i + 1
					}
				}
				n.broken(bin, at, "the new version brings no command "+bin)
			}
		}
	}
}

// required reports whether the file loads a module by require: a CommonJS file, or a require in any.
func (n *nodeLook) required(i syntax.Import) bool {
	line := strings.Join([]string{lineOf(n.file.text, i.Line), lineOf(n.file.text, i.Line+1), lineOf(n.file.text, i.Line+2)}, "\n")
	return strings.Contains(line, "require") && !strings.HasPrefix(strings.TrimSpace(line), "import ")
}

// imports looks at what the file loads, and at the names in import statements.
func (n *nodeLook) imports() {
	for _, i := range n.file.Imports {
		subpath, ok := nodeSubpath(i.Target, n.name)
		if !ok || n.told[subpath] {
			continue
		}
		conditions := whenImported
		if n.required(i) {
			conditions = whenRequired
		}
		n.used[i.Target] = true
		if i.Types {
			n.types(i, subpath)
			continue
		}
		n.loads(i, subpath, conditions)
		if n.told[subpath] || i.Optional {
			continue
		}
		for _, name := range i.Names {
			if name.Name != "*" && name.Name != "" {
				n.use(subpath, name.Name, n.nameLine(i.Line, name.Name), false)
			}
		}
	}
}

// nameLine is where name stands in an import of several lines.
func (n *nodeLook) nameLine(line int, name string) int {
	for at := line; at < line+60 && at <= n.file.Lines; at++ {
		if locate(n.file, at, name).Column > 0 {
			return at
		}
		if strings.Contains(lineOf(n.file.text, at), "}") {
			break
		}
	}
	return line
}

// loads looks at whether what is imported can be loaded at all, in the way it is.
func (n *nodeLook) loads(i syntax.Import, subpath string, conditions []string) {
	was := n.before.resolve(subpath, conditions)
	is := n.after.resolve(subpath, conditions)
	at := locate(n.file, i.Line, i.Target)
	for _, quote := range []string{"'", `"`, "`"} {
		if k := strings.Index(lineOf(n.file.text, i.Line), quote+i.Target+quote); k >= 0 {
			at.Column, at.EndLine, at.EndColumn = k+2, i.Line, k+2+len(i.Target)
		}
	}
	switch {
	case was == "":
		if subpath == "." && n.before.typesFor(".") != "" {
			return // types only
		}
	case is != "" && conditions[0] == "require" && n.after.isModule(is) && !n.before.isModule(was):
		n.told[subpath] = true
		n.broken(i.Target, at, "the new version is an ES module: require() of it fails before Node 20.19, and gives a namespace from there on")
	case is == "" && n.after.resolve(subpath, whenImported) != "" && !i.Optional:
		n.told[subpath] = true
		n.broken(i.Target, at, "the new version can be imported only: require() finds nothing in it")
	case is == "" && !i.Optional && !strings.HasSuffix(subpath, "/package.json"):
		n.told[subpath] = true
		if subpath == "." && n.after.typesFor(".") != "" {
			n.broken(i.Target, at, "the new version has types only, nothing that can be loaded")
			return
		}
		n.broken(i.Target, at, "the new version has no "+i.Target)
	}
}

// types looks at names of types, which the declarations of both versions must show.
func (n *nodeLook) types(i syntax.Import, subpath string) {
	for _, name := range i.Names {
		n.typeName(subpath, name.Name, n.nameLine(i.Line, name.Name))
	}
}

// typeName reports whether the old version declares a type of that name.
func (n *nodeLook) typeName(subpath, name string, line int) bool {
	was, is := n.before.typesFor(subpath), n.after.typesFor(subpath)
	if was == "" || name == "*" || name == "default" || n.before.has(was, name) != found {
		return false
	}
	n.used[name] = true
	switch {
	case is == "":
		at := locate(n.file, line, name)
		n.gap("the new version ships no types, so the type "+name+" cannot be told", &at)
	case n.after.has(is, name) == missing:
		n.broken(name, locate(n.file, line, name), "the new version declares no "+name)
	}
	return true
}

// use holds a name below what a subpath leads to against both versions.
func (n *nodeLook) use(subpath, dotted string, line int, call bool) {
	was, is := n.loaded(n.before, subpath), n.loaded(n.after, subpath)
	if was == "" || is == "" {
		return
	}
	symbol := strings.TrimPrefix(subpath, "./")
	if subpath == "." {
		symbol = ""
	}
	first, rest, _ := strings.Cut(dotted, ".")
	old, now := n.before.module(was), n.after.module(is)
	if first == "default" && (!old.names["default"] || !n.before.isModule(was)) { // what a CommonJS module is as a whole
		if rest == "" {
			n.whole(symbol, old, now, is, line, call, true)
			return
		}
		if now.es && n.after.isModule(is) {
			if !now.open && !now.names["default"] {
				n.whole(symbol, old, now, is, line, call, true)
			} else {
				n.loose(was, is, rest, line) // members of what it exports as its default
			}
			return
		}
		first, rest, _ = strings.Cut(rest, ".")
	}
	switch {
	case first == "":
		n.whole(symbol, old, now, is, line, call, false)
		return
	case first == "*":
		n.loose(was, is, rest, line)
		return
	}
	name := first
	n.used[strings.Trim(symbol+"."+name, ".")] = true
	if n.before.has(was, name) != found {
		if !n.typeName(subpath, name, line) { // a type that is not said to be one
			n.unseen[strings.Trim(symbol+"."+name, ".")] = true
		}
		return
	}
	switch state := n.after.has(is, name); {
	case state == missing:
		n.broken(name, locate(n.file, line, name), "the new version's "+n.shown(symbol)+" has no "+name)
		return
	case state == unknown:
		n.gap("a file of the new version cannot be read, so that "+name+" cannot be told", nil)
		return
	}
	if rest = strings.TrimPrefix(rest, "*."); rest != "" && rest != "*" {
		n.loose(was, is, rest, line)
	}
}

func (n *nodeLook) shown(symbol string) string {
	if symbol == "" {
		return n.name
	}
	return n.name + "/" + symbol
}

// loaded is the file that a subpath leads to, in either way.
func (n *nodeLook) loaded(p *nodePackage, subpath string) string {
	if file := p.resolve(subpath, whenRequired); file != "" {
		return file
	}
	return p.resolve(subpath, whenImported)
}

// whole looks at a use of a module itself: as its default export, or called.
func (n *nodeLook) whole(symbol string, old, now *nodeModule, file string, line int, call, byDefault bool) {
	n.used[strings.Trim(symbol+".default", ".")] = true
	at := locate(n.file, line, n.localName(line))
	switch {
	case byDefault && n.after.isModule(file) && !now.open && !now.names["default"]:
		n.broken("default", at, "the new version's "+n.shown(symbol)+" has no default export")
	case call && (old.whole || old.open) && !now.open && !now.whole && (!byDefault || !now.names["default"]) && (len(now.names) > 0):
		n.broken(n.shown(symbol), at, "the new version's "+n.shown(symbol)+" is no function any more; it has the names "+some(now.names))
	}
}

// localName is what the file calls the package, where the line holds that name.
func (n *nodeLook) localName(line int) string {
	for _, i := range n.file.Imports {
		if _, ok := nodeSubpath(i.Target, n.name); !ok {
			continue
		}
		for _, name := range append([]syntax.Name{{As: i.As}}, i.Names...) {
			if name.As != "" && locate(n.file, line, name.As).Column > 0 {
				return name.As
			}
		}
	}
	return ""
}

func some(names map[string]bool) string {
	var list []string
	for name := range names {
		list = append(list, name)
	}
	slices.Sort(list)
	if len(list) > 5 {
		list = append(list[:5], "…")
	}
	return strings.Join(list, ", ")
}

// loose looks at members of what the package returned: those that the old version defines somewhere and the new one nowhere.
func (n *nodeLook) loose(oldFile, newFile, dotted string, line int) {
	name, _, _ := strings.Cut(strings.TrimPrefix(dotted, "*."), ".")
	if name == "" || name == "*" || len(name) < 3 || builtinMembers[name] {
		return
	}
	was, is := n.before.anywhere(oldFile), n.after.anywhere(newFile)
	if !was.names[name] {
		return
	}
	n.used["*."+name] = true
	if !is.names[name] && !is.partial {
		n.broken(name, locate(n.file, line, name), "the new version defines no "+name+" anywhere")
	}
}

// builtinMembers are members that what a package returns may have from the language itself.
var builtinMembers = set("then", "catch", "finally", "call", "apply", "bind", "map", "filter", "forEach", "reduce", "join", "split", "replace", "slice", "push", "pop", "concat", "includes",
	"indexOf", "length", "toString", "keys", "values", "entries", "get", "set", "has", "delete", "add", "clear", "size", "next", "return", "throw", "on", "once", "emit", "off", "pipe", "write",
	"end", "read", "close", "find", "some", "every", "sort", "trim", "match", "test", "exec", "toUpperCase", "toLowerCase", "toISOString", "getTime", "valueOf", "hasOwnProperty", "name", "message", "stack",
	"prototype", "constructor", "toJSON", "format", "flat", "flatMap", "startsWith", "endsWith", "padStart", "padEnd", "repeat", "at", "search", "substring", "substr", "charAt", "listen", "address",
	"removeListener", "removeAllListeners", "addListener", "listeners", "setEncoding", "resume", "pause", "destroy", "status", "headers", "body", "json", "text")

func set(names ...string) map[string]bool {
	m := make(map[string]bool, len(names))
	for _, n := range names {
		m[n] = true
	}
	return m
}
