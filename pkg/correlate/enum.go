package correlate

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

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

// Lifecycle says how far the program has come. It is shown, and moves no priority.
type Lifecycle string

const (
	Experimental Lifecycle = "experimental"
	InUse        Lifecycle = "production"
	Deprecated   Lifecycle = "deprecated"
	Retired      Lifecycle = "retired"
)

// Environment says where the repository's default branch ends up. It does not move a priority: policy reads it.
type Environment string

const (
	Development Environment = "development"
	Staging     Environment = "staging"
	Production  Environment = "production"
)

// Data names a class of sensitive data: pci, pii, phi, secrets, or a word of the team's own.
type Data string

// Regime names a compliance regime: pci-dss, bod-26-04, hipaa, or one of the team's own.
type Regime string

func (e Exposure) validate() error    { return oneOf("exposure", e, Open, Controlled, Small) }
func (c Criticality) validate() error { return oneOf("criticality", c, Low, Medium, High) }
func (l Lifecycle) validate() error {
	return oneOf("lifecycle", l, Experimental, InUse, Deprecated, Retired)
}
func (e Environment) validate() error {
	return oneOf("environment", e, Development, Staging, Production)
}

var wordPattern = regexp.MustCompile(`^[a-z0-9][a-z0-9_.-]{0,39}$`)

func (d Data) validate() error {
	if !wordPattern.MatchString(string(d)) {
		return fmt.Errorf("data %q is no word; want pci, pii, phi, secrets or a lower-case word of your own", string(d))
	}
	return nil
}

func (r Regime) validate() error {
	if !wordPattern.MatchString(string(r)) {
		return fmt.Errorf("regime %q is no word; want pci-dss, bod-26-04, hipaa or a lower-case word of your own", string(r))
	}
	return nil
}

// UnmarshalYAML, here and below, names the allowed words in its error; the decoder adds the place.
func (e *Exposure) UnmarshalYAML(node *yaml.Node) error { return word(node, e, Exposure.validate) }

func (c *Criticality) UnmarshalYAML(node *yaml.Node) error {
	return word(node, c, Criticality.validate)
}

func (l *Lifecycle) UnmarshalYAML(node *yaml.Node) error { return word(node, l, Lifecycle.validate) }

func (e *Environment) UnmarshalYAML(node *yaml.Node) error {
	return word(node, e, Environment.validate)
}

func (d *Data) UnmarshalYAML(node *yaml.Node) error { return word(node, d, Data.validate) }

func (r *Regime) UnmarshalYAML(node *yaml.Node) error { return word(node, r, Regime.validate) }

func word[T ~string](node *yaml.Node, to *T, validate func(T) error) error {
	var s string
	if err := node.Load(&s); err != nil {
		return err
	}
	*to = T(s)
	return validate(*to)
}

// oneOf accepts the empty word, which is a key not given.
func oneOf[T ~string](key string, got T, want ...T) error {
	if got == "" || slices.Contains(want, got) {
		return nil
	}
	var words []string
	for _, w := range want {
		words = append(words, string(w))
	}
	last := len(words) - 1
	return fmt.Errorf("unknown %s %q; want %s or %s", key, string(got), strings.Join(words[:last], ", "), words[last])
}
