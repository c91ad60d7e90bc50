package python

import (
	"context"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// packages feeds the graph with what the installed distributions import: first along what surely is imported, then all that the
// packs that may be imported hold.
func (w *world) packages(ctx context.Context) error {
	for len(w.queue) > 0 || len(w.open) > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		if len(w.queue) > 0 {
			v := w.queue[0]
			w.queue = w.queue[1:]
			w.module(v.pack, v.module, true)
			continue
		}
		pk := w.open[0]
		w.open = w.open[1:]
		w.whole(pk)
		if w.noneRead != "" {
			w.graph.Doubt("", "", w.noneRead, fettle.Location{}, false)
			return nil
		}
	}
	return nil
}

// skimFile reads a file of the pack, once; nil where it cannot.
func (w *world) skimFile(pk *pack, file string) *skimmed {
	at := visit{pk, file}
	if s, ok := w.skims[at]; ok {
		return s
	}
	var s *skimmed
	if data := w.fileOf(pk, file, maxScript); data != nil {
		s = skim(data)
	}
	w.skims[at] = s
	return s
}

func (w *world) fileOf(pk *pack, file string, limit int64) []byte {
	data := pk.copy.site.read(file, limit)
	if w.read += int64(len(data)); w.read > maxRead && w.noneRead == "" {
		w.noneRead = fmt.Sprintf("more than %d MiB of installed files; the rest was not read", maxRead>>20)
	}
	return data
}

// module reads one module of the pack. One that surely is imported makes its imports sure, but for those in functions, which
// like those of other modules may be.
func (w *world) module(pk *pack, module string, surely bool) {
	file, ok := pk.copy.files[module]
	if !ok {
		return // compiled, see whole
	}
	s := w.skimFile(pk, file)
	if s == nil {
		w.graph.Doubt(pk.node.Key, "", file+" of "+pk.String()+" could not be read", fettle.Location{Path: file}, false)
		return
	}
	for _, i := range s.imports {
		if i.types {
			continue
		}
		at := fettle.Location{Path: file, Line: i.line}
		for _, h := range w.imported(absolute(module, pk.copy.packages[module], i.target), i.names) {
			switch {
			case h.pack == pk:
			case surely && i.later:
				w.doubt(pk, h.pack, fmt.Sprintf("%s imports it when a function runs, at %s", pk, place(at)), at)
			case surely:
				w.graph.Import(pk.node.Key, h.pack.node.Key, at, i.target)
			default:
				w.doubt(pk, h.pack, fmt.Sprintf("%s may import it: %s does, which nothing seen here imports", pk, place(at)), at)
			}
			if surely && !i.later {
				w.reach(h)
			}
		}
	}
	w.texts(pk, file, s)
}

// absolute is the name of what an import in a module means.
func absolute(module string, isPackage bool, target string) string {
	up := len(target) - len(strings.TrimLeft(target, "."))
	if up == 0 {
		return target
	}
	base := module
	if !isPackage {
		base = parent(base)
	}
	for ; up > 1; up-- {
		base = parent(base)
	}
	return strings.Trim(base+"."+strings.TrimLeft(target, "."), ".")
}

// testModule reports whether an installed module is of the distribution's own tests.
func testModule(module string) bool {
	parts := strings.Split(module, ".")
	last := parts[len(parts)-1]
	return slices.Contains(parts, "tests") || last == "conftest" || strings.HasPrefix(last, "test_")
}

// whole reads all modules of a pack that may be imported, but its tests, and doubts what it may load by name.
func (w *world) whole(pk *pack) {
	if pk.copy == nil {
		w.absent(pk)
		return
	}
	w.graph.Read(pk.node.Key)
	dynamic, word := fettle.Location{}, ""
	for _, module := range slices.Sorted(maps.Keys(pk.copy.files)) {
		file := pk.copy.files[module]
		if w.noneRead != "" {
			return
		}
		if !w.seen[visit{pk, module}] && !testModule(module) {
			w.module(pk, module, false)
		}
		if word == "" && !testModule(module) {
			if s := w.skimFile(pk, file); s != nil && s.dynamic > 0 {
				dynamic, word = fettle.Location{Path: file, Line: s.dynamic}, s.word
			}
		}
	}
	compiled := false
	for _, module := range slices.Sorted(maps.Keys(pk.copy.compiled)) {
		compiled = true
		w.compiled(pk, pk.copy.compiled[module])
	}
	why := "is compiled, and may import it"
	if word != "" {
		why = "loads modules by name (" + word + " at " + place(dynamic) + "), and may import it"
	}
	if word != "" || compiled {
		for _, name := range pk.copy.requires {
			for _, to := range w.byName[name] {
				w.doubt(pk, to, pk.String()+" "+why, dynamic)
			}
		}
	}
	if word != "" {
		w.named(pk, why)
	}
	w.hosts(pk)
}

// installer reports whether the pack is a tool that every environment holds, whose name stands in many texts. An import of it
// counts.
func (p *pack) installer() bool {
	return p.extra && (p.name == "pip" || p.name == "setuptools" || p.name == "wheel")
}

// texts doubts what a string of a pack's file names.
func (w *world) texts(pk *pack, file string, s *skimmed) {
	for _, t := range s.texts {
		at := fettle.Location{Path: file, Line: t.line}
		for _, to := range w.groups[t.text] {
			if to != pk {
				w.doubt(pk, to, fmt.Sprintf("%s loads plugins of the group %s at %s, and it offers one", pk, t.text, place(at)), at)
			}
		}
		name, _, colon := strings.Cut(t.text, ":")
		if !strings.Contains(name, ".") && !colon && !t.first && s.dynamic == 0 {
			continue
		}
		for _, h := range w.find(name) {
			if h.pack != pk && !h.pack.installer() {
				w.doubt(pk, h.pack, fmt.Sprintf("%s names it at %s", pk, place(at)), at)
			}
		}
	}
}

// named doubts what the strings of a pack that loads modules by name say, wherever in it they stand.
func (w *world) named(pk *pack, why string) {
	begun := map[string]bool{}
	for _, module := range slices.Sorted(maps.Keys(pk.copy.files)) {
		if testModule(module) && !w.seen[visit{pk, module}] {
			continue
		}
		file := pk.copy.files[module]
		s := w.skimFile(pk, file)
		if s == nil {
			continue
		}
		for _, t := range s.texts {
			at := fettle.Location{Path: file, Line: t.line}
			if n := len(t.text); n > 3 && (t.text[n-1] == '_' || t.text[n-1] == '.') && isDotted(t.text[:n-1]) && !begun[t.text] && len(begun) < 2000 {
				begun[t.text] = true
				for _, to := range w.packs {
					if to != pk && to.named && !to.installer() && to.begins(t.text) {
						w.doubt(pk, to, fmt.Sprintf("%s %s: %s is at %s", pk, why, t.text, place(at)), at)
					}
				}
			}
			for _, h := range w.find(t.text) {
				if h.pack != pk && !h.pack.installer() {
					w.doubt(pk, h.pack, fmt.Sprintf("%s names it at %s, and %s", pk, place(at), why), at)
				}
			}
		}
	}
}

// hosts doubts the plugins of a pack that may be imported: those whose groups of entry points are called after it.
func (w *world) hosts(pk *pack) {
	for _, group := range slices.Sorted(maps.Keys(w.groups)) {
		for _, m := range pk.modules {
			if !strings.HasPrefix(group, top(m)) {
				continue
			}
			for _, to := range w.groups[group] {
				if to != pk {
					w.doubt(pk, to, fmt.Sprintf("%s may load the plugins of %s, and it offers one", pk, group), fettle.Location{Path: path.Join(to.copy.info, "entry_points.txt")})
				}
			}
		}
	}
}

// compiled doubts what the text of a compiled module names.
func (w *world) compiled(pk *pack, file string) {
	data := w.fileOf(pk, file, maxCompiled)
	if data == nil {
		w.graph.Doubt(pk.node.Key, "", file+" of "+pk.String()+" is compiled, and could not be read", fettle.Location{Path: file}, false)
		return
	}
	said := map[*pack]bool{pk: true}
	words(data, func(word []byte, _ int) {
		if len(word) < 2 {
			return
		}
		for _, h := range w.find(string(word)) {
			if !said[h.pack] && !h.pack.installer() {
				said[h.pack] = true
				w.doubt(pk, h.pack, fmt.Sprintf("%s names it in %s, which is compiled", pk, file), fettle.Location{Path: file})
			}
		}
	})
}

// absent doubts what a pack that is installed nowhere may import: what it needs, and as libraries import others where they are
// present, whatever is installed along with it.
func (w *world) absent(pk *pack) {
	why := pk.String() + " may import it: it is not installed here"
	edged := slices.ContainsFunc(w.p.Project.Nodes, func(n fettle.Node) bool {
		return slices.ContainsFunc(n.Holders, func(e fettle.Edge) bool { return w.byKey[e.Holder] != nil })
	})
	at := fettle.Location{Path: pk.node.Location.Path, Line: pk.node.Location.Line}
	if !edged {
		w.graph.Doubt(pk.node.Key, "", why, at, false)
		return
	}
	w.graph.Doubt(pk.node.Key, anything, why, at, false)
	if w.absentee {
		return
	}
	w.absentee = true
	w.graph.Read(anything)
	for _, to := range w.packs {
		if to.production() {
			w.graph.Doubt(anything, to.node.Key, why, at, false)
			w.touch(to)
		}
	}
}

// anything stands in the graph for what is installed in production: that a pack may import all of it is one doubt then.
const anything = "\x00production"

// words calls found for each word of a text that may be a name, dots included.
func words(data []byte, found func(word []byte, at int)) {
	for i := 0; i < len(data); {
		if !isWord(data[i]) || data[i] >= 0x80 {
			i++
			continue
		}
		from := i
		for i < len(data) && (isWord(data[i]) && data[i] < 0x80 || data[i] == '.' || data[i] == '-') {
			i++
		}
		if i-from <= 200 {
			found(bytesTrimDots(data[from:i]), from)
		}
	}
}

func bytesTrimDots(b []byte) []byte {
	for len(b) > 0 && (b[len(b)-1] == '.' || b[len(b)-1] == '-') {
		b = b[:len(b)-1]
	}
	return b
}
