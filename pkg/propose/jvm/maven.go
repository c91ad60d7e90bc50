package jvm

import (
	"context"
	"fmt"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/maven"
	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/propose/manager"
)

// Maven drafts for pom.xml. It needs no Maven: versions are edited where they stand, and what comes of it is resolved as
// discovery does it, from the same repositories.
type Maven struct {
	Settings project.Settings // those that discovery has
	Temp     string           // an existing folder for work copies; "" is the system's
	Log      func(format string, args ...any)

	registry *registry
}

// Name is that of the origin of fixes.
func (m *Maven) Name() string { return "maven" }

// Claims reports whether p is read from a pom.xml.
func (m *Maven) Claims(p fettle.Project) bool { return p.Manager == "maven" }

// Traits are those of Maven: nothing is locked, a project has one version of each artifact, and what it declares or manages
// holds, whatever others ask for.
func (m *Maven) Traits(fettle.Project) manager.Traits {
	return manager.Traits{RootWins: true, Single: true, Pins: true}
}

// Reads reports whether file is a POM, or says how Maven is run.
func (m *Maven) Reads(file string) bool {
	return maven.Reader{}.Claims(file) || maven.Reader{}.Helps(file)
}

// Admits reports whether spec by itself brings version: a range brings what is newest, so only an exact version does.
func (m *Maven) Admits(spec, version string) bool {
	spec = strings.TrimSpace(spec)
	if inner, ok := strings.CutPrefix(spec, "["); ok {
		inner, closed := strings.CutSuffix(inner, "]")
		return closed && !strings.Contains(inner, ",") && same(strings.TrimSpace(inner), version)
	}
	return spec != "" && same(spec, version)
}

// Served reports whether spec is a version or a range, not a text that nobody could fill in.
func (m *Maven) Served(spec string) bool { return !strings.ContainsAny(spec, "${}") }

// Repin writes version in the style of spec.
func (m *Maven) Repin(spec, version string) string { return repinRange(spec, version) }

// repinRange keeps brackets: an exact one stays exact, of a range the lower end moves. A range whose upper end would lie
// below becomes the version.
func repinRange(spec, version string) string {
	spec = strings.TrimSpace(spec)
	if len(spec) < 2 || !strings.ContainsAny(spec[:1], "[(") {
		return version
	}
	_, to, isRange := strings.Cut(spec[1:len(spec)-1], ",")
	switch {
	case strings.Contains(to, ","): // several ranges
		return version
	case !isRange && spec[0] == '[':
		return "[" + version + "]"
	case isRange && strings.TrimSpace(to) == "", isRange && lower(version, strings.TrimSpace(to)):
		space := to[:len(to)-len(strings.TrimLeft(to, " "))]
		return "[" + version + "," + space + strings.TrimSpace(to) + spec[len(spec)-1:]
	}
	return version
}

// Releases asks the repositories that the user's settings name. Maven's registries withdraw nothing; a version whose artifact
// moved to other coordinates is told as deprecated.
func (m *Maven) Releases(ctx context.Context, _ fettle.Project, pkg fettle.Package) ([]manager.Release, error) {
	m.start()
	return m.registry.releases(ctx, pkg)
}

func (m *Maven) start() {
	if m.registry == nil {
		m.registry = newRegistry(m.Settings, m.Log)
	}
}

// registry is the repositories and what they said.
type registry struct {
	*maven.Registry
	known map[fettle.Package][]manager.Release
	log   func(format string, args ...any)
}

func newRegistry(s project.Settings, log func(string, ...any)) *registry {
	if log == nil {
		log = func(string, ...any) {}
	}
	return &registry{Registry: maven.NewRegistry(s), known: map[fettle.Package][]manager.Release{}, log: log}
}

// maxDetailed bounds the releases of one package whose POMs are read, the nearest first.
const maxDetailed = 80

func (r *registry) releases(ctx context.Context, pkg fettle.Package) ([]manager.Release, error) {
	if got, ok := r.known[pkg]; ok {
		return got, nil
	}
	if !r.Asks() {
		return nil, fmt.Errorf("list the versions of %s: no repository may be asked, since the run is offline or none is named: %w", pkg.Name, manager.ErrNoTool)
	}
	served, err := r.Versions(ctx, pkg.Name)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		return nil, fmt.Errorf("list the versions of %s: %w: %w; check the network, the mirrors in settings.xml and discover.maven.repositories in fettle.yaml", pkg.Name, err, manager.ErrRegistry)
	}
	var list []manager.Release
	for i, version := range candidates(served, pkg.Version) {
		out := manager.Release{Version: version}
		if i < maxDetailed {
			served, err := r.detail(ctx, pkg.Name, &out)
			if err != nil {
				return nil, err
			}
			if !served && version != pkg.Version {
				continue
			}
		}
		list = append(list, out)
	}
	r.known[pkg] = list
	return list, nil
}

// detail fills in what the POM of a release says, and reports whether it is served and not only listed. The error is that of
// ctx.
func (r *registry) detail(ctx context.Context, name string, out *manager.Release) (bool, error) {
	said, err := r.Release(ctx, name, out.Version)
	if err != nil {
		return false, ctx.Err()
	}
	out.NeedsKnown, out.Source = said.Whole, said.Source
	for _, n := range said.Needs {
		out.Needs = append(out.Needs, manager.Need{Name: n.Name, Range: n.Version})
	}
	if said.Relocated != "" {
		out.Deprecated = "moved to " + said.Relocated
	}
	if said.Java != "" {
		out.Toolchain = "java " + said.Java
	}
	out.Published, err = r.Published(ctx, name, out.Version)
	return true, err
}
