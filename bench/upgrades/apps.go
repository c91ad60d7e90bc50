//go:build unix

package main

// application is a folder of manifests and lockfiles.
type application struct {
	name string
	kind string // npm, go, pip or maven
}

// applications are those of the frozen data that a way other than fettle's can move, the smaller ones first.
var applications = []application{
	{"realworld-node", "npm"},
	{"kubernetes-goat/infrastructure/internal-api/code", "npm"},
	{"dvna", "npm"},
	{"nodejs-goof", "npm"},
	{"juice-shop-v12.4.0", "npm"},
	{"go-retryablehttp-v0.6.6", "go"},
	{"govwa", "go"},
	{"fzf-0.30.0", "go"},
	{"fzf-v0.54.0", "go"},
	{"cli-v1.0.0", "go"},
	{"gogs-v0.12.0", "go"},
	{"pygoat", "pip"},
	{"petclinic-2018-10-07", "maven"},
	{"petclinic-2020-03-21", "maven"},
	{"petclinic-2021-12-25", "maven"},
	{"goreleaser-v1.0.0", "go"},
	{"tailscale-v1.20.0", "go"},
}

// The names of fettle's own ways.
const (
	ours      = "fettle"
	ourMajors = "fettle, new majors too"
	ourRaise  = "fettle, go line may rise"
)

// way is one thing that a user may do.
type way struct {
	name   string
	do     func(*bench, *trial) error
	majors bool // it goes beyond major versions as it likes
}

// waysOf lists what can be done for an application, fettle first.
func waysOf(kind string) []way {
	list := []way{{name: ours}}
	switch kind {
	case "npm":
		list = append(list,
			way{name: "npm audit fix", do: npmAudit},
			way{name: "npm audit fix, audit answered here", do: npmAuditHere},
			way{name: "npm audit fix --force, audit answered here", do: npmAuditForce, majors: true},
			way{name: "osv-scanner fix, in-place", do: scannerInPlace},
			way{name: "osv-scanner fix, relax", do: scannerRelax, majors: true},
			way{name: "npm update", do: npmUpdate},
			way{name: "npm install DIRECT@latest", do: npmLatest, majors: true})
	case "go":
		list = append(list, way{name: ourRaise}, way{name: "go get VULNERABLE@latest", do: goLatest}, way{name: "go get -u of direct modules", do: goDirect})
	case "pip":
		list = append(list, way{name: "newest of vulnerable pins", do: pipVulnerable, majors: true}, way{name: "newest of all pins", do: pipAll, majors: true})
	case "maven":
		list = append(list, way{name: "osv-scanner fix, override", do: scannerOverride, majors: true},
			way{name: "mvn versions:update-*", do: mavenVersions, majors: true})
	}
	return list
}
