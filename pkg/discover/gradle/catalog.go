package gradle

import (
	"path"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/document"
	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// catalog is a version catalog: libraries, bundles of them and plugins, by the name that scripts use.
type catalog struct {
	file      string
	libraries map[string]*library
	order     []string // of libraries and plugins, as they stand
	bundles   map[string][]string
	plugins   map[string]*library
	versions  map[string]version
}

// library is a library or a plugin of a catalog.
type library struct {
	module
	version version
	at      fettle.Location
	used    bool
}

// version is what stands for a version somewhere.
type version struct {
	text string // a version or a range; "" where none is known
	why  string // why text is empty
	at   fettle.Location
}

// accessor is a name of a catalog as scripts write it.
func accessor(alias string) string {
	return strings.NewReplacer("-", ".", "_", ".").Replace(alias)
}

func parseCatalog(files *project.Files, file string, t *project.Teller) (*catalog, error) {
	data, err := files.Read(file)
	if err != nil {
		return nil, err
	}
	doc, faults, err := document.ParseTOML(data)
	if err != nil {
		return nil, err
	}
	t.Faults(file, faults)
	c := &catalog{file: file, libraries: map[string]*library{}, bundles: map[string][]string{}, plugins: map[string]*library{}, versions: map[string]version{}}
	for _, f := range doc.Get("versions").Map() {
		c.versions[f.Key] = c.rich(f.Value, f.Line)
	}
	for _, f := range doc.Get("libraries").Map() {
		l := &library{at: fettle.Location{Path: file, Line: f.Line, EndLine: f.Value.EndLine}}
		ok := true
		switch f.Value.Kind {
		case document.String:
			l.module, ok = parseModule(f.Value.Text)
			l.version = version{text: l.module.version, at: l.at}
		case document.Map:
			if m := f.Value.Get("module").Str(); m != "" {
				l.module, ok = parseModule(m)
			} else {
				l.module, ok = parseModule(f.Value.Get("group").Str() + ":" + f.Value.Get("name").Str())
			}
			l.version = c.refer(f.Value.Get("version"), l.at)
		default:
			ok = false
		}
		if !ok {
			t.Tell(file, f.Line, "library %.100q names no module as group:name, so it was not checked", f.Key)
			continue
		}
		c.put(c.libraries, f.Key, l)
	}
	for _, f := range doc.Get("plugins").Map() {
		l := &library{at: fettle.Location{Path: file, Line: f.Line, EndLine: f.Value.EndLine}}
		id, v, _ := strings.Cut(f.Value.Str(), ":")
		l.version = version{text: v, at: l.at}
		if f.Value.Is(document.Map) {
			id = f.Value.Get("id").Str()
			l.version = c.refer(f.Value.Get("version"), l.at)
		}
		if id == "" {
			t.Tell(file, f.Line, "plugin %.100q has no id, so it was not checked", f.Key)
			continue
		}
		l.module = marker(id)
		c.put(c.plugins, f.Key, l)
	}
	for _, f := range doc.Get("bundles").Map() {
		for _, item := range f.Value.List() {
			c.bundles[accessor(f.Key)] = append(c.bundles[accessor(f.Key)], accessor(item.Str()))
		}
	}
	return c, nil
}

func (c *catalog) put(in map[string]*library, alias string, l *library) {
	if in[accessor(alias)] == nil {
		in[accessor(alias)] = l
		kind := "library "
		if l.group+".gradle.plugin" == l.name {
			kind = "plugin "
		}
		c.order = append(c.order, kind+accessor(alias))
	}
}

// marker is the module by which a plugin of this id is found.
func marker(id string) module { return module{group: id, name: id + ".gradle.plugin"} }

// rich is a version as a text or as what is strictly wanted, required or preferred.
func (c *catalog) rich(v *document.Value, line int) version {
	at := fettle.Location{Path: c.file, Line: line, EndLine: line}
	if !v.Is(document.Map) {
		return version{text: v.Str(), at: at}
	}
	prefer := v.Get("prefer").Str()
	for _, key := range []string{"strictly", "require"} {
		if text := v.Get(key).Str(); text != "" {
			if _, why := lowest(text); why != "" && prefer != "" {
				return version{text: prefer, at: at}
			}
			return version{text: text, at: at}
		}
	}
	return version{text: prefer, at: at}
}

// refer is the version of a library, which may name one of the versions above.
func (c *catalog) refer(v *document.Value, at fettle.Location) version {
	if v == nil {
		return version{at: at}
	}
	if ref := v.Get("ref").Str(); ref != "" {
		if named, ok := c.versions[ref]; ok {
			return named
		}
		return version{why: "its catalog refers to the version " + short(ref) + ", which is not there", at: at}
	}
	return c.rich(v, at.Line)
}

// catalogs finds and keeps those of a tree.
type catalogs struct {
	files *project.Files
	read  map[string]*catalog // nil where one cannot be read
}

// find returns the catalog that scripts in dir call by name.
func (c *catalogs) find(dir, name string) *catalog {
	for ; ; dir = project.Parent(dir) {
		for _, base := range []string{"gradle/" + name, name} {
			if cat, ok := c.read[path.Join(dir, base+".versions.toml")]; ok {
				return cat
			}
		}
		if dir == "" {
			return nil
		}
	}
}

func short(text string) string {
	if len(text) > 60 {
		text = text[:60] + "..."
	}
	return text
}

// lowest returns the version that a declared one means as long as nothing else asks for more, or why there is none.
func lowest(text string) (string, string) {
	text = strings.TrimSpace(text)
	strict, prefer, isStrict := strings.Cut(text, "!!")
	if isStrict {
		if text = strict; prefer != "" {
			text = prefer
		}
	}
	switch {
	case text == "":
		return "", "it is declared without a version, so a platform or a plugin decides; lock it with gradle dependencies --write-locks"
	case strings.Contains(text, "$"):
		return "", "its version " + short(text) + " is worked out when the script runs; lock it with gradle dependencies --write-locks"
	case strings.HasPrefix(text, "[") && strings.HasSuffix(text, "]") && !strings.Contains(text, ","):
		return strings.TrimSpace(text[1 : len(text)-1]), ""
	case strings.ContainsAny(text, "[](),+") || strings.HasPrefix(text, "latest."):
		return "", "the range " + short(text) + " is decided when it is resolved; lock it with gradle dependencies --write-locks"
	case strings.ContainsAny(text, " \t\n\"'{}"):
		return "", short(text) + " is no version"
	}
	return text, ""
}
