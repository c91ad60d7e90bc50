package service

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

// Config says how facts are inferred. The zero value is what most repositories need.
type Config struct {
	Ignore []string          `yaml:"ignore"` // globs of files and folders that are not looked at, relative to the repository; ** crosses folders
	Labels Labels            `yaml:"labels"` // labels, annotations and tags beside the usual ones
	Levels map[string]string `yaml:"levels"` // what a team's own value of a criticality label means: low, medium or high
}

// Labels names the keys of Kubernetes labels and annotations, cloud tags and catalog labels that hold a fact, with or without
// their prefix.
type Labels struct {
	Criticality []string `yaml:"criticality"`
	Data        []string `yaml:"data"`
	Owner       []string `yaml:"owner"`
	Environment []string `yaml:"environment"`
	Lifecycle   []string `yaml:"lifecycle"`
}

// Validate says what is wrong with c.
func (c Config) Validate() error {
	for _, glob := range c.Ignore {
		if glob == "" || !doublestar.ValidatePattern(glob) {
			return fmt.Errorf("ignore: %q is not a glob; want one such as examples/** or **/testdata", glob)
		}
	}
	for value, level := range c.Levels {
		if !slices.Contains(levels, level) {
			return fmt.Errorf("levels: %q is %q; want %s", value, level, strings.Join(levels, ", "))
		}
	}
	return nil
}

// levels are the values of criticality.
var levels = []string{"low", "medium", "high"}

// ignores reports whether the file or folder rel is left out.
func (c Config) ignores(rel string) bool {
	return slices.ContainsFunc(c.Ignore, func(glob string) bool {
		in, _ := doublestar.Match(strings.Trim(glob, "/"), rel)
		return in
	})
}
