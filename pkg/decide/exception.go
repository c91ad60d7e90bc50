package decide

import (
	"errors"
	"fmt"
	"path"
	"strings"
	"time"

	"github.com/bmatcuk/doublestar/v4"
	"go.yaml.in/yaml/v4"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// Exception is one entry of the section exceptions of fettle.yaml: why a finding does not fail the run, and until when.
type Exception struct {
	Finding       string        `yaml:"finding"` // a finding's ID, or any id of its advisory
	Package       string        `yaml:"package"` // narrows to one package; empty is any
	Path          string        `yaml:"path"`    // narrows to a lockfile or what lies below a directory, or to a glob of these; empty is all
	Status        VEXStatus     `yaml:"status"`
	Justification Justification `yaml:"justification"` // with not_affected only
	Reason        string        `yaml:"reason"`
	Expires       Date          `yaml:"expires"` // the last day on which it applies

	line int
}

// VEXStatus is a status of OpenVEX.
type VEXStatus string

const (
	NotAffected        VEXStatus = "not_affected"
	Fixed              VEXStatus = "fixed"
	Affected           VEXStatus = "affected"            // true, and accepted until the exception expires
	UnderInvestigation VEXStatus = "under_investigation" // somebody looks into it
)

// Justification is a justification of OpenVEX for not_affected.
type Justification string

const (
	ComponentNotPresent      Justification = "component_not_present"
	CodeNotPresent           Justification = "vulnerable_code_not_present"
	CodeNotInExecutePath     Justification = "vulnerable_code_not_in_execute_path"
	CodeNotControllable      Justification = "vulnerable_code_cannot_be_controlled_by_adversary"
	InlineMitigationsPresent Justification = "inline_mitigations_already_exist"
)

// Date is a day without time.
type Date struct{ time.Time }

// maxReason bounds the text that every report repeats.
const maxReason = 1000

// Validate says everything that is wrong with x at once.
func (x Exception) Validate() error {
	var errs []error
	need := func(condition bool, format string, args ...any) {
		if !condition {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	need(x.Finding != "", "an exception has no finding; want a CVE, a GHSA id or a finding's ID")
	need(x.Status != "", "an exception has no status; want not_affected, fixed, affected or under_investigation")
	need(strings.TrimSpace(x.Reason) != "", "an exception has no reason; say why it holds")
	need(len(x.Reason) <= maxReason, "the reason of an exception has %d bytes; want at most %d", len(x.Reason), maxReason)
	need(!x.Expires.IsZero(), "an exception has no expires; want the last day on which it applies, as YYYY-MM-DD")
	need(x.Status != NotAffected || x.Justification != "", "an exception with status not_affected has no justification; want %s", justifications)
	need(x.Status == NotAffected || x.Justification == "", "an exception with status %s has a justification; only not_affected takes one", x.Status)
	need(validGlob(x.Path), "path %.100q of an exception is no glob; want a directory, a lockfile or a glob such as services/*", x.Path)
	return errors.Join(append(errs, x.Status.validate(), x.Justification.validate())...)
}

const justifications = "component_not_present, vulnerable_code_not_present, vulnerable_code_not_in_execute_path, " +
	"vulnerable_code_cannot_be_controlled_by_adversary or inline_mitigations_already_exist"

func (s VEXStatus) validate() error {
	return oneOf("status", s, NotAffected, Fixed, Affected, UnderInvestigation)
}

func (j Justification) validate() error {
	return oneOf("justification", j, ComponentNotPresent, CodeNotPresent, CodeNotInExecutePath, CodeNotControllable, InlineMitigationsPresent)
}

// UnmarshalYAML refuses unknown keys and entries that lack what is required.
func (x *Exception) UnmarshalYAML(node *yaml.Node) error {
	type plain Exception
	if err := node.Load((*plain)(x), yaml.WithKnownFields()); err != nil {
		return err
	}
	x.line = node.Line
	return x.Validate()
}

// UnmarshalYAML names the allowed words in its error; the decoder adds the line.
func (s *VEXStatus) UnmarshalYAML(node *yaml.Node) error {
	if err := node.Load((*string)(s)); err != nil {
		return err
	}
	return s.validate()
}

// UnmarshalYAML names the allowed words in its error; the decoder adds the line.
func (j *Justification) UnmarshalYAML(node *yaml.Node) error {
	if err := node.Load((*string)(j)); err != nil {
		return err
	}
	return j.validate()
}

// UnmarshalYAML reads YYYY-MM-DD.
func (d *Date) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind != yaml.ScalarNode {
		return errors.New("a date is no word; want YYYY-MM-DD")
	}
	t, err := time.Parse(time.DateOnly, node.Value)
	if err != nil {
		return fmt.Errorf("%q is no date; want YYYY-MM-DD", node.Value)
	}
	d.Time = t
	return nil
}

// covers reports whether x is about f.
func (x Exception) covers(f fettle.Finding) bool {
	if x.Package != "" && x.Package != f.Package.Name {
		return false
	}
	return x.names(f) && (x.Path == "" || below(x.Path, f.Location.Path) || below(x.Path, f.Project))
}

// names reports whether x is about the advisory of f.
func (x Exception) names(f fettle.Finding) bool {
	if x.Finding == "" {
		return false
	}
	if x.Finding == string(f.ID) || strings.EqualFold(x.Finding, f.Rule) {
		return true
	}
	for _, alias := range f.Aliases {
		if strings.EqualFold(x.Finding, alias) {
			return true
		}
	}
	return false
}

// below reports whether name is dir or lies below it. A dir that is a glob stands for all that it matches.
func below(dir, name string) bool {
	dir = path.Clean(dir)
	if name == dir || dir == "." || strings.HasPrefix(name, dir+"/") {
		return true
	}
	if !strings.ContainsAny(dir, globs) {
		return false
	}
	for depth := 0; name != "." && name != "/" && name != "" && depth < maxDepth; name, depth = path.Dir(name), depth+1 {
		if in, err := doublestar.Match(dir, name); err == nil && in {
			return true
		}
	}
	return false
}

const (
	globs     = "*?[{\\"
	maxGlob   = 500
	maxBraces = 4   // alternatives multiply
	maxDepth  = 100 // folders of a path that a glob is held against
)

func validGlob(glob string) bool {
	return len(glob) <= maxGlob && strings.Count(glob, "{") <= maxBraces && doublestar.ValidatePattern(glob)
}

// expired reports whether x no longer applies on today, which is a day in UTC.
func (x Exception) expired(today time.Time) bool {
	y, m, d := today.UTC().Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC).After(x.Expires.Time)
}
