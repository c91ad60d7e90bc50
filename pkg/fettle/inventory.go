package fettle

// Inventory is the packages of a repository and the edges between them.
type Inventory struct {
	Projects []Project `json:"projects"`
}

// Project is what one lockfile says, or one manifest where the ecosystem has none.
type Project struct {
	Manager  string `json:"manager"`  // who locks or declares it: npm, yarn, pnpm, bun, maven, gradle, pip, poetry, uv, pdm, pipenv, go, nuget, cargo, bundler, composer, cyclonedx, spdx, dpkg, apk, rpm, ...
	Dir      string `json:"dir"`      // relative to the repository; "" is the root
	Lockfile string `json:"lockfile"` // relative to the repository
	Manifest string `json:"manifest,omitempty"`
	Nodes    []Node `json:"nodes"` // in the order of the lockfile; the root and workspace members are not among them
}

// Node is one installed package.
type Node struct {
	Package
	Key       string    `json:"key"`                  // unique in the project: name@version where the format has no better one
	Source    *Package  `json:"source,omitempty"`     // what advisories speak of, where it is another name: a distribution's source package
	NoVersion string    `json:"no_version,omitempty"` // where Version is empty: why, for a message
	AtLeast   string    `json:"at_least,omitempty"`   // where Version is empty: the lowest version that it may be, if that is known
	Direct    bool      `json:"direct"`               // a root needs it
	Scope     Scope     `json:"scope"`
	Depth     int       `json:"depth"` // edges from the nearest root; 1 is direct, 0 where no way is known
	Location  Location  `json:"location"`
	Manifest  *Location `json:"manifest,omitempty"` // where the project declares it, if it does
	Pin       *Location `json:"pin,omitempty"`      // where the version stands, if that is a line of the repository outside of both: a property, a managed version
	Holders   []Edge    `json:"holders"`            // who needs it
}

// Edge is one need: a holder asks for a package by a range.
type Edge struct {
	Holder string `json:"holder"` // the holder's key; "" is the root project, a workspace member by its directory
	Range  string `json:"range"`
	Scope  Scope  `json:"scope"`
}
