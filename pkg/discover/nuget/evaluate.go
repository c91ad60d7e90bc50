package nuget

import (
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/document"
	"github.com/fettle-dev/fettle/pkg/discover/project"
)

// Bounds of one project file and what it imports.
const (
	maxImports  = 200
	maxNesting  = 30
	maxItems    = 100_000
	maxExpanded = 16 << 20
)

// loader reads XML documents once.
type loader struct {
	files *project.Files
	docs  map[string]*document.Element
	errs  map[string]error
	items int // of the project that is evaluated, over all its frameworks
}

func newLoader(files *project.Files) *loader {
	return &loader{files: files, docs: map[string]*document.Element{}, errs: map[string]error{}}
}

func (l *loader) load(file string) (*document.Element, error) {
	if doc, ok := l.docs[file]; ok {
		return doc, l.errs[file]
	}
	data, err := l.files.Read(file)
	var doc *document.Element
	if err == nil {
		doc, err = document.ParseXML(data)
	}
	l.docs[file], l.errs[file] = doc, err
	return doc, err
}

// items is an ItemGroup that counts, with what was decided of the conditions around it.
type items struct {
	group  *document.Element
	file   string
	unsure bool
}

// evaluation is what a project file and all that it imports say for one target framework, in the order of MSBuild: all
// properties first, then all items.
type evaluation struct {
	*loader
	tell     *project.Teller
	props    properties
	fixed    string // TargetFramework, where the project has several
	groups   []items
	imported map[string]bool
	spent    int // bytes of expanded text
	refs     references
}

// evaluate reads the project file and the Directory.* files above it.
func evaluate(l *loader, file, framework string, t *project.Teller) *evaluation {
	e := &evaluation{loader: l, tell: t, props: properties{}, fixed: framework, imported: map[string]bool{}}
	if framework != "" {
		e.props["targetframework"] = property{text: framework, known: true}
	}
	dir := project.Parent(file)
	e.props["msbuildprojectname"] = property{text: strings.TrimSuffix(path.Base(file), path.Ext(file)), known: true}
	e.props["msbuildprojectdirectory"] = property{text: inTree + dir, known: true}
	e.props["msbuildprojectextension"] = property{text: path.Ext(file), known: true}
	for _, name := range []string{"Directory.Build.props", "Directory.Packages.props"} {
		if above := l.files.Above(dir, name); above != "" {
			e.read(above, 0, false, 0)
		}
	}
	e.read(file, 0, false, 0)
	if above := l.files.Above(dir, "Directory.Build.targets"); above != "" {
		e.read(above, 0, false, 0)
	}
	e.refs = references{e: e, central: map[string]reference{}}
	for _, g := range e.groups {
		e.refs.group(g)
	}
	return e
}

// read takes the properties of file and queues its items. line is that of the import in another file.
func (e *evaluation) read(file string, depth int, unsure bool, line int) {
	if e.imported[file] {
		return // MSBuild too passes over a second import
	}
	if len(e.imported) >= maxImports || depth > maxNesting {
		e.tell.Tell(file, line, "more than %d imports or deeper than %d; not read", maxImports, maxNesting)
		return
	}
	e.imported[file] = true
	doc, err := e.load(file)
	if err != nil {
		e.tell.Fault(file, err)
		return
	}
	if doc.Name != "Project" {
		e.tell.Tell(file, doc.Line, "its root is <%.40s>; want <Project>, so nothing of it was read", doc.Name)
		return
	}
	e.children(doc, file, depth, unsure)
}

func (e *evaluation) children(of *document.Element, file string, depth int, unsure bool) {
	for _, c := range of.Children {
		name := strings.ToLower(c.Name)
		switch name {
		case "propertygroup", "itemgroup", "import", "importgroup", "choose":
		default:
			continue
		}
		is := e.decide(c, file)
		if is == no {
			continue
		}
		maybe := unsure || is == unknown
		switch name {
		case "propertygroup":
			for _, p := range c.Children {
				e.set(p, file, maybe)
			}
		case "itemgroup":
			e.groups = append(e.groups, items{c, file, maybe})
		case "import":
			e.follow(c, file, depth, maybe)
		case "importgroup":
			e.children(c, file, depth+1, maybe)
		case "choose":
			e.choose(c, file, depth, maybe)
		}
	}
}

// choose reads the first branch that counts, or all that may.
func (e *evaluation) choose(of *document.Element, file string, depth int, unsure bool) {
	if depth > maxNesting {
		return
	}
	for _, c := range of.Children {
		is := e.decide(c, file)
		if is == no {
			continue
		}
		e.children(c, file, depth+1, unsure || is == unknown)
		if is == yes {
			return
		}
		unsure = true // another branch may count instead
	}
}

// expand is that of the properties, within a bound over the whole evaluation.
func (e *evaluation) expand(text, dir string) (string, bool) {
	out, ok := e.props.expand(text, dir)
	if strings.Contains(text, "$(") {
		if e.spent += len(out); e.spent > maxExpanded {
			e.tell.Tell(e.tell.File, 0, "its properties come to more than %d MiB of text; the rest was not read", maxExpanded>>20)
			return "", false
		}
	}
	return out, ok
}

func (e *evaluation) decide(c *document.Element, file string) truth {
	dir := project.Parent(file)
	return condition(attr(c, "Condition"), func(text string) (string, bool) {
		out, ok := e.expand(text, dir)
		return out, ok && !e.props.unsure(text)
	}, func(text string) truth {
		at := place(text, dir)
		if !filepath.IsLocal(filepath.FromSlash(at)) {
			return unknown
		}
		if e.files.Is(at) || len(e.files.List(at)) > 0 {
			return yes
		}
		return no
	})
}

func (e *evaluation) set(p *document.Element, file string, unsure bool) {
	name := strings.ToLower(p.Name)
	if name == "targetframework" && e.fixed != "" {
		return // set from outside of the files, for each of TargetFrameworks
	}
	is := e.decide(p, file)
	if is == no || len(e.props) > 20_000 {
		return
	}
	text, known := e.expand(p.Text, project.Parent(file))
	v := property{text: text, known: known, unsure: unsure || is == unknown || e.props.unsure(p.Text)}
	if old, ok := e.props[name]; ok && (unsure || is == unknown) && old.known && old.text == text {
		return // the same either way
	}
	e.props[name] = v
}

// follow reads an imported file of the tree. Those of the SDK and of packages hold no references of the project.
func (e *evaluation) follow(c *document.Element, file string, depth int, unsure bool) {
	dir := project.Parent(file)
	text := attr(c, "Project")
	if attr(c, "Sdk") != "" || text == "" {
		return
	}
	at := ""
	if name, from, ok := fileAbove(text); ok {
		if from, ok := e.expand(from, dir); ok {
			at = e.files.Above(strings.TrimPrefix(place(from, dir), "."), name)
		}
		if at == "" {
			return // there is none, and MSBuild passes over an empty import
		}
	} else if full, ok := e.expand(text, dir); ok {
		at = place(full, dir)
	} else {
		if lower := strings.ToLower(text); !strings.HasPrefix(lower, "$(msbuild") && !strings.HasPrefix(lower, "$(vstoolspath)") && !strings.HasPrefix(lower, "$(nuget") {
			e.tell.Tell(file, c.Line, "imports %.200q, which cannot be found without building, so what it declares was not checked", text)
		}
		return
	}
	switch {
	case strings.Contains(at, "*"):
		e.tell.Tell(file, c.Line, "imports %.200q by a pattern, so what that declares was not checked", text)
	case !filepath.IsLocal(filepath.FromSlash(at)):
		e.tell.Tell(file, c.Line, "imports %.200q from outside of the repository, so what that declares was not checked", text)
	case !e.files.Is(at):
		if attr(c, "Condition") == "" {
			e.tell.Tell(file, c.Line, "imports %.200q, which is not there, so what it declares was not checked", text)
		}
	default:
		e.read(at, depth+1, unsure, c.Line)
	}
}

// fileAbove takes apart $([MSBuild]::GetPathOfFileAbove(name, folder)).
func fileAbove(text string) (name, from string, ok bool) {
	lower := strings.ToLower(text)
	const call = "$([msbuild]::getpathoffileabove("
	if !strings.HasPrefix(lower, call) || !strings.HasSuffix(text, "))") {
		return "", "", false
	}
	name, from, _ = strings.Cut(text[len(call):len(text)-2], ",")
	name, from = strings.Trim(name, ` '"`), strings.Trim(from, ` '"`)
	if from == "" {
		from = "$(MSBuildThisFileDirectory)"
	}
	return name, from, name != "" && !strings.ContainsAny(name, `/\$`)
}

// attr returns an attribute; MSBuild knows no case in most names.
func attr(e *document.Element, name string) string {
	if v, ok := e.Attrs[name]; ok {
		return v
	}
	for _, have := range slices.Sorted(maps.Keys(e.Attrs)) {
		if strings.EqualFold(have, name) {
			return e.Attrs[have]
		}
	}
	return ""
}
