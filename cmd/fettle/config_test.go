package main

import (
	"errors"
	"strings"
	"testing"
)

func TestFaultsOfTheConfigurationNameFileAndLine(t *testing.T) {
	tests := []struct {
		name, text, want string
	}{
		{"unknown key", "version: 1\npolcy:\n  fail_on: act\n", "fettle.yaml:2:1: "},
		{"unknown nested key", "policy:\n  fail_on: act\n  min: 3\n", "fettle.yaml:3:3: "},
		{"unknown key deep down", "policy:\n  environments:\n    production:\n      actoin: apply\n", "fettle.yaml:4:7: "},
		{"wrong word", "context:\n  exposure: wide\n", `fettle.yaml:2:13: `},
		{"the words it could be", "context:\n  exposure: wide\n", "want open, controlled or small"},
		{"wrong type", "context: 3\n", "fettle.yaml:1:10: "},
		{"not YAML", "a: [\n", "fettle.yaml"},
		{"twice", "version: 1\nversion: 1\n", "fettle.yaml:2:1: "},
		{"another version", "version: 2\n", "version is 2; want 1"},
		{"an exception without a reason", "exceptions:\n  - finding: CVE-2020-1\n    status: not_affected\n    expires: 2027-01-01\n", "reason"},
		{"a duration without unit", "validate:\n  timeout: 90\n", "fettle.yaml"},
		{"another mode", "priority:\n  mode: cvss\n", `fettle.yaml:2:9: unknown mode "cvss"; want balanced, ssvc-deployer or bod-26-04`},
		{"a regime without days", "compliance:\n  - regime: gold\n", "fettle.yaml:2:5: compliance gold has no due; want days by outcome"},
		{"two documents", "version: 1\n---\nversion: 1\n", "fettle.yaml"},
		{"too large", strings.Repeat("# much\n", 200_000), "larger than"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := parseConfig("fettle.yaml", []byte(test.text))
			var usage usageError
			if err == nil || !errors.As(err, &usage) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v; want a usage error with %q", err, test.want)
			}
			if err != nil && strings.Contains(err.Error(), "\n") {
				t.Errorf("the message has several lines: %q", err)
			}
		})
	}
}

func TestAnEmptyConfigurationIsTheDefault(t *testing.T) {
	for _, text := range []string{"", "# nothing\n", "version: 1\n", "---\n"} {
		if _, err := parseConfig("fettle.yaml", []byte(text)); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func FuzzParseConfig(f *testing.F) {
	f.Add("version: 1\ncontext:\n  exposure: open\n  data: [pii]\n")
	f.Add("policy:\n  fail_on: act\n  environments:\n    production: {action: apply, min_confidence: 0.9}\n")
	f.Add("validate:\n  timeout: 10m\n  budget: {runs: 3}\n  projects:\n    a: {test: npm test}\n")
	f.Add("exceptions:\n  - finding: x\n    status: not_affected\n    reason: r\n    expires: 2027-01-01\n")
	f.Add("a: &a [*a]\n")
	f.Add("context: {exposure: !!binary aa}\n")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := parseConfig("fettle.yaml", []byte(text))
		if err != nil {
			var usage usageError
			if !errors.As(err, &usage) || !strings.HasPrefix(err.Error(), "fettle.yaml") {
				t.Errorf("%q: %v does not name the file", text, err)
			}
			return
		}
		if c.Version != 0 && c.Version != 1 {
			t.Errorf("%q: version %d", text, c.Version)
		}
	})
}
