package validate

import (
	"time"

	"github.com/fettle-dev/fettle/pkg/validate/suite"
)

// Config is the section "validate" of fettle.yaml. Its zero value is the default.
type Config struct {
	Timeout    suite.Duration            `yaml:"timeout"` // of each command; 0 is 10 minutes
	Budget     Budget                    `yaml:"budget"`
	EachCommit *bool                     `yaml:"each_commit"` // build and test the tree after each fix of the set; nil is true
	Sources    []string                  `yaml:"sources"`     // hosts, besides those of the lockfile, that packages may come from
	Projects   map[string]suite.Settings `yaml:"projects"`    // by the lockfile's directory; "." is the root
}

// Budget bounds a validation. What is not reached is skipped, and the trial says so.
type Budget struct {
	Runs    int `yaml:"runs"`    // trees installed and tested, the baseline's two or three included; 0 is 60
	Minutes int `yaml:"minutes"` // 0 is 30
}

func (b Budget) runs() int {
	if b.Runs > 0 {
		return b.Runs
	}
	return 60
}

func (b Budget) time() time.Duration {
	if b.Minutes > 0 {
		return time.Duration(b.Minutes) * time.Minute
	}
	return 30 * time.Minute
}

func (c Config) eachCommit() bool { return c.EachCommit == nil || *c.EachCommit }

// project returns the settings of the project in dir.
func (c Config) project(dir string) suite.Settings {
	p, ok := c.Projects[dir]
	if !ok && dir == "" {
		p = c.Projects["."]
	}
	if p.Timeout == 0 {
		p.Timeout = c.Timeout
	}
	return p
}
