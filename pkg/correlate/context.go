package correlate

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
	"go.yaml.in/yaml/v4"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// Setting is what a team says about a program and no scanner knows. The zero value says nothing.
type Setting struct {
	Exposure    Exposure    `yaml:"exposure"`
	Data        []Data      `yaml:"data"` // an empty list says that there is none
	Criticality Criticality `yaml:"criticality"`
	Lifecycle   Lifecycle   `yaml:"lifecycle"`
	Environment Environment `yaml:"environment"`
	Owner       string      `yaml:"owner"`
	Regimes     []Regime    `yaml:"regimes"`

	lines map[string]int // by key
}

// Declared is the section context of fettle.yaml.
type Declared struct {
	Setting `yaml:"-"`
	Infer   *bool  `yaml:"infer"` // nil is true: what the repository says of its services counts where nothing is declared
	Paths   []Path `yaml:"paths"` // overrides; where several match, the last one that says something wins
}

// Path overrides the context for a part of the repository.
type Path struct {
	Setting `yaml:"-"`
	Path    string `yaml:"path"` // a glob over directories and lockfiles; ** is any number of directories
}

// plainSetting has the keys of a Setting and no methods, so that it can stand inside of other structures.
type plainSetting Setting

// UnmarshalYAML refuses unknown keys and remembers the lines.
func (d *Declared) UnmarshalYAML(node *yaml.Node) error {
	var all struct {
		plainSetting `yaml:",inline"`
		Infer        *bool  `yaml:"infer"`
		Paths        []Path `yaml:"paths"`
	}
	if err := node.Load(&all, yaml.WithKnownFields()); err != nil {
		return err
	}
	*d = Declared{Setting: Setting(all.plainSetting), Infer: all.Infer, Paths: all.Paths}
	d.lines = keyLines(node)
	return d.Setting.validate()
}

// UnmarshalYAML refuses unknown keys and globs that do not parse.
func (p *Path) UnmarshalYAML(node *yaml.Node) error {
	var all struct {
		plainSetting `yaml:",inline"`
		Path         string `yaml:"path"`
	}
	if err := node.Load(&all, yaml.WithKnownFields()); err != nil {
		return err
	}
	*p = Path{Setting: Setting(all.plainSetting), Path: all.Path}
	p.lines = keyLines(node)
	return p.validate()
}

func (p Path) validate() error {
	if p.Path == "" {
		return errors.New("an entry of paths has no path; want a glob such as services/**")
	}
	if !doublestar.ValidatePattern(p.Path) {
		return fmt.Errorf("path %q is no glob; want one such as services/**", p.Path)
	}
	return p.Setting.validate()
}

// maxOwner bounds a text that reports repeat.
const maxOwner = 200

func (s Setting) validate() error {
	errs := []error{s.Exposure.validate(), s.Criticality.validate(), s.Lifecycle.validate(), s.Environment.validate()}
	for _, d := range s.Data {
		errs = append(errs, d.validate())
	}
	for _, r := range s.Regimes {
		errs = append(errs, r.validate())
	}
	if len(s.Owner) > maxOwner {
		errs = append(errs, fmt.Errorf("owner has %d bytes; want at most %d", len(s.Owner), maxOwner))
	}
	return errors.Join(errs...)
}

// Validate checks values that did not come through YAML, such as flags.
func (d Declared) Validate() error {
	errs := []error{d.Setting.validate()}
	for i, p := range d.Paths {
		if err := p.validate(); err != nil {
			errs = append(errs, fmt.Errorf("paths[%d]: %w", i, err))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("context: %w", err)
	}
	return nil
}

// Words are the classes of data and the regimes that d names anywhere.
func (d Declared) Words() []string {
	var words []string
	settings := []Setting{d.Setting}
	for _, p := range d.Paths {
		settings = append(settings, p.Setting)
	}
	for _, s := range settings {
		for _, data := range s.Data {
			words = append(words, string(data))
		}
		for _, r := range s.Regimes {
			words = append(words, string(r))
		}
	}
	return words
}

// infers reports whether inferred facts count.
func (d Declared) infers() bool { return d.Infer == nil || *d.Infer }

// facts returns what is declared of the places, a project's directory and its files; the facts stand in file.
func (d Declared) facts(file string, places ...string) []fettle.Fact {
	facts := d.Setting.facts(file, "context")
	for i, p := range d.Paths {
		if !slices.ContainsFunc(places, func(place string) bool { return place != "" && matches(p.Path, place) }) {
			continue
		}
		over := p.Setting.facts(file, fmt.Sprintf("context.paths[%d], %s", i, p.Path))
		facts = slices.DeleteFunc(facts, func(f fettle.Fact) bool {
			return slices.ContainsFunc(over, func(g fettle.Fact) bool { return g.Signal == f.Signal })
		})
		facts = append(facts, over...)
	}
	return facts
}

// None is the Text of Data where a team declares that there is none.
const None = "none"

func (s Setting) facts(file, where string) []fettle.Fact {
	var facts []fettle.Fact
	add := func(key string, signal fettle.Signal, text string) {
		if text != "" {
			facts = append(facts, fettle.Fact{Signal: signal, Text: text, Declared: true, Source: file, Why: where,
				Where: &fettle.Location{Path: file, Line: s.lines[key]}})
		}
	}
	add("exposure", fettle.Exposure, string(s.Exposure))
	for _, d := range s.Data {
		add("data", fettle.Data, string(d))
	}
	if s.Data != nil && len(s.Data) == 0 {
		add("data", fettle.Data, None)
	}
	add("criticality", fettle.Criticality, string(s.Criticality))
	add("lifecycle", fettle.Lifecycle, string(s.Lifecycle))
	add("environment", fettle.Environment, string(s.Environment))
	add("owner", fettle.Owner, s.Owner)
	for _, r := range s.Regimes {
		add("regimes", fettle.Regime, string(r))
	}
	return facts
}

// matches reports whether the glob matches all of name; services/** matches services too.
func matches(glob, name string) bool {
	in, _ := doublestar.Match(strings.TrimSuffix(glob, "/"), path.Clean(name))
	return in
}

// keyLines returns the line of each key of a mapping.
func keyLines(node *yaml.Node) map[string]int {
	if node.Kind == yaml.AliasNode {
		node = node.Alias
	}
	lines := map[string]int{}
	if node != nil && node.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(node.Content); i += 2 {
			lines[node.Content[i].Value] = node.Content[i].Line
		}
	}
	return lines
}
