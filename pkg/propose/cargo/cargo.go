package cargo

import (
	"errors"
	"fmt"
	"path"
	"regexp"
	"strings"

	"deps.dev/util/semver"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/propose/manager"
)

// Cargo drafts for Rust packages and workspaces.
type Cargo struct {
	Run    manager.Runner
	Temp   string   // an existing folder for work copies
	Env    []string // what Settings returns, and what the caller adds; CARGO_HOME is among it
	Config string   // cargo's configuration in TOML: where the user's crates come from, as Settings returns it
	Log    func(format string, args ...any)

	known    map[string][]manager.Release // by crate, in rising order
	down     error                        // why the registry cannot be reached
	answered map[string]derived           // by content and upgrades
	settled  map[string]string            // the lockfile that cargo writes for an unchanged tree, by content
}

// derived is what deriving gave.
type derived struct {
	d   manager.Derivation
	err error // a verdict
}

// Name is who drafts.
func (c *Cargo) Name() string { return "cargo" }

// Claims reports whether p is one of cargo's.
func (c *Cargo) Claims(p fettle.Project) bool { return p.Manager == "cargo" }

// Traits are those of a lockfile, or of manifests alone. Two versions of a crate stand beside each other where they are not
// compatible. There is no pin for what others hold.
func (c *Cargo) Traits(p fettle.Project) manager.Traits {
	return manager.Traits{Locks: path.Base(p.Lockfile) == "Cargo.lock"}
}

// Reads reports whether discovery looks at the file.
func (c *Cargo) Reads(file string) bool {
	name := path.Base(file)
	return name == "Cargo.lock" || name == "Cargo.toml"
}

// Admits reports whether a requirement is met by version. A lockfile does not say what its packages ask of each other: then
// the answer is cargo's, and so is a requirement that cannot be read.
func (c *Cargo) Admits(spec, version string) bool {
	spec = strings.TrimSpace(spec)
	if spec == "" || spec == "*" || len(spec) > 200 || len(version) > 200 {
		return true
	}
	r, err := semver.Cargo.ParseConstraint(spec)
	return err == nil && r.Match(version)
}

// Served reports whether spec is a requirement on a registry, not on a folder or a repository.
func (c *Cargo) Served(spec string) bool {
	return !strings.HasPrefix(spec, "git ") && !strings.HasPrefix(spec, "path ")
}

var style = regexp.MustCompile(`^(\^|~|=|>=)?(\s*)(\d+|\*)(\.(\d+|\*))?(\.(\d+|\*)([-+][0-9A-Za-z.+-]+)?)?$`)

// Repin writes version in the style of spec: as many numbers, the same operator. A requirement of several parts becomes one
// that asks for version and what is compatible with it.
func (c *Cargo) Repin(spec, version string) string {
	m := style.FindStringSubmatch(strings.TrimSpace(spec))
	version, _, _ = strings.Cut(version, "+")
	parts := strings.SplitN(version, ".", 3)
	if m == nil || len(parts) < 3 || m[3] == "*" {
		return version
	}
	head := m[1] + m[2]
	switch {
	case m[5] == "*":
		return head + parts[0] + ".*"
	case m[7] == "*":
		return head + parts[0] + "." + parts[1] + ".*"
	case m[1] == "=" || m[1] == ">=":
		return head + version
	case m[4] == "":
		return head + parts[0]
	case m[6] == "":
		return head + parts[0] + "." + parts[1]
	}
	return head + version
}

// name is what cargo accepts as the name of a package. Anything else never reaches a command line.
var name = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_-]*$`)

func check(p fettle.Package, to string) error {
	if len(p.Name) > 100 || !name.MatchString(p.Name) {
		return fmt.Errorf("%.100q is not a name of a crate: %w", p.Name, fettle.ErrRefused)
	}
	for _, v := range []string{p.Version, to} {
		if v == "" {
			continue
		}
		if _, err := semver.Cargo.Parse(v); err != nil || len(v) > 100 || strings.HasPrefix(v, "-") || strings.ContainsAny(v, " \t\n@:") {
			return fmt.Errorf("%.100q is not a version of %s: %w", v, p.Name, fettle.ErrRefused)
		}
	}
	return nil
}

// verdict reports whether err is an answer to what was asked, so that asking again is vain.
func verdict(err error) bool {
	return err == nil || errors.Is(err, fettle.ErrRefused) && !errors.Is(err, manager.ErrRegistry)
}
