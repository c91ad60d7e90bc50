package golang

import (
	"errors"
	"fmt"
	"path"
	"strings"

	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/propose/manager"
)

const ecosystem = "Go"

// Go drafts for Go modules and workspaces. Upgrades of stdlib and toolchain raise the line that chooses the Go.
type Go struct {
	Run  manager.Runner
	Temp string   // an existing folder for work copies
	Env  []string // what Settings returns, and what the caller adds
	Log  func(format string, args ...any)

	Raise bool // upgrades may raise the go line; else such are refused

	known    map[string]served  // by module
	down     map[string]error   // by the first element of module paths: why its source cannot be reached
	tidied   map[string]*tidied // the unchanged module, tidied, by content
	answered map[string]derived // by content and upgrades
}

// derived is what deriving gave.
type derived struct {
	d   manager.Derivation
	err error // a verdict
}

// Name is who drafts.
func (g *Go) Name() string { return "go" }

// Claims reports whether p is a module or a workspace.
func (g *Go) Claims(p fettle.Project) bool { return p.Manager == "go" }

// Traits are those of minimal version selection: one version of each module, which go.mod itself says.
func (g *Go) Traits(fettle.Project) manager.Traits {
	return manager.Traits{Locks: true, Declares: true, Single: true}
}

// Reads reports whether discovery looks at the file.
func (g *Go) Reads(file string) bool {
	switch path.Base(file) {
	case "go.mod", "go.work", "go.sum", "go.work.sum":
		return true
	case "modules.txt":
		return path.Base(path.Dir(file)) == "vendor"
	}
	return false
}

// Admits reports whether version is at least what spec asks for: a requirement is a lower bound
// (https://go.dev/ref/mod#minimal-version-selection).
func (g *Go) Admits(spec, version string) bool {
	want := canonical(bound(spec))
	return want == "" || semver.Compare(canonical(version), want) >= 0
}

// Served reports whether spec is a version. What a folder replaces has none.
func (g *Go) Served(spec string) bool { return semver.IsValid(canonical(bound(spec))) }

// Repin writes version as a requirement is written.
func (g *Go) Repin(spec, version string) string {
	head := "v"
	if strings.HasPrefix(strings.TrimSpace(spec), ">=") {
		head = ">="
	}
	_, note, ok := strings.Cut(spec, " //")
	if ok {
		note = " //" + note
	}
	return head + strings.TrimPrefix(version, "v") + note
}

// bound is the version in a requirement, which may be marked indirect, or in what a project asks of its Go.
func bound(spec string) string {
	spec, _, _ = strings.Cut(spec, "//")
	return strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(spec), ">="))
}

// canonical is a version as the go command writes it, with the v that advisories leave out.
func canonical(version string) string {
	if version == "" || strings.HasPrefix(version, "v") {
		return version
	}
	return "v" + version
}

// isGo reports whether name is that of the standard library or the go command, which come with a Go, not as a module.
func isGo(name string) bool { return name == "stdlib" || name == "toolchain" }

// check refuses what must not reach a command line.
func check(name, version string) error {
	if isGo(name) {
		return nil
	}
	if err := module.CheckPath(name); err != nil {
		return fmt.Errorf("%.200q is not a path of a module: %w", name, fettle.ErrRefused)
	}
	if version != "" && (module.CanonicalVersion(canonical(version)) != canonical(version) || module.Check(name, canonical(version)) != nil) {
		return fmt.Errorf("%.100q is not a version of %s: %w", version, name, fettle.ErrRefused)
	}
	return nil
}

// verdict reports whether err is an answer to what was asked, so that asking again is vain.
func verdict(err error) bool {
	return err == nil || errors.Is(err, fettle.ErrRefused) && !errors.Is(err, manager.ErrRegistry)
}
