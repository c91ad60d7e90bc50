package surface

import (
	"maps"
	"path"
	"strings"

	"github.com/fettle-dev/fettle/pkg/syntax"
)

// nodeModule is what one file exports.
type nodeModule struct {
	names map[string]bool
	whole bool // module.exports, or export =, is a thing of its own: a function or a class
	open  bool // it exports what its text does not show, or members of something whole
	es    bool // it has export statements

	loads   []string // files of the package that it loads
	dynamic bool     // it loads files that its text does not name
}

// nodeLoose are the names that are defined anywhere: declared, assigned to a member, keys of objects, methods, and texts
// that look like names. What is not among them is not there.
type nodeLoose struct {
	names   map[string]bool
	partial bool // a file could not be read
}

// module reads what a file exports, with what it hands on.
func (p *nodePackage) module(file string) *nodeModule { return p.moduleAt(file, 0) }

func (p *nodePackage) moduleAt(file string, depth int) *nodeModule {
	if m := p.modules[file]; m != nil {
		return m
	}
	m := &nodeModule{names: map[string]bool{}}
	p.modules[file] = m
	if ext := path.Ext(file); ext == ".json" || ext == ".node" || depth > 40 {
		m.open = true
		return m
	}
	data, err := p.files.read(file)
	if err != nil {
		m.open = true
		return m
	}
	f, err := syntax.Read(p.ctx, file, data)
	if err != nil || f.Broken > 0 {
		m.open = true
	}
	if err != nil {
		return m
	}
	for _, i := range f.Imports {
		if from := p.relative(file, i.Target); from != "" {
			m.loads = append(m.loads, from)
		}
		m.dynamic = m.dynamic || strings.HasPrefix(i.Target, "#") // by the imports map of the package
	}
	for _, d := range f.Dynamic {
		m.dynamic = m.dynamic || strings.Contains(d.What, "require") || strings.Contains(d.What, "import")
	}
	named, whole := 0, 0
	for _, e := range f.Exports {
		from := p.relative(file, e.Module)
		switch {
		case e.Name != "" && e.Name != "*":
			m.names[e.Name] = true
			named++
		case e.Module == "" || e.Path != "":
			m.open = true
			m.whole = m.whole || e.Name == ""
			whole++
		case from == "":
			m.open = true
			whole++
		default:
			whole++
			inner := p.moduleAt(from, depth+1)
			for name := range inner.names {
				if e.Name == "" || name != "default" {
					m.names[name] = true
				}
			}
			m.open = m.open || inner.open
			m.whole = m.whole || e.Name == "" && inner.whole
		}
	}
	text := string(data)
	m.es = strings.Contains(text, "export ") || strings.Contains(text, "export{") || strings.Contains(text, "export*")
	if named+whole == 0 || strings.Contains(text, "__exportStar") || strings.Contains(text, "Object.keys(") && strings.Contains(text, "exports") && !m.es || strings.Contains(text, "__export(") ||
		strings.Contains(text, "exports[") || strings.Contains(text, "Object.assign(module.exports") || strings.Contains(text, "Object.assign(exports") {
		m.open = true
	}
	if isDeclaration(file) && (strings.Contains(text, "export =") || strings.Contains(text, "declare module") || strings.Contains(text, "export as namespace")) {
		m.open = true
	}
	return m
}

// relative is the file of the package that an import in file leads to; "" where it leads elsewhere.
func (p *nodePackage) relative(file, target string) string {
	if target != "." && target != ".." && !strings.HasPrefix(target, "./") && !strings.HasPrefix(target, "../") {
		return ""
	}
	name := path.Join(path.Dir(file), target)
	if isDeclaration(file) {
		base := strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(name, ".js"), ".mjs"), ".cjs")
		for _, try := range []string{base + ".d.ts", name + ".d.ts", base + ".d.mts", base + ".d.cts", path.Join(name, "index.d.ts")} {
			if p.files.has[try] {
				return try
			}
		}
		return ""
	}
	return p.file(name, false)
}

// anywhere are the names defined in the files that a file loads, itself included; in all of the package where one of them
// loads what its text does not name.
func (p *nodePackage) anywhere(file string) *nodeLoose {
	if l := p.reached[file]; l != nil {
		return l
	}
	l := &nodeLoose{names: map[string]bool{}}
	if p.reached == nil {
		p.reached = map[string]*nodeLoose{}
	}
	p.reached[file] = l
	seen := map[string]bool{file: true}
	for queue := []string{file}; len(queue) > 0; queue = queue[1:] {
		m := p.module(queue[0])
		if m.dynamic {
			for _, name := range p.files.names {
				if _, ok := syntax.LanguageOf(name); ok && !strings.Contains(name, ".min.") {
					p.add(l, name)
				}
			}
			return l
		}
		if _, ok := syntax.LanguageOf(queue[0]); ok {
			p.add(l, queue[0])
		}
		for _, next := range m.loads {
			if !seen[next] {
				seen[next] = true
				queue = append(queue, next)
			}
		}
	}
	return l
}

// add takes the names of one file.
func (p *nodePackage) add(l *nodeLoose, file string) {
	words, ok := p.words[file]
	if !ok {
		words = p.wordsOf(file)
		if p.words == nil {
			p.words = map[string]map[string]bool{}
		}
		p.words[file] = words
	}
	if words == nil {
		l.partial = true
	}
	maps.Copy(l.names, words)
}

// wordsOf are the names that one file defines; nil where it cannot be read.
func (p *nodePackage) wordsOf(file string) map[string]bool {
	l := &nodeLoose{names: map[string]bool{}}
	data, err := p.files.read(file)
	if err != nil {
		return nil
	}
	language, _ := syntax.LanguageOf(file)
	tree, err := syntax.Parse(p.ctx, language, data)
	if err != nil {
		return nil
	}
	for n := range tree.Root().Walk() {
		parent := n.Parent()
		switch n.Kind() {
		case "property_identifier", "private_property_identifier":
			if parent.Is("member_expression") && !(parent.FieldName() == "left" && parent.Parent().Is("assignment_expression")) {
				continue
			}
		case "shorthand_property_identifier":
		case "identifier":
			if n.FieldName() != "name" && n.FieldName() != "alias" {
				continue
			}
		case "type_identifier":
			if n.FieldName() != "name" {
				continue
			}
		case "string_fragment":
			if len(n.Text()) > 60 {
				continue
			}
			for _, word := range strings.FieldsFunc(n.Text(), func(r rune) bool { return r > 0x7f || !wordByte(byte(r)) }) {
				l.names[word] = true
			}
			continue
		default:
			continue
		}
		l.names[n.Text()] = true
	}
	return l.names
}

// has tells whether what a subpath leads to has a name.
func (p *nodePackage) has(file, name string) state {
	m := p.module(file)
	switch {
	case m.names[name]:
		return found
	case !m.open:
		return missing
	}
	if all := p.anywhere(file); all.names[name] {
		return found // somewhere, which is the most that can be said
	} else if all.partial {
		return unknown
	}
	return missing
}
