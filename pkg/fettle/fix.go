package fettle

import "time"

// FixKind says which lever a fix pulls, the least intrusive first.
type FixKind string

const (
	LockOnly FixKind = "lockfile" // the ranges already allow the fixed version
	Direct   FixKind = "direct"   // a range that the project itself declares moves
	Holder   FixKind = "parent"   // a package that holds the vulnerable one moves
	Override FixKind = "override" // the ecosystem's pin for transitive packages
)

// Fix is a change that should resolve one or more findings.
type Fix struct {
	ID         string    `json:"id"` // stable for the same project and upgrades
	Title      string    `json:"title"`
	Kind       FixKind   `json:"kind"`
	Origin     string    `json:"origin"`             // who drafted it: "npm", "rule", "model"
	Project    string    `json:"project"`            // directory of the lockfile
	Lockfile   string    `json:"lockfile,omitempty"` // its path: several may lie in one directory
	Upgrades   []Upgrade `json:"upgrades"`
	Moves      []Move    `json:"moves"`    // every package that changes, on the tree it was proposed for
	Resolves   []ID      `json:"resolves"` // sorted
	Introduces []Finding `json:"introduces,omitempty"`
	Remains    []ID      `json:"remains,omitempty"` // findings of the same package that stay
	Edits      []Edit    `json:"edits"`             // against the tree it was proposed for
	Major      bool      `json:"major"`             // the semantic version's breaking part moves
	Cost       Cost      `json:"cost"`
	Notes      []string  `json:"notes,omitempty"`
	Warnings   []string  `json:"warnings,omitempty"` // what should make a reviewer look twice: provenance lost, a toolchain raised
	Links      []string  `json:"links,omitempty"`    // release notes and comparisons of what moves; addresses from outside
	Stale      []string  `json:"stale,omitempty"`    // lockfiles that should have been refreshed and were not, since the tool for it is missing

	Alternatives []Alternative `json:"alternatives,omitempty"` // other ways that were derived, the cheapest first
	Breaks       []Break       `json:"breaks,omitempty"`       // places of the project's own code that the upgrade may break
}

// Alternative is another way to clear a package's findings, and what it costs. It is told, never chosen by itself.
type Alternative struct {
	Title    string    `json:"title"`
	Kind     FixKind   `json:"kind"`
	Upgrades []Upgrade `json:"upgrades"`
	Cost     Cost      `json:"cost"`
	Why      string    `json:"why,omitempty"` // why it was not chosen, one line
}

// Cost is what a fix moves and leaves.
type Cost struct {
	Moves    int    `json:"moves"`         // packages that change
	Distance string `json:"distance"`      // the furthest step of a version asked for: patch, minor, major or unknown
	Left     int    `json:"left"`          // findings of the package that stay
	Files    int    `json:"files"`         // manifests and lockfiles touched
	Lines    int    `json:"lines"`         // lines added and removed
	New      int    `json:"new,omitempty"` // findings that it brings in
}

// Break is a place where the project uses what the new version has no more, or has otherwise.
type Break struct {
	Package  Package  `json:"package"` // the version that the fix moves to
	Symbol   string   `json:"symbol"`  // the exported name, as that language's code writes it
	Location Location `json:"location"`
	Detail   string   `json:"detail"` // one line: removed, or how it differs
}

// Upgrade is one thing a fix asks the package manager for; a fix is re-derived from its upgrades on another tree.
type Upgrade struct {
	Package Package  `json:"package"` // as installed
	To      string   `json:"to"`      // the version asked for
	Kind    FixKind  `json:"kind"`
	Keys    []string `json:"keys,omitempty"`    // the lockfile entries that should move
	Holders []string `json:"holders,omitempty"` // for Override: the names of the packages below which it holds
	Range   string   `json:"range,omitempty"`   // the range to write into the manifest, pin style kept

	Published *time.Time `json:"published,omitempty"` // when the version asked for was published; nil where that is not known
	Toolchain string     `json:"toolchain,omitempty"` // what the new version asks of the toolchain beyond the old one: "go 1.24", "node >=20"
}

// Move is one entry of a lockfile that changes.
type Move struct {
	Name string `json:"name"`
	Key  string `json:"key"`
	From string `json:"from,omitempty"` // empty: added
	To   string `json:"to,omitempty"`   // empty: removed
}
