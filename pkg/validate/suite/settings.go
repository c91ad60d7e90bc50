package suite

import (
	"fmt"
	"time"
)

// Settings are what fettle.yaml declares for one project. A nil command is what fettle finds out, an empty list is none.
type Settings struct {
	Install Command  `yaml:"install"` // the only one with network
	Build   Command  `yaml:"build"`
	Test    Command  `yaml:"test"`
	Timeout Duration `yaml:"timeout"` // of each command; 0 is that of validate
	Results []string `yaml:"results"` // globs of the report files that the test command writes
	Proof   Command  `yaml:"proof"`   // of a test that fails while the project is vulnerable
}

// Command is a program and its arguments. In YAML it is a list, or a string that sh runs.
type Command []string

// UnmarshalYAML reads a list of arguments, or a string for sh -c.
func (c *Command) UnmarshalYAML(unmarshal func(any) error) error {
	var line string
	if err := unmarshal(&line); err == nil {
		if line == "" {
			return fmt.Errorf("empty command; want a program, or [] to run nothing")
		}
		*c = Command{"sh", "-c", line}
		return nil
	}
	list := []string{}
	if err := unmarshal(&list); err != nil {
		return fmt.Errorf("command: want a string or a list of strings: %w", err)
	}
	*c = list
	return nil
}

// Duration is written as Go writes it: "90s", "10m".
type Duration time.Duration

// UnmarshalYAML reads a duration of at least a second.
func (d *Duration) UnmarshalYAML(unmarshal func(any) error) error {
	var text string
	if err := unmarshal(&text); err != nil {
		return err
	}
	v, err := time.ParseDuration(text)
	if err != nil || v < time.Second {
		return fmt.Errorf("duration %q; want one second or more, as in 90s or 10m", text)
	}
	*d = Duration(v)
	return nil
}
