package bundler

import (
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"deps.dev/util/semver"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/osv"
	"github.com/fettle-dev/fettle/pkg/propose/manager"
)

// Bundler drafts for Ruby projects. A Gemfile and a gemspec are programs: none is run, not even in the sandbox. Bundler
// resolves a Gemfile that is made of the lockfile instead.
type Bundler struct {
	Run  manager.Runner
	Temp string   // an existing folder for work copies
	Env  []string // what Settings returns, and what the caller adds
	Log  func(format string, args ...any)

	known    map[string][]manager.Release // by gem, in rising order
	down     error                        // why the source cannot be reached
	answered map[string]derived           // by content and upgrades
}

// derived is what deriving gave.
type derived struct {
	d   manager.Derivation
	err error // a verdict
}

// Name is who drafts.
func (b *Bundler) Name() string { return "bundler" }

// Claims reports whether p is one of Bundler's.
func (b *Bundler) Claims(p fettle.Project) bool { return p.Manager == "bundler" }

// Traits are those of a lockfile, or of a Gemfile alone. There is no pin for what others hold.
func (b *Bundler) Traits(p fettle.Project) manager.Traits {
	return manager.Traits{Locks: isLock(p.Lockfile), Single: true}
}

func isLock(file string) bool {
	return strings.HasSuffix(file, ".lock") || path.Base(file) == "gems.locked"
}

// Reads reports whether discovery looks at the file.
func (b *Bundler) Reads(file string) bool {
	name := strings.ToLower(path.Base(file))
	return strings.Contains(name, "gemfile") || name == "gems.rb" || name == "gems.locked" || path.Ext(name) == ".gemspec"
}

// Admits reports whether version meets a list of requirements. One that cannot be read is left to Bundler.
func (b *Bundler) Admits(spec, version string) bool {
	for part := range strings.SplitSeq(spec, ",") {
		if part = strings.TrimSpace(part); part == "" || len(part) > 200 || len(version) > 200 {
			continue
		}
		if c, err := semver.RubyGems.ParseConstraint(part); err == nil && !c.Match(version) {
			return false
		}
	}
	return true
}

// Served reports whether spec is a requirement on a source: all that a lockfile has are.
func (b *Bundler) Served(string) bool { return true }

var requirement = regexp.MustCompile(`^(\s*)(=|!=|>=|<=|~>|>|<)?(\s*)([0-9][0-9A-Za-z.-]*)(\s*)$`)

// Repin moves those parts of a list of requirements that do not admit version, each in its own style: as many numbers, the
// same operator.
func (b *Bundler) Repin(spec, version string) string {
	parts := strings.Split(spec, ",")
	for i, part := range parts {
		if b.Admits(part, version) {
			continue
		}
		if moved, ok := repin(part, version); ok {
			parts[i] = moved
		}
	}
	return strings.Join(parts, ",")
}

// repin moves one requirement; false where there is no way to keep it.
func repin(part, version string) (string, bool) {
	m := requirement.FindStringSubmatch(part)
	if m == nil {
		return "", false
	}
	head := m[1] + m[2] + m[3]
	numbers := strings.Split(version, ".")
	size := strings.Count(m[4], ".") + 1
	switch m[2] {
	case "", "=", ">=", "<=":
		return head + version + m[5], true
	case "~>":
		if slices.ContainsFunc(numbers, func(n string) bool { _, err := strconv.Atoi(n); return err != nil }) {
			return head + version + m[5], true // a prerelease
		}
		for len(numbers) < size {
			numbers = append(numbers, "0")
		}
		return head + strings.Join(numbers[:size], ".") + m[5], true
	case "<":
		first, err := strconv.Atoi(numbers[0])
		if err != nil {
			return "", false
		}
		return head + strconv.Itoa(first+1) + strings.Repeat(".0", size-1) + m[5], true
	}
	return "", false
}

// What Bundler accepts as the name and the version of a gem. Anything else never reaches a command line or a program.
var (
	gemName    = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$`)
	gemVersion = regexp.MustCompile(`^[0-9]+(\.[0-9A-Za-z]+){0,20}$`)
)

func check(p fettle.Package, to string) error {
	if !gemName.MatchString(p.Name) {
		return fmt.Errorf("%.100q is not a name of a gem: %w", p.Name, fettle.ErrRefused)
	}
	for _, v := range []string{p.Version, to} {
		if v != "" && (len(v) > 100 || !gemVersion.MatchString(v)) {
			return fmt.Errorf("%.100q is not a version of %s: %w", v, p.Name, fettle.ErrRefused)
		}
	}
	return nil
}

// compare orders versions; what cannot be compared is equal.
func compare(a, b string) int {
	order, err := osv.CompareVersions("RubyGems", a, b)
	if err != nil {
		return 0
	}
	return order
}

// verdict reports whether err is an answer to what was asked, so that asking again is vain.
func verdict(err error) bool {
	return err == nil || errors.Is(err, fettle.ErrRefused) && !errors.Is(err, manager.ErrRegistry)
}
