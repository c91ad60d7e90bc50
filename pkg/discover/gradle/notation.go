package gradle

import (
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// own are calls in dependencies that declare what Gradle or the machine brings.
var own = []string{"gradleApi", "gradleTestKit", "localGroovy", "gradleKotlinDsl", "embeddedKotlin"}

// dependency takes a statement in dependencies.
func (w *walker) dependency(n *node, at place) {
	t := n.tokens
	if len(t) < 2 {
		if n.block {
			w.hidden(n)
		}
		return
	}
	scratch := variables{}
	switch first := t[0]; {
	case first.kind == 'o' || t[1].text == "." || first.text == "def" || first.text == "val":
		if !scratch.assign(n, w.s.file, false) || n.block {
			w.hidden(n)
		}
		w.forget()
		for name, v := range scratch {
			w.byDir[w.dir].set(name, v.value, v.at)
		}
		return
	case t[1].kind == 'o' && t[1].text == "=":
		w.forget()
		w.byDir[w.dir].assign(n, w.s.file, false)
		return
	case first.text == "add":
		parts := split(unwrap(t[1:]))
		if len(parts) == 2 && len(parts[0]) == 1 && parts[0][0].kind == 's' {
			w.rich(n, w.declare(parts[0][0].text, false, parts[1], at, n.line))
			return
		}
		w.t.Tell(w.s.file, n.line, "the configuration of a dependency is worked out when the script runs, so it was not checked")
		return
	case slices.Contains([]string{"modules", "components", "exclude", "println", "attributesSchema", "artifactTypes", "because", "import"}, first.text):
		return
	}
	configuration := t[0].text
	if at.buildscript {
		configuration = "classpath"
	}
	w.rich(n, w.declare(configuration, false, t[1:], at, n.line))
}

// hidden tells of a dependency that other code declares.
func (w *walker) hidden(n *node) {
	w.t.Tell(w.s.file, n.line, "declares dependencies within other code, which is not run here, so they were not checked; lock them with gradle dependencies --write-locks")
}

// rich takes the block version { strictly 'x' } that may follow a declaration.
func (w *walker) rich(n *node, from int) {
	for _, b := range n.body {
		if b.head() != "version" {
			continue
		}
		for _, v := range b.body {
			if h := v.head(); h != "strictly" && h != "require" && h != "prefer" || len(v.tokens) < 2 {
				continue
			}
			for i := from; i < len(w.s.deps); i++ {
				w.s.deps[i].version = w.version(unwrap(v.tokens[1:]), fettle.Location{Path: w.s.file, Line: v.line, EndLine: v.line})
			}
		}
	}
}

// declare takes the arguments of a configuration and returns the index of the first module that they declare.
func (w *walker) declare(configuration string, platform bool, args []token, at place, line int) int {
	from := len(w.s.deps)
	args = unwrap(args)
	parts := split(args)
	if m, v, ok := w.named(parts, line); ok {
		w.add(declared{module: m, version: v, configuration: configuration, platform: platform, at: w.line(line)}, at)
		return from
	}
	for _, part := range parts {
		w.notation(configuration, platform, part, at, 0)
	}
	return from
}

func (w *walker) line(line int) fettle.Location {
	return fettle.Location{Path: w.s.file, Line: line, EndLine: line}
}

func (w *walker) add(d declared, at place) {
	d.conditional, d.constraint = at.conditional, at.constraint
	if len(w.s.deps) < 100_000 {
		w.s.deps = append(w.s.deps, d)
	}
}

// named reads group: 'g', name: 'a', version: 'v', and group = "g", name = "a".
func (w *walker) named(parts [][]token, line int) (m module, v version, ok bool) {
	if len(parts) == 1 && len(parts[0]) > 2 && parts[0][0].text == "[" && parts[0][len(parts[0])-1].text == "]" {
		parts = split(parts[0][1 : len(parts[0])-1])
	}
	for _, p := range parts {
		if len(p) < 3 || p[0].kind != 'w' || p[1].text != ":" && p[1].text != "=" {
			continue
		}
		text, _, known := w.text(p[2:], w.dir)
		switch p[0].text {
		case "group":
			m.group = text
		case "name":
			m.name = text
		case "version":
			v = w.version(p[2:], w.line(line))
		}
		ok = ok || p[0].text == "name" && known
	}
	if m.group == "" || m.name == "" {
		ok = false
	}
	if v.at.Path == "" {
		v.at = w.line(line)
	}
	return m, v, ok
}

// notation takes one argument: coordinates, a platform, a library of a catalog, or what is no module.
func (w *walker) notation(configuration string, platform bool, t []token, at place, depth int) {
	if len(t) == 0 || depth > 20 {
		return
	}
	line := t[0].line
	called := ""
	if t[0].kind == 'w' && len(t) > 1 && t[1].text == "(" {
		called = t[0].text
	}
	switch {
	case slices.Contains([]string{"platform", "enforcedPlatform"}, called):
		w.s.managed = true
		if m, v, ok := w.named(split(unwrap(t[1:])), line); ok {
			w.add(declared{module: m, version: v, configuration: configuration, platform: true, at: w.line(line)}, at)
			return
		}
		w.notation(configuration, true, unwrap(t[1:]), at, depth+1)
	case called == "testFixtures" || called == "create" || called == "variantOf" || called == "dependencies":
		w.notation(configuration, platform, unwrap(t[1:]), at, depth+1)
	case called == "kotlin":
		parts := split(unwrap(t[1:]))
		d := declared{configuration: configuration, at: w.line(line), version: version{at: w.line(line)}}
		if len(parts) > 0 && len(parts[0]) == 1 && parts[0][0].kind == 's' {
			d.module = module{group: "org.jetbrains.kotlin", name: "kotlin-" + parts[0][0].text}
			if len(parts) > 1 {
				d.version = w.version(parts[1], w.line(line))
			}
			w.s.managed = true // the plugin of Kotlin sets it
			w.add(d, at)
		}
	case called == "project" || t[0].kind == 'w' && t[0].text == "projects":
	case slices.Contains(own, called):
	case called == "files" || called == "fileTree":
		w.t.Tell(w.s.file, line, "takes files of the tree into %.60s, and what they are is unknown, so they were not checked", configuration)
	case t[0].kind == 'o' && t[0].text == "[" || called == "listOf":
		inner := unwrap(t[1:])
		if t[0].text == "[" && t[len(t)-1].text == "]" {
			inner = t[1 : len(t)-1]
		}
		for _, part := range split(inner) {
			w.notation(configuration, platform, part, at, depth+1)
		}
	case t[0].kind == 'w' && called == "" && w.library(configuration, platform, t, at):
	default:
		w.coordinates(configuration, platform, t, at)
	}
}

// library takes an accessor of a catalog, and reports whether it is one.
func (w *walker) library(configuration string, platform bool, t []token, at place) bool {
	name, rest, ok := strings.Cut(written(t), ".")
	c := w.catalogs.find(w.dir, name)
	if !ok || c == nil {
		return false
	}
	rest = strings.TrimSuffix(rest, ".get()")
	var list []*library
	if bundle, isBundle := strings.CutPrefix(rest, "bundles."); isBundle {
		for _, alias := range c.bundles[bundle] {
			if l := c.libraries[alias]; l != nil {
				list = append(list, l)
			}
		}
	} else if l := c.libraries[rest]; l != nil {
		list = append(list, l)
	}
	if len(list) == 0 {
		w.t.Tell(w.s.file, t[0].line, "%.100s is in no catalog that was read, so it was not checked", name+"."+rest)
	}
	for _, l := range list {
		l.used = true
		w.add(declared{module: l.module, version: l.version, configuration: configuration, platform: platform, at: w.line(t[0].line)}, at)
	}
	return true
}

// alias is the plugin that an accessor of a catalog names; nil where there is none.
func (w *walker) alias(t []token) *library {
	end := slices.IndexFunc(t, func(tok token) bool { return tok.text == ")" })
	if end < 0 {
		end = len(t)
	}
	name, rest, _ := strings.Cut(written(t[:end]), ".plugins.")
	if c := w.catalogs.find(w.dir, name); c != nil {
		return c.plugins[rest]
	}
	return nil
}

// coordinates takes group:name:version as a text that may name variables.
func (w *walker) coordinates(configuration string, platform bool, t []token, at place) {
	line := t[0].line
	text, from, ok := w.text(t, w.dir)
	where := w.line(line)
	if from != nil {
		where = *from
	}
	if m, isModule := parseModule(text); ok && isModule {
		v := version{text: m.version, at: where}
		w.add(declared{module: m, version: v, configuration: configuration, platform: platform, at: w.line(line)}, at)
		return
	}
	if len(t) == 1 && t[0].kind == 's' { // the module may be plain where the version is not
		parts := strings.SplitN(t[0].text, ":", 3)
		if len(parts) == 3 {
			if id, _, known := w.interpolate(token{kind: 's', text: parts[0] + ":" + parts[1], raw: t[0].raw}, w.dir); known {
				if m, isModule := parseModule(id); isModule {
					w.add(declared{module: m, version: w.version([]token{{kind: 's', text: parts[2], raw: t[0].raw, line: line}}, w.line(line)), configuration: configuration, platform: platform, at: w.line(line)}, at)
					return
				}
			}
		}
	}
	w.t.Tell(w.s.file, line, "what %.60s %.100s means is worked out when the script runs, so it was not checked; lock it with gradle dependencies --write-locks", configuration, short(written(t)))
}
