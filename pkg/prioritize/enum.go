package prioritize

import (
	"fmt"
	"slices"

	"go.yaml.in/yaml/v4"
)

// Exposure says who can reach the running program: the internet, a network of known users, or next to nobody. Empty is
// unknown and counts as open.
type Exposure string

const (
	Open       Exposure = "open"
	Controlled Exposure = "controlled"
	Small      Exposure = "small"
)

// Criticality says how much the team's mission hangs on the program. Empty is medium.
type Criticality string

const (
	Low    Criticality = "low"
	Medium Criticality = "medium"
	High   Criticality = "high"
)

// Environment says where the repository's default branch ends up. It does not move a priority: policy reads it.
type Environment string

const (
	Development Environment = "development"
	Staging     Environment = "staging"
	Production  Environment = "production"
)

func (e Exposure) validate() error {
	return oneOf("exposure", e, Open, Controlled, Small)
}

func (c Criticality) validate() error {
	return oneOf("criticality", c, Low, Medium, High)
}

func (e Environment) validate() error {
	return oneOf("environment", e, Development, Staging, Production)
}

// UnmarshalYAML, here and below, names the allowed words in its error; the decoder adds the line.
func (e *Exposure) UnmarshalYAML(node *yaml.Node) error {
	if err := node.Load((*string)(e)); err != nil {
		return err
	}
	return e.validate()
}

func (c *Criticality) UnmarshalYAML(node *yaml.Node) error {
	if err := node.Load((*string)(c)); err != nil {
		return err
	}
	return c.validate()
}

func (e *Environment) UnmarshalYAML(node *yaml.Node) error {
	if err := node.Load((*string)(e)); err != nil {
		return err
	}
	return e.validate()
}

// oneOf accepts the empty word, which is a key not given.
func oneOf[T ~string](key string, got, a, b, c T) error {
	if got == "" || slices.Contains([]T{a, b, c}, got) {
		return nil
	}
	return fmt.Errorf("unknown %s %q; want %s, %s or %s", key, string(got), a, b, c)
}
