package validate

import (
	"fmt"
	"time"
)

// Config is the section "validate" of fettle.yaml. Its zero value is the default.
type Config struct {
	Timeout    Duration           `yaml:"timeout"` // of each command; 0 is 10 minutes
	Budget     Budget             `yaml:"budget"`
	EachCommit *bool              `yaml:"each_commit"` // build and test the tree after each fix of the set; nil is true
	Sources    []string           `yaml:"sources"`     // hosts, besides those of the lockfile, that packages may come from
	Projects   map[string]Project `yaml:"projects"`    // by the lockfile's directory; "." is the root
}

// Budget bounds a validation. What is not reached is skipped, and the trial says so.
type Budget struct {
	Runs    int `yaml:"runs"`    // trees installed and tested, the baseline's two or three included; 0 is 60
	Minutes int `yaml:"minutes"` // 0 is 30
}

// Project says how one project is installed, built and tested. A nil command is npm's usual one, an empty list is none.
type Project struct {
	Install Command  `yaml:"install"` // the only one with network
	Build   Command  `yaml:"build"`
	Test    Command  `yaml:"test"`
	Timeout Duration `yaml:"timeout"` // of each command; 0 is that of Config
}

// Command is a program and its arguments. In YAML it is a list, or a string that sh runs.
type Command []string

// UnmarshalYAML reads a list of arguments, or a string for sh -c.
func (c *Command) UnmarshalYAML(unmarshal func(any) error) error {
	var line string
	if err := unmarshal(&line); err == nil {
		if line == "" {
			return fmt.Errorf("empty command; want a program, or [] to run nothing")
		}
		*c = Command{"sh", "-c", line}
		return nil
	}
	list := []string{}
	if err := unmarshal(&list); err != nil {
		return fmt.Errorf("command: want a string or a list of strings: %w", err)
	}
	*c = list
	return nil
}

// Duration is written as Go writes it: "90s", "10m".
type Duration time.Duration

// UnmarshalYAML reads a duration of at least a second.
func (d *Duration) UnmarshalYAML(unmarshal func(any) error) error {
	var text string
	if err := unmarshal(&text); err != nil {
		return err
	}
	v, err := time.ParseDuration(text)
	if err != nil || v < time.Second {
		return fmt.Errorf("duration %q; want one second or more, as in 90s or 10m", text)
	}
	*d = Duration(v)
	return nil
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
func (c Config) project(dir string) Project {
	p, ok := c.Projects[dir]
	if !ok && dir == "" {
		p = c.Projects["."]
	}
	if p.Timeout == 0 {
		p.Timeout = c.Timeout
	}
	return p
}
