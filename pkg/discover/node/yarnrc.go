package node

import (
	"path"
	"strings"

	"deps.dev/util/semver"

	"github.com/fettle-dev/fettle/pkg/discover/document"
	"github.com/fettle-dev/fettle/pkg/discover/project"
)

// yarnrc is what .yarnrc.yml says that the lockfile does not: the ranges of catalogs, and what packages need beyond their
// own manifests.
type yarnrc struct {
	root       *document.Value
	extensions map[string][]extension // by name
}

// extension adds to the needs of the versions of a package.
type extension struct {
	versions *semver.Constraint
	adds     *document.Value
}

// yarnrc reads .yarnrc.yml beside the lockfile, if there is one.
func (a *assembly) yarnrc() yarnrc {
	rc := yarnrc{extensions: map[string][]extension{}}
	file := path.Join(a.project.Dir, ".yarnrc.yml")
	if !a.files.Is(file) {
		return rc
	}
	data, err := a.files.Read(file)
	if err != nil {
		a.gaps = append(a.gaps, project.Gap(file, 0, err.Error()))
		return rc
	}
	root, faults, err := document.ParseYAML(data)
	if err != nil {
		a.gaps = append(a.gaps, project.FaultGap(file, err))
		return rc
	}
	for _, f := range faults {
		a.gaps = append(a.gaps, project.Gap(file, f.Line, f.Msg))
	}
	rc.root = root
	for _, f := range root.Get("packageExtensions").Map() {
		name, spec := splitDescriptor(f.Key)
		versions, err := semver.NPM.ParseConstraint(spec[:min(len(spec), maxGlob)])
		if err != nil || len(spec) > maxGlob || len(rc.extensions[name]) == maxPicks {
			a.tell("package extensions that were not read", 0, "the package extension %.100q of %s was not read; want one such as a@^1.0.0", f.Key, file)
			continue
		}
		rc.extensions[name] = append(rc.extensions[name], extension{versions, f.Value})
	}
	return rc
}

// catalog returns the range that stands for a range such as catalog: or catalog:name; any other is itself.
func (rc yarnrc) catalog(name, spec string) string {
	of, ok := strings.CutPrefix(spec, "catalog:")
	if !ok {
		return spec
	}
	found := rc.root.Get("catalogs", of, name)
	if of == "" || of == "default" && found == nil {
		found = rc.root.Get("catalog", name)
	}
	if found.Str() == "" {
		return spec
	}
	return found.Str()
}

// extend returns what is added to the package e, beyond what its entry v says.
func (rc yarnrc) extend(e *entry, v *document.Value) (needs, peers []npmNeed) {
	for _, x := range rc.extensions[e.name] {
		if !x.versions.Match(e.version) {
			continue
		}
		for _, d := range x.adds.Get("dependencies").Map() {
			if v.Get("dependencies").Field(d.Key) == nil {
				needs = append(needs, npmNeed{name: d.Key, spec: d.Value.Str(), section: "dependencies"})
			}
		}
		peers = append(peers, berryPeers(x.adds)...)
	}
	return needs, peers
}
