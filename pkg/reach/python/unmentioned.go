package python

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/reach/program"
	"github.com/fettle-dev/fettle/pkg/syntax"
)

// isTemplate reports whether a file may call methods of what it is given.
func isTemplate(file string) bool {
	return slices.Contains([]string{".html", ".htm", ".jinja", ".jinja2", ".j2", ".mako", ".tmpl", ".tpl", ".djhtml", ".xhtml", ".pt", ".eml"}, strings.ToLower(path.Ext(file)))
}

// Bounds of the package whose inner calls are followed.
const (
	maxFollowed      = 600
	maxFollowedBytes = 6 << 20
)

// unmentioned says why the symbols may be called all the same; "" where they cannot be: all code that is imported was read,
// and neither their names nor those of the functions that lead to them stand in it.
func (w *world) unmentioned(ctx context.Context, pk *pack, all []symbol) (string, error) {
	switch {
	case pk.copy == nil:
		return "it is not installed here, so its own calls are not known", nil
	case w.p.Files == nil:
		return "the tree cannot be read", nil
	case w.hazy:
		return "the program loads code by names that cannot be read", nil
	case len(pk.copy.compiled) > 0:
		return "a part of it is compiled", nil
	case w.noneRead != "":
		return w.noneRead, nil
	}
	for _, other := range w.packs {
		if w.touched[other] && other.copy == nil {
			return other.String() + " is not installed here", nil
		}
	}
	leads, why, err := w.leading(ctx, pk, all)
	if why != "" || err != nil {
		return why, err
	}
	modules := map[string]bool{}
	for _, m := range pk.modules {
		modules[top(m)] = true
	}
	for _, file := range w.p.Others {
		if isTemplate(file) {
			data, err := w.p.Files.Read(file)
			if err != nil {
				return file + " could not be read", nil
			}
			if word := wordOf(data, leads); word != "" {
				return file + " names " + word, nil
			}
		}
	}
	for _, s := range w.sources {
		if s.Test {
			continue
		}
		if why := w.mentioned(s, pk, leads); why != "" {
			return why, nil
		}
		data, err := w.p.Files.Read(s.Path)
		if err != nil {
			return s.Path + " could not be read again", nil
		}
		if computed(data) {
			return s.Path + " takes attributes by names that are computed", nil
		}
	}
	for _, other := range w.packs {
		if other == pk || !w.touched[other] {
			continue
		}
		for _, module := range slices.Sorted(maps.Keys(other.copy.files)) {
			if testModule(module) && !w.seen[visit{other, module}] {
				continue
			}
			file := other.copy.files[module]
			data := w.fileOf(other, file, maxScript)
			if why := wordOf(data, leads); why != "" {
				return fmt.Sprintf("%s of %s names %s", file, other, why), nil
			}
			if computed(data) && wordOf(data, modules) != "" {
				return fmt.Sprintf("%s of %s takes attributes by names that are computed", file, other), nil
			}
		}
		if len(other.copy.compiled) > 0 && slices.Contains(other.copy.requires, pk.name) {
			return other.String() + " is compiled", nil
		}
	}
	return "", nil
}

// leading returns the names of the functions of the package that may lead to the symbols: those that mention the name of one,
// and so on. A mention outside of functions runs on import.
func (w *world) leading(ctx context.Context, pk *pack, all []symbol) (map[string]bool, string, error) {
	if len(pk.copy.files) > maxFollowed {
		return nil, "it has too many files to follow its own calls", nil
	}
	leads := map[string]bool{}
	for _, s := range all {
		if s.module {
			return nil, "all of the module " + s.full + " is named", nil
		}
		if strings.HasPrefix(s.name, "__") {
			return nil, s.name + " is called without its name", nil
		}
		leads[s.name] = true
	}
	type mention struct{ in, name, at string }
	var mentions []mention
	hooked := map[string]string{} // functions that decorators hand to others, by name
	total := 0
	for _, module := range slices.Sorted(maps.Keys(pk.copy.files)) {
		if testModule(module) {
			continue
		}
		file := pk.copy.files[module]
		data := w.fileOf(pk, file, maxScript)
		if total += len(data); data == nil || total > maxFollowedBytes {
			return nil, "it is too large to follow its own calls", nil
		}
		if computed(data) {
			return nil, file + " of it takes attributes by names that are computed", nil
		}
		for name := range registered(data) {
			hooked[name] = file
		}
		f, err := syntax.Read(ctx, file, data)
		if ctx.Err() != nil {
			return nil, "", ctx.Err()
		}
		if err != nil || f.Broken > 0 {
			return nil, file + " of it does not parse", nil
		}
		for _, d := range f.Dynamic {
			if !strings.HasPrefix(d.What, syntax.EntryPoints) {
				return nil, fmt.Sprintf("%s:%d of it: %s", file, d.Line, d.What), nil
			}
		}
		if strings.HasSuffix("."+module, ".__main__") {
			continue // runs as a command only
		}
		heads := map[int]string{} // classes and functions by the line of their heads
		for _, d := range f.Defines {
			heads[d.Line] = d.Name
		}
		for _, u := range f.Uses {
			if w.stdlib[top(u.Module)] {
				continue
			}
			if u.In == "" {
				u.In = heads[u.Line] // a base, or a value that a parameter begins with
			}
			for part := range strings.SplitSeq(u.Path, ".") {
				if part != "" {
					mentions = append(mentions, mention{u.In, part, fmt.Sprintf("%s:%d", file, u.Line)})
				}
			}
		}
		for text := range f.Strings {
			if isIdentifier(text) && reflects(f) { // else it may be a table of what a module exports, or a text
				mentions = append(mentions, mention{"", text, fmt.Sprintf("%s:%d", file, f.Strings[text])})
			}
		}
	}
	for changed := true; changed; {
		changed = false
		for _, m := range mentions {
			if !leads[m.name] {
				continue
			}
			if m.in == "" {
				return nil, "it names " + m.name + " at " + m.at + " itself", nil
			}
			for part := range strings.SplitSeq(m.in, ".") {
				if strings.HasPrefix(part, "__") && strings.HasSuffix(part, "__") {
					continue // is called without its name: by its class, which is a part too
				}
				if !leads[part] {
					leads[part], changed = true, true
				}
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(leads)) {
		if file, ok := hooked[name]; ok {
			return nil, name + " is handed to a decorator in its " + file, nil
		}
	}
	return leads, "", nil
}

// computed reports whether a text takes an attribute by a name that is no literal.
func computed(data []byte) bool {
	for {
		at := bytes.Index(data, []byte("getattr("))
		if at < 0 {
			return bytes.Contains(data, []byte("attrgetter(")) || bytes.Contains(data, []byte("methodcaller(")) || bytes.Contains(data, []byte(".__dict__["))
		}
		data = data[at+len("getattr("):]
		depth, comma := 0, -1
		for i, c := range data[:min(len(data), 500)] {
			if c == '(' || c == '[' {
				depth++
			} else if c == ')' || c == ']' {
				depth--
			}
			if c == ',' && depth == 0 || depth < 0 {
				comma = i
				break
			}
		}
		name := bytes.TrimSpace(data[comma+1:])
		if comma < 0 || len(name) == 0 || name[0] != '"' && name[0] != '\'' {
			return true
		}
		if end := bytes.IndexByte(name[1:], name[0]); end < 0 || len(name) < end+3 || !bytes.HasPrefix(bytes.TrimSpace(name[end+2:]), []byte(")")) && !bytes.HasPrefix(bytes.TrimSpace(name[end+2:]), []byte(",")) {
			return true // a text that more is added to
		}
	}
}

// harmless are decorators that leave what they decorate where it is.
var harmless = []string{"staticmethod", "classmethod", "property", "cached_property", "contextmanager", "asynccontextmanager", "overload", "abstractmethod", "lru_cache", "cache", "wraps", "final", "override",
	"dataclass", "deprecated", "total_ordering", "setter", "getter", "deleter", "no_type_check"}

// registered returns the functions and classes of a text that have decorators of other kinds: those may be called without their name.
func registered(data []byte) map[string]bool {
	names := map[string]bool{}
	pending := false
	for line := range bytes.Lines(data) {
		text := strings.TrimSpace(string(line))
		if rest, ok := strings.CutPrefix(text, "@"); ok {
			name, _, _ := strings.Cut(strings.TrimSpace(rest), "(")
			name = strings.TrimSpace(name[strings.LastIndexByte(name, '.')+1:])
			pending = pending || !slices.Contains(harmless, name)
			continue
		}
		text = strings.TrimPrefix(text, "async ")
		for _, keyword := range []string{"def ", "class "} {
			if rest, ok := strings.CutPrefix(text, keyword); ok {
				if end := strings.IndexAny(rest, "(:["); end >= 0 && pending {
					names[strings.TrimSpace(rest[:end])] = true
				}
				pending = false
			}
		}
	}
	return names
}

// reflects reports whether a file takes things by names that are values.
func reflects(f syntax.File) bool {
	return slices.ContainsFunc(f.Uses, func(u syntax.Use) bool {
		return u.Module == "" && (u.Path == "getattr" || u.Path == "globals" || u.Path == "vars" || u.Path == "locals") || u.Module == "operator" && (u.Path == "attrgetter" || u.Path == "methodcaller")
	})
}

// mentioned says where an own file names one of the words; "" where it does not. What is of the standard library is none.
func (w *world) mentioned(s program.Source, pk *pack, leads map[string]bool) string {
	at := func(line int, what string) string {
		return place(fettle.Location{Path: s.Path, Line: line}) + " " + what
	}
	for _, u := range s.Uses {
		if w.stdlib[top(u.Module)] {
			continue
		}
		if u.Path == "" && w.leads(u.Module, pk) {
			return at(u.Line, "hands "+u.Module+" on")
		}
		for part := range strings.SplitSeq(u.Module+"."+u.Path, ".") {
			if leads[part] {
				return at(u.Line, "names "+part)
			}
		}
	}
	for _, i := range s.Imports {
		for _, n := range i.Names {
			if leads[n.Name] && !w.stdlib[top(i.Target)] {
				return at(i.Line, "names "+n.Name)
			}
		}
	}
	for text, line := range s.Strings {
		for part := range strings.SplitSeq(text, ".") {
			if leads[part] {
				return at(line, "names "+part)
			}
		}
	}
	return ""
}

// wordOf returns a word of the text that is one of leads.
func wordOf(data []byte, leads map[string]bool) string {
	for i := 0; i < len(data); {
		if !isWord(data[i]) {
			i++
			continue
		}
		from := i
		for i < len(data) && isWord(data[i]) {
			i++
		}
		if leads[string(data[from:i])] {
			return string(bytes.Clone(data[from:i]))
		}
	}
	return ""
}
