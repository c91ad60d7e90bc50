package java

import (
	"archive/zip"
	"fmt"
	"slices"
	"strings"
)

// world is the classpath: whose jar holds which class, and what the classes that were looked at say.
type world struct {
	jars      []*jar
	holders   map[string][]*jar // by class
	packages  map[string]bool   // those that hold classes
	services  map[string][]service
	families  map[string][]string   // services of the JDK, by family
	resources map[string][]resource // that configure, by path
	read      map[string]*class
	broken    map[*jar]string // why a class of it could not be read
	inner     map[string]bool // simple names of nested classes
	budget    budget
}

// service is a class that a jar offers under the name of a service.
type service struct {
	provider string
	jar      *jar
}

type resource struct {
	file *zip.File
	jar  *jar
}

func newWorld() *world {
	return &world{holders: map[string][]*jar{}, packages: map[string]bool{}, services: map[string][]service{}, families: map[string][]string{}, resources: map[string][]resource{}, read: map[string]*class{}, broken: map[*jar]string{},
		inner: map[string]bool{}, budget: budget{maxInflated}}
}

// add puts a jar on the classpath.
func (w *world) add(j *jar) error {
	if len(w.jars) >= maxJars || len(w.holders)+len(j.classes) > maxClasses {
		return fmt.Errorf("more than %d jars or %d classes, the rest is not read", maxJars, maxClasses)
	}
	w.jars = append(w.jars, j)
	for name := range j.classes {
		w.holders[name] = append(w.holders[name], j)
		if i := strings.LastIndex(name, "."); i > 0 {
			w.packages[name[:i]] = true
		}
		if i := strings.LastIndex(name, "$"); i > 0 {
			w.inner[name[i+1:]] = true
		}
	}
	for _, f := range j.others {
		if !configures(f.Name) {
			continue
		}
		name, isService := strings.CutPrefix(f.Name, "META-INF/services/")
		if !isService {
			w.resources[f.Name] = append(w.resources[f.Name], resource{f, j})
			continue
		}
		if kind := family(name); kind != "" && ofJDK(name) && !slices.Contains(w.families[kind], name) {
			w.families[kind] = append(w.families[kind], name)
		}
		data, err := w.budget.unpack(f, maxResource)
		if err != nil {
			w.broken[j] = f.Name + " " + err.Error()
			continue
		}
		for line := range strings.Lines(string(data)) {
			line, _, _ = strings.Cut(line, "#")
			if line = strings.TrimSpace(line); line != "" && len(line) <= maxWord {
				w.services[name] = append(w.services[name], service{line, j})
			}
		}
	}
	return nil
}

func (w *world) close() {
	for _, j := range w.jars {
		_ = j.close()
	}
}

// class reads a class of the classpath, all copies of it as one; nil where there is none.
func (w *world) class(name string) *class {
	if c, ok := w.read[name]; ok {
		return c
	}
	var all *class
	for i, j := range w.holders[name] {
		if i >= 4 {
			break
		}
		for k, f := range j.classes[name] {
			if k >= 8 {
				break
			}
			data, err := w.budget.unpack(f, maxClass)
			var c *class
			if err == nil {
				c, err = readClass(data)
			}
			if err != nil {
				w.broken[j] = f.Name + " " + err.Error()
				continue
			}
			all = all.merge(c)
		}
	}
	w.read[name] = all
	return all
}

// merge takes what another copy of the same class says.
func (c *class) merge(o *class) *class {
	if c == nil {
		return o
	}
	for _, list := range []struct{ to, from *[]string }{{&c.supers, &o.supers}, {&c.refs, &o.refs}, {&c.texts, &o.texts}, {&c.own, &o.own}} {
		*list.to = append(*list.to, *list.from...)
		slices.Sort(*list.to)
		*list.to = slices.Compact(*list.to)
	}
	c.calls = append(c.calls, o.calls...)
	return c
}

// resolve finds the class that a dotted name begins with: the longest, where a.b.C.D is a.b.C$D or the field D of a.b.C. Rest
// is what follows.
func (w *world) resolve(name string) (class, rest string, ok bool) {
	return resolveIn(name, func(n string) bool { return len(w.holders[n]) > 0 })
}

func resolveIn(name string, has func(string) bool) (class, rest string, ok bool) {
	if len(name) > 2*maxWord {
		return "", "", false
	}
	if has(name) {
		return name, "", true
	}
	for at := 0; at < len(name); {
		i := strings.IndexByte(name[at:], '.')
		if i < 0 {
			return "", "", false
		}
		at += i
		if class = name[:at]; has(class) {
			break
		}
		at++
		class = ""
	}
	if class == "" {
		return "", "", false
	}
	rest = name[len(class)+1:]
	for rest != "" {
		next, after, _ := strings.Cut(rest, ".")
		if !has(class + "$" + next) {
			break
		}
		class, rest = class+"$"+next, after
	}
	return class, rest, true
}

// normal is a word of a text as the name of a class: a/b/C.class and a.b.C are a.b.C. A member may follow.
func normal(word string) string {
	word = strings.TrimSuffix(strings.TrimPrefix(word, "/"), ".class")
	if strings.HasPrefix(word, "L") && strings.Contains(word, "/") && !strings.Contains(word, ".") { // a descriptor
		if i := strings.IndexByte(word, '/'); i > 1 && strings.ToLower(word[1:i]) == word[1:i] {
			word = word[1:]
		}
	}
	return strings.Trim(strings.ReplaceAll(word, "/", "."), ".")
}

// nested reports whether a class of the classpath has a nested class of this simple name.
func (w *world) nested(name string) bool { return w.inner[name] }

// below returns the classes of a package and the packages below it.
func (w *world) below(prefix string) []string {
	var all []string
	for name := range w.holders {
		if strings.HasPrefix(name, prefix) {
			all = append(all, name)
		}
	}
	slices.Sort(all)
	return all
}
