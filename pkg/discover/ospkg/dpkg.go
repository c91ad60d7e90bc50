package ospkg

import (
	"context"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

const (
	dpkgStatus = "var/lib/dpkg/status"
	dpkgFolder = "var/lib/dpkg/status.d" // of images without dpkg: one file for each package
	aptStates  = "var/lib/apt/extended_states"
)

// stanza is one paragraph of fields.
type stanza struct {
	fields        map[string]string // the first line of each and what continues it
	line, endLine int
	twice         string // a field that stands twice
}

// stanzas reads paragraphs of Field: value lines; a line that begins with a blank continues the field before it.
func stanzas(data []byte) []stanza {
	var all []stanza
	var s stanza
	var more strings.Builder // what continues the last field
	last := ""
	number := 0
	join := func() {
		if more.Len() > 0 {
			s.fields[last] += more.String()
			more.Reset()
		}
	}
	end := func() {
		join()
		if len(s.fields) > 0 {
			all = append(all, s)
		}
		s, last = stanza{}, ""
	}
	for line := range strings.Lines(string(data)) {
		number++
		line = strings.TrimRight(line, "\r\n")
		if strings.TrimSpace(line) == "" {
			end()
			continue
		}
		if s.fields == nil {
			s.fields, s.line = map[string]string{}, number
		}
		s.endLine = number
		if line[0] == ' ' || line[0] == '\t' {
			switch last {
			case "Depends", "Pre-Depends", "Provides", "Recommends":
				more.WriteString(line)
			}
			continue
		}
		join()
		key, value, ok := strings.Cut(line, ":")
		if last = key; !ok {
			continue
		}
		if _, again := s.fields[key]; again && s.twice == "" {
			s.twice = key
		}
		s.fields[key] = strings.TrimSpace(value)
	}
	end()
	return all
}

// dpkg reads the packages that dpkg installed.
func (s *system) dpkg(ctx context.Context) (bool, error) {
	d := &dpkgReader{system: s, providers: map[string][]provider{}, lockfile: dpkgStatus}
	whole, ok := s.file(dpkgStatus, maxText)
	names := list(s.tree, dpkgFolder)
	if !ok && len(names) == 0 {
		return false, nil
	}
	if !ok {
		d.lockfile = dpkgFolder
	}
	d.graph = project.NewGraph(fettle.Project{Manager: "dpkg", Dir: project.Parent(d.lockfile), Lockfile: d.lockfile})
	if ok {
		d.add(dpkgStatus, whole)
	}
	for _, name := range names {
		if err := ctx.Err(); err != nil {
			return true, err
		}
		if strings.HasSuffix(name, ".md5sums") || strings.HasSuffix(name, ".preinst") {
			continue
		}
		if data, ok := s.file(dpkgFolder+"/"+name, maxText); ok {
			d.add(dpkgFolder+"/"+name, data)
		}
	}
	d.link()
	s.keep(d.graph)
	return true, nil
}

type dpkgReader struct {
	*system
	lockfile  string
	graph     *project.Graph
	packages  []dpkgPackage
	providers map[string][]provider // by name, the packages themselves first
	faults    int
}

type dpkgPackage struct {
	stanza
	file, key string
}

// provider is a package that answers to a name.
type provider struct{ key, arch string }

// add takes the packages of one file.
func (d *dpkgReader) add(file string, data []byte) {
	for _, st := range stanzas(data) {
		name, version, arch := st.fields["Package"], st.fields["Version"], st.fields["Architecture"]
		if !dpkgInstalled(st.fields["Status"]) || name == "" && version == "" {
			continue
		}
		if st.twice != "" {
			d.fault(file, st.line, "%.60q stands twice in the entry of %.100s; the last one counts", st.twice, name)
		}
		n := fettle.Node{Key: name + ":" + arch, Package: fettle.Package{Ecosystem: d.release.label(), Name: name, Version: version},
			Location: fettle.Location{Path: file, Line: st.line, EndLine: st.endLine}}
		if version == "" {
			n.NoVersion = "the entry has no Version"
		}
		source, in, hasVersion := strings.Cut(st.fields["Source"], "(")
		if n.Source = (&fettle.Package{Ecosystem: n.Ecosystem, Name: strings.TrimSpace(source), Version: version}); n.Source.Name == "" {
			n.Source.Name = name
		}
		if hasVersion {
			n.Source.Version = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(in), ")"))
		}
		if !d.graph.Add(n) && d.graph.Has(n.Key) {
			d.fault(file, st.line, "%.100s stands twice; the first entry counts", n.Key)
			continue
		}
		d.packages = append(d.packages, dpkgPackage{st, file, n.Key})
		d.provide(name, provider{n.Key, arch})
	}
}

// dpkgInstalled reports whether the status, want flag state, is one in which files of the package are there. Entries of
// status.d have none.
func dpkgInstalled(status string) bool {
	words := strings.Fields(status)
	if len(words) < 3 {
		return true
	}
	return words[2] != "not-installed" && words[2] != "config-files"
}

func (d *dpkgReader) fault(file string, line int, format string, args ...any) {
	if d.faults++; d.faults <= project.MaxFaults {
		d.gap(file, line, format, args...)
	}
}

// Bounds of what one package says, and of how many may answer to one name. Packages that stand for a whole desktop need some
// hundred others.
const (
	maxNeeds     = 5_000
	maxProviders = 20
)

func (d *dpkgReader) provide(name string, p provider) {
	if len(d.providers[name]) < maxProviders {
		d.providers[name] = append(d.providers[name], p)
	}
}

// link adds who needs whom, and what was asked for.
func (d *dpkgReader) link() {
	for _, p := range d.packages {
		for _, alternative := range relations(p.fields["Provides"]) {
			for _, r := range alternative {
				d.provide(r.name, provider{p.key, p.fields["Architecture"]})
			}
		}
	}
	needed := map[string]bool{}
	for _, p := range d.packages {
		for _, field := range []struct {
			name  string
			scope fettle.Scope
		}{{"Pre-Depends", fettle.Production}, {"Depends", fettle.Production}, {"Recommends", fettle.Optional}} {
			if strings.Count(p.fields[field.name], ",") >= maxNeeds {
				d.fault(p.file, p.line, "%.100s needs more than %d packages; the ways through the rest are unknown", p.key, maxNeeds)
			}
			for _, alternatives := range relations(p.fields[field.name]) {
				for _, r := range alternatives {
					for _, key := range d.answer(r, p.fields["Architecture"]) {
						d.graph.Need(p.key, key, r.version, field.scope)
						needed[key] = needed[key] || key != p.key
					}
				}
			}
		}
	}
	auto, told := d.automatic()
	for _, p := range d.packages {
		if told && !auto[p.key] || !told && (!needed[p.key] || p.fields["Essential"] == "yes") {
			d.graph.Need("", p.key, "", fettle.Production)
		}
	}
	if !told {
		lonely(d.graph)
	}
}

// lonely makes packages that no root leads to, since they only need each other, needs of the system too.
func lonely(g *project.Graph) {
	p, _ := g.Project()
	for _, n := range p.Nodes {
		if n.Depth == 0 {
			g.Need("", n.Key, "", fettle.Production)
		}
	}
}

// answer returns the packages that meet r for a package of arch: those of its own architecture where there are any.
func (d *dpkgReader) answer(r relation, arch string) []string {
	var same, other []string
	for _, p := range d.providers[r.name] {
		if p.arch == arch || p.arch == "all" || arch == "all" {
			same = append(same, p.key)
		} else {
			other = append(other, p.key)
		}
	}
	if len(same) > 0 {
		return same
	}
	return other
}

// automatic returns the packages that apt installed for others, and false where apt does not say. What apt does not list
// was asked for.
func (d *dpkgReader) automatic() (map[string]bool, bool) {
	data, ok := d.file(aptStates, maxText)
	if !ok {
		return nil, false
	}
	auto := map[string]bool{}
	for _, st := range stanzas(data) {
		if st.fields["Auto-Installed"] != "1" {
			continue
		}
		name, arch := st.fields["Package"], st.fields["Architecture"]
		auto[name+":"+arch] = true
		auto[name+":all"] = true // apt files these under the native architecture
	}
	return auto, true
}

// relation is one name of a dependency, with its version as it is written.
type relation struct{ name, version string }

// relations reads a list such as a (>= 1), b | c:any [amd64].
func relations(text string) [][]relation {
	var all [][]relation
	for i, part := range strings.SplitN(text, ",", maxNeeds+1) {
		if i == maxNeeds {
			break
		}
		var alternatives []relation
		for _, one := range strings.SplitN(part, "|", maxProviders) {
			one, _, _ = strings.Cut(one, "[")
			name, version, _ := strings.Cut(one, "(")
			name, _, _ = strings.Cut(strings.TrimSpace(name), ":")
			if name = strings.TrimSpace(name); name != "" {
				version, _, _ = strings.Cut(version, ")")
				alternatives = append(alternatives, relation{name, strings.TrimSpace(version)})
			}
		}
		if len(alternatives) > 0 {
			all = append(all, alternatives)
		}
	}
	return all
}
