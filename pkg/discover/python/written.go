package python

import (
	"maps"
	"path"
	"slices"

	"github.com/fettle-dev/fettle/pkg/discover/document"
)

// Requirement is one requirement as it is written, for whoever changes it.
type Requirement struct {
	Name    string // normalized; "" where an address names none
	Extras  []string
	Spec    string // the versions that are allowed; "" is any
	Marker  string
	Address string // of a direct reference
	Line    int    // in a requirements file
	End     int
	Via     []string // who needs it, as pip-compile and uv write it
}

// Include is a file that a requirements file names.
type Include struct {
	File       string // relative to the repository
	Line       int
	Constraint bool
}

// Requirements is what pip reads of one requirements file.
type Requirements struct {
	List     []Requirement
	Includes []Include
	Compiled bool // by pip-compile or uv, so that it holds all there is
	Noted    bool // a line says who needs it
}

// ParseRequirements reads data as pip would; file is its path in the repository. What cannot be read is left out: Read tells
// of it.
func ParseRequirements(file string, data []byte) Requirements {
	f := parseRequirements(file, data)
	r := Requirements{Compiled: f.compiled, Noted: f.noted}
	for _, l := range f.lines {
		w := written(l.requirement)
		w.Line, w.End, w.Via = l.line, l.end, l.via
		r.List = append(r.List, w)
	}
	for _, in := range f.includes {
		r.Includes = append(r.Includes, Include{in.file, in.line, in.constraint})
	}
	return r
}

// ParseRequirement reads a requirement as PEP 508 has it.
func ParseRequirement(text string) (Requirement, error) {
	r, err := parseRequirement(text)
	return written(r), err
}

func written(r requirement) Requirement {
	return Requirement{Name: r.name, Extras: r.extras, Spec: r.spec, Marker: r.marker, Address: r.url}
}

// Admits reports whether a range of PEP 440, of Poetry or of several joined by || allows version. A version that cannot be
// compared is not allowed.
func Admits(spec, version string) bool { return !undecided(version, version) && admits(spec, version) }

// Pinned returns the one version that a range of PEP 440 allows; ok is false where it allows more.
func Pinned(spec string) (version string, ok bool) { return pin(spec) }

// Holds reports whether a marker can hold where only these extras are asked for, on some machine.
func Holds(marker string, extras []string) bool {
	return holds(marker, func(name string) bool { return slices.Contains(extras, name) })
}

// Normalize is name as PEP 503 compares it.
func Normalize(name string) string { return normalize(name) }

// Archive returns the name and version that the name of a wheel or a source archive says, "" where it is neither.
func Archive(file string) (name, version string) { return archive(file) }

// IsRequirements reports whether a file of this name is one that pip or pip-compile reads or writes.
func IsRequirements(file string) bool {
	return slices.Contains([]kind{requirementsFile, constraintsFile, sourceFile}, kindOf(file))
}

// IsManifest reports whether a file of this name declares what a project needs.
func IsManifest(file string) bool {
	return slices.Contains([]kind{pyprojectFile, pipfileFile, setupCfgFile, setupPyFile}, kindOf(file))
}

// MetadataNeeds are the requirements that the head of a METADATA file names, once for each extra that brings one in.
func MetadataNeeds(text string) []Requirement {
	all := map[string]Requirement{}
	for _, n := range parseMetadata(text) {
		w := written(n.requirement)
		all[w.Name+"\x00"+w.Spec+"\x00"+w.Marker] = w
	}
	var list []Requirement
	for _, key := range slices.Sorted(maps.Keys(all)) {
		list = append(list, all[key])
	}
	return list
}

// Declared lists what a pyproject.toml or a Pipfile declares, in its order; one name may stand several times. It is empty
// where the file cannot be read.
func Declared(file string, data []byte) []Requirement {
	m := &manifest{file: file}
	if path.Base(file) == "Pipfile" {
		doc, _, err := document.ParseTOML(data)
		if err != nil {
			return nil
		}
		m.pipfileSections(doc)
	} else if m, _ = parsePyproject(file, data); m == nil {
		return nil
	}
	var list []Requirement
	for _, n := range m.declared {
		w := written(n.requirement)
		w.Line, w.End = n.line, n.line
		list = append(list, w)
	}
	return list
}
