package suite

import "path"

func claimsNuGet(f folder) bool {
	for _, name := range []string{"*.sln", "*.slnx", "*.csproj", "*.fsproj", "*.vbproj", "packages.lock.json"} {
		if len(f.glob(name)) > 0 {
			return true
		}
	}
	return false
}

// detectNuGet builds the solution nearest above a project, since its tests are projects beside it.
func detectNuGet(f folder, _ Project, o Options) (Plan, error) {
	top := f
	for at := f; at.dir != "" && len(at.glob("*.sln"))+len(at.glob("*.slnx")) == 0; {
		up := path.Dir(at.dir)
		if up == "." {
			up = ""
		}
		if at = openFolder(f.tree, up); len(at.glob("*.sln"))+len(at.glob("*.slnx")) > 0 {
			top = at
		}
	}
	p := Plan{At: top.dir, Manager: "nuget"}
	p.Env = []string{
		"NUGET_PACKAGES=" + o.cache("nuget"), "DOTNET_CLI_HOME={at}/" + scratchPath("dotnet"), "DOTNET_CLI_TELEMETRY_OPTOUT=1", "DOTNET_NOLOGO=1",
		"DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1", "MSBUILDDISABLENODEREUSE=1",
	}
	restore := []string{"dotnet", "restore"}
	if f.has("packages.lock.json") {
		p.Lockfile = f.path("packages.lock.json")
		restore = append(restore, "--locked-mode")
	}
	p.Notes = []string{"dotnet restore evaluates the project files of the repository, in the sandbox and with network"}
	p.Install = steps(restore)
	p.Build = steps([]string{"dotnet", "build", "--no-restore"})
	p.Test = steps([]string{"dotnet", "test", "--no-build", "--logger", "trx", "--results-directory", scratchPath("trx")})
	p.Reports = []string{scratchPath("trx") + "/**/*.trx"}
	return p, o.need("dotnet", "install the .NET SDK, or "+declare)
}
