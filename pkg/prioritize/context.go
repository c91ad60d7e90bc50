package prioritize

import (
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// Context is the section context of fettle.yaml: what the team knows about the repository and no scanner does. The zero
// value says nothing, and what is not said counts as the worse case.
type Context struct {
	Exposure    Exposure    `yaml:"exposure"`
	Data        []Data      `yaml:"data"`
	Criticality Criticality `yaml:"criticality"`
	Environment Environment `yaml:"environment"`
	Paths       []Path      `yaml:"paths"` // overrides; where several match, the last one that says something wins
}

// Path overrides the context for a part of the repository.
type Path struct {
	Path        string      `yaml:"path"` // a glob over directories and lockfiles; ** is any number of directories
	Exposure    Exposure    `yaml:"exposure"`
	Data        []Data      `yaml:"data"` // replaces the list; an empty list says that there is none
	Criticality Criticality `yaml:"criticality"`
}

// UnmarshalYAML refuses unknown keys and globs that do not parse.
func (p *Path) UnmarshalYAML(node *yaml.Node) error {
	type plain Path
	if err := node.Load((*plain)(p), yaml.WithKnownFields()); err != nil {
		return err
	}
	return p.validate()
}

func (p Path) validate() error {
	if p.Path == "" {
		return errors.New("an entry of paths has no path; want a glob such as services/**")
	}
	for segment := range strings.SplitSeq(p.Path, "/") {
		if _, err := path.Match(segment, ""); err != nil {
			return fmt.Errorf("path %q is no glob: %w", p.Path, err)
		}
	}
	return errors.Join(p.Exposure.validate(), p.Criticality.validate(), validData(p.Data))
}

// Validate checks values that did not come through YAML, such as flags.
func (c Context) Validate() error {
	errs := []error{c.Exposure.validate(), c.Criticality.validate(), c.Environment.validate(), validData(c.Data)}
	for i, p := range c.Paths {
		if err := p.validate(); err != nil {
			errs = append(errs, fmt.Errorf("paths[%d]: %w", i, err))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("context: %w", err)
	}
	return nil
}

// at returns the context that holds for f.
func (c Context) at(f fettle.Finding) Context {
	places := []string{f.Project, f.Location.Path}
	if f.Manifest != nil {
		places = append(places, f.Manifest.Path)
	}
	for _, p := range c.Paths {
		if !slices.ContainsFunc(places, func(place string) bool { return place != "" && matches(p.Path, place) }) {
			continue
		}
		if p.Exposure != "" {
			c.Exposure = p.Exposure
		}
		if p.Criticality != "" {
			c.Criticality = p.Criticality
		}
		if p.Data != nil {
			c.Data = p.Data
		}
	}
	return c
}

// Data names a class of sensitive data: pci, pii, phi, secrets, or a word of the team's own.
type Data string

var dataPattern = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,39}$`)

// UnmarshalYAML accepts short lower-case words.
func (d *Data) UnmarshalYAML(node *yaml.Node) error {
	var s string
	if err := node.Load(&s); err != nil {
		return err
	}
	*d = Data(s)
	return validData([]Data{*d})
}

func validData(data []Data) error {
	for _, d := range data {
		if !dataPattern.MatchString(string(d)) {
			return fmt.Errorf("data %q is no word; want pci, pii, phi, secrets or a lower-case word of your own", string(d))
		}
	}
	return nil
}

// matches reports whether the glob pattern matches all of name. Each segment is matched as path.Match does; a segment
// ** stands for any number of segments.
func matches(pattern, name string) bool {
	p, n := strings.Split(pattern, "/"), strings.Split(name, "/")
	i, j, star, mark := 0, 0, -1, 0
	for j < len(n) {
		if i < len(p) && p[i] == "**" {
			star, mark = i, j
			i++
			continue
		}
		if i < len(p) {
			if ok, err := path.Match(p[i], n[j]); ok && err == nil {
				i++
				j++
				continue
			}
		}
		if star < 0 {
			return false
		}
		mark++
		i, j = star+1, mark
	}
	for i < len(p) && p[i] == "**" {
		i++
	}
	return i == len(p)
}
