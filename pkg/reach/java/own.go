package java

import (
	"fmt"
	"path"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/reach/program"
	"github.com/fettle-dev/fettle/pkg/syntax"
)

// mention is one place of the program's own that names a class of the classpath.
type mention struct {
	class string
	hop   fettle.Hop
	test  bool
	soft  bool // in a string, or in configuration by a name that may mean something else
}

// call is one place of the program's own code that calls a method of a class of the classpath.
type call struct {
	member
	hop  fettle.Hop
	test bool
}

// doubt is a place that may load any class, or those whose names begin with a prefix.
type doubt struct {
	why    string
	at     fettle.Location
	prefix string
}

// own is what the program's own code and configuration say.
type own struct {
	world     *world
	classes   map[string]bool // of the program, nested ones with a dollar sign
	packages  map[string]bool
	mentions  []mention
	calls     []call
	doubts    []doubt
	seen      map[string]bool
	imports   []mention       // of classes that nobody has
	inner     map[string]bool // simple names of nested classes
	elsewhere bool            // other modules of the tree hold sources of the program
	compiled  bool            // all of the program's classes are here in compiled form too
}

// define notes the classes of the program's own sources.
func (o *own) define(sources []program.Source) {
	for _, s := range sources {
		if s.Module != "" {
			o.packages[s.Module] = true
		}
		for _, d := range s.Defines {
			name := strings.TrimSuffix(d.Name, ".<init>")
			if i := strings.LastIndexByte(name, '.'); i >= 0 {
				o.inner[name[i+1:]] = true
			}
			o.classes[strings.TrimPrefix(s.Module+"."+strings.ReplaceAll(name, ".", "$"), ".")] = true // methods too, which hurts nobody
		}
	}
}

// scope is what the simple names of one file may mean.
type scope struct {
	*own
	file    program.Source
	stars   []string // packages, or classes, of which all is imported
	unclear bool     // names may come from where nobody can look
}

// read notes what a source file names.
func (o *own) read(s program.Source) {
	sc := &scope{own: o, file: s}
	for _, i := range s.Imports {
		at := fettle.Location{Path: s.Path, Line: i.Line}
		switch {
		case len(i.Names) == 1 && i.Names[0].Name == "*":
			sc.stars = append(sc.stars, i.Target)
			class, _, isClass := o.world.resolve(i.Target)
			switch {
			case isClass:
				o.mention(class, at, s.Test, false)
			case o.isOwn(i.Target) || o.packages[i.Target] || o.world.packages[i.Target]:
			default:
				sc.unclear = true
				if ofJDK(i.Target+".") || ofJDK(i.Target) {
					o.mention(i.Target+".*", at, s.Test, false)
				} else {
					o.unknown(i.Target, at, s.Test)
				}
			}
		case i.As == "" && len(i.Names) == 0: // loaded by its name
			if class, _, ok := o.world.resolve(plainName(i.Target)); ok {
				o.mention(class, at, s.Test, false)
			}
		default:
			o.imported(i.Target, at, s.Test)
		}
	}
	for _, u := range s.Uses {
		sc.use(u)
	}
	for text, line := range s.Strings {
		o.text(text, fettle.Location{Path: s.Path, Line: line}, s.Test)
	}
	if s.Test {
		return
	}
	for _, d := range s.Dynamic {
		o.doubts = append(o.doubts, doubt{d.What, fettle.Location{Path: s.Path, Line: d.Line}, d.Prefix})
	}
	o.polymorphs(s)
	if s.Broken > 0 {
		o.doubts = append(o.doubts, doubt{"the file does not parse from here on", fettle.Location{Path: s.Path, Line: s.Broken}, ""})
	}
}

// imported notes an import of one class.
func (o *own) imported(target string, at fettle.Location, test bool) {
	if class, _, ok := o.world.resolve(target); ok {
		o.mention(class, at, test, false)
	} else if ofJDK(target) {
		o.mention(target, at, test, false)
	} else if !o.isOwn(target) {
		o.unknown(target, at, test)
	}
}

func (o *own) isOwn(name string) bool {
	_, _, ok := resolveIn(name, func(n string) bool { return o.classes[n] })
	return ok
}

// unknown notes an import of what is in no jar and no source.
func (o *own) unknown(target string, at fettle.Location, test bool) {
	o.imports = append(o.imports, mention{class: target, hop: fettle.Hop{Symbol: target, Location: at}, test: test})
}

func (o *own) mention(class string, at fettle.Location, test, soft bool) {
	key := fmt.Sprintf("%s\x00%t\x00%t", class, test, soft)
	if !o.seen[key] {
		o.seen[key] = true
		o.mentions = append(o.mentions, mention{class, fettle.Hop{Location: at}, test, soft})
	}
}

// use notes what a use names: a class, and what is called on it.
func (sc *scope) use(u syntax.Use) {
	at := fettle.Location{Path: sc.file.Path, Line: u.Line}
	if u.Module != "" {
		sc.take(strings.TrimSuffix(u.Module+"."+u.Path, "."), u, at)
		return
	}
	head, _, _ := strings.Cut(u.Path, ".")
	if head == "" { // called on who knows what
		return
	}
	if sc.classes[strings.TrimPrefix(sc.file.Module+"."+head, ".")] {
		return
	}
	candidates := []string{sc.file.Module + "." + u.Path}
	for _, star := range sc.stars {
		candidates = append(candidates, star+"."+u.Path)
	}
	if strings.Contains(u.Path, ".") {
		candidates = append(candidates, u.Path)
	}
	found := false
	for _, c := range candidates {
		found = sc.take(c, u, at) || found || sc.isOwn(c)
	}
	if name := logs[u.Path]; name != "" { // Lombok's, by a star import
		sc.lombok(name, at)
	}
	if !found && !sc.unclear && len(sc.stars) == 0 && sc.typeLike(u.Path, head) {
		sc.unknown(strings.TrimPrefix(sc.file.Module+"."+head, "."), at, sc.file.Test)
	}
}

// typeLike reports whether the head of a name can only be that of a type which some file of the package must have.
func (sc *scope) typeLike(name, head string) bool {
	if head[0] < 'A' || head[0] > 'Z' || strings.ToUpper(head) == head || isLang(head) || sc.file.Broken > 0 || name != head {
		return false
	}
	return !sc.world.nested(head) && !sc.inner[head] // inherited from the class that it extends, perhaps
}

// take notes a use under its whole name, if that is of a class of the classpath.
func (sc *scope) take(name string, u syntax.Use, at fettle.Location) bool {
	if strings.HasPrefix(name, "lombok.") {
		if other := logs[name[strings.LastIndex(name, ".")+1:]]; other != "" {
			sc.lombok(other, at)
		}
	}
	class, rest, ok := sc.world.resolve(name)
	if !ok {
		if name, _, _ := strings.Cut(name, "("); len(name) <= maxWord && ofJDK(name) {
			sc.mention(platformClass(name), at, sc.file.Test, false)
		}
		return false
	}
	sc.mention(class, at, sc.file.Test, false)
	if u.Call && rest != "" && !strings.Contains(rest, ".") {
		sc.calls = append(sc.calls, call{member{class, rest}, fettle.Hop{Symbol: strings.TrimPrefix(sc.file.Module+"."+u.In, "."), Location: at}, sc.file.Test})
	}
	return true
}

func (sc *scope) lombok(class string, at fettle.Location) {
	if len(sc.world.holders[class]) > 0 {
		sc.mention(class, at, sc.file.Test, false)
	}
}

// text notes what a string of the program's own may name.
func (o *own) text(text string, at fettle.Location, test bool) {
	words(text, func(word string) { o.word(word, at, test, true, true) })
}

// word notes what a word of a text may name: a class, or a package.
func (o *own) word(word string, at fettle.Location, test, soft, packages bool) {
	name := normal(word)
	if class, rest, ok := o.world.resolve(name); ok {
		if !strings.Contains(rest, ".") {
			o.mention(class, at, test, soft)
		}
		return
	}
	if packages && strings.Contains(name, ".") && !test && !o.packages[name] && o.world.packages[name] {
		o.doubts = append(o.doubts, doubt{"names the package " + name, at, name + "."})
	}
}

// generated says by which file of a source's name its class is compiled.
func generated(s program.Source) string {
	return path.Join(strings.ReplaceAll(s.Module, ".", "/"), strings.TrimSuffix(path.Base(s.Path), ".java")) + ".class"
}

// compiledClass notes what a compiled class of the program's own names.
func (o *own) compiledClass(c *class, name, file string) {
	o.classes[name] = true
	o.compiledPolymorphs(c, file)
	at := fettle.Location{Path: file}
	for _, ref := range c.refs {
		if len(o.world.holders[ref]) > 0 {
			o.mention(ref, at, false, false)
		}
	}
	for _, m := range c.calls {
		if len(o.world.holders[m.class]) > 0 {
			o.calls = append(o.calls, call{m, fettle.Hop{Symbol: name, Location: at}, false})
		}
	}
}

// platformClass is the class that a name of the JDK begins with: its first part that begins with a capital is the last.
func platformClass(name string) string {
	for i := 1; i < len(name); i++ {
		if name[i-1] == '.' && 'A' <= name[i] && name[i] <= 'Z' {
			if end := strings.IndexByte(name[i:], '.'); end >= 0 {
				return name[:i+end]
			}
			break
		}
	}
	return name
}
