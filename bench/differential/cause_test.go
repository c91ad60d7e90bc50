package differential

import (
	"path"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/osv"
)

// cause is why two scanners differ.
type cause struct {
	text      string // "" is not known
	ofPackage bool   // the two differ in what they read, whatever advisories say of it
}

// whyOnlyFettle returns the cause of a finding that osv-scanner has not.
func (c corpus) whyOnlyFettle(h hit, theirs scan) cause {
	if !theirs.packages[h.installed] {
		if h.ecosystem == "Go" && (h.name == "stdlib" || h.name == "toolchain") {
			return cause{"osv-scanner leaves Go itself out, since the go line is the lowest version that will do and not the one in use", true}
		}
		return cause{"osv-scanner " + inventory(h.installed, theirs), true}
	}
	if module := path.Dir(theirs.spelled[h.installed]); h.ecosystem == "Go" && module != strings.ToLower(module) {
		return cause{"osv-scanner goes by package URLs, whose Go namespaces are in lower case, so a record that has the path as it is does not match", true}
	}
	name := theirs.spelled[h.installed]
	if h.ecosystem == "PyPI" {
		name = h.name // osv-scanner normalizes what it reads, but not what the record says
	}
	if about := c.about(h); len(about) > 0 && !slices.ContainsFunc(about, func(a osv.AffectedPackage) bool { return a.Package.Name == name }) {
		return cause{text: "the record spells the name " + about[0].Package.Name + ", and osv-scanner compares names as text"}
	}
	public, _, local := strings.Cut(h.version, "+")
	for _, a := range c.about(h) {
		switch i := slices.IndexFunc(a.Ranges, func(r osv.Range) bool { return r.Type == osv.Git }); {
		case i >= 0 && i < len(a.Ranges)-1:
			return cause{text: "osv-scanner looks no further than a range of commits"}
		case local && h.ecosystem == "PyPI":
			return cause{text: "osv-scanner does not take a build of " + public + " for it"}
		case len(a.Versions) > 0 && !slices.Contains(a.Versions, h.version) && slices.ContainsFunc(a.Versions, func(v string) bool {
			n, err := osv.CompareVersions(h.ecosystem, h.version, v)
			return err == nil && n == 0
		}):
			return cause{text: "osv-scanner compares listed versions as text"}
		}
	}
	return cause{}
}

// whyOnlyScanner returns the cause of a finding that fettle has not.
func (c corpus) whyOnlyScanner(h hit, ours scan) cause {
	if !ours.packages[h.installed] {
		if path.Base(h.file) == "go.sum" {
			mod := h.installed
			mod.file = path.Join(path.Dir(h.file), "go.mod")
			if selected := versions(mod, ours); len(selected) > 0 {
				return cause{"go.sum names versions that the build does not select; fettle takes " + strings.Join(selected, ", ") + " of go.mod", true}
			}
		}
		if len(ours.gaps[h.file]) > 0 {
			return cause{"fettle " + inventory(h.installed, ours) + ", and reports a gap of the file", true}
		}
		return cause{}
	}
	var lossy, whole bool
	for _, a := range c.about(h) {
		if slices.ContainsFunc(a.Ranges, osv.Range.UpperBoundUnknown) {
			lossy = true
		} else {
			whole = true
		}
	}
	if lossy && whole {
		return cause{text: "one record lost the end of its range, and fettle believes another, which has it"}
	}
	return cause{}
}

// about returns what the records of h say of its package.
func (c corpus) about(h hit) []osv.AffectedPackage {
	var all []osv.AffectedPackage
	for _, id := range strings.Fields(h.ids) {
		for _, a := range c.affected[id] {
			if a.Names(h.ecosystem, h.name) {
				all = append(all, a)
			}
		}
	}
	return all
}

// inventory says how what a scanner read differs from a package that it has not in this version.
func inventory(p installed, s scan) string {
	if others := versions(p, s); len(others) > 0 {
		return "reads " + strings.Join(others, ", ") + " of it here"
	}
	for other := range s.packages {
		if other.file == p.file {
			return "does not see the package here"
		}
	}
	return "reads no package from this file"
}

// versions are those of a package that a scanner read in a file.
func versions(p installed, s scan) []string {
	var all []string
	for other := range s.packages {
		if other.file == p.file && other.ecosystem == p.ecosystem && other.name == p.name {
			all = append(all, other.version)
		}
	}
	slices.Sort(all)
	return all
}
