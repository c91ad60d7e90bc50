package suite

// detectCargo is for a crate or a workspace. What the repository's .cargo/config.toml could put in the place of rustc is
// set in the environment of the network phase, which wins.
func detectCargo(f folder, _ Project, o Options) (Plan, error) {
	p := Plan{At: f.dir, Manager: "cargo"}
	p.Env = []string{"CARGO_HOME=" + o.cache("cargo"), "CARGO_TERM_COLOR=never", "CARGO_TERM_PROGRESS_WHEN=never"}
	p.Fetch = []string{
		"RUSTC=rustc", "RUSTC_WRAPPER=", "RUSTC_WORKSPACE_WRAPPER=", "CARGO_REGISTRY_GLOBAL_CREDENTIAL_PROVIDERS=cargo:token",
		"CARGO_NET_GIT_FETCH_WITH_CLI=false",
	}
	p.Offline = []string{"CARGO_NET_OFFLINE=true"}
	fetch := []string{"cargo", "fetch"}
	if f.has("Cargo.lock") {
		p.Lockfile = f.path("Cargo.lock")
		fetch = append(fetch, "--locked")
	}
	p.Install = steps(fetch)
	p.Build = steps([]string{"cargo", "build", "--offline", "--workspace"})
	p.Test = steps([]string{"cargo", "test", "--offline", "--workspace", "--no-fail-fast"})
	return p, o.need("cargo", "install Rust, or "+declare)
}
