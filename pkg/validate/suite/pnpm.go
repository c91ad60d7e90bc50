package suite

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// corepack returns how a package manager is called: in the version that package.json pins, through corepack, where that
// is there.
func corepack(m manifest, manager string, o Options) ([]string, error) {
	pin := pinned.MatchString(m.Manager) && strings.HasPrefix(m.Manager, manager+"@")
	switch {
	case o.Tool("corepack") && (pin || !o.Tool(manager)):
		return []string{"corepack", manager}, nil
	case o.Tool(manager):
		return []string{manager}, nil
	}
	return nil, &ToolError{manager, "install it, or corepack, or " + declare}
}

// corepackEnv adds what corepack needs. It asks the registry that npm is told of.
func corepackEnv(p Plan, o Options) Plan {
	p.Env = append(p.Env, "COREPACK_HOME="+o.cache("corepack"), "COREPACK_ENABLE_DOWNLOAD_PROMPT=0", "COREPACK_ENABLE_AUTO_PIN=0",
		"COREPACK_ENABLE_UNSAFE_CUSTOM_URLS=0")
	if registry := o.fetched("npm_config_registry"); registry != "" {
		p.Fetch = append(p.Fetch, "COREPACK_NPM_REGISTRY="+strings.TrimSuffix(registry, "/"))
	}
	p.Offline = append(p.Offline, "COREPACK_ENABLE_NETWORK=0")
	return p
}

// planPNPM leaves the repository's .pnpmfile.cjs out of the network phase, as it is code.
func planPNPM(f folder, m manifest, p Plan, o Options) (Plan, error) {
	tool, err := corepack(m, "pnpm", o)
	if err != nil {
		return p, err
	}
	p = corepackEnv(p, o)
	for _, prefix := range []string{"npm_config_", "pnpm_config_"} {
		p.Env = append(p.Env, prefix+"manage_package_manager_versions=false", prefix+"verify_deps_before_run=false",
			prefix+"pm_on_fail=ignore", prefix+"store_dir="+o.cache("pnpm"))
	}
	call := func(args ...string) []string { return append(slices.Clone(tool), args...) }
	p.Install = steps(call("install", "--frozen-lockfile", "--ignore-scripts", "--ignore-pnpmfile"))
	lock, err := f.text("pnpm-lock.yaml", maxLock)
	if err != nil {
		return p, err
	}
	work, err := f.text("pnpm-workspace.yaml", maxManifest)
	if err != nil {
		return p, err
	}
	for _, mark := range []string{"requiresBuild: true", "onlyBuiltDependencies", "allowBuilds"} {
		if strings.Contains(lock+work+string(m.PNPM), mark) {
			p.Scripts = steps(call("rebuild"))
			break
		}
	}
	p.Scripts = append(p.Scripts, lifecycle(m, tool...)...)
	run := func(name string, extra ...string) []string {
		switch {
		case m.Scripts[name] != "":
			return call(append([]string{"run", name}, extra...)...)
		case strings.Contains(work, "packages:"):
			return call("-r", "--workspace-concurrency=1", "--no-bail", "--if-present", "run", name)
		}
		return nil
	}
	p.Build = steps(run("build"))
	if !noTests.MatchString(m.Scripts["test"]) {
		p.Test = steps(run("test", one(listing(m))...))
	}
	return p, nil
}

// planYarn is for yarn 1. It has no command that runs install scripts alone; npm's works on what yarn installed.
func planYarn(f folder, m manifest, p Plan, o Options) (Plan, error) {
	tool, err := corepack(m, "yarn", o)
	if err != nil {
		return p, err
	}
	p = corepackEnv(p, o)
	// A yarn of the repository's own, named by yarnPath, is code.
	p.Env = append(p.Env, "YARN_IGNORE_PATH=1", "YARN_CACHE_FOLDER="+o.cache("yarn"))
	if registry := o.fetched("npm_config_registry"); registry != "" {
		p.Fetch = append(p.Fetch, "YARN_REGISTRY="+registry)
	}
	call := func(args ...string) []string { return append(slices.Clone(tool), args...) }
	p.Install = steps(call("install", "--frozen-lockfile", "--ignore-scripts", "--non-interactive", "--no-progress"))
	p.Scripts = append(steps([]string{"npm", "rebuild"}), lifecycle(m, "npm")...)
	run := func(name string, extra ...string) []string {
		if m.Scripts[name] == "" {
			return runScript(m, name)
		}
		return call(append([]string{"run", name}, extra...)...)
	}
	p.Build = steps(run("build"))
	if !noTests.MatchString(m.Scripts["test"]) {
		p.Test = steps(run("test", one(listing(m))...))
	}
	return p, nil
}

var yarnRelease = regexp.MustCompile(`yarn-(\d+\.\d+\.\d+)\.c?js$`)

// planBerry is for yarn 2 and later. Its configuration can load plugins, which are code: where it does, the network
// phase reads a copy without them.
func planBerry(f folder, m manifest, p Plan, o Options) (Plan, error) {
	text, err := f.text(".yarnrc.yml", maxManifest/8)
	if err != nil {
		return p, err
	}
	rc := map[string]any{}
	if err := yaml.Unmarshal([]byte(text), &rc); err != nil {
		return p, fmt.Errorf("read %s: %w", f.path(".yarnrc.yml"), err)
	}
	if own, ok := rc["yarnPath"].(string); ok && !pinned.MatchString(m.Manager) {
		if v := yarnRelease.FindStringSubmatch(own); v != nil {
			m.Manager = "yarn@" + v[1]
		}
	}
	tool, err := corepack(m, "yarn", o)
	if err != nil {
		return p, err
	}
	if len(tool) == 2 && pinned.MatchString(m.Manager) {
		version, _, _ := strings.Cut(m.Manager, "+")
		tool[1] = version
	}
	if rc["plugins"] != nil {
		delete(rc, "plugins")
		delete(rc, "yarnPath")
		plain, err := json.Marshal(rc)
		if err != nil {
			return p, fmt.Errorf("read %s: %w", f.path(".yarnrc.yml"), err)
		}
		p.Files = map[string]string{".yarnrc.fettle.yml": string(plain)}
		p.Fetch = append(p.Fetch, "YARN_RC_FILENAME=.yarnrc.fettle.yml")
	}
	p = corepackEnv(p, o)
	p.Env = append(p.Env, "YARN_IGNORE_PATH=1", "YARN_ENABLE_TELEMETRY=0", "YARN_GLOBAL_FOLDER="+o.cache("berry"))
	p.Fetch = append(p.Fetch, "YARN_ENABLE_SCRIPTS=false", "YARN_ENABLE_IMMUTABLE_INSTALLS=true")
	p.Offline = append(p.Offline, "YARN_ENABLE_NETWORK=0")
	if registry := o.fetched("npm_config_registry"); registry != "" {
		p.Fetch = append(p.Fetch, "YARN_NPM_REGISTRY_SERVER="+strings.TrimSuffix(registry, "/"))
	}
	call := func(args ...string) []string { return append(slices.Clone(tool), args...) }
	p.Install = steps(call("install", "--immutable", "--mode=skip-build"))
	p.Scripts = steps(call("rebuild"))
	run := func(name string, extra ...string) []string {
		switch {
		case m.Scripts[name] != "":
			return call(append([]string{"run", name}, extra...)...)
		case len(m.Workspaces) > 0:
			return call("workspaces", "foreach", "--all", "run", name)
		}
		return nil
	}
	p.Build = steps(run("build"))
	if !noTests.MatchString(m.Scripts["test"]) {
		p.Test = steps(run("test", one(listing(m))...))
	}
	return p, nil
}

func one(text string) []string {
	if text == "" {
		return nil
	}
	return []string{text}
}
