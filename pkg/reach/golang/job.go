package golang

// job is what the process in the sandbox is asked. Paths are relative to the directory that the sandbox lets it write.
type job struct {
	Tree    string   `json:"tree"`    // the copy of the repository
	Dir     string   `json:"dir"`     // of the go.mod or go.work, relative to Tree
	Work    bool     `json:"work"`    // it is a go.work
	Tests   bool     `json:"tests"`   // look also at what only tests reach
	Targets []target `json:"targets"` // in order of ID
}

// target is one finding: what an advisory says of one module.
type target struct {
	ID      string   `json:"id"`
	Module  string   `json:"module"`            // as the inventory names it: that of a fork, where one stands in the place of a module
	Symbols []symbol `json:"symbols,omitempty"` // none where no advisory names a package
}

// symbol is what an advisory names of one package.
type symbol struct {
	Path  string   `json:"path"`
	Names []string `json:"names,omitempty"` // Func or Type.Method; none is all of the package
}

// answer is what the process in the sandbox found. All of it is from outside.
type answer struct {
	GoVersion string   `json:"go_version"` // go1.26.1
	Platform  string   `json:"platform"`   // linux/amd64
	Cgo       bool     `json:"cgo"`        // the packages need cgo
	Error     string   `json:"error,omitempty"`
	Broken    []string `json:"broken,omitempty"`  // why packages of the program were left out, one line each
	Packages  int      `json:"packages"`          // in the build
	Dynamic   string   `json:"dynamic,omitempty"` // why code outside of the build may be loaded
	Generic   []string `json:"generic,omitempty"` // own packages whose exported generic functions are no entries, sorted
	Outcomes  []result `json:"outcomes"`          // in the order of the targets
}

// result is what was found of one target.
type result struct {
	Imported bool   `json:"imported"`           // a package of it is in the build
	Imports  []step `json:"imports,omitempty"`  // from own code to it
	Outside  []step `json:"outside,omitempty"`  // the same in files that no default build holds; the last of it is the package
	Tests    []step `json:"tests,omitempty"`    // the same from own tests
	Trace    []step `json:"trace,omitempty"`    // calls from an entry to a vulnerable symbol
	TestOnly []step `json:"testonly,omitempty"` // calls that begin in tests
	Doubt    string `json:"doubt,omitempty"`    // why the absence of a call proves nothing
}

// step is one hop of a chain.
type step struct {
	Module  string `json:"module,omitempty"` // empty is own code
	Version string `json:"version,omitempty"`
	Package string `json:"package"`
	Symbol  string `json:"symbol,omitempty"`
	File    string `json:"file,omitempty"` // relative to the copy in own code, else to the module
	Line    int    `json:"line,omitempty"`
	Outside bool   `json:"outside,omitempty"` // no default build holds the file
}
