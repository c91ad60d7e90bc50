package validate

import (
	"strings"
	"testing"
	"time"

	"github.com/fettle-dev/fettle/pkg/validate/suite"
	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"
)

func TestConfigIsRead(t *testing.T) {
	var c Config
	err := yaml.Unmarshal([]byte(`
timeout: 5m
budget: {runs: 20, minutes: 10}
each_commit: false
sources: [mirror.example]
projects:
  web:
    install: [npm, ci]
    build: []
    test: npm run unit && npm run lint
    timeout: 90s
`), &c)
	if err != nil {
		t.Fatal(err)
	}
	off := false
	want := Config{
		Timeout: suite.Duration(5 * time.Minute), Budget: Budget{20, 10}, EachCommit: &off, Sources: []string{"mirror.example"},
		Projects: map[string]suite.Settings{"web": {
			Install: suite.Command{"npm", "ci"}, Build: suite.Command{}, Test: suite.Command{"sh", "-c", "npm run unit && npm run lint"},
			Timeout: suite.Duration(90 * time.Second),
		}},
	}
	if d := cmp.Diff(want, c); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	if got := c.project(""); got.Timeout != c.Timeout || got.Test != nil {
		t.Errorf("the root inherits %+v", got)
	}
}

func TestConfigSaysWhatWouldBeRight(t *testing.T) {
	for text, want := range map[string]string{
		"timeout: soon":                 "as in 90s or 10m",
		"projects: {a: {test: {}}}":     "want a string or a list of strings",
		"projects: {a: {test: ''}}":     "want a program",
		"projects: {a: {test: [1,[]]}}": "want a string or a list of strings",
	} {
		var c Config
		if err := yaml.Unmarshal([]byte(text), &c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %q", text, err, want)
		}
	}
}
