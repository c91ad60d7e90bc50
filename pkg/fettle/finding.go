package fettle

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"
)

// ID names a finding. It depends on the advisory, the package and the lockfile only, so it survives moved lines,
// changed versions and unrelated edits. It is 16 lower-case hexadecimal digits.
type ID string

// NewID returns the ID made of parts, which must name the weakness and its place without line or version.
func NewID(parts ...string) ID {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return ID(hex.EncodeToString(sum[:8]))
}

// Kind says what kind of thing is weak.
type Kind string

const (
	Dependency     Kind = "dependency"
	Code           Kind = "code"
	Infrastructure Kind = "infrastructure"
)

// Finding is one weakness at one place: one advisory, under all of its aliases, of one package in one lockfile.
type Finding struct {
	ID        ID         `json:"id"`
	Kind      Kind       `json:"kind"`
	Rule      string     `json:"rule"`              // the CVE where there is one, else the GHSA id, else the OSV id
	Aliases   []string   `json:"aliases,omitempty"` // all other ids of the same advisory, sorted
	Title     string     `json:"title"`             // one line; text from outside
	Details   string     `json:"details,omitempty"` // Markdown; text from outside
	Package   Package    `json:"package"`           // the lowest affected version that is installed
	Project   string     `json:"project"`           // the directory of the lockfile, relative to the repository; "" is the root
	Direct    bool       `json:"direct"`            // an instance is a dependency that the project itself declares
	Scope     Scope      `json:"scope"`             // the widest scope of the instances
	Location  Location   `json:"location"`          // the entry of the first instance in the lockfile
	Manifest  *Location  `json:"manifest,omitempty"`
	Instances []Instance `json:"instances"`        // every affected copy, in the order of the lockfile
	Ranges    []Affected `json:"ranges,omitempty"` // what the advisory says of this package's versions
	Links     []string   `json:"links,omitempty"`
	CWEs      []string   `json:"cwes,omitempty"`
	Severity  []Severity `json:"severity,omitempty"` // as the advisory gives it; correlate judges
	Symbols   []Symbols  `json:"symbols,omitempty"`  // the functions, methods and types that hold the weakness, where the advisory names them
	Published time.Time  `json:"published,omitzero"` // when the first record of the advisory was published
}

// Symbols are what an advisory names inside of one package, module or class.
type Symbols struct {
	Path  string   `json:"path"`            // as its language writes it: the import path of a Go package, a module, a class; "" is anywhere in the package
	Names []string `json:"names,omitempty"` // functions and methods, as Type.Method where they belong to a type; none is all of Path
}

// Instance is one installed copy of an affected package.
type Instance struct {
	Version   string     `json:"version"`
	Key       string     `json:"key"` // the entry in the lockfile, for npm as node_modules/a/node_modules/b
	Direct    bool       `json:"direct"`
	Scope     Scope      `json:"scope"`
	Depth     int        `json:"depth"` // edges from the root on the shortest path; 1 is direct
	Location  Location   `json:"location"`
	Paths     [][]string `json:"paths"`      // name@version from the root's dependency to the package, shortest first
	PathCount int        `json:"path_count"` // all paths there are; more than len(Paths) where the list was cut
}

// Affected is one range of versions that an advisory names.
type Affected struct {
	Introduced   string `json:"introduced,omitempty"`
	Fixed        string `json:"fixed,omitempty"`
	LastAffected string `json:"last_affected,omitempty"`
}

// Severity is a CVSS vector as an advisory or feed gives it.
type Severity struct {
	Type   string `json:"type"` // CVSS_V2, CVSS_V3, CVSS_V4
	Vector string `json:"vector"`
	Source string `json:"source"`
}

// FixedVersions returns the versions that f's advisory calls fixed, in the order given.
func (f Finding) FixedVersions() []string {
	var fixed []string
	for _, r := range f.Ranges {
		if r.Fixed != "" {
			fixed = append(fixed, r.Fixed)
		}
	}
	return fixed
}
