package nuget

import (
	"errors"
	"fmt"
	"path"
	"regexp"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/osv"
	"github.com/fettle-dev/fettle/pkg/propose/manager"
)

const ecosystem = "NuGet"

// NuGet drafts for project files, Directory.Packages.props, packages.config and dotnet-tools.json. Versions are edited where
// they stand; the lockfile is refreshed by the .NET SDK where that is installed.
type NuGet struct {
	Run    manager.Runner
	Temp   string   // an existing folder for work copies
	Env    []string // what Settings returns, and what the caller adds
	Config string   // the user's sources as a nuget.config, as Settings returns it
	Log    func(format string, args ...any)

	known    map[string][]manager.Release // by package in lower case, in rising order
	down     error                        // why there is nobody to ask
	answered map[string]derived           // by content and upgrades
}

// derived is what deriving gave.
type derived struct {
	d   manager.Derivation
	err error // a verdict
}

// Name is who drafts.
func (n *NuGet) Name() string { return "nuget" }

// Claims reports whether p is of NuGet, and more than a build's own record of what went into it.
func (n *NuGet) Claims(p fettle.Project) bool {
	return p.Manager == "nuget" && !strings.HasSuffix(strings.ToLower(p.Lockfile), ".deps.json")
}

// Traits are those of a resolver that takes the lowest version that fits: without a change of what is declared nothing moves,
// and what the project itself declares wins over what its packages ask for.
func (n *NuGet) Traits(p fettle.Project) manager.Traits {
	single := true
	seen := map[string]bool{}
	for _, node := range p.Nodes {
		name := strings.ToLower(node.Name)
		single = single && !seen[name]
		seen[name] = true
	}
	return manager.Traits{Declares: true, RootWins: true, Pins: true, Single: single}
}

// Reads reports whether discovery looks at the file.
func (n *NuGet) Reads(file string) bool {
	name := strings.ToLower(path.Base(file))
	switch path.Ext(name) {
	case ".csproj", ".fsproj", ".vbproj", ".props", ".targets", ".nuspec":
		return true
	case ".config":
		return strings.HasPrefix(name, "packages.")
	}
	return strings.HasPrefix(name, "packages.") && strings.HasSuffix(name, ".lock.json") || name == "project.assets.json" || name == "dotnet-tools.json"
}

// Admits reports whether spec by itself brings version: the lowest that fits is taken.
func (n *NuGet) Admits(spec, version string) bool {
	low := lowest(spec)
	return low != "" && strings.EqualFold(low, normalize(version))
}

// Served reports whether spec is a version or a range of versions.
func (n *NuGet) Served(spec string) bool { return lowest(spec) != "" }

// Repin writes version in the style of spec: an exact version stays exact, an upper bound stays where it leaves room.
func (n *NuGet) Repin(spec, version string) string {
	text := strings.TrimSpace(spec)
	if len(text) < 3 || text[0] != '[' && text[0] != '(' {
		return version
	}
	low, high, isRange := strings.Cut(text[1:len(text)-1], ",")
	if !isRange {
		return "[" + version + "]"
	}
	if strings.EqualFold(normalize(low), normalize(high)) && strings.TrimSpace(low) != "" {
		return "[" + version + ", " + version + text[len(text)-1:]
	}
	if order, err := osv.CompareVersions(ecosystem, version, strings.TrimSpace(high)); strings.TrimSpace(high) != "" && (err != nil || order >= 0) {
		return version
	}
	return "[" + version + "," + high + text[len(text)-1:]
}

// lowest is the lowest version that a range names, normalized; "" where it names none.
func lowest(spec string) string {
	spec = strings.TrimSpace(spec)
	if strings.Contains(spec, "*") || spec == "" {
		return ""
	}
	if spec[0] == '(' {
		return ""
	}
	if spec[0] == '[' {
		if len(spec) < 2 {
			return ""
		}
		spec, _, _ = strings.Cut(spec[1:len(spec)-1], ",")
	}
	return normalize(spec)
}

var number = regexp.MustCompile(`^[0-9]{1,9}(\.[0-9]{1,9}){0,3}(-[0-9A-Za-z.-]{1,100})?(\+[0-9A-Za-z.-]{1,100})?$`)

// normalize returns a version as NuGet compares it: three parts or four, no leading zeros, no build metadata; "" where text
// is no version.
func normalize(text string) string {
	text = strings.TrimSpace(text)
	if !number.MatchString(text) {
		return ""
	}
	text, _, _ = strings.Cut(text, "+")
	numbers, pre, isPre := strings.Cut(text, "-")
	parts := strings.Split(numbers, ".")
	for i, p := range parts {
		if p = strings.TrimLeft(p, "0"); p == "" {
			p = "0"
		}
		parts[i] = p
	}
	for len(parts) < 3 {
		parts = append(parts, "0")
	}
	if len(parts) == 4 && parts[3] == "0" {
		parts = parts[:3]
	}
	out := strings.Join(parts, ".")
	if isPre {
		out += "-" + pre
	}
	return out
}

// name is what NuGet accepts as the name of a package. Anything else never reaches a command line.
var name = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}$`)

func check(u fettle.Upgrade) error {
	if !name.MatchString(u.Package.Name) {
		return fmt.Errorf("%.100q is not a name of a package: %w", u.Package.Name, fettle.ErrRefused)
	}
	if normalize(u.To) == "" {
		return fmt.Errorf("%.100q is not a version of %s: %w", u.To, u.Package.Name, fettle.ErrRefused)
	}
	return nil
}

// below reports whether version a is older than b; false where that cannot be told.
func below(a, b string) bool {
	order, err := osv.CompareVersions(ecosystem, a, b)
	return err == nil && order < 0
}

// verdict reports whether err is an answer to what was asked, so that asking again is vain.
func verdict(err error) bool {
	return err == nil || errors.Is(err, fettle.ErrRefused) && !errors.Is(err, manager.ErrRegistry)
}
