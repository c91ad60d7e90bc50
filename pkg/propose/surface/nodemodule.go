package surface

import (
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/syntax"
)

// nodeModule is what one file exports.
type nodeModule struct {
	names map[string]bool
	whole bool // module.exports, or export =, is a thing of its own: a function or a class
	open  bool // it exports what its text does not show, or members of something whole
	own   bool // of what is whole: its members are all defined in this file
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
			if e.Name == "" {
				m.whole = true
				m.own = e.Module == "" && slices.ContainsFunc(f.Defines, func(d syntax.Definition) bool { return d.Name == e.Path }) && ownMembers(string(data), e.Path)
			}
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
	if named+whole == 0 || madeExports.MatchString(text) {
		m.open = true
	}
	if isDeclaration(file) && (strings.Contains(text, "export =") || strings.Contains(text, "declare module") || strings.Contains(text, "export as namespace")) {
		m.open = true
	}
	return m
}

// madeExports is text that exports names which the text does not show.
var madeExports = regexp.MustCompile(`\bexports\[|defineProperty\(\s*exports\s*,\s*[^'"\s]|__exportStar|__export\(|Object\.assign\((?:module\.)?exports\b`)

// passed is a call that is handed what a file exports, or a name that is taken from it by an expression.
var passed = regexp.MustCompile(`([\w$.]+)\(\s*(exports|module\.exports|[\w$]+)\s*,\s*(.)|\b(exports|[\w$]+)\[|\bclass\s+([\w$]+)\s+extends\b`)

// ownMembers reports whether nothing but plain assignments in text gives members to the function or class called name.
func ownMembers(text, name string) bool {
	is := func(what string) bool { return what == "exports" || what == "module.exports" || what == name }
	if name == "exports" && strings.Contains(text, "extends") {
		return false
	}
	for _, m := range passed.FindAllStringSubmatch(text, -1) {
		switch {
		case m[5] != "" && m[5] == name:
			return false
		case m[4] != "" && is(m[4]):
			return false
		case m[2] != "" && is(m[2]) && !(strings.HasSuffix(m[1], "defineProperty") && (m[3] == "'" || m[3] == `"`)):
			return false
		}
	}
	return true
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

// maxSearched bounds the text of one version that is searched for names, so that a Check takes seconds.
const maxSearched = 6 << 20

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
	words := p.wordsIn(file)
	if words == nil {
		l.partial = true
	}
	maps.Copy(l.names, words)
}

// wordsIn is wordsOf, asked once.
func (p *nodePackage) wordsIn(file string) map[string]bool {
	words, ok := p.words[file]
	if !ok {
		words = p.wordsOf(file)
		if p.words == nil {
			p.words = map[string]map[string]bool{}
		}
		p.words[file] = words
	}
	return words
}

// wordsOf are the names that one file defines; nil where it cannot be read.
func (p *nodePackage) wordsOf(file string) map[string]bool {
	l := &nodeLoose{names: map[string]bool{}}
	data, err := p.files.read(file)
	if err != nil || p.searched+len(data) > maxSearched {
		return nil
	}
	p.searched += len(data)
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
			if n.FieldName() != "name" && n.FieldName() != "alias" || !isDeclaration(file) && parent.Is("variable_declarator", "function_declaration", "generator_function_declaration", "function_expression") {
				continue // which alone is seen by nobody outside
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
	if m.own {
		if words := p.wordsIn(file); words != nil && !words[name] {
			return missing
		}
	}
	if all := p.anywhere(file); all.names[name] {
		return found // somewhere, which is the most that can be said
	} else if all.partial {
		return unknown
	}
	return missing
}
