package borrowed

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/document"
	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// pubEntries reads a pubspec.lock, which says what is direct and, of that, what is for development.
func pubEntries(data []byte) ([]entry, []project.Fault, error) {
	doc, faults, err := document.ParseYAML(data)
	if err != nil {
		return nil, nil, err
	}
	var list []entry
	for _, f := range doc.Get("packages").Map() {
		e := entry{name: f.Key, version: f.Value.Get("version").Str(), line: f.Line, endLine: f.Value.EndLine, scope: fettle.Production}
		need := f.Value.Get("dependency").Str()
		e.direct = strings.HasPrefix(need, "direct")
		if strings.Contains(need, "dev") {
			e.scope = fettle.Development
		}
		list = append(list, e)
	}
	return list, faults, nil
}

// swiftEntries reads a Package.resolved of version 1, which the extractor does not know, to 3.
func swiftEntries(data []byte) ([]entry, []project.Fault, error) {
	doc, faults, err := document.ParseJSON(data)
	if err != nil {
		return nil, nil, err
	}
	pins := doc.Get("pins").List()
	if first := doc.Get("object", "pins"); first != nil {
		pins = first.List()
	}
	var list []entry
	for _, pin := range pins {
		e := entry{version: pin.Get("state", "version").Str(), line: pin.Line, endLine: pin.EndLine}
		for _, key := range []string{"location", "repositoryURL", "identity", "package"} {
			if e.name = swiftName(pin.Get(key).Str()); e.name != "" {
				break
			}
		}
		if e.name == "" {
			faults = append(faults, project.Fault{Line: pin.Line, Msg: "a pin without a location; it was passed over"})
			continue
		}
		if e.version == "" {
			e.noVersion = "it is pinned to a branch or revision"
		}
		list = append(list, e)
	}
	return list, faults, nil
}

// swiftName spells an address as advisories do: host and path.
func swiftName(address string) string {
	if rest, ok := strings.CutPrefix(address, "git@"); ok {
		address = strings.Replace(rest, ":", "/", 1)
	}
	if _, rest, ok := strings.Cut(address, "://"); ok {
		address = rest
		if user, host, ok := strings.Cut(address, "@"); ok && !strings.Contains(user, "/") {
			address = host
		}
	}
	return strings.TrimSuffix(strings.TrimSuffix(address, "/"), ".git")
}

// conanEntries reads a conan.lock: lists of references, or a graph in older ones.
func conanEntries(data []byte) ([]entry, []project.Fault, error) {
	doc, faults, err := document.ParseJSON(data)
	if err != nil {
		return nil, nil, err
	}
	var list []entry
	add := func(v *document.Value, scope fettle.Scope) {
		ref := v.Str()
		if at := strings.IndexAny(ref, "@#:%"); at >= 0 {
			ref = ref[:at]
		}
		name, version, ok := strings.Cut(ref, "/")
		if ok && name != "" {
			list = append(list, entry{name: name, version: version, scope: scope, line: v.Line, endLine: v.EndLine})
		}
	}
	for _, v := range doc.Get("requires").List() {
		add(v, fettle.Production)
	}
	for _, key := range []string{"build_requires", "python_requires"} {
		for _, v := range doc.Get(key).List() {
			add(v, fettle.Development)
		}
	}
	for _, f := range doc.Get("graph_lock", "nodes").Map() {
		ref := f.Value.Get("ref")
		if pref := f.Value.Get("pref"); pref.Str() != "" {
			ref = pref
		}
		if ref != nil && f.Value.Get("path").Str() == "" {
			add(ref, fettle.Production)
		}
	}
	return list, faults, nil
}

// renvEntries reads a renv.lock. What a mirror of CRAN serves is of CRAN; the extractor knows no mirrors.
func renvEntries(data []byte) ([]entry, []project.Fault, error) {
	doc, faults, err := document.ParseJSON(data)
	if err != nil {
		return nil, nil, err
	}
	var list []entry
	for _, f := range doc.Get("Packages").Map() {
		e := entry{name: f.Value.Get("Package").Str(), version: f.Value.Get("Version").Str(), line: f.Line, endLine: f.Value.EndLine}
		if e.name == "" {
			e.name = f.Key
		}
		switch source := f.Value.Get("Source").Str(); source {
		case "Repository", "":
		case "Bioconductor":
			e.ecosystem = "Bioconductor"
		default:
			e.version, e.noVersion = "", fmt.Sprintf("it comes from %.100s and not from a repository", source)
		}
		list = append(list, e)
	}
	return list, faults, nil
}

var stackPackage = regexp.MustCompile(`^(.+)-([0-9][0-9.]*)(?:@.*)?$`)

// stackEntries reads a stack.yaml.lock. The packages of a snapshot are not in it.
func stackEntries(data []byte) ([]entry, []project.Fault, error) {
	doc, faults, err := document.ParseYAML(data)
	if err != nil {
		return nil, nil, err
	}
	var list []entry
	for _, item := range doc.Get("packages").List() {
		done := item.Get("completed")
		e := entry{name: done.Get("name").Str(), version: done.Get("version").Str(), line: item.Line, endLine: item.EndLine}
		if m := stackPackage.FindStringSubmatch(done.Get("hackage").Str()); m != nil {
			e.name, e.version = m[1], m[2]
		}
		if e.name == "" {
			faults = append(faults, project.Fault{Line: item.Line, Msg: "a package without a name; it was passed over"})
			continue
		}
		list = append(list, e)
	}
	if snapshots := doc.Get("snapshots"); len(snapshots.List()) > 0 {
		faults = append(faults, project.Fault{Line: snapshots.Line, Msg: "the packages of its snapshot are not in the lockfile, so they were not checked; cabal freeze lists all"})
	}
	return list, faults, nil
}
