package differential

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/fettle-dev/fettle/pkg/osv"
)

// format is one kind of file that names packages with their exact versions.
type format struct {
	file      string
	ecosystem string
	head      string
	entry     func(name, version string) string
	between   string
	tail      string
}

const checksum = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

var formats = []format{
	{file: "yarn.lock", ecosystem: "npm", head: "# yarn lockfile v1\n\n\n", between: "\n", entry: func(n, v string) string {
		return fmt.Sprintf("%s:\n  version %q\n  resolved \"https://registry.example/%s/-/x-%s.tgz#%s\"\n", yarnName(n, "^"+v), v, n, v, checksum[:40])
	}},
	{file: "berry/yarn.lock", ecosystem: "npm", head: "__metadata:\n  version: 8\n  cacheKey: 10\n\n", between: "\n", entry: func(n, v string) string {
		return fmt.Sprintf("\"%s@npm:^%s\":\n  version: %s\n  resolution: \"%s@npm:%s\"\n  checksum: %s\n  languageName: node\n  linkType: hard\n", n, v, v, n, v, checksum)
	}},
	{file: "pnpm-lock.yaml", ecosystem: "npm", head: "lockfileVersion: '9.0'\n\nsettings:\n  autoInstallPeers: true\n\npackages:\n\n", between: "\n", entry: func(n, v string) string {
		return fmt.Sprintf("  '%s@%s':\n    resolution: {integrity: sha512-AAAA}\n", n, v)
	}},
	{file: "bun.lock", ecosystem: "npm", head: "{\n  \"lockfileVersion\": 1,\n  \"workspaces\": {\"\": {\"name\": \"x\"}},\n  \"packages\": {\n", between: ",\n", tail: "\n  }\n}\n", entry: func(n, v string) string {
		return fmt.Sprintf("    %q: [%q, \"\", {}, \"sha512-AAAA\"]", n, n+"@"+v)
	}},
	{file: "requirements.txt", ecosystem: "PyPI", entry: func(n, v string) string { return n + "==" + v + "\n" }},
	{file: "poetry.lock", ecosystem: "PyPI", between: "\n", tail: "\n[metadata]\nlock-version = \"2.0\"\npython-versions = \"*\"\ncontent-hash = \"" + checksum + "\"\n", entry: func(n, v string) string {
		return fmt.Sprintf("[[package]]\nname = %q\nversion = %q\ndescription = \"\"\noptional = false\npython-versions = \"*\"\nfiles = []\n", n, v)
	}},
	{file: "uv.lock", ecosystem: "PyPI", head: "version = 1\nrequires-python = \">=3.9\"\n\n", between: "\n", entry: func(n, v string) string {
		return fmt.Sprintf("[[package]]\nname = %q\nversion = %q\nsource = { registry = \"https://registry.example/simple\" }\n", n, v)
	}},
	{file: "pdm.lock", ecosystem: "PyPI", head: "[metadata]\ngroups = [\"default\"]\nlock_version = \"4.4\"\n\n", between: "\n", entry: func(n, v string) string {
		return fmt.Sprintf("[[package]]\nname = %q\nversion = %q\nsummary = \"\"\ngroups = [\"default\"]\n", n, v)
	}},
	{file: "Pipfile.lock", ecosystem: "PyPI", head: "{\"_meta\": {\"pipfile-spec\": 6}, \"default\": {\n", between: ",\n", tail: "\n}, \"develop\": {}}\n", entry: func(n, v string) string {
		return fmt.Sprintf("    %q: {\"version\": %q}", n, "=="+v)
	}},
	{file: "Cargo.lock", ecosystem: "crates.io", head: "version = 3\n\n", between: "\n", entry: func(n, v string) string {
		return fmt.Sprintf("[[package]]\nname = %q\nversion = %q\nsource = \"registry+https://registry.example/index\"\nchecksum = %q\n", n, v, checksum)
	}},
	{file: "Gemfile.lock", ecosystem: "RubyGems", head: "GEM\n  remote: https://registry.example/\n  specs:\n", tail: "\nPLATFORMS\n  ruby\n\nDEPENDENCIES\n\nBUNDLED WITH\n   2.4.0\n", entry: func(n, v string) string {
		return fmt.Sprintf("    %s (%s)\n", n, v)
	}},
	{file: "composer.lock", ecosystem: "Packagist", head: "{\"packages\": [\n", between: ",\n", tail: "\n], \"packages-dev\": []}\n", entry: func(n, v string) string {
		return fmt.Sprintf("    {\"name\": %q, \"version\": %q, \"type\": \"library\"}", n, v)
	}},
	{file: "packages.lock.json", ecosystem: "NuGet", head: "{\"version\": 1, \"dependencies\": {\"net8.0\": {\n", between: ",\n", tail: "\n}}}\n", entry: func(n, v string) string {
		return fmt.Sprintf("    %q: {\"type\": \"Direct\", \"requested\": %q, \"resolved\": %q, \"contentHash\": \"AAAA\"}", n, "["+v+", )", v)
	}},
	{file: "packages.config", ecosystem: "NuGet", head: "<?xml version=\"1.0\"?>\n<packages>\n", tail: "</packages>\n", entry: func(n, v string) string {
		return fmt.Sprintf("  <package id=%q version=%q targetFramework=\"net48\" />\n", n, v)
	}},
	{file: "pom.xml", ecosystem: "Maven", head: "<project>\n  <modelVersion>4.0.0</modelVersion>\n  <groupId>org.example</groupId>\n  <artifactId>x</artifactId>\n  <version>1</version>\n  <dependencies>\n", tail: "  </dependencies>\n</project>\n", entry: func(n, v string) string {
		group, artifact, _ := strings.Cut(n, ":")
		return fmt.Sprintf("    <dependency>\n      <groupId>%s</groupId>\n      <artifactId>%s</artifactId>\n      <version>%s</version>\n    </dependency>\n", group, artifact, v)
	}},
	{file: "gradle.lockfile", ecosystem: "Maven", head: "# This is a Gradle generated file for dependency locking.\n", tail: "empty=\n", entry: func(n, v string) string {
		return n + ":" + v + "=compileClasspath,runtimeClasspath\n"
	}},
	{file: "go.mod", ecosystem: "Go", head: "module example.com/x\n\ngo 1.26\n\nrequire (\n", tail: ")\n", entry: func(n, v string) string {
		return fmt.Sprintf("\t%s v%s\n", n, v)
	}},
	{file: "bom.json", ecosystem: "PyPI", head: "{\"bomFormat\": \"CycloneDX\", \"specVersion\": \"1.6\", \"version\": 1, \"components\": [\n", between: ",\n", tail: "\n]}\n", entry: func(n, v string) string {
		return fmt.Sprintf("    {\"type\": \"library\", \"bom-ref\": %q, \"name\": %q, \"version\": %q, \"purl\": %q}", n, n, v, "pkg:pypi/"+strings.ToLower(n)+"@"+v)
	}},
	{file: "x.spdx.json", ecosystem: "RubyGems", head: "{\"spdxVersion\": \"SPDX-2.3\", \"SPDXID\": \"SPDXRef-DOCUMENT\", \"name\": \"x\", \"dataLicense\": \"CC0-1.0\", \"documentNamespace\": \"https://example.com/x\", \"creationInfo\": {\"created\": \"2024-01-01T00:00:00Z\", \"creators\": [\"Tool: x\"]}, \"packages\": [\n",
		between: ",\n", tail: "\n]}\n", entry: func(n, v string) string {
			return fmt.Sprintf("    {\"SPDXID\": \"SPDXRef-%s\", \"name\": %q, \"versionInfo\": %q, \"downloadLocation\": \"NOASSERTION\", \"externalRefs\": [{\"referenceCategory\": \"PACKAGE-MANAGER\", \"referenceType\": \"purl\", \"referenceLocator\": %q}]}",
				strings.NewReplacer("_", "-").Replace(n), n, v, "pkg:gem/"+n+"@"+v)
		}},
}

// yarnName quotes what yarn quotes.
func yarnName(name, rng string) string {
	if strings.HasPrefix(name, "@") {
		return fmt.Sprintf("%q", name+"@"+rng)
	}
	return name + "@" + rng
}

var (
	plainName    = regexp.MustCompile(`^[@A-Za-z0-9][A-Za-z0-9._/:-]*$`)
	plainVersion = regexp.MustCompile(`^[0-9]+(\.[0-9]+)*([.-]?[A-Za-z][A-Za-z0-9.-]*)?$`)
	semantic     = regexp.MustCompile(`^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$`)
)

// pick takes up to n packages of an ecosystem that the records speak of, each in a version at the edge of what is affected.
func (c corpus) pick(t testing.TB, ecosystem string, n int) [][2]string {
	t.Helper()
	versions := map[string][]string{}
	for _, affected := range c.affected {
		for _, a := range affected {
			name := a.Package.Name
			if a.Package.Ecosystem != ecosystem || !plainName.MatchString(name) || ecosystem == "Maven" && strings.Count(name, ":") != 1 ||
				ecosystem == "Go" && (!strings.Contains(name, ".") || !strings.Contains(name, "/")) {
				continue
			}
			for _, v := range append(bounds(a.Ranges), a.Versions...) {
				if v = strings.TrimPrefix(v, "v"); usable(ecosystem, name, v) {
					versions[name] = append(versions[name], v)
				}
			}
		}
	}
	var names []string
	for name := range versions {
		names = append(names, name)
	}
	slices.Sort(names)
	step := max(len(names)/n, 1)
	var picked [][2]string
	seen := map[string]bool{}
	for i := 0; i < len(names) && len(picked) < n; i += step {
		all := versions[names[i]]
		slices.Sort(all)
		all = slices.Compact(all)
		if key := osv.NormalizeName(ecosystem, names[i]); !seen[key] {
			seen[key] = true
			picked = append(picked, [2]string{names[i], all[len(picked)%len(all)]})
		}
	}
	return picked
}

func bounds(ranges []osv.Range) []string {
	var all []string
	for _, r := range ranges {
		if r.Type == osv.Git {
			continue
		}
		for _, e := range r.Events {
			all = append(all, e.Introduced, e.Fixed, e.LastAffected)
		}
	}
	return all
}

func usable(ecosystem, name, version string) bool {
	if version == "0" || !plainVersion.MatchString(version) {
		return false
	}
	switch ecosystem {
	case "npm", "crates.io":
		return semantic.MatchString(version)
	case "Go": // the path names the major version
		if !semantic.MatchString(version) {
			return false
		}
		major, _, _ := strings.Cut(version, ".")
		i := strings.LastIndex(name, "/v")
		if i >= 0 && regexp.MustCompile(`^[0-9]+$`).MatchString(name[i+2:]) {
			return name[i+2:] == major
		}
		return (major == "0" || major == "1") && !strings.HasPrefix(name, "gopkg.in/")
	}
	return true
}
