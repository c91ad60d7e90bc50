package dotnet

import (
	"slices"
	"strings"
)

// index answers which packages hold a name.
type index struct {
	libraries map[string]*library            // by key
	keys      []string                       // in order
	types     map[typeName][]string          // keys by type, the packages that define it first
	defines   map[typeName]int               // how many of these define it
	holds     map[string][]string            // keys by namespace
	members   map[string]map[string][]string // keys by namespace and name of extension method
	assembly  map[string][]string            // keys by assembly name in lower case
	native    map[string][]string            // keys by native library
	names     map[string][]string            // keys by what text may call a package: its id, its assemblies, namespaces that only it holds; in lower case
	guesses   map[string][]string            // keys by namespace in lower case, as the id or the table has it
	spent     int                            // bytes of code that walks have gone over
	partial   bool                           // some package is not installed, so that a namespace may be in it too
}

func newIndex() *index {
	return &index{libraries: map[string]*library{}, types: map[typeName][]string{}, defines: map[typeName]int{}, holds: map[string][]string{},
		members: map[string]map[string][]string{}, assembly: map[string][]string{}, native: map[string][]string{}, names: map[string][]string{}, guesses: map[string][]string{}}
}

func put(m map[string][]string, name, key string) {
	if name != "" && !slices.Contains(m[name], key) {
		m[name] = append(m[name], key)
	}
}

func (ix *index) add(l *library) {
	key := l.node.Key
	ix.libraries[key] = l
	ix.keys = append(ix.keys, key)
	ix.partial = ix.partial || !l.installed
	for _, a := range l.assemblies {
		put(ix.assembly, strings.ToLower(a.name), key)
		for _, d := range a.types {
			if !d.public || d.name == "" || strings.HasPrefix(d.name, "<") {
				continue
			}
			if list := ix.types[d.typeName]; !slices.Contains(list, key) {
				ix.types[d.typeName] = slices.Insert(slices.Clip(list), ix.defines[d.typeName], key)
				ix.defines[d.typeName]++
			}
			put(ix.holds, d.namespace, key)
			for _, m := range d.extensions {
				if ix.members[d.namespace] == nil {
					ix.members[d.namespace] = map[string][]string{}
				}
				put(ix.members[d.namespace], m, key)
			}
		}
		for _, f := range a.forwards {
			if !slices.Contains(ix.types[f], key) {
				ix.types[f] = append(ix.types[f], key)
			}
			put(ix.holds, f.namespace, key)
		}
	}
	for _, n := range l.natives {
		put(ix.native, n, key)
	}
}

// finish makes the names, once all packages are there.
func (ix *index) finish() {
	for _, key := range ix.keys {
		l := ix.libraries[key]
		put(ix.names, strings.ToLower(l.node.Name), key)
		for _, a := range l.assemblies {
			put(ix.names, strings.ToLower(a.name), key)
		}
		for _, n := range l.natives {
			if len(n) >= 4 {
				put(ix.names, n, key)
			}
		}
		for _, n := range known[strings.ToLower(l.node.Name)] {
			put(ix.names, strings.ToLower(n), key)
			put(ix.guesses, strings.ToLower(n), key)
		}
		if len(known[strings.ToLower(l.node.Name)]) == 0 && !shared(l.node.Name) {
			put(ix.guesses, strings.ToLower(l.node.Name), key)
		}
	}
	for namespace, keys := range ix.holds {
		if ix.only(keys) && !shared(namespace) && strings.Contains(namespace, ".") {
			for _, key := range keys {
				put(ix.names, strings.ToLower(namespace), key)
			}
		}
	}
	for _, keys := range ix.names {
		slices.Sort(keys)
	}
}

// only reports whether keys are copies of one package.
func (ix *index) only(keys []string) bool {
	for _, key := range keys[1:] {
		if !strings.EqualFold(ix.libraries[key].node.Name, ix.libraries[keys[0]].node.Name) {
			return false
		}
	}
	return true
}

// shared reports whether .NET itself has types in the namespace.
func shared(namespace string) bool {
	for _, root := range []string{"System", "Microsoft.AspNetCore", "Microsoft.Extensions", "Microsoft.Win32", "Microsoft.CSharp", "Microsoft.VisualBasic", "Microsoft.JSInterop",
		"Windows", "Internal"} {
		if namespace == root || strings.HasPrefix(namespace, root+".") {
			return true
		}
	}
	return namespace == ""
}

// exclusive returns the packages that an import of the namespace certainly means: copies of one, and nothing else can hold it.
func (ix *index) exclusive(namespace string) []string {
	keys := ix.holds[namespace]
	if len(keys) == 0 || shared(namespace) || !ix.only(keys) {
		return nil
	}
	if ix.partial && !begins(namespace, ix.libraries[keys[0]].node.Name) && !slices.ContainsFunc(ix.libraries[keys[0]].assemblies, func(a *assembly) bool { return begins(namespace, a.name) }) {
		return nil
	}
	return keys
}

// begins reports whether a dotted name is prefix or goes on from it. NuGet and the file system know no case.
func begins(name, prefix string) bool {
	return prefix != "" && len(name) >= len(prefix) && strings.EqualFold(name[:len(prefix)], prefix) && (len(name) == len(prefix) || name[len(prefix)] == '.')
}

// mentioned yields the packages that a text names, by their ids, assemblies, namespaces or types, each with the word.
func (ix *index) mentioned(text string, yield func(key, word string)) {
	for word := range words(text) {
		if keys := ix.types[split(word)]; len(keys) > 0 && strings.Contains(word, ".") {
			for _, key := range keys {
				yield(key, word)
			}
			continue
		}
		for name := strings.ToLower(word); name != ""; {
			if keys := ix.names[name]; len(keys) > 0 {
				for _, key := range keys {
					yield(key, word)
				}
				break
			}
			at := strings.LastIndexByte(name, '.')
			if at < 0 {
				if rest, ok := strings.CutPrefix(name, "lib"); ok && len(ix.native[rest]) > 0 { // libx.so
					for _, key := range ix.native[rest] {
						yield(key, word)
					}
				}
				break
			}
			name = name[:at]
		}
	}
}

// words yields the dotted words of a text that are long enough for a name.
func words(text string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		from := -1
		for i := 0; i <= len(text); i++ {
			if i < len(text) && wordByte(text[i]) {
				if from < 0 {
					from = i
				}
				continue
			}
			if from >= 0 {
				if w := strings.Trim(text[from:i], ".-"); len(w) >= 3 && len(w) <= maxName && !yield(w) {
					return
				}
				from = -1
			}
		}
	}
}

func wordByte(b byte) bool {
	return b == '.' || b == '_' || b == '-' || '0' <= b && b <= '9' || 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' || b >= 0x80
}

// split takes a full name for a type of the namespace before its last dot.
func split(name string) typeName {
	if at := strings.LastIndexByte(name, '.'); at >= 0 {
		return typeName{name[:at], name[at+1:]}
	}
	return typeName{"", name}
}
