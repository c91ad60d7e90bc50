package fettle

// Inventory is the packages of a repository and the edges between them.
type Inventory struct {
	Projects []Project `json:"projects"`
}

// Project is what one lockfile says.
type Project struct {
	Dir      string `json:"dir"`      // relative to the repository; "" is the root
	Lockfile string `json:"lockfile"` // relative to the repository
	Manifest string `json:"manifest,omitempty"`
	Nodes    []Node `json:"nodes"` // in the order of the lockfile; the root and workspace members are not among them
}

// Node is one installed package.
type Node struct {
	Package
	Key      string    `json:"key"`
	Direct   bool      `json:"direct"`
	Scope    Scope     `json:"scope"`
	Depth    int       `json:"depth"`
	Location Location  `json:"location"`
	Manifest *Location `json:"manifest,omitempty"` // where the project declares it, if it does
	Holders  []Edge    `json:"holders"`            // who needs it
}

// Edge is one need: a holder asks for a package by a range.
type Edge struct {
	Holder string `json:"holder"` // the holder's key; "" is the root project, a workspace member by its directory
	Range  string `json:"range"`
	Scope  Scope  `json:"scope"`
}
