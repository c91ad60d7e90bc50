package gradle

import (
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// script is a build script as its text shows it: Groovy and Kotlin are never run.
type script struct {
	file    string
	nodes   []*node
	vars    variables
	deps    []declared
	applied []string // other scripts that it applies
	managed bool     // a plugin or a platform sets versions
	spring  string   // version of the plugin of Spring Boot
	locks   bool     // it switches locking on
}

// declared is a module that a script declares.
type declared struct {
	module
	configuration string
	version       version
	at            fettle.Location
	platform      bool // only its versions count
	constraint    bool
	conditional   bool
}

// place is where in a script a statement stands.
type place struct {
	dependencies, buildscript, plugins, ext, management, constraint, conditional bool
}

// conditionals begin code that decides.
var conditionals = []string{"if", "else", "for", "while", "when", "switch", "try", "catch"}

func readScript(files *project.Files, file string, t *project.Teller) *script {
	s := &script{file: file, vars: variables{}}
	data, err := files.Read(file)
	if err != nil {
		t.Fault(file, err)
		return s
	}
	tokens, lost := scan(string(data))
	nodes, ok := parse(tokens)
	if lost > 0 {
		t.Tell(file, lost, "cannot be read as text from this line on, so what it declares below was not checked")
	} else if !ok {
		t.Tell(file, 0, "its blocks do not close as they open, so what it declares may be passed over")
	}
	s.nodes = nodes
	s.collect(nodes, place{}, 0)
	return s
}

// collect takes variables and the names of applied scripts.
func (s *script) collect(list []*node, at place, depth int) {
	for _, n := range list {
		h := n.head()
		in := at
		in.ext = at.ext || (h == "ext" || h == "extra") && n.block
		switch {
		case h == "apply":
			s.apply(n)
		case h == "dependencyLocking":
			s.locks = true
		case h == "dependencies" && n.block: // what is set there is not for others
			continue
		default:
			s.vars.assign(n, s.file, at.ext)
		}
		if n.block && depth < maxDepth {
			s.collect(n.body, in, depth+1)
		}
	}
}

// apply takes apply from: 'file' and apply(from = "file").
func (s *script) apply(n *node) {
	for i, t := range n.tokens {
		if t.kind == 'w' && t.text == "from" && i+2 < len(n.tokens) {
			for _, v := range n.tokens[i+2:] {
				if v.kind != 's' {
					continue
				}
				name := strings.NewReplacer("${rootDir}", "", "$rootDir", "", "${rootProject.projectDir}", "", "$rootProject.projectDir", "", "${projectDir}", "", "$projectDir", "").Replace(v.text)
				if name != v.text {
					name = strings.TrimPrefix(name, "/")
				}
				s.applied = append(s.applied, name)
				return
			}
		}
	}
}

// walker walks a script with all variables known.
type walker struct {
	*values
	s   *script
	dir string
	t   *project.Teller
}

func (w *walker) walk(list []*node, at place, depth int) {
	for _, n := range list {
		h := n.head()
		in := at
		if slices.Contains(conditionals, h) {
			in.conditional = true
		}
		switch {
		case h == "dependencies" && n.block && at.management:
			w.walk(n.body, in, depth+1)
			continue
		case h == "dependencies" && n.block:
			in.dependencies = true
			w.walk(n.body, in, depth+1)
			continue
		case at.dependencies && h == "constraints":
			in.constraint = true
		case at.dependencies && in.conditional && slices.Contains(conditionals, h):
		case at.dependencies:
			w.dependency(n, in)
			continue
		case at.plugins:
			w.plugin(n, in)
			continue
		case at.management && (h == "mavenBom" || h == "dependency"):
			w.s.managed = true
			w.declare("", h == "mavenBom", n.tokens[1:], in, n.line)
		case h == "buildscript":
			in.buildscript = true
		case h == "plugins" && n.block:
			in.plugins = true
		case h == "dependencyManagement" || h == "imports":
			in.management = true
		}
		w.applies(n)
		if n.block && depth < maxDepth {
			w.walk(n.body, in, depth+1)
		}
	}
}

// applies notes a plugin that sets versions.
func (w *walker) applies(n *node) {
	if n.head() != "apply" {
		return
	}
	for _, t := range n.tokens {
		if t.kind == 's' && t.text == "io.spring.dependency-management" {
			w.s.managed = true
		}
	}
}

// plugin takes id 'x' version 'y', id("x") version "y", kotlin("jvm") version "y" and alias(libs.plugins.x).
func (w *walker) plugin(n *node, at place) {
	id, v, lib := "", version{}, (*library)(nil)
	where := fettle.Location{Path: w.s.file, Line: n.line, EndLine: n.line}
	t := n.tokens
	for i, tok := range t {
		switch {
		case tok.kind == 'w' && tok.text == "version" && i+1 < len(t):
			rest := t[i+1:]
			if end := slices.IndexFunc(rest, func(r token) bool { return r.kind == 'w' && r.text == "apply" }); end >= 0 {
				rest = rest[:end]
			}
			v = w.version(unwrap(rest), where)
		case tok.kind == 's' && id == "":
			if id = tok.text; n.head() == "kotlin" {
				id = "org.jetbrains.kotlin." + id
			}
		case tok.kind == 'w' && i > 0 && lib == nil && n.head() == "alias":
			lib = w.alias(t[i:])
		}
		if tok.kind == 'w' && tok.text == "version" {
			break
		}
	}
	d := declared{module: marker(id), configuration: "classpath", version: v, at: where, conditional: at.conditional}
	switch {
	case lib != nil:
		lib.used = true
		d.module, d.version = lib.module, lib.version
	case n.head() == "alias":
		w.t.Tell(w.s.file, n.line, "a plugin is named in no catalog that was read, so it was not checked")
		return
	case id == "" || v.text == "" && v.why == "": // of Gradle itself, or its version stands elsewhere
		d.version = version{}
	}
	if d.group == "io.spring.dependency-management" {
		w.s.managed = true
	}
	if d.group == "org.springframework.boot" {
		w.s.spring = d.version.text
	}
	if d.version.text != "" || d.version.why != "" {
		w.s.deps = append(w.s.deps, d)
	}
}

// unwrap takes away a pair of brackets around tokens.
func unwrap(t []token) []token {
	for len(t) > 1 && t[0].kind == 'o' && t[0].text == "(" {
		depth := 0
		for i, tok := range t {
			if tok.kind == 'o' && tok.text == "(" {
				depth++
			} else if tok.kind == 'o' && tok.text == ")" {
				if depth--; depth == 0 {
					if i != len(t)-1 && (i+1 >= len(t) || t[i+1].text == ".") {
						return t[1:i] // a call of what the brackets gave, such as because
					}
					t = t[1:i]
					break
				}
			}
		}
		if depth != 0 {
			return t[1:]
		}
	}
	return t
}

func (w *walker) version(t []token, at fettle.Location) version {
	text, from, ok := w.text(t, w.dir)
	if !ok {
		return version{why: "its version " + short(written(t)) + " is worked out when the script runs; lock it with gradle dependencies --write-locks", at: at}
	}
	if from != nil {
		at = *from
	}
	return version{text: text, at: at}
}

// scriptFile is the path in the tree of a script that another one applies; "" where it is no file there.
func scriptFile(files *project.Files, from, name string) string {
	if strings.Contains(name, "://") || strings.Contains(name, "$") || path.IsAbs(name) {
		return ""
	}
	for dir := project.Parent(from); ; dir = project.Parent(dir) {
		at := path.Join(dir, name)
		if filepath.IsLocal(filepath.FromSlash(at)) && files.Is(at) {
			return at
		}
		if dir == "" {
			return ""
		}
	}
}
