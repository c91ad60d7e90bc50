package gradle

import (
	"path"
	"path/filepath"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/document"
	"github.com/fettle-dev/fettle/pkg/discover/project"
)

// poms are those that Gradle and Maven keep on this machine. Nothing is fetched.
type poms struct {
	gradle, maven *project.Files // nil where there is none
	raw           map[module]*document.Element
	whole         map[module]*pom
}

// pom is what a module says once its parents and imports are counted in.
type pom struct {
	needs   []need // without those for tests, that are provided or optional; a version may be empty
	managed map[string]need
	props   map[string]string
}

// need is a module that another one asks for, or how a platform wants it.
type need struct {
	module
	scope    string
	excluded []string // group:name of what is left out behind it; * is any
}

// maxParents bounds a chain of parents and of imports.
const maxParents = 20

func openPOMs(s project.Settings) *poms {
	p := &poms{raw: map[module]*document.Element{}, whole: map[module]*pom{}}
	home := s.Env("GRADLE_USER_HOME")
	if home == "" && s.Home != "" {
		home = filepath.Join(s.Home, ".gradle")
	}
	if home != "" {
		p.gradle, _ = project.OpenFiles(filepath.Join(home, "caches", "modules-2", "files-2.1")) // it need not exist
	}
	if s.Home != "" {
		p.maven, _ = project.OpenFiles(filepath.Join(s.Home, ".m2", "repository"))
	}
	return p
}

func (p *poms) close() {
	for _, files := range []*project.Files{p.gradle, p.maven} {
		if files != nil {
			files.Close()
		}
	}
}

// element returns the POM of a module as it stands; nil where there is none.
func (p *poms) element(m module) *document.Element {
	if e, ok := p.raw[m]; ok {
		return e
	}
	var e *document.Element
	name := m.name + "-" + m.version + ".pom"
	if strings.ContainsAny(m.group+name, "/\\\x00") || m.version == "" || m.version == ".." || m.group == ".." {
		return nil
	}
	if p.gradle != nil {
		dir := path.Join(m.group, m.name, m.version)
		for _, sum := range p.gradle.List(dir) {
			if e == nil {
				e = parsePOM(p.gradle, path.Join(dir, sum, name))
			}
		}
	}
	if p.maven != nil && e == nil {
		e = parsePOM(p.maven, path.Join(strings.ReplaceAll(m.group, ".", "/"), m.name, m.version, name))
	}
	p.raw[m] = e
	return e
}

func parsePOM(files *project.Files, file string) *document.Element {
	data, err := files.Read(file)
	if err != nil {
		return nil
	}
	e, err := document.ParseXML(data)
	if err != nil || e.Name != "project" {
		return nil // one that cannot be read is as good as none
	}
	return e
}

// pom returns what a module says; nil where its POM or one that it builds on is not here.
func (p *poms) pom(m module, depth int) *pom {
	if have, ok := p.whole[m]; ok {
		return have
	}
	p.whole[m] = nil // where it leads back to itself
	e := p.element(m)
	if e == nil || depth > maxParents {
		return nil
	}
	out := &pom{managed: map[string]need{}, props: map[string]string{}}
	if parent := e.Child("parent"); parent != nil {
		up := p.pom(module{parent.Content("groupId"), parent.Content("artifactId"), parent.Content("version")}, depth+1)
		if up == nil {
			return nil
		}
		for k, v := range up.props {
			out.props[k] = v
		}
		for k, v := range up.managed {
			out.managed[k] = v
		}
		out.needs = append(out.needs, up.needs...)
		out.props["project.parent.version"], out.props["parent.version"] = parent.Content("version"), parent.Content("version")
		out.props["project.parent.groupId"] = parent.Content("groupId")
	}
	if list := e.Child("properties"); list != nil {
		for _, c := range list.Children {
			out.props[c.Name] = c.Text
		}
	}
	for _, prefix := range []string{"project.", "pom.", ""} {
		out.props[prefix+"version"], out.props[prefix+"groupId"], out.props[prefix+"artifactId"] = m.version, m.group, m.name
	}
	p.manage(out, e, depth)
	for _, d := range e.Child("dependencies").All("dependency") {
		n := out.need(d)
		kept := out.managed[n.id()+variant(d)]
		if n.version == "" {
			n.version = kept.version
		}
		if n.scope == "" {
			n.scope = kept.scope
		}
		if n.scope == "test" || n.scope == "provided" || n.scope == "system" || n.scope == "import" || out.text(d.Content("optional")) == "true" {
			continue
		}
		n.excluded = append(n.excluded, kept.excluded...)
		out.needs = append(out.needs, n)
	}
	p.whole[m] = out
	return out
}

// manage takes dependencyManagement; what stands there itself counts before what it imports.
func (p *poms) manage(out *pom, e *document.Element, depth int) {
	list := e.Child("dependencyManagement", "dependencies").All("dependency")
	var imports []module
	for _, d := range list {
		n := out.need(d)
		if n.scope == "import" {
			imports = append(imports, n.module)
		} else {
			out.managed[n.id()+variant(d)] = n
		}
	}
	own := map[string]bool{}
	for _, d := range list {
		own[out.need(d).id()+variant(d)] = true
	}
	for _, m := range imports {
		if bom := p.pom(m, depth+1); bom != nil {
			for id, v := range bom.managed {
				if !own[id] && out.managed[id].version == "" {
					out.managed[id] = v
				}
			}
		}
	}
}

// variant tells apart what is managed of one module: a jar, another type, a classifier.
func variant(d *document.Element) string {
	kind, classifier := d.Content("type"), d.Content("classifier")
	if kind == "jar" {
		kind = ""
	}
	if kind+classifier == "" {
		return ""
	}
	return "/" + kind + "/" + classifier
}

// need reads one dependency.
func (p *pom) need(d *document.Element) need {
	n := need{module: module{p.text(d.Content("groupId")), p.text(d.Content("artifactId")), p.text(d.Content("version"))}, scope: p.text(d.Content("scope"))}
	for _, x := range d.Child("exclusions").All("exclusion") {
		n.excluded = append(n.excluded, p.text(x.Content("groupId"))+":"+p.text(x.Content("artifactId")))
	}
	return n
}

// text replaces ${name}, as often as names lead to names.
func (p *pom) text(s string) string {
	for range 10 {
		before, rest, found := strings.Cut(s, "${")
		name, after, closed := strings.Cut(rest, "}")
		if !found || !closed || len(s) > maxText {
			break
		}
		value, ok := p.props[name]
		if !ok {
			return s
		}
		s = before + value + after
	}
	return s
}
