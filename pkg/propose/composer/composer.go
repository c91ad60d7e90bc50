package composer

import (
	"errors"
	"fmt"
	"path"
	"regexp"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/propose/manager"
)

// Composer drafts for PHP projects.
type Composer struct {
	Run    manager.Runner
	Temp   string   // an existing folder for work copies
	Env    []string // what Settings returns, and what the caller adds
	Config string   // Composer's configuration in JSON: where the user's packages come from, as Settings returns it
	Log    func(format string, args ...any)

	known    map[string][]manager.Release // by package, in rising order
	down     error                        // why the repositories cannot be reached
	answered map[string]derived           // by content and upgrades
}

// derived is what deriving gave.
type derived struct {
	d   manager.Derivation
	err error // a verdict
}

// Name is who drafts.
func (c *Composer) Name() string { return "composer" }

// Claims reports whether p is one of Composer's.
func (c *Composer) Claims(p fettle.Project) bool { return p.Manager == "composer" }

// Traits are those of a lockfile, or of a manifest alone. There is no pin for what others hold.
func (c *Composer) Traits(p fettle.Project) manager.Traits {
	return manager.Traits{Locks: isLock(p.Lockfile), Single: true}
}

func isLock(file string) bool { return path.Base(file) == "composer.lock" }

// Reads reports whether discovery looks at the file.
func (c *Composer) Reads(file string) bool {
	name := path.Base(file)
	return name == "composer.lock" || name == "composer.json"
}

// Admits reports whether version meets a constraint. One that cannot be read is left to Composer.
func (c *Composer) Admits(spec, version string) bool { return admits(spec, version) }

// Served reports whether spec asks for releases, not for a branch.
func (c *Composer) Served(spec string) bool {
	spec = strings.TrimSpace(spec)
	return !strings.HasPrefix(spec, "dev-") && !strings.Contains(spec, "-dev") && spec != "self.version"
}

// Repin moves a constraint to version in its own style.
func (c *Composer) Repin(spec, version string) string { return repin(spec, version) }

// What Composer accepts as the name and the version of a package. Anything else never reaches a command line.
var (
	packageName    = regexp.MustCompile(`^[A-Za-z0-9]([_.-]?[A-Za-z0-9]+)*/[A-Za-z0-9]([_.-]*[A-Za-z0-9]+)*$`)
	packageVersion = regexp.MustCompile(`^[vV]?[0-9]+(\.[0-9]+){0,3}([.+_-]?[0-9A-Za-z]+){0,6}$`)
)

func check(p fettle.Package, to string) error {
	if len(p.Name) > 200 || !packageName.MatchString(p.Name) {
		return fmt.Errorf("%.100q is not a name of a package: %w", p.Name, fettle.ErrRefused)
	}
	for _, v := range []string{p.Version, to} {
		if v != "" && (len(v) > 100 || !packageVersion.MatchString(v)) {
			return fmt.Errorf("%.100q is not a version of %s: %w", v, p.Name, fettle.ErrRefused)
		}
	}
	return nil
}

// verdict reports whether err is an answer to what was asked, so that asking again is vain.
func verdict(err error) bool {
	return err == nil || errors.Is(err, fettle.ErrRefused) && !errors.Is(err, manager.ErrRegistry)
}
