package deliver

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	cdx "github.com/CycloneDX/cyclonedx-go"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// rootRef names what was scanned; lockfiles and their entries are named by their paths and keys.
const rootRef = "."

// bomBuilder gathers components, and what each needs in the order of the inventory.
type bomBuilder struct {
	components []cdx.Component
	refs       []string
	known      map[string]bool
	needs      map[string][]string
}

// ref makes sure that name stands once in the graph, and reports whether it is new.
func (b *bomBuilder) ref(name string) bool {
	if b.known[name] {
		return false
	}
	b.refs = append(b.refs, name)
	b.known[name] = true
	return true
}

// bomProject is a project under a name that no other one has.
type bomProject struct {
	fettle.Project
	name string // the lockfile, with a number where one file gave several projects
}

func bomProjects(r fettle.Report) []bomProject {
	if r.Inventory == nil {
		return nil
	}
	var all []bomProject
	seen := map[string]int{}
	for _, p := range r.Inventory.Projects {
		name := quoted(p.Lockfile)
		if seen[name]++; seen[name] > 1 {
			name += fmt.Sprintf("#%d", seen[name])
		}
		all = append(all, bomProject{p, name})
	}
	return all
}

func (p bomProject) ref() string { return "project:" + p.name }

// part is unique for its kind and key. It never begins as a reference into another document does.
func (p bomProject) part(kind, key string) string { return kind + ":" + p.name + "#" + quoted(key) }

// quoted keeps texts apart that plain would make the same.
func quoted(s string) string {
	if plain(s) != s || strings.HasPrefix(s, `"`) || strings.Contains(s, "#") {
		return strconv.QuoteToASCII(s)
	}
	return s
}

func (b *bomBuilder) project(p bomProject) {
	own := p.ref()
	b.ref(own)
	b.components = append(b.components, projectComponent(p.Project, own))
	b.needs[rootRef] = append(b.needs[rootRef], own)
	isNode := make(map[string]bool, len(p.Nodes))
	for _, n := range p.Nodes {
		isNode[n.Key] = true
	}
	for _, n := range p.Nodes {
		ref := p.part("package", n.Key)
		if !b.ref(ref) {
			continue // keys are unique; a document that repeats one would not be valid
		}
		b.components = append(b.components, nodeComponent(p.Project, n, ref))
		for _, edge := range n.Holders {
			holder := own
			switch {
			case isNode[edge.Holder]:
				holder = p.part("package", edge.Holder)
			case edge.Holder != "":
				holder = b.member(p, edge.Holder)
			}
			if holder != ref {
				b.needs[holder] = append(b.needs[holder], ref)
			}
		}
	}
}

// member is a root beside the project's own: a workspace member, by its folder.
func (b *bomBuilder) member(p bomProject, dir string) string {
	ref := p.part("member", dir)
	if b.ref(ref) {
		b.components = append(b.components, cdx.Component{BOMRef: ref, Type: cdx.ComponentTypeApplication, Name: cmp.Or(plain(dir), "member"),
			Properties: traits("fettle:project", p.Lockfile, "fettle:manager", p.Manager)})
		own := p.ref()
		b.needs[own] = append(b.needs[own], ref)
	}
	return ref
}

func projectComponent(p fettle.Project, ref string) cdx.Component {
	c := cdx.Component{BOMRef: ref, Type: cdx.ComponentTypeApplication, Name: plain(cmp.Or(p.Dir, path.Base(p.Lockfile))),
		Properties: traits("fettle:project", p.Lockfile, "fettle:manager", p.Manager, "fettle:manifest", p.Manifest)}
	switch p.Manager {
	case "dpkg", "apk", "rpm":
		c.Type = cdx.ComponentTypeOS
		if len(p.Nodes) > 0 {
			name, release, _ := strings.Cut(p.Nodes[0].Ecosystem, ":")
			c.Name, c.Version = plain(name), plain(release)
		}
	}
	if c.Name == "" {
		c.Name = "project"
	}
	return c
}

func nodeComponent(p fettle.Project, n fettle.Node, ref string) cdx.Component {
	group, name := grouped(n.Package)
	c := cdx.Component{BOMRef: ref, Type: cdx.ComponentTypeLibrary, Group: plain(group), Name: cmp.Or(plain(name), "unnamed"), Version: clip(plain(n.Version), 1000), PackageURL: n.PURL()}
	switch n.Scope {
	case fettle.Production, fettle.Peer:
		c.Scope = cdx.ScopeRequired
	case fettle.Optional:
		c.Scope = cdx.ScopeOptional
	case fettle.Development, fettle.Test:
		c.Scope = cdx.ScopeExcluded
	}
	pairs := []string{"fettle:project", p.Lockfile, "fettle:location", n.Location.String(), "fettle:scope", string(n.Scope)}
	if n.Manifest != nil {
		pairs = append(pairs, "fettle:manifest", n.Manifest.String())
	}
	if n.Direct {
		pairs = append(pairs, "fettle:direct", "true")
	}
	if n.Source != nil {
		pairs = append(pairs, "fettle:source", n.Source.PURL())
	}
	if n.Version == "" {
		pairs = append(pairs, "fettle:no_version", cmp.Or(n.NoVersion, "it comes from a folder, an address or a commit"))
	}
	c.Properties = traits(pairs...)
	return c
}

// grouped splits a name as the ecosystem's own bills of materials do.
func grouped(p fettle.Package) (group, name string) {
	separator := ""
	switch p.Ecosystem {
	case "Maven":
		separator = ":"
	case "npm", "Packagist":
		separator = "/"
	}
	if i := strings.LastIndex(p.Name, separator); separator != "" && i > 0 && i < len(p.Name)-1 {
		return p.Name[:i], p.Name[i+1:]
	}
	return "", p.Name
}

// traits makes properties of names and values, leaving out empty ones.
func traits(pairs ...string) *[]cdx.Property {
	var all []cdx.Property
	for i := 0; i+1 < len(pairs); i += 2 {
		if value := clip(plain(pairs[i+1]), 1000); value != "" {
			all = append(all, cdx.Property{Name: pairs[i], Value: value})
		}
	}
	if len(all) == 0 {
		return nil
	}
	return &all
}

func (b *bomBuilder) dependencies() []cdx.Dependency {
	all := make([]cdx.Dependency, 0, len(b.refs))
	for _, ref := range b.refs {
		d := cdx.Dependency{Ref: ref}
		if needs := b.needs[ref]; len(needs) > 0 {
			slices.Sort(needs)
			needs = slices.Compact(needs)
			d.Dependencies = &needs
		}
		all = append(all, d)
	}
	return all
}

// compositions says which projects are wholly known. A gap that is about no project may hide one, so the whole is
// incomplete then.
func compositions(projects []bomProject, gaps []fettle.Gap) []cdx.Composition {
	var known, unknown []cdx.BOMReference
	root := cdx.CompositionAggregateComplete
	lost := map[string]bool{}
	for _, g := range gaps {
		if g.Stage == "discover" {
			root = cdx.CompositionAggregateIncomplete
			lost[g.Subject] = true
			if g.Location != nil {
				lost[g.Location.Path] = true
			}
		}
	}
	delete(lost, "")
	for _, p := range projects {
		if lost[p.Lockfile] || lost[p.Manifest] || slices.ContainsFunc(p.Nodes, func(n fettle.Node) bool { return lost[n.Location.Path] }) {
			unknown = append(unknown, cdx.BOMReference(p.ref()))
		} else {
			known = append(known, cdx.BOMReference(p.ref()))
		}
	}
	all := []cdx.Composition{composition(root, []cdx.BOMReference{rootRef})}
	if len(unknown) > 0 {
		all = append(all, composition(cdx.CompositionAggregateIncomplete, unknown))
	}
	if len(known) > 0 {
		all = append(all, composition(cdx.CompositionAggregateComplete, known))
	}
	return all
}

func composition(aggregate cdx.CompositionAggregate, refs []cdx.BOMReference) cdx.Composition {
	return cdx.Composition{Aggregate: aggregate, Assemblies: &refs, Dependencies: &refs}
}

// maxGapProperties is how many gaps an inventory tells; the rest are counted.
const maxGapProperties = 100

func gapProperties(gaps []fettle.Gap) []cdx.Property {
	var all []cdx.Property
	more := 0
	for _, g := range gaps {
		if g.Stage != "discover" {
			continue
		}
		if len(all) == maxGapProperties {
			more++
			continue
		}
		at := g.Subject
		if g.Location != nil {
			at = g.Location.String()
		}
		all = append(all, cdx.Property{Name: "fettle:gap", Value: clip(plain(at+": "+g.Reason), 1000)})
	}
	if more > 0 {
		all = append(all, cdx.Property{Name: "fettle:gap", Value: fmt.Sprintf("and %d more", more)})
	}
	return all
}
