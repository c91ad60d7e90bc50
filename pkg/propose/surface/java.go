package surface

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// java holds the classes and members that own sources name against those of the new jar.
func (l *look) java() error {
	j := &javaLook{look: l, before: newJar(l.old), after: newJar(l.new)}
	j.packages = j.before.packages()
	if len(j.packages) == 0 {
		return fmt.Errorf("%s holds no classes", l.upgrade.Package)
	}
	l.javaToolchain(j.before, j.after)
	l.links(j.pomLinks())
	for _, f := range l.own.files {
		if err := l.ctx.Err(); err != nil {
			return err
		}
		if !j.concerns(f) {
			continue
		}
		j.file, j.tree = f, javaOwnOf(l.ctx, f, j.before)
		j.imports()
		for _, u := range f.Uses {
			j.use(u.Module, u.Path, u.Line, u.Call)
		}
		j.chains()
		j.implements()
	}
	return nil
}

// javaLook is one file of own code.
type javaLook struct {
	*look
	before, after *jar
	packages      map[string]bool
	file          source
	tree          *javaOwn
	stars         []string // packages and classes of which all is imported
}

// concerns reports whether f may name a class of the old jar.
func (j *javaLook) concerns(f source) bool {
	j.stars = nil
	hit := j.packages[f.Module] && f.Module != ""
	for _, i := range f.Imports {
		if len(i.Names) == 1 && i.Names[0].Name == "*" {
			j.stars = append(j.stars, i.Target)
		}
		if c, _ := j.before.named(i.Target); c != nil || j.packages[i.Target] {
			hit = true
		}
	}
	if f.Module != "" {
		j.stars = append(j.stars, f.Module)
	}
	for _, u := range f.Uses {
		if hit {
			break
		}
		if u.Module == "" && strings.Count(u.Path, ".") > 1 && u.Path[0] != '.' {
			c, _ := j.before.named(u.Path)
			hit = c != nil
		}
	}
	return hit
}

// imports looks at the imports themselves.
func (j *javaLook) imports() {
	for _, i := range j.file.Imports {
		switch {
		case len(i.Names) == 1 && i.Names[0].Name == "*":
			if j.packages[i.Target] && !j.after.packages()[i.Target] {
				j.used[i.Target] = true
				j.broken(i.Target, locate(j.file, i.Line, i.Target), "the new version has no package "+i.Target)
			}
		case len(i.Names) == 1:
			j.use(i.Target, i.Names[0].Name, i.Line, false)
		default:
			j.use(i.Target, "", i.Line, false)
		}
	}
}

// owner finds the class of the old jar that a use is of, and the rest of its path.
func (j *javaLook) owner(module, dotted string) (c *class, rest string) {
	full := strings.Trim(module+"."+dotted, ".")
	if module != "" || strings.HasPrefix(dotted, ".") {
		if strings.HasPrefix(dotted, ".") && module == "" {
			return nil, ""
		}
		return j.before.named(full)
	}
	if c, rest = j.before.named(full); c != nil {
		return c, rest
	}
	first, _, _ := strings.Cut(dotted, ".")
	for _, d := range j.file.Defines { // a class of the file's own
		if name, _, _ := strings.Cut(d.Name, "."); name == first {
			return nil, ""
		}
	}
	for _, s := range j.stars {
		if c, rest = j.before.named(s + "." + full); c != nil {
			return c, rest
		}
	}
	return nil, ""
}

// use holds one name against both jars.
func (j *javaLook) use(module, dotted string, line int, call bool) {
	c, rest := j.owner(module, dotted)
	if c == nil {
		return
	}
	now, ok := j.whole(c, line)
	if !ok || rest == "" {
		return
	}
	name, more, _ := strings.Cut(rest, ".")
	method := call && more == ""
	j.member(c, now, name, method, line)
}

// whole is the class of the new jar; false where it is gone, which is told.
func (j *javaLook) whole(c *class, line int) (*class, bool) {
	shown := javaName(c.name)
	j.used[shown] = true
	now := j.after.class(c.name)
	switch {
	case now != nil && (now.access&accPublic != 0 || c.access&accPublic == 0):
		return now, true
	case j.after.bad[c.name]:
		j.gap("class "+shown+" of the new version cannot be read", nil)
		return nil, false
	case now != nil:
		j.broken(shown, locate(j.file, line, shown), shown+" is not public in the new version")
		return nil, false
	}
	if f := j.file.File.Path; f != "" && j.file.text != nil && locate(j.file, line, shown).Column == 0 && line > 0 && j.toldAt(shown) {
		return nil, false // a use through a variable of that class, whose declaration is told
	}
	j.broken(shown, locate(j.file, line, shown), "the new version has no class "+shown)
	return nil, false
}

func (j *javaLook) toldAt(symbol string) bool {
	return slices.ContainsFunc(j.result.Breaks, func(b fettle.Break) bool { return b.Symbol == symbol && b.Location.Path == j.file.Path })
}

// javaName is a class name as a source writes it.
func javaName(name string) string {
	return strings.NewReplacer("/", ".", "$", ".").Replace(name)
}

// member holds a method or field of a class against the new one.
func (j *javaLook) member(c, now *class, name string, method bool, line int) {
	before, _ := j.before.members(c, name, method)
	if len(before) == 0 && !method { // a static import does not say which it is
		before, _ = j.before.members(c, name, true)
		method = len(before) > 0
	}
	if len(before) == 0 {
		if name != "<init>" && !objectMethods[name] {
			j.unseen[javaName(c.name)+"."+name] = true // of a class outside of the jar
		}
		return
	}
	symbol := javaName(c.name) + "." + name
	if name == "<init>" {
		symbol = javaName(c.name)
	}
	j.used[symbol] = true
	at := locate(j.file, line, symbol)
	after, complete := j.after.members(now, name, method)
	if !method || !slices.ContainsFunc(before, func(m classMember) bool { return m.access&accStatic == 0 }) {
		complete = true // classes of others do not bring a field or a static method of that name
	}
	if len(after) == 0 {
		if complete {
			what := "no " + name
			if name == "<init>" {
				what = "no constructor that is public"
			}
			j.broken(symbol, at, "the new version's "+javaName(c.name)+" has "+what)
		} else if !objectMethods[name] {
			j.gap("whether "+symbol+" is still inherited from a class of another package cannot be told", &at)
		}
		return
	}
	if !method {
		return
	}
	n, types, ok := j.tree.arguments(line, name, lastName(javaName(c.name)))
	if !ok || !complete {
		return
	}
	fits := func(list []classMember) bool {
		return slices.ContainsFunc(list, func(m classMember) bool { return m.accepts(n, types) })
	}
	if fits(before) && !fits(after) {
		j.broken(symbol, at, "the new version's "+symbol+" takes other arguments: "+signatures(after))
	}
}

// accepts reports whether n arguments of those types, "" where one is not known, may be passed.
func (m classMember) accepts(n int, types []string) bool {
	args := m.arguments()
	if m.access&accVarargs != 0 && n >= len(args)-1 {
		return true
	}
	if n != len(args) {
		return false
	}
	for i, t := range types {
		if t != "" && !assignable(t, args[i]) {
			return false
		}
	}
	return true
}

// assignable reports whether a literal of type t may stand for a parameter; what is not known may.
func assignable(t, parameter string) bool {
	switch t {
	case "Ljava/lang/String;":
		switch parameter {
		case t, "Ljava/lang/Object;", "Ljava/lang/CharSequence;", "Ljava/lang/Comparable;", "Ljava/io/Serializable;", "Ljava/lang/constant/Constable;", "Ljava/lang/constant/ConstantDesc;":
			return true
		}
		return false
	case "I":
		return !strings.HasPrefix(parameter, "[") && parameter != "Z" && parameter != "Ljava/lang/String;"
	case "Z":
		return parameter == "Z" || parameter == "Ljava/lang/Boolean;" || parameter == "Ljava/lang/Object;" || parameter == "Ljava/lang/Comparable;" || parameter == "Ljava/io/Serializable;"
	}
	return true
}

// signatures writes out parameter lists for people.
func signatures(list []classMember) string {
	var all []string
	for _, m := range list {
		var args []string
		for _, a := range m.arguments() {
			args = append(args, javaType(a))
		}
		if text := "(" + strings.Join(args, ", ") + ")"; !slices.Contains(all, text) {
			all = append(all, text)
		}
		if len(all) == 4 {
			break
		}
	}
	return strings.Join(all, " or ")
}

var javaPrimitives = map[string]string{"I": "int", "J": "long", "Z": "boolean", "B": "byte", "C": "char", "D": "double", "F": "float", "S": "short"}

func javaType(descriptor string) string {
	inner := strings.TrimLeft(descriptor, "[")
	name := javaPrimitives[inner]
	if name == "" {
		name = lastName(javaName(strings.TrimSuffix(strings.TrimPrefix(inner, "L"), ";")))
	}
	return name + strings.Repeat("[]", len(descriptor)-len(inner))
}

// implements looks at own classes that implement an interface, or extend an abstract class, of the package.
func (j *javaLook) implements() {
	for _, o := range j.tree.types {
		if o.abstract {
			continue
		}
		for _, super := range o.supers {
			name, module := super, ""
			first, _, _ := strings.Cut(super, ".")
			for _, i := range j.file.Imports {
				if i.As == first && len(i.Names) == 0 {
					module, name = i.Target, strings.TrimPrefix(strings.TrimPrefix(super, first), ".")
				}
			}
			c, rest := j.owner(module, name)
			if c == nil || rest != "" {
				continue
			}
			now := j.after.class(c.name)
			if now == nil {
				continue
			}
			was := j.abstract(j.before, c)
			for m := range j.abstract(j.after, now) {
				if name, _, _ := strings.Cut(m, "("); !was[m] && !o.methods[name] && len(o.supers) == 1 {
					j.broken(javaName(c.name), locate(j.file, o.line, super), "the new version's "+javaName(c.name)+" asks for a method "+name)
				}
			}
			if c.access&accFinal == 0 && now.access&accFinal != 0 {
				j.broken(javaName(c.name), locate(j.file, o.line, super), javaName(c.name)+" is final in the new version")
			}
		}
	}
}

// abstract are the methods that a class which extends c must have, by name and descriptor.
func (j *javaLook) abstract(in *jar, c *class) map[string]bool {
	asked, given := map[string]bool{}, map[string]bool{}
	seen := map[string]bool{}
	for queue := []string{c.name}; len(queue) > 0 && len(seen) < 200; queue = queue[1:] {
		k := in.class(queue[0])
		if k == nil || seen[k.name] {
			continue
		}
		seen[k.name] = true
		for _, m := range k.methods {
			key := m.name + m.descriptor
			switch {
			case m.access&(accStatic|accPrivate) != 0:
			case m.access&accAbstract != 0 && !objectMethods[m.name]:
				asked[key] = true
			default:
				given[m.name+"("+plural(len(m.arguments()), "")] = true
			}
		}
		queue = append(append(queue, k.super), k.interfaces...)
	}
	for key := range asked {
		name, descriptor, _ := strings.Cut(key, "(")
		if given[name+"("+plural(len(classMember{descriptor: "(" + descriptor}.arguments()), "")] {
			delete(asked, key)
		}
	}
	return asked
}

// pomLinks are the addresses that the jar's own pom names.
func (j *javaLook) pomLinks() []string {
	for _, name := range j.after.files.names {
		if strings.HasPrefix(name, "META-INF/maven/") && strings.HasSuffix(name, "/pom.xml") {
			text, err := j.after.files.read(name)
			if err != nil {
				return nil
			}
			if _, scm, ok := strings.Cut(string(text), "<scm>"); ok {
				if _, url, ok := strings.Cut(scm, "<url>"); ok {
					url, _, _ = strings.Cut(url, "<")
					return []string{url}
				}
			}
		}
	}
	return nil
}
