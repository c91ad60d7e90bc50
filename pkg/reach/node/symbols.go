package node

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/reach/program"
	"github.com/fettle-dev/fettle/pkg/syntax"
)

// whole names, among the symbols of a package, what the package itself is: a function that is called as minimist is.
const whole = "default"

// sighting is a place that has to do with a symbol.
type sighting struct {
	why   string
	chain []fettle.Hop
}

// symbols looks for uses of the vulnerable code of a package that is imported.
func (a *analysis) symbols(t program.Target, v program.Verdict) program.Verdict {
	var names []string
	for _, s := range t.Symbols {
		if len(s.Names) == 0 {
			return v
		}
		names = append(names, s.Names...)
	}
	key := t.Node.Key
	called, seen := a.ownSightings(key, names)
	if called != nil {
		return program.Verdict{Reach: program.Called, Known: true, Why: called.why, Chain: called.chain}
	}
	if seen == nil {
		seen = a.packageSightings(key, names, v.Chain)
	}
	if seen == nil {
		seen = a.hiddenUse(t)
	}
	if seen != nil {
		v.Why = seen.why
		if len(seen.chain) > 0 {
			v.Chain = seen.chain
		}
		return v
	}
	return program.Verdict{Reach: program.NoPath, Known: true, Why: "the package is imported, and nothing that imports it uses " + strings.Join(names, ", "), Chain: v.Chain}
}

// ownSightings looks through the program's own files.
func (a *analysis) ownSightings(key string, names []string) (called, seen *sighting) {
	direct := false
	for _, p := range a.uses[key] {
		if p.holder != "" || p.test {
			continue
		}
		direct = true
		if !p.parsed && seen == nil {
			seen = &sighting{fmt.Sprintf("the package is imported, and what %s does with it could not be read", p.path), []fettle.Hop{{Symbol: p.target, Location: fettle.Location{Path: p.path, Line: p.line}}}}
		}
	}
	if !direct {
		return nil, nil
	}
	tests := a.isTest
	for _, file := range slices.Sorted(maps.Keys(a.sources)) {
		if tests[file] {
			continue
		}
		s := a.sources[file]
		for _, u := range s.Uses {
			hop := fettle.Hop{Symbol: u.In, Location: fettle.Location{Path: file, Line: u.Line}}
			if u.Module == "" {
				if seen == nil && mentions(u.Path, names) {
					seen = &sighting{fmt.Sprintf("the package is imported, and %s uses %s of something that may be it", hop.Location, u.Path), []fettle.Hop{hop}}
				}
				continue
			}
			for _, r := range a.resolveUse(file, u.Module, u.Path, 0) {
				if !slices.Contains(r.keys, key) {
					if r.keys == nil && seen == nil && mentions(r.path, names) {
						seen = &sighting{fmt.Sprintf("the package is imported, and %s uses %s of something that may be it", hop.Location, u.Path), []fettle.Hop{hop}}
					}
					continue
				}
				symbol, ok := matches(r.path, names)
				chain := append([]fettle.Hop{hop}, r.hops...)
				switch {
				case ok && u.Call:
					if called == nil {
						chain[len(chain)-1].Symbol = r.path
						called = &sighting{fmt.Sprintf("%s calls %s", hop.Location, shown(symbol, a.find.name[key])), chain}
					}
				case ok && seen == nil:
					seen = &sighting{fmt.Sprintf("the package is imported, and %s mentions %s", hop.Location, shown(symbol, a.find.name[key])), chain}
				case seen == nil && bare(r.path) == "" && !u.Call:
					seen = &sighting{fmt.Sprintf("the package is imported, and %s hands it on whole", hop.Location), chain}
				}
			}
		}
		for _, name := range names {
			if line, ok := s.Strings[last(name)]; ok && seen == nil {
				seen = &sighting{fmt.Sprintf("the package is imported, and %s:%d has the text %q, by which its property may be taken", file, line, last(name)), []fettle.Hop{{Location: fettle.Location{Path: file, Line: line}}}}
			}
		}
		for _, e := range s.Exports {
			if seen != nil || e.Module == "" {
				continue
			}
			for _, r := range a.resolveUse(file, e.Module, e.Path, 0) {
				if slices.Contains(r.keys, key) && a.unfollowed(file) && (bare(r.path) == "" || matched(r.path, names)) {
					seen = &sighting{fmt.Sprintf("the package is imported, and %s:%d hands it on", file, e.Line), []fettle.Hop{{Location: fettle.Location{Path: file, Line: e.Line}}}}
				}
			}
		}
	}
	return called, seen
}

// unfollowed reports whether what the file hands on may be used by files whose imports of it are not followed: by an alias of
// the compiler's, or by name.
func (a *analysis) unfollowed(file string) bool {
	if a.followed == nil {
		a.followed = map[string]bool{}
		for name, s := range a.sources {
			for _, i := range s.Imports {
				if to := a.ownFile(name, i.Target); to != "" {
					a.followed[to] = true
				}
			}
		}
	}
	return !a.followed[file]
}

// resolved is what a use of a module comes to.
type resolved struct {
	keys []string // of the packages; nil for the program's own code
	path string
	hops []fettle.Hop // the program's own files that hand it on
}

// resolveUse follows a use through the program's own files that hand on what they import.
func (a *analysis) resolveUse(file, module, path string, depth int) []resolved {
	if !local(module) {
		var list []resolved
		for _, name := range a.find.specifiers(file, module) {
			keys, _ := a.find.from(file, name)
			if len(keys) == 0 && a.maybeOwn(name) {
				list = append(list, resolved{path: path})
				continue
			}
			below := path
			if sub := subpath(module, name); sub != "" && sub != "*" {
				sub = sub[strings.LastIndexByte(sub, '/')+1:]
				sub, _, _ = strings.Cut(sub, ".")
				if sub == last(strings.ReplaceAll(name, "/", ".")) { // the file of the whole, or of a function of its name
					list = append(list, resolved{keys: append([]string{}, keys...), path: path})
				}
				if sub != "index" && sub != "" {
					below = strings.TrimSuffix(sub+"."+path, ".")
				}
			}
			list = append(list, resolved{keys: append([]string{}, keys...), path: below})
		}
		return list
	}
	to := a.ownFile(file, module)
	if to == "" || depth > 10 {
		return []resolved{{path: path}}
	}
	var list []resolved
	clean := bare(path)
	first, rest, _ := strings.Cut(clean, ".")
	for _, e := range a.sources[to].Exports {
		var below string
		switch {
		case e.Name == "" || e.Name == "*":
			below = clean
		case e.Name == first:
			below = rest
		case e.Name == "default" && (path == "default" || strings.HasPrefix(path, "default.")):
			below = clean
		default:
			continue
		}
		if e.Module == "" {
			if e.Name != "*" && e.Name != "" {
				list = append(list, resolved{path: path})
			}
			continue
		}
		below = strings.Trim(e.Path+"."+below, ".")
		for _, r := range a.resolveUse(to, e.Module, below, depth+1) {
			r.hops = append([]fettle.Hop{{Symbol: e.Name, Location: fettle.Location{Path: to, Line: e.Line}}}, r.hops...)
			list = append(list, r)
		}
	}
	if len(list) == 0 {
		list = []resolved{{path: path}}
	}
	return list
}

// maybeOwn reports whether a name that is no package's may be an alias of a folder of the program's own.
func (a *analysis) maybeOwn(name string) bool { return !builtin(name) }

// packageSightings looks through the files of packages that import it.
func (a *analysis) packageSightings(key string, names []string, chain []fettle.Hop) *sighting {
	for _, p := range a.uses[key] {
		if p.holder == "" {
			continue
		}
		holder := a.find.name[p.holder] + "@" + a.find.version[p.holder]
		hop := fettle.Hop{Package: holder, Location: fettle.Location{Path: p.path, Line: p.line}}
		if !p.parsed {
			return &sighting{why: fmt.Sprintf("%s imports the package, and what it does with it could not be read", holder)}
		}
		if why, line, in := sight(p.file, p.target, subpath(p.target, packageName(p.target)), names); why != "" {
			hop.Location.Line, hop.Symbol = line, in
			return &sighting{fmt.Sprintf("%s imports the package and %s (%s:%d)", holder, why, p.path, line), append(slices.Clone(chain[:max(0, len(chain)-1)]), hop)}
		}
	}
	return nil
}

// sight looks for the first use of a symbol in a file of a package.
func sight(f syntax.File, module, sub string, names []string) (why string, line int, in string) {
	sub, _, _ = strings.Cut(sub[strings.LastIndexByte(sub, '/')+1:], ".")
	for _, u := range f.Uses {
		switch {
		case u.Module == "":
			if mentions(u.Path, names) {
				return "uses " + u.Path + " of something that may be it", u.Line, u.In
			}
		case u.Module == module:
			path := strings.Trim(sub+"."+u.Path, ".")
			if symbol, ok := matches(path, names); ok || matched(u.Path, names) {
				return "uses " + shown(symbol, packageName(module)), u.Line, u.In
			}
			if bare(u.Path) == "" && !u.Call {
				return "hands it on whole", u.Line, u.In
			}
		}
	}
	for _, e := range f.Exports {
		if e.Module == module && (bare(e.Path) == "" || matched(e.Path, names)) {
			return "hands it on", e.Line, ""
		}
	}
	for _, name := range names {
		if at, ok := f.Strings[last(name)]; ok {
			return fmt.Sprintf("has the text %q", last(name)), at, ""
		}
	}
	return "", 0, ""
}

// hiddenUse says what else may use the package; nil where nothing can.
func (a *analysis) hiddenUse(t program.Target) *sighting {
	if a.unsure != "" {
		return &sighting{why: "the package is imported, and may be from elsewhere: " + a.unsure}
	}
	if why := a.packageAt(t.Node.Key).blind; why != "" {
		return &sighting{why: "the package is loaded by " + why + ", and what that uses of it is not known"}
	}
	if why := a.packageAt(t.Node.Key).doubted; why != "" {
		return &sighting{why: "the package is imported, and may be from elsewhere: " + why}
	}
	for _, h := range t.Node.Holders {
		name := a.find.name[h.Holder]
		if name == "" || a.packageAt(h.Holder).found && !a.packageAt(h.Holder).opaque {
			continue
		}
		if v := a.graph.Answer([]string{h.Holder})[0]; !v.Known || v.Reach != program.NotImported {
			return &sighting{why: fmt.Sprintf("the package is imported, and %s may use it, which could not be read", name)}
		}
	}
	return nil
}

// bare is a path without the ways of compilers to write the whole module.
func bare(path string) string {
	for {
		rest, ok := strings.CutPrefix(path, whole)
		if !ok || rest != "" && rest[0] != '.' {
			return path
		}
		path = strings.TrimPrefix(rest, ".")
	}
}

// matches returns the symbol that a path below the package is.
func matches(path string, names []string) (string, bool) {
	path = bare(path)
	for _, name := range names {
		if name == whole && path == "" || name != whole && (path == name || strings.HasSuffix(path, "."+name) || strings.HasPrefix(path, name+".")) {
			return name, true
		}
	}
	return "", false
}

func matched(path string, names []string) bool {
	_, ok := matches(path, names)
	return ok
}

// globals are objects of the language that have methods of common names.
var globals = []string{"JSON", "Object", "Array", "Math", "Number", "String", "Date", "Promise", "Reflect", "console", "process", "Buffer", "Symbol", "Intl", "URL"}

// mentions reports whether a path of something unknown ends in, or goes through, the last name of a symbol.
func mentions(path string, names []string) bool {
	parts := strings.Split(path, ".")
	if len(parts) < 2 || slices.Contains(globals, parts[0]) {
		return false
	}
	return slices.ContainsFunc(names, func(name string) bool { return name != whole && slices.Contains(parts[1:], last(name)) })
}

func last(name string) string { return name[strings.LastIndexByte(name, '.')+1:] }

// shown is a symbol for people.
func shown(symbol, pkg string) string {
	if symbol == whole || symbol == "" {
		return pkg
	}
	return pkg + "." + symbol
}
