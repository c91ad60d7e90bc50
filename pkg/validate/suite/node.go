package suite

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strings"
)

// manifest is the part of package.json that a run needs.
type manifest struct {
	Scripts    map[string]string `json:"scripts"`
	Workspaces json.RawMessage   `json:"workspaces"`
}

// npmLock is the part of package-lock.json that a run needs.
type npmLock struct {
	Version  int `json:"lockfileVersion"`
	Packages map[string]struct {
		Scripts bool `json:"hasInstallScript"`
	} `json:"packages"`
}

// npmLocks are the lockfiles that npm ci reads, the one that wins first.
var npmLocks = []string{"npm-shrinkwrap.json", "package-lock.json"}

var (
	noTests     = regexp.MustCompile(`no test specified`)
	listsJest   = regexp.MustCompile(`^\s*(?:(?:npx|cross-env|env|[A-Z_]+=\S+)\s+)*jest\b[^&|;]*$`)
	listsVitest = regexp.MustCompile(`^\s*(?:(?:npx|cross-env|env|[A-Z_]+=\S+)\s+)*vitest\b[^&|;]*$`)
	choosesList = regexp.MustCompile(`--(?:verbose|silent|json|reporters?)\b`)
)

// detectNode reads how the npm project in a directory is installed, built and tested. The tree's own commands are what
// npm runs for its scripts; nothing else in the tree can add one.
func detectNode(t Tree, project Project, o Options) (Plan, error) {
	p := Plan{Dir: project.Dir, Manager: "npm", Fetch: o.Fetch}
	var lock npmLock
	for _, name := range npmLocks {
		at := path.Join(p.Dir, name)
		err := readJSON(t, at, &lock)
		if err == nil {
			p.Lockfile = at
			break
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return p, err
		}
	}
	if p.Lockfile == "" && o.Settings.Install == nil {
		return p, missing(strings.Join(npmLocks, " or "), p.Dir, "name an install command for it in validate.projects of fettle.yaml")
	}
	var m manifest
	if err := readJSON(t, path.Join(p.Dir, "package.json"), &m); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return p, err
	}
	// What a repository's .npmrc could turn against the network phase is set in the environment, which wins.
	p.Env = []string{"npm_config_update_notifier=false", "npm_config_audit=false", "npm_config_fund=false"}
	p.Fetch = append([]string{"npm_config_ignore_scripts=true", "npm_config_git=git"}, o.Fetch...)
	p.Offline = []string{"npm_config_offline=true"}
	p.Install = steps([]string{"npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"})
	p.Scripts = installScripts(m, lock)
	p.Build = steps(runScript(m, "build"))
	p.Test = steps(testScript(m))
	return p, nil
}

// installScripts returns what npm ci would have run without --ignore-scripts.
func installScripts(m manifest, lock npmLock) []Step {
	any := lock.Version < 2
	for _, e := range lock.Packages {
		any = any || e.Scripts
	}
	var all []Step
	if any {
		all = steps([]string{"npm", "rebuild"})
	}
	for _, name := range []string{"preinstall", "install", "postinstall", "prepare"} {
		if m.Scripts[name] != "" {
			all = append(all, Step{Args: []string{"npm", "run", name}})
		}
	}
	return all
}

// runScript returns the command for a script, in the workspaces where only they may have it.
func runScript(m manifest, name string) []string {
	if m.Scripts[name] != "" {
		return []string{"npm", "run", name}
	}
	if len(m.Workspaces) > 0 {
		return []string{"npm", "run", name, "--workspaces", "--if-present"}
	}
	return nil
}

// testScript returns npm test, asking jest and vitest to list each test, as their default hides those that pass.
func testScript(m manifest) []string {
	script := m.Scripts["test"]
	switch {
	case noTests.MatchString(script):
		return nil
	case script == "":
		return runScript(m, "test")
	case listsJest.MatchString(script) && !choosesList.MatchString(script):
		return []string{"npm", "test", "--", "--verbose"}
	case listsVitest.MatchString(script) && !choosesList.MatchString(script):
		return []string{"npm", "test", "--", "--reporter=verbose"}
	}
	return []string{"npm", "test"}
}

func readJSON(t Tree, name string, into any) error {
	text, err := t.Read(name)
	if err != nil {
		return err
	}
	if err := json.Unmarshal([]byte(text), into); err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	return nil
}
