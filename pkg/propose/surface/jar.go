package surface

import (
	"path"
	"regexp"
	"slices"
	"strings"
)

// jar is the classes of one jar, each read when it is asked for.
type jar struct {
	files *artifact
	read  map[string]*class
	bad   map[string]bool
}

func newJar(a *artifact) *jar {
	return &jar{files: a, read: map[string]*class{}, bad: map[string]bool{}}
}

// class returns the class of a name with slashes and dollars; nil where the jar has none, or one that cannot be read.
func (j *jar) class(name string) *class {
	if c, ok := j.read[name]; ok {
		return c
	}
	var c *class
	if file := name + ".class"; j.files.has[file] {
		data, err := j.files.read(file)
		if err == nil {
			c, err = parseClass(data)
		}
		j.bad[name] = err != nil
	}
	j.read[name] = c
	return c
}

// named finds the class of a dotted name as a source writes it, and what follows it.
func (j *jar) named(dotted string) (c *class, rest string) {
	parts := strings.Split(dotted, ".")
	if len(parts) > 60 {
		return nil, ""
	}
	for i := 1; i <= len(parts); i++ {
		name := strings.Join(parts[:i], "/")
		if c = j.class(name); c == nil {
			continue
		}
		for ; i < len(parts); i++ { // nested ones
			inner := j.class(c.name + "$" + parts[i])
			if inner == nil {
				break
			}
			c = inner
		}
		return c, strings.Join(parts[i:], ".")
	}
	return nil, ""
}

// packages are those that hold classes, with dots.
func (j *jar) packages() map[string]bool {
	list := map[string]bool{}
	for _, name := range j.files.names {
		if strings.HasSuffix(name, ".class") && !strings.HasPrefix(name, "META-INF/") && name != "module-info.class" {
			list[strings.ReplaceAll(path.Dir(name), "/", ".")] = true
		}
	}
	return list
}

// members are the visible ones of that name in c and what it extends; whole is false where a part of that lies outside the
// jar, so that what is missing may be there.
func (j *jar) members(c *class, name string, methods bool) (list []classMember, whole bool) {
	whole = true
	seen := map[string]bool{}
	queue := []string{c.name}
	for len(queue) > 0 && len(seen) < 200 {
		at := queue[0]
		queue = queue[1:]
		if seen[at] || at == "" {
			continue
		}
		seen[at] = true
		k := j.class(at)
		if k == nil {
			if given, ok := smallSupers[at]; !plainSupers[at] && (!ok || slices.Contains(given, name)) {
				whole = false
			}
			continue
		}
		all := k.fields
		if methods {
			all = k.methods
		}
		for _, m := range all {
			if m.name == name && m.visible() && (name != "<init>" || k == c) {
				list = append(list, m)
			}
		}
		if name == "<init>" {
			break
		}
		queue = append(append(queue, k.super), k.interfaces...)
	}
	if len(seen) >= 200 {
		whole = false
	}
	if methods && objectMethods[name] {
		whole = false
	}
	return list, whole
}

// plainSupers of the JDK have no members of their own that a program calls, but for those of objectMethods.
var plainSupers = map[string]bool{"java/lang/Object": true, "java/io/Serializable": true, "java/lang/Cloneable": true, "java/lang/annotation/Annotation": true, "java/lang/Record": true,
	"java/lang/FunctionalInterface": true}

// smallSupers are interfaces of the JDK with the few methods that they hand down.
var smallSupers = map[string][]string{"java/lang/Iterable": {"iterator", "forEach", "spliterator"}, "java/lang/Comparable": {"compareTo"}, "java/lang/AutoCloseable": {"close"}, "java/io/Closeable": {"close"},
	"java/lang/Runnable": {"run"}, "java/util/Iterator": {"hasNext", "next", "remove", "forEachRemaining"}}

var objectMethods = map[string]bool{"equals": true, "hashCode": true, "toString": true, "getClass": true, "notify": true, "notifyAll": true, "wait": true, "clone": true, "finalize": true}

// major is the highest class file version among some classes of the jar; those for other Java versions below META-INF do not count.
func (j *jar) major() int {
	highest, looked := 0, 0
	for _, name := range j.files.names {
		if strings.HasPrefix(name, "META-INF/") || !strings.HasSuffix(name, ".class") || path.Base(name) == "module-info.class" {
			continue
		}
		if c := j.class(strings.TrimSuffix(name, ".class")); c != nil {
			highest = max(highest, c.major)
		}
		if looked++; looked == 20 {
			break
		}
	}
	return highest
}

var javaTarget = regexp.MustCompile(`(?:<(?:maven\.compiler\.(?:release|target|source)|release|target|source|java\.version)>|(?:targetCompatibility|sourceCompatibility|jvmTarget|jvmToolchain|languageVersion)\b[^0-9\n]{0,60})\s*["']?(?:1\.)?(?:VERSION_)?(?:1_)?(\d{1,2})\b`)

// javaToolchain tells where the classes need a newer Java than before, and than the project says that it is for.
func (l *look) javaToolchain(before, after *jar) {
	was, is := before.major(), after.major()
	if is <= was || was == 0 {
		return
	}
	for file, text := range l.own.texts {
		if base := path.Base(file); base != "pom.xml" && base != "build.gradle" && base != "build.gradle.kts" {
			continue
		}
		for _, m := range javaTarget.FindAllSubmatch(text, 20) {
			if own := number(string(m[1])); own >= is-44 {
				return
			}
		}
	}
	l.result.Toolchain[l.upgrade.Package.Name] = "java " + plural(is-44, "")
}

func number(text string) int {
	n := 0
	for _, r := range text {
		if r < '0' || r > '9' || n > 1000 {
			return 0
		}
		n = n*10 + int(r-'0')
	}
	return n
}
