package maven

import (
	"fmt"

	"github.com/fettle-dev/fettle/pkg/discover/document"
	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// coords name one POM.
type coords struct{ group, artifact, version string }

func (c coords) String() string { return c.group + ":" + c.artifact + ":" + c.version }

func (c coords) name() string { return c.group + ":" + c.artifact }

// place is a line of a file of the tree; none where file is "".
type place struct {
	file      string
	line, end int
}

func (p place) location() *fettle.Location {
	if p.file == "" {
		return nil
	}
	return &fettle.Location{Path: p.file, Line: p.line, EndLine: p.end}
}

// orPlace returns p, or other where p is none.
func orPlace(p, other place) place {
	if p.file != "" {
		return p
	}
	return other
}

// within reports whether p lies in q.
func (p place) within(q place) bool { return p.file == q.file && p.line >= q.line && p.end <= q.end }

// pom is what one POM says, before anything is inherited or interpolated.
type pom struct {
	coords                 // as written; group and version may be left to the parent
	file         string    // in the tree; "" for one from a repository
	parent       *parent   // nil for none
	packaging    string    // "" is jar
	body         section   // what stands outside of profiles
	profiles     []profile // in order
	repositories []string  // their ids
	relocation   *coords   // where the artifact went; "" parts stay
	source       string    // address of its sources or of its page
	faults       []project.Fault
}

type parent struct {
	coords
	path   string // relativePath
	noPath bool   // relativePath is there and empty: not from the tree
	at     place  // the element
	pin    place  // its version
}

// section is the part of a POM that a profile may hold too.
type section struct {
	properties   []property
	dependencies []dependency
	managed      []dependency
}

type property struct {
	name, value string
	at          place
}

type dependency struct {
	group, artifact, version, kind, classifier, scope string
	optional                                          string // "true", or a property that may be
	exclusions                                        []exclusion
	at                                                place  // the element
	pin                                               place  // where the version stands
	why                                               string // a part of it cannot be known: why
}

type exclusion struct{ group, artifact string }

func (d dependency) coords() coords { return coords{d.group, d.artifact, d.version} }

// key is what Maven keeps one version of: group:artifact, or group:artifact:extension:classifier for what is no plain jar.
func (d dependency) key() string {
	extension, classifier := artifactType(d.kind, d.classifier)
	if extension == "jar" && classifier == "" {
		return d.group + ":" + d.artifact
	}
	if classifier == "" {
		return d.group + ":" + d.artifact + ":" + extension
	}
	return d.group + ":" + d.artifact + ":" + extension + ":" + classifier
}

// artifactType returns the extension and classifier of a dependency's type, as the reference of Maven's artifact handlers lists them.
func artifactType(kind, classifier string) (string, string) {
	switch kind {
	case "", "jar", "ejb", "maven-plugin":
		return "jar", classifier
	case "test-jar":
		return "jar", orElse(classifier, "tests")
	case "ejb-client":
		return "jar", orElse(classifier, "client")
	case "java-source":
		return "jar", orElse(classifier, "sources")
	case "javadoc":
		return "jar", orElse(classifier, "javadoc")
	}
	return kind, classifier
}

func orElse(s, other string) string {
	if s != "" {
		return s
	}
	return other
}

// bundled reports whether artifacts of this type hold what they need, so that Maven looks no further.
func bundled(kind string) bool {
	return kind == "war" || kind == "ear" || kind == "rar" || kind == "par"
}

// parsePOM reads a POM; file is its path in the tree, "" for one from a repository. The error is a *project.Fault.
func parsePOM(data []byte, file string) (*pom, error) {
	root, err := document.ParseXML(plainXML(data))
	if err != nil {
		return nil, err
	}
	if root.Name != "project" {
		return nil, project.NewFault(root.Line, fmt.Sprintf("the root element is <%.40s>; want <project>", root.Name))
	}
	r := pomReader{file: file}
	p := &pom{file: file, packaging: root.Content("packaging")}
	p.coords = coords{root.Content("groupId"), root.Content("artifactId"), root.Content("version")}
	if e := root.Child("parent"); e != nil {
		path := e.Child("relativePath")
		p.parent = &parent{coords: coords{e.Content("groupId"), e.Content("artifactId"), e.Content("version")}, at: r.place(e), pin: r.place(e.Child("version"))}
		if path != nil {
			p.parent.path, p.parent.noPath = path.Text, path.Text == ""
		}
	}
	r.once(root, "parent", "properties", "dependencies", "dependencyManagement", "profiles")
	p.body = r.section(root)
	for _, e := range root.Child("profiles").All("profile") {
		r.once(e, "properties", "dependencies", "dependencyManagement")
		p.profiles = append(p.profiles, profile{id: e.Content("id"), activation: r.activation(e.Child("activation")), body: r.section(e), at: r.place(e)})
	}
	for _, e := range root.Child("repositories").All("repository") {
		p.repositories = append(p.repositories, e.Content("id"))
	}
	if e := root.Child("distributionManagement", "relocation"); e != nil {
		p.relocation = &coords{e.Content("groupId"), e.Content("artifactId"), e.Content("version")}
	}
	p.source = sourceOf(root)
	p.faults = r.faults
	return p, nil
}

// pomReader turns elements into what they declare.
type pomReader struct {
	file   string
	faults []project.Fault
}

func (r *pomReader) place(e *document.Element) place {
	if e == nil || r.file == "" {
		return place{}
	}
	return place{r.file, e.Line, e.EndLine}
}

// once notes elements that stand twice, of which only the first counts here; Maven refuses them.
func (r *pomReader) once(e *document.Element, names ...string) {
	seen := map[string]bool{}
	for _, c := range e.Children {
		for _, name := range names {
			if c.Name != name {
				continue
			}
			if seen[name] && len(r.faults) < project.MaxFaults {
				r.faults = append(r.faults, project.Fault{Line: c.Line, Msg: fmt.Sprintf("<%s> stands twice; the first one counts, and this one was not checked", name)})
			}
			seen[name] = true
		}
	}
}

func (r *pomReader) section(e *document.Element) section {
	var s section
	if list := e.Child("properties"); list != nil {
		for _, c := range list.Children {
			s.properties = append(s.properties, property{c.Name, c.Text, r.place(c)})
		}
	}
	s.dependencies = r.dependencies(e.Child("dependencies"))
	s.managed = r.dependencies(e.Child("dependencyManagement", "dependencies"))
	return s
}

// dependencies reads a list. Where one stands twice the last counts, at the place of the first, as Maven has it.
func (r *pomReader) dependencies(list *document.Element) []dependency {
	var all []dependency
	index := map[string]int{}
	for _, e := range list.All("dependency") {
		d := dependency{group: e.Content("groupId"), artifact: e.Content("artifactId"), version: e.Content("version"), kind: e.Content("type"),
			classifier: e.Content("classifier"), scope: e.Content("scope"), optional: e.Content("optional"), at: r.place(e), pin: r.place(e.Child("version"))}
		for _, x := range e.Child("exclusions").All("exclusion") {
			d.exclusions = append(d.exclusions, exclusion{x.Content("groupId"), x.Content("artifactId")})
		}
		if i, ok := index[d.key()]; ok && d.scope != "import" {
			if len(r.faults) < project.MaxFaults {
				r.faults = append(r.faults, project.Fault{Line: e.Line, Msg: fmt.Sprintf("%.200s is declared twice; Maven takes the last one", d.key())})
			}
			all[i] = d
			continue
		}
		if d.scope != "import" {
			index[d.key()] = len(all)
		}
		all = append(all, d)
	}
	return all
}
