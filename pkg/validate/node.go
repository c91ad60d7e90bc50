package validate

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/fettle-dev/fettle/pkg/sandbox"
)

// plan is what a run does with one project, found out from its manifest, its lockfile and the configuration.
type plan struct {
	dir     string // of the lockfile; "" is the root
	lock    string // its path
	install []string
	scripts [][]string
	build   []string
	test    []string
	timeout time.Duration
	fetch   []string // environment of the network phase
}

// manifest is the part of package.json that a run needs.
type manifest struct {
	Scripts    map[string]string `json:"scripts"`
	Workspaces json.RawMessage   `json:"workspaces"`
}

// lockfile is the part of package-lock.json that a run and the guard need.
type lockfile struct {
	Version  int                  `json:"lockfileVersion"`
	Packages map[string]lockEntry `json:"packages"`
	Nested   json.RawMessage      `json:"dependencies"` // what version 1 has instead
}

type lockEntry struct {
	Name      string          `json:"name"`
	Version   string          `json:"version"`
	Resolved  string          `json:"resolved"`
	Integrity string          `json:"integrity"`
	Link      bool            `json:"link"`
	Scripts   bool            `json:"hasInstallScript"`
	Nested    json.RawMessage `json:"dependencies"` // entries in version 1, ranges elsewhere
}

// lockfiles that npm ci reads, the one that wins first.
var lockfiles = []string{"npm-shrinkwrap.json", "package-lock.json"}

var (
	noTests     = regexp.MustCompile(`no test specified`)
	listsJest   = regexp.MustCompile(`^\s*(?:(?:npx|cross-env|env|[A-Z_]+=\S+)\s+)*jest\b[^&|;]*$`)
	listsVitest = regexp.MustCompile(`^\s*(?:(?:npx|cross-env|env|[A-Z_]+=\S+)\s+)*vitest\b[^&|;]*$`)
	choosesList = regexp.MustCompile(`--(?:verbose|silent|json|reporters?)\b`)
)

// planOf reads how the project in dir is installed, built and tested. The tree's own commands are what npm runs for
// its scripts; nothing else in the tree can add one.
func planOf(t tree, dir string, c Config, fetch []string) (plan, error) {
	conf := c.project(dir)
	p := plan{dir: dir, timeout: time.Duration(conf.Timeout), fetch: fetch}
	for _, name := range lockfiles {
		if _, err := t.read(path.Join(dir, name)); err == nil {
			p.lock = path.Join(dir, name)
			break
		} else if !errors.Is(err, fs.ErrNotExist) {
			return p, err
		}
	}
	if p.lock == "" && conf.Install == nil {
		return p, fmt.Errorf("no %s in %s; name an install command for it in validate.projects of fettle.yaml",
			strings.Join(lockfiles, " or "), place(dir))
	}
	var m manifest
	if err := decode(t, path.Join(dir, "package.json"), &m); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return p, err
	}
	var lock lockfile
	if p.lock != "" {
		var err error
		if lock, err = readLock(t, p.lock); err != nil {
			return p, err
		}
	}
	p.install = or(conf.Install, []string{"npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"})
	if conf.Install == nil {
		p.scripts = installScripts(m, lock)
	}
	p.build = or(conf.Build, runScript(m, "build"))
	p.test = or(conf.Test, testScript(m))
	return p, nil
}

func or(configured Command, usual []string) []string {
	if configured != nil {
		return configured
	}
	return usual
}

// installScripts returns what npm ci would have run without --ignore-scripts.
func installScripts(m manifest, lock lockfile) [][]string {
	var all [][]string
	if lock.Version < 2 || slices.ContainsFunc(entries(lock), func(e lockEntry) bool { return e.Scripts }) {
		all = append(all, []string{"npm", "rebuild"})
	}
	for _, name := range []string{"preinstall", "install", "postinstall", "prepare"} {
		if m.Scripts[name] != "" {
			all = append(all, []string{"npm", "run", name})
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

// command returns args as the sandbox takes them. npm's own settings that a repository's .npmrc could turn against the
// network phase are set in the environment, which wins.
func (p plan) command(args []string, network bool) sandbox.Command {
	env := []string{"npm_config_update_notifier=false", "npm_config_audit=false", "npm_config_fund=false"}
	if network {
		env = append(env, "npm_config_ignore_scripts=true", "npm_config_git=git")
		env = append(env, p.fetch...)
	} else {
		env = append(env, "npm_config_offline=true")
	}
	return sandbox.Command{Args: args, Dir: p.dir, Env: env, Network: network, Timeout: p.timeout, Output: 8 << 20}
}

// place names a project's directory for people.
func place(dir string) string {
	if dir == "" {
		return "."
	}
	return dir
}

func readLock(t tree, name string) (lockfile, error) {
	var lock lockfile
	text, err := t.read(name)
	if err != nil {
		return lock, err
	}
	if err := json.Unmarshal([]byte(text), &lock); err != nil {
		return lock, fmt.Errorf("read %s: %w", name, err)
	}
	if len(lock.Packages) == 0 && len(lock.Nested) > 0 {
		lock.Packages = map[string]lockEntry{}
		if err := flatten(lock.Nested, "", lock.Packages, 0); err != nil {
			return lock, fmt.Errorf("read %s: %w", name, err)
		}
	}
	return lock, nil
}

// flatten writes the entries of a lockfile of version 1 under the keys that later versions use.
func flatten(nested json.RawMessage, under string, into map[string]lockEntry, depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("packages nested more than %d deep", maxDepth)
	}
	var level map[string]lockEntry
	if err := json.Unmarshal(nested, &level); err != nil {
		return err
	}
	for name, e := range level {
		key := under + "node_modules/" + name
		into[key] = e
		if len(e.Nested) > 0 {
			if err := flatten(e.Nested, key+"/", into, depth+1); err != nil {
				return err
			}
		}
	}
	return nil
}

// entries returns the packages of a lockfile in no order.
func entries(lock lockfile) []lockEntry {
	var all []lockEntry
	for _, e := range lock.Packages {
		all = append(all, e)
	}
	return all
}
