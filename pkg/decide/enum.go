package decide

import (
	"fmt"

	"go.yaml.in/yaml/v4"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// Environment says where the branch ends up; it picks the rule. Empty is Development.
type Environment string

const (
	Development Environment = "development"
	Staging     Environment = "staging"
	Production  Environment = "production"
)

// FailOn is the outcome at and above which a finding fails the run.
type FailOn string

const (
	FailNever     FailOn = "never"
	FailTrack     FailOn = "track"
	FailTrackStar FailOn = "track*"
	FailAttend    FailOn = "attend"
	FailAct       FailOn = "act"
)

// Action is a fettle.Action as fettle.yaml spells it.
type Action fettle.Action

const (
	Ignore  = Action(fettle.Ignore)
	Inform  = Action(fettle.Inform)
	Suggest = Action(fettle.Suggest)
	Apply   = Action(fettle.Apply)
)

// Majors is an Action that is never Apply: a major version does not move without a person.
type Majors fettle.Action

// reached reports whether an outcome is at or above f.
func (f FailOn) reached(o fettle.Outcome) bool {
	switch f {
	case FailTrack:
		return true
	case FailTrackStar:
		return o.Urgency() >= fettle.TrackStar.Urgency()
	case FailAttend:
		return o.Urgency() >= fettle.Attend.Urgency()
	case FailAct:
		return o.Urgency() >= fettle.Act.Urgency()
	}
	return false
}

func (f FailOn) validate() error {
	return oneOf("fail_on", f, FailNever, FailTrack, FailTrackStar, FailAttend, FailAct)
}

func (a Action) validate() error { return oneOf("action", a, Ignore, Inform, Suggest, Apply) }

func (m Majors) validate() error {
	if m == Majors(fettle.Apply) {
		return fmt.Errorf("majors cannot be %q: a major version does not move without a person; want ignore, inform or suggest", string(m))
	}
	return oneOf("majors", m, Majors(fettle.Ignore), Majors(fettle.Inform), Majors(fettle.Suggest))
}

// UnmarshalYAML, here and below, names the allowed words in its error; the decoder adds the line.
func (f *FailOn) UnmarshalYAML(node *yaml.Node) error {
	if err := node.Load((*string)(f)); err != nil {
		return err
	}
	return f.validate()
}

func (a *Action) UnmarshalYAML(node *yaml.Node) error {
	if err := node.Load((*string)(a)); err != nil {
		return err
	}
	return a.validate()
}

func (m *Majors) UnmarshalYAML(node *yaml.Node) error {
	if err := node.Load((*string)(m)); err != nil {
		return err
	}
	return m.validate()
}

// boldness orders actions.
func boldness(a fettle.Action) int {
	switch a {
	case fettle.Inform:
		return 1
	case fettle.Suggest:
		return 2
	case fettle.Apply:
		return 3
	}
	return 0
}

// milder returns the less bold of two actions.
func milder(a, b fettle.Action) fettle.Action {
	if boldness(a) < boldness(b) {
		return a
	}
	return b
}
