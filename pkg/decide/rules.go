package decide

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// Rules is the section policy of fettle.yaml. The zero value is the built-in policy: what is not given keeps its default.
type Rules struct {
	FailOn       FailOn       `yaml:"fail_on"`     // empty is act
	FailOnNew    *bool        `yaml:"fail_on_new"` // nil is true
	AcceptGaps   bool         `yaml:"accept_gaps"`
	Environments Environments `yaml:"environments"`

	failOnLine int
}

// Environments holds one rule per environment.
type Environments struct {
	Development Rule `yaml:"development"`
	Staging     Rule `yaml:"staging"`
	Production  Rule `yaml:"production"`
}

// Rule says how boldly fixes are handled in one environment.
type Rule struct {
	Action        Action   `yaml:"action"`         // the boldest action
	MinConfidence *float64 `yaml:"min_confidence"` // below it a fix is not applied, at most suggested
	Majors        Majors   `yaml:"majors"`         // the boldest action on a fix that moves a major version

	line int
}

// defaults are the built-in rules; docs/policy.md shows them and a test keeps the two the same.
func defaults(e Environment) Rule {
	rule := func(action Action, confidence float64, majors Majors) Rule {
		return Rule{Action: action, MinConfidence: &confidence, Majors: majors}
	}
	switch e {
	case Production:
		return rule(Suggest, 0.9, Majors(fettle.Inform))
	case Staging:
		return rule(Apply, 0.8, Majors(fettle.Inform))
	}
	return rule(Apply, 0.6, Majors(fettle.Suggest))
}

// rule returns what holds for e: the file's word where it gives one, else the default. An unknown environment is
// Production, the most careful.
func (r Rules) rule(e Environment) Rule {
	var given Rule
	switch e {
	case Development:
		given = r.Environments.Development
	case Staging:
		given = r.Environments.Staging
	default:
		e = Production
		given = r.Environments.Production
	}
	rule := defaults(e)
	if given.Action != "" {
		rule.Action = given.Action
	}
	if given.MinConfidence != nil {
		rule.MinConfidence = given.MinConfidence
	}
	if given.Majors != "" {
		rule.Majors = given.Majors
	}
	rule.line = given.line
	return rule
}

// set reports whether the file says anything about the rule.
func (r Rule) set() bool { return r.Action != "" || r.MinConfidence != nil || r.Majors != "" }

func (r Rules) failOn() FailOn {
	if r.FailOn == "" {
		return FailAct
	}
	return r.FailOn
}

func (r Rules) failOnNew() bool { return r.FailOnNew == nil || *r.FailOnNew }

// Validate checks values that did not come through YAML, such as flags.
func (r Rules) Validate() error {
	errs := []error{r.FailOn.validate()}
	for _, e := range []struct {
		name Environment
		rule Rule
	}{{Development, r.Environments.Development}, {Staging, r.Environments.Staging}, {Production, r.Environments.Production}} {
		if err := e.rule.validate(); err != nil {
			errs = append(errs, fmt.Errorf("environments.%s: %w", e.name, err))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("policy: %w", err)
	}
	return nil
}

func (r Rule) validate() error {
	errs := []error{r.Action.validate(), r.Majors.validate()}
	if c := r.MinConfidence; c != nil && !(*c >= 0 && *c <= 1) {
		errs = append(errs, fmt.Errorf("min_confidence %v is out of range; want 0 to 1", *c))
	}
	return errors.Join(errs...)
}

// UnmarshalYAML refuses unknown keys and remembers the lines that decisions name.
func (r *Rules) UnmarshalYAML(node *yaml.Node) error {
	type plain Rules
	if err := node.Load((*plain)(r), yaml.WithKnownFields()); err != nil {
		return err
	}
	r.failOnLine = keyLine(node, "fail_on")
	if environments := value(node, "environments"); environments != nil {
		r.Environments.Development.line = keyLine(environments, string(Development))
		r.Environments.Staging.line = keyLine(environments, string(Staging))
		r.Environments.Production.line = keyLine(environments, string(Production))
	}
	return nil
}

// UnmarshalYAML refuses unknown keys and values out of range.
func (r *Rule) UnmarshalYAML(node *yaml.Node) error {
	type plain Rule
	if err := node.Load((*plain)(r), yaml.WithKnownFields()); err != nil {
		return err
	}
	return r.validate()
}

// keyLine returns the line of key in a mapping; 0 where it is not written there, as with a merge key.
func keyLine(node *yaml.Node, key string) int {
	for k := range pairs(node) {
		if k.Value == key {
			return k.Line
		}
	}
	return 0
}

func value(node *yaml.Node, key string) *yaml.Node {
	for k, v := range pairs(node) {
		if k.Value == key {
			return v
		}
	}
	return nil
}

// pairs yields the keys and values of a mapping; none where node is something else.
func pairs(node *yaml.Node) func(yield func(k, v *yaml.Node) bool) {
	return func(yield func(k, v *yaml.Node) bool) {
		if node.Kind == yaml.AliasNode {
			node = node.Alias
		}
		if node == nil || node.Kind != yaml.MappingNode {
			return
		}
		for i := 0; i+1 < len(node.Content); i += 2 {
			if !yield(node.Content[i], node.Content[i+1]) {
				return
			}
		}
	}
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
