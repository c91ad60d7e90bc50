package main

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"strings"

	"github.com/fettle-dev/fettle/pkg/feed"
	"github.com/fettle-dev/fettle/pkg/forge"
)

// databaseConfig is the section database of fettle.yaml. The zero value is the public places and the built-in ages.
type databaseConfig struct {
	Ecosystems []string          `yaml:"ecosystems"` // as OSV spells them
	OSV        string            `yaml:"osv"`        // address below which ECOSYSTEM/all.zip lies
	KEV        string            `yaml:"kev"`        // an address, or none; so are those below
	EPSS       string            `yaml:"epss"`
	ExploitDB  string            `yaml:"exploitdb"`
	PoC        string            `yaml:"poc"`
	Exploited  map[string]string `yaml:"exploited"` // address by name: lists of CVEs that are actively exploited
	Exploits   map[string]string `yaml:"exploits"`  // address by name: lists of CVEs that an exploit is public for
	MaxAge     maxAge            `yaml:"max_age"`
}

// noSource in the place of an address leaves a source out.
const noSource = "none"

// Validate checks names and addresses, and names no address in full: it may hold a password.
func (c databaseConfig) Validate() error {
	for _, e := range c.Ecosystems {
		if err := checkEcosystem(e); err != nil {
			return fmt.Errorf("database.ecosystems: %w", err)
		}
	}
	if c.OSV == noSource {
		return fmt.Errorf("database.osv is none; want an address: without advisories there is nothing to find")
	}
	for key, address := range map[string]string{"osv": c.OSV, "kev": c.KEV, "epss": c.EPSS, "exploitdb": c.ExploitDB, "poc": c.PoC} {
		if err := checkAddress(address); err != nil {
			return fmt.Errorf("database.%s: %w", key, err)
		}
	}
	for key, lists := range map[string]map[string]string{"exploited": c.Exploited, "exploits": c.Exploits} {
		for name, address := range lists {
			if err := checkListName(name); err != nil {
				return fmt.Errorf("database.%s: %w", key, err)
			}
			if err := checkAddress(address); err != nil {
				return fmt.Errorf("database.%s.%s: %w", key, name, err)
			}
		}
	}
	return nil
}

// shapes reports whether c decides what a database holds.
func (c databaseConfig) shapes() bool {
	return len(c.Ecosystems)+len(c.Exploited)+len(c.Exploits) > 0 || c.OSV+c.KEV+c.EPSS+c.ExploitDB+c.PoC != ""
}

func checkEcosystem(name string) error {
	if name == "" || len(name) > 64 || strings.ContainsAny(name, "/\\\x00") || strings.HasPrefix(name, ".") {
		return fmt.Errorf("%.40q: want the name of an ecosystem such as npm, PyPI or crates.io", name)
	}
	return nil
}

func checkAddress(address string) error {
	if address == "" || address == noSource {
		return nil
	}
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return fmt.Errorf("%q: want an http or https address, or none", feed.Shown(address))
	}
	return nil
}

// databaseSettings returns what holds for a command of fettle db started here, and the place. In a CI run that is the
// configuration of the base, as for fettle ci: a change under review cannot point the database elsewhere. Outside of a git
// repository, a fettle.yaml that nobody named says nothing of where data comes from.
func databaseSettings(ctx context.Context, env *environment, named string) (databaseConfig, place, error) {
	at, err := locate(ctx, env, ".", env.getenv("CI") != "")
	if err != nil {
		return databaseConfig{}, at, err
	}
	run, err := forge.Detect(env.getenv, os.ReadFile)
	if err != nil {
		fmt.Fprintf(env.stderr, "the configuration is not read: what the CI server says of this run cannot be: %v\n", err)
		return databaseConfig{}, at, nil
	}
	var c config
	if run.Provider == forge.None {
		c, err = diskConfig(env, named, at.top)
	} else {
		o := &options{config: named}
		tip, _, _ := baseOf(ctx, o, run, at)
		c, err = ciConfig(ctx, env, o, run, at, tip)
	}
	if err != nil {
		return databaseConfig{}, at, err
	}
	if named == "" && at.git == nil && c.Database.shapes() {
		fmt.Fprintln(env.stderr, "fettle.yaml says where the database comes from; outside of a git repository that holds only with --config")
		c.Database = databaseConfig{MaxAge: c.Database.MaxAge}
	}
	return c.Database, at, nil
}
