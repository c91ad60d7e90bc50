package service

import (
	"path"
	"regexp"
	"strings"
)

// kind says who may read a file, by its name.
type kind int

const (
	manifestKind  kind = 1 << iota // of a package manager: makes its folder a unit
	dockerKind                     // Dockerfile, Containerfile
	yamlKind                       // Kubernetes, compose, serverless, OpenAPI, catalogs, platforms
	jsonKind                       // CloudFormation, OpenAPI, vercel.json
	terraformKind                  // .tf, .tf.json
	platformKind                   // Procfile, fly.toml and the like
	ownersKind                     // CODEOWNERS
	sourceKind                     // source files
	schemaKind                     // .proto, .graphql, .sql, .prisma
)

// manifests make a folder one of code.
var manifests = map[string]bool{
	"package.json": true, "go.mod": true, "pom.xml": true, "build.gradle": true, "build.gradle.kts": true, "pyproject.toml": true,
	"requirements.txt": true, "setup.py": true, "setup.cfg": true, "Pipfile": true, "Cargo.toml": true, "composer.json": true,
	"Gemfile": true, "mix.exs": true, "package-lock.json": true, "yarn.lock": true, "pnpm-lock.yaml": true, "bun.lock": true,
	"poetry.lock": true, "uv.lock": true, "Pipfile.lock": true, "packages.lock.json": true, "packages.config": true,
}

var platforms = map[string]bool{
	"Procfile": true, "fly.toml": true, "netlify.toml": true, "vercel.json": true, "now.json": true, "app.json": true, "wrangler.toml": true,
	"wrangler.json": true, "wrangler.jsonc": true, "function.json": true, "firebase.json": true, "Dockerrun.aws.json": true, "host.json": true,
}

// sources are the extensions of source files that are searched for routes and fields.
var sources = map[string]language{
	".js": ecmaScript, ".mjs": ecmaScript, ".cjs": ecmaScript, ".jsx": ecmaScript, ".ts": ecmaScript, ".tsx": ecmaScript, ".mts": ecmaScript, ".cts": ecmaScript,
	".py": python, ".java": java, ".kt": java, ".scala": java, ".groovy": java, ".cs": csharp, ".fs": csharp, ".vb": csharp, ".go": golang,
}

var schemas = map[string]bool{".proto": true, ".graphql": true, ".graphqls": true, ".sql": true, ".prisma": true}

func kindOf(file string) kind {
	base, ext := path.Base(file), strings.ToLower(path.Ext(file))
	lower := strings.ToLower(base)
	var k kind
	switch {
	case manifests[base], ext == ".csproj", ext == ".fsproj", ext == ".vbproj", isRequirements(lower):
		k |= manifestKind
	}
	if isFixture(file) {
		return k
	}
	switch {
	case isDockerfile(lower):
		k |= dockerKind
	case strings.HasSuffix(lower, ".tf"), strings.HasSuffix(lower, ".tf.json"):
		k |= terraformKind
	case platforms[base] || unreadDeployment(base):
		k |= platformKind
	case base == "CODEOWNERS":
		k |= ownersKind
	case base == "pnpm-lock.yaml":
	case ext == ".yaml" || ext == ".yml":
		k |= yamlKind
	case ext == ".json" && !manifests[base]:
		k |= jsonKind
	case sources[ext] != 0:
		k |= sourceKind
	case schemas[ext]:
		k |= schemaKind
	}
	return k
}

// fixtures are folders of what tests read, which is not deployed.
var fixtures = map[string]bool{"testdata": true, "fixtures": true, "__fixtures__": true, "__snapshots__": true, "test-fixtures": true, "test_fixtures": true}

func isFixture(file string) bool {
	for dir := range strings.SplitSeq(file, "/") {
		if fixtures[dir] {
			return true
		}
	}
	return false
}

// unreadDeployments say how services are deployed, in ways that are not read: in a program, or a language of their own.
var unreadDeployments = map[string]bool{"cdk.json": true, "Pulumi.yaml": true, "Pulumi.yml": true, "helmfile.yaml": true, "helmfile.yml": true, "serverless.ts": true, "serverless.js": true,
	"sst.config.ts": true, "copilot.yml": true, "garden.yml": true, "Tiltfile": true}

// unrendered are templates of configurations: what they say of services is known only when they are rendered.
var unrendered = regexp.MustCompile(`\.(?:ya?ml|json|tf|hcl)\.(?:j2|jinja2?|tpl|tmpl|gotmpl|erb|template|mustache|ejs|hbs)$`)

func unreadDeployment(base string) bool {
	return unreadDeployments[base] || unrendered.MatchString(base) || strings.HasSuffix(base, ".bicep") || strings.HasSuffix(base, ".nomad") || strings.HasSuffix(base, ".nomad.hcl") || strings.HasSuffix(base, ".jsonnet") || strings.HasSuffix(base, ".libsonnet")
}

func isRequirements(lower string) bool {
	return strings.HasPrefix(lower, "requirements") && strings.HasSuffix(lower, ".txt")
}

func isDockerfile(lower string) bool {
	name, ok := strings.CutPrefix(lower, "dockerfile")
	if !ok {
		name, ok = strings.CutPrefix(lower, "containerfile")
	}
	if ok {
		return name == "" || name[0] == '.' && name != ".dockerignore"
	}
	return strings.HasSuffix(lower, ".dockerfile")
}

// marker reports whether file tells that its folder holds installed code, so that the folder is left out.
func marker(file string) bool {
	base := path.Base(file)
	return base == "modules.txt" || base == "pyvenv.cfg" || base == "CACHEDIR.TAG" || base == "Manifest.lock" || strings.HasSuffix(file, "vendor/composer/installed.json")
}
