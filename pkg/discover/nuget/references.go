package nuget

import (
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/document"
	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// reference is a package that a project declares.
type reference struct {
	name    string
	version string // a range, expanded; "" for none
	why     string // why the version cannot be known
	at      fettle.Location
	pinned  fettle.Location // where the version stands
	meta    map[string]string
	kind    string // packagereference, globalpackagereference, packagedownload, dotnetclitoolreference, packageversion
	unsure  bool
	removed bool
}

// references are those of one evaluation, as its items change them.
type references struct {
	e        *evaluation
	list     []reference
	byName   map[string][]int     // of list, by kind and name in lower case
	central  map[string]reference // PackageVersion, by name in lower case
	projects []reference          // ProjectReference; name is the path as written
}

// kinds are the items that matter.
var kinds = []string{"packagereference", "globalpackagereference", "packagedownload", "dotnetclitoolreference", "packageversion", "projectreference"}

func (r *references) group(g items) {
	for _, item := range g.group.Children {
		kind := strings.ToLower(item.Name)
		if !slices.Contains(kinds, kind) {
			continue
		}
		is := r.e.decide(item, g.file)
		if is == no {
			continue
		}
		if r.e.items++; r.e.items >= maxItems {
			r.e.items = maxItems
			r.e.tell.Tell(g.file, item.Line, "more than %d items; the rest was not checked", maxItems)
			return
		}
		r.item(kind, item, g.file, g.unsure || is == unknown)
	}
}

func (r *references) item(kind string, item *document.Element, file string, unsure bool) {
	dir := project.Parent(file)
	at := fettle.Location{Path: file, Line: item.Line, EndLine: item.EndLine}
	ref := reference{at: at, pinned: at, kind: kind, unsure: unsure, meta: map[string]string{}}
	for _, m := range metadata(item) {
		if is := r.e.decide(&m.element, file); is == no {
			continue
		} else if is == unknown {
			ref.unsure = true
		}
		text, ok := r.e.expand(m.element.Text, dir)
		if !ok || strings.HasPrefix(strings.ToLower(m.element.Name), "version") && r.e.props.unset(m.element.Text) {
			text = unknownText + m.element.Text
		}
		ref.unsure = ref.unsure || r.e.props.unsure(m.element.Text)
		ref.meta[strings.ToLower(m.element.Name)] = strings.TrimSpace(text)
		if m.line > 0 && strings.EqualFold(m.element.Name, "version") {
			ref.pinned.Line, ref.pinned.EndLine = m.line, m.line
		}
	}
	for _, verb := range []string{"Include", "Update", "Remove"} {
		text := attr(item, verb)
		if text == "" {
			continue
		}
		names, ok := r.e.expand(text, dir)
		if !ok || verb == "Include" && kind != "projectreference" && strings.ContainsAny(names, "*?") {
			r.e.tell.Tell(file, item.Line, "%s %s %.200q cannot be known without building, so it was not checked", item.Name, verb, text)
			continue
		}
		for _, name := range strings.Split(names, ";") {
			if name = strings.TrimSpace(name); name != "" {
				if r.e.items++; r.e.items >= maxItems {
					r.e.tell.Tell(file, item.Line, "more than %d items; the rest was not checked", maxItems)
					return
				}
				one := ref
				one.name = name
				r.apply(verb, one)
			}
		}
	}
}

// unknownText begins metadata that could not be expanded.
const unknownText = "\x00"

type metadatum struct {
	element document.Element
	line    int // where it is an element of its own
}

// metadata are the attributes and child elements of an item.
func metadata(item *document.Element) []metadatum {
	var list []metadatum
	for _, name := range []string{"Version", "VersionOverride", "PrivateAssets", "ExcludeAssets", "IncludeAssets", "OutputItemType", "ReferenceOutputAssembly"} {
		if v := attr(item, name); v != "" {
			list = append(list, metadatum{element: document.Element{Name: name, Text: v}})
		}
	}
	for _, c := range item.Children {
		list = append(list, metadatum{*c, c.Line})
	}
	return list
}

func (r *references) apply(verb string, ref reference) {
	lower := strings.ToLower(ref.name)
	switch {
	case ref.kind == "projectreference":
		if verb == "Include" {
			r.projects = append(r.projects, ref)
		}
	case ref.kind == "packageversion":
		if old, ok := r.central[lower]; verb == "Update" && !ok {
			return
		} else if verb == "Remove" {
			if !ref.unsure {
				delete(r.central, lower)
			}
			return
		} else if ok && ref.unsure && old.meta["version"] != ref.meta["version"] {
			r.e.tell.Tell(ref.at.Path, ref.at.Line, "the version of %.100s hangs on a condition that cannot be decided here; %.60s of line %d was checked", ref.name, old.meta["version"], old.at.Line)
			return
		}
		r.central[lower] = ref
	case verb == "Include":
		r.add(ref)
	case verb == "Remove" && !ref.unsure:
		for _, i := range r.byName[ref.kind+lower] {
			r.list[i].removed = true
		}
		delete(r.byName, ref.kind+lower)
	case verb == "Update":
		r.update(ref)
	}
}

func (r *references) add(ref reference) {
	if r.byName == nil {
		r.byName = map[string][]int{}
	}
	at := ref.kind + strings.ToLower(ref.name)
	r.byName[at] = append(r.byName[at], len(r.list))
	r.list = append(r.list, ref)
}

func (r *references) update(by reference) {
	of := r.byName[by.kind+strings.ToLower(by.name)]
	if len(of) > maxCopies {
		r.e.tell.Tell(by.at.Path, by.at.Line, "%.100s is declared more than %d times; an update of it was passed over", by.name, maxCopies)
		return
	}
	for _, i := range of {
		have := &r.list[i]
		if by.unsure {
			more := *have
			more.meta = merged(have.meta, by.meta)
			more.pinned, more.unsure = by.pinned, true
			r.add(more) // either may count; both are checked
			return
		}
		have.meta = merged(have.meta, by.meta)
		if by.meta["version"] != "" || by.meta["versionoverride"] != "" {
			have.pinned = by.pinned
		}
	}
}

// maxCopies bounds how often one package may be declared before updates of it cost too much.
const maxCopies = 50

func merged(a, b map[string]string) map[string]string {
	out := map[string]string{}
	for _, m := range []map[string]string{a, b} {
		for k, v := range m {
			out[k] = v
		}
	}
	return out
}

// resolved returns the references with their versions, those of central management filled in.
func (r *references) resolved() []reference {
	list := slices.DeleteFunc(slices.Clone(r.list), func(ref reference) bool { return ref.removed })
	for i := range list {
		ref := &list[i]
		ref.version = ref.meta["version"]
		central, isCentral := r.central[strings.ToLower(ref.name)]
		switch {
		case ref.meta["versionoverride"] != "":
			ref.version = ref.meta["versionoverride"]
		case isCentral && (ref.version == "" || r.managed()):
			ref.version, ref.pinned = central.meta["version"], central.at
			ref.unsure = ref.unsure || central.unsure
		case ref.version == "" && r.managed():
			ref.why = "no PackageVersion names it; add one to Directory.Packages.props"
		}
		if text, isUnknown := strings.CutPrefix(ref.version, unknownText); isUnknown {
			ref.version, ref.why = "", "its version "+short(text)+" cannot be known without building"
		}
	}
	return list
}

// managed reports whether versions are those of Directory.Packages.props.
func (r *references) managed() bool { return r.flag("ManagePackageVersionsCentrally") }

func (r *references) flag(name string) bool {
	return strings.EqualFold(strings.TrimSpace(r.e.props.get(name).text), "true")
}

// scope is what a reference is for.
func (ref reference) scope() fettle.Scope {
	switch {
	case ref.kind == "dotnetclitoolreference" || ref.kind == "packagedownload":
		return fettle.Development
	case ref.kind == "globalpackagereference" && ref.meta["privateassets"] == "":
		return fettle.Development
	case listed(ref.meta["privateassets"], "all") || listed(ref.meta["excludeassets"], "all"):
		return fettle.Development
	case listed(ref.meta["excludeassets"], "runtime"):
		return fettle.Peer // the host brings it
	case ref.meta["includeassets"] != "" && !listed(ref.meta["includeassets"], "all") && !listed(ref.meta["includeassets"], "runtime") && !listed(ref.meta["includeassets"], "compile"):
		return fettle.Development
	}
	return fettle.Production
}

func listed(list, word string) bool {
	return slices.ContainsFunc(strings.FieldsFunc(list, func(r rune) bool { return r == ';' || r == ',' }), func(s string) bool {
		return strings.EqualFold(strings.TrimSpace(s), word)
	})
}
