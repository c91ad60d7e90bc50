package fettle

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
	Origin     string    `json:"origin"`  // who drafted it: "npm", "rule", "model"
	Project    string    `json:"project"` // directory of the lockfile
	Upgrades   []Upgrade `json:"upgrades"`
	Moves      []Move    `json:"moves"`    // every package that changes, on the tree it was proposed for
	Resolves   []ID      `json:"resolves"` // sorted
	Introduces []Finding `json:"introduces,omitempty"`
	Remains    []ID      `json:"remains,omitempty"` // findings of the same package that stay
	Edits      []Edit    `json:"edits"`             // against the tree it was proposed for
	Major      bool      `json:"major"`             // the semantic version's breaking part moves
	Notes      []string  `json:"notes,omitempty"`
}

// Upgrade is one thing a fix asks the package manager for; a fix is re-derived from its upgrades on another tree.
type Upgrade struct {
	Package Package  `json:"package"` // as installed
	To      string   `json:"to"`      // the version asked for
	Kind    FixKind  `json:"kind"`
	Keys    []string `json:"keys,omitempty"`    // the lockfile entries that should move
	Holders []string `json:"holders,omitempty"` // for Override: the names of the packages below which it holds
	Range   string   `json:"range,omitempty"`   // the range to write into the manifest, pin style kept
}

// Move is one entry of a lockfile that changes.
type Move struct {
	Name string `json:"name"`
	Key  string `json:"key"`
	From string `json:"from,omitempty"` // empty: added
	To   string `json:"to,omitempty"`   // empty: removed
}
