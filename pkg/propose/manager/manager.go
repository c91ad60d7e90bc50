package manager

import (
	"context"
	"errors"
	"time"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/sandbox"
)

// Manager drafts for the projects of one package manager, or of several that share their files. It decides nothing: which
// version a package moves to, and by which lever, is for the planner that asks it.
type Manager interface {
	// Name says who drafts, for Fix.Origin: "npm", "cargo".
	Name() string

	// Claims reports whether the manager drafts fixes for p.
	Claims(p fettle.Project) bool

	// Traits are those of p: they may depend on the tool's version and on the lockfile.
	Traits(p fettle.Project) Traits

	// Reads reports whether discovery may look at the file for a project of this manager. The path is relative to the
	// repository. A tree of such files alone is discovered again after a fix.
	Reads(path string) bool

	// Releases lists the versions of pkg that p's registries serve from pkg.Version on, in rising order, prereleases left
	// out unless pkg is one. An error that wraps ErrRegistry says that there was no answer; one that wraps ErrNoTool that
	// there is nobody to ask.
	Releases(ctx context.Context, p fettle.Project, pkg fettle.Package) ([]Release, error)

	// Admits reports whether a holder that asks for spec is content with version. Where nothing locks, it reports whether
	// spec by itself brings version.
	Admits(spec, version string) bool

	// Served reports whether spec names a version of a registry, not a path, an address or a repository.
	Served(spec string) bool

	// Repin writes version in the style of spec: an exact pin stays exact, a caret stays a caret.
	Repin(spec, version string) string

	// Derive asks for upgrades on the tree at root, which it leaves as it is, and returns the new text of each file that
	// changes. The tool runs in the sandbox, with network, without the project's code and without scripts. An error that
	// wraps fettle.ErrRefused is a verdict on the upgrades; ErrRegistry and ErrNoTool are as above.
	Derive(ctx context.Context, root string, p fettle.Project, upgrades []fettle.Upgrade) (Derivation, error)
}

// Traits say which levers a package manager has.
type Traits struct {
	Locks    bool // a lockfile moves within the ranges that stand; else each version is what a manifest says
	Declares bool // the manifest itself holds the version of each package, so that even a move within all ranges is a direct one
	RootWins bool // what the project itself declares holds for all, whatever other holders ask for
	Single   bool // a project has one version of a package at most
	Pins     bool // there is a pin for transitive packages that goes beyond what holders ask for: overrides, resolutions, managed versions
	Below    bool // a pin can be bounded to what certain holders need
}

// Release is one version that a registry serves.
type Release struct {
	Version     string
	Needs       []Need // what it needs at run time; meaningless unless NeedsKnown
	NeedsKnown  bool
	Published   time.Time // zero where the registry does not say
	Deprecated  string    // what its maintainers say against it; "" is nothing
	Security    bool      // Deprecated speaks of a weakness or of malice
	Yanked      string    // why it must not be taken: yanked, retracted, withdrawn, unlisted; "" where it may be
	Signed      bool      // the registry vouches for who built it: provenance, attestation, signature; meaningless unless SignedKnown
	SignedKnown bool
	Toolchain   string // what it asks of the toolchain: "go 1.24", "node >=20", "python >=3.9", "rust 1.80"; "" where it says nothing
	Source      string // address of its repository or page, for a link to release notes; text from outside
}

// Need is what a release asks for.
type Need struct {
	Name  string
	Range string
}

// Need returns the range by which r asks for name, and whether it does.
func (r Release) Need(name string) (string, bool) {
	for _, n := range r.Needs {
		if n.Name == name {
			return n.Range, true
		}
	}
	return "", false
}

// Derivation is what asking for upgrades gave.
type Derivation struct {
	Texts map[string]string // by path from the repository's root; none means that the tree needs no change
	Stale []string          // lockfiles that should have changed and did not, since the tool for it is missing
	Why   string            // why they are stale, and what would be right, one line
	Notes []string          // what a reviewer should know: the tool is older than the one that wrote the lockfile
}

// ErrRegistry marks answers that a registry did not give: down, refused, no such package.
var ErrRegistry = errors.New("the registry did not answer")

// ErrUnreached marks answers of a registry that was not asked, since it could not be reached before. It goes with ErrRegistry.
var ErrUnreached = errors.New("it cannot be reached")

// ErrNoTool marks what only the ecosystem's own tool could do, which is not installed or too old.
var ErrNoTool = errors.New("the package manager is missing")

// Runner runs a command on a copy of a project's files.
type Runner interface {
	Run(ctx context.Context, root string, c sandbox.Command) (sandbox.Result, error)
}
