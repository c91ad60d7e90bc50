package suite

// detectGo is for a Go module. Its modules are downloaded and verified by go.sum; a build cache of its own lies in the
// work copy, since tests could write to one that others use.
func detectGo(f folder, _ Project, o Options) (Plan, error) {
	p := Plan{At: f.dir, Manager: "go"}
	if f.has("go.sum") {
		p.Lockfile = f.path("go.sum")
	}
	p.Env = []string{
		"GOFLAGS=-mod=readonly", "GOTOOLCHAIN=local", "GOTELEMETRY=off",
		"GOMODCACHE=" + o.cache("go-mod"), "GOCACHE={at}/" + scratchPath("go-build"),
	}
	p.Fetch = []string{"GIT_TERMINAL_PROMPT=0"}
	p.Offline = []string{"GOPROXY=off", "GOSUMDB=off"}
	p.Install = steps([]string{"go", "mod", "download"})
	if o.Cache != "" { // each run starts with a build cache that has the standard library, and that nobody else writes
		seed := o.cache("go-build")
		p.Install = append(p.Install,
			Step{Args: []string{"go", "build", "std"}, Env: []string{"GOCACHE=" + seed, "GOFLAGS="}, May: true},
			Step{Args: []string{"mkdir", "-p", scratchPath("")}, May: true},
			Step{Args: []string{"cp", "-R", seed, scratchPath("go-build")}, May: true})
	}
	// What vet of a newer Go finds would hide the tests of a package.
	p.Build = steps([]string{"go", "build", "./..."})
	p.Test = steps([]string{"go", "test", "-json", "-count=1", "-vet=off", "./..."})
	return p, o.need("go", "install the Go that go.mod names, or "+declare)
}
