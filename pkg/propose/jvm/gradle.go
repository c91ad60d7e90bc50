package jvm

import (
	"context"
	"strings"

	"github.com/fettle-dev/fettle/pkg/discover/gradle"
	"github.com/fettle-dev/fettle/pkg/discover/project"
	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/propose/manager"
)

// Gradle drafts for build scripts and version catalogs, as text. No Gradle is run: it would run the build script, and its
// lockfile is written by nothing else, so that stays behind and is told.
type Gradle struct {
	Settings project.Settings // those that discovery has
	Temp     string           // an existing folder for work copies; "" is the system's
	Log      func(format string, args ...any)

	registry *registry
}

// Name is that of the origin of fixes.
func (g *Gradle) Name() string { return "gradle" }

// Claims reports whether p is read from Gradle's files.
func (g *Gradle) Claims(p fettle.Project) bool { return p.Manager == "gradle" }

// Traits are those of a build whose lockfile cannot be moved here: each version is what a script or a catalog says, and of
// all that is asked for the highest counts, so that what the project raises holds.
func (g *Gradle) Traits(fettle.Project) manager.Traits { return manager.Traits{RootWins: true} }

// Reads reports whether file is a script, a catalog, a lockfile, or sets properties.
func (g *Gradle) Reads(file string) bool {
	return gradle.Reader{}.Claims(file) || gradle.Reader{}.Helps(file)
}

// Admits reports whether spec by itself brings version: a range brings what is newest, so only an exact version does.
func (g *Gradle) Admits(spec, version string) bool {
	spec = strings.TrimSuffix(strings.TrimSpace(spec), "!!")
	if inner, ok := strings.CutPrefix(spec, "["); ok {
		inner, closed := strings.CutSuffix(inner, "]")
		return closed && !strings.Contains(inner, ",") && same(strings.TrimSpace(inner), version)
	}
	return spec != "" && !strings.Contains(spec, "+") && same(spec, version)
}

// Served reports whether spec is a version or a range, not a text that only a run of the script could fill in.
func (g *Gradle) Served(spec string) bool { return !strings.ContainsAny(spec, "${}") }

// Repin writes version in the style of spec.
func (g *Gradle) Repin(spec, version string) string {
	if bare, strict := strings.CutSuffix(strings.TrimSpace(spec), "!!"); strict {
		return repinRange(bare, version) + "!!"
	}
	return repinRange(spec, version)
}

// Releases asks the Maven repositories that the user's settings name.
func (g *Gradle) Releases(ctx context.Context, _ fettle.Project, pkg fettle.Package) ([]manager.Release, error) {
	g.start()
	return g.registry.releases(ctx, pkg)
}

func (g *Gradle) start() {
	if g.registry == nil {
		g.registry = newRegistry(g.Settings, g.Log)
	}
}
