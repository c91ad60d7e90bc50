package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"go.yaml.in/yaml/v4"

	"github.com/fettle-dev/fettle/pkg/correlate"
	"github.com/fettle-dev/fettle/pkg/decide"
	"github.com/fettle-dev/fettle/pkg/discover"
	"github.com/fettle-dev/fettle/pkg/discover/service"
	"github.com/fettle-dev/fettle/pkg/git"
	"github.com/fettle-dev/fettle/pkg/prioritize"
	"github.com/fettle-dev/fettle/pkg/propose"
	"github.com/fettle-dev/fettle/pkg/validate"
)

// config is fettle.yaml: each package defines the section that it reads.
type config struct {
	Version    int                `yaml:"version"`
	Discover   discover.Config    `yaml:"discover"`
	Context    correlate.Declared `yaml:"context"`
	Services   service.Config     `yaml:"services"`
	Priority   priorityConfig     `yaml:"priority"`
	Compliance []prioritize.Rule  `yaml:"compliance"`
	Policy     decide.Rules       `yaml:"policy"`
	Exceptions []decide.Exception `yaml:"exceptions"`
	Propose    propose.Config     `yaml:"propose"`
	Validate   validate.Config    `yaml:"validate"`
	Database   databaseConfig     `yaml:"database"`
	name       string             // of the file, "" where there is none
	VEX        vexConfig          `yaml:"vex"`
	commit     string             // the commit that it is from; "" for the work tree, and where there is none
	offline    bool               // nothing is fetched while discovering
	reach      string             // how far it is asked whether code is reached
}

// vexConfig is the section vex of fettle.yaml.
type vexConfig struct {
	Products    []string `yaml:"products"`     // package URLs and other identifiers by which vendors' documents name this repository's applications
	Author      string   `yaml:"author"`       // who answers for the statements that are written
	Role        string   `yaml:"role"`         // of the author
	NotImported bool     `yaml:"not_imported"` // a package shown not to be imported is written as not affected
}

// priorityConfig is the section priority of fettle.yaml.
type priorityConfig struct {
	Mode prioritize.Mode `yaml:"mode"` // empty is balanced
}

// maxConfig is the largest configuration that is read, in bytes.
const maxConfig = 1 << 20

// parseConfig reads the text of fettle.yaml. Faults name the file, the line and the column.
func parseConfig(name string, data []byte) (config, error) {
	c := config{name: name}
	if len(data) > maxConfig {
		return c, usagef("%s: larger than %d KiB", name, maxConfig>>10)
	}
	loader, err := yaml.NewLoader(bytes.NewReader(data), yaml.WithKnownFields(), yaml.WithUniqueKeys())
	if err != nil {
		return c, err
	}
	if err := loader.Load(&c); err != nil && !errors.Is(err, io.EOF) {
		return c, usageError{configFault(name, data, err)}
	}
	var second yaml.Node
	if err := loader.Load(&second); !errors.Is(err, io.EOF) {
		return c, usagef("%s: more than one YAML document; want one", name)
	}
	if c.Version != 0 && c.Version != 1 {
		return c, usagef("%s: version is %d; want 1", name, c.Version)
	}
	if err := c.Discover.Validate(); err != nil {
		return c, usagef("%s: %w", name, err)
	}
	if err := c.Propose.Validate(); err != nil {
		return c, usagef("%s: %w", name, err)
	}
	if err := c.Services.Validate(); err != nil {
		return c, usagef("%s: services.%w", name, err)
	}
	if err := c.Context.Validate(); err != nil {
		return c, usagef("%s: %w", name, err)
	}
	if err := c.Database.Validate(); err != nil {
		return c, usagef("%s: %w", name, err)
	}
	return c, nil
}

// diskConfig reads the configuration of a work tree. Without name it is fettle.yaml at its top, which may be missing.
func diskConfig(env *environment, name, top string) (config, error) {
	file, shown := filepath.Join(top, "fettle.yaml"), "fettle.yaml"
	if name != "" {
		file, shown = env.abs(name), name
	}
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) && name == "" {
		return config{}, nil
	}
	if err != nil {
		return config{}, usagef("read the configuration: %w", err)
	}
	return parseConfig(shown, data)
}

// commitConfig reads the configuration as commit has it, whatever the change under review says.
func commitConfig(ctx context.Context, repo *git.Repo, commit, name string) (config, error) {
	data, err := repo.File(ctx, commit, name)
	if errors.Is(err, fs.ErrNotExist) {
		return config{commit: commit}, nil
	}
	if err != nil {
		return config{}, err
	}
	c, err := parseConfig(fmt.Sprintf("%s at %.12s", name, commit), data)
	c.commit = commit
	return c, err
}
