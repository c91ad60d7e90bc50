package npm

import (
	"context"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/propose/manager"
)

// discoverer reads a lockfile.
type discoverer interface {
	Discover(ctx context.Context, repo fettle.Repo) (fettle.Discovery, error)
}

// NPM is npm as a manager.Manager. It remembers what it asked, and is not safe for use by several goroutines at once.
type NPM struct {
	Run      manager.Runner
	Discover discoverer
	Temp     string   // an existing folder for work copies
	Env      []string // settings for npm, KEY=VALUE, free of secrets
	Dates    bool     // ask for the days on which versions were published: one more question for each package

	asking  *client
	normal  map[string]string // lockfile that npm writes for an unchanged tree, by content of the tree
	drafted map[string]derivation
}

func (n *NPM) start() {
	if n.asking == nil {
		n.asking = &client{run: n.Run, env: n.Env, temp: n.Temp, known: map[string]served{}, down: map[string]error{}, dates: map[string]map[string]time.Time{}}
		n.normal = map[string]string{}
		n.drafted = map[string]derivation{}
	}
}

// Name is npm.
func (n *NPM) Name() string { return "npm" }

// Claims takes the projects that npm locks.
func (n *NPM) Claims(p fettle.Project) bool { return p.Manager == "npm" }

// Traits are those of npm with a lockfile.
func (n *NPM) Traits(fettle.Project) manager.Traits {
	return manager.Traits{Locks: true, Pins: true, Below: true}
}

// Reads takes manifests, lockfiles and npm's configuration.
func (n *NPM) Reads(name string) bool {
	return slices.Contains([]string{"package.json", "package-lock.json", "npm-shrinkwrap.json", ".npmrc"}, path.Base(name))
}

// Admits follows the grammar of https://github.com/npm/node-semver#ranges; see Admits.
func (n *NPM) Admits(spec, version string) bool { return Admits(spec, version) }

// Served takes ranges, tags and aliases; see Served.
func (n *NPM) Served(spec string) bool { return Served(spec) }

// Repin keeps carets, tildes and exact pins; see Repin.
func (n *NPM) Repin(spec, version string) string { return Repin(spec, version) }

// Releases asks npm view.
func (n *NPM) Releases(ctx context.Context, _ fettle.Project, pkg fettle.Package) ([]manager.Release, error) {
	n.start()
	served, err := n.asking.releases(ctx, pkg.Name, pkg.Version)
	if err != nil {
		return nil, err
	}
	var days map[string]time.Time
	if n.Dates && len(served) > 0 {
		days = n.asking.published(ctx, pkg.Name)
	}
	list := make([]manager.Release, len(served))
	for i, r := range served {
		list[i] = r.release()
		list[i].Published = days[r.Version]
	}
	return list, nil
}

// security are words of a deprecation that make it more than advice to move on.
var security = []string{"security", "vulnerab", "malicious", "malware", "compromised", "cve-", "exploit", "hijack"}

func (r release) release() manager.Release {
	known := manager.Release{Version: r.Version, NeedsKnown: true, Signed: r.Provenance != "", SignedKnown: true}
	for name, spec := range r.OptionalDependencies {
		known.Needs = append(known.Needs, manager.Need{Name: name, Range: spec})
	}
	for name, spec := range r.Dependencies {
		if _, ok := r.OptionalDependencies[name]; !ok {
			known.Needs = append(known.Needs, manager.Need{Name: name, Range: spec})
		}
	}
	slices.SortFunc(known.Needs, func(a, b manager.Need) int { return strings.Compare(a.Name, b.Name) })
	known.Deprecated, _ = r.Deprecated.(string)
	lower := strings.ToLower(known.Deprecated)
	known.Security = slices.ContainsFunc(security, func(word string) bool { return strings.Contains(lower, word) })
	if node, ok := r.Node.(string); ok && node != "" && node != "*" {
		known.Toolchain = "node " + node
	}
	known.Source, _ = r.Repository.(string)
	return known
}
