package suite

import (
	"encoding/json"
	"strings"
)

// detectComposer installs without scripts and plugins; the project's own scripts follow without network.
func detectComposer(f folder, _ Project, o Options) (Plan, error) {
	p := Plan{At: f.dir, Manager: "composer"}
	var m struct {
		Scripts map[string]json.RawMessage `json:"scripts"`
	}
	if err := readJSON(f, "composer.json", maxManifest, &m); err != nil {
		return p, err
	}
	lock, err := f.text("composer.lock", maxLock)
	if err != nil {
		return p, err
	}
	if lock != "" {
		p.Lockfile = f.path("composer.lock")
	}
	p.Env = []string{
		"COMPOSER_HOME={at}/" + scratchPath("composer"), "COMPOSER_CACHE_DIR=" + o.cache("composer"), "COMPOSER_ALLOW_SUPERUSER=1",
		"COMPOSER_NO_INTERACTION=1", "COMPOSER_MEMORY_LIMIT=-1",
	}
	p.Offline = []string{"COMPOSER_DISABLE_NETWORK=1"}
	p.Install = steps([]string{"composer", "install", "--no-scripts", "--no-plugins", "--no-progress", "--prefer-dist"})
	for _, name := range []string{"post-install-cmd", "post-autoload-dump"} {
		if m.Scripts[name] != nil {
			p.Scripts = append(p.Scripts, Step{Args: []string{"composer", "run-script", name}})
		}
	}
	report := scratchPath("junit.xml")
	switch {
	case f.first("phpunit.xml", "phpunit.xml.dist", "phpunit.dist.xml") != "" && strings.Contains(lock, `"phpunit/phpunit"`):
		p.Test = steps([]string{"php", "vendor/bin/phpunit", "--log-junit", report})
		p.Reports = []string{report}
	case m.Scripts["test"] != nil:
		p.Test = steps([]string{"composer", "run-script", "test"})
	case f.first("phpunit.xml", "phpunit.xml.dist", "phpunit.dist.xml") != "":
		p.Test = steps([]string{"phpunit", "--log-junit", report})
		p.Reports = []string{report}
	}
	return p, o.need("composer", "install it, or "+declare)
}
