package validate

import (
	"fmt"
	"strings"
	"time"

	"github.com/fettle-dev/fettle/pkg/sandbox"
	"github.com/fettle-dev/fettle/pkg/validate/suite"
)

// Config is the section "validate" of fettle.yaml. Its zero value is the default.
type Config struct {
	Timeout    suite.Duration            `yaml:"timeout"` // of each command; 0 is 10 minutes
	Budget     Budget                    `yaml:"budget"`
	EachCommit *bool                     `yaml:"each_commit"` // build and test the tree after each fix of the set; nil is true
	Sources    []string                  `yaml:"sources"`     // hosts, besides those of the lockfile, that packages may come from
	Projects   map[string]suite.Settings `yaml:"projects"`    // by the lockfile's directory; "." is the root
	Sandbox    Strictness                `yaml:"sandbox"`     // what must hold for anything of the repository to run
	Proofs     map[string][]Proof        `yaml:"-"`           // by project, beside the one of its settings; read from projects.*.proof
}

// Strictness says what a sandbox must hold before commands of the repository run in it.
type Strictness string

const (
	Secrets Strictness = "secrets" // the default: what keeps secrets out, where there are secrets in reach
	Strict  Strictness = "strict"  // what keeps secrets out, always
	Lenient Strictness = "lenient" // whatever it holds is enough
)

// UnmarshalYAML refuses unknown words.
func (s *Strictness) UnmarshalYAML(unmarshal func(any) error) error {
	var word string
	if err := unmarshal(&word); err != nil {
		return err
	}
	switch *s = Strictness(word); *s {
	case Secrets, Strict, Lenient:
		return nil
	}
	return fmt.Errorf("unknown sandbox %q; want secrets, strict or lenient", word)
}

// Forbids says why nothing of the repository may run in a sandbox that lacks some strengths while secrets are in reach; ""
// is that it may.
func (s Strictness) Forbids(missing []sandbox.Strength, secrets []string) string {
	var lacks []string
	for _, strength := range missing {
		switch strength {
		case sandbox.Network, sandbox.Files, sandbox.Processes, sandbox.Secrecy:
			lacks = append(lacks, string(strength))
		}
	}
	if len(lacks) == 0 || s == Lenient || s != Strict && len(secrets) == 0 {
		return ""
	}
	why := "the sandbox does not hold " + strings.Join(lacks, ", ")
	if len(secrets) > 0 {
		named := secrets[:min(len(secrets), 3)]
		why += " and secrets are in reach (" + strings.Join(named, ", ")
		if more := len(secrets) - len(named); more > 0 {
			why += fmt.Sprintf(" and %d more", more)
		}
		why += ")"
	}
	return why + ", so nothing of the repository was run; take them away, run where a stronger sandbox works, or set validate.sandbox to lenient"
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
