package suite

import (
	"encoding/json"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
)

// manifest is the part of package.json that a run needs.
type manifest struct {
	Scripts    map[string]string `json:"scripts"`
	Workspaces json.RawMessage   `json:"workspaces"`
	Manager    string            `json:"packageManager"`
	PNPM       json.RawMessage   `json:"pnpm"`
}

// nodeLocks are the lockfiles of the package managers, for each the one that wins first.
var nodeLocks = []struct{ manager, name string }{
	{"npm", "npm-shrinkwrap.json"}, {"npm", "package-lock.json"}, {"pnpm", "pnpm-lock.yaml"}, {"yarn", "yarn.lock"},
}

var (
	noTests     = regexp.MustCompile(`no test specified`)
	listsJest   = regexp.MustCompile(`^\s*(?:(?:npx|cross-env|env|[A-Z_]+=\S+)\s+)*jest\b[^&|;]*$`)
	listsVitest = regexp.MustCompile(`^\s*(?:(?:npx|cross-env|env|[A-Z_]+=\S+)\s+)*vitest\b[^&|;]*$`)
	choosesList = regexp.MustCompile(`--(?:verbose|silent|json|reporters?)\b`)
	pinned      = regexp.MustCompile(`^(npm|pnpm|yarn)@\d+\.\d+\.\d+[\w.+-]*$`)
)

func claimsNode(f folder) bool {
	return f.has("package.json") && slices.ContainsFunc(nodeLocks, func(l struct{ manager, name string }) bool { return f.has(l.name) })
}

// detectNode reads how a project of npm, pnpm or yarn is installed, built and tested. The tree's own commands are what
// the package manager runs for its scripts; nothing else in the tree can add one.
func detectNode(f folder, project Project, o Options) (Plan, error) {
	p := Plan{At: f.dir, Manager: "npm"}
	var m manifest
	if err := readJSON(f, "package.json", maxManifest, &m); err != nil {
		return p, err
	}
	lock := ""
	pin, _, _ := strings.Cut(m.Manager, "@")
	for _, l := range nodeLocks {
		named := project.Lockfile != "" && path.Base(project.Lockfile) == l.name
		if f.has(l.name) && (lock == "" || named || pin == l.manager && p.Manager != pin && project.Lockfile == "") {
			lock, p.Manager = l.name, l.manager
		}
	}
	if lock != "" {
		p.Lockfile = f.path(lock)
	} else if o.Settings.Install == nil {
		return p, fmt.Errorf("no npm-shrinkwrap.json, package-lock.json, pnpm-lock.yaml or yarn.lock in %s; name an install command for it in validate.projects of fettle.yaml", Place(f.dir))
	}
	// What a repository's .npmrc could turn against the network phase is set in the environment, which wins.
	p.Env = []string{"npm_config_update_notifier=false", "npm_config_audit=false", "npm_config_fund=false"}
	p.Fetch = []string{"npm_config_ignore_scripts=true", "npm_config_git=git"}
	p.Offline = []string{"npm_config_offline=true"}
	if o.Cache != "" {
		p.Fetch = append(p.Fetch, "npm_config_cache="+o.cache("npm"))
	}
	switch p.Manager {
	case "pnpm":
		return planPNPM(f, m, p, o)
	case "yarn":
		text, err := f.text(lock, maxLock)
		if err != nil {
			return p, err
		}
		if strings.Contains(text, "\n__metadata:") || strings.HasPrefix(text, "__metadata:") {
			return planBerry(f, m, p, o)
		}
		return planYarn(f, m, p, o)
	}
	return planNPM(f, m, lock, p, o)
}

func planNPM(f folder, m manifest, name string, p Plan, o Options) (Plan, error) {
	var lock struct {
		Version  int `json:"lockfileVersion"`
		Packages map[string]struct {
			Scripts bool `json:"hasInstallScript"`
		} `json:"packages"`
	}
	if err := readJSON(f, name, maxLock, &lock); err != nil {
		return p, err
	}
	p.Install = steps([]string{"npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"})
	builds := lock.Version < 2
	for _, e := range lock.Packages {
		builds = builds || e.Scripts
	}
	if builds {
		p.Scripts = steps([]string{"npm", "rebuild"})
	}
	p.Scripts = append(p.Scripts, lifecycle(m, "npm")...)
	p.Build = steps(runScript(m, "build"))
	p.Test = steps(testScript(m))
	return p, o.need("npm", "install Node.js, or "+declare)
}

// lifecycle returns the project's own scripts that installing would have run.
func lifecycle(m manifest, tool ...string) []Step {
	var all []Step
	for _, name := range []string{"preinstall", "install", "postinstall", "prepare"} {
		if m.Scripts[name] != "" {
			all = append(all, Step{Args: append(slices.Clone(tool), "run", name)})
		}
	}
	return all
}

// runScript returns npm's command for a script, in the workspaces where only they may have it.
func runScript(m manifest, name string) []string {
	if m.Scripts[name] != "" {
		return []string{"npm", "run", name}
	}
	if len(m.Workspaces) > 0 {
		return []string{"npm", "run", name, "--workspaces", "--if-present"}
	}
	return nil
}

// testScript returns npm test, with what makes the runner list each test.
func testScript(m manifest) []string {
	switch extra := listing(m); {
	case noTests.MatchString(m.Scripts["test"]):
		return nil
	case m.Scripts["test"] == "":
		return runScript(m, "test")
	case extra != "":
		return []string{"npm", "test", "--", extra}
	}
	return []string{"npm", "test"}
}

// listing returns the flag that makes jest or vitest list each test, as their default hides those that pass.
func listing(m manifest) string {
	switch script := m.Scripts["test"]; {
	case choosesList.MatchString(script):
	case listsJest.MatchString(script):
		return "--verbose"
	case listsVitest.MatchString(script):
		return "--reporter=verbose"
	}
	return ""
}

// readJSON reads a file of f into a value, which stays as it is where there is no such file.
func readJSON(f folder, name string, limit int, into any) error {
	text, err := f.text(name, limit)
	if err != nil || text == "" {
		return err
	}
	if err := json.Unmarshal([]byte(text), into); err != nil {
		return fmt.Errorf("read %s: %w", f.path(name), err)
	}
	return nil
}
