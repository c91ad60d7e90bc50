package validate

import (
	"errors"
	"fmt"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
	"github.com/fettle-dev/fettle/pkg/validate/suite"
)

// Proof is a command that fails while a project is vulnerable and passes once it is safe.
type Proof struct {
	Run suite.Command `yaml:"run"`
	For []string      `yaml:"for"` // finding ids or advisory ids; none holds it against every fix of the project
}

// proves reports whether p is about one of findings.
func (p Proof) proves(findings []fettle.Finding) bool {
	for _, f := range findings {
		for _, id := range append([]string{string(f.ID), f.Rule}, f.Aliases...) {
			for _, want := range p.For {
				if strings.EqualFold(id, want) {
					return true
				}
			}
		}
	}
	return len(p.For) == 0
}

// UnmarshalYAML reads the section. A proof may be a command, or a list of commands with what each is for.
func (c *Config) UnmarshalYAML(unmarshal func(any) error) error {
	var written struct {
		Timeout    suite.Duration            `yaml:"timeout"`
		Budget     Budget                    `yaml:"budget"`
		EachCommit *bool                     `yaml:"each_commit"`
		Sources    []string                  `yaml:"sources"`
		Projects   map[string]writtenProject `yaml:"projects"`
		Sandbox    Strictness                `yaml:"sandbox"`
	}
	if err := unmarshal(&written); err != nil {
		return err
	}
	*c = Config{Timeout: written.Timeout, Budget: written.Budget, EachCommit: written.EachCommit, Sources: written.Sources, Sandbox: written.Sandbox}
	for dir, p := range written.Projects {
		if c.Projects == nil {
			c.Projects = map[string]suite.Settings{}
		}
		c.Projects[dir] = suite.Settings{Install: p.Install, Build: p.Build, Test: p.Test, Timeout: p.Timeout, Results: p.Results, Proof: p.Proof.plain}
		if len(p.Proof.bound) > 0 {
			if c.Proofs == nil {
				c.Proofs = map[string][]Proof{}
			}
			c.Proofs[dir] = p.Proof.bound
		}
	}
	return nil
}

// writtenProject is suite.Settings as it stands in YAML.
type writtenProject struct {
	Install suite.Command  `yaml:"install"`
	Build   suite.Command  `yaml:"build"`
	Test    suite.Command  `yaml:"test"`
	Timeout suite.Duration `yaml:"timeout"`
	Results []string       `yaml:"results"`
	Proof   proofs         `yaml:"proof"`
}

// proofs is one command, or several with what each is for.
type proofs struct {
	plain suite.Command
	bound []Proof
}

// UnmarshalYAML reads either form.
func (p *proofs) UnmarshalYAML(unmarshal func(any) error) error {
	var shape any
	if err := unmarshal(&shape); err != nil {
		return err
	}
	list, _ := shape.([]any)
	mappings := 0
	for _, item := range list {
		switch item.(type) {
		case map[string]any, map[any]any:
			mappings++
		}
	}
	if mappings == 0 {
		return unmarshal(&p.plain)
	}
	if mappings < len(list) {
		return errors.New("proof: want a command, or a list of mappings with the keys run and for; this list holds both")
	}
	if err := unmarshal(&p.bound); err != nil {
		return err
	}
	for i, one := range p.bound {
		if len(one.Run) == 0 {
			return fmt.Errorf("proof %d: no command; want run, a program and its arguments or a line for sh", i+1)
		}
		for _, id := range one.For {
			if strings.TrimSpace(id) == "" {
				return fmt.Errorf("proof %d: an empty id in for; want the id of a finding or an advisory, as in CVE-2021-44228", i+1)
			}
		}
	}
	return nil
}

// proofs returns those declared for the project in dir.
func (c Config) proofs(dir string) []Proof {
	all := c.Proofs[dir]
	if _, ok := c.Projects[dir]; !ok && len(all) == 0 && dir == "" {
		all = c.Proofs["."]
	}
	if run := c.project(dir).Proof; len(run) > 0 {
		all = append([]Proof{{Run: run}}, all...)
	}
	return all
}
